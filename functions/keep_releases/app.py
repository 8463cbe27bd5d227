"""Release and retire what is due, complete what was interrupted. Source: a schedule, every minute (template.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.observability import logger, step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Tick once and say what was done."""
    done = bootstrap.keep_releases()()
    logger.info("kept", extra=done)
    return done
