"""Look at released pages again; roll back or hide what is broken. Source: InspectionQueue (template.yaml): ticks, and events."""

from huichang import bootstrap
from huichang.observability import logger
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    logger.info("looked at released pages", extra=bootstrap.inspect_live()(body))


handler = queue_handler(work)
