"""Turn rows of an uploaded file into products, a slice at a time. Source: ImportQueue (template.yaml)."""

from huichang import bootstrap
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    bootstrap.import_catalogue()(body)


handler = queue_handler(work)
