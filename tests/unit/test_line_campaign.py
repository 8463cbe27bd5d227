"""A sentence is started once, planned once, and ends finished or failed with a reason."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from huichang.catalog.industries import load_industries
from huichang.kernel.clock import iso
from huichang.kernel.errors import CapReachedError, ConflictError, ForbiddenError, InvalidInputError, PermanentError, TransientError
from huichang.kernel.events import CampaignPlanned, CampaignRequested
from huichang.line.budgets import BudgetDesk, BudgetTerms
from huichang.line.campaign import (
    CloseCampaign,
    FailCampaign,
    InterpretBrief,
    PlanThemes,
    ScheduledStart,
    StartCampaign,
)
from huichang.line.keys import CampaignStep, StepError
from huichang.line.runs import Runs
from huichang.themes.model import CampaignBrief, CampaignRequest, RejectedTheme, ThemePlan
from huichang.themes.planning import LiveVenue
from huichang.venues.model import Failure
from huichang.venues.schedules import CampaignSchedule
from tests.support.line_fakes import (
    OPERATOR,
    REVIEWER,
    FakeAudit,
    FakeBus,
    FakeCampaigns,
    FakeDocuments,
    FakeMachines,
    FakeVenues,
    TickingClock,
    a_brief,
    a_campaign,
    a_theme,
    a_venue,
)
from tests.support.memory_ledger import MemoryLedger

PANDAS = CampaignRequest(sentence="帮我生成一个熊猫玩偶会场")
STEP = CampaignStep(campaign_id="c-1")


class Office:
    """The campaign's stations."""

    def __init__(self, *plans: ThemePlan) -> None:
        self.clock = TickingClock()
        self.campaigns = FakeCampaigns(self.clock)
        self.venues = FakeVenues(self.clock)
        self.documents = FakeDocuments()
        self.machines = FakeMachines()
        self.audit = FakeAudit()
        self.bus = FakeBus()
        self.ledger = MemoryLedger(self.clock)
        runs = Runs(self.venues, self.campaigns, self.machines, self.bus, self.clock)
        self.budgets = BudgetDesk(
            self.ledger, self.campaigns, self.venues, self.machines, runs, self.audit, self.clock, operators_cap=Decimal(500)
        )
        self.start = StartCampaign(self.campaigns, self.machines, self.audit, self.bus, self.clock, load_industries(), self.budgets)
        self.fail_campaign = FailCampaign(self.campaigns, self.machines, self.ledger)
        self.planner = FakePlanner(*plans)
        self.plan = PlanThemes(self.campaigns, self.venues, self.documents, self.planner, self.bus, self.clock)  # type: ignore[arg-type]


class FakePlanner:
    def __init__(self, *plans: ThemePlan) -> None:
        self.plans = list(plans)
        self.asked: list[tuple[CampaignBrief, list[LiveVenue]]] = []

    def plan(self, brief: CampaignBrief, live: list[LiveVenue]) -> ThemePlan:
        self.asked.append((brief, list(live)))
        return self.plans.pop(0)


# --- start ------------------------------------------------------------------------------------------------------------


def test_a_sentence_is_stored_told_and_started() -> None:
    office = Office()
    campaign = office.start(PANDAS, OPERATOR)
    assert office.campaigns.get(campaign.campaign_id) == campaign
    assert (campaign.status, campaign.requested_by, campaign.request) == ("requested", "olga", PANDAS)
    assert campaign.execution == f"campaign:{campaign.campaign_id}-run-1"
    assert office.machines.inputs[campaign.execution] == {"campaign_id": campaign.campaign_id}
    assert office.bus.last(CampaignRequested).requested_by == "olga"
    (entry,) = office.audit.entries
    assert (entry.action, entry.subject, entry.role) == ("create", campaign.campaign_id, "operator")


def test_without_a_key_the_same_sentence_is_two_campaigns() -> None:
    office = Office()
    assert office.start(PANDAS, OPERATOR).campaign_id != office.start(PANDAS, OPERATOR).campaign_id


