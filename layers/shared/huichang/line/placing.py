"""Placements as operators keep them, and who is in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from huichang.delivery.control.rules import Controls
from huichang.delivery.events.cells import DIRECT
from huichang.delivery.model import DeliveryStore, LiveVenue
from huichang.delivery.placements.entering import Entered, Reason, entered_under, ineligible, there
from huichang.delivery.placements.keeping import PlacementRecord, PlacementShelf, differences, no_placement
from huichang.delivery.placements.model import Placement
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.segments import SEGMENTS
from huichang.delivery.serving.ports import Rebuilds, Rulebook, Standings
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError, TransientError, in_both
from huichang.kernel.language import Language, Text, both
from huichang.kernel.model import Model
from huichang.venues.model import Actor, AuditTrail

MOST_PLACEMENTS = 500
MOST_SHOWN = 200
Which = Literal["all", "there", "out"]
"""`there`: venues that are in the placement; `out`: those that are live and are not."""


class PlacementView(Model):
    """A placement as the console shows it. `changed`: it is not as it ships, or was added. `may_enter`: live venues that it would take,
    `there`: how many of them it has room for; None where they were not counted. `used`: when a change is in use: `soon`, as its
    snapshot is built at once, or with the next one that is built on schedule."""

    placement: Placement
    shipped: bool
    changed: bool
    by: str = ""
    at: str = ""
    may_enter: int | None = None
    there: int | None = None
    used: Literal["", "soon", "on_schedule"] = ""


class PlacedVenue(Model):
    """A live venue and why it is or is not in the placement. `place` from 1 in the order of entering, 0 where it is not there."""

    venue_id: str
    title: str
    industry: str | None
    kind: str
    merchant: str
    regions: tuple[str, ...]
    language: Language
    campaign_id: str
    published_at: str
    priority: int
    there: bool
    place: int
    reason: Reason


class PlacedVenues(Model):
    """A page of them, those that are there first, each group newest first. `next`: the cursor of the next page, "" after the last.
    `left_out_by`: how many are left out for each code of a reason."""

    live: int
    there: int
    left_out_by: dict[str, int]
    venues: tuple[PlacedVenue, ...]
    next: str = ""


@dataclass(frozen=True)
class PlacementDesk:
    """Show, change, add and remove placements; say who is there.

    `rulebook`, `standings`: what operators and verdicts say of venues; None: nothing. `rebuilds`: who builds what the feed answers from;
    None: it looks by itself.
    """

    shelf: PlacementShelf
    delivery: DeliveryStore
    audit: AuditTrail
    clock: Clock
    industries: Collection[str]
    rulebook: Rulebook | None = None
    standings: Standings | None = None
    rebuilds: Rebuilds | None = None

    def all(self) -> Sequence[PlacementView]:
        """Sorted by name, with how many venues may enter each. Raises TransientError."""
        # Venues that differ in nothing a placement asks for are asked about once: 200 placements and 10,000 venues are some thousand
        # questions then, and not two million.
        kinds: Counter[tuple[str, str, tuple[str, ...], str]] = Counter()
        example: dict[tuple[str, str, tuple[str, ...], str], LiveVenue] = {}
        for venue in self.delivery.live():
            kind = (venue.language, venue.industry or "", venue.regions, venue.merchant)
            kinds[kind] += 1
            example[kind] = venue
        return [
            _view(record, sum(count for kind, count in kinds.items() if ineligible(record.placement, example[kind]) is None))
            for record in self.shelf.records()
        ]

    def show(self, name: str) -> PlacementView:
        """One. Raises NotFoundError, TransientError."""
        return _view(self._record(name), None)

    def put(self, placement: Placement, actor: Actor) -> PlacementView:
        """Change or add one; `placement.version` is that of the one that was looked at, 0 for a new one.

        Raises InvalidInputError, ConflictError where somebody else changed it meanwhile, TransientError.
        """
        self._check(placement)
        records = {record.placement.name: record for record in self.shelf.records()}
        before = records.get(placement.name)
        if before is None and len(records) >= MOST_PLACEMENTS:
            told = both(f"已有 {MOST_PLACEMENTS} 个投放位，不能再添加", f"there are {MOST_PLACEMENTS} placements; no more can be added")
            todo = both("先删除不用的", "remove one that is not used")
            raise in_both(ConflictError(told["en"], where="name", mend=todo["en"], code="placements_full"), told, todo)
        if before and placement.version == before.placement.version and not differences(before.placement, placement):
            return _view(before, None)  # nothing was changed: no version, no entry
        stored = self.shelf.put(placement, actor.name, iso(self.clock.now()))
        if before and stored.placement == before.placement:
            return _view(stored, None)  # the same request again: it stands already
        return self._changed("put_placement", before, stored, actor)

    def remove(self, name: str, version: int, actor: Actor) -> PlacementView | None:
        """Take an added one away (None), or make a shipped one as it ships. What was counted under its name stays.

        Raises NotFoundError, InvalidInputError where it is as it ships, ConflictError, TransientError.
        """
        before = self._record(name)
        removed = self.shelf.remove(name, version, actor.name, iso(self.clock.now()))
        view = self._changed("remove_placement", before, removed, actor)
        return view if name in PLACEMENTS else None

    def venues(self, name: str, *, which: Which = "all", venue_id: str = "", cursor: str = "", limit: int = 50) -> PlacedVenues:
        """Who is there, who is not and why. `venue_id`: only this one. `limit`: 1..200 in a page.

        A page is of the moment it is asked for: the cursor is the last venue shown, so what comes and goes is neither repeated nor
        skipped. Raises NotFoundError, InvalidInputError, TransientError.
        """
        placement = self._record(name).placement
        live = self.delivery.live()
        found, priority = self._entered(placement, live)
        places = {venue.venue_id: place for place, venue in enumerate(found.venues, 1)}

        def key(venue: LiveVenue) -> tuple[int, str, str]:
            return (venue.venue_id in places, venue.published_at, venue.venue_id)

        wanted = [
            venue
            for venue in sorted(live, key=key, reverse=True)
            if (which == "all" or (which == "there") == (venue.venue_id in places)) and venue_id in ("", venue.venue_id)
        ]
        if cursor:
            after = _read_cursor(cursor)
            wanted = [venue for venue in wanted if key(venue) < after]
        shown = wanted[: max(1, min(limit, MOST_SHOWN))]
        return PlacedVenues(
            live=len(live),
            there=len(places),
            left_out_by=dict(Counter(reason.code for reason in found.left_out.values()).most_common()),
            venues=tuple(_placed(placement, venue, places.get(venue.venue_id, 0), found, priority(venue)) for venue in shown),
            next=_cursor(key(shown[-1])) if len(shown) < len(wanted) else "",
        )

    def _entered(self, placement: Placement, live: Iterable[LiveVenue]) -> tuple[Entered, Callable[[LiveVenue], int]]:
        controls = self.rulebook.controls(placement.name, self.clock.now()) if self.rulebook else Controls()
        eliminated = self.standings.eliminated(placement.name) if self.standings else frozenset()
        return entered_under(controls, placement, live, eliminated), lambda venue: controls.rule(venue.venue_id).priority

    def _record(self, name: str) -> PlacementRecord:
        found = next((record for record in self.shelf.records() if record.placement.name == name), None)
        if found is None:
            raise no_placement(name)
        return found

    def _changed(self, action: str, before: PlacementRecord | None, after: PlacementRecord, actor: Actor) -> PlacementView:
        old = before.placement.model_dump(mode="json") if before else {}
        new = after.placement.model_dump(mode="json")
        if after.removed and not after.shipped:
            detail: dict[str, object] = {"removed": old}
        else:
            detail = {field: [old.get(field), new[field]] for field in new if old.get(field) != new[field] and field != "name"}
        name = after.placement.name
        saw = str(before.placement.version) if before else ""
        self.audit.record(actor.did(action, f"placement:{name}", at=iso(self.clock.now()), saw=saw, detail=detail))
        return _view(after, None).model_copy(update={"used": self._rebuild(name)})

    def _rebuild(self, name: str) -> Literal["soon", "on_schedule"]:
        """The change stands. Where nobody can be asked to build at once, the schedule does it, and whoever made it is told."""
        if self.rebuilds is None:
            return "on_schedule"
        try:
            self.rebuilds.ask(name)
        except TransientError:
            return "on_schedule"
        return "soon"

    def _check(self, placement: Placement) -> None:
        if placement.name == DIRECT:
            raise _wrong(
                "name",
                "placement_reserved",
                both(
                    "“direct”记的是直接打开的访问，不能改", "direct is what visits without an offer are counted under; it cannot be changed"
                ),
                both("换一个名字", "use another name"),
            )
        unnamed = [language for language in ("zh", "en") if not placement.what.get(language, "").strip()]
        if unnamed or max(map(len, placement.what.values())) > 80:
            raise _wrong(
                "what",
                "placement_what",
                both(
                    "要用中文和英文各用一句话（最多 80 字）说明这个投放位",
                    "say in Chinese and in English what it is, in up to 80 characters",
                ),
                both("把两种语言都填上", "fill in both languages"),
            )
        if not any(placement.busy):
            raise _wrong(
                "busy",
                "placement_busy",
                both("24 个小时都是 0：没有一个小时可以投放", "all 24 hours are 0: there is no hour to be shown in"),
                both("至少给一个小时大于 0 的权重", "give at least one hour a weight above 0"),
            )
        wants = placement.eligible
        for where, given, known in (
            ("industries", wants.industries, frozenset(self.industries)),
            ("buyers", wants.buyers, SEGMENTS),
            ("regions", wants.regions, frozenset(each for each in wants.regions if len(each) == 2 and each.isascii() and each.isupper())),
            ("merchants", wants.merchants, frozenset(each for each in wants.merchants if 0 < len(each.strip()) <= 120)),
        ):
            if unknown := [each for each in given if each not in known]:
                raise _unknown(where, unknown, () if where in ("regions", "merchants") else sorted(known))
            if len(given) > 200:
                raise _wrong(
                    f"eligible.{where}",
                    "placement_list",
                    both(f"列了 {len(given)} 项，最多 200 项", f"{len(given)} are listed, at most 200 may be"),
                    both("少列一些，或不限制", "list fewer, or bound nothing"),
                )


def _view(record: PlacementRecord, may_enter: int | None) -> PlacementView:
    return PlacementView(
        placement=record.placement,
        shipped=record.shipped,
        changed=record.at != "" and not record.removed,
        by=record.by,
        at=record.at,
        may_enter=may_enter,
        there=None if may_enter is None else min(may_enter, record.placement.capacity),
    )


def _placed(placement: Placement, venue: LiveVenue, place: int, found: Entered, priority: int) -> PlacedVenue:
    reason = there(placement, venue, place, len(found.venues)) if place else found.left_out[venue.venue_id]
    said = venue.model_dump(include=set(PlacedVenue.model_fields) & set(LiveVenue.model_fields))
    return PlacedVenue(**said, priority=priority, there=place > 0, place=place, reason=reason)


def _cursor(key: tuple[int, str, str]) -> str:
    return "~".join((str(int(key[0])), key[1], key[2]))


def _read_cursor(text: str) -> tuple[int, str, str]:
    group, _, rest = text.partition("~")
    at, _, venue_id = rest.partition("~")
    if group not in ("0", "1") or not at or not venue_id:
        told = both("这个翻页记号读不懂", "this cursor cannot be read")
        raise _wrong("cursor", "invalid_cursor", told, both("从第一页开始", "begin with the first page"))
    return int(group), at, venue_id


def _unknown(where: str, unknown: Sequence[str], known: Sequence[str]) -> InvalidInputError:
    names = ", ".join(map(repr, unknown[:5]))
    told = both(f"{names} 不是可以填的值", f"{names} cannot be listed there")
    todo = (
        both(f"可以填：{'、'.join(known)}", f"one of {', '.join(known)}")
        if known
        else both("地区写两个大写字母（CN、US），商家写它的编号", "write regions as two capital letters (CN, US), merchants by their ids")
    )
    return _wrong(f"eligible.{where}", "placement_unknown_value", told, todo)


def _wrong(where: str, code: str, told: Text, todo: Text) -> InvalidInputError:
    return in_both(InvalidInputError(told["en"], where=where, mend=todo["en"], code=code), told, todo)
