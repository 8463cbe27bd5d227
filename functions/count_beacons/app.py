"""Beacons to counters, each exactly once. Source: BeaconQueue (template.yaml)."""

from collections.abc import Collection, Sequence
from functools import cache

from huichang import bootstrap
from huichang.delivery.events.counting import CountEvents
from huichang.observability import count
from huichang.receiving import batch_handler


@cache
def _count() -> CountEvents:
    """Kept while the process is warm: it remembers for some seconds which venues are live."""
    return bootstrap.count_beacons()


def work(bodies: Sequence[str]) -> Collection[int]:
    """A batch of messages. Receiving any of them twice does no harm."""
    done = _count()(bodies)
    for name in ("counted", "repeated", "unknown", "too_late", "too_many"):
        if number := getattr(done, name):
            count(f"beacons_{name}", number)
    return done.unreadable


handler = batch_handler(work)
