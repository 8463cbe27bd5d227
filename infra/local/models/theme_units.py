"""Shelves of the facts as units that carry a venue: alone, or thin ones together with their neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.models.meaning import Wanted

# Below this many products a shelf does not carry a venue; the planner's own threshold decides in the end.
_ENOUGH = 8
_SIGNAL_FIGURE = {"selling": "sales_30d", "rising": "growth_7d", "new": "new"}
Fact = dict[str, Any]


@dataclass(frozen=True)
class Unit:
    """One or more shelves that make a theme."""

    shelves: tuple[Fact, ...]
    label: str = ""

    @property
    def products(self) -> int:
        """On sale on all of them."""
        return sum(int(fact.get("products", 0)) for fact in self.shelves)

    def figure(self, name: str) -> float:
        """The highest of a figure among the shelves; 0 where none knows it."""
        return max((float(fact.get(name, 0)) for fact in self.shelves), default=0.0)


def fits(wanted: Wanted, fact: Fact) -> int:
    """How well a shelf fits what is wanted (meaning.py), by any of its names."""
    return max([wanted.fits(str(fact["name"])), *(wanted.fits(str(word)) for word in fact.get("words", []))])


def lead(unit: Unit, signal: str) -> float:
    """What the brief wants to lead with, sales where it does not say, stock where nobody knows the sales."""
    return unit.figure(_SIGNAL_FIGURE.get(signal, "sales_30d")) or unit.products / 1e6


def grouped(shelves: Sequence[Fact], share: int) -> list[Unit]:
    """Shelves as units. `share` 0: single shelves only; else by group where that still gives `share` units."""
    groups: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in shelves:
        groups[str(fact.get("department", "")), str(fact.get("group", "")) or str(fact["id"])].append(fact)
    whole = [Unit(tuple(facts), label=group) for (_, group), facts in groups.items() if len(facts) > 1]
    single = [Unit((fact,)) for fact in shelves if int(fact.get("products", 0)) >= _ENOUGH]
    thin = {fact["id"] for fact in shelves} - {fact["id"] for unit in single for fact in unit.shelves}
    merged = [unit for unit in whole if any(fact["id"] in thin for fact in unit.shelves) and unit.products >= _ENOUGH]
    alone = [Unit(tuple(facts)) for facts in groups.values() if len(facts) == 1]
    by_group = [unit for unit in (*whole, *alone) if unit.products >= _ENOUGH]
    if share and len(by_group) >= share:
        return [*by_group, *single]
    held = {fact["id"] for unit in merged for fact in unit.shelves} if not share else set()
    return [*(unit for unit in single if unit.shelves[0]["id"] not in held), *merged, *(() if not share else whole)]


def turned(units: Sequence[Unit], signal: str) -> list[Unit]:
    """By what leads; where the brief has no signal, one of each industry after the other, so that a promotion is broad."""
    ordered = sorted(units, key=lambda unit: -lead(unit, signal))
    if signal:
        return ordered
    queues: dict[Any, list[Unit]] = defaultdict(list)
    for unit in ordered:
        queues[unit.shelves[0].get("industry")].append(unit)
    most = max(map(len, queues.values()), default=0)
    return [queue[place] for place in range(most) for queue in queues.values() if place < len(queue)]