def test_with_a_key_it_is_one() -> None:
    office = Office()
    first = office.start(PANDAS, OPERATOR, "key-1")
    assert office.start(PANDAS, OPERATOR, "key-1") == first
    assert (len(office.campaigns.items), len(office.machines.executions), len(office.audit.entries)) == (1, 1, 1)
    assert office.bus.names == ["CampaignRequested"]


def test_a_key_belongs_to_its_user_and_its_sentence() -> None:
    office = Office()
    first = office.start(PANDAS, OPERATOR, "key-1")
    assert office.start(PANDAS, REVIEWER, "key-1").campaign_id != first.campaign_id
    with pytest.raises(ConflictError) as caught:
        office.start(CampaignRequest(sentence="别的会场"), OPERATOR, "key-1")
    assert caught.value.where == "Idempotency-Key"
    assert len(office.campaigns.items) == 2


def test_a_start_that_died_before_its_machine_is_completed_by_the_same_key() -> None:
    office = Office()
    office.machines.failures = 1
    with pytest.raises(TransientError):
        office.start(PANDAS, OPERATOR, "key-1")
    (stored,) = office.campaigns.items.values()
    assert stored.execution == ""
    campaign = office.start(PANDAS, OPERATOR, "key-1")
    assert office.machines.status(campaign.execution) == "RUNNING"
    assert len(office.campaigns.items) == 1


@pytest.mark.parametrize(
    "changes",
    [{"sentence": ""}, {"sentence": "😀😀"}, {"sentence": "熊" * 10_000}, {"industry": "weapons"}, {"venues": 0}, {"venues": 10_000}],
)
def test_what_can_never_become_a_campaign_is_refused_and_not_stored(changes: dict[str, Any]) -> None:
    office = Office()
    with pytest.raises(InvalidInputError) as caught:
        office.start(PANDAS.model_copy(update=changes), OPERATOR)
    assert caught.value.where
    assert caught.value.mend
    assert (office.campaigns.items, office.machines.executions, office.audit.entries) == ({}, {}, [])


def test_a_schedule_starts_one_campaign_for_each_moment() -> None:
    office = Office()
    schedule = CampaignSchedule(name="mondays", request=PANDAS, cron="0 8 ? * MON *")
    sent = json.loads(json.dumps({"schedule": schedule.model_dump(mode="json"), "scheduled_time": "2026-09-07T00:00:00Z", "more": 1}))
    first = office.start.scheduled(ScheduledStart.model_validate(sent))
    assert office.start.scheduled(ScheduledStart.model_validate(sent)) == first
    later = office.start.scheduled(ScheduledStart.model_validate(sent | {"scheduled_time": "2026-09-14T00:00:00Z"}))
    assert later != first
    assert office.campaigns.get(first["campaign_id"]).requested_by == "schedule:mondays"


# --- interpret --------------------------------------------------------------------------------------------------------


class FakeInterpreter:
    def __init__(self) -> None:
        self.calls = 0

    def interpret(self, request: CampaignRequest, campaign_id: str, *, offline: bool) -> CampaignBrief:
        self.calls += 1
        return a_brief(campaign_id, offline=offline)


def test_a_brief_is_made_once_and_says_whether_it_is_offline() -> None:
    office, interpreter = Office(), FakeInterpreter()
    office.campaigns.create(a_campaign(brief=None))
    interpret = InterpretBrief(office.campaigns, interpreter, offline=True)  # type: ignore[arg-type]
    assert interpret(STEP) == {"campaign_id": "c-1"}
    assert interpret(STEP) == {"campaign_id": "c-1"}
    assert interpreter.calls == 1
    campaign = office.campaigns.get("c-1")
    assert (campaign.status, campaign.brief) == ("planning", a_brief(offline=True))


# --- plan -------------------------------------------------------------------------------------------------------------

TWO = ThemePlan(
    themes=(a_theme("熊猫玩偶"), a_theme("熊猫抱枕")),
    rejected=(RejectedTheme(name="熊猫床品", code="short_of_stock", reason="3 of 8"),),
)


