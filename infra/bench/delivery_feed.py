"""`python -m infra.bench.delivery_feed`: what a whole feed decision costs beside one read of DynamoDB, in the same run.

10,000 venues, 200 placements, 50 segments. The embedded cloud is started on fresh state with the real table and bucket. `--built`
placements are built by BuildSnapshots from a day of counters (delivery_scale.py says which) and stored; the others are copies of these
under names of their own, as objects of their own, so that the process under test really reads, opens and holds every placement.

A decision is everything that functions/serve_feed does with a request: the query, the snapshot held by the process (its pointer read
again after ten seconds), the draw with its probabilities, the write of the log, the signature of every item, notes, and the
answer as JSON. Decisions and reads (one GetItem of the same table, of an item of 1 KB, read consistently by the same client)
take turns, so that both see the same machine at the same moment. Requests come to placements and segments by a power law; one in five asks
for the page after its last one, one in ten for one language, one in ten for a size that no policy was built for.

The last line of standard output is one JSON object:
machine, venues, placements, segments, built, seed
build    {cpu_s_p50 (of a placement, all windows read), ruled_cpu_s_p50 (after another rule), again_cpu_s_p50 (after more clicks in one
         segment), unchanged_cpu_s_p50, object_kb_p50}: seconds of this process, which do not depend on the machine's other work
cold     {first_ms_p50, first_ms_max: the first decision of a placement: pointer, object, unpacking; with_venues_ms: of the very first, with
         the list of venues}
decision {count, p50_ms, p99_ms}, by_kind (the same for plain, next_page, language, other_size)
read     {count, p50_ms, p99_ms}
write    {p50_ms, p99_ms}: of the log alone, as part of the decisions
own_ms   {p50, p99}: a decision without its write and its reads
ratio    {p50, p99}: decision over read; held_mb: by how much the process grew with all placements in memory
Exit status 1: p99 of the decisions is above three times that of the reads, or an answer was empty, unsigned, or had
a probability outside (0, 1].
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from huichang.adapters import aws
from huichang.adapters.dynamodb.delivery import DynamoDelivery
from huichang.adapters.dynamodb.table import Item, Table
from huichang.adapters.s3 import Bucket
from huichang.adapters.snapshots import StoredSnapshots
from huichang.delivery.cells import Cell, window_of
from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.events.offering import SignedOffers
from huichang.delivery.events.tokens import Key
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.delivery.segments import SEGMENTS
from huichang.delivery.serving.building import BuildSnapshots
from huichang.delivery.serving.feed import Feed
from huichang.delivery.serving.model import Pointer, Size
from huichang.delivery.serving.warm import Warm
from huichang.kernel.clock import SystemClock
from huichang.kernel.language import both
from huichang.web.buyers import EventHandler, feed_app
from infra.bench.delivery_scale import hour_of_cells
from infra.bench.figures import quantile
from infra.bench.line import BenchError, fresh_cloud, say
from infra.bench.machine import machine
from infra.bench.unruled import BuiltInPolicy, NoStandings
from infra.local.cloud import ACCOUNT, REGION, EmbeddedCloud

SLOTS, ASKED = 10, 6
HOURS, ANSWERS = 12, 2000
PROMISED = 3.0
_SEGMENTS = sorted(SEGMENTS)


class _World:
    """What the builder is told: placements, venues, rules, counters of a day."""

    def __init__(self, venues: int, placements: int, segments: int, seed: int, now: datetime) -> None:
        dice = random.Random(seed)
        self.names = [f"place-{number:03d}" for number in range(placements)]
        self.venues = [_venue(number, dice) for number in range(venues)]
        self.rng = np.random.default_rng(seed)
        self.floor = 0.01
        self._size = (venues, segments)
        self._now = now
        self._cells: dict[tuple[str, str], dict[CellKey, Counts]] = {}

    def all(self) -> list[Placement]:
        return [_placement(name) for name in self.names]

    def get(self, name: str) -> Placement | None:
        return _placement(name) if name in self.names else None

    def controls(self, placement: str, now: datetime) -> Controls:  # noqa: ARG002 - a port's signature
        floors = {venue.venue_id: VenueRule(floor=self.floor) for venue in self.venues[:50]}
        return Controls(venues=floors, industry_cap=0.4, merchant_cap=0.3)

    def sizes(self, placement: str) -> list[Size]:  # noqa: ARG002
        return [Size(None, ASKED), Size("en", ASKED)]

    def note(self, placement: str, sizes: object) -> None:
        """What is asked for here is known before."""

    def count(self, placement: str) -> None:
        for ago in range(HOURS):
            moment = self._now - timedelta(hours=ago)
            made = hour_of_cells(self.rng, placement, *self._size, 0, ANSWERS)
            self._cells[placement, window_of(moment)] = dict(_counted(cell, window_of(moment)) for cell in made)

    def count_more(self, placement: str) -> None:
        window = window_of(self._now)
        cell = next(key for key in self._cells[placement, window] if key.segment == _SEGMENTS[0])
        known = self._cells[placement, window][cell]
        self._cells[placement, window][cell] = known + Counts(impressions=40, clicks=20)

    def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
        return self._cells.get((placement, window), {})


class _Timed(Table):
    """The table, with the time that its calls take."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.spent = 0.0
        self.writes: list[float] = []

    def put(self, item: Item, **how: Any) -> bool:
        with self._watch() as took:
            done = super().put(item, **how)
        self.writes.append(took[0])
        return done

    def get(self, pk: str, sk: str) -> Item | None:
        with self._watch():
            return super().get(pk, sk)

    @contextmanager
    def _watch(self) -> Iterator[list[float]]:
        took, began = [0.0], time.perf_counter()
        yield took
        took[0] = time.perf_counter() - began
        self.spent += took[0]


