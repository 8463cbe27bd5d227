"""What results cost at 10,000 venues: `python -m infra.bench.results [--venues N] [--cells N] [--days N] [--json]`.

One placement's day is drawn (a few venues have most of the impressions, all are shown by the even part), packed, and a look at a range
of such days is timed in CPU seconds: what a request of the API costs apart from reading the packs.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from huichang.delivery.cells import hour_of
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.results.adding import add_up, detail, in_order
from huichang.delivery.results.model import Ask
from huichang.delivery.results.packed import fill, unpack

SEGMENTS = ("none", "new", "back", "bulk", "small", "dropship", "export", "custom", "value", "fresh", "women", "men", "kids")


def a_day(day: str, venues: int, cells: int, dice: random.Random) -> dict[CellKey, Counts]:
    """About `cells` cells of a day."""
    found: dict[CellKey, Counts] = {}
    while len(found) < cells:
        explored = dice.random() < 0.4
        venue = dice.randrange(venues) if explored else min(venues - 1, int(dice.expovariate(1 / 60)))
        key = CellKey(
            window=f"{day}T{dice.randrange(24):02d}",
            placement="home",
            segment=dice.choice(SEGMENTS),
            position=dice.randint(1, 6),
            venue_id=f"v-{venue:026d}",
            explored=explored,
        )
        shown = dice.randint(1, 3) if explored else int(dice.expovariate(1 / 40)) + 1
        clicks = sum(dice.random() < 0.04 for _ in range(shown))
        found[key] = Counts(impressions=shown, clicks=clicks, carts=clicks // 2, orders=clicks // 4, order_value=1999 * (clicks // 4))
    return found


def measure(venues: int, cells: int, days: int, seed: int) -> dict[str, Any]:
    """Sizes in bytes, times in CPU seconds."""
    dice = random.Random(seed)
    first = datetime(2026, 11, 1, tzinfo=UTC)
    day = first.strftime("%Y-%m-%d")
    drawn = a_day(day, venues, cells, dice)
    windows = [(hour, {key: counts for key, counts in drawn.items() if key.window.endswith(f"T{hour:02d}")}) for hour in range(24)]
    campaigns = {key.venue_id: f"c-{int(key.venue_id[2:]) % 200:026d}" for key in drawn}
    made, packing = _timed(lambda: fill("home", day, windows, campaigns, read_at="2026-12-01T00:00:00.000Z", closed=True))
    data, writing = _timed(made.pack)
    _, opening = _timed(lambda: unpack(data))
    # The same counts under each day's name: what is in them does not change what they cost.
    packs = []
    for back in range(days):
        made.day = (first + timedelta(days=back)).strftime("%Y-%m-%d")
        packs.append(made.pack())
    looks = {}
    begins = hour_of(f"{day}T00")
    for by, more in (("venue", {}), ("campaign", {}), ("placement", {}), ("segment", {}), ("venue", {"segment": "bulk"})):
        ask = Ask.model_validate({"by": by, "first": begins, "end": begins + 24 * days, **more})
        looks[f"{by} {' '.join(more.values())}".strip()] = round(_timed(partial(_look, ask, packs))[1], 2)
    return {
        "venues": len(made.venues),
        "cells": len(drawn),
        "groups": len(made.groups.venue),
        "days": days,
        "pack_bytes": len(data),
        "pack_seconds": round(packing + writing, 2),
        "open_seconds": round(opening, 3),
        "look_cpu_seconds": looks,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _look(ask: Ask, packs: list[bytes]) -> None:
    sums = add_up(ask, packs)
    detail(ask, packs, in_order(ask, sums)[:20], {}, 0.05)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    done = work()
    return done, time.process_time() - began


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venues", type=int, default=10_000)
    parser.add_argument("--cells", type=int, default=205_000)
    parser.add_argument("--days", type=int, default=35)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON value")
    given = parser.parse_args()
    found = measure(given.venues, given.cells, given.days, given.seed)
    print(json.dumps(found, indent=None if given.json else 1))


if __name__ == "__main__":
    main()