def test_every_theme_becomes_a_venue_in_the_order_planned() -> None:
    office = Office(TWO)
    office.campaigns.create(a_campaign())
    answer = office.plan(STEP)
    assert answer["count"] == 2
    venues = office.venues.of_campaign("c-1")
    assert [{"venue_id": venue.venue_id, "run": 1} for venue in venues] == answer["venues"]
    assert [(venue.theme.name, venue.language, venue.status) for venue in venues] == [
        ("熊猫玩偶", "zh", "planned"),
        ("熊猫抱枕", "zh", "planned"),
    ]
    campaign = office.campaigns.get("c-1")
    assert (campaign.status, campaign.rejected) == ("building", TWO.rejected)
    assert campaign.venue_ids == tuple(venue.venue_id for venue in venues)
    planned = office.bus.last(CampaignPlanned)
    assert (planned.venues, planned.rejected) == (2, 1)


def test_a_venue_says_when_it_was_made_in_a_form_that_can_be_read() -> None:
    from datetime import datetime

    office = Office(ThemePlan(themes=tuple(a_theme(f"熊猫{n}") for n in range(30))))
    office.campaigns.create(a_campaign())
    office.plan(STEP)
    made = [venue.created_at for venue in office.venues.of_campaign("c-1")]
    assert made == sorted(set(made))
    assert [iso(datetime.fromisoformat(moment)) for moment in made] == made
    assert [venue.theme.name for venue in office.venues.of_campaign("c-1")] == [f"熊猫{n}" for n in range(30)]


def test_a_replay_finds_the_plan_and_makes_no_second_set() -> None:
    office = Office(TWO)
    office.campaigns.create(a_campaign())
    first = office.plan(STEP)
    office.venues.update(first["venues"][0]["venue_id"], status="in_review")
    assert office.plan(STEP) == first
    assert len(office.planner.asked) == 1
    assert len(office.venues.items) == 2
    assert office.venues.get(first["venues"][0]["venue_id"]).status == "in_review"


def test_a_try_that_died_between_two_venues_is_completed() -> None:
    office = Office(TWO)
    office.campaigns.create(a_campaign())
    create, made = office.venues.create, []

    def dies_at_the_second(venue: Any) -> bool:
        made.append(venue)
        if len(made) == 2:
            raise TransientError("throttled")
        return create(venue)

    office.venues.create = dies_at_the_second  # type: ignore[method-assign]
    with pytest.raises(TransientError):
        office.plan(STEP)
    office.venues.create = create  # type: ignore[method-assign]
    office.clock.pass_time(5)
    assert office.plan(STEP)["count"] == 2
    assert [venue.theme.name for venue in office.venues.of_campaign("c-1")] == ["熊猫玩偶", "熊猫抱枕"]


def test_the_planner_hears_of_other_campaigns_venues_and_not_of_ended_ones() -> None:
    office = Office(TWO)
    office.campaigns.create(a_campaign())
    for number, status in enumerate(("published", "in_review", "planned", "failed", "retired")):
        office.venues.create(a_venue(f"v-{number}", campaign_id="c-0", status=status, theme=a_theme(status)))
    office.venues.create(a_venue("v-own", status="planned", theme=a_theme("own")))
    office.plan(STEP)
    ((_, live),) = office.planner.asked
    assert sorted(venue.name for venue in live) == ["in_review", "planned", "published"]


def test_venues_of_another_catalogue_are_another_shops() -> None:
    office = Office(TWO)
    made = a_campaign()
    assert made.brief
    office.campaigns.create(made.model_copy(update={"brief": made.brief.model_copy(update={"catalogue": "mine"})}))
    for catalogue in ("mine", "another", None):
        office.venues.create(
            a_venue(f"v-{catalogue}", campaign_id="c-0", status="published", catalogue=catalogue, theme=a_theme(str(catalogue)))
        )
    office.plan(STEP)
    ((_, live),) = office.planner.asked
    assert sorted(venue.name for venue in live) == ["None", "mine"]