class _Keys:
    """One key, as a warm process holds it."""

    def signing(self) -> Key:
        return Key(b"a key for a benchmark, and for nothing else")

    def named(self, name: str) -> Key | None:
        return self.signing() if name == self.signing().name else None


def _placement(name: str) -> Placement:
    return Placement(name=name, kind="public", what=both(name, name), slots=SLOTS)


def _venue(number: int, dice: random.Random) -> LiveVenue:
    return LiveVenue(
        venue_id=f"venue-{number:06d}",
        title=f"会场 {number}：{dice.choice(['熊猫玩偶', '瑜伽垫', '手冲咖啡'])}专场",
        subtitle="满三件八折，全场包邮",
        href=f"/v/venue-{number:06d}/",
        picture=f"/media/{dice.getrandbits(128):032x}.jpg",
        industry=f"i{number % 12}",
        language="en" if number % 3 == 0 else "zh",
        published_at=f"2026-{1 + number % 11:02d}-01T08:00:00.000Z",
        campaign_id=f"c-{number % 700}",
        kind=f"k{number % 5}",
        merchant=f"m{number % 400}",
    )


def _counted(cell: Cell, window: str) -> tuple[CellKey, Counts]:
    # The busiest are those that requests can name (delivery/segments.py).
    number = int(cell.segment[1:])
    segment = _SEGMENTS[number] if number < len(_SEGMENTS) else cell.segment
    key = CellKey(window=window, placement=cell.placement, segment=segment, position=cell.position, venue_id=cell.venue_id)
    return key, Counts(impressions=cell.impressions, clicks=cell.clicks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it. Returns the exit status."""
    parser = argparse.ArgumentParser(description="a feed decision beside one read of DynamoDB")
    parser.add_argument("--venues", type=int, default=10_000)
    parser.add_argument("--placements", type=int, default=200)
    parser.add_argument("--segments", type=int, default=50)
    parser.add_argument("--built", type=int, default=3)
    parser.add_argument("--decisions", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    about = machine()
    with fresh_cloud(1, None) as cloud, _addressed(cloud):
        table, bucket = _Timed(cloud.outputs["StateTableName"]), Bucket(cloud.outputs["BodyBucketName"])
        world = _World(asked.venues, asked.placements, asked.segments, asked.seed, datetime.now(UTC))
        store = StoredSnapshots(table, bucket)
        built = _built(world, store, asked.built)
        measured = _measured(world, store, table, asked.decisions, random.Random(asked.seed))
    sizes = {name: getattr(asked, name) for name in ("venues", "placements", "segments", "built", "seed")}
    print(json.dumps({"machine": about, **sizes, "build": built, **measured}))
    return 1 if measured["ratio"]["p99"] > PROMISED or measured["wrong"] else 0


@contextmanager
def _addressed(cloud: EmbeddedCloud) -> Iterator[None]:
    """Our own adapters on the embedded cloud."""
    import os

    told = {
        "AWS_ENDPOINT_URL": cloud.client("dynamodb").meta.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    aws.client.cache_clear()
    try:
        yield
    finally:
        aws.client.cache_clear()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _built(world: _World, store: StoredSnapshots, count: int) -> dict[str, Any]:
    build = BuildSnapshots(
        placements=world,
        live=lambda: world.venues,
        cells=world,
        rulebook=world,
        standings=NoStandings(),
        policy=BuiltInPolicy(),
        store=store,
        clock=SystemClock(),
        asked=world,
    )
    whole: list[float] = []
    ruled: list[float] = []
    again: list[float] = []
    unchanged: list[float] = []
    bodies: list[bytes] = []
    made: list[Pointer] = []
    for name in world.names[:count]:
        world.count(name)
        for took, outcome in ((whole, "built"), (unchanged, "unchanged")):
            began = time.process_time()
            found = build(name)
            took.append(time.process_time() - began)
            if found.outcome != outcome:
                raise BenchError(f"{name} was to be {outcome}, and is {found.outcome}")
        world.floor += 0.001
        began = time.process_time()
        build(name)
        ruled.append(time.process_time() - began)
        world.count_more(name)
        began = time.process_time()
        last = build(name).pointer
        again.append(time.process_time() - began)
        if last is None:
            raise BenchError(f"{name} has no snapshot")
        made.append(last)
        bodies.append(store.get(last.key))
        took_all = f"{whole[-1]:.2f} s, ruled {ruled[-1]:.2f} s, again {again[-1]:.2f} s, unchanged {unchanged[-1]:.2f} s"
        say(f"{name}: {took_all}, {len(bodies[-1]) / 1024:.0f} kB")
    for number, name in enumerate(world.names[count:]):
        like = made[number % count]
        body = bodies[number % count].replace(like.placement.encode(), name.encode())
        pointer = like.model_copy(update={"placement": name, "number": 1, "key": f"snapshots/{name}/copy"})
        store.put(pointer.key, body)
        if not store.point(pointer):
            raise BenchError(f"{name} was pointed to before")
    return {
        "cpu_s_p50": round(quantile(whole, 0.5), 2),
        "ruled_cpu_s_p50": round(quantile(ruled, 0.5), 2),
        "again_cpu_s_p50": round(quantile(again, 0.5), 2),
        "unchanged_cpu_s_p50": round(quantile(unchanged, 0.5), 2),
        "object_kb_p50": round(quantile([len(body) for body in bodies], 0.5) / 1024, 1),
    }


def _measured(world: _World, store: StoredSnapshots, table: _Timed, count: int, dice: random.Random) -> dict[str, Any]:
    feed = Feed(Warm(store, SystemClock()), DynamoDelivery(table, SystemClock()), world, _Keys(), SystemClock(), generator=dice)
    app = feed_app(SignedOffers(feed, _Keys()))
    table.put({"pk": "BENCH", "sk": "READ", "body": "x" * 1000})
    before = _resident_mb()
    began = time.perf_counter()
    _ask(app, world.names[0], {})
    venues_ms = (time.perf_counter() - began) * 1000
    cold = []
    for name in world.names[1:]:
        began = time.perf_counter()
        _ask(app, name, {})
        cold.append((time.perf_counter() - began) * 1000)
    # A process is warm when it has answered each kind of question once.
    for name in world.names:
        for query in ({"slots": "4"}, {"language": "en"}, {"language": "zh"}):
            _ask(app, name, query)
    say(f"cold: {quantile(cold, 0.5):.1f} ms a placement")
    decisions: dict[str, list[float]] = {"plain": [], "next_page": [], "language": [], "other_size": []}
    reads, own, wrong = [], [], 0
    cursors: dict[str, str] = {}
    table.writes.clear()
    for _ in range(count):
        name = world.names[min(int(dice.paretovariate(0.6)) - 1, len(world.names) - 1)]
        query = {"segment": _SEGMENTS[min(int(dice.paretovariate(0.8)) - 1, len(_SEGMENTS) - 1)]}
        lot, kind = dice.random(), "plain"
        if lot < 0.2 and cursors.get(name):
            kind, query["cursor"] = "next_page", cursors.pop(name)
        elif lot < 0.3:
            kind, query["language"] = "language", dice.choice(["zh", "en"])
        elif lot < 0.4:
            kind, query["slots"] = "other_size", "4"
        spent, began = table.spent, time.perf_counter()
        answer = _ask(app, name, query)
        took = time.perf_counter() - began
        decisions[kind].append(took * 1000)
        own.append((took - (table.spent - spent)) * 1000)
        cursors[name] = answer["next"]
        wrong += not answer["items"] or not all(0 < item["propensity"] <= 1 and item["token"] for item in answer["items"])
        began = time.perf_counter()
        Table.get(table, "BENCH", "READ")
        reads.append((time.perf_counter() - began) * 1000)
    every = [each for listed in decisions.values() for each in listed]
    return {
        "cold": {
            "first_ms_p50": round(quantile(cold, 0.5), 1),
            "first_ms_max": round(max(cold), 1),
            "with_venues_ms": round(venues_ms, 1),
        },
        "decision": _told(every),
        "by_kind": {kind: _told(listed) for kind, listed in decisions.items()},
        "read": _told(reads),
        "write": _told([each * 1000 for each in table.writes]),
        "own_ms": {"p50": round(quantile(own, 0.5), 2), "p99": round(quantile(own, 0.99), 2)},
        "ratio": {
            "p50": round(quantile(every, 0.5) / quantile(reads, 0.5), 2),
            "p99": round(quantile(every, 0.99) / quantile(reads, 0.99), 2),
        },
        "held_mb": round(_resident_mb() - before),
        "wrong": wrong,
    }


def _resident_mb() -> float:
    """Of this process; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text("utf-8").split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return 0.0


def _ask(app: EventHandler, placement: str, query: dict[str, str]) -> dict[str, Any]:
    event = {
        "rawPath": "/api/feed",
        "queryStringParameters": {"placement": placement, "slots": str(ASKED)} | query,
        "headers": {},
        "requestContext": {"http": {"method": "GET"}, "requestId": "bench"},
    }
    answer = app(event)
    if answer["statusCode"] != 200:
        raise BenchError(str(answer["body"]))
    return dict(json.loads(answer["body"]))


def _told(listed: Sequence[float]) -> dict[str, Any]:
    return {"count": len(listed), "p50_ms": round(quantile(listed, 0.5), 2), "p99_ms": round(quantile(listed, 0.99), 2)}


if __name__ == "__main__":
    sys.exit(main())
