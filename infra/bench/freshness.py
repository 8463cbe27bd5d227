"""`python -m infra.bench.freshness`: how long a merchant's offer takes to the index and to the operator of a page that sells out.

The embedded cloud starts on fresh state and imports the sample (its vectors ship with it; not timed). One venue is built and
published. Then one request brings 500 offers: everything the page shows but one product sells out, and other products get
another price. Standard error is for people; the last line of standard output is one JSON object:

machine                  cores, model name, memory, Python, load before the start (infra/bench/machine.py)
products, offers, shown  in the index; sent in one request; products on the published page
accepted_seconds         until the API had answered 202
index_seconds            from the request to the moment a reader of the index finds the offer: p50 and max over all offers,
                         nearest rank, looked for every `poll_seconds`
stock_low_seconds        from the request to `stock_low` on the venue, as the API tells it; `stock_low` is what it says
embedding_calls          calls and texts that the model server embedded meanwhile: must be 0
limit_seconds            what the product promises
window                   with --windows: all products were enrolled for a promotion by offers, the venue is of it, and in the end the
                         enrolments of all that it shows but one close at a set moment, about which nothing is sent. Seconds from that
                         moment until a reader counts one product, and until `stock_low` says so

Exit status 1: an offer or the notice took longer than promised or never came, the notice is wrong, or something was embedded.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from infra.bench.line import Api, BenchError, ModelServer, Race, fresh_cloud, import_catalogue, say
from infra.bench.machine import machine
from infra.local.cloud import REPOSITORY, EmbeddedCloud, StartError
from infra.local.models.faults import Faults

if TYPE_CHECKING:
    from huichang.selection.index import ProductIndex

SENTENCE = "帮我生成一个熊猫玩偶会场"
LIMIT_SECONDS = 60.0
POLL_SECONDS = 0.05
PROMOTION, CLOSES_IN = "bench", 20
TICK_SECONDS = 5.0  # published pages are counted once a minute, and the message waits two seconds for others


def open_reader(cloud: EmbeddedCloud) -> ProductIndex:
    """The folder of the embedded index, opened by one more process."""
    sys.path.insert(0, str(REPOSITORY / "layers" / "shared"))
    from huichang.adapters.index import open_index
    from huichang.settings import Settings

    fields = Settings.model_fields
    return open_index(
        f"sqlite://{cloud.state_dir.resolve()}/index", index=fields["search_index"].default, dimension=fields["embedding_dimension"].default
    )


def published(cloud: EmbeddedCloud, seconds: float, promotion: str | None) -> dict[str, Any]:
    """One venue, through the whole line to its public page. BenchError if it does not get there."""
    with ThreadPoolExecutor(2) as pool:
        race = Race(cloud, [SENTENCE], pool, promotion)
        race.run(seconds)
    if race.failed or race.hung or not race.venues:
        raise BenchError(f"the venue was not published: {[*race.failed, *race.hung]}")
    return race.venues[0]


def offers_for(reader: ProductIndex, shown: Sequence[str], count: int) -> list[dict[str, Any]]:
    """`count` offers: the shown products but the last sell out, the best sellers beside them cost 0.01 more."""
    from huichang.selection.model import Eligibility

    at = datetime.now(UTC).isoformat()
    gone = list(shown[:-1])
    everything = Eligibility(enrolled=False, min_stock=0)
    others = [hit.product_id for hit in reader.filter(everything, count + len(shown)) if hit.product_id not in set(shown)]
    dearer = reader.get(others[: count - len(gone)])
    return [
        *({"product_id": name, "at": at, "stock": 0} for name in gone),
        *({"product_id": name, "at": at, "price": str(found.price.amount + Decimal("0.01"))} for name, found in dearer.items()),
    ]


def is_there(reader: ProductIndex, waiting: Sequence[dict[str, Any]]) -> set[str]:
    """Which of the offers a reader of the index finds now."""
    found = reader.get([offer["product_id"] for offer in waiting])
    return {
        offer["product_id"]
        for offer in waiting
        if (product := found.get(offer["product_id"]))
        and (product.stock == 0 if "stock" in offer else product.price.amount == Decimal(offer["price"]))
    }


def follow(cloud: EmbeddedCloud, reader: ProductIndex, venue_id: str, offers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Send the offers and watch both ends until everything has arrived, or twice the limit is over."""
    operator = Api(cloud, "operator")
    start = time.monotonic()
    operator("POST", "/api/catalogue/offers", {"offers": list(offers)})
    accepted = time.monotonic() - start
    seen: dict[str, float] = {}
    low: tuple[float, int] | None = None
    while time.monotonic() - start < 2 * LIMIT_SECONDS and (low is None or len(seen) < len(offers)):
        arrived = is_there(reader, [offer for offer in offers if offer["product_id"] not in seen])
        seen |= dict.fromkeys(arrived, time.monotonic() - start)
        if low is None:
            told = operator("GET", f"/api/venues/{venue_id}")["venue"]["stock_low"]
            low = None if told is None else (time.monotonic() - start, told)
        time.sleep(POLL_SECONDS)
    ordered = sorted(seen.values())
    return {
        "accepted_seconds": round(accepted, 2),
        "index_seconds": {"p50": round(ordered[(len(ordered) - 1) // 2], 2), "max": round(ordered[-1], 2)} if ordered else None,
        "arrived": len(seen),
        "stock_low_seconds": low and round(low[0], 2),
        "stock_low": low and low[1],
    }


def enrol_all(cloud: EmbeddedCloud, reader: ProductIndex, seconds: float) -> None:
    """Every product for PROMOTION, without a window."""
    from huichang.selection.model import Eligibility

    ids = [hit.product_id for hit in reader.filter(Eligibility(enrolled=False, min_stock=0), 10_000)]
    at = datetime.now(UTC).isoformat()
    Api(cloud, "operator")(
        "POST", "/api/catalogue/offers", {"offers": [{"product_id": each, "at": at, "promotions": {PROMOTION: {}}} for each in ids]}
    )
    enrolled = Eligibility(enrolled=False, promotion=PROMOTION, min_stock=0)
    if not until(lambda: reader.count(enrolled) == len(ids), seconds):
        raise BenchError(f"{reader.count(enrolled)} of {len(ids)} products are enrolled")


def until(there: Callable[[], bool], seconds: float) -> float | None:
    """Seconds until it is so, looked for every POLL_SECONDS; None where it is not within `seconds`."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if there():
            return time.monotonic() - start
        time.sleep(POLL_SECONDS)
    return None


def close_windows(cloud: EmbeddedCloud, reader: ProductIndex, venue_id: str, shown: Sequence[str]) -> dict[str, Any]:
    """Stock comes back; then the enrolments of all but one product close, and nobody says so."""
    from huichang.selection.model import Eligibility

    operator = Api(cloud, "operator")
    at = datetime.now(UTC)
    operator("POST", "/api/catalogue/offers", {"offers": [{"product_id": each, "at": at.isoformat(), "stock": 500} for each in shown]})
    if until(lambda: operator("GET", f"/api/venues/{venue_id}")["venue"]["stock_low"] is None, LIMIT_SECONDS) is None:
        raise BenchError("the page did not recover when stock came back")
    closes = datetime.now(UTC) + timedelta(seconds=CLOSES_IN)
    terms = {PROMOTION: {"ends_at": closes.isoformat()}}
    rows = [{"product_id": each, "at": datetime.now(UTC).isoformat(), "promotions": terms} for each in shown[:-1]]
    operator("POST", "/api/catalogue/offers", {"offers": rows})
    enrolled = Eligibility(promotion=PROMOTION, product_ids=tuple(shown))
    while datetime.now(UTC) < closes:
        time.sleep(POLL_SECONDS)
    before = time.monotonic()
    index = until(lambda: reader.count(enrolled) == 1, 2 * LIMIT_SECONDS)
    low = until(lambda: operator("GET", f"/api/venues/{venue_id}")["venue"]["stock_low"] == 1, 2 * LIMIT_SECONDS)
    notice = None if low is None else time.monotonic() - before
    return {"index_seconds": index and round(index, 2), "stock_low_seconds": notice and round(notice, 2)}


def measure(cloud: EmbeddedCloud, count: int, seconds: float, *, windows: bool) -> dict[str, Any]:
    """Build, publish, send, watch. BenchError where there is nothing to measure."""
    reader = open_reader(cloud)
    if windows:
        enrol_all(cloud, reader, seconds)
    venue_id = published(cloud, seconds, PROMOTION if windows else None)["venue_id"]
    chosen = Api(cloud, "operator")("GET", f"/api/venues/{venue_id}/products")["products"]
    shown = [product["product_id"] for product in chosen if product["floor"]]
    say(f"published with {len(shown)} products; {count} offers follow")
    offers = offers_for(reader, shown, count)
    server = ModelServer(cloud)
    before = server.statistics()["texts_embedded"]
    server.delay(Faults())  # counts from here
    result = follow(cloud, reader, venue_id, offers)
    after = server.statistics()
    texts = sum(after["texts_embedded"].values()) - sum(before.values())
    embedded = {"calls": after["calls"].get("embedding", 0), "texts": texts}
    more = {"window": close_windows(cloud, reader, venue_id, shown)} if windows else {}
    return {"shown": len(shown), "offers": len(offers), **result, "embedding_calls": embedded, **more}


def wrong(result: dict[str, Any]) -> list[str]:
    """What breaks the promise."""
    late = [name for name in ("index_seconds", "stock_low_seconds") if result[name] is None]
    late += [name for name in ("stock_low_seconds",) if result[name] is not None and result[name] > LIMIT_SECONDS]
    late += ["index_seconds"] if result["index_seconds"] and result["index_seconds"]["max"] > LIMIT_SECONDS else []
    late += ["arrived"] if result["arrived"] < result["offers"] else []
    late += ["stock_low"] if result["stock_low"] != 1 else []
    late += [f"window {name}" for name, took in result.get("window", {}).items() if took is None or took > LIMIT_SECONDS + TICK_SECONDS]
    return late + (["embedding_calls"] if any(result["embedding_calls"].values()) else [])


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's words for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.freshness", description="From an offer to the index and the operator")
    parser.add_argument("--offers", type=int, default=500)
    parser.add_argument("--windows", action="store_true", help="also let windows of enrolments close")
    parser.add_argument("--slots", type=int, default=6, help="Lambda handlers at a time")
    parser.add_argument("--seconds", type=float, default=240.0, help="the most that the import and the venue may take, each")
    parser.add_argument("--state", type=Path, help="an empty folder to run in and to keep")
    options = parser.parse_args(arguments)
    ran_on = machine()
    try:
        with fresh_cloud(options.slots, options.state) as cloud:
            sys.path.insert(0, str(REPOSITORY / "layers" / "shared"))
            from infra.sample.generate import products

            imported = import_catalogue(cloud, list(products()), options.seconds)
            say(f"{imported} products imported")
            result = measure(cloud, options.offers, options.seconds, windows=options.windows)
    except (BenchError, StartError, httpx.HTTPError) as error:
        say(f"bench-freshness came to nothing: {error}")
        return 1
    head = {"bench": "freshness", "machine": ran_on, "slots": options.slots, "products": imported}
    print(json.dumps({**head, **result, "poll_seconds": POLL_SECONDS, "limit_seconds": LIMIT_SECONDS}, ensure_ascii=False))
    broken = wrong(result)
    if broken:
        say(f"wrong: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
