"""One placement's snapshot, if anything changed. Source: SnapshotQueue (template.yaml): ticks, and whoever asks."""

from huichang import bootstrap
from huichang.observability import count, logger
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    built = bootstrap.build_snapshot()(body)
    if built is not None:
        count(f"snapshots_{built.outcome}")
        if built.pointer is not None:
            seen = built.pointer
            logger.info("snapshot %s", built.outcome, extra={"placement": seen.placement, "version": seen.version, "number": seen.number})


handler = queue_handler(work)
