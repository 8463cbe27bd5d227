"""`python -m infra.bench.living`: seeded changes at the source over released venues, and what their public pages say meanwhile.

The embedded cloud starts on fresh state and imports the sample (its vectors ship with it; not timed). Venues are released in stages (10,
25, 50): pages of four floors of the sample's goods whose texts claim prices, counts and benefits (infra/bench/living_seed.py), or with
--by-line what the whole line builds. In each stage changes are injected at a steady pace, and every public page is read
over HTTP again and again by an HTML parser and held against what this program knows it has told the source. Offers go through the API.
What merchants change by an import, and deletions, for which there is no API, are written to the index itself, without any event.

kinds      price; list price; sold out; restocked; enrolment withdrawn and given back; benefits lost; sales; deleted; and `noise`: an
           offer sent twice, with an older one of another price after it
a claim    any amount of money on a card; what is struck through; tier, sales and tag lines; that a product can be bought at all; the
           benefit strip; the ranks of a ranked floor; title, subtitle, slogan, share text, floors' titles, subtitles and points
           (read by materials/claims). The wording of true figures is the product's own (pages/wording.py), the figures are ours

No browser inspects pages meanwhile: on this one machine its looks at changed pages would take the processor time of everything that is
measured, which on AWS they do not.

Standard error is for people; the last line of standard output is one JSON object:

machine                  cores, model name, memory, Python, load before the start (infra/bench/machine.py)
stages[]                 venues live; changes injected, by kind; `seen`: changes that made some page untrue for a moment
  true_seconds           from the change until every page that had said otherwise was read from the origin without it: p50, p95, max,
                         nearest rank; `read_gap_seconds` is the longest time between two reads of a page, so much of it may be ours:
                         `at_least_seconds` counts until the last read that said otherwise
  with_caches_seconds    the same and `max_age` of the pages more: a cache may have asked just before
  false_after_60         claims that were untrue for longer than that allows: must be 0; `worst` names the five longest
  reads, renders         pages read; pages made anew; `renders_per_change`; `page_changes`: how often buyers got another page
  idle_cpu_share         share of one core that the whole cloud takes while nothing changes, and every page is looked at every 20 s
false_claims_at_end      untrue claims on all pages when everything had settled: must be 0

Exit status 1: a claim was false for too long, or at the end, or the venues could not be published.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from huichang.adapters.browser import BROWSERS
from infra.bench.freshness import open_reader
from infra.bench.line import Api, BenchError, Race, fresh_cloud, import_catalogue, say
from infra.bench.living_pages import PublicPage, facts_of
from infra.bench.living_seed import Seeder
from infra.bench.machine import machine
from infra.local.cloud import REPOSITORY, EmbeddedCloud, StartError

if TYPE_CHECKING:
    from huichang.catalog.product import Product
    from huichang.selection.index import ProductIndex

LIMIT_SECONDS = 60.0
SETTLE_SECONDS = 62.0
IDLE_SECONDS = 20.0
KINDS = (
    ("price", 26), ("list_price", 8), ("sold_out", 18), ("restocked", 8), ("withdrawn", 8), ("returned", 4), ("benefits", 10), ("sales", 8),
    ("deleted", 4), ("noise", 6),
)  # fmt: skip


@dataclass(eq=False)
class Change:
    """What was told to the source, and when the last page that said otherwise was first read without it (0: none was seen)."""

    kind: str
    product_id: str
    at: float
    true_at: float = 0.0
    false_at: float = 0.0
    untrue_on: set[str] = field(default_factory=set)


@dataclass
class Source:
    """The source of truth: what this program told it. Products are changed here first, then there."""

    index: ProductIndex
    operator: Api
    dice: random.Random
    products: dict[str, Product]
    changes: list[Change] = field(default_factory=list)
    touched: dict[str, float] = field(default_factory=dict)
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))

    def inject(self, shown: Sequence[str]) -> Change:
        """One change of a product that some page shows, or of one that was changed before and may come back."""
        kind = self.dice.choices([name for name, _ in KINDS], [weight for _, weight in KINDS])[0]
        product = self._choose(kind, shown)
        if product is None:
            kind, product = "price", self._choose("price", shown)
        if product is None:
            raise BenchError("no product is left to change")
        now = time.monotonic()
        self.touched[product.id] = now
        change = Change(kind, product.id, now)
        self.changes.append(change)
        getattr(self, f"_{kind}")(product)
        return change

    def _choose(self, kind: str, shown: Sequence[str]) -> Product | None:
        quiet = time.monotonic() - LIMIT_SECONDS - 5  # so that each change of a product is told apart
        at_rest = [each for each in self.products.values() if self.touched.get(each.id, 0.0) < quiet]
        if kind == "restocked":
            found = [each for each in at_rest if each.stock == 0]
        elif kind == "returned":
            found = [each for each in at_rest if not each.enrolled]
        else:
            here = set(shown)
            found = [each for each in at_rest if each.id in here and each.enrolled and each.stock != 0]
        return self.dice.choice(sorted(found, key=lambda each: each.id)) if found else None

    def _offer(self, product: Product, **said: Any) -> None:
        self.moment = max(datetime.now(UTC), self.moment + timedelta(milliseconds=1))
        self._send({"product_id": product.id, "at": self.moment.isoformat(), **said})

    def _send(self, *offers: dict[str, Any]) -> None:
        self.operator("POST", "/api/catalogue/offers", {"offers": list(offers)})

    def _set(self, product: Product, **fields: Any) -> Product:
        self.products[product.id] = product.model_copy(update=fields)
        return self.products[product.id]

    def _new_price(self, product: Product) -> Decimal:
        factor = Decimal(str(round(self.dice.uniform(0.6, 1.4), 2)))
        return max(Decimal("0.10"), (product.price.amount * factor).quantize(Decimal("0.01")))

    def _price(self, product: Product) -> None:
        price = self._new_price(product)
        self.products[product.id] = product.at_price(price)
        self._offer(product, price=str(price))

    def _noise(self, product: Product) -> None:
        price = self._new_price(product)
        self.products[product.id] = product.at_price(price)
        self.moment = max(datetime.now(UTC), self.moment + timedelta(milliseconds=1))
        new = {"product_id": product.id, "at": self.moment.isoformat(), "price": str(price)}
        old = {"product_id": product.id, "at": (self.moment - timedelta(hours=1)).isoformat(), "price": "0.01"}
        self._send(new, new)
        self._send(old)
        self._send(new)

    def _list_price(self, product: Product) -> None:
        price = (product.price.amount * Decimal("1.5")).quantize(Decimal("0.01"))
        self._set(product, list_price=price)
        self._offer(product, list_price=str(price))

    def _sold_out(self, product: Product) -> None:
        self._set(product, stock=0)
        self._offer(product, stock=0)

    def _restocked(self, product: Product) -> None:
        self._set(product, stock=400)
        self._offer(product, stock=400)

    def _withdrawn(self, product: Product) -> None:
        self._set(product, enrolled=False)
        self._offer(product, enrolled=False)

    def _returned(self, product: Product) -> None:
        self._set(product, enrolled=True)
        self._offer(product, enrolled=True)

    def _benefits(self, product: Product) -> None:
        self._imported(self._set(product, benefits=product.benefits[1:] if product.benefits else ("free_shipping",)))

    def _sales(self, product: Product) -> None:
        self._imported(self._set(product, sales_30d=self.dice.randint(1, 60_000)))

    def _imported(self, product: Product) -> None:
        from huichang.selection.index import IndexedProduct

        digest = product.embedding_hash()
        vector = self.index.known_vectors([digest])[digest]
        self.index.upsert([IndexedProduct(product=product, vector=vector)])

    def _deleted(self, product: Product) -> None:
        del self.products[product.id]
        self.index.delete([product.id])


@dataclass
class Watch:
    """Every public page, again and again."""

    cloud: EmbeddedCloud
    source: Source
    client: httpx.Client
    pages: dict[str, PublicPage] = field(default_factory=dict)
    reads: int = 0
    max_age: float = 0.0
    false_since: dict[tuple[str, str], float] = field(default_factory=dict)
    worst: list[tuple[float, str]] = field(default_factory=list)
    gap: float = 0.0
    last: dict[str, float] = field(default_factory=dict)

    def add(self, venue: dict[str, Any]) -> None:
        """From now on this one too."""
        self.pages[venue["venue_id"]] = PublicPage(venue, facts_of(self.cloud, venue))

    def round(self) -> None:
        """Read every page once and judge it by what is true at that moment."""
        for venue_id, page in self.pages.items():
            answer = self.client.get(f"/v/{venue_id}/", headers={"If-None-Match": page.etag} if page.etag else {})
            now = time.monotonic()
            self.reads += 1
            if answer.status_code not in (200, 304):
                raise BenchError(f"/v/{venue_id}/ answers {answer.status_code}")
            if answer.status_code == 200:
                page.read(answer.text, answer.headers.get("etag", ""))
                said = answer.headers.get("cache-control", "").replace(" ", "")
                ages = [part.partition("=")[2] for part in said.split(",") if part.startswith(("max-age=", "s-maxage="))]
                self.max_age = max([self.max_age, *map(float, ages)])
            self._judge(venue_id, page, now)
            self.gap = max(self.gap, now - self.last.get(venue_id, now))
            self.last[venue_id] = now

    def _judge(self, venue_id: str, page: PublicPage, now: float) -> None:
        untrue = page.untrue(self.source.products)
        about: list[Change] = []
        for claim, product_id in untrue.items():
            since = self.false_since.setdefault((venue_id, claim), self._since(page, product_id, now))
            for change in tuple(self.source.changes):
                mine = change.product_id == product_id if product_id else change.at >= since and change.product_id in page.products
                if mine and change.at <= now:
                    about.append(change)
                    change.untrue_on.add(venue_id)
                    change.true_at = change.false_at = now  # at least
        for change in tuple(self.source.changes):
            if venue_id in change.untrue_on and change not in about:
                change.untrue_on.discard(venue_id)
                change.true_at = max(change.true_at, now)
        for key in [key for key in self.false_since if key[0] == venue_id and key[1] not in untrue]:
            self._ended(key, now)

    def _since(self, page: PublicPage, product_id: str, now: float) -> float:
        """When it became untrue: with the last change of its product, or of any product of the page where it is about all."""
        times = [
            each.at for each in self.source.changes if (each.product_id == product_id if product_id else each.product_id in page.products)
        ]
        return max([each for each in times if each <= now], default=now)

    def _ended(self, key: tuple[str, str], now: float) -> None:
        self.worst.append((now - self.false_since.pop(key), f"{key[0]}: {key[1]}"))

    def still_false(self) -> list[str]:
        """Untrue claims of the last round."""
        return [f"{venue}: {claim}" for venue, claim in self.false_since]


def leaves(records: Sequence[dict[str, Any]], least: int = 8) -> list[str]:
    """Leaf categories of the sample with goods enough for a floor, most first."""
    counts = Counter(record["category_path"][-1] for record in records)
    return [leaf for leaf, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if count >= least]


def publish(cloud: EmbeddedCloud, asked: Sequence[str], seconds: float) -> list[dict[str, Any]]:
    """These venues through the whole line; those that were published."""
    with ThreadPoolExecutor(4) as pool:
        race = Race(cloud, [f"帮我生成一个{leaf}会场" for leaf in asked], pool)
        race.run(seconds)
    for reason in (*race.failed, *race.hung):
        say(f"not published: {reason}")
    return [venue for venue in race.venues if venue["status"] == "published"]


def seeded(cloud: EmbeddedCloud, index: ProductIndex, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One venue after another; each begins with a leaf category of its own and shares the others with its neighbours."""
    seeder = Seeder(cloud, index)
    for number in range(4 * len(names)):
        start = number * 3
        venue = seeder.venue(number, [names[(start + step) % len(names)] for step in range(8)])
        if venue:
            yield venue


