"""What `make bench-pages` makes of its measurements."""

from __future__ import annotations

from typing import Any

import pytest

from infra.bench.pages import BUDGETS, broken, scored, traced
from infra.bench.pages_lighthouse import read
from infra.bench.pages_seen import Trace


def report(**changes: Any) -> dict[str, Any]:
    """A Lighthouse report, as far as it is read."""
    audits: dict[str, Any] = {
        "largest-contentful-paint": {"numericValue": 1100.4, "score": 0.99},
        "first-contentful-paint": {"numericValue": 800.0, "score": 1},
        "cumulative-layout-shift": {"numericValue": 0.0, "score": 1},
        "total-blocking-time": {"numericValue": 40.0, "score": 1},
        "total-byte-weight": {"numericValue": 90_000.0, "score": 1},
        "image-alt": {"score": 1},
        "video-caption": {"score": None, "scoreDisplayMode": "notApplicable"},
    } | changes
    refs = {
        "performance": ["largest-contentful-paint", "total-blocking-time"],
        "accessibility": ["image-alt", "video-caption"],
        "best-practices": ["image-alt"],
        "seo": ["image-alt"],
    }
    return {
        "audits": audits,
        "categories": {name: {"score": 0.99, "auditRefs": [{"id": each, "weight": 1} for each in ids]} for name, ids in refs.items()},
    }


def a_trace(**changes: Any) -> Trace:
    known = {
        "lcp_ms": 1000,
        "lcp_of": "img",
        "cls": 0.0,
        "bytes": 80_000,
        "requests": 14,
        "long_task_ms": 60,
        "long_tasks": 1,
    }
    return Trace(**(known | changes))


def figures(**changes: Any) -> dict[str, Any]:
    axe = {"violations": (), "undecided": 3, "passed": 40}
    return {
        "document_bytes": {"zh": 25_000, "en": 24_000},
        "script_bytes": 4_300,
        "render_ms": {"median": 20.0, "max": 70.0},
        "trace": {"drawings": traced([a_trace()])},
        "lighthouse": scored([read(report())]),
        "axe": {"zh phone": axe},
        "without_script": 96,
    } | changes


def test_what_keeps_its_budgets_breaks_none() -> None:
    assert broken("festival", figures()) == []


@pytest.mark.parametrize(
    ("changes", "budget"),
    [
        ({"document_bytes": {"zh": 25_000, "en": 61 * 1024 + 1}}, "document_bytes"),
        ({"script_bytes": 10_241}, "script_bytes"),
        ({"render_ms": {"median": 50.1, "max": 60.0}}, "render_ms"),
        ({"trace": {"photographs": traced([a_trace(lcp_ms=1201)])}}, "trace photographs lcp_ms"),
        ({"trace": {"drawings": traced([a_trace(bytes=1_000_001)])}}, "trace drawings bytes"),
        ({"trace": {"drawings": traced([a_trace(), a_trace(), a_trace(cls=0.02)])}}, "trace drawings cls"),
        ({"lighthouse": scored([read(report(**{"largest-contentful-paint": {"numericValue": 1300, "score": 1}}))])}, "lighthouse lcp_ms"),
        ({"axe": {"en desktop": {"violations": (("color-contrast", ".a"),), "undecided": 0, "passed": 1}}}, "axe en desktop"),
        ({"without_script": 95}, "without_script"),
    ],
)
def test_each_budget_is_held(changes: dict[str, Any], budget: str) -> None:
    assert [each["budget"] for each in broken("festival", figures(**changes))] == [budget]


def test_a_score_below_its_least_is_told_with_what_was_not_passed() -> None:
    poor = report(**{"image-alt": {"score": 0}})
    poor["categories"]["seo"]["score"] = 0.97
    seen = scored([read(poor)])
    assert seen["failed"] == ["accessibility/image-alt", "best-practices/image-alt", "seo/image-alt"]
    assert broken("festival", figures(lighthouse=seen)) == [
        {"template": "festival", "budget": "lighthouse seo", "at_least": BUDGETS["score"], "found": 97}
    ]


def test_the_median_of_the_runs_counts_and_their_spread_is_told() -> None:
    runs = traced([a_trace(lcp_ms=1500), a_trace(lcp_ms=900), a_trace(lcp_ms=1000)])
    assert runs["lcp_ms"] == {"median": 1000, "least": 900, "most": 1500}
    assert broken("festival", figures(trace={"drawings": runs})) == []
