"""EventBridge Scheduler: time zones, context attributes, and no second firing after a restart.

AWS: at() and cron() are read in ScheduleExpressionTimezone; `<aws.scheduler.…>` attributes in a target's Input are
filled in; a one-time schedule fires once. The emulator reads UTC, leaves the attributes as they are, and forgets at a
restart which one-time schedules have fired. The moment of the last firing is therefore kept in the schedule's own
record.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ministack.core.responses import new_uuid, request_scope
from ministack.services import eventbridge as eb
from ministack.services import scheduler as sc

from infra.local.fixes.guard import replace

EXPECTED = {
    "services.scheduler:_tick_schedules": "0ece514e9120",
    "services.scheduler:_create_schedule": "5b205607c15c",
    "services.scheduler:_update_schedule": "93f7fec4f7d8",
    "services.scheduler:_get_schedule": "ebbe60aadec8",
    "services.scheduler:_to_epoch": "171d744977fd",
    "services.eventbridge:_invoke_target": "550e304af080",
    "services.eventbridge:_parse_rate_seconds": "0184f31e965e",
    "services.eventbridge:_parse_cron_fields": "c88b90c1864d",
    "services.eventbridge:_cron_next_fire": "6c0efd26b612",
}

LAST_FIRED = "_LastFired"


def install() -> None:
    """Apply the fix."""
    replace("services.scheduler:_tick_schedules", tick)
    # AWS promises the minute; nobody who waits for a demonstration should wait that long.
    sc._SCHEDULE_TICK_INTERVAL = 1


def tick() -> None:
    """Fire what is due. Called every second."""
    now = time.time()
    for key, schedule in list(sc._schedules._data.items()):
        account, region, _ = key
        if schedule.get("State") != "ENABLED":
            continue
        end, start = sc._to_epoch(schedule.get("EndDate")), sc._to_epoch(schedule.get("StartDate"))
        over = end is not None and now > end
        due = None if over or (start is not None and now < start) else due_at(schedule, now)
        if due is not None:
            schedule[LAST_FIRED] = {"expression": schedule.get("ScheduleExpression"), "time": now}
            with request_scope(account, region):
                _fire(schedule, due, account, region)
        completed = over or (due is not None and _is_once(schedule))
        if completed and schedule.get("ActionAfterCompletion") == "DELETE":
            sc._schedules._data.pop(key, None)


def due_at(schedule: dict[str, Any], now: float) -> float | None:
    """The moment (epoch seconds) for which the schedule must fire at `now`, or None."""
    expression = schedule.get("ScheduleExpression", "")
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    note = schedule.get(LAST_FIRED)
    # A changed expression is a new schedule.
    last = note["time"] if note and note["expression"] == expression else None
    moment = _at(expression, zone)
    if moment is not None:
        return moment if last is None and now >= moment else None
    interval = eb._parse_rate_seconds(expression)
    if interval is not None:
        base = last if last is not None else float(sc._to_epoch(schedule.get("CreationDate")) or now)
        return base + interval if now - base >= interval else None
    fields = eb._parse_cron_fields(expression)
    if fields is None:
        return None
    base = last if last is not None else float(sc._to_epoch(schedule.get("CreationDate")) or now)
    # The cron search knows only wall clocks; give it the zone's, labelled UTC, and take the label off again.
    wall = datetime.fromtimestamp(base, tz=zone).replace(tzinfo=UTC)
    following = eb._cron_next_fire(fields, wall)
    if following is None:
        return None
    fire = following.replace(tzinfo=zone).timestamp()
    return float(fire) if now >= fire else None


def _is_once(schedule: dict[str, Any]) -> bool:
    return str(schedule.get("ScheduleExpression", "")).strip().startswith("at(")


def _at(expression: str, zone: ZoneInfo) -> float | None:
    found = re.fullmatch(r"\s*at\((.+)\)\s*", expression)
    if not found:
        return None
    try:
        return datetime.fromisoformat(found.group(1).strip()).replace(tzinfo=zone).timestamp()
    except ValueError:
        return None


def _fire(schedule: dict[str, Any], due: float, account: str, region: str) -> None:
    target = dict(schedule.get("Target") or {})
    if not target.get("Arn"):
        return
    attributes = {
        "schedule-arn": schedule.get("Arn", ""),
        "scheduled-time": datetime.fromtimestamp(due, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": new_uuid(),
        "attempt-number": "1",
    }
    if target.get("Input"):
        for name, value in attributes.items():
            target["Input"] = target["Input"].replace(f"<aws.scheduler.{name}>", value)
    event = {
        "EventId": new_uuid(),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": due,
        "Resources": [schedule.get("Arn", "")],
        "Account": account,
        "Region": region,
    }
    eb._invoke_target(target, event, schedule)