def cpu_seconds(root: int) -> float:
    """Time that this process's children have taken, with theirs: all of the embedded cloud."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def below(pid: int) -> bool:
        while pid > 1:
            pid = parents.get(pid, 0)
            if pid == root:
                return True
        return False

    return sum(seconds for pid, seconds in used.items() if below(pid))


def counted(operator: Api, venues: Sequence[str]) -> Counter[str]:
    """Renders and page changes of all venues until now."""
    total: Counter[str] = Counter()
    for venue_id in venues:
        claims = operator("GET", f"/api/venues/{venue_id}/claims")
        total.update({"renders": claims["renders"], "changes": claims["changes"], "stuck": int(bool(claims["problem"]))})
    return total


def ranked(values: Sequence[float]) -> dict[str, float] | None:
    """p50, p95 and max, nearest rank, to the tenth of a second."""
    if not values:
        return None
    ordered = sorted(values)
    at = {"p50": ordered[(len(ordered) - 1) // 2], "p95": ordered[-(-len(ordered) * 95 // 100) - 1], "max": ordered[-1]}
    return {name: round(value, 1) for name, value in at.items()}


def inject_all(source: Source, shown: Sequence[str], changes: int, per_second: float) -> None:
    """All changes of a stage, at their pace or as fast as the API takes them."""
    started = time.monotonic()
    for number in range(changes):
        time.sleep(max(0.0, started + number / per_second - time.monotonic()))
        source.inject(shown)
        if number % 50 == 49:
            say(f"{time.monotonic() - started:6.1f} s  {number + 1} changes")


def stage(watch: Watch, operator: Api, changes: int, per_second: float) -> dict[str, Any]:
    """Inject, watch until all has settled, and say what was seen."""
    source = watch.source
    idle_from, before = time.monotonic(), cpu_seconds(os.getpid())
    time.sleep(IDLE_SECONDS)
    idle = (cpu_seconds(os.getpid()) - before) / (time.monotonic() - idle_from)
    watch.round()
    if watch.false_since:
        raise BenchError(f"untrue before anything was changed: {watch.still_false()[:5]}")
    watch.worst, watch.reads, watch.gap, watch.last = [], 0, 0.0, {}
    had, first = counted(operator, list(watch.pages)), len(source.changes)
    shown = sorted({each for page in watch.pages.values() for each in page.products})
    # Beside the reader: a slow answer of the API must not keep it from looking.
    with ThreadPoolExecutor(1) as pool:
        injecting = pool.submit(inject_all, source, shown, changes, per_second)
        while not injecting.done():
            watch.round()
        injecting.result()
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        watch.round()
    now = time.monotonic()
    for key in list(watch.false_since):
        watch.worst.append((now - watch.false_since[key], f"{key[0]}: {key[1]}"))
    mine = source.changes[first:]
    seen = [change for change in mine if change.true_at]
    took = [change.true_at - change.at for change in seen]
    has = counted(operator, list(watch.pages))
    late = [each for each in watch.worst if each[0] + watch.max_age > LIMIT_SECONDS]
    renders, moved = has["renders"] - had["renders"], has["changes"] - had["changes"]
    return {
        "venues": len(watch.pages),
        "changes": len(mine),
        "kinds": dict(sorted(Counter(change.kind for change in mine).items())),
        "seen": len(seen),
        "true_seconds": ranked(took),
        "at_least_seconds": ranked([change.false_at - change.at for change in seen]),
        "with_caches_seconds": ranked([each + watch.max_age for each in took]),
        "false_after_60": len(late),
        "worst": [f"{seconds:.1f} s {what}" for seconds, what in sorted(watch.worst, reverse=True)[:5]],
        "reads": watch.reads,
        "read_gap_seconds": round(watch.gap, 2),
        "renders": renders,
        "renders_per_change": round(renders / max(1, len(mine)), 2),
        "page_changes": moved,
        "stuck": has["stuck"],
        "idle_cpu_share": round(idle, 3),
    }


def stages(cloud: EmbeddedCloud, options: argparse.Namespace, records: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One after another; each adds venues to those before."""
    index = open_reader(cloud)
    from huichang.selection.model import Eligibility

    ids = [hit.product_id for hit in index.filter(Eligibility(enrolled=False, min_stock=0), 10_000)]
    operator = Api(cloud, "operator")
    source = Source(index, operator, random.Random(options.seed), index.get(ids))
    names = leaves(records)
    ready = seeded(cloud, index, names)
    with httpx.Client(base_url=cloud.url, timeout=30) as client:
        watch = Watch(cloud, source, client)
        for wanted, changes in zip(options.venues, options.changes, strict=True):
            while not options.by_line and len(watch.pages) < wanted:
                watch.add(next(ready))
            while len(watch.pages) < wanted and names:
                some, names = names[: wanted - len(watch.pages)], names[wanted - len(watch.pages) :]
                for venue in publish(cloud, some, options.seconds):
                    watch.add(venue)
            if len(watch.pages) < wanted:
                raise BenchError(f"only {len(watch.pages)} of {wanted} venues could be published")
            say(f"{wanted} venues live, {changes} changes follow")
            time.sleep(25)  # what was published last has been looked at
            result = stage(watch, operator, changes, options.per_second)
            say(json.dumps(result, ensure_ascii=False))
            yield result | {
                "false_claims_at_end": len(watch.still_false()),
                "still_false": watch.still_false()[:5],
                "max_age": watch.max_age,
            }


