"""Shelves of the facts as units that carry a venue: alone, or thin ones together with their neighbours."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.models.meaning import Wanted, shelf_name
from infra.local.models.words import HAN, contains, goods_in, titled

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


def unit_name(unit: Unit, zh: bool) -> str:
    """A shelf's own name; of a group its label where that names goods of its own trade, else its two best shelves."""
    ordered = sorted(unit.shelves, key=lambda fact: -float(fact.get("sales_30d") or fact.get("products") or 0))
    if len(ordered) == 1:
        return name_of_shelf(ordered[0], zh)
    named = [group for group in goods_in([unit.label]) if group.industry == ordered[0].get("industry")]
    if named and bool(HAN.search(unit.label)) == zh and len(unit.label) > 1:
        return unit.label if zh else titled(unit.label)
    first, second = (name_of_shelf(fact, zh) for fact in ordered[:2])
    if not first or not second or contains(first, second) or contains(second, first):
        return first or second
    both = f"{first}与{second}" if zh else f"{first} and {second}"
    fits = len(both) <= 12 if zh else len(re.findall(r"[\w'-]+", both)) <= 5
    return both if fits else first


def name_of_shelf(fact: Fact, zh: bool) -> str:
    """As a banner says it in this language; "" where it cannot be said in it."""
    for word in (str(fact["name"]), *map(str, fact.get("words", []))):
        if bool(HAN.search(word)) == zh and (found := shelf_name(word, zh)):
            return found if zh else titled(found)
    return next((found for word in map(str, fact.get("words", [])) if (found := shelf_name(word, zh))), "")


def figures(unit: Unit, zh_said: bool, signal: str) -> str:
    """Why, in figures of the facts: those that lead first."""
    names = ("、" if zh_said else ", ").join(str(fact["name"]) for fact in unit.shelves[:3])
    sold = sum(int(fact.get("sales_30d", 0)) for fact in unit.shelves)
    growth, new = unit.figure("growth_7d"), sum(int(fact.get("new", 0)) for fact in unit.shelves)
    signals = {signal for fact in unit.shelves for signal in fact.get("signals", [])}
    zh, en = [f"在售 {unit.products} 件"], [f"{unit.products} products on sale"]
    if sold:
        zh.append(f"近 30 天卖出 {sold} 件")
        en.append(f"{sold} sold in 30 days")
    if "rises" in signals or signal == "rising":
        zh.append(f"近 7 天增长 {growth:.0%}")
        en.append(f"up {growth:.0%} in 7 days")
    if "new" in signals or signal == "new":
        zh.append(f"近 30 天上新 {new} 件")
        en.append(f"{new} listed in 30 days")
    return f"「{names}」{'，'.join(zh)}" if zh_said else f"{names}: {', '.join(en)}"
