"""The API's release services: remember each call, answer plainly, fail on demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huichang.line.promoting import ReleasePreview, VenueChange
from huichang.line.release_schedule import PlanShown
from huichang.pages.release_plans import PlanTerms, ReleasePlan
from huichang.pages.releases import Release, ReleaseKind, Slot
from huichang.venues.model import Actor

AT = "2026-09-01T08:00:00.000Z"


def a_release(campaign_id: str = "c-1", number: int = 3, **changes: Any) -> Release:
    """A release of one venue."""
    slot = Slot(venue_id="v-1", version_id="ver-1", code="AbC_")
    values = {"kind": "release", "by": "olga", "at": AT, "language": "zh", "slots": (slot,), "changed": ("v-1",)}
    return Release.model_validate({"campaign_id": campaign_id, "number": number, **values, **changes})


class ReleaseShelf:
    """Releases of web/services.py."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    def history(self, campaign_id: str) -> Sequence[Release]:
        self._desk._did("history", campaign_id)
        return [a_release(campaign_id, 2), a_release(campaign_id, 1)]

    def settling(self, campaign_id: str) -> bool:
        return True

    def preview(self, campaign_id: str, kind: ReleaseKind, *, to: int = 0, only: Sequence[str] = ()) -> ReleasePreview:
        self._desk._did("preview", campaign_id, kind, to, tuple(only))
        change = VenueChange(venue_id="v-1", name="熊猫玩偶会场", effect="new", after="ver-1")
        return ReleasePreview(campaign_id=campaign_id, kind=kind, number=2, venues=(change,))

    def apply(self, campaign_id: str, kind: ReleaseKind, actor: Actor, **how: Any) -> Release:
        self._desk._did("apply", campaign_id, kind, actor, how)
        return a_release(campaign_id, kind=kind, by=actor.name)


class PlanShelf:
    """ReleaseSchedule of web/services.py."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    def shown(self, campaign_id: str) -> PlanShown:
        self._desk._did("plan", campaign_id)
        return PlanShown(plan=None, suggested=PlanTerms(starts_at="2026-12-12T00:00:00"))

    def change(self, campaign_id: str, terms: PlanTerms, actor: Actor, revision: int | None = None) -> PlanShown:
        self._desk._did("change_plan", campaign_id, terms, actor, revision)
        return PlanShown(plan=ReleasePlan(**terms.model_dump(), campaign_id=campaign_id, by=actor.name))