def path_without_browsers() -> str:
    """This process's PATH without the folders that hold a browser, for the embedded cloud."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not any(shutil.which(name, path=folder) for name in BROWSERS))


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's words for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.living", description="Changes at the source, and what live pages say")
    parser.add_argument("--venues", type=int, nargs="+", default=[10, 25, 50], help="live venues in each stage")
    parser.add_argument("--changes", type=int, nargs="+", default=[40, 40, 420], help="changes in each stage")
    parser.add_argument("--per-second", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--slots", type=int, default=6, help="Lambda handlers at a time")
    parser.add_argument("--seconds", type=float, default=900.0, help="the most that the venues of a stage may take")
    parser.add_argument("--by-line", action="store_true", help="venues that the whole line builds")
    parser.add_argument("--state", type=Path, help="an empty folder to run in and to keep")
    options = parser.parse_args(arguments)
    if len(options.venues) != len(options.changes):
        parser.error("as many --changes as --venues")
    ran_on = machine()
    done: list[dict[str, Any]] = []
    os.environ["PATH"] = path_without_browsers()
    try:
        with fresh_cloud(options.slots, options.state) as cloud:
            sys.path.insert(0, str(REPOSITORY / "layers" / "shared"))
            from infra.sample.generate import products

            records = list(products())
            say(f"{import_catalogue(cloud, records, options.seconds)} products imported")
            for result in stages(cloud, options, records):
                done.append(result)
    except (BenchError, StartError, httpx.HTTPError) as error:
        say(f"bench-living came to nothing: {error}")
        return 1
    head = {"bench": "living", "machine": ran_on, "slots": options.slots, "seed": options.seed, "limit_seconds": LIMIT_SECONDS}
    print(json.dumps({**head, "changes": sum(each["changes"] for each in done), "stages": done}, ensure_ascii=False))
    return int(any(each["false_after_60"] or each["false_claims_at_end"] or each["stuck"] for each in done))


if __name__ == "__main__":
    sys.exit(main())
