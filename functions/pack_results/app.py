"""Pack the days that are closed, so that results are read at once. Source: a schedule, every hour (template.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.observability import logger, step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Pack what is missing and say how much it was."""
    done = bootstrap.pack_closed_days()()
    logger.info("packed", extra=done)
    return done
