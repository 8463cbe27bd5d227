"""A task for every placement's snapshot. Source: a schedule, every minute (template.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.observability import logger, step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Tick once and say how many tasks were sent."""
    done = {"tasks": bootstrap.plan_snapshots()()}
    logger.info("planned", extra=done)
    return done
