"""Campaign schedules on EventBridge Scheduler."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from huichang.venues.schedules import CampaignSchedule


class EventBridgeSchedules:
    """Each schedule invokes the function start_campaign with its campaign request."""

    def __init__(self, group: str, role_arn: str, target_arn: str) -> None:
        self._group = group
        self._role = role_arn
        self._target = target_arn

    def create(self, schedule: CampaignSchedule) -> None:
        """See CampaignSchedules."""
        target: dict[str, Any] = {
            "Arn": self._target,
            "RoleArn": self._role,
            # <aws.scheduler.scheduled-time> makes the campaign's id: a repeated invocation starts nothing twice.
            "Input": json.dumps({"schedule": schedule.model_dump(mode="json"), "scheduled_time": "<aws.scheduler.scheduled-time>"}),
            "RetryPolicy": {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 3600},
        }
        expression = f"at({schedule.at})" if schedule.at else f"cron({schedule.cron})"
        with translated(f"schedule {schedule.name}"):
            try:
                client("scheduler").create_schedule(
                    Name=schedule.name,
                    GroupName=self._group,
                    ScheduleExpression=expression,
                    ScheduleExpressionTimezone=schedule.timezone,
                    FlexibleTimeWindow={"Mode": "OFF"},
                    Target=target,
                    ActionAfterCompletion="DELETE" if schedule.at else "NONE",
                )
            except ClientError as error:
                if error_code(error) == "ConflictException":
                    raise ConflictError(f"a schedule named {schedule.name} exists", where="name") from error
                if error_code(error) == "ValidationException":
                    raise InvalidInputError(
                        f"EventBridge does not take this schedule: {error}", where="at/cron", mend="see docs/api.md"
                    ) from error
                raise

    def all(self) -> list[CampaignSchedule]:
        """See CampaignSchedules."""
        found = []
        with translated("schedules"):
            pages = client("scheduler").get_paginator("list_schedules").paginate(GroupName=self._group)
            names = [entry["Name"] for page in pages for entry in page["Schedules"]]
            for name in names:
                try:
                    answer = client("scheduler").get_schedule(Name=name, GroupName=self._group)
                except ClientError as error:
                    if error_code(error) == "ResourceNotFoundException":  # it fired meanwhile and removed itself
                        continue
                    raise
                found.append(CampaignSchedule.model_validate(json.loads(answer["Target"]["Input"])["schedule"]))
        return found

    def delete(self, name: str) -> None:
        """See CampaignSchedules."""
        with translated(f"schedule {name}"):
            try:
                client("scheduler").delete_schedule(Name=name, GroupName=self._group)
            except ClientError as error:
                if error_code(error) == "ResourceNotFoundException":
                    raise NotFoundError(f"there is no schedule {name}", where="name") from error
                raise
