"""`python -m infra.bench.release`: a campaign is turned twenty times while readers hammer all of its venues, and killed in the middle.

The embedded cloud starts on fresh state. A campaign of `--venues` venues with two approved editions each is written into its stores (no
line runs), and released. Then `--readers` threads open one venue after the other through the front door, as fast as they can, while the
API releases and rolls back the whole campaign `--flips` times. Standard error is for people; the last line of standard output is one
JSON object:

machine         cores, model name, memory, Python, load before the start (infra/bench/machine.py)
venues, readers, flips, killed_venues
reads, sweeps   pages that were opened; rounds over all venues
reads_per_second, read_p50_ms, read_p99_ms   of one page, through the front door and the emulated S3
flip_p50_seconds, flip_max_seconds           a whole release over the API: every version judged anew, the write, edge and records
errors          reads that were no page (any other status than 200, a lost connection)
mixed           reads that contradict one single moment at which all venues turned. With `->` for "ended before the other began":
                  - a read that overlaps no turn and shows another edition than the current one, or
                  - a read that shows the old edition though some read -> it had shown the new one, or
                  - a read that shows an edition of neither side of the turns it overlaps
spanning        sweeps in which both editions were seen: they began before a turn and ended after it, which no server can prevent
killed          what buyers saw after `kill -9` at four places of a release: while versions are put at their addresses, just before the
                write, just after it, after the edge was told; {place: {seen, after_tick, records_behind}} with `seen` the editions
                of all venues (old: 1, new: 2), before and after the minute's tick

This front door is one process that sees a write at once. On AWS a release reaches the edge locations within seconds, each by itself:
there a location never shows a mix, while two locations may differ for that time (docs/decisions/0028-a-release-is-one-write.md).

Exit status 1: something was mixed, failed, or half done.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from infra.bench.figures import quantile
from infra.bench.line import Api, BenchError, fresh_cloud, say
from infra.bench.machine import machine
from infra.local.cloud import REPOSITORY, EmbeddedCloud, StartError

CAMPAIGN = "c-bench"
EDITION = re.compile(r'data-edition="(\d+)"')
KILLED_AT = ("opening", "before_write", "after_write", "after_edge")
PRODUCTS = 12


@dataclass(frozen=True)
class Read:
    """One page: when it was asked for and had come (seconds, one clock), and what it was (0: no page)."""

    began: float
    ended: float
    edition: int


@dataclass(frozen=True)
class Turn:
    """One release: it was called and had answered."""

    began: float
    ended: float
    before: int
    after: int


def contradictions(reads: Sequence[Read], turns: Sequence[Turn]) -> int:
    """How many reads contradict a single moment in each turn at which everything changed (see `mixed` above)."""
    first_new = {turn: _first_seen(reads, turn) for turn in turns}
    wrong = 0
    for read in reads:
        if not read.edition:
            continue  # counted as an error
        over = [turn for turn in turns if turn.began <= read.ended and turn.ended >= read.began]
        past = [turn for turn in turns if turn.ended < read.began]
        if not over:
            current = past[-1].after if past else turns[0].before if turns else read.edition
            wrong += read.edition != current
            continue
        # A turn of which an earlier read has shown the new edition is over for this one.
        turned = [turn for turn in over if first_new[turn] < read.began]
        allowed = {edition for turn in over if turn not in turned for edition in (turn.before, turn.after)}
        allowed |= {turned[-1].after} if turned else set()
        wrong += read.edition not in allowed
    return wrong


def _first_seen(reads: Sequence[Read], turn: Turn) -> float:
    """When the first read that shows the turn's new edition had come."""
    within = (each.ended for each in reads if each.edition == turn.after and turn.began <= each.ended <= turn.ended)
    return min(within, default=turn.ended)


