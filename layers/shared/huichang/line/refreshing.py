"""Released pages stay true: within a minute of a change at the source every live page that shows the product says what holds now.

The budget of that minute, at its worst (docs/decisions/0029-living-claims.md):

    offer to index            ~2 s   the offers queue waits as long for others
    change to look             2 s   COALESCE_SECONDS: a burst is one look; a change nobody told is found every CHECK_SECONDS
    look, render, live        ~2 s
    caches                    20 s   RELEASED (adapters/s3.py)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from huichang.delivery.model import DeliveryStore
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError, PermanentError, TransientError
from huichang.kernel.events import OffersChanged, VenuePublished, VenueRolledBack
from huichang.kernel.ids import content_hash
from huichang.line.first_images import handed_out_images
from huichang.line.importing import TextQueue
from huichang.line.living import ClaimsState, ClaimsStore, LivePages, Refreshed, ShownProducts
from huichang.line.living_siblings import LiveSiblings
from huichang.line.offers import TICK, from_the_bus
from huichang.line.releases import handed_out, page_shown, refreshed_key
from huichang.line.truth import Truth
from huichang.line.venue_facts import with_facts
from huichang.pages.living import Living, TakenOff
from huichang.pages.model import PageModel
from huichang.venues.model import Actor, AuditTrail, Documents, Venue, VenueStore

COALESCE_SECONDS = 2
CHECK_SECONDS = 20
VENUES_PER_MESSAGE = 10
MINUTE = 60
STORE_AGAIN_SECONDS = 7 * 86_400
"""Far below the shortest time that refreshed versions are kept (template.yaml, RefreshedPagesDays)."""
UNSETTLED_SECONDS = 120
"""What buyers get and what the venue's record says may differ while somebody publishes; for longer, the record is right."""
_LIVING = Actor(name="living claims", role="system")

Outcome = Literal["not_live", "unsettled", "confirmed", "refreshed", "withheld", "unread", "overtaken", "stuck"]
"""`stuck`: the page could not be made true, and the record says why; an alarm tells people (template.yaml, ClaimsStuckAlarm)."""


@dataclass(frozen=True)
class RefreshClaims:
    """Bodies of ClaimsQueue: offers that changed, pages that were published, the minute's tick, and looks at venues."""

    claims: ClaimsStore
    shown: ShownProducts
    delivery: DeliveryStore
    queue: TextQueue
    refresher: Refresher

    def take(self, body: str) -> list[Outcome]:
        """What came of it. A replay looks again and finds nothing to do."""
        message = from_the_bus(body)
        kind, detail = message.get("detail-type"), message.get("detail")
        if kind == TICK:
            self._check_all()
            return []
        if kind == OffersChanged.__name__ and isinstance(detail, Mapping):
            self._ask(self.shown.showing([str(each) for each in detail.get("product_ids", ())]))
            return []
        if kind in (VenuePublished.__name__, VenueRolledBack.__name__) and isinstance(detail, Mapping):
            return self._look([str(detail.get("venue_id", ""))])
        venues = message.get("venues")
        if not isinstance(venues, list) or not all(isinstance(each, str) for each in venues):
            raise PermanentError("the message names no venues, no offers and is no tick", where="ClaimsQueue")
        return self._look(venues)

    def _check_all(self) -> None:
        """Every live page several times before the next tick: what nobody told - an import, a deletion, a window, a lost event."""
        venues = sorted(each.venue_id for each in self.delivery.live())
        packs = [venues[start : start + VENUES_PER_MESSAGE] for start in range(0, len(venues), VENUES_PER_MESSAGE)]
        bodies = [look_at(pack) for pack in packs]
        for delay in range(0, MINUTE, CHECK_SECONDS):
            if bodies:
                self.queue.send(bodies, delay)

    def _ask(self, venues: Iterable[str]) -> None:
        """One look for each, however many changes come before it begins."""
        asked = [venue_id for venue_id in sorted(venues) if self.claims.ask(venue_id, MINUTE / 2)]
        if asked:
            self.queue.send([look_at([venue_id]) for venue_id in asked], COALESCE_SECONDS)

    def _look(self, venues: Sequence[str]) -> list[Outcome]:
        """One page that fails keeps no other from being looked at. What is not made true now is looked at again in CHECK_SECONDS."""
        outcomes: list[Outcome] = []
        failed: list[TransientError] = []
        for venue_id in venues:
            try:
                outcomes.append(self.refresher.refresh(venue_id))
            except TransientError as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return outcomes


def look_at(venues: Sequence[str]) -> str:
    """The message that asks for a look."""
    return json.dumps({"venues": list(venues)})


