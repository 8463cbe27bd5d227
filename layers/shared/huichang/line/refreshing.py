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
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from huichang.catalog.product import Product, promoted
from huichang.delivery.model import DeliveryStore, LiveVenue
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError, PermanentError, TransientError
from huichang.kernel.events import OffersChanged, VenuePublished, VenueRolledBack
from huichang.kernel.ids import content_hash
from huichang.line.importing import TextQueue
from huichang.line.living import (
    ClaimsState,
    ClaimsStore,
    LivePages,
    LivingRecipe,
    Refreshed,
    ShownProducts,
    lineage_key,
    recipe_key,
)
from huichang.line.living_siblings import LiveSiblings
from huichang.line.living_words import LivingWords
from huichang.line.offers import TICK, from_the_bus
from huichang.line.policing import Policing, policy_key
from huichang.line.publishing import page_key
from huichang.materials.model import MaterialRequest
from huichang.materials.policy import PolicyError
from huichang.pages.living import Living, Now, TakenOff, check_living, living_page, price_leaks, withheld_page
from huichang.pages.model import PageModel, PageStore
from huichang.pages.packages.shelf import Templates
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.rendering import render
from huichang.selection.conditions import meets
from huichang.selection.eligibility import ineligible, opening
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility, LeftOutCode
from huichang.venues.model import Actor, AuditTrail, Body, Documents, Venue, VenueStore

