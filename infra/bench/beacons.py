"""`python -m infra.bench.beacons`: beacons through the embedded cloud with nothing lost, and where their writes go on AWS.

Through the cloud: signed beacons of six placements are posted in batches of 50 at `--rate` a second for `--seconds` seconds,
5 % of them twice, 5 % and the repetitions out of order, while the queue itself delivers some messages twice and late. Then the cells
are compared with what was sent. A few hundred beacons go before, so that functions are warm.

On paper: `--requests` feed requests a second of six offers each, placements as unequal as Zipf's law makes them (the busiest of 200 has
a sixth), 10,000 venues, 50 segments, half of the offers seen and a twentieth of those clicked. A sample of batches goes through the
planner that counts for real; its items are laid on their partition keys as the adapter lays them and scaled to a second. An item of
a transaction costs 2 write units, a logged decision 1; a partition takes 1,000 a second.

The last line of standard output is one JSON object:
machine, seed
queue    {sent, distinct, posted_per_second, counted_per_second, cpu_ms_per_beacon (of all processes of the cloud: less changed by a
          busy machine than the rates are), lag_seconds (from the last post until the queue is empty), lost, too_many, refused, struck
          (messages the queue repeated or delayed)}; not there with --paper
paper    {units_per_beacon, beacons_per_transaction, shards (of the busiest placement, of all together, how many placements keep the
          default), hottest: write units a second of the hottest partition key by kind; the same with the default number of shards}
Exit status 1: something was lost or counted twice, or a partition stays too hot with as many shards as are said to be needed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx

from huichang.adapters.dynamodb.cells import DEFAULT_SHARDS
from huichang.delivery.events.cells import CellKey, Event
from huichang.delivery.events.counting import Change, plan
from huichang.delivery.events.tokens import Key, Offer, sign
from infra.bench.line import BenchError, fresh_cloud, say
from infra.bench.living import cpu_seconds
from infra.bench.machine import machine
from infra.local.cloud import EmbeddedCloud

OFFERS = 6
SEEN, CLICKED = 0.5, 0.05
PARTITION_UNITS = 1000
BATCH = 25  # messages that the counter gets at once (template.yaml)
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
PLACES = ("home", "category", "search", "cart", "shop", "message")


# --- through the embedded cloud ---------------------------------------------------------------------------------------


def beacons_of(key: Key, dice: random.Random, count: int, now: datetime) -> tuple[list[dict[str, Any]], Counter[tuple[str, str]]]:
    """Signed beacons, and what must be counted: (placement, "impressions" or "clicks")."""
    made: list[dict[str, Any]] = []
    truth: Counter[tuple[str, str]] = Counter()
    while len(made) < count:
        place, decision = dice.choice(PLACES), f"d-{dice.getrandbits(40):010x}"
        for position in range(1, OFFERS + 1):
            segment, venue_id = dice.choice(["none", "bulk", "value"]), f"v-{dice.randrange(40)}-{position}"
            said = {"decision_id": decision, "placement": place, "segment": segment, "venue_id": venue_id, "position": position}
            offer = Offer.model_validate(said | {"explored": False, "propensity": 0.1, "at": now})
            clicked = dice.random() < CLICKED
            for kind in ("impression", "click") if clicked else ("impression",):
                beacon_id = uuid.UUID(int=dice.getrandbits(128)).hex
                made.append({"beacon_id": beacon_id, "kind": kind, "venue_id": venue_id, "token": sign(key, offer)})
                truth[place, kind + "s"] += 1
    return made, truth


def counted(cloud: EmbeddedCloud) -> Counter[tuple[str, str]]:
    """(placement, field) -> number, of all cells."""
    found: Counter[tuple[str, str]] = Counter()
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=cloud.outputs["StateTableName"], ConsistentRead=True)
    for item in (item for page in pages for item in page["Items"]):
        if item["pk"]["S"].startswith("CELL#"):
            place = item["pk"]["S"].split("#")[1]
            for field in ("impressions", "clicks"):
                found[place, field] += int(item.get(field, {"N": "0"})["N"])
    return +found


def through(cloud: EmbeddedCloud, rate: int, seconds: float, seed: int) -> dict[str, Any]:
    """Post, wait until the counters stand still, compare."""
    dice, manager = random.Random(seed), cloud.client("secretsmanager")
    secret = manager.get_secret_value(SecretId=cloud.runtime["resources"]["DecisionSecret"])["SecretString"]
    key, now = Key(secret.encode()), datetime.now(UTC)
    warming, warmed = beacons_of(key, dice, 500, now)
    made, truth = beacons_of(key, dice, int(rate * seconds), now)
    truth += warmed
    # In the order of the decisions, but a twentieth of the beacons, and of their repetitions, at any other time.
    moved = {number for number in range(len(made)) if dice.random() < 0.05}
    told = [each for number, each in enumerate(made) if number not in moved]
    for each in [made[number] for number in sorted(moved)] + [each for each in made if dice.random() < 0.05]:
        told.insert(dice.randrange(len(told) + 1), each)
    trouble = {"queues": ["BeaconQueue"], "seed": seed, "duplicate_rate": 0.05, "reorder_rate": 0.05, "late": [0.2, 2.0]}
    cloud.trouble_queues(trouble)
    with httpx.Client(base_url=cloud.url, timeout=60, trust_env=False, headers={"user-agent": BROWSER}) as client:
        refused = posted_all(client, warming, rate)
        drained(cloud, seconds)
        began, before = time.monotonic(), cpu_seconds(os.getpid())
        refused += posted_all(client, told, rate)
    posted = time.monotonic()
    say(f"posted {len(told)} beacons in {posted - began:.1f} s")
    drained(cloud, seconds)
    ended, spent = time.monotonic(), cpu_seconds(os.getpid()) - before
    found = counted(cloud)
    time.sleep(3)  # what the queue still repeats must change nothing
    found = counted(cloud) if found == truth else found
    return {
        "sent": len(told),
        "distinct": len(made),
        "posted_per_second": round(len(told) / (posted - began)),
        "counted_per_second": round(len(told) / (ended - began)),
        "cpu_ms_per_beacon": round(1000 * spent / len(told), 2),
        "lag_seconds": round(ended - posted, 1),
        "lost": sum((truth - found).values()),
        "too_many": sum((found - truth).values()),
        "refused": refused,
        "struck": dict(cloud.trouble_queues()),
    }


def posted_all(client: httpx.Client, told: Sequence[dict[str, Any]], rate: int) -> int:
    """Post in batches of 50, `rate` beacons a second if that is possible; how many were refused."""
    began, batches = time.monotonic(), [told[start : start + 50] for start in range(0, len(told), 50)]

    def post(number: int) -> int:
        time.sleep(max(0.0, began + number * 50 / rate - time.monotonic()))
        answer = client.post("/api/beacons", json={"beacons": batches[number]})
        answer.raise_for_status()
        return len(answer.json()["refused"])

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(post, range(len(batches))))


def drained(cloud: EmbeddedCloud, seconds: float) -> None:
    """Wait until nothing is in the queue. Raises BenchError."""
    sqs, url, since = cloud.client("sqs"), cloud.outputs["BeaconQueueUrl"], time.monotonic()
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    while any(int(waiting) for waiting in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()):
        if time.monotonic() - since > 10 * seconds + 60:
            raise BenchError("the queue does not become empty")
        time.sleep(0.2)


# --- on paper ---------------------------------------------------------------------------------------------------------


def shares(placements: int) -> list[float]:
    """How often each placement is asked for: Zipf's law."""
    weights = [1 / (rank + 1) for rank in range(placements)]
    return [weight / sum(weights) for weight in weights]


