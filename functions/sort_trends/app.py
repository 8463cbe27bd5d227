"""Embed the trends that no word could sort, and sort them. Source: a schedule, every two minutes (template.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.observability import logger, step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Sort what waits and say how many that were."""
    done = bootstrap.sort_trends()()
    logger.info("trends sorted", extra=done)
    return done
