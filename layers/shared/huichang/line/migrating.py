"""Venues are moved from one template, or version of one, to another: what would change, what would be lost, and then it is done.

A venue that is moved is built again, inspected and reviewed; its live page stays until then, and it can be moved back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, HuichangError, InvalidInputError, NotFoundError, in_both
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.line.locking import choice_of
from huichang.line.runs import Runs
from huichang.pages.model import TemplateChoice, TemplateManifest
from huichang.pages.packages.diffing import Loss, TemplateDiff, Written, diff, losses
from huichang.pages.packages.model import TemplateRecord
from huichang.pages.packages.shelf import Templates
from huichang.selection.edits import MerchandisingEdits
from huichang.venues.model import Actor, AuditTrail, Documents, Venue, VenueStatus, VenueStore

MAX_VENUES = 50
_MOST_LISTED = 200
_LOOKED_THROUGH = 1000
"""So many of the newest venues are looked through for those that have a template."""
_IN_WORK = ("planned", "selecting", "generating")


class VenueMove(Model):
    """A venue and the template it would get. `refused`: why it cannot move at all; `losses`: what its people would lose.

    `failed`: it was to be moved and was not, for this reason; the others went on.
    """

    venue_id: str
    name: str
    diff: TemplateDiff | None = None
    losses: tuple[Loss, ...] = ()
    refused: Text = {}
    failed: Text = {}
    moved: bool = False


class Migration(Model):
    """What a migration does, or (`dry_run`) would do."""

    template_id: str
    version: int
    dry_run: bool
    venues: tuple[VenueMove, ...]


class TemplateUse(Model):
    """A venue that has a template. `version` 0: of one that ships no more. `to`: where it was moved ("id@version"), while that is made.

    `why`: of a failed one.
    """

    venue_id: str
    campaign_id: str
    name: str
    status: VenueStatus
    template_id: str
    version: int
    live: bool
    to: str = ""
    why: str = ""


class TemplateUses(Model):
    """Venues with a template among the newest of all, newest first; `left_out`: those of them that are not listed."""

    venues: tuple[TemplateUse, ...]
    left_out: int = 0


class Edits(Protocol):
    """The operator's edits of a venue's goods (line/merchandising.py)."""

    def save(
        self, venue_id: str, wanted: MerchandisingEdits, version: int, actor: Actor, *, accept_conflicts: bool = False, note: str = ""
    ) -> Venue:
        """Replace the edits."""
        ...


@dataclass(frozen=True)
class Migrations:
    """Which venues have a template, and moving them."""

    templates: Templates
    documents: Documents
    venues: VenueStore
    audit: AuditTrail
    clock: Clock
    runs: Runs
    edits: Edits

    def uses(self, template_id: str) -> TemplateUses:
        """The venues that have any version of a template, or are on their way to one; none that is retired. Raises NotFoundError."""
        self.templates.record(template_id)
        having = [
            venue
            for venue in self.venues.recent(limit=_LOOKED_THROUGH)
            if venue.status != "retired" and template_id in (venue.template, venue.template_pin.partition("@")[0])
        ]
        found = [self._use(venue) for venue in having[:_MOST_LISTED]]
        return TemplateUses(venues=tuple(found), left_out=max(0, len(having) - _MOST_LISTED))

    def migrate(
        self, template_id: str, version: int, venue_ids: Sequence[str], actor: Actor, *, dry_run: bool = True, accept_losses: bool = False
    ) -> Migration:
        """Move venues to a version, and build their pages again; live pages stay until the new ones are approved.

        Raises ConflictError (migration_loses), and changes nothing, where a venue would lose what its people did and that was not
        accepted; ConflictError for a version that is not published; NotFoundError. What keeps a single venue from moving is told of it
        (`failed`) and keeps no other; the same migration again goes on with what is left.
        """
        record = self.templates.record(template_id, version)
        if record.state != "published":
            raise ConflictError(
                f"version {version} is a {record.state} one", where="version", mend="publish it first", code="not_published"
            )
        ids = list(dict.fromkeys(venue_ids))
        if not 1 <= len(ids) <= MAX_VENUES:
            raise InvalidInputError(f"{len(ids)} venues", where="venue_ids", mend=f"1 to {MAX_VENUES} at once")
        venues = [self.venues.get(venue_id) for venue_id in ids]
        moves = [self._move(venue, record) for venue in venues]
        losing = [move for move in moves if move.losses and not move.refused]
        if not dry_run and losing and not accept_losses:
            raise _loses(losing)
        if not dry_run:
            moves = [self._moved(venue, move, record, actor) for venue, move in zip(venues, moves, strict=True)]
        return Migration(template_id=template_id, version=record.version, dry_run=dry_run, venues=tuple(moves))

    # --- parts ------------------------------------------------------------------------------------------------------

    def _use(self, venue: Venue) -> TemplateUse:
        choice = choice_of(venue, self.documents)
        version = choice.version if choice else 0
        have = f"{venue.template}@{version}"
        return TemplateUse(
            venue_id=venue.venue_id,
            campaign_id=venue.campaign_id,
            name=venue.theme.name,
            status=venue.status,
            template_id=venue.template,
            version=version,
            live=bool(venue.live_version),
            why=venue.failure.message if venue.status == "failed" and venue.failure else "",
            to=venue.template_pin if venue.template_pin not in ("", have) else "",
        )

    def _move(self, venue: Venue, record: TemplateRecord) -> VenueMove:
        move = VenueMove(venue_id=venue.venue_id, name=venue.theme.name)
        choice = choice_of(venue, self.documents)
        if venue.status == "retired":
            return move.model_copy(update={"refused": both("会场已下线，先重新发布", "it is retired: publish it first")})
        if choice is None:
            said = both("还没有匹配模板，等「匹配模板」完成", "it has no template yet: wait until MatchTemplate is done")
            return move.model_copy(update={"refused": said})
        if (choice.template_id, choice.version, choice.package) == (record.template_id, record.version, record.package):
            return move.model_copy(update={"refused": both("已经是这个版本", "it has this version already")})
        if venue.template_pin == f"{record.template_id}@{record.version}" and venue.status in _IN_WORK:
            return move.model_copy(update={"refused": both("已经在迁移，页面正在生成", "it is on its way: its page is being made")})
        before = self._before(choice)
        lost = losses(
            record.manifest,
            arranged=len(venue.arrangement.floors) if venue.arrangement else 0,
            pins=venue.edits.pins,
            remarks=[
                (material.partition(".")[0], said.slot)
                for material, all_said in venue.constraints.items()
                if material.endswith(".copy")
                for said in all_said
            ],
            written=tuple(_written(venue)),
            language=venue.language,
        )
        return move.model_copy(update={"diff": diff(before, record.manifest) if before else None, "losses": lost})

    def _before(self, choice: TemplateChoice) -> TemplateManifest | None:
        try:
            return self.templates.of(choice)
        except NotFoundError:
            return None  # a template that shipped once and does no more

    def _moved(self, venue: Venue, move: VenueMove, record: TemplateRecord, actor: Actor) -> VenueMove:
        if move.refused:
            return move
        codes = {loss.code for loss in move.losses}
        try:
            changes: dict[str, Any] = {"template_pin": f"{record.template_id}@{record.version}", "round": 1}
            if codes & {"floors_locked", "too_many_floors"}:
                changes["arrangement"] = None
            changed = self.venues.update(venue.venue_id, expect_revision=venue.revision, **changes)
            detail = {
                "to": f"{record.template_id}@{record.version}",
                "from": venue.template_pin or venue.template,
                "lost": [loss.code for loss in move.losses],
            }
            self.audit.record(actor.did("migrate_venue", venue.venue_id, at=iso(self.clock.now()), saw=venue.staged_version, detail=detail))
            if "pins_locked" in codes:
                rules = tuple(rule for rule in venue.edits.rules if rule.action != "pin")
                kept = venue.edits.model_copy(update={"rules": rules})
                note = f"migrated to {record.template_id} v{record.version}"
                self.edits.save(venue.venue_id, kept, changed.edits_version, actor, accept_conflicts=True, note=note)
            else:
                self.runs.start_again(changed, f"moved to {record.template_id} v{record.version} by {actor.name}")
        except HuichangError as error:  # somebody changed this venue meanwhile, or a store was away: the others go on
            return move.model_copy(update={"failed": error.told or both(f"没有迁移：{error.message}", f"not moved: {error.message}")})
        return move.model_copy(update={"moved": True})


def _written(venue: Venue) -> Iterator[Written]:
    """What people wrote and chose for the venue's page with their own hands."""
    by_hand = venue.by_hand
    for component, slots in by_hand.texts.items():
        yield from (Written(path=f"{component}.{slot}", text=text) for slot, text in slots.items() if text.strip())
    if venue.arrangement is not None:
        for slots in by_hand.floors.values():
            yield from (Written(path=f"floor.{slot}", text=text) for slot, text in slots.items() if text.strip() and slot != "title")
    yield from (Written(path=f"{component}.background", text="") for component in by_hand.pictures)


def _loses(moves: Sequence[VenueMove]) -> ConflictError:
    error = ConflictError(
        f"{len(moves)} venues would lose what people did to them",
        where="accept_losses",
        mend="look at the losses, then migrate again with accept_losses",
        code="migration_loses",
    )
    error.details = tuple((move.venue_id, loss.said["en"]) for move in moves for loss in move.losses)
    said = both(f"{len(moves)} 个会场会丢失人工改动", error.message)
    return in_both(error, said, both("查看会丢失的内容，确认后带 accept_losses 再迁移", error.mend))
