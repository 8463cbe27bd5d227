"""Write the copy of one page component. Source: CopyQueue (template.yaml)."""

from huichang import bootstrap
from huichang.receiving import queue_handler


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    bootstrap.generate_copy()(body)


handler = queue_handler(work)
