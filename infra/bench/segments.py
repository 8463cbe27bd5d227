"""What pages for buyer segments cost, and how often one is made at all: sample venues of every template, zh and en, all segments.

python -m infra.bench.segments [--floors N]: a table for people on standard error, one JSON line on standard output. Seconds are process
time of one core. Exit 1 if a variant was anything but a permutation, or a page's model came out different for the same input.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.materials.policy import the_policy
from huichang.pages.policing import page_verdict
from huichang.pages.releases import Release, Slot, edge_entries, without_room
from huichang.pages.rendering import render
from huichang.pages.segments import MOST_AT_ONCE, load_segments
from huichang.pages.templates import load_templates
from huichang.pages.variants import arranged_for, check_variant, plan_variants, with_choices
from infra.pictures.venues import Shelf, make_venue
from infra.sample.generate import products as sample_products

Made = TypeVar("Made")
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def timed(into: list[float], do: Callable[[], Made]) -> Made:
    """What it makes; its milliseconds of this process go `into`."""
    started = time.process_time()
    made = do()
    into.append((time.process_time() - started) * 1000)
    return made


def room() -> int:
    """For how many venues a pointer can list six segments each."""
    siblings = dict.fromkeys(sorted(load_segments())[:MOST_AT_ONCE], "x" * 24)
    for count in range(1, 241):
        slots = tuple(Slot(venue_id=f"v-{n}", version_id="x", code="AAAA", siblings=siblings) for n in range(count))
        if without_room(a_release(slots)):
            return count - 1
    return 240


def a_release(slots: tuple[Slot, ...]) -> Release:
    """One of these places."""
    return Release(campaign_id="c-1m8kfd7wb4341gt1", number=99, kind="publish", by="x", at="", language="zh", industry="toys", slots=slots)


def store_bytes(segments: int) -> float:
    """Bytes of the edge's store for each venue of a campaign of a hundred."""
    siblings = dict.fromkeys(sorted(load_segments())[:segments], "x" * 24)
    slots = tuple(Slot(venue_id=f"v-{n:016d}", version_id="x", code="AAAA", siblings=siblings) for n in range(100))
    entries = edge_entries(a_release(slots))
    return sum(len(key.encode()) + len(value.encode()) for key, value in entries.items()) / 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.segments", description=__doc__)
    parser.add_argument("--floors", type=int, default=12)
    options = parser.parse_args(arguments)
    goods = {product.id: product for product in map(Product.model_validate, sample_products())}
    segments, manifests, shelf = load_segments(), load_templates(), Shelf()
    planning: list[float] = []
    rendering: list[float] = []
    gating: list[float] = []
    sizes: list[int] = []
    made: Counter[str] = Counter()
    per_venue: list[int] = []
    for template, manifest in manifests.items():
        for language in LANGUAGES:
            page = make_venue(template, language, shelf, floors=options.floors, per_floor=8)
            variants = timed(planning, lambda page=page, manifest=manifest: plan_variants(page, goods, list(segments.values()), manifest))  # type: ignore[misc]
            page = with_choices(page, variants, segments)
            per_venue.append(len(variants.made))
            for variant in variants.made:
                made[variant.segment] += 1
                arranged = arranged_for(page, variant)
                check_variant(page, arranged)
                if arranged != arranged_for(page, variant):
                    return 1
                html = timed(rendering, lambda arranged=arranged, template=template: render(arranged, template))  # type: ignore[misc]
                timed(gating, lambda html=html, arranged=arranged: page_verdict(html, arranged, the_policy(None), lambda _: b""))  # type: ignore[misc]
                sizes.append(len(gzip.compress(html.encode(), 6)))
    venues = len(per_venue)
    for segment in segments:
        print(f"{segment:10} {made[segment]:3} of {venues} venues have an order of their own", file=sys.stderr)
    told = {
        "bench": "segments",
        "venues": venues,
        "floors": options.floors,
        "segments": len(segments),
        "made_of_all": round(sum(per_venue) / (venues * len(segments)), 3),
        "made_per_venue": round(statistics.mean(per_venue), 2),
        "plan_ms_all_segments": round(statistics.median(planning), 2),
        "render_ms": round(statistics.median(rendering), 1),
        "gate_ms": round(statistics.median(gating), 1),
        "gzip_bytes": round(statistics.median(sizes)),
        "store_bytes_per_venue": {str(count): store_bytes(count) for count in (0, 3, 6)},
        "venues_a_pointer_lists_with_six": room(),
    }
    print(json.dumps(told, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
