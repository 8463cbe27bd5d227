"""Floors that operators made for earlier venues, kept so that the next venue with such goods can have them.

An entry keeps no products, only what its floors' goods had in common (categories, attribute values, words of titles, as shares):
new goods are given to the floor whose description fits them best. Who made it, for which venue and when stays with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.ids import derived_id
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.selection.floors import naming
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.partitions import Part, Partition
from huichang.selection.floors.scoring import MIN_FLOOR, config
from huichang.selection.words import fold, terms

MAX_KEPT_FEATURES = 60
SAME_GOODS = 0.6
"""Share of a venue's products that must be of an entry's categories before the entry is suggested."""
ANY_INDUSTRY = "any"


class KeptFloor(Model):
    """A floor's title and what its goods had in common: feature (category:…, attribute:…=…, word:…) to share, 0..1."""

    title: Annotated[str, Field(min_length=1, max_length=40)]
    products: Annotated[int, Field(ge=1)]
    features: dict[str, float] = {}


class KeptFloors(Model):
    """One entry of the library. `categories` are the leaf categories of the goods, in the entry's language.

    `revision` grows with every change: whoever changes says which one they saw.
    """

    entry_id: str
    industry: str
    language: Language
    categories: tuple[str, ...]
    floors: Annotated[tuple[KeptFloor, ...], Field(min_length=1, max_length=12)]
    venue_id: str
    venue_name: str
    kept_by: str
    kept_at: str
    status: Literal["active", "retired"] = "active"
    changed_by: str = ""
    changed_at: str = ""
    revision: Annotated[int, Field(ge=1)] = 1


class FloorLibrary(Protocol):
    """Where entries are kept. Contract: tests/contract/test_floor_library.py."""

    def keep(self, entry: KeptFloors) -> KeptFloors:
        """Insert, or replace the entry of the same id (the same venue, edited again); its revision goes on. Returns what is kept.

        A retired entry stays retired: what an operator withdrew does not come back by itself.
        """
        ...

    def get(self, entry_id: str) -> KeptFloors:
        """Raises NotFoundError."""
        ...

    def change(self, entry: KeptFloors) -> KeptFloors:
        """Write an entry that was read at `entry.revision`; returns it with the next one.

        Raises ConflictError if somebody else changed it meanwhile, NotFoundError.
        """
        ...

    def matching(self, industry: str, language: Language) -> list[KeptFloors]:
        """Active entries of an industry in a language, latest first, at most 100."""
        ...

    def recent(self, limit: int = 100) -> list[KeptFloors]:
        """All entries, retired ones too, latest first."""
        ...


def entry_id(venue_id: str) -> str:
    """The entry of a venue: a venue that is edited again replaces its own entry."""
    return derived_id("fl", venue_id)


def describe(
    floors: Sequence[tuple[str, Sequence[str]]], goods: Goods, *, venue_id: str, venue_name: str, industry: str | None, by: str, at: str
) -> KeptFloors | None:
    """The entry for an operator's floors (title, product ids); None where fewer than two floors have goods."""
    kept = []
    for title, ids in floors:
        known = [product_id for product_id in ids if product_id in goods.products]
        if not known or naming.key(title) == naming.key(naming.explore(goods.language)):
            continue
        counts = Counter(feature for product_id in known for feature in features(product_id, goods))
        shares = {feature: round(count / len(known), 4) for feature, count in counts.most_common(MAX_KEPT_FEATURES)}
        kept.append(KeptFloor(title=title, products=len(known), features=shares))
    if len(kept) < 2:
        return None
    leaves = Counter(goods.paths[product_id][-1] for product_id in goods.ids if goods.paths[product_id])
    return KeptFloors(
        entry_id=entry_id(venue_id),
        industry=industry or ANY_INDUSTRY,
        language=goods.language,
        categories=tuple(leaf for leaf, _ in leaves.most_common(40)),
        floors=tuple(kept[:12]),
        venue_id=venue_id,
        venue_name=venue_name[:60],
        kept_by=by,
        kept_at=at,
    )


def features(product_id: str, goods: Goods) -> frozenset[str]:
    """What is known of a product, as features: its category, attribute values, and the words of its title."""
    path = goods.paths[product_id]
    found = {f"category:{fold(step)}" for step in path[-2:]}
    found |= {f"attribute:{fold(name)}={fold(value)}"[:120] for name, value in goods.values[product_id].items()}
    found |= {f"word:{word}" for word in terms(goods.products[product_id].text(goods.language).title)}
    return frozenset(found)


