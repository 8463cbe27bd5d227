"""Released pages are looked at again: on a schedule, after their release, and when their products change.

What is found broken is mended by the mildest step that does: the released page is put back where somebody wrote over it, goods whose
cards are broken are taken off, the last version that is sound now goes live, or the page is hidden; never silently. One look takes
no page down: a browser's blocker counts when a second look finds it too, and a look that did not happen ("not_run") counts for nothing.
Where most pages of a batch are broken at once, the fault is more likely ours than theirs: then people are told, and the pages stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Literal, NamedTuple, Protocol

from huichang.catalog.product import promoted
from huichang.delivery.model import DeliveryStore
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, NotFoundError, PermanentError, TransientError
from huichang.kernel.events import EventBus, OffersChanged, VenueBroken, VenuePublished, VenueRolledBack
from huichang.kernel.language import both
from huichang.kernel.model import Model
from huichang.line.evidence import catalogue_findings, keep_pictures, shown_products
from huichang.line.mending import broken_goods
from huichang.line.publishing import Publisher, page_key
from huichang.line.releases import page_shown, refreshed_key
from huichang.pages.finding_words import finding
from huichang.pages.inspection import inspect_html
from huichang.pages.model import Finding, Inspection, PageModel, PageStore, PixelInspector, TemplateManifest, version_of
from huichang.selection.index import ProductIndex
from huichang.venues.model import PAGE_BROKEN, Actor, AuditTrail, Broken, Documents, Failure, Remedy, Venue, VenueStore

EVERY = timedelta(minutes=30)
AFTER_RELEASE = timedelta(seconds=60)
LEASE = timedelta(minutes=6)
"""Longer than the function may run: a look that died with its worker is taken up by another."""
STALE_AFTER = timedelta(seconds=180)
"""Prices on released pages follow the catalogue within a minute; what does not after three is told."""
BATCH = 6
SECONDS = 90.0
ACT_SECONDS = 150.0
"""Together with one roll-back below the function's timeout: earlier versions are looked at before one is gone back to."""
CANDIDATES = 3
TICK = "Scheduled Event"
INSPECTOR = Actor(name="live inspection", role="system")


class LiveLook(Model):
    """When a released page is looked at next, and what the last look left behind.

    `stale_since`: since when a price on it has differed from the catalogue's; `pending`: what was done and people may not have been told;
    `trouble`: why the last look came to no verdict, or a version was not gone back to.
    """

    venue_id: str
    due: str = ""
    looked_at: str = ""
    stale_since: str = ""
    pending: Broken | None = None
    trouble: str = ""


class LiveLooks(Protocol):
    """The looks to come. Every write is conditional on the moment that was read: of two workers, one looks."""

    def due(self, now: str, limit: int) -> list[LiveLook]:
        """Those whose moment has come, longest overdue first."""
        ...

    def bring_forward(self, venue_id: str, at: str) -> None:
        """Look at this moment, or earlier where it was to be earlier; a venue that was unknown is known from now on."""
        ...

    def claim(self, look: LiveLook, until: str) -> LiveLook | None:
        """The look with `until` as its next moment; None, and nothing is written, where another worker was first."""
        ...

    def settle(self, look: LiveLook, at: str) -> LiveLook:
        """Keep what the look left behind. The next moment is `at`, unless it was brought forward since `look` was claimed."""
        ...

    def forget(self, venue_id: str) -> None:
        """There is no page to look at any more."""
        ...

    def known(self) -> set[str]:
        """Venues that have a moment."""
        ...


@dataclass(frozen=True)
class _Seen:
    """A page as it was found."""

    venue: Venue
    look: LiveLook
    findings: tuple[Finding, ...]
    pixels: Literal["passed", "failed", "not_run"]
    note: str
    html: str = ""

    @property
    def blockers(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity == "blocker")

    @property
    def stale(self) -> bool:
        return any(each.rule == "price-stale" for each in self.findings)


class _Step(NamedTuple):
    """What could be done about a broken page. `target`: the version to be live; "": none."""

    action: Literal["put_back", "set_aside", "rolled_back", "hidden"]
    target: str = ""
    changes: Mapping[str, Any] = {}


