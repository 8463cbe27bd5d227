"""Which venues a placement shows now: drawn from its snapshot, logged with the probability of every choice.

On the way of a request lie at most one read (the pointer, every ten seconds) and one write (the log). Whatever is away, buyers get
an answer: the snapshot that is held, else a sensible default out of what is live, else an empty one that says so.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from huichang.delivery.events.tokens import Keys
from huichang.delivery.model import DeliveryStore, FeedItem, LiveVenue
from huichang.delivery.placements.model import MAX_SLOTS, Placement, Placements
from huichang.delivery.placements.shipped import PLACEMENTS, placement_to_fill
from huichang.delivery.ranking.policies import Placed
from huichang.delivery.serving.default import Default
from huichang.delivery.serving.memory import Memory, PageNote, Refused
from huichang.delivery.serving.model import Asked, Screen, Size
from huichang.delivery.serving.warm import Served, Warm
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import InvalidInputError, TransientError
from huichang.kernel.ids import new_id
from huichang.kernel.language import Language

# How often a process tells which sizes it was asked for.
TELL_SECONDS = 60.0
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Pictures(Protocol):
    """First images, by chance and told with what probability."""

    def pick(self, venue_id: str, segment: str, generator: random.Random) -> tuple[str, str, float]:
        """(image_id, picture, probability). A venue without a choice: ("", "", 1): its default."""
        ...


@dataclass(frozen=True)
class _Place:
    """What serving must know of a placement. `whole`: all of it, where it was read for the default."""

    name: str
    slots: int
    per_buyer_day: int = 0
    buyers: tuple[str, ...] = ()
    whole: Placement | None = None


def nobody_counts(_: str) -> None:
    """For whoever does not look at metrics."""


@dataclass
class Feed:
    """Answers feed requests. `tell` counts what went wrong in a metric; `pictures` reads what the room of first images put into the
    snapshot (the attachment "images")."""

    warm: Warm
    store: DeliveryStore
    placements: Placements
    keys: Keys
    clock: Clock
    asked: Asked | None = None
    generator: random.Random = field(default_factory=random.Random)
    tell: Callable[[str], None] = nobody_counts
    pictures: Callable[[bytes], Pictures] | None = None
    default: Default = field(init=False)
    _sizes: dict[str, Counter[Size]] = field(default_factory=dict)
    _told: set[tuple[str, Size]] = field(default_factory=set)
    _told_at: datetime | None = None

    def __post_init__(self) -> None:
        self.default = Default(self.store, self.clock)

    def __call__(
        self,
        placement: str,
        slots: int,
        language: Language | None = None,
        segment: str = "none",
        *,
        cursor: str = "",
        memory: str = "",
    ) -> Screen:
        """Up to `slots` (1..20, and at most the placement's own) venues, of one language only if it is given. `cursor`: `next` of the page
        before; `memory`: what the last answer gave. Raises InvalidInputError for a placement or a number of slots that there is not."""
        if not 1 <= slots <= MAX_SLOTS:
            raise InvalidInputError(
                f"{slots} slots were asked for",
                where="slots",
                mend=f"between 1 and {MAX_SLOTS}",
                code="slots_out_of_range",
            )
        now = self.clock.now()
        try:
            served = self.warm.of(placement) if placement else None
        except TransientError:
            self.tell("feed_snapshot_away")
            served = None
        place = self._place(placement, served)
        slots = min(slots, place.slots)
        if place.buyers and segment not in place.buyers:
            return self._empty(place, segment, now)
        page = self._page(cursor, place.name, now)
        known = self._memory(memory, now) if place.per_buyer_day else None
        if served is not None:
            return self._from_snapshot(place, served, Size(language, slots), segment, page, known, now)
        if place.whole is None:
            return self._empty(place, segment, now, degraded=True)
        return self._by_default(place, place.whole, Size(language, slots), segment, page, known, now)

    # --- where the venues come from ---------------------------------------------------------------------------------------

    def _from_snapshot(
        self, place: _Place, served: Served, size: Size, segment: str, page: PageNote, known: Memory | None, now: datetime
    ) -> Screen:
        self._ask(place.name, size, now)
        out = {venue for name in (*page.shown, *self._tired(place, known)) for venue in served.venues.named(name)}
        policy = served.without(segment, size, frozenset(out), len(page.shown) + 1) if out else served.policy(segment, size)
        placed = policy.draw(self.generator)
        pictures = self._pictures(served)
        items = tuple(self._item(served.venues.by_id[each.venue_id], each, segment, pictures) for each in placed)
        stale = int((now - served.checked).total_seconds()) if served.failing else 0
        if stale:
            self.tell("feed_stale")
        under = "".join([f" page={page.page}" if page.page > 1 else "", f" without={len(out)}" if out else ""])
        screen = Screen(
            decision_id=new_id("d", now),
            placement=place.name,
            at=iso(now),
            policy=f"{served.pointer.policy_id}/{served.pointer.version[:12]}{under}",
            items=items,
            candidates=served.snapshot.header.candidates,
            segment=segment,
            stale_seconds=stale,
            page=page.page,
        )
        return self._finished(screen, size, page, known, now)

    def _by_default(
        self, place: _Place, whole: Placement, size: Size, segment: str, page: PageNote, known: Memory | None, now: datetime
    ) -> Screen:
        self.tell("feed_degraded")
        out = {*page.shown, *self._tired(place, known)}
        try:
            policy, venues = self.default(whole, size, frozenset(out))
        except TransientError:
            return self._empty(place, segment, now, degraded=True)
        placed = [each.model_copy(update={"position": each.position + len(page.shown)}) for each in policy.draw(self.generator)]
        screen = Screen(
            decision_id=new_id("d", now),
            placement=place.name,
            at=iso(now),
            policy=f"default/1{f' page={page.page}' if page.page > 1 else ''}",
            # Drawn evenly, but not by the even part of a policy: it is no baseline of verdicts.
            items=tuple(_plain(venues[each.venue_id], each.model_copy(update={"explored": False})) for each in placed),
            candidates=len(venues) + len(page.shown),
            segment=segment,
            degraded=True,
            page=page.page,
        )
        return self._finished(screen, size, page, known, now)

    def _finished(self, screen: Screen, size: Size, page: PageNote, known: Memory | None, now: datetime) -> Screen:
        """Logged, and with the notes that the buyer keeps."""
        if screen.items:
            try:
                self.store.log_decision(screen)
            except TransientError:
                # The buyer gets the venues all the same. Nobody is misled: what is not in the log is not used to judge other policies,
                # and what becomes of the offers is counted by their tokens, which say themselves what was offered.
                self.tell("decision_unlogged")
        names = [item.venue_id for item in screen.items]
        try:
            key = self.keys.signing()
        except TransientError:
            return screen
        more = len(names) == size.slots and screen.candidates > len(page.shown) + len(names)
        if known is not None:
            known.add(screen.placement, names, now)
        return screen.model_copy(
            update={
                "next": page.after(names).signed(key, now) if more else "",
                "memory": known.signed(key, now) if known is not None else "",
            }
        )

    @staticmethod
    def _tired(place: _Place, known: Memory | None) -> list[str]:
        """Short hashes of what this buyer has been shown there as often as may be."""
        return [name for name, each in known.times(place.name).items() if each.times >= place.per_buyer_day] if known else []

    def _empty(self, place: _Place, segment: str, now: datetime, *, degraded: bool = False) -> Screen:
        if degraded:
            self.tell("feed_empty")
        return Screen(
            decision_id=new_id("d", now),
            placement=place.name,
            at=iso(now),
            policy="none",
            items=(),
            candidates=0,
            segment=segment,
            degraded=degraded,
        )

    # --- what is known ----------------------------------------------------------------------------------------------------

    def _place(self, name: str, served: Served | None) -> _Place:
        if served is not None:
            header = served.snapshot.header
            return _Place(name, header.slots, header.per_buyer_day, header.buyers)
        try:
            found = placement_to_fill(name, {each.name: each for each in self.placements.all()})
        except TransientError:
            # What ships is known anyway. Of another name nobody can say whether there is such a placement, and nothing is shown.
            self.tell("feed_placements_away")
            if _NAME.fullmatch(name) and name not in PLACEMENTS:
                return _Place(name, MAX_SLOTS)
            found = placement_to_fill(name)
        return _Place(found.name, found.slots, found.per_buyer_day, found.eligible.buyers, found)

    def _page(self, cursor: str, placement: str, now: datetime) -> PageNote:
        first = PageNote(placement)
        if not cursor:
            return first
        try:
            return PageNote.read(self.keys, cursor, placement, now)
        except Refused as refused:
            self.tell(f"feed_cursor_{refused.why}")
        except TransientError:
            self.tell("feed_cursor_unread")
        return first

    def _memory(self, memory: str, now: datetime) -> Memory:
        if not memory:
            return Memory()
        try:
            return Memory.read(self.keys, memory, now)
        except Refused as refused:
            self.tell(f"feed_memory_{refused.why}")
        except TransientError:
            self.tell("feed_memory_unread")
        return Memory()

    def _pictures(self, served: Served) -> Pictures | None:
        if self.pictures is None:
            return None
        if "images" not in served.opened_attachments:
            body = served.snapshot.attachment("images")
            served.opened_attachments["images"] = self.pictures(body) if body is not None else None
        return served.opened_attachments["images"]  # type: ignore[return-value]

    def _item(self, venue: LiveVenue, placed: Placed, segment: str, pictures: Pictures | None) -> FeedItem:
        if pictures is None:
            return _plain(venue, placed)
        image, picture, probability = pictures.pick(venue.venue_id, segment, self.generator)
        said: dict[str, object] = {"image_propensity": probability}
        if image:
            said |= {"image": image, "picture": picture}
        return _plain(venue, placed).model_copy(update=said)

    def _ask(self, placement: str, size: Size, now: datetime) -> None:
        """Remember which size was asked for, and tell it once in a while, so that a policy is built for it."""
        if self.asked is None:
            return
        self._sizes.setdefault(placement, Counter())[size] += 1
        # The first time of a size is told at once: its floors wait for it.
        if self._told_at is not None and now - self._told_at < timedelta(seconds=TELL_SECONDS) and (placement, size) in self._told:
            return
        sizes, self._sizes, self._told_at = self._sizes, {}, now
        try:
            for name, counted in sizes.items():
                self.asked.note(name, counted)
                self._told |= {(name, each) for each in counted}
        except TransientError:
            self.tell("feed_sizes_untold")


def _plain(venue: LiveVenue, placed: Placed) -> FeedItem:
    return FeedItem(
        venue_id=venue.venue_id,
        position=placed.position,
        title=venue.title,
        subtitle=venue.subtitle,
        href=venue.href,
        picture=venue.picture,
        propensity=placed.propensity,
        language=venue.language,
        explored=placed.explored,
    )