def batch(dice: random.Random, number: int, share: Sequence[float], venues: int, segments: int) -> dict[str, list[Event]]:
    """A consumer's batch: 25 messages, each of one decision, of which each offer was perhaps seen and perhaps clicked."""
    waiting: dict[str, list[Event]] = {}
    for decision in range(BATCH):
        (place,) = dice.choices(range(len(share)), share)
        segment = f"s{dice.randrange(segments)}"
        for position in range(1, OFFERS + 1):
            if dice.random() < SEEN:
                venue_id = f"v{_zipf(dice, venues)}"
                cell = CellKey(window="2026-11-29T10", placement=f"p{place}", segment=segment, position=position, venue_id=venue_id)
                kind = "click" if dice.random() < CLICKED else "impression"
                event = Event(kind=kind, beacon_id=f"b{position}", decision_id=f"d{number}-{decision}", cell=cell, at="")
                waiting.setdefault(event.mark, []).append(event)
    return waiting


def paper(requests: int, seed: int, batches: int = 2000, venues: int = 10_000, segments: int = 50, placements: int = 200) -> dict[str, Any]:
    """Write units of every partition key for some batches, as the planner and the adapter choose them, scaled to `requests` a second."""
    dice, share = random.Random(seed), shares(placements)
    changes = [change for number in range(batches) for change in plan(batch(dice, number, share, venues, segments), {})[0]]
    second = requests / (BATCH * batches)  # so many such samples in a second
    beacons = sum(sum(len(tags) for _, tags in change.marks.values()) for change in changes)
    items = Counter(marks=0, cells=0, totals=0)
    by_place: Counter[str] = Counter()
    for change in changes:
        totals = {(cell.placement, cell.venue_id) for cell in change.cells}
        items.update(marks=len(change.marks), cells=len(change.cells), totals=len(totals))
        by_place.update({place: 2 * count for place, count in Counter(cell.placement for cell in change.cells).items()})
    # Half is spare, for chance: a transaction takes its shard by lot.
    needed = {place: max(DEFAULT_SHARDS, math.ceil(units * second / (PARTITION_UNITS / 2))) for place, units in by_place.items()}
    return {
        "requests_per_second": requests,
        "units_per_beacon": round(2 * sum(items.values()) / beacons, 2),
        "one_by_one": 6.0,  # a mark, a cell and a total for every beacon alone
        "beacons_per_transaction": round(beacons / len(changes), 1),
        "busiest_share": round(share[0], 3),
        "shards": {
            "busiest": needed["p0"],
            "all_placements": sum(needed.values()),
            "at_default": sum(count == DEFAULT_SHARDS for count in needed.values()),
        },
        "hottest": hottest(changes, needed, second, requests, share, dice),
        "hottest_with_default_shards": hottest(changes, {}, second, requests, share, dice),
    }


