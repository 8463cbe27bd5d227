"""The sample trends: authored in data/trends.yaml, one line of trends.jsonl each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from infra.sample.tables import DATA, load_yaml


def trends(latest: date | None = None) -> Iterator[dict[str, Any]]:
    """Every trend in the import format of README.md; dates as ISO text.

    `latest` moves all dates together so that the newest was observed on that day: a demo then shows fresh trends.
    """
    entries = load_yaml(DATA / "trends.yaml")
    newest = max(entry["date"] for entry in entries)
    for entry in entries:
        observed = entry["date"] if latest is None else latest - (newest - entry["date"])
        yield {
            "source": entry["s"],
            "title": entry["t"],
            "kind": entry["k"],
            "industry": entry.get("i"),
            "heat": entry["h"],
            "observed_on": observed.isoformat(),
            "language": entry["l"],
            "keywords": [str(word) for word in entry["w"]],
            "description": entry["d"],
        }
