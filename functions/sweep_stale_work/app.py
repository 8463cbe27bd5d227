"""Retry stale materials, wake complete pages, restart dead runs. Source: a schedule, every minute (template.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.observability import logger, step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Sweep once and say what was done."""
    done = bootstrap.sweep_stale_work()()
    logger.info("swept", extra=done)
    return done
