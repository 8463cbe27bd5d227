"""Which of the venues that are live are in a placement, which are not, and why.

Nothing is written when a venue enters or leaves: who is there follows from what is live, from the placement, and from what operators
and verdicts say. A released venue is in, a retired one out, with the next look, and no list can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from huichang.catalog.industries import load_industries
from huichang.delivery.control.rules import Controls
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.kernel.language import Text, Told, both
from huichang.kernel.model import Model

ReasonCode = Literal["there", "not_offered", "industry", "language", "region", "merchant", "held", "eliminated", "full", "buyers"]
LOWEST, USUAL, HIGHEST = 0, 1, 3
"""Campaigns' priorities."""
_BUYERS: dict[str, Text] = {
    "bulk": both("大批量进货", "who buy in bulk"),
    "small": both("小批量", "with small orders"),
    "dropship": both("一件代发", "who dropship"),
    "export": both("做出口", "who export"),
    "custom": both("要定制", "who want custom goods"),
    "value": both("要便宜", "who want low prices"),
    "fresh": both("要新品", "who want new goods"),
    "women": both("女性用品", "who buy for women"),
    "men": both("男性用品", "who buy for men"),
    "kids": both("儿童用品", "who buy for children"),
    "new": both("第一次来", "who are new here"),
    "back": both("来过", "who were here before"),
    "none": both("还不了解", "of whom nothing is known"),
}
_LANGUAGES: dict[str, Text] = {"zh": both("中文", "Chinese"), "en": both("英文", "English")}


class Reason(Model):
    """Why a venue is or is not in a placement: `code` is stable, `said` is for people, `todo` what would change it."""

    code: ReasonCode
    said: Told
    todo: Told = {}


@dataclass(frozen=True)
class Entered:
    """`venues` in the order in which they enter: the first is the last to be displaced. `left_out`: all the others, by venue id."""

    venues: tuple[LiveVenue, ...]
    left_out: Mapping[str, Reason]


def usual(_: LiveVenue) -> int:
    """The priority of every venue where nobody gave its campaign one."""
    return USUAL


def entered(
    placement: Placement,
    venues: Iterable[LiveVenue],
    priority: Callable[[LiveVenue], int] = usual,
    *,
    held: Collection[str] = (),
    eliminated: Collection[str] = (),
) -> Entered:
    """Who is there now. `venues`: all that are live. `priority`: of a venue's campaign, 0..3; what lies outside counts as its nearest end.
    `held`, `eliminated`: ids of venues that an operator's rule keeps out, or that a verdict retired from it. They take no room.

    Where more may be there than the placement has room for, campaigns of higher priority go first, and among equals the newest: a
    venue must be shown before anybody can say what it is worth, and the oldest has been shown longest. One that comes displaces at
    most one, one that goes lets at most one in, and the order in which `venues` come does not matter.
    """
    left_out: dict[str, Reason | tuple[int, int]] = {}
    may: list[tuple[int, LiveVenue]] = []
    out = _Words(placement)
    for venue in venues:
        reason = ineligible(placement, venue)
        if reason is None and venue.venue_id in eliminated:
            reason = out.eliminated()
        elif reason is None and venue.venue_id in held:
            reason = out.held()
        if reason is None:
            may.append((min(HIGHEST, max(LOWEST, priority(venue))), venue))
        else:
            left_out[venue.venue_id] = reason
    may.sort(key=lambda each: (each[0], each[1].published_at, each[1].venue_id), reverse=True)
    for place, (rank, venue) in enumerate(may[placement.capacity :], placement.capacity + 1):
        left_out[venue.venue_id] = (rank, place)
    return Entered(tuple(venue for _, venue in may[: placement.capacity]), _LeftOut(left_out, out, len(may)))


def entered_under(controls: Controls, placement: Placement, venues: Iterable[LiveVenue], eliminated: Collection[str] = ()) -> Entered:
    """Who is there under a placement's rules: campaigns' priorities are theirs, and who is held takes no room."""
    held = frozenset(venue_id for venue_id, rule in controls.venues.items() if rule.hold)
    return entered(placement, venues, lambda venue: controls.rule(venue.venue_id).priority, held=held, eliminated=eliminated)