@dataclass
class Readers:
    """Threads that open the venues one after the other until they are stopped."""

    url: str
    venue_ids: Sequence[str]
    count: int
    segment: str = ""  # every other reader is one of its buyers
    reads: list[Read] = field(default_factory=list)
    sweeps: list[set[int]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Read while the block runs."""
        with ThreadPoolExecutor(self.count) as pool:
            done = [pool.submit(self._read_on, number) for number in range(self.count)]
            try:
                yield
            finally:
                self._stop.set()
            for each in done:
                reads, sweeps = each.result()
                self.reads += reads
                self.sweeps += sweeps

    def _read_on(self, number: int) -> tuple[list[Read], list[set[int]]]:
        reads: list[Read] = []
        sweeps: list[set[int]] = []
        start = number * len(self.venue_ids) // self.count
        order = [*self.venue_ids[start:], *self.venue_ids[:start]]
        segment = self.segment if number % 2 else ""
        headers = {"Cookie": f"hc_seg={segment}"} if segment else {}
        with httpx.Client(base_url=self.url, timeout=30, trust_env=False, headers=headers) as client:
            while not self._stop.is_set():
                seen = set()
                for venue_id in order:
                    if self._stop.is_set():
                        break
                    reads.append(read(client, venue_id, segment))
                    seen.add(reads[-1].edition)
                else:
                    sweeps.append(seen - {0})
        return reads, sweeps


def read(client: httpx.Client, venue_id: str, segment: str = "") -> Read:
    """Open one venue as a buyer does. The page of another segment than the buyer's is no page."""
    began = time.monotonic()
    try:
        answer = client.get(f"/v/{venue_id}/")
    except httpx.HTTPError:
        return Read(began, time.monotonic(), 0)
    found = EDITION.search(answer.text) if answer.status_code == 200 else None
    theirs = found is not None and f'data-id="{venue_id}" data-segment="{segment}"' in answer.text
    return Read(began, time.monotonic(), int(found[1]) if found and theirs else 0)


# --- the campaign -----------------------------------------------------------------------------------------------------


def surroundings(cloud: EmbeddedCloud) -> dict[str, str]:
    """The environment of the stack's functions, for a process outside of it."""
    settings = cloud.client("lambda").get_function_configuration(FunctionName="huichang-serve-api")["Environment"]["Variables"]
    return {
        **settings,
        "AWS_ENDPOINT_URL": cloud.runtime["aws"],
        "AWS_DEFAULT_REGION": cloud.runtime["region"],
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'layers' / 'shared'}",
    }


@dataclass(frozen=True)
class Written:
    """A campaign that stands in the stores. `versions`: venue id -> version ids of its editions 1, 2, …"""

    campaign_id: str
    versions: Mapping[str, tuple[str, ...]]

    @property
    def venue_ids(self) -> list[str]:
        """In the order of their places."""
        return list(self.versions)

    def approve(self, edition: int) -> None:
        """This edition of every venue is the approved one."""
        from huichang.bootstrap.parts import venues

        def approved(venue_id: str) -> None:
            venues().update(venue_id, approved_version=self.versions[venue_id][edition - 1], reviewed_versions=self.versions[venue_id])

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(approved, self.versions))


