"""`python -m infra.bench.line`: 20 venues at once through the whole line, every model call delayed by 1 to 4 seeded seconds.

The embedded cloud starts on fresh state and imports about 300 sample products (not timed). Then 20 sentences, each for
one venue, are sent at once. A reviewer persona approves every page as soon as it is in review. Standard error is for
people; the last line of standard output is one JSON object:

machine                  cores, model name, memory, Python, load before the start (infra/bench/machine.py)
seed, delay_seconds      of the model server's delays; the same call gets the same delay whenever the seed is the same
slots                    Lambda handlers that the embedded cloud lets run at a time; one that waits for a model holds its slot
venues                   campaigns asked for, one venue each; `published` and `failed` (with a reason) and `hung` add up to it
wall_seconds             from the first request to the last venue's end, as a client sees it
critical_path_seconds    of the venue where it is longest. A venue's is the sum along its longest chain - InterpretBrief,
                         PlanThemes, ExpandTheme, the slowest of three recalls, FuseRecall, PlanFloors, MatchTemplate, the
                         slowest material, RenderPage, InspectPage, PublishVenue - of each station's seeded model delays
                         (drawn again from the seed for the call keys in the ledger) and its own time (its span in the step
                         journal less its model calls as the ledger timed them). InterpretBrief, PlanThemes and materials
                         keep no journal: only their delays count. No queueing, no dispatching, no review: with workers
                         enough and a reviewer who waits at the desk, wall time would be this.
wall_over_critical_path  what queueing, dispatching and reviewing cost: 1 is ideal
model_path_seconds       the same chain with own times of zero, so that a slow machine does not flatter itself
wall_over_model_path     against it
steps                    journalled steps that ended
overhead_ms_per_step     a step's own time, mean over all steps but RequestMaterials and RequestReview, which wait for others
gap_ms_per_step          mean time between two steps that only the state machine connects: dispatching and waiting for a slot
p50/p95_venue_seconds    from the request for the campaign to the end of PublishVenue, nearest rank
phases_p50_seconds       medians of where a venue's time went; `own_ms_by_step` means of the steps' own times
model_calls              calls the model server answered with work; `model_delay_seconds` their delays in sum, `model_peak`
                         the most it had open at once, `replays` the calls that were answered before
billed_twice             calls the model server worked on more than once: must be 0
unbooked                 calls it worked on that the ledger does not know: must be 0

Exit status 1: a venue hung or failed, a call was billed twice or is not in the ledger. Ten minutes are the most it takes.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from infra.bench.figures import call_of, summarize, venue_run
from infra.bench.machine import machine
from infra.local.cloud import REPOSITORY, EmbeddedCloud, StartError
from infra.local.models.faults import Faults

CATALOGUE = "bench"
PER_TOPIC = 16
# (industry, leaf category of the sample in zh and in en)
TOPICS: tuple[tuple[str, str, str], ...] = (
    ("toys", "熊猫公仔", "panda plush toys"),
    ("toys", "积木", "building blocks"),
    ("womenswear", "连衣裙", "dresses"),
    ("womenswear", "牛仔裤", "women's jeans"),
    ("menswear", "衬衫", "men's shirts"),
    ("shoes_bags", "运动鞋", "sneakers"),
    ("shoes_bags", "双肩包", "backpacks"),
    ("home_textiles", "四件套", "bedding sets"),
    ("home_textiles", "毛巾浴巾", "towels"),
    ("kitchen", "马克杯", "mugs"),
    ("electronics", "蓝牙耳机", "wireless earbuds"),
    ("beauty", "口红", "lipsticks"),
    ("mother_baby", "连体衣", "baby rompers"),
    ("sports_outdoor", "帐篷", "tents"),
    ("pet", "宠物窝", "pet beds"),
    ("food", "坚果零食", "nuts and snacks"),
    ("food", "茶叶", "tea"),
    ("stationery", "笔记本", "notebooks"),
    ("jewelry", "项链", "necklaces"),
    ("tools", "工具套装", "tool sets"),
)
WORDINGS = {
    "zh": ("帮我生成一个{}会场", "做一个{}专场", "来一个{}主题会场", "帮我生成一个低价{}会场"),
    "en": ("a venue for {}", "build a promotion venue of {}", "please make a venue with {}", "a low-price venue for {}"),
}
END = ("published", "failed", "retired")
IMPORT_SECONDS = 180.0
POLL_SECONDS = 0.5


class BenchError(RuntimeError):
    """The benchmark could not be carried out, so it has no figures."""


class Api:
    """The HTTP API as a persona; may be used by several threads."""

    def __init__(self, cloud: EmbeddedCloud, persona: str) -> None:
        self._client = httpx.Client(base_url=cloud.url, headers={"Authorization": f"Bearer {cloud.token(persona)}"}, timeout=60)

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer. BenchError with the problem's words otherwise."""
        answer = self._client.request(method, path, json=body)
        if answer.status_code >= 400:
            raise BenchError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None