def ineligible(placement: Placement, venue: LiveVenue) -> Reason | None:
    """Why the venue may not be there at all, whoever else is; None: it may."""
    if not placement.offered:
        return _not_offered(placement.name)
    wants = placement.eligible
    if wants.languages and venue.language not in wants.languages:
        return _language(wants.languages, venue.language)
    if wants.industries and (venue.industry or "") not in wants.industries:
        return _industry(wants.industries, venue.industry or "")
    # A venue without regions may be shown everywhere.
    if wants.regions and venue.regions and not set(wants.regions) & set(venue.regions):
        return _region(wants.regions, venue.regions)
    if wants.merchants and venue.merchant not in wants.merchants:
        return _merchant(wants.merchants, venue.merchant)
    return None


def not_for(placement: Placement, segment: str) -> Reason | None:
    """Why a buyer of this segment is shown nothing there; None: they are shown what is there. "none" is a segment as well: who wants a
    placement to be for some buyers only does not want those of whom nothing is known."""
    buyers = placement.eligible.buyers
    if not buyers or segment in buyers:
        return None
    return _buyers(buyers, segment)


def there(placement: Placement, venue: LiveVenue, place: int, of: int) -> Reason:
    """Why a venue is there, in words. `place` from 1 in the order of entering, `of` how many are there."""
    wants = placement.eligible
    met = [
        (wants.languages, _LANGUAGES[venue.language]),
        (wants.industries, _industry_names((venue.industry or "",))),
        (wants.regions, _both(venue.regions) if venue.regions else both("各地区", "everywhere")),
        (wants.merchants, both(venue.merchant, venue.merchant)),
    ]
    facts = [fact for asked, fact in met if asked]
    if facts:
        zh = f"符合这个投放位的要求（{'、'.join(fact['zh'] for fact in facts)}）"
        en = f"It is what the placement asks for ({', '.join(fact['en'] for fact in facts)})"
    else:
        zh, en = "这个投放位没有限制，所有线上会场都可以进入", "The placement asks for nothing: every live venue may be there"
    room = both(
        f"；按优先级和上线先后排第 {place}，共 {of} 个，容量 {placement.capacity}",
        f"; number {place} of {of}, with room for {placement.capacity}",
    )
    return Reason(code="there", said=both(zh + room["zh"], en + room["en"]))


def _both(words: Iterable[str]) -> Text:
    names = list(words)
    return both("、".join(names), ", ".join(names))


@lru_cache(maxsize=2048)
def _not_offered(name: str) -> Reason:
    return Reason(
        code="not_offered",
        said=both(f"“{name}”不向买家提供会场，只用来计数", f"{name} offers buyers no venues; it is only counted under"),
        todo=both("把这个投放位设为“提供会场”", "set the placement to offer venues"),
    )


_WIDEN = both("放宽这个投放位的要求，或换一个投放位", "widen what the placement asks for, or use another one")


@lru_cache(maxsize=2048)
def _language(wanted: tuple[str, ...], is_in: str) -> Reason:
    zh, en = (" / ".join(_LANGUAGES[each][code] for each in wanted) for code in ("zh", "en"))
    said = both(
        f"会场是{_LANGUAGES[is_in]['zh']}的，这个投放位只要{zh}", f"the venue is in {_LANGUAGES[is_in]['en']}, the placement takes {en}"
    )
    return Reason(code="language", said=said, todo=_WIDEN)


@lru_cache(maxsize=2048)
def _industry(wanted: tuple[str, ...], is_of: str) -> Reason:
    names, own = _industry_names(wanted), _industry_names((is_of,))
    if is_of:
        said = both(
            f"会场属于{own['zh']}行业，这个投放位只要{names['zh']}", f"the venue is of {own['en']}, the placement takes {names['en']}"
        )
    else:
        said = both(f"会场没有行业，这个投放位只要{names['zh']}", f"the venue has no industry, the placement takes {names['en']}")
    return Reason(code="industry", said=said, todo=_WIDEN)


