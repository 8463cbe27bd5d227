"""The line as a run of chaos drives it: patient with a cloud that is away, and with a memory of what it was promised."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.bench.line import TOPICS, WORDINGS, BenchError, say
from infra.local.cloud import REPOSITORY, EmbeddedCloud, free_port
from infra.local.models.faults import Faults

COPIES = ("bench", "bench-2", "bench-3", "bench-4", "bench-5", "bench-6", "bench-7", "bench-8", "bench-9", "bench-10")
END = ("published", "failed", "retired")
MAKING = ("generating", "staged", "in_review", "approved", *END)
PATIENCE = 180.0
Found = TypeVar("Found")


def asked_for(count: int, seed: int) -> list[dict[str, Any]]:
    """Bodies of `count` campaigns of one venue: every topic once per catalogue, zh and en in turn; the seed chooses the wordings."""
    if count > len(TOPICS) * len(COPIES):
        raise BenchError(f"at most {len(TOPICS) * len(COPIES)} venues")
    dice = random.Random(seed)
    bodies = []
    for number in range(count):
        _, chinese, english = TOPICS[number % len(TOPICS)]
        language = ("zh", "en")[(number + number // len(TOPICS)) % 2]
        sentence = dice.choice(WORDINGS[language]).format(chinese if language == "zh" else english)
        bodies.append({"sentence": sentence, "catalogue": COPIES[number // len(TOPICS)], "venues": 1})
    return bodies


class Provider:
    """The model server as a process of its own: no part of the cloud, and not killed with it."""

    def __init__(self, folder: Path) -> None:
        self._log = (folder / "provider.log").open("ab")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/v1"
        self._door = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "infra.local.models", "--port", str(port)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        paths = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "layers" / "shared")))
        environment = os.environ | {"PYTHONPATH": paths}
        self._process = subprocess.Popen(self._command, cwd=REPOSITORY, stdout=self._log, stderr=self._log, env=environment)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                httpx.get(f"{self._door}/healthz", timeout=2).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.1)
                continue
            return self
        self.__exit__(None, None, None)
        raise BenchError(f"the model server did not start; see {self._log.name}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
        self._log.close()

    def trouble(self, faults: Faults, *, count_anew: bool = True) -> None:
        """From now on so."""
        httpx.post(f"{self._door}/_faults", json=faults.model_dump(mode="json"), timeout=30).raise_for_status()
        if count_anew:
            httpx.get(f"{self._door}/_stats", params={"reset": 1}, timeout=30).raise_for_status()

    def calls(self) -> int:
        """Everything that was asked."""
        return sum(httpx.get(f"{self._door}/_stats", timeout=30).json()["calls"].values())

    def evidence(self) -> dict[str, Any]:
        """All counts and bills."""
        found: dict[str, Any] = httpx.get(f"{self._door}/_stats", params={"bills": 1}, timeout=30).raise_for_status().json()
        return found


class Line:
    """Campaigns, venues, and the reviewer."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self.cloud = cloud
        self.campaigns: dict[str, dict[str, Any]] = {}
        self.venues: dict[str, dict[str, Any]] = {}
        self._operator = self._reviewer = httpx.Client()
        self.sign_in()

    def sign_in(self) -> None:
        """Again after a restart: tokens stay good, addresses may not."""
        self._operator, self._reviewer = (
            httpx.Client(base_url=self.cloud.url, headers={"Authorization": f"Bearer {self.cloud.token(persona)}"}, timeout=60)
            for persona in ("operator", "reviewer")
        )

    # --- driving ------------------------------------------------------------------------------------------------------

    def start(self, bodies: Sequence[dict[str, Any]]) -> None:
        """These campaigns at once. BenchError when one is not accepted: then there is nothing to measure."""
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(self._started, bodies):
                self.campaigns[found["campaign_id"]] = found

    def _started(self, body: dict[str, Any]) -> dict[str, Any]:
        """A campaign that was asked for once, though its answer may have been lost: then it is found, and not asked for again."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._operator.post("/api/campaigns", json=body)
                if answer.status_code == 202:
                    found: dict[str, Any] = answer.json()
                    return found
                said = f"{answer.status_code} {answer.text[:300]}"
            except httpx.TransportError as error:
                said = str(error)
            time.sleep(2)
            for item in self.records("CAMPAIGNS", index="gsi1"):
                request = item["body"]["request"]
                if (request["sentence"], request["catalogue"]) == (body["sentence"], body["catalogue"]):
                    accepted: dict[str, Any] = item["body"]
                    return accepted
            if time.monotonic() > end:
                raise BenchError(f"POST /api/campaigns: {said}")

    def look(self) -> None:
        """What there is now. Read from the records themselves: who looks at a hundred venues all the time must not be what slows them."""
        for item in self.records("CAMPAIGNS", index="gsi1"):
            if item["body"]["campaign_id"] in self.campaigns:
                self.campaigns[item["body"]["campaign_id"]] |= item["body"]
        for campaign_id, known in self.campaigns.items():
            venues = [venue for venue in self.venues.values() if venue["campaign_id"] == campaign_id]
            if known["status"] in ("requested", "planning", "failed") or (venues and all(venue["status"] in END for venue in venues)):
                continue
            for item in self.records(f"CAMPAIGN-VENUES#{campaign_id}", index="gsi1"):
                self.venues[item["body"]["venue_id"]] = item["body"]

    def approve(self) -> None:
        """Whatever is in review. A decision that a crash took back is made again."""
        for venue in self.venues.values():
            if venue["status"] == "in_review":
                body = {"version_id": venue["staged_version"], "note": "benchmark: no person looked at it"}
                try:
                    self._said(self._reviewer, "POST", f"/api/venues/{venue['venue_id']}/approve", body)
                except BenchError as error:
                    if " 409 " not in str(error):  # it has gone on since we looked
                        raise

    def sweep(self) -> None:
        """What happens by itself once a minute, a little more often. A sweep that is killed is no matter: the next one comes."""
        try:
            client = self.cloud.client("lambda")
            client.invoke(FunctionName="huichang-sweep-stale-work", InvocationType="Event", Payload=json.dumps({}))
        except (BotoCoreError, ClientError) as error:
            say(f"         no sweep: {error}")

    def settle(self, seconds: float) -> None:
        """Wait until nothing is held any more for calls that are over, sweeping as the schedule does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.reservations(unclear=False):
            self.sweep()
            time.sleep(5)

    # --- looking ------------------------------------------------------------------------------------------------------

    def counts(self) -> Counter[str]:
        """By status; campaigns count where they have no venue."""
        found = Counter(venue["status"] for venue in self.venues.values())
        barren = set(self.campaigns) - {venue["campaign_id"] for venue in self.venues.values()}
        found.update(f"campaign {self.campaigns[campaign_id]['status']}" for campaign_id in barren)
        return found

    def making(self) -> int:
        """Venues that have come to their materials, or beyond."""
        return sum(venue["status"] in MAKING for venue in self.venues.values())

    @property
    def ended(self) -> bool:
        """Whether nothing more can come."""
        return not self.unended()

    def unended(self) -> list[str]:
        """Campaigns without a venue that have not failed, and venues on their way."""
        with_venue = {venue["campaign_id"] for venue in self.venues.values()}
        waiting = [key for key, campaign in self.campaigns.items() if key not in with_venue and campaign["status"] != "failed"]
        return waiting + [key for key, venue in self.venues.items() if venue["status"] not in END]

    def detail(self, venue_id: str) -> dict[str, Any]:
        """GET /api/venues/<id>."""
        return self._said(self._operator, "GET", f"/api/venues/{venue_id}")

    def campaign(self, campaign_id: str) -> dict[str, Any] | None:
        """GET /api/campaigns/<id>, None where it is unknown."""
        answer = patiently(lambda: self._operator.get(f"/api/campaigns/{campaign_id}"))
        found: dict[str, Any] | None = None if answer.status_code == 404 else answer.raise_for_status().json()
        return found

    def page(self, path: str) -> int:
        """Status of a public page."""
        return patiently(lambda: httpx.get(f"{self.cloud.url}{path}", timeout=30)).status_code

    def records(self, pk: str, prefix: str = "", index: str = "") -> list[dict[str, Any]]:
        """Items of the state table: attributes as they are, bodies parsed."""
        name = f"{index}pk" if index else "pk"
        query: dict[str, Any] = {
            "TableName": self.cloud.runtime["resources"]["StateTable"],
            "KeyConditionExpression": f"{name} = :pk" + (" AND begins_with(sk, :sk)" if prefix else ""),
            "ExpressionAttributeValues": {":pk": {"S": pk}} | ({":sk": {"S": prefix}} if prefix else {}),
        }
        if index:
            query["IndexName"] = index
        pages = self.cloud.client("dynamodb").get_paginator("query").paginate(**query)
        items = [{key: next(iter(value.values())) for key, value in item.items()} for page in pages for item in page["Items"]]
        return [item | ({"body": json.loads(item["body"])} if "body" in item else {}) for item in items]

    def reservations(self, *, unclear: bool) -> list[dict[str, Any]]:
        """Money that is held: for calls that are being made, or (`unclear`) for answers that were lost."""
        return [item for item in self.records("RESERVATIONS", index="gsi2") if bool(item.get("unclear")) == unclear]

    def has_document(self, key: str) -> bool:
        """Whether a body is stored."""
        try:
            self.cloud.client("s3").head_object(Bucket=self.cloud.outputs["BodyBucketName"], Key=f"documents/{key}.json")
        except ClientError:
            return False
        return True

    def dead_letters(self) -> dict[str, int]:
        """Messages in dead-letter queues, by queue; empty ones are left out."""
        sqs, found = self.cloud.client("sqs"), {}
        for url in sqs.list_queues().get("QueueUrls", []):
            if "Dlq" in url:
                answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
                if count := int(answer["Attributes"]["ApproximateNumberOfMessages"]):
                    found[url.rsplit("/", 1)[-1]] = count
        return found

    def _said(self, who: httpx.Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = patiently(lambda: who.request(method, path, json=body))
        if answer.status_code >= 400:
            raise BenchError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found


def patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer of a cloud whose API workers are killed too: asked again while it breaks, for a minute."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            answer = ask()
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
        else:
            if answer.status_code < 500 or time.monotonic() > end:
                return answer
        time.sleep(0.5)