COALESCE_SECONDS = 2
CHECK_SECONDS = 20
VENUES_PER_MESSAGE = 10
MINUTE = 60
UNSETTLED_SECONDS = 120
"""What buyers get and what the venue's record says may differ while somebody publishes; for longer, the record is right."""
_MOST_SEEN = 400
_RULES = "1"
"""Part of what the facts' hash covers: another way to make pages true looks at all of them once."""
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

    `unread_seconds`: for how long facts that cannot be read are taken to hold. `seen` keeps what never changes: versions and requests.
    """

    venues: VenueStore
    documents: Documents
    index: ProductIndex
    pages: PageStore
    live: LivePages
    claims: ClaimsStore
    shown: ShownProducts
    delivery: DeliveryStore
    policing: Policing
    pictures: PictureShelf
    audit: AuditTrail
    clock: Clock
    unread_seconds: int
    templates: Templates = field(default_factory=Templates)
    seen: dict[str, Any] = field(default_factory=dict)

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
        key = lineage_key(venue.venue_id, shown)
        return self.documents.exists(key) and self.documents.get(key, Refreshed).base_version == venue.live_version

    def _stuck(self, venue: Venue, state: ClaimsState, error: PermanentError, started: str) -> Outcome:
        problem = f"{error.code}: {error.message}"[:500]
        if problem != state.problem:
            self.audit.record(_LIVING.did("claims_stuck", venue.venue_id, at=started, saw=state.shown_version, detail={"problem": problem}))
        self.claims.put(state.model_copy(update={"problem": problem}))
        return "stuck"

    def _true(self, venue: Venue, state: ClaimsState, shown: str, started: str) -> Outcome:
        base = self._kept(page_key(venue.venue_id, venue.live_version), PageModel)
        recipe = self._recipe(venue)
        on_page = list(dict.fromkeys(card.product_id for floor in base.floors for card in floor.cards))
        spare = [each for ids in recipe.reserves.values() for each in ids]
        try:
            found = promoted(self.index.get([*on_page, *spare]), venue.promotion)
        except TransientError:
            found = {}
        # All of a page's goods deleted at once looks like an index that lost them: that is no news about the goods.
        if not any(product_id in found for product_id in on_page):
            return self._unread(venue, state, shown, base, recipe, started)
        why_not = self._why_not(venue, recipe, found)
        facts = _hash_of(state, found, why_not)
        settled = shown == state.shown_version and self._siblings.settled(venue.venue_id, state)
        if facts == state.facts and settled and not state.problem:
            self.claims.put(state.model_copy(update={"confirmed_at": started, "unread_since": "", "withheld": False}))
            return "confirmed"
        lawful, dropped = self.policing.sellable(venue, found)
        now = Now(lawful, why_not | {each.product_id: "policy" for each in dropped})
        living = living_page(base, now, recipe.reserves, self._words(venue, recipe), self.pictures.address, state.swaps)
        fields = {"facts": facts, "confirmed_at": started, "unread_since": "", "withheld": False}
        return self._show(venue, state.model_copy(update=fields), shown, base, recipe, living, started)

    def _why_not(self, venue: Venue, recipe: LivingRecipe, found: Mapping[str, Product]) -> dict[str, LeftOutCode]:
        where = Eligibility(promotion=venue.promotion, opens_at=opening(venue.opens_on), min_stock=1)
        now = self.clock.now()
        codes: dict[str, LeftOutCode] = {}
        for product_id, product in found.items():
            code = ineligible(product, where, now)
            if code is None and not all(meets(product, rule) for rule in recipe.conditions):
                code = "condition"
            if code:
                codes[product_id] = code
        return codes

    def _unread(self, venue: Venue, state: ClaimsState, shown: str, base: PageModel, recipe: LivingRecipe, started: str) -> Outcome:
        """The facts cannot be read: for a while the last ones are taken to hold, then the page claims nothing."""
        since = state.confirmed_at or state.unread_since or started
        state = state.model_copy(update={"unread_since": state.unread_since or started})
        if state.withheld and shown == state.shown_version and self._siblings.settled(venue.venue_id, state):
            self.claims.put(state)
            return "withheld"
        if self._age(since) < self.unread_seconds:
            self.claims.put(state)
            return "unread"
        last = base if shown == venue.live_version else self._kept(page_key(venue.venue_id, shown), PageModel)
        words = self._words(venue, recipe)
        living = withheld_page(last, words, state.taken_off, state.swaps)
        outcome = self._show(venue, state.model_copy(update={"facts": "", "withheld": True}), shown, base, recipe, living, started)
        return "withheld" if outcome == "refreshed" else outcome

    def _show(
        self, venue: Venue, state: ClaimsState, shown: str, base: PageModel, recipe: LivingRecipe, living: Living, started: str
    ) -> Outcome:
        """The true page to buyers, if it is another one than they get."""
        check_living(base, living, recipe.reserves)
        page_hash = content_hash(living.page.model_dump_json())
        rendered = False
        if living.page == base:
            version = venue.live_version  # the reviewed page itself: its facts hold (again)
        elif page_hash == state.page and shown == state.shown_version:
            version = shown  # what changed is on no card: stock that is still there
        else:
            version, rendered = self._rendered(venue, base, recipe, living, started), True
        watched = self._watch(state, living, started)
        same = page_hash == state.page and version == state.shown_version
        siblings = self._siblings.follow(venue, state, living.page, version, recipe, same=same)
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

    def _rendered(self, venue: Venue, base: PageModel, recipe: LivingRecipe, living: Living, started: str) -> str:
        """A version of its own, which the gate has let pass. Raises PolicyError, PermanentError."""
        package = self.templates.load(recipe.template_id, recipe.package) if recipe.package else None
        html = render(living.page, recipe.template_id, package)
        if leaks := price_leaks(html, living.page):
            raise PermanentError(
                f"the template shows prices that nobody can confirm: {', '.join(leaks[:5])}",
                where=recipe.template_id,
                mend="let its cards use the macros price and money",
                code="claims_leak",
            )
        verdict = self.policing.verdict(venue, html, living.page)
        if verdict.blocked:
            # Rules that came after the release may forbid what is live. A truer page is no worse for it; only new findings stop one.
            released = self.policing.verdict(venue, self.pages.read_version(venue.venue_id, venue.live_version), base)
            known = {(each.rule, each.words) for each in released.blocking}
            if any((each.rule, each.words) not in known for each in verdict.blocking):
                raise PolicyError(verdict, venue.language)
        version = self.pages.put_version(venue.venue_id, html)
        self.documents.put(page_key(venue.venue_id, version), living.page)
        self.documents.put(policy_key(venue.venue_id, version), verdict)
        lineage = Refreshed(base_version=venue.live_version, at=started, taken_off=living.taken_off, swaps=living.swaps)
        self.documents.put(lineage_key(venue.venue_id, version), lineage)
        return version

    def _watch(self, state: ClaimsState, living: Living, started: str) -> tuple[str, ...]:
        """Products whose news are about this page: those it shows, and those that gave way and may come back. Before it goes live."""
        shown = {card.product_id for floor in living.page.floors for card in floor.cards}
        base = self._kept(page_key(state.venue_id, state.base_version), PageModel)
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
        self.delivery.put_live(handed_out(known, page))
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

    @property
    def _siblings(self) -> LiveSiblings:
        return LiveSiblings(self.documents, self.pages, self.live, self.policing, self.templates)

    def _recipe(self, venue: Venue) -> LivingRecipe:
        try:
            return self._kept(recipe_key(venue.venue_id, venue.live_version), LivingRecipe)
        except NotFoundError:  # released before recipes were kept: its texts are held against the facts alone
            return LivingRecipe(template_id=venue.template)

    def _words(self, venue: Venue, recipe: LivingRecipe) -> LivingWords:
        requests = {name: self._kept(key, MaterialRequest) for name, key in recipe.requests.items()}
        return LivingWords(venue, requests, self.policing.of(venue))

    def _kept(self, key: str, kind: type[Body]) -> Body:
        if key not in self.seen:
            if len(self.seen) >= _MOST_SEEN:
                self.seen.clear()
            self.seen[key] = self.documents.get(key, kind)
        found: Body = self.seen[key]
        return found

    def _age(self, moment: str) -> float:
        return (self.clock.now() - datetime.fromisoformat(moment)) / timedelta(seconds=1)


def handed_out(known: LiveVenue, page: PageModel) -> LiveVenue:
    """What placements show of a page."""
    share = page.poster("share")
    picture = (f"/{share.media_key}" if share else page.hero_image) or next((card.picture for card in page.hero_cards), "")
    return known.model_copy(update={"title": page.title, "subtitle": page.subtitle, "picture": picture})


def _hash_of(state: ClaimsState, found: Mapping[str, Product], why_not: Mapping[str, str]) -> str:
    told = [f"{_RULES}:{state.base_version}"]
    told += [f"{name}:{why_not.get(name, '')}:{found[name].model_dump_json()}" for name in sorted(found)]
    return content_hash("\n".join(told))


def _told(taken_off: Iterable[TakenOff]) -> set[str]:
    """What somebody is told about: which place lost what. Figures inside the reasons move all day."""
    return {f"{each.what} {each.place} {each.code} {each.instead}".strip() for each in taken_off}
