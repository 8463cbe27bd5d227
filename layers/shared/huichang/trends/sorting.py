"""Trends sorted: what kind each is, which industry it belongs to, and whether anything can be promoted on it.

An industry comes, in this order, from the feed, from the mapping of the feed's categories, from the words of the title
(goods.yaml: the industry with most of the characters that were found), and last from embeddings. Only titles that nothing
speaks against and that hold a hint of goods are embedded, in batches, each title once. Cosines of e5 lie close together
(0.80-0.86), so none is read as it stands: each class is the mean of its words, all are centred on their common mean, and
the nearest class must be an industry and lead every class of news by a margin.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import mul

from huichang.kernel.model import Model
from huichang.kernel.models import CallContext, EmbeddingModel
from huichang.selection.words import IndustryEntry
from huichang.trends.lexicon import Found
from huichang.trends.meaning import Hint, goods, hints_in, is_seasonal, judge, news_words
from huichang.trends.trend import Sorting, Trend, TrendKind, TrendStore, Verdict

BATCH = 128
LEAD_OVER_NEWS = 0.25
"""By how much the nearest industry must lead the nearest class of news (cosines of centred vectors) …"""
LEAD_WITH_CATEGORY = 0.12
"""… and where the feed's own category names the same industry."""
_CLASS_WORDS = 8
_CONTEXT = CallContext(campaign_id="trends", purpose="sort_trends")

Vector = Sequence[float]


class Nearest(Model):
    """The nearest industry to a title: by how much it leads the next industry, and the nearest class of news."""

    industry: str
    runner_up: str
    margin: float
    lead_over_news: float


class TrendSorter:
    """Sorts trends. `embeddings` gives the model when it is first needed; without it what no word sorts is left "unsorted"."""

    def __init__(self, industries: Sequence[IndustryEntry], embeddings: Callable[[], EmbeddingModel] | None = None) -> None:
        self._industries = industries
        self._embeddings = embeddings
        self._classes: _Classes | None = None
        self.embedded = 0

    def sort(self, trends: Iterable[Trend]) -> list[Trend]:
        """The same trends in their order, each with verdict, industry, kind and how it came to them. Raises what the model raises."""
        judged = [self._by_words(trend) for trend in trends]
        if self._embeddings is None:
            waits = Verdict(drop="unsorted")
            return [trend.model_copy(update={"verdict": waits}) if _is_unsure(trend) else trend for trend in judged]
        nearest = self._nearest(list(dict.fromkeys(trend.title for trend in judged if _is_unsure(trend))))
        return [_by_embedding(trend, nearest[trend.title]) if _is_unsure(trend) else trend for trend in judged]

    def _by_words(self, trend: Trend) -> Trend:
        verdict = judge(trend.model_copy(update={"verdict": None}) if trend.waits else trend)
        known = trend.sorting or Sorting(by="feed" if trend.industry else "none")
        if verdict.drop is not None:
            return trend.model_copy(update={"verdict": verdict, "sorting": known})
        hints = hints_in([trend.title]) or hints_in(trend.keywords)
        kind, kind_by = (trend.kind, "feed") if known.kind_by == "feed" else _kind(trend, hints)
        industry, sorting = trend.industry, known
        if industry is None or known.by == "category":
            found = _industry(hints)
            if found is not None:
                industry, sorting = found
        sorting = sorting.model_copy(update={"kind_by": kind_by})
        return trend.model_copy(update={"verdict": verdict, "kind": kind, "industry": industry, "sorting": sorting})

    def _nearest(self, titles: list[str]) -> dict[str, Nearest]:
        if not titles or self._embeddings is None:
            return {}
        model = self._embeddings()
        if self._classes is None:
            self._classes = _Classes(self._industries, model)
        found: dict[str, Nearest] = {}
        for start in range(0, len(titles), BATCH):
            batch = titles[start : start + BATCH]
            vectors = model.embed_passages(batch, _CONTEXT)
            found |= {title: self._classes.nearest(vector) for title, vector in zip(batch, vectors, strict=True)}
        self.embedded += len(titles)
        return found


