"""One write turns all venues of a campaign, and what follows from it is made good however often it is interrupted."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf
from typing import Protocol, TypeVar

from huichang.delivery.model import DeliveryStore, FirstImage, LiveVenue
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, HuichangError, NotFoundError, TransientError, in_both
from huichang.kernel.events import EventBus, VenuePublished
from huichang.kernel.language import both
from huichang.line.edging import EdgeTeller
from huichang.line.first_images import handed_out_images
from huichang.line.policing import policy_key
from huichang.line.proof.writing import Proofs, proofs_with
from huichang.line.releasing import reviewed_versions
from huichang.line.venue_facts import with_facts
from huichang.materials.policy import Verdict
from huichang.pages.model import PageModel, PageStore
from huichang.pages.releases import Release, ReleaseKind, ReleaseStore, Slot, next_slots, sibling_code
from huichang.venues.model import PAGE_BROKEN, CampaignStore, Documents, Venue, VenueStore

Given = TypeVar("Given")
Made = TypeVar("Made")
TRIES = 12
AT_ONCE = 8
MAKING_SECONDS = 9.0
"""How long whoever releases waits: for versions to be put at their addresses, before which nothing has changed, and then for records
and placements to follow, which the tick completes."""
SWEEPING_SECONDS = 40.0
"""Below the tick's 55 seconds."""
SETTLED = ("approved", "published", "failed", "retired")
"""Venues whose state a release may change; the others are on their way to another version, and go on."""


