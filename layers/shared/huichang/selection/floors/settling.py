"""From a raw partition to floors that can stand on a page: none too small, not too many, leftovers where they belong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from huichang.selection.floors import naming, scoring
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.partitions import Part, Partition, attributes, audiences, phrases, prices
from huichang.selection.floors.scoring import CROWDED, MAX_FLOORS, MIN_FLOOR

Refusal = Literal["", "undivided", "leftovers", "titles", "lopsided"]
MAX_EXPLORE = 0.15
MAX_LEFT_OVER = 1 / 3
_PROMISES = frozenset({"attribute", "words", "audience", "brand", "price"})
_DIVIDES_ENOUGH = 0.6
_WRITTEN_BY_PEOPLE = 0.9
_TOO_LARGE = 20
_LITTLE = 0.05
_SECOND_THOUGHT = 0.35  # how much of the second division's lesser preference a composite bears
MAX_ASIDE = 0.15  # "explore more" and "more of a category" together
MAX_SHARE = 0.5  # of one floor, wherever the goods allow a cut


def settled(partition: Partition, goods: Goods, room: int = MAX_FLOORS) -> Partition:
    """The partition without parts of under four products and at most `room` of them; the rest is what fell out.

    Parts without a title fall out too. The largest stay.
    """
    named = [part for part in partition.parts if part.title]
    kept = sorted((part for part in named if part.size >= MIN_FLOOR), key=lambda part: (-part.size, part.value))
    while len(kept) > room:
        kept.pop()
    stay = {part.value for part in kept}
    inside = {product_id for part in kept for product_id in part.ids}
    fallen = [*partition.rest, *(product_id for part in partition.parts for product_id in part.ids if product_id not in inside)]
    rest = sorted(set(fallen), key=goods.rank.__getitem__)
    return replace(partition, parts=tuple(part for part in partition.parts if part in kept and part.value in stay), rest=tuple(rest))


def placed(partition: Partition, goods: Goods) -> Partition:
    """Every leftover on a floor: in "explore more" where 4 to 15 % are left, the others as guests of the floor they are most like.

    No product is lost.
    """
    rest = list(partition.rest)
    parts = list(partition.parts)
    total = sum(part.size for part in parts) + len(rest)
    if not rest or not parts:
        return partition
    own = [part.own for part in parts]
    likely = {}
    for product_id in rest:
        open_to = _open_to(product_id, parts, goods)
        place, likeness = goods.nearest(product_id, [own[place] for place in open_to])
        likely[product_id] = (open_to[place], likeness)
    # A title is a promise about every product under it: what is least like the floors stays apart as far as that is allowed.
    strangers = sorted(rest, key=lambda product_id: (likely[product_id][1], goods.rank[product_id]))[: int(MAX_EXPLORE * total)]
    if len(strangers) < MIN_FLOOR or len(parts) >= MAX_FLOORS:
        strangers = []
    stay = set(strangers)
    guests: dict[int, list[str]] = {}
    for product_id in rest:
        if product_id not in stay:
            guests.setdefault(likely[product_id][0], []).append(product_id)
    parts = [replace(part, guests=part.guests + tuple(guests.get(place, ()))) for place, part in enumerate(parts)]
    return replace(partition, parts=tuple(parts), rest=tuple(sorted(stay, key=goods.rank.__getitem__)))


def _open_to(product_id: str, parts: Sequence[Part], goods: Goods) -> list[int]:
    """Places of the floors that may take a guest of this price: of the bands of one family only the one it lies in, or nearest to."""
    amount = goods.products[product_id].price.amount
    bands: dict[str, tuple[Decimal, int]] = {}
    for place, part in enumerate(parts):
        if part.priced:
            prices = [goods.products[one].price.amount for one in part.own]
            gap = max(min(prices) - amount, amount - max(prices), Decimal(0))
            bands[part.family] = min(bands.get(part.family, (gap, place)), (gap, place))
    chosen = {place for _, place in bands.values()}
    return [place for place, part in enumerate(parts) if not part.priced or place in chosen]


def trimmed(partition: Partition, goods: Goods) -> Partition:
    """With a little too much aside, what is most like the other floors joins them, so that "more of a category" keeps to its part.

    Only up to _LITTLE of the goods: more would break what the titles promise, and the partition is refused instead.
    """
    total = len(goods.ids)
    beside = [part for part in partition.parts if part.beside]
    over = sum(part.size for part in beside) + len(partition.rest) - int(MAX_ASIDE * total)
    floors = [part for part in partition.parts if not part.beside]
    largest = max(beside, key=lambda part: part.size, default=None)
    if largest is None or not floors or not 0 < over <= _LITTLE * total or largest.size - over < MIN_FLOOR:
        return partition
    own = [part.own for part in floors]
    likely = {product_id: goods.nearest(product_id, own) for product_id in largest.own}
    moving = sorted(largest.own, key=lambda product_id: (-likely[product_id][1], goods.rank[product_id]))[:over]
    guests: dict[str, list[str]] = {}
    for product_id in moving:
        guests.setdefault(floors[likely[product_id][0]].value, []).append(product_id)
    parts = [
        replace(part, own=tuple(one for one in part.own if one not in moving)) if part is largest
        else replace(part, guests=part.guests + tuple(guests.get(part.value, ())))
        for part in partition.parts
    ]  # fmt: skip
    return replace(partition, parts=tuple(parts))


def refined(base: Partition, goods: Goods) -> Iterator[Partition]:
    """The partition with its crowded floors divided again, by the attribute or the prices that divide each best.

    What a crowded floor's own division leaves over stays together under the floor's name ("More Panda Plush").
    """
    total = sum(part.size for part in base.parts) + len(base.rest)
    parts: list[Part] = []
    used: dict[str, None] = {}
    preference = base.preference
    room = MAX_FLOORS - len(base.parts)
    spare = int(MAX_ASIDE * total) - len(base.rest) - sum(part.size for part in base.parts if part.beside)
    for part in sorted(base.parts, key=lambda each: -each.size):
        too_large = part.size > _TOO_LARGE or part.size > (0.4 if part.size > CROWDED else MAX_SHARE) * total
        best = _best_division(part, goods, room + 1, spare) if too_large and room > 0 else None
        if best is None:
            parts.append(part)
            continue
        room -= len(best.parts) + bool(best.rest) - 1
        spare -= len(best.rest)
        used.setdefault(best.by)
        preference = min(preference, base.preference - _SECOND_THOUGHT * (base.preference - best.preference))
        parts += [replace(each, value=f"{part.value}/{each.value}", family=part.value, priced=best.ordered) for each in best.parts]
        if best.rest:
            name = part.name or part.title
            parts.append(
                Part(title=naming.more_of(name, goods.language), value=part.value, own=best.rest, beside=True, name=name, family=part.value)
            )
    if used:
        yield replace(base, by="+".join((base.by, *used)), parts=tuple(parts), preference=preference)


def _best_division(part: Part, goods: Goods, room: int, spare: int) -> Partition | None:
    ids = sorted(part.ids, key=goods.rank.__getitem__)
    found: list[tuple[float, str, Partition]] = []
    kind = part.name or part.title
    ways = [*attributes(goods, ids, kind), *phrases(goods, ids, kind), *audiences(goods, ids, kind)]
    ways += prices(goods, ids, kind, bare=False)
    for raw in ways:
        most = max(2, min(room, scoring.wanted_floors(len(ids))[1]))
        cut = settled(raw, goods, most)
        if 0 < len(cut.rest) < MIN_FLOOR and len(cut.parts) > 2:  # a floor of two or three is none: the smallest joins it
            cut = settled(raw, goods, len(cut.parts) - 1)
        if len(cut.parts) + bool(cut.rest) > room:
            cut = settled(raw, goods, room - 1)
        if len(cut.parts) < 2 or 0 < len(cut.rest) < MIN_FLOOR or len(cut.rest) > min(spare, (1 - _DIVIDES_ENOUGH) * len(ids)):
            continue
        sizes = [each.size for each in cut.parts]
        titles = [naming.readable(each.title, goods.language) for each in cut.parts]
        if min(titles) <= 0:
            continue
        score = cut.preference * (
            0.35 * (1 - len(cut.rest) / len(ids)) + 0.25 * scoring.size([*sizes, *([len(cut.rest)] if cut.rest else [])])
            + 0.2 * scoring.balance(sizes) + 0.2 * scoring.naming(titles)
        )  # fmt: skip
        found.append((-round(score, 6), cut.by, cut))
    return min(found, key=lambda each: each[:2])[2] if found else None


def parts_of_score(partition: Partition, goods: Goods, overall: float) -> dict[str, float]:
    """The five parts of a settled and placed partition's score."""
    total = len(goods.ids)
    sizes = [part.size for part in partition.parts]
    own = sum(len(part.own) * (0.5 if part.beside else 1) for part in partition.parts)
    everything = [*sizes, *([len(partition.rest)] if partition.rest else [])]
    within = sum(len(part.ids) * goods.within(part.ids) for part in partition.parts) / max(1, sum(sizes))
    purity = scoring.purity(within, overall)
    titles = [naming.readable(part.title, goods.language) * (0.8 if part.beside else 1.0) for part in partition.parts]
    if partition.kind == "library":
        # People divide by what no category says: what counts is that the goods fit, and that the floors are told apart by something.
        purity = partition.distinct * own / total
        titles = [max(title, _WRITTEN_BY_PEOPLE) for title in titles]
    return {
        "coverage": round(scoring.coverage(own, total), 4),
        "balance": round(scoring.balance(sizes), 4),
        "purity": round(purity, 4),
        "size": round(scoring.size(everything), 4),
        "naming": round(scoring.naming(titles), 4),
    }