class ModelServer:
    """The offline model server's other doors (infra/local/models/server.py)."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self._url = str(cloud.runtime["model_url"]).removesuffix("/v1")

    def delay(self, faults: Faults) -> None:
        """From now on behave so, and count from here."""
        httpx.post(f"{self._url}/_faults", json=faults.model_dump(mode="json"), timeout=30).raise_for_status()
        httpx.get(f"{self._url}/_stats", params={"reset": 1}, timeout=30).raise_for_status()

    def statistics(self) -> dict[str, Any]:
        """Counts since `delay`, with the billed keys."""
        answer = httpx.get(f"{self._url}/_stats", params={"keys": 1}, timeout=30).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def say(text: str) -> None:
    """One line for people."""
    print(text, file=sys.stderr, flush=True)


def sentences(count: int, seed: int) -> list[str]:
    """`count` sentences over as many topics, zh and en in turn; the seed chooses topics and wordings."""
    dice = random.Random(seed)
    chosen = dice.sample(TOPICS, count)
    languages = [("zh", "en")[number % 2] for number in range(count)]
    return [
        dice.choice(WORDINGS[language]).format(chinese if language == "zh" else english)
        for language, (_, chinese, english) in zip(languages, chosen, strict=True)
    ]


def products() -> Iterator[dict[str, Any]]:
    """The sample's products of all topics, at most PER_TOPIC each."""
    from infra.sample.generate import products as sample

    taken: Counter[tuple[str, str]] = Counter()
    leaves = {(industry, chinese) for industry, chinese, _ in TOPICS}
    for record in sample():
        place = (record["industry"], record["category_path"][-1])
        if place in leaves and taken[place] < PER_TOPIC:
            taken[place] += 1
            yield record