def write_campaign(number: int, campaign_id: str = CAMPAIGN, picture: str = "/media/none.svg", segment: str = "") -> Written:
    """A campaign with so many approved venues of two editions, straight into the stores (of `surroundings`). `picture`: the address of
    each product's, with its id for {id}. With `segment` each edition has a page for its buyers too."""
    from huichang.bootstrap import parts
    from huichang.catalog.product import Merchant, PriceTier, Product
    from huichang.kernel.clock import iso
    from huichang.line.living import LivingRecipe, recipe_key
    from huichang.line.releases import page_key
    from huichang.line.siblings import Sibling, SiblingLook, SiblingLooks, Siblings, looks_key, siblings_key
    from huichang.pages.rendering import build_page, render
    from huichang.pages.variants import Variant
    from huichang.selection.index import IndexedProduct
    from huichang.selection.model import Floor, FloorPlan
    from huichang.themes.model import CampaignRequest, Theme
    from huichang.venues.model import Campaign, Venue

    now = datetime.now(UTC)
    products = {
        f"bench-{place}": Product(
            id=f"bench-{place}",
            catalogue="bench",
            language="zh",
            title=f"毛绒熊猫玩偶 {place} 号",
            currency="CNY",
            tiers=(PriceTier(min_quantity=1, price=Decimal(10 + place)),),
            stock=500,
            merchant=Merchant(id=f"m-{place % 3}", name="竹林工厂"),
        )
        for place in range(PRODUCTS)
    }
    vector = tuple([1.0] + [0.0] * (parts.settings().embedding_dimension - 1))
    parts.index().upsert([IndexedProduct(product=product, vector=vector) for product in products.values()])
    request = CampaignRequest(sentence="帮我生成一百个熊猫玩偶会场")
    stamped = {"created_at": iso(now), "updated_at": iso(now)}
    parts.campaigns().create(
        Campaign(
            campaign_id=campaign_id,
            request=request,
            requested_by="bench",
            status="finished",
            segments=(segment,) if segment else (),
            **stamped,
        )
    )
    first = Venue(
        venue_id="v-template",
        campaign_id=campaign_id,
        language="zh",
        theme=Theme(name="熊猫玩偶", keywords=("熊猫",), industry="toys"),
        status="approved",
        reviewed_versions=(),
        **stamped,
    )
    plan = FloorPlan(
        by="one", score=1.0, reason="", floors=(Floor(floor_id="floor-1", title="毛绒玩偶", value="毛绒玩偶", product_ids=tuple(products)),)
    )
    page = build_page(first, plan, products, {}, {}, {}, lambda product: (picture.format(id=product.id), ""), offline=True, now=now)
    html = render(page, "everyday_goods")
    venue_ids = [f"v-{campaign_id.removeprefix('c-')}{place:03d}" for place in range(number)]

    def write(venue_id: str) -> tuple[str, ...]:
        made = []
        for edition in (1, 2):
            marks = f'<body data-edition="{edition}" data-id="{venue_id}" data-segment="'
            text = html.replace("<body", f'{marks}"', 1).replace("v-template", venue_id)
            made.append(parts.pages().put_version(venue_id, text))
            if segment:
                theirs = parts.pages().put_version(venue_id, html.replace("<body", f'{marks}{segment}"', 1).replace("v-template", venue_id))
                sibling = Sibling(variant=Variant(segment=segment, order=("floor-1",), hero=(), why={}), version_id=theirs)
                look = SiblingLook(segment=segment, version_id=theirs)
                # The line judges a sibling when it makes it; here the first release does, as for the pages themselves.
                parts.documents().put(siblings_key(venue_id, made[-1]), Siblings(siblings=(sibling,)))
                parts.documents().put(looks_key(venue_id, made[-1]), SiblingLooks(looks=(look,)))
            parts.documents().put(page_key(venue_id, made[-1]), page.model_copy(update={"venue_id": venue_id}))
            parts.documents().put(recipe_key(venue_id, made[-1]), LivingRecipe(template_id="everyday_goods"))
        parts.venues().create(first.model_copy(update={"venue_id": venue_id}))
        return tuple(made)

    with ThreadPoolExecutor(8) as pool:
        written = Written(campaign_id, dict(zip(venue_ids, pool.map(write, venue_ids), strict=True)))
    written.approve(1)
    return written


def turn_over(operator: Callable[..., Any], written: Written, flips: int) -> list[Turn]:
    """Release edition 2, then back and forth between the two; the campaign stands at edition 1."""
    address = f"/api/campaigns/{written.campaign_id}/releases"
    written.approve(2)
    turns: list[Turn] = []
    for flip in range(flips):
        before, after = (1, 2) if flip % 2 == 0 else (2, 1)
        began = time.monotonic()
        # Going back to the release before the current one is going to the other edition.
        made = operator("POST", address, {"action": "rollback" if flip else "release"})
        turns.append(Turn(began, time.monotonic(), before, after))
        say(f"release {made['number']}: {len(made['changed'])} venues in {turns[-1].ended - began:.2f} s")
    return turns


