"""Count finished materials; the last one wakes the page. Source: MaterialEventsQueue (template.yaml)."""

from huichang import bootstrap
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    bootstrap.collect_material()(body)


handler = queue_handler(work)
