"""Wishes against each other: what contradicts what, what is kept, and what of it was broken in the end. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from huichang.catalog.indicators import Importance
from huichang.kernel.language import Text, both
from huichang.selection.conditions import exclude_each_other, same_side, stricter
from huichang.selection.model import Condition
from huichang.selection.relaxing import Wish


def contradict(first: Wish, second: Wish) -> bool:
    """Whether no product can meet both. Two percentiles contradict by what they say: the cheapest 30 % are never among the dearest 20 %."""
    if first.percentile is not None and second.percentile is not None and first.percentile.indicator == second.percentile.indicator:
        low, high = (first.percentile, second.percentile) if first.percentile.op == ">=" else (second.percentile, first.percentile)
        if low.op == ">=" and high.op == "<=" and low.p > high.p:
            return True
    return exclude_each_other(first.condition, second.condition)


def conflicts_told(wishes: Sequence[Wish], importance: Importance) -> tuple[Text, ...]:
    """A sentence for each two wishes that contradict each other, each once."""
    told: list[Text] = []
    for place, second in enumerate(wishes):
        for first in wishes[:place]:
            if contradict(first, second):
                kept = more_important(first, second, importance).condition.because
                one, other = first.condition.because, second.condition.because
                sentence = both(f"「{other}」与「{one}」矛盾，保留「{kept}」", f"{other!r} contradicts {one!r}; {kept!r} is kept")
                told += [sentence] if sentence not in told else []
    return tuple(told)


def more_important(first: Wish, second: Wish, importance: Importance) -> Wish:
    """Of two that exclude each other the one that would be given up last; of equals the first said."""
    ranks = [importance.rank(wish.manner, wish.condition.indicator) for wish in (first, second)]
    return second if ranks[1] > ranks[0] else first


def settled(wishes: Sequence[Wish], importance: Importance) -> list[Wish]:
    """Of wishes that exclude each other the more important; of two numbers on one side the stricter. A vague word stays beside a number."""
    kept: list[Wish] = []
    for wish in wishes:
        against = [other for other in kept if contradict(other, wish)]
        if any(more_important(other, wish, importance) is other for other in against):
            continue
        kept = [other for other in kept if other not in against]
        plain = [other for other in kept if other.percentile is None and wish.percentile is None]
        rival = next((other for other in plain if same_side(other.condition, wish.condition)), None)
        if rival is None:
            kept.append(wish)
        elif stricter(wish.condition, rival.condition):
            kept[kept.index(rival)] = wish
    return kept


def explicit(wishes: Sequence[Wish]) -> frozenset[Condition]:
    """Conditions that were said as a number or as yes or no."""
    return frozenset(wish.condition for wish in wishes if wish.manner in ("number", "boolean"))


def filled(kept: frozenset[Condition]) -> Text:
    """That neighbours were let in for the sake of these conditions."""
    phrases = sorted({condition.because for condition in kept})
    zh, en = "、".join(f"「{phrase}」" for phrase in phrases), ", ".join(map(repr, phrases))
    return both(
        f"主题本身符合{zh}的商品不够，用同类目里相近的商品补足",
        f"too few of the theme's own goods meet {en}: similar goods of the same shelves fill the page",
    )


def broken(asked: Sequence[Wish], kept: Sequence[Wish]) -> tuple[Condition, ...]:
    """Of what was asked, what is neither kept nor follows from what is kept."""

    def holds(wish: Wish) -> bool:
        return any(
            other == wish
            or (
                wish.percentile is None
                and other.percentile is None
                and same_side(other.condition, wish.condition)
                and stricter(other.condition, wish.condition)
            )
            for other in kept
        )

    return tuple(wish.condition for wish in asked if not holds(wish))
