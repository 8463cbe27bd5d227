"""Beacons to counters, each exactly once. Source: BeaconQueue (template.yaml)."""

from functools import cache

from huichang import bootstrap
from huichang.delivery.beacons import CountBeacons
from huichang.receiving import queue_handler


@cache
def _count() -> CountBeacons:
    """Kept while the process is warm: it remembers for some seconds which venues are live."""
    return bootstrap.count_beacons()


def work(body: str) -> None:
    """One message. Receiving it twice does no harm."""
    _count()(body)


handler = queue_handler(work)
