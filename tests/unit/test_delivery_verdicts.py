"""Verdicts: what clicks say about a venue, whatever the order and whenever one looks."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.delivery.verdicts.evidence import GRID, Evidence, Stratum, gather
from huichang.delivery.verdicts.judging import Rule, judge, promised_impressions
from huichang.delivery.verdicts.wording import verdict_words


def stratum(shown: int, clicks: int, baseline_shown: int, baseline_clicks: int) -> Stratum:
    return Stratum(shown=shown, clicks=clicks, baseline_shown=baseline_shown, baseline_clicks=baseline_clicks)


@st.composite
def strata(draw: st.DrawFn) -> Stratum:
    shown, baseline = draw(st.integers(0, 400)), draw(st.integers(0, 900))
    return stratum(shown, draw(st.integers(0, min(40, shown))), baseline, draw(st.integers(0, min(80, baseline))))


@given(st.lists(strata(), max_size=8), st.randoms(use_true_random=False))
def test_windows_may_come_in_any_order_and_in_any_parts(windows: list[Stratum], chance: random.Random) -> None:
    shuffled = list(windows)
    chance.shuffle(shuffled)
    cut = chance.randint(0, len(shuffled))
    whole, parts = gather(windows), gather(shuffled[:cut]) + gather(shuffled[cut:])
    assert (whole.shown, whole.clicks, whole.baseline_clicks) == (parts.shown, parts.clicks, parts.baseline_clicks)
    assert parts.log_likelihood == pytest.approx(whole.log_likelihood)
    assert parts.information == pytest.approx(whole.information)


@given(strata(), st.integers(2, 50))
def test_the_interval_holds_the_likeliest_ratio_and_is_wider_the_surer_it_must_be(window: Stratum, often: int) -> None:
    evidence = gather([window] * often)
    wide, narrow = evidence.interval(0.01), evidence.interval(0.1)
    assert wide.low <= narrow.low <= narrow.high <= wide.high
    if evidence.ratio is not None:
        assert narrow.low <= evidence.ratio <= narrow.high


@given(strata())
def test_what_both_share_drops_out(window: Stratum) -> None:
    """A stratum in which nobody clicked, or only one of the two was shown, says nothing."""
    silent = [stratum(500, 0, 500, 0), stratum(0, 0, 300, 30), stratum(300, 30, 0, 0)]
    with_them, without = gather([window, *silent]), gather([window])
    assert with_them.log_likelihood == pytest.approx(without.log_likelihood)
    assert with_them.interval(0.05) == without.interval(0.05)


def test_a_popular_hour_is_no_merit() -> None:
    """The venue was shown when everybody clicked. Pooled it looks twice as good as the baseline; hour by hour it is level."""
    hours = [stratum(10_000, 2_000, 1_000, 200), stratum(1_000, 20, 10_000, 200)]
    pooled = gather([stratum(11_000, 2_020, 11_000, 400)])
    verdict = judge(gather(hours), Rule(margin=0.2))
    assert pooled.ratio is not None
    assert pooled.ratio > 4
    assert verdict.kind == "keep"
    assert verdict.estimate == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("clicks", "kind"),
    [(300, "retire"), (500, "keep"), (800, "promote")],
)
def test_verdicts(clicks: int, kind: str) -> None:
    assert judge(gather([stratum(10_000, clicks, 40_000, 2_000)]), Rule(margin=0.2)).kind == kind


def test_too_little_is_no_verdict_and_says_how_much_is_missing() -> None:
    verdict = judge(gather([stratum(100, 4, 400, 20)]), Rule(margin=0.2))
    assert verdict.kind == "cannot_tell"
    assert verdict.more_impressions
    enough = verdict.more_impressions * 2  # an estimate from four clicks
    assert (
        judge(gather([stratum(100 + enough, (100 + enough) // 25, 4 * (100 + enough), (100 + enough) // 5)]), Rule(margin=0.2)).kind
        != "cannot_tell"
    )


def test_nothing_seen_is_no_verdict() -> None:
    verdict = judge(Evidence(), Rule())
    assert (verdict.kind, verdict.estimate, verdict.more_impressions) == ("cannot_tell", None, None)
    assert (verdict.interval.low, verdict.interval.high) == (0, math.inf)


def test_a_venue_nobody_ever_clicks_is_retired() -> None:
    verdict = judge(gather([stratum(5_000, 0, 20_000, 1_000)]), Rule())
    assert verdict.kind == "retire"
    assert verdict.interval.low == 0


def test_more_clicks_than_impressions_is_no_count() -> None:
    with pytest.raises(ValueError, match="first click"):
        stratum(3, 4, 10, 1)


@pytest.mark.parametrize("margin", [0.02, 0.1, 0.4])
@pytest.mark.parametrize("ratio", [0.5, 1.0])
def test_the_promise_holds(margin: float, ratio: float) -> None:
    """With the promised impressions there is a verdict, and a venue under the margin is not kept."""
    rule, rate = Rule(margin=margin), 0.05
    promised = promised_impressions(rate, rule)
    verdict = judge(gather([stratum(promised, round(promised * rate * ratio), promised, round(promised * rate))]), rule)
    assert verdict.kind == ("retire" if ratio < 1 else "keep")


def test_a_smaller_margin_is_dearer_and_an_impossible_rate_is_refused() -> None:
    assert promised_impressions(0.05, Rule(margin=0.02)) > 50 * promised_impressions(0.05, Rule(margin=0.2))
    for rate in (0.0, 1.5):
        with pytest.raises(ValueError, match="rate"):
            promised_impressions(rate, Rule())


def test_looking_every_hour_rarely_condemns_an_equal_venue() -> None:
    """200 venues as good as the baseline, each looked at 60 times: the guarantee is 5 %, for missing on either side."""
    chance = random.Random(5)
    missed = 0
    for _ in range(200):
        evidence = Evidence()
        for _ in range(60):
            rate = chance.uniform(0.02, 0.2)
            own, base = (sum(chance.random() < rate for _ in range(n)) for n in (30, 60))
            evidence = evidence + gather([stratum(30, own, 60, base)])
            interval = evidence.interval(0.05)
            if not interval.low <= 1 <= interval.high:
                missed += 1
                break
    assert missed <= 10


def test_the_grid_is_fine_where_verdicts_are_hard() -> None:
    steps = [b - a for a, b in itertools.pairwise(GRID)]
    assert min(steps) == pytest.approx(steps[len(steps) // 2])
    assert min(steps) < 0.004


def test_words_in_both_languages() -> None:
    rule = Rule(margin=0.2)
    retire, unsure = judge(gather([stratum(10_000, 300, 40_000, 2_000)]), rule), judge(gather([stratum(100, 4, 400, 20)]), rule)
    assert verdict_words(retire, "en").startswith(
        "Retire: 10,000 impressions, 300 clicks; at the same hours and positions 40 % below the baseline (95 %"
    )
    assert verdict_words(retire, "zh").startswith("建议下线：曝光 10,000 次，点击 300 次；同时段、同位置比基准低 40 %（95 %")
    assert "more impressions are needed" in verdict_words(unsure, "en")
    assert "大约还需要" in verdict_words(unsure, "zh")
    nothing = judge(Evidence(shown=7), rule)
    assert verdict_words(nothing, "zh") == "还不能下结论：曝光 7 次，还没有可以和基准比较的点击。"
    assert verdict_words(nothing, "en").startswith("Cannot tell yet: 7 impressions")