@pytest.mark.parametrize(
    ("rejected", "code", "mend"),
    [
        ((("short_of_stock", "3 of 8"),), "short_of_stock", "导入或招商"),
        ((("short_of_stock", "3 of 8"), ("duplicate", "like v-7")), "no_theme", "下线"),
        ((("denied", "weapons"), ("duplicate", "x")), "no_theme", "不能做促销"),
        ((("unknown_trend", "x"),), "no_theme", "换一种说法"),
    ],
)
def test_a_campaign_without_themes_fails_and_says_why(rejected: tuple[tuple[str, str], ...], code: str, mend: str) -> None:
    plan = ThemePlan(themes=(), rejected=tuple(RejectedTheme.model_validate({"name": "n", "code": c, "reason": r}) for c, r in rejected))
    office = Office(plan)
    office.campaigns.create(a_campaign())
    assert office.plan(STEP) == {"count": 0, "venues": []}
    campaign = office.campaigns.get("c-1")
    assert campaign.status == "failed"
    assert campaign.failure
    assert campaign.failure.code == code
    assert rejected[0][1] in campaign.failure.message
    assert mend in campaign.failure.mend
    CloseCampaign(office.campaigns, office.venues)(STEP)  # where the machine goes from here
    assert office.campaigns.get("c-1") == campaign


def test_nothing_at_all_has_words_too() -> None:
    office = Office(ThemePlan(themes=()))
    office.campaigns.create(a_campaign())
    office.plan(STEP)
    failure = office.campaigns.get("c-1").failure
    assert failure
    assert failure.message
    assert failure.mend


def test_planning_needs_a_brief() -> None:
    office = Office(TWO)
    office.campaigns.create(a_campaign(brief=None))
    with pytest.raises(ConflictError):
        office.plan(STEP)


# --- the two ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("venues", "before", "after"),
    [
        (("published", "failed", "retired"), "building", "finished"),
        (("failed", "failed"), "building", "finished"),
        (("published", "in_review"), "building", "building"),
        (("published",), "failed", "failed"),
    ],
)
def test_a_campaign_is_finished_when_all_its_venues_have_ended(venues: tuple[str, ...], before: str, after: str) -> None:
    office = Office()
    office.campaigns.create(a_campaign(status=before))
    for number, status in enumerate(venues):
        office.venues.create(a_venue(f"v-{number}", status=status))
    assert CloseCampaign(office.campaigns, office.venues)(STEP) == {"campaign_id": "c-1"}
    assert office.campaigns.get("c-1").status == after


@pytest.mark.parametrize(
    ("error", "code", "mend"),
    [("TransientError", "try_again", "再发一次"), ("PermanentError", "failed", "换一种说法")],
)
def test_a_campaign_that_failed_says_why(error: str, code: str, mend: str) -> None:
    office = Office()
    office.campaigns.create(a_campaign(status="planning"))
    cause = json.dumps({"errorMessage": "the model is away"})
    office.fail_campaign(STEP, StepError(Error=error, Cause=cause))
    campaign = office.campaigns.get("c-1")
    assert campaign.status == "failed"
    assert campaign.failure
    assert (campaign.failure.code, campaign.failure.message) == (code, "the model is away")
    assert mend in campaign.failure.mend


def test_what_a_job_says_of_its_failure_outlives_step_functions() -> None:
    """Of an error only class and message come through: 9.9包邮 alone must still be told to name its goods."""
    office = Office()
    office.campaigns.create(a_campaign(status="requested", brief=None))

    class Reader:
        def interpret(self, *_: Any, **__: Any) -> None:
            raise PermanentError("没有说要推广什么商品", where="sentence", mend="写出商品", code="no_subject")

    with pytest.raises(PermanentError):
        InterpretBrief(office.campaigns, Reader(), offline=True)(STEP)  # type: ignore[arg-type]
    office.fail_campaign(STEP, StepError(Error="PermanentError", Cause=json.dumps({"errorMessage": "没有说要推广什么商品"})))
    campaign = office.campaigns.get("c-1")
    assert campaign.status == "failed"
    assert campaign.failure
    assert (campaign.failure.code, campaign.failure.mend, campaign.failure.step) == ("no_subject", "写出商品", "InterpretBrief")


