"""The account of a run of chaos: what counts as paid twice, and what only as paid in vain."""

from __future__ import annotations

from typing import Any

from infra.bench.chaos import model_faults, queue_trouble
from infra.bench.chaos_account import HAND_SECONDS, Death, failures, fullest_minute, judged
from infra.bench.chaos_line import COPIES, asked_for
from infra.bench.line import TOPICS
from infra.local.models.faults import Faults


def a_bill(at: float, outcome: str = "delivered", key: str = "k", seconds: float = 1) -> dict[str, Any]:
    return {"key": key, "label": "write_copy", "outcome": outcome, "at": at, "seconds": seconds}


def test_what_was_answered_and_is_billed_again_was_paid_twice() -> None:
    twice, vain = judged([a_bill(20), a_bill(10), a_bill(15, key="other")], [])
    assert (twice, vain) == (["write_copy k: answered after 1.0 s at 10.0, billed again 10.0 s later; nearest kills [] s"], {})


def test_what_never_arrived_was_paid_in_vain_by_the_way_it_was_lost() -> None:
    bills = [a_bill(1, "lost"), a_bill(2, "gone"), a_bill(3, "invalid"), a_bill(4)]
    assert judged(bills, []) == ([], {"lost": 1, "gone": 1, "invalid": 1})


def test_an_answer_in_the_hands_of_one_who_is_killed_is_no_double_payment() -> None:
    bills = [a_bill(10), a_bill(30)]
    later, dying, before, after = Death(10 + HAND_SECONDS / 2, 12), Death(9.9, 10.1), Death(9, 9.2), Death(10 + 2 * HAND_SECONDS, 20)
    assert judged(bills, [later]) == ([], {"held_by_the_killed": 1})
    assert judged(bills, [dying]) == ([], {"held_by_the_killed": 1})
    assert len(judged(bills, [after])[0]) == 1
    assert len(judged(bills, [before])[0]) == 1  # whoever was dead before cannot have held it


def test_an_answer_that_left_late_may_not_have_been_read() -> None:
    bills = [a_bill(10, seconds=4), a_bill(30)]
    assert judged(bills, [], timeout=6) == ([], {"perhaps_timed_out": 1})
    assert len(judged(bills, [], timeout=60)[0]) == 1


def test_a_failure_needs_a_reason_and_a_mend() -> None:
    class Campaigns:
        campaigns = {"c-1": {"status": "failed", "failure": {"code": "no_themes", "message": "nothing found", "mend": "other words"}}}

    dumb = {"venue_id": "v-1", "campaign_id": "c-2", "status": "failed", "failure": {"code": "x", "message": "died", "mend": ""}}
    reasons, without = failures(Campaigns(), {"v-1": {"venue": dumb}})  # type: ignore[arg-type]
    assert reasons == {"no_themes in planning: nothing found": 1}
    assert without == ["v-1: no reason"]


def test_the_shares_add_up_to_what_was_asked_for() -> None:
    faults = model_faults(0.2, 7)
    rates = [getattr(faults, name) for name in Faults.model_fields if name.endswith("_rate") and name != "says_when_rate"]
    assert abs(sum(rates) - 0.2) < 1e-9
    assert all(rates)
    assert abs(sum(rate for name, rate in queue_trouble(0.2, 7).items() if name.endswith("_rate")) - 0.2) < 1e-9


def test_no_two_venues_are_asked_for_in_the_same_words_of_one_catalogue() -> None:
    bodies = asked_for(100, 7)
    assert bodies == asked_for(100, 7)
    assert len({(body["catalogue"], body["sentence"]) for body in bodies}) == 100
    assert {body["catalogue"] for body in bodies} == set(COPIES[: 100 // len(TOPICS)])


def test_the_fullest_minute_is_a_window_that_may_begin_anywhere() -> None:
    assert fullest_minute([0, 30, 59.9, 60, 61]) == 4
    assert fullest_minute([]) == 0
