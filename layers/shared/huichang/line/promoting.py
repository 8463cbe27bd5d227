"""A whole campaign released, rolled back or retired at once: what would change, what stands in the way, and then all or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, HuichangError, InvalidInputError, PermanentError, TransientError, in_both
from huichang.kernel.events import EventBus, VenueRolledBack
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.line.publishing import Publisher
from huichang.line.readiness import Ready
from huichang.line.releases import SETTLED, Releases, release_changed, side_by_side, still_checking
from huichang.pages.releases import Release, ReleaseKind
from huichang.venues.model import Actor, AuditTrail, CampaignStore, Venue, VenueStore

Effect = Literal["new", "replaced", "kept", "taken_down", "left_out", "blocked"]
CONTINUED_SECONDS = 25.0
"""So long a call that goes on takes what the one before it has found: facts stay younger than a minute at the write."""
JUDGING_SECONDS = 9.0
"""A call that has not judged everything by then says so. With what making the release may take (line/releases.py) it stays within the
API's 29 seconds."""


class VenueChange(Model):
    """What a release would do to a venue. `told`: why it is left out or stands in the way, `todo`: what to do about it; of one that goes
    live, which of its goods cannot be bought any more (`lost` of them). `shown`: the version with the facts of now that buyers get."""

    venue_id: str
    name: str
    effect: Effect
    before: str = ""
    after: str = ""
    code: str = ""
    told: Text = {}
    todo: Text = {}
    lost: int = 0
    shown: str = ""


class ReleasePreview(Model):
    """`number`: the release that is current now (0: none); say it back as `expect`. `ready`: something changes and nothing is blocked."""

    campaign_id: str
    kind: ReleaseKind
    number: int
    venues: tuple[VenueChange, ...] = ()

    @property
    def blocked(self) -> tuple[VenueChange, ...]:
        """What stands in the way."""
        return tuple(each for each in self.venues if each.effect == "blocked")

    @property
    def changes(self) -> dict[str, str]:
        """venue id -> version id, "" to be taken down."""
        return {each.venue_id: each.after for each in self.venues if each.effect in ("new", "replaced", "taken_down")}


class ReleaseBlockedError(PermanentError):
    """Nothing was released: these venues stand in the way."""

    code = "release_blocked"

    def __init__(self, preview: ReleasePreview) -> None:
        blocked = preview.blocked
        told = both(
            f"{len(blocked)} 个会场不能发布，所以什么都没有发布：" + "；".join(f"{each.name}：{each.told['zh']}" for each in blocked[:5]),
            f"{len(blocked)} venues may not be released, so nothing was: "
            + "; ".join(f"{each.name}: {each.told['en']}" for each in blocked[:5]),
        )
        todo = both("处理这些会场，或这次不带上它们", "mend these venues, or release without them")
        super().__init__(told["en"], where="venues", mend=todo["en"])
        in_both(self, told, todo)
        self.details = tuple((f"venues.{each.venue_id}", f"{each.code}: {each.told['en']}") for each in blocked)