@dataclass(frozen=True)
class InspectLive:
    """For functions/inspect_live: a tick looks at what is due, an event says what is due now."""

    venues: VenueStore
    documents: Documents
    pages: PageStore
    delivery: DeliveryStore
    publisher: Publisher
    index: ProductIndex
    pixels: PixelInspector
    templates: Mapping[str, TemplateManifest]
    looks: LiveLooks
    audit: AuditTrail
    bus: EventBus
    clock: Clock
    read_live: Callable[[str], str | None]  # what buyers get under a venue's address; None: nothing
    hide: Callable[[str], None]  # take the venue's page off its address; repeating it is harmless
    picture_hosts: tuple[str, ...] = ()
    _shown: dict[str, frozenset[str]] = field(default_factory=dict)  # by version, which never changes

    def take(self, body: str) -> dict[str, int]:
        """A message of the queue. Receiving it twice does no harm. Raises PermanentError for what is no event."""
        try:
            message = json.loads(body)
            kind, detail = message["detail-type"], message["detail"]
        except (ValueError, KeyError, TypeError) as error:
            raise PermanentError(f"no event: {error}", where="InspectionQueue") from error
        if kind == TICK:
            return self.tick()
        if kind == VenuePublished.__name__:
            self.looks.bring_forward(str(detail["venue_id"]), self._in(AFTER_RELEASE))
            return {"brought_forward": 1}
        if kind == OffersChanged.__name__:
            return {"brought_forward": self._touched(frozenset(detail.get("product_ids", ())))}
        raise PermanentError(f"nobody expects {kind!r} here", where="InspectionQueue")

    def tick(self) -> dict[str, int]:
        """Look at what is due, oldest first, within bounds; then act on what is broken."""
        started = self.clock.now()
        for venue_id in {each.venue_id for each in self.delivery.live()} - self.looks.known():
            self.looks.bring_forward(venue_id, iso(started))
        seen: list[_Seen] = []
        for look in self.looks.due(iso(started), BATCH):
            if (self.clock.now() - started).total_seconds() > SECONDS:
                break
            claimed = self.looks.claim(look, self._in(LEASE))
            if claimed and (found := self._look(claimed)):
                seen.append(found)
        broken = [each for each in seen if each.blockers]
        ours = len(broken) >= 3 and len(broken) * 2 > len(seen)
        acted = {"looked": len(seen), "broken": len(broken), "told": 0, "rolled_back": 0, "hidden": 0}
        for each in seen:
            if (self.clock.now() - started).total_seconds() > ACT_SECONDS and each.blockers:
                self.looks.settle(each.look, iso(self.clock.now()))  # the next tick has time for it
                continue
            done = self._act(each, only_tell=ours)
            if done:
                acted[done] = acted.get(done, 0) + 1
        return acted

    # --- looking ------------------------------------------------------------------------------------------------------

    def _look(self, look: LiveLook) -> _Seen | None:
        try:
            venue = self.venues.get(look.venue_id)
        except NotFoundError:
            self.looks.forget(look.venue_id)
            return None
        if look.pending:
            look = self._tell_again(venue, look)
        if venue.status != "published":
            hidden = venue.status == "failed" and venue.failure is not None and venue.failure.code == PAGE_BROKEN
            if hidden:
                self._hide_rest(venue)  # a worker may have died in the middle
            if hidden or venue.status == "retired":
                self.looks.forget(look.venue_id)
            else:  # its next version is on its way, and the run that makes it must not be disturbed
                self.looks.settle(look, self._in(EVERY))
            return None
        try:
            html = self.read_live(look.venue_id)
            if html is None:
                # Nothing that can be judged, and nothing that could be hidden: the version that should be there is put there again.
                venue = self.publisher.publish(venue, venue.live_version)
                return _Seen(venue, look, (finding("page-gone", "warning", "page"),), "not_run", "")
            findings, pixels, note = self._judged(venue, venue.live_version, html)
        except (TransientError, PermanentError) as error:
            # A crash is no verdict, and one page that cannot be judged must not keep the others from being looked at.
            self.looks.settle(look.model_copy(update={"trouble": str(error)[:300]}), self._in(LEASE))
            return None
        return _Seen(venue, look, findings, pixels, note, html)

    def _judged(self, venue: Venue, version_id: str, html: str) -> tuple[tuple[Finding, ...], Literal["passed", "failed", "not_run"], str]:
        """Findings of this document as it stands; blockers of the screen are those that two looks found."""
        page = self.documents.get(page_key(venue.venue_id, version_id), PageModel)
        # Claims on a released page may have been set anew since it was rendered: then only what they say now can be held against them.
        same = html == self.pages.read_version(venue.venue_id, version_id)
        manifest = self.templates.get(venue.template)
        found: tuple[Finding, ...] = ()
        if not same and not self.documents.exists(refreshed_key(venue.venue_id, version_of(html), "lineage")):
            found += (finding("page-altered", "blocker", "page"),)
        if same and manifest is not None:
            found += inspect_html(html, page, manifest, picture_hosts=self.picture_hosts)
        found += catalogue_findings(html, promoted(self.index.get(sorted(shown_products(page))), venue.promotion))
        expected = page if same else None
        verdict, note, seen = self.pixels.look(html, "https://venue.invalid", expected)
        if verdict == "failed":
            verdict, note, again = self.pixels.look(html, "https://venue.invalid", expected)
            confirmed = {(each.rule, each.screen) for each in again}
            seen = tuple(
                each if (each.rule, each.screen) in confirmed else each.model_copy(update={"severity": "warning"}) for each in seen
            )
        return (*found, *seen), verdict, note

    def _touched(self, changed: frozenset[str]) -> int:
        """Bring forward the venues that show one of these products."""
        count = 0
        for venue in self.venues.with_status("published", 1000):
            key = page_key(venue.venue_id, venue.live_version)
            if key not in self._shown:
                try:
                    self._shown[key] = shown_products(self.documents.get(key, PageModel))
                except NotFoundError:
                    continue
            if not changed.isdisjoint(self._shown[key]):
                # The pages' own claims are refreshed first; then they are looked at.
                self.looks.bring_forward(venue.venue_id, self._in(AFTER_RELEASE))
                count += 1
        return count

    # --- acting -------------------------------------------------------------------------------------------------------

    def _act(self, seen: _Seen, *, only_tell: bool) -> Literal["", "put_back", "set_aside", "rolled_back", "hidden", "told"]:
        venue, look = seen.venue, seen.look
        kept = keep_pictures(self.documents, venue.venue_id, seen.findings)
        self.documents.put(
            f"venues/{venue.venue_id}/live-inspection",
            Inspection(version_id=venue.live_version, findings=kept, pixels=seen.pixels, pixels_note=seen.note),
        )
        look = look.model_copy(update={"looked_at": iso(self.clock.now()), "trouble": ""})
        if not seen.blockers:
            return self._settle_sound(seen, look)
        if only_tell:
            return self._tell(seen, look, seen.blockers)
        earlier: Iterator[_Step] = (_Step("rolled_back", target) for target in self._sound(venue))
        for action, target, changes in chain(self._mild(seen), earlier, (_Step("hidden"),)):
            broken = self._broken(venue, action, seen.blockers, target)
            # Kept before anything is done: who dies now leaves word of it.
            look = self.looks.settle(look.model_copy(update={"pending": broken}), self._in(LEASE))
            try:
                if target:
                    venue = self._mark(venue, broken=broken, **changes)
                else:
                    message, mend = broken.said[venue.language], _MEND[venue.language]
                    failure = Failure(code=PAGE_BROKEN, message=message, mend=mend, step="InspectLive")
                    venue = self._mark(venue, broken=broken, status="failed", failure=failure)
            except ConflictError:
                # Somebody has published, edited or retired it meanwhile: their page is looked at anew.
                self.looks.settle(look.model_copy(update={"pending": None}), self._in(AFTER_RELEASE))
                return ""
            if target:
                try:
                    self.publisher.publish(venue, target)
                except PermanentError as error:  # the rules of today, or a review that is missing, do not let it go live
                    look = look.model_copy(update={"trouble": f"it cannot go back to {target}: {error}"[:300]})
                    continue
            else:
                self._hide_rest(venue)
            self._announce(venue, broken)
            if target:
                self.looks.settle(look.model_copy(update={"pending": None, "stale_since": ""}), self._in(AFTER_RELEASE))
                return action
            self.looks.forget(venue.venue_id)
        return "hidden"

    def _settle_sound(self, seen: _Seen, look: LiveLook) -> Literal["", "told"]:
        gone = [each for each in seen.findings if each.rule == "page-gone"]
        if gone:
            return self._tell(seen, look, gone)
        if not seen.stale:
            self.looks.settle(look.model_copy(update={"stale_since": ""}), self._in(EVERY))
            if seen.venue.broken and seen.venue.broken.action == "told":
                self._mark_quietly(seen.venue)
            return ""
        now = self.clock.now()
        since = look.stale_since or iso(now)
        look = look.model_copy(update={"stale_since": since})
        if now - datetime.fromisoformat(since) < STALE_AFTER:
            self.looks.settle(look, self._in(STALE_AFTER))
            return ""
        return self._tell(seen, look, [each for each in seen.findings if each.rule == "price-stale"])

    def _tell(self, seen: _Seen, look: LiveLook, findings: Sequence[Finding]) -> Literal["", "told"]:
        """Say it once for a version and its faults; the page stays."""
        venue = seen.venue
        broken = self._broken(venue, "told", findings, "")
        known = venue.broken
        if known and (known.action, known.version_id, known.rules) == (broken.action, broken.version_id, broken.rules):
            self.looks.settle(look, self._in(EVERY))
            return ""
        look = self.looks.settle(look.model_copy(update={"pending": broken}), self._in(LEASE))
        try:
            self._mark(venue, broken=broken)
        except ConflictError:
            self.looks.settle(look.model_copy(update={"pending": None}), self._in(AFTER_RELEASE))
            return ""
        self._announce(venue, broken)
        self.looks.settle(look.model_copy(update={"pending": None}), self._in(EVERY))
        return "told"

    def _mild(self, seen: _Seen) -> Iterator[_Step]:
        """What keeps the version that people released live."""
        venue, version_id = seen.venue, seen.venue.live_version
        try:
            if any(each.rule == "page-altered" for each in seen.blockers):
                reviewed = self.pages.read_version(venue.venue_id, version_id)
                if not any(each.severity == "blocker" for each in self._judged(venue, version_id, reviewed)[0]):
                    yield _Step("put_back", version_id)
            shown = page_shown(self.documents, venue.venue_id, version_of(seen.html))
        except (NotFoundError, TransientError):
            return
        known = venue.set_aside.get(version_id, ())
        goods = [each for each in broken_goods(shown, seen.blockers) if each not in known]
        if goods:
            yield _Step("set_aside", version_id, {"set_aside": {version_id: (*known, *goods)}})

    def _sound(self, venue: Venue) -> Iterator[str]:
        """Earlier versions that are sound now and whose prices are true, newest first."""
        earlier = [version for version in reversed(venue.previous_versions) if version != venue.live_version]
        for version_id in earlier[:CANDIDATES]:
            try:
                html = self.pages.read_version(venue.venue_id, version_id)
                findings, _, _ = self._judged(venue, version_id, html)
            except (NotFoundError, TransientError):
                continue
            if not any(each.severity == "blocker" or each.rule in ("price-stale", "product-gone") for each in findings):
                yield version_id

    def _mark(self, venue: Venue, **changes: Any) -> Venue:
        return self.venues.update(venue.venue_id, expect_status=("published",), expect_revision=venue.revision, **changes)

    def _mark_quietly(self, venue: Venue) -> None:
        try:
            self._mark(venue, broken=None)
        except ConflictError:
            return  # the next look finds it sound again

    def _hide_rest(self, venue: Venue) -> None:
        """Out of delivery and off its address. Repeating it is harmless."""
        self.delivery.remove_live(venue.venue_id)
        self.hide(venue.venue_id)

    # --- telling ------------------------------------------------------------------------------------------------------

    def _broken(self, venue: Venue, action: Remedy, findings: Sequence[Finding], target: str) -> Broken:
        first = findings[0]
        what = first.told or both(first.message, first.message)
        more = len(findings) - 1
        said = both(
            what["zh"] + (f"，另有 {more} 处" if more else ""),
            what["en"] + (f", and {more} more" if more else ""),
        )
        rules = tuple(sorted({each.rule for each in findings}))
        at = iso(self.clock.now())
        return Broken(at=at, version_id=venue.live_version, action=action, rolled_to=target, rules=rules, said=said)

    def _tell_again(self, venue: Venue, look: LiveLook) -> LiveLook:
        """A worker may have died between doing and telling: what was done is told, what was not is forgotten."""
        pending = look.pending
        if pending is not None and venue.broken == pending:
            done = venue.status == "failed" if pending.action == "hidden" else pending.rolled_to in ("", venue.live_version)
            if done:
                self._announce(venue, pending)
        return look.model_copy(update={"pending": None})

    def _announce(self, venue: Venue, broken: Broken) -> None:
        at = iso(self.clock.now())
        detail = {"rules": list(broken.rules), "from": broken.version_id, "said": broken.said}
        action = _DID[broken.action]
        self.audit.record(INSPECTOR.did(action, venue.venue_id, at=at, saw=broken.rolled_to or broken.version_id, detail=detail))
        told = VenueBroken(
            campaign_id=venue.campaign_id, venue_id=venue.venue_id, at=at, version_id=broken.version_id, action=broken.action,
            rolled_to=broken.rolled_to, code=" ".join(broken.rules), reason=broken.said[venue.language],
        )  # fmt: skip
        back = VenueRolledBack(campaign_id=venue.campaign_id, venue_id=venue.venue_id, at=at, version_id=broken.rolled_to)
        self.bus.publish(told, *([back] if broken.action == "rolled_back" else []))

    def _in(self, wait: timedelta) -> str:
        return iso(self.clock.now() + wait)


_DID: dict[Remedy, str] = {
    "put_back": "put_back_altered",
    "set_aside": "set_goods_aside",
    "rolled_back": "roll_back_broken",
    "hidden": "hide_broken",
    "told": "found_broken",
}
_MEND = both(
    "打开检查记录看问题所在；保存一次商品调整会重新生成页面，确认无误也可以直接再次发布",
    "open its inspection to see what is wrong; saving its edits makes the page again, and publishing puts the same one back",
)
