"""Live pages say what holds now. Source: ClaimsQueue (template.yaml): changed offers, published pages, a tick every minute."""

from huichang import bootstrap
from huichang.observability import count
from huichang.receiving import queue_handler

_COUNTED = {"refreshed": "ClaimsRefreshed", "withheld": "ClaimsWithheld", "unread": "ClaimsUnread", "stuck": "ClaimsStuck"}


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    for outcome in bootstrap.refresh_claims()(body):
        if outcome in _COUNTED:
            count(_COUNTED[outcome])


handler = queue_handler(work)
