"""A new key for decision tokens; the one before stays valid for a week more. Source: a schedule (template.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, bool]:
    """One event of the schedule; its id makes a repeated delivery harmless."""
    return {"rotated": bootstrap.rotate_decision_key()(str(event["id"]))}