def refusal(partition: Partition, goods: Goods, raw_rest: int, *, brands_allowed: bool) -> Refusal:
    """Why a settled partition is no way to divide the page: undivided, leftovers, titles; "" if it is one.

    A lopsided one (a floor with more than half of the goods) is the last resort: used where nothing else divides them.
    """
    total = len(goods.ids)
    if len(partition.parts) < 2:
        return "undivided"
    if raw_rest > MAX_LEFT_OVER * total:
        return "leftovers"
    if partition.kind in _PROMISES and raw_rest > MAX_EXPLORE * total:
        return "leftovers"
    aside = sum(part.size for part in partition.parts if part.beside) + min(raw_rest, int(MAX_EXPLORE * total))
    if aside > MAX_ASIDE * total:
        return "leftovers"
    if max(part.size for part in partition.parts) > 0.8 * total:
        return "undivided"
    seen: list[str] = []
    forgiven = {"language", "too_long"} if partition.kind == "library" else {"language"}  # people chose those titles
    brands = frozenset() if brands_allowed else goods.brands
    for part in partition.parts:
        wrong = set(naming.violations(part.title, goods.language, brands, seen)) - forgiven
        if wrong:
            return "titles"
        seen.append(part.title)
    return "lopsided" if max(part.size for part in partition.parts) > MAX_SHARE * total else ""


def sizes_of(parts: Sequence[Part]) -> tuple[int, ...]:
    """Sizes of the parts."""
    return tuple(part.size for part in parts)
