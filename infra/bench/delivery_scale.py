"""`python -m infra.bench.delivery_scale`: what it costs to build policies for 10,000 venues in many placements and segments.

Each placement has all venues, `--segments` segments of which a few have much traffic and most have little (a power law), and a day of
counters. Built whole, then again after one new hour in one placement. `--placements` are built; the last line of standard output (JSON)
gives what was measured for these and, as `whole`, the same for 200 by proportion:

machine, venues, placements, segments, cells (of one placement)
read_s_p50, build_s_p50, build_cpu_s_p50 (a placement: beliefs and all its policies; the second does not depend on the machine's
    other work), policies_p50 (everybody's and segments with their own)
incremental_s, incremental_cpu_s (one placement got one new hour), others_built (0)
packed_kb_p50, unpack_ms_p50, draw_us_p50, draw_us_p99
whole: {placements, build_s, build_cpu_s, packed_mb}
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from huichang.delivery.cells import Cell, window_of
from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.facts import VenueFacts
from huichang.delivery.ranking.snapshot import Builder
from huichang.delivery.ranking.stored import pack, unpack
from infra.bench.figures import quantile
from infra.bench.machine import machine

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SLOTS = 10
WHOLE = 200


def hour_of_cells(rng: np.random.Generator, placement: str, venues: int, segments: int, ago: int, answers: int) -> list[Cell]:
    """An hour: half of the answers from a few hundred venues, the rest from anybody."""
    favourites = rng.permutation(venues)[: min(300, venues)]
    shown: dict[tuple[int, int, int], list[int]] = {}
    segment = np.minimum(segments - 1, rng.zipf(1.6, answers) - 1)
    for one in segment.tolist():
        picked = favourites[rng.integers(0, len(favourites), SLOTS)] if rng.random() < 0.5 else rng.integers(0, venues, SLOTS)
        for position, venue in enumerate(dict.fromkeys(picked.tolist()), start=1):
            counts = shown.setdefault((one, position, venue), [0, 0])
            counts[0] += 1
            counts[1] += int(rng.random() < 0.06 / position**0.5)
    window = window_of(NOW - timedelta(hours=ago))
    return [
        Cell(window=window, placement=placement, segment=f"s{s}", position=k, venue_id=f"venue-{v:06d}", impressions=n, clicks=c)
        for (s, k, v), (n, c) in shown.items()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it. Returns the exit status."""
    parser = argparse.ArgumentParser(description="building policies at scale")
    parser.add_argument("--venues", type=int, default=10_000)
    parser.add_argument("--placements", type=int, default=6)
    parser.add_argument("--segments", type=int, default=50)
    parser.add_argument("--answers", type=int, default=2000, help="an hour in each placement")
    parser.add_argument("--hours", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    about = machine()
    rng = np.random.default_rng(asked.seed)
    venues = [
        VenueFacts(venue_id=f"venue-{i:06d}", industry=f"i{i % 12}", kind=f"k{i % 5}", merchant=f"m{i % 400}") for i in range(asked.venues)
    ]
    rules = Controls(
        venues={f"venue-{i:06d}": VenueRule(floor=0.01) for i in range(min(50, asked.venues))}, industry_cap=0.4, merchant_cap=0.3
    )
    builder = Builder(random.Random(asked.seed))
    reads, builds, used, policies, cells = [], [], [], [], 0
    for number in range(asked.placements):
        placement = f"p{number}"
        builder.offer(placement, venues, SLOTS, rules)
        hours = [hour_of_cells(rng, placement, asked.venues, asked.segments, ago, asked.answers) for ago in range(asked.hours, 0, -1)]
        cells = sum(len(each) for each in hours)
        began = time.perf_counter()
        for each in hours:
            builder.count(placement, each[0].window, each)
        reads.append(time.perf_counter() - began)
        began, cpu = time.perf_counter(), time.process_time()
        policies.append(len(builder.build(NOW)))
        builds.append(time.perf_counter() - began)
        used.append(time.process_time() - cpu)
        print(f"{placement}: {builds[-1]:.2f} s, {policies[-1]} policies", file=sys.stderr)
    fresh = hour_of_cells(rng, "p0", asked.venues, asked.segments, 0, asked.answers // 10)
    builder.count("p0", fresh[0].window, fresh)
    began, cpu = time.perf_counter(), time.process_time()
    rebuilt = builder.build(NOW + timedelta(minutes=10))
    incremental, incremental_cpu = time.perf_counter() - began, time.process_time() - cpu
    packed = [pack(each) for each in builder.policies.values()]
    unpacking, drawing = [], []
    generator = random.Random(2)
    for body in packed:
        began = time.perf_counter()
        read = unpack(body)
        unpacking.append((time.perf_counter() - began) * 1000)
        for _ in range(2000):
            began = time.perf_counter()
            read.of("s0").draw(generator)
            drawing.append((time.perf_counter() - began) * 1e6)
    result = {
        "machine": about,
        "venues": asked.venues,
        "placements": asked.placements,
        "segments": asked.segments,
        "cells": cells,
        "read_s_p50": round(quantile(reads, 0.5), 3),
        "build_s_p50": round(quantile(builds, 0.5), 3),
        "build_cpu_s_p50": round(quantile(used, 0.5), 3),
        "policies_p50": quantile(policies, 0.5),
        "incremental_s": round(incremental, 3),
        "incremental_cpu_s": round(incremental_cpu, 3),
        "others_built": sum(placement != "p0" for placement, _ in rebuilt),
        "packed_kb_p50": round(quantile([len(each) for each in packed], 0.5) / 1024, 1),
        "unpack_ms_p50": round(quantile(unpacking, 0.5), 1),
        "draw_us_p50": round(quantile(drawing, 0.5), 1),
        "draw_us_p99": round(quantile(drawing, 0.99), 1),
        "whole": {
            "placements": WHOLE,
            "build_s": round(sum(builds) / len(builds) * WHOLE, 1),
            "build_cpu_s": round(sum(used) / len(used) * WHOLE, 1),
            "packed_mb": round(sum(len(each) for each in packed) / len(packed) * WHOLE / 2**20, 1),
        },
    }
    print(json.dumps(result))
    return 1 if result["others_built"] else 0


if __name__ == "__main__":
    sys.exit(main())
