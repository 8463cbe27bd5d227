"""The journal of steps: what the console draws and what a failure is explained from. And what a machine hands the stations."""

from __future__ import annotations

import json

import pytest

from huichang.kernel.errors import ConflictError, LeaseHeldError, PermanentError, TransientError
from huichang.line.journal import Journal
from huichang.line.keys import CampaignStep, StepError, VenueStep
from huichang.venues.model import StepRecord
from tests.support.line_fakes import FakeVenues, TickingClock

STEP = VenueStep(campaign_id="c-1", venue_id="v-1", run=2, round=3)


@pytest.fixture
def venues() -> FakeVenues:
    return FakeVenues(TickingClock())


@pytest.fixture
def journal(venues: FakeVenues) -> Journal:
    return Journal(venues, TickingClock())


def record_of(venues: FakeVenues) -> StepRecord:
    record = venues.step("v-1", "FuseRecall")
    assert record
    return record


def test_running_and_then_done(journal: Journal, venues: FakeVenues) -> None:
    with journal.step(STEP, "FuseRecall") as entry:
        assert record_of(venues).status == "running"
        entry.note = "24"
    record = record_of(venues)
    assert (record.status, record.note, record.attempt, record.error) == ("done", "24", 1, "")
    assert record.started_at < record.ended_at


@pytest.mark.parametrize("error", [TransientError("throttled"), LeaseHeldError("another worker")])
def test_a_transient_error_is_retrying_and_the_next_try_counts(journal: Journal, venues: FakeVenues, error: TransientError) -> None:
    with pytest.raises(type(error)), journal.step(STEP, "FuseRecall"):
        raise error
    assert (record_of(venues).status, record_of(venues).error, record_of(venues).attempt) == ("retrying", error.message, 1)
    with journal.step(STEP, "FuseRecall"):
        assert record_of(venues).attempt == 2
    assert (record_of(venues).status, record_of(venues).attempt, record_of(venues).error) == ("done", 2, "")


def test_a_killed_try_counts_too(journal: Journal, venues: FakeVenues) -> None:
    with pytest.raises(SystemExit), journal.step(STEP, "FuseRecall"):
        raise SystemExit
    assert record_of(venues).status == "running"
    with journal.step(STEP, "FuseRecall"):
        assert record_of(venues).attempt == 2


def test_a_step_of_another_round_begins_at_one(journal: Journal, venues: FakeVenues) -> None:
    for _ in range(2):
        with journal.step(STEP, "FuseRecall"):
            pass
    assert record_of(venues).attempt == 1


@pytest.mark.parametrize("error", [PermanentError("no plan"), ConflictError("nothing was approved")])
def test_a_permanent_error_is_failed_and_keeps_its_kind(journal: Journal, venues: FakeVenues, error: PermanentError) -> None:
    with pytest.raises(PermanentError) as caught, journal.step(STEP, "FuseRecall"):
        raise error
    assert caught.value is error
    assert (record_of(venues).status, record_of(venues).error) == ("failed", error.message)


def test_a_defect_becomes_a_permanent_error_with_its_name(journal: Journal, venues: FakeVenues) -> None:
    with pytest.raises(PermanentError) as caught, journal.step(STEP, "FuseRecall"):
        raise KeyError("p-1")
    assert (caught.value.message, caught.value.code, caught.value.where) == ("KeyError: 'p-1'", "defect", "FuseRecall")
    assert isinstance(caught.value.__cause__, KeyError)
    assert record_of(venues).status == "failed"


def test_a_step_that_waits_is_closed_by_its_token(journal: Journal, venues: FakeVenues) -> None:
    with journal.step(STEP, "FuseRecall") as entry:
        entry.note, entry.waits = "12", True
    assert (record_of(venues).status, record_of(venues).note, record_of(venues).ended_at) == ("running", "12", "")
    journal.close("v-1", "FuseRecall", "12/12")
    assert (record_of(venues).status, record_of(venues).note) == ("done", "12/12")
    ended = record_of(venues)
    journal.close("v-1", "FuseRecall", "again")
    assert record_of(venues) == ended


def test_closing_what_failed_or_never_was_changes_nothing(journal: Journal, venues: FakeVenues) -> None:
    journal.close("v-1", "FuseRecall")
    assert venues.steps("v-1") == []
    with pytest.raises(PermanentError), journal.step(STEP, "FuseRecall"):
        raise PermanentError("x")
    journal.close("v-1", "FuseRecall")
    assert record_of(venues).status == "failed"


def test_a_step_that_was_cut_off_is_failed_from_outside(journal: Journal, venues: FakeVenues) -> None:
    with journal.step(STEP, "FuseRecall") as entry:
        entry.waits = True
    journal.fail("v-1", record_of(venues), "nobody answered")
    assert (record_of(venues).status, record_of(venues).error) == ("failed", "nobody answered")
    assert record_of(venues).ended_at


def test_a_long_error_is_cut(journal: Journal, venues: FakeVenues) -> None:
    with pytest.raises(PermanentError), journal.step(STEP, "FuseRecall"):
        raise PermanentError("x" * 10_000)
    assert len(record_of(venues).error) == 500


# --- what a machine hands over ----------------------------------------------------------------------------------------


def test_keys_are_made_of_venue_run_and_round() -> None:
    assert STEP.key("selection") == "venues/v-1/run-2/selection"
    assert STEP.round_key("page") == "venues/v-1/run-2/round-3/page"
    assert CampaignStep(campaign_id="c-1").plan() == "campaigns/c-1/plan"
    assert CampaignStep(campaign_id="c-1").plan(2) == "campaigns/c-1/plan-2"


def test_the_whole_state_may_be_handed_over() -> None:
    state = {"campaign_id": "c-1", "venue_id": "v-1", "run": 1, "round": 1, "result": {"hits": 3}, "error": {"Error": "x"}}
    assert VenueStep.model_validate(state).task_token == ""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"Error": "PermanentError", "Cause": json.dumps({"errorType": "PermanentError", "errorMessage": "没有商品"})}, "没有商品"),
        ({"Error": "PermanentError", "Cause": "The inspection found blockers."}, "The inspection found blockers."),
        ({"Error": "States.Timeout"}, "States.Timeout"),
        ({"Error": "States.Timeout", "Cause": ""}, "States.Timeout"),
        ({"Error": "X", "Cause": json.dumps({"Cause": "deeper"})}, "deeper"),
        ({"Error": "X", "Cause": "{}"}, "X"),
        ({"Error": "X", "Cause": "3"}, "3"),
        ({}, "Unknown"),
    ],
)
def test_the_human_part_of_an_error(error: dict[str, str], said: str) -> None:
    assert StepError.model_validate(error).said == said