# --- the budget -------------------------------------------------------------------------------------------------------


def test_a_campaign_has_its_budget_before_anything_is_called() -> None:
    office = Office()
    start = office.machines.start_campaign
    seen: list[Any] = []

    def watched(campaign_id: str, run: int = 1) -> str:
        seen.append(office.ledger.budget(campaign_id))
        return start(campaign_id, run)

    office.machines.start_campaign = watched  # type: ignore[method-assign]
    campaign = office.start(PANDAS, OPERATOR, "once", BudgetTerms(cap_usd=Decimal(3), rush=True))
    assert [(budget.cap_usd, budget.rush) for budget in seen] == [(3, True)]
    assert office.audit.of(campaign.campaign_id)[0].detail["cap_usd"] == "3"
    assert office.ledger.budget(office.start(PANDAS, OPERATOR).campaign_id).cap_usd == 50


def test_a_cap_that_is_not_ones_to_set_starts_nothing() -> None:
    office = Office()
    with pytest.raises(ForbiddenError):
        office.start(PANDAS, OPERATOR, "", BudgetTerms(cap_usd=Decimal(501)))
    assert not office.campaigns.items


def test_a_sentence_that_nobody_may_pay_for_says_so_in_its_language() -> None:
    office = Office()
    office.campaigns.create(a_campaign(status="requested"))

    class Capped:
        def interpret(self, *_: Any, **__: Any) -> CampaignBrief:
            raise CapReachedError("the cap of $0.00 is reached", mend="raise it")

    office.campaigns.update("c-1", brief=None)
    with pytest.raises(CapReachedError):
        InterpretBrief(office.campaigns, Capped(), offline=True)(STEP)  # type: ignore[arg-type]
    failure = office.campaigns.get("c-1").failure
    assert failure
    assert (failure.code, failure.step) == ("cap_reached", "InterpretBrief")
    assert "提高活动的预算上限" in failure.mend


def test_a_run_that_was_replaced_fails_nothing() -> None:
    office = Office()
    office.campaigns.create(a_campaign(execution="campaign:c-1-run-2", status="planning"))
    error = StepError(Error="PermanentError", Cause="the cap is reached")
    office.fail_campaign(CampaignStep(campaign_id="c-1", execution="campaign:c-1-run-1"), error)
    assert office.campaigns.get("c-1").status == "planning"
    office.fail_campaign(CampaignStep(campaign_id="c-1", execution="campaign:c-1-run-2"), error)
    assert office.campaigns.get("c-1").status == "failed"


@pytest.mark.parametrize(("reached_at", "status", "run"), [("2026-09-01T08:00:00.000Z", "failed", 1), ("", "planning", 2)])
def test_a_campaign_that_fails_in_the_moment_its_cap_is_raised_goes_on(reached_at: str, status: str, run: int) -> None:
    """Whoever raised it looked before the failure was written down."""
    office = Office()
    failure = Failure(code="cap_reached", message="the cap is reached", mend="raise it", step="PlanThemes")
    office.campaigns.create(a_campaign(execution="campaign:c-1-run-1", status="failed", failure=failure))
    office.ledger.budgets["c-1"] = office.ledger.budget("c-1").model_copy(update={"reached_at": reached_at})
    step = CampaignStep(campaign_id="c-1", execution="campaign:c-1-run-1")
    for _ in range(2):  # a replay
        office.fail_campaign(step, StepError(Error="PermanentError", Cause="the cap is reached"))
    campaign = office.campaigns.get("c-1")
    assert (campaign.status, campaign.execution) == (status, f"campaign:c-1-run-{run}")
    assert (campaign.failure is None) == (status == "planning")
