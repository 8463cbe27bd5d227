"""A feed comes in through the API; what no word could sort is embedded and sorted by its own function."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.support.line import Line, good

# No word list knows this cake; its characters hint at goods, so that only its meaning can say which.
UNKNOWN = "黄米软糕"


def test_a_feed_is_sorted_by_words_and_the_rest_by_meaning(healthy: Line) -> None:
    line = healthy
    today = datetime.now(UTC).date().isoformat()
    rows: list[dict[str, Any]] = [
        {"source": "test-feed", "title": "秋冬露营帐篷热卖", "heat": 900, "observed_on": today},
        {"source": "test-feed", "title": UNKNOWN, "heat": 500, "observed_on": today},
        {"source": "test-feed", "title": "某地发生地震", "heat": 9000, "observed_on": today},
        {"source": "test-feed", "title": "坏日期", "heat": 1, "observed_on": "yesterday"},
    ]
    taken = good(line.operator.post("/api/trends", {"trends": rows}))
    assert (taken["accepted"], taken["unsorted"], taken["dropped"]) == (3, 1, {"disaster": 1, "unsorted": 1})
    assert [(wrong["row"], wrong["code"]) for wrong in taken["rejected"]] == [(4, "observed_on")]
    assert good(line.operator.post("/api/trends", {"trends": rows}))["changed"] == 0

    assert line.invoke("sort-trends", {})["sorted"] == 1  # by itself every two minutes
    assert line.invoke("sort-trends", {})["sorted"] == 0
    report = good(line.operator.get("/api/trends/report"))
    assert report["trends"] == 3
    assert not [reason for reason in report["dropped_for"] if reason["code"] == "unsorted"]
    shown = {trend["title"] for trend in good(line.operator.get("/api/trends", limit=50))["trends"]}
    dropped = {trend["title"] for trend in good(line.operator.get("/api/trends/dropped", code="disaster"))["trends"]}
    assert ("秋冬露营帐篷热卖" in shown, dropped) == (True, {"某地发生地震"})
