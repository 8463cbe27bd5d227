"""Starting again and the sweep: what died is found, what lives is left alone, and nothing waits for ever."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.kernel.errors import PermanentError, TransientError
from huichang.kernel.events import VenueFailed
from huichang.line.runs import MAX_RUNS, QUIET_SECONDS, ExecutionStatus
from huichang.materials.model import MaterialStatus
from huichang.venues.model import Failure, VenueStatus
from tests.support.line_fakes import Line, a_campaign, a_venue, produced, reference_to

NOTHING = {"materials": 0, "completed": 0, "reminded": 0, "restarted": 0, "failed": 0, "campaigns": 0, "edits": 0, "reservations": 0}
ON_THE_WAY: tuple[VenueStatus, ...] = ("planned", "selecting", "generating", "staged", "in_review", "approved")


@pytest.fixture
def line() -> Line:
    """A running venue of a running campaign."""
    line = Line()
    line.campaigns.update("c-1", execution=line.machines.start_campaign("c-1"))
    return line


def sweep(line: Line, seconds: float = QUIET_SECONDS + 1) -> dict[str, int]:
    line.clock.pass_time(seconds)
    return line.runs.sweep(line.collect, line.desk, line.due_edits, line.ledger)


def set_execution(line: Line, status: ExecutionStatus, run: int = 1) -> None:
    execution = line.machines.venue_execution("v-1", run)
    if status == "MISSING":
        line.machines.executions.pop(execution, None)
    else:
        line.machines.executions[execution] = status


# --- what lives -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ON_THE_WAY)
def test_a_running_venue_is_left_alone(line: Line, status: VenueStatus) -> None:
    line.venues.update("v-1", status=status)
    before = line.venue
    assert sweep(line, 86_400) == NOTHING
    assert line.venue == before


@pytest.mark.parametrize("status", ["published", "failed", "retired"])
@pytest.mark.parametrize("execution", ["SUCCEEDED", "FAILED", "ABORTED", "MISSING"])
def test_a_venue_that_has_ended_is_left_alone(line: Line, status: VenueStatus, execution: ExecutionStatus) -> None:
    line.venues.update("v-1", status=status)
    set_execution(line, execution)
    before = line.venue
    assert sweep(line) == NOTHING
    assert line.venue == before


def test_a_venue_that_was_just_touched_is_not_looked_at(line: Line) -> None:
    line.venues.update("v-1", status="staged")
    set_execution(line, "ABORTED")
    assert sweep(line, QUIET_SECONDS - 1) == NOTHING


def test_a_clock_that_was_set_back_hides_nothing_that_died(line: Line) -> None:
    """Until it has caught up, everything seems to have been touched a moment ago."""
    line.venues.update("v-1", status="selecting")
    set_execution(line, "ABORTED")
    assert sweep(line, 1) == NOTHING
    assert sweep(line, -86_400)["restarted"] == 1


def test_a_venue_that_its_campaign_has_not_come_to_yet_is_left_alone(line: Line) -> None:
    line.venues.update("v-1", status="planned")
    set_execution(line, "MISSING")
    assert sweep(line, 86_400) == NOTHING


# --- what died --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ON_THE_WAY)
def test_an_aborted_run_is_started_again(line: Line, status: VenueStatus) -> None:
    line.venues.update("v-1", status=status, round=2)
    set_execution(line, "ABORTED")
    assert sweep(line) == NOTHING | {"restarted": 1}
    venue = line.venue
    assert (venue.run, venue.status, venue.round) == (2, "planned", 2)
    assert venue.execution == "venue:v-1-run-2"
    assert venue.review_note == "run 1 was aborted"
    assert line.machines.inputs["venue:v-1-run-2"] == {"campaign_id": "c-1", "venue_id": "v-1", "run": 2, "round": 2}
    assert sweep(line) == NOTHING


def test_a_restart_that_died_before_its_machine_started_is_repeated(line: Line) -> None:
    set_execution(line, "ABORTED")
    line.machines.failures = 1
    with pytest.raises(TransientError):
        sweep(line)
    assert line.venue.run == 2
    assert line.machines.status("venue:v-1-run-2") == "MISSING"
    assert sweep(line)["restarted"] == 1
    assert line.machines.status("venue:v-1-run-3") == "RUNNING"


@pytest.mark.parametrize("execution", ["FAILED", "TIMED_OUT", "SUCCEEDED"])
def test_a_run_that_ended_without_a_reason_fails_with_one(line: Line, execution: ExecutionStatus) -> None:
    line.venues.update("v-1", status="staged")
    set_execution(line, execution)
    assert sweep(line) == NOTHING | {"failed": 1, "campaigns": 0, "edits": 0, "reservations": 0}
    failure = line.venue.failure
    assert failure
    assert failure.code == "run_ended"
    assert failure.message == f"run 1 ended {execution.lower()} without telling why"
    assert failure.mend
    told = line.bus.last(VenueFailed)
    assert (told.venue_id, told.code, told.reason) == ("v-1", "run_ended", failure.message)


def test_a_run_that_dies_again_and_again_is_given_up(line: Line) -> None:
    line.venues.update("v-1", run=MAX_RUNS)
    set_execution(line, "ABORTED", MAX_RUNS)
    assert sweep(line)["failed"] == 1
    assert line.venue.status == "failed"


def test_starting_again_clears_the_failure_and_stops_what_runs(line: Line) -> None:
    line.runs.fail(line.venue, Failure(code="x", message="y"))
    venue = line.runs.start_again(line.venue, "tried again")
    assert (venue.status, venue.failure, venue.run, venue.review_note) == ("planned", None, 2, "tried again")
    assert line.machines.stopped == [("venue:v-1-run-1", "tried again")]


# --- what waits for an answer that got lost -------------------------------------------------------------------------------


def test_a_complete_page_whose_messages_were_lost_is_woken(line: Line) -> None:
    line.select()
    line.request_materials(line.step("t1"))
    for task, _ in line.queue.take():
        line.desk.work(reference_to(task), produced)
    assert line.tokens.told == []
    assert sweep(line) == NOTHING | {"completed": 1}
    assert line.tokens.told == [("materials", "t1", {"ready": line.venue.materials_total})]


def test_stale_materials_are_sent_again(line: Line) -> None:
    line.select()
    line.request_materials(line.step("t1"))
    lost = len(line.queue.take())
    assert sweep(line, 200)["materials"] == 0  # the first look only doubts
    assert sweep(line, 60)["materials"] == lost
    assert len(line.queue.take()) == lost


def test_a_page_whose_materials_were_given_up_fails_its_state(line: Line) -> None:
    line.select()
    line.request_materials(line.step("t1"))
    given_up: MaterialStatus = "failed"
    for task in line.materials.of_venue("v-1"):
        line.materials.move(task, given_up, error="timed out after 5 attempts")
    assert sweep(line)["completed"] == 1
    ((_, token, said),) = line.tokens.told
    assert (token, said["error"]) == ("t1", "PermanentError")


def test_one_venue_in_trouble_does_not_hide_the_others(line: Line) -> None:
    for venue_id in ("v-0", "v-2"):
        line.venues.create(a_venue(venue_id, status="selecting"))
        line.machines.executions[f"venue:{venue_id}-run-1"] = "ABORTED"
    status = line.machines.status

    def denied(execution: str) -> ExecutionStatus:
        if execution.startswith("venue:v-1"):
            raise PermanentError("AccessDeniedException")
        return status(execution)

    line.machines.status = denied  # type: ignore[method-assign]
    with pytest.raises(PermanentError, match="AccessDenied"):  # told at the end, not swallowed
        sweep(line)
    assert [line.venues.get(venue_id).run for venue_id in ("v-0", "v-1", "v-2")] == [2, 1, 2]


# --- campaigns --------------------------------------------------------------------------------------------------------


def end_campaign_execution(line: Line, status: ExecutionStatus = "FAILED", run: int = 1) -> None:
    line.machines.executions[f"campaign:c-1-run-{run}"] = status


@pytest.mark.parametrize("status", ["requested", "planning", "building"])
def test_a_running_campaign_is_left_alone(line: Line, status: str) -> None:
    line.campaigns.update("c-1", status=status)
    assert sweep(line, 86_400) == NOTHING


@pytest.mark.parametrize("status", ["requested", "planning"])
def test_a_campaign_whose_planning_died_is_started_again(line: Line, status: str) -> None:
    line.campaigns.update("c-1", status=status)
    end_campaign_execution(line)
    assert sweep(line)["campaigns"] == 1
    campaign = line.campaigns.get("c-1")
    assert (campaign.execution, campaign.status) == ("campaign:c-1-run-2", status)
    assert line.machines.status("campaign:c-1-run-2") == "RUNNING"
    assert sweep(line) == NOTHING


def test_a_campaign_that_was_stored_and_never_started_is_started(line: Line) -> None:
    line.campaigns.create(a_campaign("c-2", status="requested"))
    assert sweep(line)["campaigns"] == 1
    assert line.campaigns.get("c-2").execution == "campaign:c-2-run-1"


def test_planning_that_dies_again_and_again_fails_with_a_reason(line: Line) -> None:
    line.campaigns.update("c-1", status="planning", execution=f"campaign:c-1-run-{MAX_RUNS}")
    end_campaign_execution(line, run=MAX_RUNS)
    sweep(line)
    campaign = line.campaigns.get("c-1")
    assert campaign.status == "failed"
    assert campaign.failure
    assert campaign.failure.mend


def test_a_campaign_is_finished_when_its_last_venue_has_ended(line: Line) -> None:
    end_campaign_execution(line, "SUCCEEDED")
    line.venues.update("v-1", run=2, status="in_review")
    line.machines.start_venue("v-1", "c-1", 2)
    assert sweep(line) == NOTHING  # started again: it goes on by itself
    line.venues.update("v-1", status="published")
    assert sweep(line)["campaigns"] == 1
    assert line.campaigns.get("c-1").status == "finished"
    assert sweep(line) == NOTHING


def test_a_campaign_whose_map_died_before_a_venue_is_started_again(line: Line) -> None:
    """Venue v-2 never ran; the next run of the campaign finds its plan, and v-1's first run by its name."""
    line.venues.create(a_venue("v-2"))
    end_campaign_execution(line, "ABORTED")
    assert sweep(line)["campaigns"] == 1
    assert line.campaigns.get("c-1").execution == "campaign:c-1-run-2"


@pytest.mark.parametrize("status", ["finished", "failed"])
def test_a_campaign_that_has_ended_is_left_alone(line: Line, status: str) -> None:
    line.campaigns.update("c-1", status=status)
    end_campaign_execution(line)
    assert sweep(line) == NOTHING


def test_the_counts_are_what_the_function_logs(line: Line) -> None:
    swept: dict[str, Any] = sweep(line)
    assert set(swept) == set(NOTHING)
