"""A cap that is reached stops what costs money, says so, and raising it lets everything go on where it stopped."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from huichang.catalog.industries import load_industries
from huichang.kernel.errors import CapReachedError, ForbiddenError, InvalidInputError, NotFoundError, ThrottledError
from huichang.kernel.model import Model
from huichang.line.budgets import BudgetDesk, BudgetTerms
from huichang.line.campaign import StartCampaign
from huichang.line.keys import StepError
from huichang.materials.model import MaterialRequest
from huichang.themes.model import CampaignRequest
from huichang.venues.model import Actor, Failure
from tests.support.line_fakes import OPERATOR, Line, reference_to
from tests.support.memory_ledger import MemoryLedger

ADMIN = Actor(name="ada", role="admin")
REACHED = "the campaign's cap of $1.00 is reached: $0.9900 spent, $0.0000 held, and this call may cost $0.0200"


def terms(**given: Any) -> BudgetTerms:
    return BudgetTerms.model_validate(given)


def desk_of(line: Line) -> BudgetDesk:
    line.ledger = MemoryLedger(line.clock, default_cap=Decimal(1))
    line.fail_venue = replace(line.fail_venue, ledger=line.ledger)
    return BudgetDesk(
        line.ledger, line.campaigns, line.venues, line.machines, line.runs, line.audit, line.clock, operators_cap=Decimal(500)
    )


def capped(_: MaterialRequest) -> Model:
    raise CapReachedError(REACHED, mend="raise it")


def reach(line: Line) -> None:
    """As the ledger writes it when it refuses a call."""
    budget = line.ledger.budget("c-1")
    line.ledger.budgets["c-1"] = budget.model_copy(update={"reached_at": "2026-09-01T08:00:00.000Z"})


def stop_at_the_cap(line: Line, *kinds: str, fails: bool = True) -> None:
    """The materials of these kinds find the cap reached, the others are made; then the state fails."""
    reach(line)
    line.select()
    line.request_materials(line.step("t1"))
    for task, _ in line.queue.take():
        if task.kind in kinds:
            line.desk.work(reference_to(task), capped)
        else:
            line.queue.send([task])
    line.make()
    line.collect.collect("v-1")
    _, _, said = line.tokens.told[0]
    if fails:
        line.fail_venue(line.step(), StepError(Error=said["error"], Cause=said["cause"]))


@pytest.mark.parametrize("kinds", [("copy",), ("image",), ("copy", "image")])
def test_a_venue_that_stops_at_the_cap_says_so_and_goes_on_when_it_is_raised(kinds: tuple[str, ...]) -> None:
    line = Line()
    desk = desk_of(line)
    line.campaigns.update("c-1", execution=line.machines.start_campaign("c-1"), status="finished")
    stop_at_the_cap(line, *kinds)
    failure = line.venue.failure
    assert failure
    assert (line.venue.status, failure.code, failure.message) == ("failed", "cap_reached", "活动的模型费用已达到预算上限")
    assert "提高活动的预算上限" in failure.mend
    assert failure.step == "RequestMaterials"
    step = line.venues.step("v-1", "RequestMaterials")
    assert step
    assert (step.code, step.error) == ("cap_reached", REACHED)  # the amounts, for who asks
    assert desk.show("c-1").stopped == 1
    ready = {task.material_id for task in line.materials.of_venue("v-1") if task.status == "ready"}

    seen = desk.change("c-1", terms(cap_usd=80), OPERATOR)
    assert (seen.budget.cap_usd, seen.left_usd, seen.stopped, seen.resumed) == (80, 80, 0, 1)
    assert (line.venue.status, line.venue.run, line.venue.failure) == ("planned", 2, None)
    assert line.machines.status(line.machines.venue_execution("v-1", 2)) == "RUNNING"
    assert line.campaigns.get("c-1").status == "building"
    # What was made is not made again; what was not, is.
    line.tokens.told.clear()
    line.select()
    line.request_materials(line.step("t2"))
    assert {task.material_id for task, _ in line.queue.sent}.isdisjoint(ready)
    line.make()
    ((_, _, said),) = line.tokens.told
    assert "ready" in said
    (entry,) = line.audit.of("c-1")
    assert (entry.action, entry.actor, entry.detail["to"]) == ("set_budget", "olga", {"cap_usd": "80", "rush": False})
    assert desk.change("c-1", terms(cap_usd=80), OPERATOR).resumed == 0


def test_a_venue_that_fails_in_the_moment_the_cap_is_raised_goes_on_too() -> None:
    """The cap is raised between the refusal and the record of the failure: whoever raised it could not see the venue."""
    line = Line()
    desk = desk_of(line)
    stop_at_the_cap(line, "copy", fails=False)
    assert desk.change("c-1", terms(cap_usd=80), OPERATOR).resumed == 0
    _, _, said = line.tokens.told[0]
    line.fail_venue(line.step(), StepError(Error=said["error"], Cause=said["cause"]))
    assert (line.venue.status, line.venue.run, line.venue.failure) == ("planned", 2, None)
    assert line.machines.status(line.machines.venue_execution("v-1", 2)) == "RUNNING"
    line.fail_venue(line.step(run=1), StepError(Error=said["error"], Cause=said["cause"]))  # a replay
    assert line.venue.run == 2


def test_a_campaign_with_a_cap_of_nothing_is_told_so_when_it_is_made() -> None:
    line = Line()
    desk = desk_of(line)
    start = StartCampaign(line.campaigns, line.machines, line.audit, line.bus, line.clock, load_industries(), desk)
    made = start(CampaignRequest(sentence="熊猫玩偶"), OPERATOR, "", terms(cap_usd=0))
    assert "预算上限是 0" in made.note["zh"]
    assert "no model is called" in made.note["en"]
    assert start(CampaignRequest(sentence="熊猫玩偶"), OPERATOR, "", terms(rush=True)).note == {}


def test_a_step_that_stops_at_the_cap_says_so() -> None:
    line = Line()
    reach(line)
    with pytest.raises(CapReachedError), line.journal.step(line.step(), "RecallByRules"):
        raise CapReachedError(REACHED)
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause=f'{{"errorMessage": "{REACHED}"}}'))
    failure = line.venue.failure
    assert failure
    assert (failure.code, failure.step) == ("cap_reached", "RecallByRules")


def test_money_that_did_not_come_back_in_time_is_a_cap_that_is_reached() -> None:
    line = Line()
    held = "$0.9000 of the campaign's cap of $1.00 are held for calls under way"
    with pytest.raises(ThrottledError), line.journal.step(line.step(), "ExpandTheme"):
        raise ThrottledError(held, retry_after=4, code="budget_held")
    line.fail_venue(line.step(), StepError(Error="ThrottledError", Cause=f'{{"errorMessage": "{held}"}}'))
    assert line.venue.failure
    assert line.venue.failure.code == "cap_reached"


def test_an_old_cap_is_no_reason_for_another_failure() -> None:
    line = Line()
    with pytest.raises(CapReachedError), line.journal.step(line.step(), "RecallByRules"):
        raise CapReachedError(REACHED)
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause='{"errorMessage": "no goods"}'))
    assert line.venue.failure
    assert line.venue.failure.code == "failed"


@pytest.mark.parametrize(("execution", "again"), [("campaign:c-1-run-3", "campaign:c-1-run-4"), ("", "campaign:c-1-run-1")])
def test_a_campaign_that_stopped_at_the_cap_is_planned_on(execution: str, again: str) -> None:
    line = Line()
    desk = desk_of(line)
    failure = Failure(code="cap_reached", message=REACHED, mend="raise it", step="PlanThemes")
    line.campaigns.update("c-1", status="failed", failure=failure.model_dump(), execution=execution)
    assert desk.change("c-1", terms(cap_usd=5), OPERATOR).resumed == 1
    campaign = line.campaigns.get("c-1")
    assert (campaign.status, campaign.failure, campaign.execution) == ("planning", None, again)


def test_what_failed_for_another_reason_stays_failed() -> None:
    line = Line()
    desk = desk_of(line)
    line.venues.update("v-1", status="failed", failure=Failure(code="failed", message="no goods").model_dump())
    assert desk.change("c-1", terms(cap_usd=5), OPERATOR).resumed == 0
    assert line.venue.status == "failed"


def test_nothing_goes_on_without_room() -> None:
    line = Line()
    desk = desk_of(line)
    stop_at_the_cap(line, "copy")
    assert desk.change("c-1", terms(cap_usd=0), OPERATOR).resumed == 0
    assert desk.change("c-1", terms(rush=True), OPERATOR).budget.rush
    assert line.venue.status == "failed"


def test_what_is_not_named_stays() -> None:
    line = Line()
    desk = desk_of(line)
    assert desk.change("c-1", terms(cap_usd=7), OPERATOR).budget.rush is False
    seen = desk.change("c-1", terms(rush=True), OPERATOR).budget
    assert (seen.cap_usd, seen.rush) == (7, True)


@pytest.mark.parametrize("cap", [501, None])
def test_a_high_cap_is_for_an_admin_to_set(cap: int | None) -> None:
    line = Line()
    desk = desk_of(line)
    with pytest.raises(ForbiddenError, match=r"above \$500.00"):
        desk.change("c-1", terms(cap_usd=cap), OPERATOR)
    assert desk.show("c-1").budget.cap_usd == 1
    assert desk.change("c-1", terms(cap_usd=cap), ADMIN).budget.cap_usd == cap


def test_what_cannot_be_is_told() -> None:
    desk = desk_of(Line())
    with pytest.raises(InvalidInputError, match="nothing is to be changed"):
        desk.change("c-1", terms(), OPERATOR)
    with pytest.raises(NotFoundError):
        desk.change("c-9", terms(cap_usd=1), OPERATOR)
    with pytest.raises(NotFoundError):
        desk.show("c-9")
