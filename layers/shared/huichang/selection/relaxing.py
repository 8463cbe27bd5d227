"""Too little left: conditions are widened and given up step by step, the least important first, and every step is told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from huichang.catalog.indicators import Importance, Indicator, Manner
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.selection.conditions import in_words, with_conditions
from huichang.selection.index import ProductIndex
from huichang.selection.model import Condition, Eligibility, PercentileCondition

_NUMBER_STEPS = (0.2, 0.5)  # an explicit number is widened by these shares before it is given up
_PERCENTILE_STEPS = (0.5, 0.75)  # of the way to all products


class Wish(Model):
    """A condition on its way: `percentile` where it was one, `manner` how it was said, `place` where in the sentence."""

    condition: Condition
    manner: Manner
    percentile: PercentileCondition | None = None
    place: int = 0


class Relaxer:
    """Relaxes wishes over an index. `resolve` makes a percentile a wish over a pool, None where no product states it."""

    def __init__(
        self,
        index: ProductIndex,
        indicators: Mapping[str, Indicator],
        importance: Importance,
        resolve: Callable[[PercentileCondition, int, Eligibility], Wish | None],
    ) -> None:
        self._index = index
        self._indicators = indicators
        self._importance = importance
        self._resolve = resolve

    def relax(self, wishes: list[Wish], pool: Eligibility, minimum: int) -> tuple[list[Wish], list[Text]]:
        """The wishes that leave at least `minimum` products, and a sentence for each that was changed. Raises what the index raises.

        A pool smaller than `minimum` by itself is not relaxed: that would break the promise and still not fill the page.
        """
        if not wishes or self._count(pool, wishes) >= minimum or self._count(pool, []) < minimum:
            return wishes, []
        # Least important first (catalog/indicators.yaml); of equals, what was said last.
        order = sorted(range(len(wishes)), key=lambda place: (self._rank(wishes[place]), -wishes[place].place, -place))
        current: dict[int, Wish | None] = dict(enumerate(wishes))

        def now() -> list[Wish]:
            return [wish for wish in current.values() if wish is not None]

        changed: list[int] = []
        for place in order:
            changed.append(place)
            for weaker in self._weaker(wishes[place], pool):
                current[place] = weaker
                if self._count(pool, now()) >= minimum:
                    break
            if self._count(pool, now()) >= minimum:
                break
        # Some of what was given up on the way may not have been in the way: take back what can be kept, the most important first.
        for place in reversed(changed):
            given_up = current[place]
            current[place] = wishes[place]
            if self._count(pool, now()) < minimum:
                current[place] = given_up
        told = [_told(wishes[place], current[place]) for place in changed if current[place] != wishes[place]]
        return now(), told

    def _rank(self, wish: Wish) -> tuple[int, int]:
        return self._importance.rank(wish.manner, wish.condition.indicator)

    def _weaker(self, wish: Wish, pool: Eligibility) -> list[Wish | None]:
        """Ever weaker forms of a wish, the last of them none at all."""
        steps: list[Wish | None] = []
        if wish.percentile is not None:
            goal = 100.0 if wish.percentile.op == "<=" else 0.0
            for share in _PERCENTILE_STEPS:
                wider = wish.percentile.model_copy(update={"p": wish.percentile.p + (goal - wish.percentile.p) * share})
                steps.append(self._resolve(wider, wish.place, pool))
        elif isinstance(wish.condition.value, float) and wish.condition.op != "=":
            low, high = self._indicators[wish.condition.indicator].range
            for share in _NUMBER_STEPS:
                sign = 1 if wish.condition.op in ("<=", "<") else -1
                value = wish.condition.value + sign * abs(wish.condition.value) * share
                value = min(max(value, -math.inf if low is None else low), math.inf if high is None else high)
                widened = wish.condition.model_copy(update={"value": round(value, 4)})
                steps.append(wish.model_copy(update={"condition": widened}))
        return [step for step in steps if step is not None and step != wish] + [None]

    def _count(self, pool: Eligibility, wishes: Sequence[Wish]) -> int:
        return self._index.count(with_conditions(pool, [wish.condition for wish in wishes]))


def _told(before: Wish, after: Wish | None) -> Text:
    phrase = before.condition.because
    was_zh, was_en = in_words(before.condition, "zh"), in_words(before.condition, "en")
    if after is None:
        return both(f"「{phrase}」（{was_zh}）已放弃：符合的商品不够", f"gave up {phrase!r} ({was_en}): too few products meet it")
    to_zh, to_en = in_words(after.condition, "zh"), in_words(after.condition, "en")
    return both(
        f"「{phrase}」由 {was_zh} 放宽到 {to_zh}：符合的商品不够",
        f"widened {phrase!r} from {was_en} to {to_en}: too few products meet it",
    )