def side_by_side(do: Callable[[Given], Made], each: Sequence[Given]) -> list[Made]:
    """`do` for each of them, some at the same time: for a hundred venues one after the other the API's time would not do."""
    # The first one alone: what it makes once for the process (rules, word lists) is not made by every thread at the same time.
    first = [do(one) for one in each[:1]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [*first, *pool.map(do, each[1:])]


def page_key(venue_id: str, version_id: str) -> str:
    """Key of the page model that a version was rendered from."""
    return f"venues/{venue_id}/versions/{version_id}"


def refreshed_key(venue_id: str, version_id: str, part: str = "") -> str:
    """Key of the page model of a version with the facts of a moment, or of another part of it. Below a folder of its own: what can be made
    again is not kept for ever (template.yaml)."""
    return f"refreshed/{venue_id}/{version_id}{part and '-'}{part}"


def page_shown(documents: Documents, venue_id: str, version_id: str) -> PageModel:
    """The model of a page that buyers get, reviewed or refreshed. Raises NotFoundError."""
    try:
        return documents.get(refreshed_key(venue_id, version_id), PageModel)
    except NotFoundError:
        return documents.get(page_key(venue_id, version_id), PageModel)


def address_of(venue_id: str) -> str:
    """Where buyers find a venue, whichever version it shows."""
    return f"/v/{venue_id}/"


def handed_out(live: LiveVenue, page: PageModel, images: tuple[FirstImage, ...] = ()) -> LiveVenue:
    """What placements show of a page. `images`: see line/first_images.py handed_out_images."""
    share = page.poster("share")
    picture = (f"/{share.media_key}" if share else page.hero_image) or next((card.picture for card in page.hero_cards), "")
    return live.model_copy(update={"title": page.title, "subtitle": page.subtitle, "picture": picture, "images": images})


class SiblingListing(Protocol):
    """Pages of buyer segments beside a version (line/listing.py)."""

    def listed(self, venue_id: str, version_id: str) -> dict[str, str]:
        """Segment -> version id of its reviewed page, of those that may be listed. Raises TransientError."""
        ...

    def true(self, venue_id: str, version_id: str, shown: str, listed: Mapping[str, str]) -> dict[str, str]:
        """Segment -> version id of that page with the facts of now, as `shown` has them. Raises TransientError."""
        ...


def release_changed(current: Release | None, expected: int) -> ConflictError:
    """What somebody is told whose release another one came before."""
    who = current.by if current else ""
    number = current.number if current else 0
    told = both(
        f"您依据的是第 {expected} 次发布，{who or '别人'} 已经做了第 {number} 次；您的没有发布，线上是第 {number} 次",
        f"yours was made on release {expected}, and {who or 'somebody'} has made release {number} meanwhile; "
        f"yours was not released, buyers see release {number}",
    )
    todo = both("重新载入，看看变了什么，再发布一次", "load it again, look at what changed, and release once more")
    return in_both(ConflictError(told["en"], where="expect", mend=todo["en"], code="release_changed"), told, todo)


def still_checking(done: int, of: int) -> TransientError:
    """Every verdict is kept: the same call goes on where this one stopped."""
    told = both(
        f"还在检查：{of} 个版本里查完了 {done} 个；什么都没有变", f"still checking: {done} of {of} versions are done; nothing was changed"
    )
    todo = both("再发一次，会从停下处继续", "send it again; it goes on where it stopped")
    error = TransientError(told["en"], where="venues", mend=todo["en"], code="still_checking")
    error.retry_after_seconds = 1.0
    return in_both(error, told, todo)


@dataclass(frozen=True)
class Releases:
    """Writes releases. It judges nothing: whoever calls has checked what it wants live (line/publishing.py, line/promoting.py)."""

    store: ReleaseStore
    campaigns: CampaignStore
    venues: VenueStore
    documents: Documents
    pages: PageStore
    delivery: DeliveryStore
    bus: EventBus
    clock: Clock
    edge: EdgeTeller
    proofs: Proofs | None = None  # None: for tests of other things; bootstrap always gives one
    siblings: SiblingListing | None = None  # None: every buyer gets the default
    sleep: Callable[[float], None] = time.sleep
    seconds: Callable[[], float] = time.monotonic

    def make(
        self,
        campaign_id: str,
        changes: Mapping[str, str],
        *,
        kind: ReleaseKind,
        by: str,
        note: str = "",
        expect: int | None = None,
        restores: int = 0,
        shown: Mapping[str, str] | None = None,
    ) -> Release:
        """The release with these changes (venue id -> version id, "" retires), live. Nothing to change: the current one.

        `shown`: version id -> that of the same page with the facts of now (line/readiness.py), which is what buyers get.

        All or nothing: until the one write everything stays as it was, whatever dies. `expect`: the number of the release that was
        looked at; ConflictError (code release_changed), and nothing is released, if another is current by now. Without it the
        changes are put on whatever is current: changes of different venues do not hinder each other.
        Raises NotFoundError for a version that is not there, TransientError with code still_checking where time ran out before the
        write (send it again: it goes on where it stopped), TransientError where the release stands but not all of its consequences:
        then repeating the call completes them, and so does the sweep within a minute.
        """
        facts, late = dict(shown or {}), self.seconds() + MAKING_SECONDS

        def at_address(change: tuple[str, str]) -> Slot | None:
            return None if self.seconds() > late else self._open(*change, facts.get(change[1], change[1]))

        slots = side_by_side(at_address, list(changes.items()))
        opened = {slot.venue_id: slot for slot in slots if slot}
        if len(opened) < len(slots):
            raise still_checking(len(opened), len(slots))
        token = secrets.token_hex(8)
        for attempt in range(TRIES):
            current = self.store.current(campaign_id)
            number = current.number if current else 0
            if expect is not None and number != expect:
                raise release_changed(current, expect)
            release = self._next(campaign_id, current, opened, kind=kind, by=by, note=note, restores=restores)
            self.store.owe(campaign_id, token)
            if current and not release.changed:
                self.settle(campaign_id, token, tuple(changes), late)  # a repeated call completes what the first one began
                return current
            if self.store.add(release):
                self.settle(campaign_id, token, release.changed, late)
                return release
            self.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))
        raise TransientError("too many releases of this campaign at once", where=f"campaign {campaign_id}")

    def _open(self, venue_id: str, version_id: str, shown: str) -> Slot:
        """The version, with the facts of now, at an address that a pointer can name. Nobody sees it there until a release names it."""
        if not version_id:
            return Slot(venue_id=venue_id)
        code = self.store.code(venue_id, version_id)
        self.pages.open_version(venue_id, shown, code)
        siblings: dict[str, str] = {}
        if self.siblings:
            siblings = self.siblings.listed(venue_id, version_id)
            for segment, sibling_id in self.siblings.true(venue_id, version_id, shown, siblings).items():
                self.pages.open_version(venue_id, sibling_id, sibling_code(code, segment))
        return Slot(venue_id=venue_id, version_id=version_id, code=code, siblings=siblings)

    def _next(
        self, campaign_id: str, current: Release | None, opened: Mapping[str, Slot], *, kind: ReleaseKind, by: str, note: str, restores: int
    ) -> Release:
        slots = next_slots(current, opened)
        before = {slot.venue_id: slot for slot in current.slots} if current else {}
        if current:
            language, industry = current.language, current.industry
        else:
            first = self.venues.get(next(iter(opened)))
            language, industry = first.language, first.theme.industry or ""
        return Release(
            campaign_id=campaign_id,
            number=current.number + 1 if current else 1,
            kind=kind,
            by=by,
            at=iso(self.clock.now()),
            note=note,
            restores=restores,
            language=language,
            industry=industry,
            slots=slots,
            changed=tuple(slot.venue_id for slot in slots if before.get(slot.venue_id) != slot),
        )

    def settle(self, campaign_id: str, token: str, venue_ids: tuple[str, ...] | None = None, late: float = inf) -> int:
        """What follows from the current release: the edge is told, then records and delivery of these venues (None: of all that are
        behind) are brought to it. Repeating it changes nothing. How many records were changed. Raises TransientError.

        Buyers see the release once the edge is told. Records that were not begun by `late` (`seconds`) stay owed, and the sweep goes on.
        """
        self.edge.tell(campaign_id)
        release = self.store.current(campaign_id)
        if release is None:  # it was announced, and never made
            self.store.settled(campaign_id, token)
            return 0
        wanted = self._behind(release) if venue_ids is None else set(venue_ids)
        turned = [slot for slot in release.slots if slot.venue_id in wanted]
        done = side_by_side(lambda slot: None if self.seconds() > late else self._record(release, slot), turned)
        if None not in done:
            self.store.settled(campaign_id, token)
        return sum(filter(None, done))

    def _behind(self, release: Release) -> set[str]:
        """Venues whose record or placement does not say yet what the release shows."""
        recorded = {venue.venue_id for venue in self.venues.of_campaign(release.campaign_id) if venue.release >= release.number}
        handed_out = {each.venue_id: each.published_at for each in self.delivery.live() if each.campaign_id == release.campaign_id}
        placed = {each for each, at in handed_out.items() if at >= release.at}
        done = {
            slot.venue_id for slot in release.slots if (slot.venue_id in placed if slot.version_id else slot.venue_id not in handed_out)
        }
        return {slot.venue_id for slot in release.slots} - (recorded & done)

    def is_settled(self, campaign_id: str) -> bool:
        """Whether nothing is owed after the campaign's last release."""
        return all(owing != campaign_id for owing, _ in self.store.owing())

    def settle_owing(self) -> int:
        """Complete what was interrupted; how many campaigns. One that cannot be completed keeps no other waiting: it is raised last."""
        owing = self.store.owing()
        problems: list[HuichangError] = []
        for campaign_id, token in owing:
            try:
                self.settle(campaign_id, token, late=self.seconds() + SWEEPING_SECONDS)
            except HuichangError as error:
                problems.append(error)
        if problems:
            raise problems[0]
        return len(owing)

    def _record(self, release: Release, slot: Slot) -> bool:
        """One venue's record and place in delivery, unless a later release has come to it."""
        venue = self.venues.get(slot.venue_id)
        while venue.release <= release.number:
            try:
                changed = self._publish(release, slot, venue) if slot.version_id else self._retire(release, venue)
            except ConflictError:  # it was written meanwhile; look again at what it is
                venue = self.venues.get(slot.venue_id)
                continue
            return changed
        return False

    def _publish(self, release: Release, slot: Slot, venue: Venue) -> bool:
        version_id = slot.version_id
        already = venue.live_version == version_id and venue.status == "published"
        earlier = venue.previous_versions
        if venue.live_version and venue.live_version != version_id:
            earlier = (*(v for v in earlier if v not in (version_id, venue.live_version)), venue.live_version)
        page = self.documents.get(page_key(venue.venue_id, version_id), PageModel)
        self.venues.update(
            venue.venue_id,
            expect_revision=venue.revision,
            status="published" if venue.status in SETTLED else venue.status,
            live_version=version_id,
            previous_versions=earlier,
            live_unreviewed=version_id not in reviewed_versions(venue),
            failure=None,
            held=False,
            release=release.number,
            proofs=self._proofs(venue, version_id, page, earlier),
        )
        live = LiveVenue(
            venue_id=venue.venue_id,
            title="",
            href=address_of(venue.venue_id),
            language=venue.language,
            published_at=iso(self.clock.now()),
            campaign_id=venue.campaign_id,
        )
        shown = self._shown(slot, page)
        images = handed_out_images(self.documents, venue, version_id, shown)
        self.delivery.put_live(with_facts(handed_out(live, shown, images), venue, shown))
        if not already:
            published = VenuePublished(
                campaign_id=venue.campaign_id, venue_id=venue.venue_id, at=iso(self.clock.now()), version_id=version_id
            )
            self.bus.publish(published)
        return not already

    def _shown(self, slot: Slot, page: PageModel) -> PageModel:
        """The page that buyers get there; `page` is the released version's own."""
        version_id = self.pages.opened(slot.venue_id, slot.code)
        try:
            known = version_id in (None, slot.version_id)
            return page if known else page_shown(self.documents, slot.venue_id, str(version_id))
        except NotFoundError:  # somebody wrote there by hand, and inspection will say so
            return page

    def _proofs(self, venue: Venue, version_id: str, page: PageModel, earlier: Sequence[str]) -> dict[str, str]:
        """The venue's manifests with that of what goes live (line/proof/). A release is not settled before each of its pages has one."""
        if self.proofs is None:
            return venue.proofs
        html = self.pages.read_version(venue.venue_id, version_id)
        verdict = self.documents.get(policy_key(venue.venue_id, version_id), Verdict)
        return proofs_with(venue, version_id, self.proofs.write(venue, version_id, page, html, verdict), earlier)

    def _retire(self, release: Release, venue: Venue) -> bool:
        # A page that inspection took down (line/inspecting.py) goes on saying why: somebody has to mend it.
        broken = venue.status == "failed" and venue.failure is not None and venue.failure.code == PAGE_BROKEN
        status = "retired" if venue.status in SETTLED and not broken else venue.status
        self.venues.update(venue.venue_id, expect_revision=venue.revision, status=status, release=release.number)
        self.delivery.remove_live(venue.venue_id)
        return venue.status != status
