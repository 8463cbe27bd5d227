"""Logs for the off-policy gate: rows of text and the feed's own decisions become the same counts; bad rows are named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.delivery.model import Beacon, Decision, FeedItem
from huichang.delivery.offpolicy.logs import LogBuilder, RepeatedRowError, read_decisions, read_log, read_target, row_of_key
from huichang.delivery.offpolicy.model import LoggedRow
from huichang.kernel.errors import InvalidInputError

HEAD = ",timestamp,item_id,position,click,propensity_score,user_feature_0"


def lines(*rows: str, head: str = HEAD) -> list[str]:
    return [f"{text}\n" for text in (head, *rows)]


def test_open_bandit_rows_are_counted() -> None:
    log = read_log(lines("0,t0,14,3,0,0.0125,u", "1,t1,14,3,1,0.0125,u", '2,t2,"7",1,0,0.5,u'))
    assert (log.rows, log.reward, log.mean) == (3, 1.0, 1 / 3)
    assert log.contexts == {"3": 2, "1": 1}
    assert log.arms["3", "14"].rows == 2
    assert log.arms["3", "14"].scaled == pytest.approx(160)


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ("1,t,14,3,0,0,u", "propensity", "the propensity is 0"),
        ("1,t,14,3,0,1.2,u", "propensity", "the propensity is 1.2"),
        ("1,t,14,3,0,-0.1,u", "propensity", "-0.1"),
        ("1,t,14,3,0,nan,u", "propensity", "nan"),
        ("1,t,14,3,0,,u", "propensity_score", "'' is not a number"),
        ("1,t,14,3,nan,0.5,u", "reward", "the reward is nan"),
        ("1,t,14,3,-1,0.5,u", "reward", "the reward is -1"),
        ("1,t,14,3,inf,0.5,u", "reward", "inf"),
        ("1,t,14,3,yes,0.5,u", "click", "'yes' is not a number"),
        ("1,t,14,0,0,0.5,u", "position", "position '0'"),
        ("1,t,14,left,0,0.5,u", "position", "position 'left'"),
        ("1,t,14,1.5,0,0.5,u", "position", "position '1.5'"),
        ("1,t,14,nan,0,0.5,u", "position", "position 'nan'"),
        ("1,t,,3,0,0.5,u", "item", "names no item_id"),
        ("1,t,14,3,0", "fields", "5 fields, the head names 7"),
    ],
)
def test_a_bad_row_is_named(row: str, code: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_log(lines("0,t0,14,3,0,0.0125,u", row))
    assert caught.value.code == code
    assert caught.value.where == "row 2"
    assert words in caught.value.message
    assert caught.value.mend


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ([], "empty_log", "the file is empty"),
        (lines(), "empty_log", "no rows"),
        (lines("0,1", head="item_id,position"), "columns", "no click, propensity_score"),
    ],
)
def test_what_is_no_log_is_refused(text: list[str], code: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_log(text)
    assert (caught.value.code, words in caught.value.message) == (code, True)


def test_a_repeated_row_is_found_whatever_pandas_numbered_it() -> None:
    text = lines("0,t0,14,3,0,0.0125,u", "1,t1,14,3,0,0.0125,u", "2,t0,14,3,0,0.0125,u")
    with pytest.raises(RepeatedRowError) as caught:
        read_log(text)
    assert row_of_key(text, caught.value.key) == 3
    assert read_log(text, keep_repeated=True).rows == 3


def test_many_propensities_are_rounded_and_little_is_lost() -> None:
    def fill(parts: int) -> LogBuilder:
        builder = LogBuilder(parts=parts)
        for i in range(4000):
            builder.add(LoggedRow("1", str(i % 3), 0.1 + 0.8 * i / 4000, 1.0 if i % 50 == 0 else 0.0, i))
        return builder

    exact, cut = fill(10_000).build(), fill(2000).build()
    assert (exact.rounded, exact.rows, exact.reward) == (None, cut.rows, cut.reward)
    assert cut.rounded is not None
    assert len(cut.parts) <= 2000
    for arm, seen in exact.arms.items():
        assert cut.arms[arm].scaled == pytest.approx(seen.scaled, rel=0.005)


@given(st.integers(1, 20_000))
def test_stretches_are_even_and_lose_no_row(rows: int) -> None:
    builder = LogBuilder(keep_repeated=True)
    builder._stretch_rows = 16
    for i in range(min(rows, 700)):
        builder.add(LoggedRow("1", "a", 0.5, 0.0, i))
    log = builder.build()
    sizes = [stretch["1", "a"].rows for stretch in log.stretches]
    assert sum(sizes) == log.rows
    assert len(sizes) <= 8
    assert len(set(sizes[:-1])) <= 1


def test_a_target_is_a_log_or_a_table() -> None:
    policy, log = read_target(lines("a,1,0.25", "b,1,0.75", head="item_id,position,probability"))
    assert (policy.probabilities, log, policy.source) == ({"1": {"a": 0.25, "b": 0.75}}, None, "given")
    rows = [f"{i},t{i},{'ab'[i % 4 == 0]},1,0,{0.25 if i % 4 == 0 else 0.75},u" for i in range(400)]
    policy, log = read_target(lines(*rows))
    assert log is not None
    assert policy.probabilities["1"] == pytest.approx({"a": 0.75, "b": 0.25})


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (["a,1,0.25", "b,1,0.7"], "probabilities_do_not_sum"),
        (["a,1,1.5", "b,1,-0.5"], "probability"),
        (["a,1,nan"], "probability"),
        (["a,1,0.5", "a,1,0.5"], "repeated_row"),
        (["a,1"], "fields"),
        ([], "empty_log"),
    ],
)
def test_a_table_that_is_no_policy_is_refused(rows: list[str], code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_target(lines(*rows, head="item_id,position,probability"))
    assert caught.value.code == code


def decision(number: int, *venues: str) -> Decision:
    items = tuple(
        FeedItem(venue_id=venue, position=i, title=venue, href="/", propensity=0.5 / i, language="zh") for i, venue in enumerate(venues, 1)
    )
    return Decision(decision_id=f"d{number}", placement="home", at="2026-09-01T00:00:00Z", policy="ts", items=items, candidates=len(venues))


def beacon(kind: str, number: int, venue: str, copy: int = 0) -> Beacon:
    return Beacon.model_validate(
        {"beacon_id": f"{kind}-{number}-{venue}-{copy}", "kind": kind, "venue_id": venue, "placement": "home", "decision_id": f"d{number}"}
    )


def test_the_feeds_own_decisions_are_a_log() -> None:
    decisions = [decision(1, "v1", "v2"), decision(2, "v2", "v1"), decision(1, "v1", "v2")]
    beacons = [
        beacon("click", 1, "v2"),  # before its impression: beacons come in any order
        beacon("impression", 1, "v1"),
        beacon("impression", 1, "v2"),
        beacon("click", 1, "v2", 1),  # twice: counts once
        beacon("impression", 2, "v2"),
        beacon("click", 2, "v1"),  # never seen: no row
        beacon("impression", 9, "v1"),  # of no decision
    ]
    log = read_decisions(decisions, beacons)
    assert log.rows == 3
    assert log.reward == 1.0
    assert {(p.context, p.action, p.propensity) for p in log} == {
        ("home/1", "v1", 0.5),
        ("home/2", "v2", 0.25),
        ("home/1", "v2", 0.5),
    }
    assert len({p.fold for p in log if p.action == "v1" or p.context == "home/2"}) == 1  # a decision stays in one fold


def test_decisions_whose_clicks_are_under_way_can_be_left_out() -> None:
    young = decision(2, "v1").model_copy(update={"at": "2026-09-02T00:00:00Z"})
    beacons = [beacon("impression", 1, "v1"), beacon("impression", 2, "v1")]
    assert read_decisions([decision(1, "v1"), young], beacons).rows == 2
    assert read_decisions([decision(1, "v1"), young], beacons, until="2026-09-01T12:00:00Z").rows == 1


def test_a_decision_with_an_impossible_propensity_is_named() -> None:
    bad = decision(1, "v1")
    bad = bad.model_copy(update={"items": (bad.items[0].model_copy(update={"propensity": 0.0}),)})
    with pytest.raises(InvalidInputError, match="decision d1: the propensity is 0"):
        read_decisions([bad], [beacon("impression", 1, "v1")])