class SortWaiting:
    """Sorts what waits in the store, a batch at a time: the job behind functions/sort_trends."""

    def __init__(self, store: TrendStore, sorter: TrendSorter, *, most: int = 500) -> None:
        self._store = store
        self._sorter = sorter
        self._most = most

    def __call__(self) -> dict[str, int]:
        """Sort at most `most` trends; a repetition is harmless. Raises what the model and the store raise: the next run goes on."""
        sorted_trends = self._sorter.sort(list(islice(self._store.waiting(), self._most)))
        self._store.put_many(sorted_trends)
        return {"sorted": len(sorted_trends), "promotable": sum(not trend.dropped for trend in sorted_trends)}


def _is_unsure(trend: Trend) -> bool:
    """Nothing speaks against it, no word says what it is, and a category or a character hints at goods."""
    if trend.verdict is None or trend.verdict.drop != "no_product":
        return False
    return trend.industry is not None or any(char in goods().hints for char in trend.title)


def _kind(trend: Trend, hints: Sequence[Found[Hint]]) -> tuple[TrendKind, str]:
    if is_seasonal(trend.title) or any(hint.label.kind == "season" for hint in hints):
        return "seasonal", "season"
    return ("industry", "goods") if hints else ("event", "none")


def _industry(hints: Sequence[Found[Hint]]) -> tuple[str, Sorting] | None:
    weights: Counter[str] = Counter()
    for hint in hints:
        if hint.label.industry:
            weights[hint.label.industry] += hint.end - hint.start
    if not weights:
        return None
    (best, weight), *others = weights.most_common(2)
    second = others[0] if others else None
    because = tuple(dict.fromkeys(hint.word for hint in hints if hint.label.industry == best))
    margin = (weight - (second[1] if second else 0)) / sum(weights.values())
    return best, Sorting(by="words", because=because, runner_up=second[0] if second else None, margin=round(margin, 3))


def _by_embedding(trend: Trend, nearest: Nearest) -> Trend:
    """Promotable where the nearest industry leads clearly; category and meaning must not disagree. Either way it says how near it was."""
    wanted = LEAD_OVER_NEWS if trend.industry is None else LEAD_WITH_CATEGORY
    agrees = trend.industry in (None, nearest.industry)
    if not agrees or nearest.lead_over_news < wanted:
        near = Sorting(by="embedding", runner_up=nearest.industry, margin=round(nearest.lead_over_news, 4))
        return trend.model_copy(update={"sorting": near})
    sorting = Sorting(by="embedding", runner_up=nearest.runner_up, margin=round(nearest.margin, 4))
    verdict = Verdict(because=(f"≈ {nearest.industry}",))
    return trend.model_copy(update={"verdict": verdict, "industry": nearest.industry, "sorting": sorting, "kind": "event"})


class _Classes:
    """One centred mean vector for each industry and each reason to drop."""

    def __init__(self, industries: Sequence[IndustryEntry], embeddings: EmbeddingModel) -> None:
        words = {industry.code: _industry_words(industry) for industry in industries}
        news = news_words(_CLASS_WORDS)
        texts = [word for group in (*words.values(), *news.values()) for word in group]
        vectors = iter(embeddings.embed_passages(texts, _CONTEXT))
        means = [_mean([next(vectors) for _ in group]) for group in (*words.values(), *news.values())]
        self._centre = _mean(means)
        centred = [self._centred(mean) for mean in means]
        self._goods = dict(zip(words, centred, strict=False))
        self._news = centred[len(words) :]

    def nearest(self, vector: Vector) -> Nearest:
        """Rank the industries for a title."""
        title = self._centred(vector)
        order = sorted(((_dot(title, centre), code) for code, centre in self._goods.items()), reverse=True)
        (first, code), (second, other) = order[0], order[1]
        news = max(_dot(title, centre) for centre in self._news)
        return Nearest(industry=code, runner_up=other, margin=first - second, lead_over_news=first - news)

    def _centred(self, vector: Vector) -> list[float]:
        moved = [value - common for value, common in zip(vector, self._centre, strict=True)]
        length = math.sqrt(_dot(moved, moved)) or 1.0
        return [value / length for value in moved]


def _industry_words(industry: IndustryEntry) -> list[str]:
    own = goods().goods.get(industry.code, ())
    return list(dict.fromkeys((industry.zh, industry.en, *own[:_CLASS_WORDS], *industry.names)))


def _mean(vectors: Sequence[Vector]) -> list[float]:
    return [sum(column) / len(vectors) for column in zip(*vectors, strict=True)]


def _dot(left: Vector, right: Vector) -> float:
    return float(sum(map(mul, left, right)))