def import_catalogue(
    cloud: EmbeddedCloud, records: Iterable[dict[str, Any]] | None = None, seconds: float = IMPORT_SECONDS, catalogue: str = CATALOGUE
) -> int:
    """Import these products (None: those of all topics) as any catalogue is. Returns how many are indexed; BenchError if it fails."""
    rows = ({**record, "catalogue": catalogue} for record in (products() if records is None else records))
    data = gzip.compress("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(), mtime=0)
    mapping = (REPOSITORY / "layers/shared/huichang/catalog/mappings/sample.yaml").read_text(encoding="utf-8")
    operator = Api(cloud, "operator")
    file = {"role": "main", "filename": "products.jsonl.gz", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    wanted = {"catalogue": catalogue, "filename": "products.jsonl.gz", "mapping": mapping, "files": [file]}
    created = operator("POST", "/api/imports", wanted)
    httpx.put(created["uploads"][0]["url"], content=data, timeout=60).raise_for_status()
    address = f"/api/imports/{created['import_id']}"
    operator("POST", f"{address}/start")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        state = operator("GET", address)
        if state["status"] == "failed":
            raise BenchError(f"the import failed: {state['failure']}")
        if state["status"] == "done":
            if state["rejected"]:
                raise BenchError(f"{state['rejected']} rows of our own sample were rejected")
            return int(state["indexed"])
        time.sleep(POLL_SECONDS)
    raise BenchError(f"the import did not end within {seconds:.0f} s")


class Race:
    """All campaigns at once, until every venue has ended or the time is up."""

    def __init__(self, cloud: EmbeddedCloud, asked: Sequence[str], pool: ThreadPoolExecutor, promotion: str | None = None) -> None:
        self._asked = asked
        self._promotion = promotion
        self._pool = pool
        self._operator = Api(cloud, "operator")
        self._reviewer = Api(cloud, "reviewer")
        self._approved: set[str] = set()
        self.campaigns: dict[str, dict[str, Any]] = {}
        self.venues: list[dict[str, Any]] = []
        self.wall_seconds = 0.0

    def run(self, seconds: float) -> None:
        """Start, approve, wait. BenchError when a campaign cannot even be started."""
        started = time.monotonic()
        named = {"promotion": self._promotion} if self._promotion else {}
        bodies = [{"sentence": sentence, "catalogue": CATALOGUE, "venues": 1, **named} for sentence in self._asked]
        for campaign in self._pool.map(lambda body: self._operator("POST", "/api/campaigns", body), bodies):
            self.campaigns[campaign["campaign_id"]] = campaign
        say(f"{time.monotonic() - started:6.1f} s  {len(self.campaigns)} campaigns started")
        told = time.monotonic()
        while time.monotonic() - started < seconds:
            self._look()
            self.wall_seconds = time.monotonic() - started
            if time.monotonic() - told >= 5 or self.ended:
                told = time.monotonic()
                say(f"{self.wall_seconds:6.1f} s  {self._state()}")
            if self.ended:
                return
            time.sleep(POLL_SECONDS)

    @property
    def ended(self) -> bool:
        """Whether nothing more can come."""
        return not self.hung

    @property
    def failed(self) -> list[str]:
        """Why venues, or campaigns that never got one, ended without a page."""
        barren = [campaign for campaign in self.campaigns.values() if campaign["status"] == "failed"]
        lost = [venue for venue in self.venues if venue["status"] in ("failed", "retired")]
        return [
            *(f"{campaign['request']['sentence']}: {_reason(campaign)}" for campaign in barren),
            *(f"{venue['theme']['name']}: {_reason(venue)}" for venue in lost),
        ]

    @property
    def hung(self) -> list[str]:
        """What has not ended: venues, and campaigns that have no venue yet."""
        with_venue = {venue["campaign_id"] for venue in self.venues}
        open_campaigns = [
            f"{campaign['request']['sentence']}: {campaign['status']}"
            for campaign_id, campaign in self.campaigns.items()
            if campaign_id not in with_venue and campaign["status"] != "failed"
        ]
        return open_campaigns + [f"{venue['theme']['name']}: {venue['status']}" for venue in self.venues if venue["status"] not in END]

    def _look(self) -> None:
        found = self._operator("GET", "/api/venues")["venues"]
        self.venues = [venue for venue in found if venue["campaign_id"] in self.campaigns]
        if len({venue["campaign_id"] for venue in self.venues}) < len(self.campaigns):
            for campaign in self._operator("GET", "/api/campaigns")["campaigns"]:
                if campaign["campaign_id"] in self.campaigns:
                    self.campaigns[campaign["campaign_id"]] = campaign
        waiting = [venue for venue in self.venues if venue["status"] == "in_review" and venue["staged_version"] not in self._approved]
        for venue in waiting:
            self._approved.add(venue["staged_version"])
        list(self._pool.map(self._approve, waiting))

    def _approve(self, venue: dict[str, Any]) -> None:
        body = {"version_id": venue["staged_version"], "note": "benchmark: no person looked at it"}
        self._reviewer("POST", f"/api/venues/{venue['venue_id']}/approve", body)

    def _state(self) -> str:
        counts = Counter(venue["status"] for venue in self.venues)
        planning = len(self.campaigns) - len({venue["campaign_id"] for venue in self.venues})
        if planning:
            counts["without a venue yet"] = planning
        return ", ".join(f"{status} {count}" for status, count in sorted(counts.items()))


def _reason(record: dict[str, Any]) -> str:
    failure = record.get("failure") or {}
    return f"{failure.get('code', record['status'])}: {failure.get('message', '')}"


def ledger_of(cloud: EmbeddedCloud, campaign_id: str) -> list[dict[str, Any]]:
    """The booked calls of a campaign, those before its venues existed included: the API shows a venue's only."""
    query = {
        "TableName": cloud.runtime["resources"]["StateTable"],
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": f"LEDGER#{campaign_id}"}},
    }
    pages = cloud.client("dynamodb").get_paginator("query").paginate(**query)
    return [json.loads(item["body"]["S"]) for page in pages for item in page["Items"]]


def measure(cloud: EmbeddedCloud, faults: Faults, asked: Sequence[str], seconds: float) -> dict[str, Any]:
    """Run the race and return its figures, without the machine. BenchError where there is nothing to measure."""
    server = ModelServer(cloud)
    server.delay(faults)
    with ThreadPoolExecutor(8) as pool:
        race = Race(cloud, asked, pool)
        race.run(seconds)
    counted = server.statistics()
    operator = Api(cloud, "operator")
    ledgers = {campaign_id: [call_of(booked, faults) for booked in ledger_of(cloud, campaign_id)] for campaign_id in race.campaigns}
    published = [venue for venue in race.venues if venue["status"] == "published"]
    runs = [
        venue_run(
            operator("GET", f"/api/venues/{venue['venue_id']}"),
            race.campaigns[venue["campaign_id"]]["created_at"],
            ledgers[venue["campaign_id"]],
        )
        for venue in published
    ]
    booked = {call.key for calls in ledgers.values() for call in calls}
    worked = {name.rpartition("|")[2] for name in counted["keys"]}
    for line in race.failed:
        say(f"failed  {line}")
    for line in race.hung:
        say(f"hung    {line}")
    return {
        "venues": len(asked),
        "published": len(published),
        "failed": len(race.failed),
        "hung": len(race.hung),
        "wall_seconds": round(race.wall_seconds, 2),
        **summarize(runs, race.wall_seconds),
        "model_calls": sum(counted["billed"].values()),
        "model_calls_by_kind": counted["billed"],
        "model_delay_seconds": round(sum(counted["delay_seconds"].values()), 1),
        "model_peak": counted["peak"],
        "replays": counted["replays"],
        "billed_twice": len(counted["billed_twice"]),
        "unbooked": len(worked - booked),
    }


@contextmanager
def fresh_cloud(slots: int, state: Path | None) -> Iterator[EmbeddedCloud]:
    """An embedded cloud on an empty folder, which is removed afterwards unless it was named."""
    with (
        tempfile.TemporaryDirectory(prefix="huichang-bench-") as folder,
        EmbeddedCloud(state or Path(folder) / "state", slots=slots) as cloud,
    ):
        yield cloud


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's words for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.line", description="20 venues at once with seeded model delays")
    parser.add_argument("--venues", type=int, default=len(TOPICS), choices=range(1, len(TOPICS) + 1), metavar=f"1..{len(TOPICS)}")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--delay", type=float, nargs=2, default=(1.0, 4.0), metavar=("FROM", "TO"), help="seconds of every model call")
    parser.add_argument("--slots", type=int, default=6, help="Lambda handlers at a time")
    parser.add_argument("--seconds", type=float, default=420.0, help="a venue that has not ended by then hangs")
    parser.add_argument("--state", type=Path, help="an empty folder to run in and to keep")
    options = parser.parse_args(arguments)
    ran_on = machine()
    low, high = sorted(options.delay)
    faults = Faults(seed=options.seed, delay={"chat": (low, high), "embedding": (low, high), "image": (low, high)})
    say(f"bench-line on {ran_on['cores']} cores, {ran_on['model']}, load {ran_on['load_1m']}")
    try:
        with fresh_cloud(options.slots, options.state) as cloud:
            count = import_catalogue(cloud)
            say(f"{count} products imported; {options.venues} sentences follow at once, model delays {low:g} to {high:g} s")
            result = measure(cloud, faults, sentences(options.venues, options.seed), options.seconds)
    except (BenchError, StartError, httpx.HTTPError) as error:
        say(f"bench-line came to nothing: {error}")
        return 1
    head = {"bench": "line", "machine": ran_on, "seed": options.seed, "delay_seconds": [low, high], "slots": options.slots}
    print(json.dumps({**head, "products": count, **result}, ensure_ascii=False))
    wrong = {name: result[name] for name in ("hung", "failed", "billed_twice", "unbooked") if result[name]}
    if wrong:
        say(f"wrong: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
