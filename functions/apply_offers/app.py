"""New prices, stock and enrolment into the index, without an embedding. Source: OffersQueue (template.yaml)."""

from huichang import bootstrap
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    bootstrap.apply_offers()(body)


handler = queue_handler(work)
