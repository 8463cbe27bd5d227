"""Embed and index a batch of products. Source: IndexQueue (template.yaml)."""

from huichang import bootstrap
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    bootstrap.index_products()(body)


handler = queue_handler(work)
