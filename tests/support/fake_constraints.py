"""Constraints for the fake of the whole origin: the real desk over memory, and some that a console should be able to show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from huichang.kernel.errors import HuichangError
from huichang.line.constraining import ConstraintDesk, NewConstraint
from huichang.materials.model import ReviewConstraint
from huichang.venues.model import Actor
from huichang.web.constraints import Change, Wanted
from infra.bench.memory import MemoryConstraints
from tests.support.memory_constraints import a_constraint, a_place, place_in

HERE = a_place(venue_id="v-xmas0", component="hero", template="festival", style="winter_fir")


class Now:
    """The clock on the wall."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FakeConstraints:
    """GET and PUT /api/constraints. `hostile`: a text that must stay text."""

    def __init__(self, hostile: str, audit: Any, picture: str, venues: Any) -> None:
        image = HERE.model_copy(update={"kind": "image"})
        seen = {"media_key": picture, "look": ""}
        self.store = MemoryConstraints(
            a_constraint("cst-friends", level="industry", origin=HERE, said={"text": "不要叫顾客亲们", "rejected_text": {"subtitle": "亲们，慢慢挑选"}}, created_by="周审", created_at="2026-08-28T09:00:00.000Z"),
            a_constraint("cst-shipping", level="venue", origin=HERE, said={"code": "policy", "text": "", "checks": {"must_say": ("包邮",)}}, created_by="周审", created_at="2026-08-29T09:00:00.000Z"),
            a_constraint("cst-no-shipping", level="everywhere", origin=HERE, said={"code": "wrong_facts", "text": "没有包邮的货", "checks": {"never_say": ("包邮", "免运费"), "no_numbers": True}}, created_by="Ada Admin", created_at="2026-08-30T09:00:00.000Z"),
            a_constraint("cst-dark", level="style", origin=image, language=None, said={"code": "ugly", "text": "太暗，看不清树", "checks": {"min_light": 0.4, "avoid_colours": ("#203020",)}, "region": {"x": 0.55, "y": 0.1, "width": 0.4, "height": 0.7}, "rejected_picture": seen}, created_by="周审", created_at="2026-08-31T09:00:00.000Z"),
            a_constraint("cst-hostile", level="component", origin=HERE, said={"code": "other", "text": hostile[:300], "checks": {}}, created_by=hostile[:40]),
        )  # fmt: skip
        industries = {"industry": ("toys", "womenswear"), "template": ("festival",), "style": ("winter_fir",)}
        self.desk = ConstraintDesk(self.store, venues, audit, Now(), industries, place_in)

    def shown(self, query: Mapping[str, str]) -> Any:
        """As GET."""
        return self.desk.shown(query.get("status") or None, query.get("cursor", ""), int(query.get("limit", "50")))

    def create(self, body: Any, name: str) -> tuple[Any, HuichangError | None]:
        """As POST."""
        sent = Wanted.model_validate(body)
        said = ReviewConstraint(code=sent.code, text=sent.text, checks=sent.checks, slot=sent.slot)
        wanted = NewConstraint(kind=sent.kind, language=sent.language, scope=sent.scope.scope(), said=said)
        try:
            return self.desk.create(wanted, Actor(name=name, role="reviewer")), None
        except HuichangError as error:
            return None, error

    def change(self, constraint_id: str, body: Any, name: str) -> tuple[Any, HuichangError | None]:
        """As PUT: the constraint, or why not."""
        sent = Change.model_validate(body)
        try:
            return self.desk.change(constraint_id, sent.revision, sent.changes(), Actor(name=name, role="reviewer")), None
        except HuichangError as error:
            return None, error