@dataclass(frozen=True)
class CampaignReleases:
    """What operators, and the schedule, do to all venues of a campaign at once."""

    campaigns: CampaignStore
    venues: VenueStore
    releases: Releases
    publisher: Publisher
    audit: AuditTrail
    bus: EventBus
    clock: Clock
    seconds: Callable[[], float] = time.monotonic
    judging_seconds: float = JUDGING_SECONDS
    _unfinished: dict[tuple[str, str], tuple[float, Ready]] = field(
        default_factory=dict
    )  # (venue, version): what a call did not come to use

    def history(self, campaign_id: str) -> list[Release]:
        """Newest first. Raises NotFoundError."""
        self.campaigns.get(campaign_id)
        return self.releases.store.recent(campaign_id)

    def settling(self, campaign_id: str) -> bool:
        """Whether records and placements still follow its last release; buyers see it already. The tick completes them in a minute."""
        return not self.releases.is_settled(campaign_id)

    def preview(self, campaign_id: str, kind: ReleaseKind, *, to: int = 0, only: Sequence[str] = ()) -> ReleasePreview:
        """What would change, and what stands in the way; nothing is changed but the verdicts that are kept.

        release: every venue's approved version goes live, the others are left out and told. rollback: what release `to` showed (0: the
        one before the current one). retire: nothing is shown any more. `only`: of these venues. Raises NotFoundError, InvalidInputError.
        """
        self.campaigns.get(campaign_id)
        current = self.releases.store.current(campaign_id)
        live = current.live if current else {}
        venues = {venue.venue_id: venue for venue in self.venues.of_campaign(campaign_id)}
        unknown = [venue_id for venue_id in only if venue_id not in venues]
        if unknown:
            raise InvalidInputError(f"this campaign has no venue {', '.join(unknown)}", where="venues", mend="see its venues")
        if kind == "rollback":
            back = self._back_to(campaign_id, current, to)
            wanted = {venue_id: back.version_of(venue_id) for venue_id in venues if venue_id in live or back.version_of(venue_id)}
        elif kind == "retire":
            wanted = dict.fromkeys(live, "")
        else:
            wanted = {venue_id: self._approved(venue) for venue_id, venue in venues.items()}
        chosen = [venue_id for venue_id in venues if not only or venue_id in only]
        changes = [self._change(venues[venue_id], live.get(venue_id, ""), wanted.get(venue_id), kind) for venue_id in chosen]
        judged = self._judged([each for each in changes if each.effect in ("new", "replaced")], venues)
        return ReleasePreview(
            campaign_id=campaign_id,
            kind=kind,
            number=current.number if current else 0,
            venues=tuple(judged.get(each.venue_id, each) for each in changes if each.effect != "kept" or each.after),
        )

    def apply(
        self,
        campaign_id: str,
        kind: ReleaseKind,
        actor: Actor,
        *,
        to: int = 0,
        only: Sequence[str] = (),
        expect: int | None = None,
        leave_out_blocked: bool = False,
        note: str = "",
    ) -> Release:
        """Do what `preview` shows, with one write. Of two at the same moment one wins.

        Raises ReleaseBlockedError, and nothing is released, where a venue stands in the way; ConflictError with code release_changed
        where another release is current than `expect` (or than this call read at its beginning), nothing_to_release where nothing
        would change.
        """
        preview = self.preview(campaign_id, kind, to=to, only=only)
        if expect is not None and expect != preview.number:
            raise release_changed(self.releases.store.current(campaign_id), expect)
        if preview.blocked and not leave_out_blocked:
            raise ReleaseBlockedError(preview)
        if not preview.changes:
            told = both("没有可以发布的变化", "there is nothing to change: buyers see this already, or nothing was approved")
            todo = both("先审核通过会场", "approve venues first")
            raise in_both(ConflictError(told["en"], where="campaign", mend=todo["en"], code="nothing_to_release"), told, todo)
        restores = self._back_to(campaign_id, self.releases.store.current(campaign_id), to).number if kind == "rollback" else 0
        release = self.releases.make(
            campaign_id,
            preview.changes,
            kind=kind,
            by=actor.name,
            note=note,
            expect=preview.number,
            restores=restores,
            shown={each.after: each.shown for each in preview.venues if each.shown},
        )
        said = {"number": release.number, "venues": len(release.changed), "restores": restores, "note": note}
        self.audit.record(actor.did(f"{kind}_campaign", campaign_id, at=iso(self.clock.now()), detail=said))
        if kind == "rollback":
            at = iso(self.clock.now())
            back = [(venue_id, version_id) for venue_id, version_id in preview.changes.items() if version_id]
            self.bus.publish(
                *(VenueRolledBack(campaign_id=campaign_id, venue_id=each, at=at, version_id=version) for each, version in back)
            )
        return release

    def _back_to(self, campaign_id: str, current: Release | None, to: int) -> Release:
        if current is None or (not to and current.number == 1):
            told = both("没有更早的发布可以回到", "there is no earlier release to go back to")
            todo = both("要撤下页面，请下线活动", "retire the campaign to take its pages down")
            raise in_both(ConflictError(told["en"], where="to", mend=todo["en"], code="nothing_to_release"), told, todo)
        return self.releases.store.get(campaign_id, to or current.number - 1)

    @staticmethod
    def _approved(venue: Venue) -> str:
        # What was retired by hand stays so; what is on its way to another version keeps the one that was approved before.
        return "" if venue.status == "retired" or venue.superseded else venue.approved_version

    @staticmethod
    def _change(venue: Venue, before: str, wanted: str | None, kind: ReleaseKind) -> VenueChange:
        change = VenueChange(venue_id=venue.venue_id, name=venue.theme.name, effect="kept", before=before, after=before)
        if wanted is None or (wanted == before and (wanted or kind != "release")):
            return change
        if wanted:
            return change.model_copy(update={"effect": "replaced" if before else "new", "after": wanted})
        if kind != "release":
            return change.model_copy(update={"effect": "taken_down", "after": ""})
        if before:
            return change
        code, told, todo = _not_ready(venue)
        return change.model_copy(update={"effect": "left_out", "code": code, "told": told, "todo": todo})

    def _judged(self, changes: Sequence[VenueChange], venues: Mapping[str, Venue]) -> dict[str, VenueChange]:
        """Today's rules on each version that would go live, and what it comes to with today's goods."""
        judged: dict[str, VenueChange] = {}
        late = self.seconds() + self.judging_seconds

        def judge(change: VenueChange) -> Ready | HuichangError | None:
            kept = self._unfinished.pop((change.venue_id, change.after), None)
            if kept and self.seconds() - kept[0] < CONTINUED_SECONDS:
                return kept[1]
            if self.seconds() > late:
                return None
            try:
                return self.publisher.check(venues[change.venue_id], change.after)
            except TransientError:
                raise
            except HuichangError as error:
                return error

        answers = side_by_side(judge, changes)
        if None in answers:
            now = self.seconds()
            ready = ((change, each) for change, each in zip(changes, answers, strict=True) if isinstance(each, Ready))
            self._unfinished.update({(change.venue_id, change.after): (now, each) for change, each in ready})
            raise still_checking(len(answers) - answers.count(None), len(answers))
        for change, found in zip(changes, answers, strict=True):
            if isinstance(found, HuichangError):
                told = found.told or both(found.message, found.message)
                todo = found.todo or both(found.mend, found.mend)
                judged[change.venue_id] = _blocked(change, found.code, told, todo)
            elif found is not None:
                what = {"shown": found.shown, "lost": len(found.lost), "told": found.told}
                judged[change.venue_id] = change.model_copy(update=what)
        return judged


def _blocked(change: VenueChange, code: str, told: Text, todo: Text) -> VenueChange:
    return change.model_copy(update={"effect": "blocked", "code": code, "told": told, "todo": todo})


def _not_ready(venue: Venue) -> tuple[str, Text, Text]:
    if venue.status == "failed":
        failure = venue.failure
        said = failure.message if failure else ""
        return "failed", both(f"它没有做成：{said}", f"it has failed: {said}"), both("按会场页上的提示处理", "do what its page says")
    if venue.status == "retired":
        return "retired", both("它已下线", "it is retired"), both("要让它回来，请单独发布它", "publish it by itself to bring it back")
    if venue.status in SETTLED:
        return "not_approved", both("没有审核通过的版本", "no version of it was approved"), both("先审核它", "review it first")
    told = both("还在制作或审核中", "it is still being made or reviewed")
    return "not_approved", told, both("审核通过后再发布", "release once more when it is approved")
