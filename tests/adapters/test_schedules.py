"""Campaign schedules on EventBridge Scheduler."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from huichang.adapters import aws
from huichang.adapters import schedules as schedules_module
from huichang.adapters.schedules import EventBridgeSchedules
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, PermanentError, TransientError
from huichang.line.campaign import ScheduledStart
from huichang.themes.model import CampaignRequest
from huichang.venues.schedules import CampaignSchedule
from tests.support.moto_aws import Failing, client_error, moto_aws

GROUP = "huichang-campaigns"
TARGET = "arn:aws:lambda:eu-west-1:123456789012:function:huichang-start-campaign"
ROLE = "arn:aws:iam::123456789012:role/scheduler"


@pytest.fixture
def schedules() -> Iterator[EventBridgeSchedules]:
    with moto_aws():
        boto3.client("scheduler").create_schedule_group(Name=GROUP)
        yield EventBridgeSchedules(GROUP, ROLE, TARGET)


def a_schedule(name: str = "mid-autumn", **changes: Any) -> CampaignSchedule:
    values: dict[str, Any] = {"name": name, "request": CampaignRequest(sentence="中秋月饼礼盒"), "created_by": "op"}
    return CampaignSchedule.model_validate(values | (changes or {"at": "2026-09-20T08:00:00"}))


def test_once_at_local_time_and_then_gone(schedules: EventBridgeSchedules) -> None:
    schedules.create(a_schedule())
    stored = boto3.client("scheduler").get_schedule(Name="mid-autumn", GroupName=GROUP)
    assert stored["ScheduleExpression"] == "at(2026-09-20T08:00:00)"
    assert stored["ScheduleExpressionTimezone"] == "Asia/Shanghai"
    assert stored["ActionAfterCompletion"] == "DELETE"
    assert stored["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert (stored["Target"]["Arn"], stored["Target"]["RoleArn"]) == (TARGET, ROLE)
    assert stored["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_again_and_again(schedules: EventBridgeSchedules) -> None:
    schedules.create(a_schedule("mondays", cron="0 8 ? * MON *", timezone="Europe/Paris"))
    stored = boto3.client("scheduler").get_schedule(Name="mondays", GroupName=GROUP)
    assert stored["ScheduleExpression"] == "cron(0 8 ? * MON *)"
    assert stored["ScheduleExpressionTimezone"] == "Europe/Paris"
    assert stored["ActionAfterCompletion"] == "NONE"


def test_what_the_function_receives_starts_one_campaign_per_moment(schedules: EventBridgeSchedules) -> None:
    schedules.create(a_schedule())
    sent = boto3.client("scheduler").get_schedule(Name="mid-autumn", GroupName=GROUP)["Target"]["Input"]
    assert "<aws.scheduler.scheduled-time>" in sent
    start = ScheduledStart.model_validate(json.loads(sent.replace("<aws.scheduler.scheduled-time>", "2026-09-20T00:00:00Z")))
    assert start.schedule == a_schedule()
    assert start.scheduled_time == "2026-09-20T00:00:00Z"


def test_schedules_are_listed_and_deleted(schedules: EventBridgeSchedules) -> None:
    assert schedules.all() == []
    second = a_schedule("mondays", cron="0 8 ? * MON *")
    schedules.create(a_schedule())
    schedules.create(second)
    assert sorted(schedules.all(), key=lambda s: s.name) == [a_schedule(), second]
    schedules.delete("mid-autumn")
    assert schedules.all() == [second]
    with pytest.raises(NotFoundError, match="there is no schedule mid-autumn"):
        schedules.delete("mid-autumn")


def test_a_name_is_taken_once(schedules: EventBridgeSchedules) -> None:
    schedules.create(a_schedule())
    with pytest.raises(ConflictError, match="mid-autumn"):
        schedules.create(a_schedule())


def test_a_schedule_that_fires_while_the_list_is_read_is_left_out(schedules: EventBridgeSchedules, monkeypatch: pytest.MonkeyPatch) -> None:
    schedules.create(a_schedule("a"))
    schedules.create(a_schedule("b"))
    gone = Failing(aws.client("scheduler"), "get_schedule", client_error("ResourceNotFoundException"), times=1)
    monkeypatch.setattr(schedules_module, "client", lambda _: gone)
    assert len(schedules.all()) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ValidationException", InvalidInputError),
        ("ConflictException", ConflictError),
        ("ThrottlingException", TransientError),
        ("InternalServerException", PermanentError),
        ("AccessDeniedException", PermanentError),
    ],
)
def test_errors_of_creating(schedules: EventBridgeSchedules, monkeypatch: pytest.MonkeyPatch, code: str, kind: type[Exception]) -> None:
    failing = Failing(object(), "create_schedule", client_error(code))
    monkeypatch.setattr(schedules_module, "client", lambda _: failing)
    with pytest.raises(kind) as caught:
        schedules.create(a_schedule(cron="not a cron expression"))
    assert type(caught.value) is kind


@pytest.mark.parametrize("call", ["delete_schedule", "get_schedule"])
def test_throttling_is_transient(schedules: EventBridgeSchedules, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    schedules.create(a_schedule())
    busy = Failing(aws.client("scheduler"), call, client_error("ThrottlingException"))
    monkeypatch.setattr(schedules_module, "client", lambda _: busy)
    with pytest.raises(TransientError):
        schedules.delete("mid-autumn") if call == "delete_schedule" else schedules.all()
