"""Start a campaign that somebody scheduled. Source: EventBridge Scheduler (adapters/schedules.py)."""

from typing import Any

from huichang import bootstrap
from huichang.line.campaign import ScheduledStart
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The same schedule and time start one campaign, however often they are delivered."""
    return bootstrap.start_scheduled_campaign()(ScheduledStart.model_validate(event))
