"""A whole trend feed through the import, offline: the very reader, sorter and merger that the service runs, over a dictionary."""

from __future__ import annotations

import csv
import resource
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from huichang.catalog.industries import load_industries
from huichang.kernel.models import CallContext
from huichang.trends.heat import ranked
from huichang.trends.importing import RejectedRow, TrendReader
from huichang.trends.mapping import load_trend_mapping
from huichang.trends.meaning import SENSITIVE
from huichang.trends.merging import merged
from huichang.trends.report import summarise
from huichang.trends.sorting import TrendSorter
from huichang.trends.trend import Trend

LABELS = ("yes", "no", "sensitive")
REJECTS_SHOWN = 50


class LocalEmbeddings:
    """The offline embedding model of the embedded cloud, behind the port."""

    def __init__(self) -> None:
        from infra.local.models.embeddings import Embedder

        self._embedder = Embedder()

    def embed_query(self, text: str, context: CallContext) -> list[float]:  # noqa: ARG002 - nothing is booked here
        """See EmbeddingModel."""
        return [float(value) for value in self._embedder.embed([f"query: {text}"])[0]]

    def embed_passages(self, texts: list[str], context: CallContext) -> list[list[float]]:  # noqa: ARG002
        """See EmbeddingModel."""
        return [[float(value) for value in vector] for vector in self._embedder.embed([f"passage: {text}" for text in texts])]


def evaluate(feed: Path, mapping: str, today: date, *, embed: bool = True, labels: Path | None = None) -> dict[str, Any]:
    """Counts, reasons and seconds as a JSON value. Raises InvalidInputError, OSError, ValueError for files that cannot be read."""
    industries = load_industries()
    reader = TrendReader({industry.code for industry in industries}, today, load_trend_mapping(mapping) if mapping else None)
    sorter = TrendSorter(industries, LocalEmbeddings if embed else None)
    started = time.perf_counter()
    known: dict[str, Trend] = {}
    rejected: Counter[str] = Counter()
    shown: list[dict[str, Any]] = []
    rows = 0
    with feed.open("rb") as source:
        for item in reader.file(source, feed.name):
            rows += 1
            if isinstance(item, RejectedRow):
                rejected[item.code] += 1
                if len(shown) < REJECTS_SHOWN:
                    shown.append(item.model_dump())
                continue
            seen = known.get(item.id)
            known[item.id] = item if seen is None else seen.with_observations_of(item)
    read = time.perf_counter()
    trends = sorter.sort(known.values())
    sorted_at = time.perf_counter()
    groups = merged(ranked((trend for trend in trends if not trend.dropped), today))
    ended = time.perf_counter()
    result: dict[str, Any] = {
        "rows": rows,
        "accepted": rows - rejected.total(),
        "rejected": dict(rejected.most_common()),
        "rejects": shown,
        **summarise(trends).model_dump(mode="json"),
        "merged": sum(len(group.members) for group in groups),
        "after_merging": len(groups),
        "embedded": sorter.embedded,
        "seconds": round(ended - started, 2),
        "seconds_by_step": {
            "read": round(read - started, 2),
            "sort": round(sorted_at - read, 2),
            "merge": round(ended - sorted_at, 2),
        },
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    if labels is not None:
        result["labelled"] = compare(labels, sorter)
    return result


def compare(labels: Path, sorter: TrendSorter) -> dict[str, Any]:
    """Verdicts against labels (CSV `title,label`; yes: can be promoted, no, sensitive), each title judged by its words alone.

    `commercial` are precision and recall of yes; `sensitive` those of sensitive; `sensitive_kept` must be empty.
    """
    with labels.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    if not rows or any(row.get("label") not in LABELS for row in rows):
        raise ValueError(f"{labels}: columns title,label with {', '.join(LABELS)} are needed")
    titles = [Trend(source="labels", title=row["title"], kind="event", heat=1, observed_on=date(2026, 1, 1), language="zh") for row in rows]
    answers = [_answer(trend) for trend in sorter.sort(titles)]
    pairs = [(row["title"], row["label"], answer) for row, answer in zip(rows, answers, strict=True)]
    return {
        "titles": len(rows),
        "labels": dict(Counter(label for _, label, _ in pairs)),
        "commercial": _rates(pairs, "yes"),
        "sensitive": _rates(pairs, "sensitive"),
        "sensitive_kept": [title for title, label, answer in pairs if label == "sensitive" and answer == "yes"],
        "wrong": [{"title": title, "label": label, "answer": answer} for title, label, answer in pairs if label != answer],
    }


def _answer(trend: Trend) -> str:
    drop = trend.verdict.drop if trend.verdict else None
    return "yes" if drop is None else "sensitive" if drop in SENSITIVE else "no"


def _rates(pairs: Iterable[tuple[str, str, str]], label: str) -> Mapping[str, float]:
    found = [(wanted == label, answer == label) for _, wanted, answer in pairs]
    hits = sum(wanted and given for wanted, given in found)
    return {
        "precision": round(hits / max(1, sum(given for _, given in found)), 4),
        "recall": round(hits / max(1, sum(wanted for wanted, _ in found)), 4),
    }