@lru_cache(maxsize=2048)
def _region(wanted: tuple[str, ...], is_for: tuple[str, ...]) -> Reason:
    ours, theirs = _both(wanted), _both(is_for)
    said = both(
        f"会场面向地区 {theirs['zh']}，这个投放位在 {ours['zh']}", f"the venue is for {theirs['en']}, the placement is in {ours['en']}"
    )
    return Reason(code="region", said=said, todo=_WIDEN)


@lru_cache(maxsize=2048)
def _merchant(wanted: tuple[str, ...], is_of: str) -> Reason:
    names = _both(wanted)
    if is_of:
        said = both(
            f"会场商品大多来自商家 {is_of}，这个投放位属于 {names['zh']}", f"most goods are {is_of}'s, the placement is {names['en']}'s"
        )
    else:
        said = both(
            f"会场没有占多数的商家，这个投放位属于 {names['zh']}", f"no merchant sells most of its goods, the placement is {names['en']}'s"
        )
    return Reason(code="merchant", said=said, todo=_WIDEN)


@lru_cache(maxsize=2048)
def _buyers(wanted: tuple[str, ...], segment: str) -> Reason:
    kinds = [_BUYERS.get(each, both(each, each)) for each in wanted]
    names = both("、".join(kind["zh"] for kind in kinds), ", ".join(kind["en"] for kind in kinds))
    own = _BUYERS.get(segment, both(segment, segment))
    said = both(
        f"这个投放位只给这些买家看：{names['zh']}；这位买家是：{own['zh']}",
        f"the placement is for buyers {names['en']}; this is one {own['en']}",
    )
    return Reason(code="buyers", said=said, todo=both("把这类买家加进这个投放位", "add this kind of buyer to the placement"))


@lru_cache(maxsize=2048)
def _industry_names(codes: tuple[str, ...]) -> Text:
    known = {industry.code: industry for industry in load_industries()}
    zh = "、".join(known[code].zh if code in known else code for code in codes)
    return both(zh, ", ".join(known[code].en if code in known else code for code in codes))


class _LeftOut(Mapping[str, Reason]):
    """Thousands of venues may be left out of a full placement, each with a number of its own: it is put into words when somebody asks."""

    def __init__(self, reasons: Mapping[str, Reason | tuple[int, int]], words: _Words, of: int) -> None:
        self._reasons, self._words, self._of = reasons, words, of

    def __getitem__(self, venue_id: str) -> Reason:
        found = self._reasons[venue_id]
        return found if isinstance(found, Reason) else self._words.full(*found, self._of)

    def __iter__(self) -> Iterator[str]:
        return iter(self._reasons)

    def __len__(self) -> int:
        return len(self._reasons)


class _Words:
    """Reasons that many venues of one placement share."""

    def __init__(self, placement: Placement) -> None:
        self._capacity = placement.capacity

    def eliminated(self) -> Reason:
        return Reason(
            code="eliminated",
            said=both("按结论已从这个投放位淘汰，不占容量", "a verdict retired it from the placement; it takes no room"),
            todo=both("在“淘汰”页可以恢复", "it can be put back under verdicts"),
        )

    def held(self) -> Reason:
        return Reason(
            code="held",
            said=both("运营规则暂停了它，不占容量", "an operator's rule holds it; it takes no room"),
            todo=both("结束这条规则", "end the rule"),
        )

    def full(self, rank: int, place: int, of: int) -> Reason:
        said = both(
            f"投放位满了：容量 {self._capacity}，有 {of} 个会场可以进入；它的活动优先级是 {rank}，排第 {place}，"
            "前面的优先级更高，或优先级相同而更新",
            f"the placement is full: room for {self._capacity}, {of} may be there. Its campaign has priority {rank}, it is number {place}; "
            "those before it have a higher priority, or the same and are newer",
        )
        return Reason(code="full", said=said, todo=both("加大容量，或提高它的活动优先级", "raise the capacity, or its campaign's priority"))