def hottest(
    changes: Sequence[Change], shards: Mapping[str, int], second: float, requests: int, share: Sequence[float], dice: random.Random
) -> dict[str, int]:
    """Write units a second of the hottest partition key of each kind."""
    units: dict[str, Counter[str]] = {"cells": Counter(), "totals": Counter(), "marks": Counter()}
    for change in changes:
        # One shard for each placement of a transaction, as adapters/dynamodb/cells.py does.
        chosen = {cell.placement: dice.randrange(shards.get(cell.placement, DEFAULT_SHARDS)) for cell in change.cells}
        for cell in change.cells:
            units["cells"][f"{cell.placement}#{chosen[cell.placement]}"] += 2
        for place, _ in {(cell.placement, cell.venue_id) for cell in change.cells}:
            units["totals"][f"{place}#{chosen[place]}"] += 2
        units["marks"].update(dict.fromkeys(change.marks, 2))
    found = {kind: round(max(counts.values()) * second) for kind, counts in units.items() if kind != "marks"}
    # A decision's mark is its own partition key: only its own beacons meet there, in this sample and in any.
    found["marks"] = max(units["marks"].values())
    found["decisions"] = round(max(part * requests / shards.get(f"p{rank}", DEFAULT_SHARDS) for rank, part in enumerate(share)))
    return found


def _zipf(dice: random.Random, count: int) -> int:
    """A rank in [0, count): about 1/rank often, by inversion."""
    return min(count - 1, int(count ** dice.random()) - 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.beacons", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--paper", action="store_true", help="Without the embedded cloud.")
    asked = parser.parse_args(arguments)
    found: dict[str, Any] = {"machine": machine(), "seed": asked.seed}
    if not asked.paper:
        with fresh_cloud(6, None) as cloud:
            found["queue"] = through(cloud, asked.rate, asked.seconds, asked.seed)
    found["paper"] = paper(asked.requests, asked.seed)
    print(json.dumps(found))
    wrong = found.get("queue", {})
    hot = max(found["paper"]["hottest"].values()) > PARTITION_UNITS
    return 1 if hot or wrong.get("lost") or wrong.get("too_many") or wrong.get("refused") else 0


if __name__ == "__main__":
    sys.exit(main())