def patient(operator: Callable[..., Any]) -> Callable[..., Any]:
    """Pages that nobody has judged yet take several calls, each of which goes on where the last one stopped."""

    def call(*asked: Any) -> Any:
        for _ in range(20):
            try:
                return operator(*asked)
            except BenchError as error:
                if "still_checking" not in str(error):
                    raise
        return operator(*asked)

    return call


# --- killed in the middle ---------------------------------------------------------------------------------------------


def release_and_die(campaign_id: str, place: str) -> None:
    """Release the campaign in this process, and kill -9 it at this place."""
    from huichang import bootstrap  # noqa: F401 - the parts below are wired by it
    from huichang.bootstrap import parts
    from huichang.venues.model import Actor

    releases = parts.releases()
    opened = 0

    def die(*_: Any, **__: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    def open_some(*given: Any) -> None:
        nonlocal opened
        opened += 1
        if opened > 3:
            die()
        real_open(*given)

    real_open = releases.pages.open_version
    if place == "opening":
        object.__setattr__(releases.pages, "open_version", open_some)
    elif place == "before_write":
        object.__setattr__(releases.store, "add", die)
    elif place == "after_write":
        object.__setattr__(releases.edge, "tell", die)
    else:
        object.__setattr__(releases.venues, "update", die)
    parts.campaign_releases().apply(campaign_id, "release", Actor(name="bench", role="operator"))


def killed(cloud: EmbeddedCloud, written: Written, place: str, releases_edition: int = 2) -> dict[str, Any]:
    """A release of this edition killed there, over the other one: what buyers see then, and after the minute's tick."""
    from huichang.bootstrap.parts import release_store, venues

    written.approve(releases_edition)
    environment = {**os.environ, **surroundings(cloud)}
    command = [sys.executable, "-m", "infra.bench.release", "--die", place, "--campaign", written.campaign_id]
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != -signal.SIGKILL:
        raise BenchError(f"the release was not killed at {place}: {done.returncode} {done.stderr[-500:]}")
    seen = editions(cloud, written)
    answer = cloud.client("lambda").invoke(FunctionName="huichang-keep-releases", Payload=b"{}")
    if answer.get("FunctionError"):
        raise BenchError(f"the tick failed: {answer['Payload'].read()[:300]!r}")
    current = release_store().current(written.campaign_id)
    live = current.live if current else {}
    behind = sum(venue.live_version != live.get(venue.venue_id) for venue in venues().of_campaign(written.campaign_id))
    return {"seen": seen, "after_tick": editions(cloud, written), "records_behind": behind}


def editions(cloud: EmbeddedCloud, written: Written) -> dict[str, int]:
    """edition -> how many venues show it now."""
    with httpx.Client(base_url=cloud.url, timeout=30, trust_env=False) as client:
        return dict(Counter(str(read(client, venue_id).edition) for venue_id in written.venue_ids))


# --- all of it --------------------------------------------------------------------------------------------------------


@contextmanager
def inside(cloud: EmbeddedCloud) -> Iterator[None]:
    """This process speaks to the cloud's stores as a function of the stack does."""
    given = surroundings(cloud)
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    sys.path.insert(0, str(REPOSITORY / "layers" / "shared"))
    from huichang.adapters.aws import client
    from huichang.bootstrap import parts

    made = [part for part in vars(parts).values() if hasattr(part, "cache_clear")]
    for part in (client, *made):
        part.cache_clear()
    try:
        yield
    finally:
        for part in (client, *made):
            part.cache_clear()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def hammer(
    cloud: EmbeddedCloud, operator: Callable[..., Any], written: Written, flips: int, readers: int, segment: str = ""
) -> dict[str, Any]:
    """Readers while the campaign is turned; the figures of it. The first release (edition 1) is made before they begin."""
    operator("POST", f"/api/campaigns/{written.campaign_id}/releases", {"action": "release"})
    reading = Readers(cloud.url, written.venue_ids, readers, segment)
    began = time.monotonic()
    with reading.running():
        turns = turn_over(operator, written, flips)
    seconds = time.monotonic() - began
    waits = [1000 * (each.ended - each.began) for each in reading.reads]
    lengths = [turn.ended - turn.began for turn in turns]
    return {
        "reads": len(reading.reads),
        "sweeps": len(reading.sweeps),
        "reads_per_second": round(len(reading.reads) / seconds, 1),
        "read_p50_ms": round(quantile(waits, 0.5), 1),
        "read_p99_ms": round(quantile(waits, 0.99), 1),
        "flip_p50_seconds": round(quantile(lengths, 0.5), 2),
        "flip_max_seconds": round(max(lengths), 2),
        "errors": sum(not each.edition for each in reading.reads),
        "mixed": contradictions(reading.reads, turns),
        "spanning": sum(len(seen) > 1 for seen in reading.sweeps),
    }


def sound(result: Mapping[str, Any], venues: int) -> bool:
    """Whether nothing was mixed, failed or half done. `venues`: of each campaign whose release was killed."""
    old, new = {"1": venues}, {"2": venues}
    wanted = {"opening": (old, old), "before_write": (old, old), "after_write": (old, new), "after_edge": (new, new)}
    ends = {place: (each["seen"], each["after_tick"]) for place, each in result["killed"].items()}
    behind = sum(each["records_behind"] for each in result["killed"].values())
    whole = all(ends[place] == wanted[place] for place in ends) and not behind
    return not result["mixed"] and not result["errors"] and whole


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's words for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.release", description="a campaign turned under readers, and killed")
    parser.add_argument("--venues", type=int, default=100)
    parser.add_argument("--flips", type=int, default=20)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--killed-venues", type=int, default=20, help="of each campaign whose release is killed")
    parser.add_argument("--segment", default="", help="each page has one for this buyer segment, and every other reader is its buyer")
    parser.add_argument("--state", type=Path, help="an empty folder to run in and to keep")
    parser.add_argument("--die", choices=KILLED_AT, help=argparse.SUPPRESS)
    parser.add_argument("--campaign", default=CAMPAIGN, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.die:
        release_and_die(options.campaign, options.die)
        return 1
    ran_on = machine()
    try:
        with fresh_cloud(6, options.state) as cloud, inside(cloud):
            say(f"writing a campaign of {options.venues} venues …")
            written = write_campaign(options.venues, segment=options.segment)
            operator = patient(Api(cloud, "operator"))
            figures = hammer(cloud, operator, written, options.flips, options.readers, options.segment)
            say(f"{figures['reads']} reads, {figures['mixed']} mixed, {figures['errors']} errors; now kill -9 …")
            deaths = {}
            for number, place in enumerate(KILLED_AT):
                dying = write_campaign(options.killed_venues, f"c-dies{number}")
                operator("POST", f"/api/campaigns/{dying.campaign_id}/releases", {"action": "release"})
                deaths[place] = killed(cloud, dying, place)
                say(f"{place}: {deaths[place]}")
    except (BenchError, StartError) as error:
        say(str(error))
        return 1
    asked = {"venues": options.venues, "readers": options.readers, "flips": options.flips, "killed_venues": options.killed_venues}
    asked |= {"segment": options.segment} if options.segment else {}
    result = {"machine": ran_on, **asked, **figures, "killed": deaths}
    print(json.dumps(result))
    return 0 if sound(result, options.killed_venues) else 1


if __name__ == "__main__":
    raise SystemExit(main())