@dataclass(frozen=True)
class Refresher:
    """One live page against the facts of now.

    `unread_seconds`: for how long facts that cannot be read are taken to hold.
    """

    venues: VenueStore
    documents: Documents
    truth: Truth
    live: LivePages
    siblings: LiveSiblings
    claims: ClaimsStore
    shown: ShownProducts
    delivery: DeliveryStore
    audit: AuditTrail
    clock: Clock
    unread_seconds: int

    def refresh(self, venue_id: str) -> Outcome:
        """Make the page true, or confirm that it is. Raises TransientError where a look must be tried again."""
        self.claims.begin(venue_id)  # before anything is read: what changes from here on asks for the next look
        started = iso(self.clock.now())
        try:
            venue = self.venues.get(venue_id)
        except NotFoundError:
            venue = None
        shown = self.live.current(venue_id) if venue and venue.live_version else None
        state = self.claims.get(venue_id)
        if venue is None or shown is None:
            self._forget(venue_id, state, started)
            return "not_live"
        if self.live.released(venue_id) != venue.live_version:
            return "unsettled"  # a release has just turned; the record follows, and its event asks for the next look
        if state is None or state.base_version != venue.live_version:
            fresh = ClaimsState(venue_id=venue_id, base_version=venue.live_version, shown_version=shown)
            kept = {"watched": state.watched, "revision": state.revision, "renders": state.renders} if state else {}
            state = fresh.model_copy(update=kept)
        if not self._settled(venue, state, shown) and self._age(state.confirmed_at or started) < UNSETTLED_SECONDS:
            return "unsettled"
        try:
            return self._true(venue, state, shown, started)
        except PermanentError as error:
            return self._stuck(venue, state, error, started)

    def _settled(self, venue: Venue, state: ClaimsState, shown: str) -> bool:
        """Whether buyers get what the venue's record says, or a page that was made of it."""
        if shown in (venue.live_version, state.shown_version):
            return True
        key = refreshed_key(venue.venue_id, shown, "lineage")
        return self.documents.exists(key) and self.documents.get(key, Refreshed).base_version == venue.live_version

    def _stuck(self, venue: Venue, state: ClaimsState, error: PermanentError, started: str) -> Outcome:
        problem = f"{error.code}: {error.message}"[:500]
        if problem != state.problem:
            self.audit.record(_LIVING.did("claims_stuck", venue.venue_id, at=started, saw=state.shown_version, detail={"problem": problem}))
        self.claims.put(state.model_copy(update={"problem": problem}))
        return "stuck"

    def _true(self, venue: Venue, state: ClaimsState, shown: str, started: str) -> Outcome:
        base = self.truth.page(venue.venue_id, venue.live_version)
        try:
            facts = self.truth.facts(venue, venue.live_version)
        except TransientError:
            facts = None
        # All of a page's goods deleted at once looks like an index that lost them: that is no news about the goods.
        if facts is None:
            return self._unread(venue, state, shown, base, started)
        settled = shown == state.shown_version and self.siblings.settled(venue.venue_id, state)
        if facts.hash == state.facts and settled and not state.problem and not self._expiring(state):
            self.claims.put(state.model_copy(update={"confirmed_at": started, "unread_since": "", "withheld": False}))
            return "confirmed"
        living = self.truth.living(venue, venue.live_version, facts, state.swaps)
        fields = {"facts": facts.hash, "confirmed_at": started, "unread_since": "", "withheld": False}
        return self._show(venue, state.model_copy(update=fields), shown, base, living, started)

    def _unread(self, venue: Venue, state: ClaimsState, shown: str, base: PageModel, started: str) -> Outcome:
        """The facts cannot be read: for a while the last ones are taken to hold, then the page claims nothing."""
        since = state.confirmed_at or state.unread_since or started
        state = state.model_copy(update={"unread_since": state.unread_since or started})
        if state.withheld and shown == state.shown_version and self.siblings.settled(venue.venue_id, state):
            self.claims.put(state)
            return "withheld"
        if self._age(since) < self.unread_seconds:
            self.claims.put(state)
            return "unread"
        last = base if shown == venue.live_version else page_shown(self.documents, venue.venue_id, shown)
        before = Living(page=last, taken_off=state.taken_off, swaps=state.swaps)
        living = self.truth.withheld(venue, venue.live_version, before)
        outcome = self._show(venue, state.model_copy(update={"facts": "", "withheld": True}), shown, base, living, started)
        return "withheld" if outcome == "refreshed" else outcome

    def _show(self, venue: Venue, state: ClaimsState, shown: str, base: PageModel, living: Living, started: str) -> Outcome:
        """The true page to buyers, if it is another one than they get."""
        page_hash = content_hash(living.page.model_dump_json())
        rendered = False
        if living.page == base:
            version = venue.live_version  # the reviewed page itself: its facts hold (again)
        elif page_hash == state.page and shown == state.shown_version and not self._expiring(state):
            version = shown  # what changed is on no card: stock that is still there
        else:
            version, rendered = self.truth.rendered(venue, venue.live_version, living, started), True
        watched = self._watch(state, living, started)
        same = page_hash == state.page and version == state.shown_version
        siblings = self.siblings.follow(venue, state, version, same=same)
        if siblings is None:
            return "overtaken"
        if version != shown and not self.live.replace(venue.venue_id, venue.live_version, shown, version):
            return "overtaken"  # somebody published or retired meanwhile; who publishes asks for a look
        changed = version != shown or state.shown_version != version
        if version != shown:
            self._hand_out(venue, living.page)
        self._unwatch(state, watched, started)
        told = _told(living.taken_off)
        if told != _told(state.taken_off):
            self._record(venue, state, version, living, started)
        self._keep(
            state.model_copy(
                update={
                    "shown_version": version,
                    "page": page_hash,
                    "rendered_at": started if rendered else state.rendered_at,
                    "changed_at": started if changed else state.changed_at,
                    "taken_off": living.taken_off,
                    "swaps": living.swaps,
                    "problem": "",
                    "renders": state.renders + rendered,
                    "changes": state.changes + (version != shown),
                    "watched": watched,
                    "siblings": siblings,
                }
            )
        )
        return "refreshed" if version != shown else "confirmed"

    def _keep(self, state: ClaimsState) -> None:
        """Who put a page live last is right about it, even where somebody wrote the record meanwhile."""
        for _ in range(3):
            if self.claims.put(state) or self.live.current(state.venue_id) != state.shown_version:
                return
            newer = self.claims.get(state.venue_id)
            state = state.model_copy(update={"revision": newer.revision if newer else 0})

    def _watch(self, state: ClaimsState, living: Living, started: str) -> tuple[str, ...]:
        """Products whose news are about this page: those it shows, and those that gave way and may come back. Before it goes live."""
        shown = {card.product_id for floor in living.page.floors for card in floor.cards}
        base = self.truth.page(state.venue_id, state.base_version)
        wanted = tuple(sorted(shown | {card.product_id for floor in base.floors for card in floor.cards}))
        if new := [each for each in wanted if each not in state.watched]:
            self.shown.watch(state.venue_id, new, started)
        return wanted

    def _unwatch(self, state: ClaimsState, wanted: Sequence[str], started: str) -> None:
        if gone := sorted(set(state.watched) - set(wanted)):
            self.shown.unwatch(state.venue_id, gone, started)

    def _hand_out(self, venue: Venue, page: PageModel) -> None:
        """Placements show title, subtitle and picture of the page: they must not say what it does not say any more."""
        known = next((each for each in self.delivery.live() if each.venue_id == venue.venue_id), None)
        if known is None:
            return
        images = handed_out_images(self.documents, self.venues.get(venue.venue_id), venue.live_version, page)
        self.delivery.put_live(with_facts(handed_out(known, page, images), venue, page))
        if self.live.current(venue.venue_id) is None:  # retired while we wrote
            self.delivery.remove_live(venue.venue_id)

    def _record(self, venue: Venue, state: ClaimsState, version: str, living: Living, started: str) -> None:
        detail = {
            "base": venue.live_version,
            "version": version,
            "taken_off": [each.model_dump(exclude_defaults=True) for each in living.taken_off[:40]],
            "came_back": sorted(_told(state.taken_off) - _told(living.taken_off))[:40],
        }
        self.audit.record(_LIVING.did("refresh_claims", venue.venue_id, at=started, saw=version, detail=detail))

    def _forget(self, venue_id: str, state: ClaimsState | None, started: str) -> None:
        if state is not None:
            self.shown.unwatch(venue_id, state.watched, started)
            self.claims.forget(venue_id)

    def _expiring(self, state: ClaimsState) -> bool:
        """Whether what buyers get should be stored again before it is deleted as old."""
        return state.shown_version != state.base_version and self._age(state.rendered_at or state.changed_at) > STORE_AGAIN_SECONDS

    def _age(self, moment: str) -> float:
        return (self.clock.now() - datetime.fromisoformat(moment)) / timedelta(seconds=1)


def _told(taken_off: Iterable[TakenOff]) -> set[str]:
    """What somebody is told about: which place lost what. Figures inside the reasons move all day."""
    return {f"{each.what} {each.place} {each.code} {each.instead}".strip() for each in taken_off}