def suggested(entries: Iterable[KeptFloors], goods: Goods) -> list[Partition]:
    """The partitions that kept floors would give these goods; none of an entry whose categories are not the goods'."""
    found = []
    for entry in entries:
        if entry.status != "active" or entry.language != goods.language:
            continue
        known = set(map(naming.key, entry.categories))
        same = sum(bool(goods.paths[product_id]) and naming.key(goods.paths[product_id][-1]) in known for product_id in goods.ids)
        if goods.ids and same >= SAME_GOODS * len(goods.ids):
            found.append(_partition(entry, goods))
    return found


def _partition(entry: KeptFloors, goods: Goods) -> Partition:
    """Each product on the floor that describes it best (Bernoulli naive Bayes); on none if it shares nothing telling with it."""
    total = sum(floor.products for floor in entry.floors)
    shares = [_smoothed(floor) for floor in entry.floors]
    overall = _overall(entry)
    members: list[list[str]] = [[] for _ in entry.floors]
    rest: list[str] = []
    for product_id in goods.ids:
        mine = features(product_id, goods) & overall.keys()
        scores = []
        for floor, share in zip(entry.floors, shares, strict=True):
            absent = 0.5 / (floor.products + 1)
            score = math.log(floor.products / total)
            for feature in overall:
                p = share.get(feature, absent)
                score += math.log(p if feature in mine else 1 - p)
            scores.append(score)
        best = max(range(len(scores)), key=lambda place: (scores[place], -place))
        telling = any(entry.floors[best].features.get(feature, 0.0) > overall[feature] for feature in mine)
        (members[best] if telling or len(entry.floors) == 1 else rest).append(product_id)
    parts = [
        Part(title=floor.title, value=f"{place}:{floor.title}", own=tuple(ids))
        for place, (floor, ids) in enumerate(zip(entry.floors, members, strict=True))
    ]
    # Floors that would be too thin have nothing to show; their goods look for another one.
    thin = [product_id for part in parts if part.size < MIN_FLOOR for product_id in part.own]
    return Partition(
        by=f"library:{entry.entry_id}",
        kind="library",
        parts=tuple(part for part in parts if part.size >= MIN_FLOOR),
        rest=tuple(sorted([*rest, *thin], key=goods.rank.__getitem__)),
        preference=config()["preference"]["library"],
        label=entry.venue_name,
        distinct=distinctness(entry),
    )


def distinctness(entry: KeptFloors) -> float:
    """How different the floors of an entry are, 0..1: 1 where a category or an attribute tells each from all others.

    Floors that were filled at random, or by what no data says, cannot be made again for other goods: their products' categories and
    attribute values are spread alike (total variation distance of the floor from the others, by the kind of feature that shows most).
    """
    total = sum(floor.products for floor in entry.floors)
    told = 0.0
    for floor in entry.floors:
        others = [other for other in entry.floors if other is not floor]
        weight = sum(other.products for other in others)
        gaps: dict[str, float] = {}
        for feature in {name for each in entry.floors for name in each.features}:
            kind = feature.partition("=")[0] if feature.startswith("attribute:") else feature.partition(":")[0]
            if kind == "word":
                continue  # a few products always share words by chance
            elsewhere = sum(other.features.get(feature, 0.0) * other.products for other in others) / weight if weight else 0.0
            gaps[kind] = gaps.get(kind, 0.0) + abs(floor.features.get(feature, 0.0) - elsewhere) / 2
        told += floor.products / total * min(1.0, max(gaps.values(), default=0.0))
    return round(told, 4)


def _smoothed(floor: KeptFloor) -> dict[str, float]:
    return {feature: (share * floor.products + 0.5) / (floor.products + 1) for feature, share in floor.features.items()}


def _overall(entry: KeptFloors) -> Mapping[str, float]:
    """Share of the whole entry's goods that have each feature (those kept by no floor are unknown, and left out)."""
    total = sum(floor.products for floor in entry.floors)
    counts: Counter[str] = Counter()
    for floor in entry.floors:
        for feature, share in floor.features.items():
            counts[feature] += share * floor.products  # type: ignore[assignment]  # shares make fractions
    return {feature: count / total for feature, count in counts.items()}
