"""`python -m infra.bench.chaos --venues 100 --faults 0.1 --seed 7`: the whole line while everything goes wrong.

An embedded cloud on fresh state, one campaign for each venue, --at-once of them at a time; a reviewer persona approves what is in review.
Meanwhile a share `faults` of everything fails: the provider throttles (with and without Retry-After), breaks, hangs, loses answers, sends
malformed and hostile ones; messages on the three material queues are lost, doubled and reordered; workers are killed with -9 in the middle
of their work; and once, in the middle, the whole cloud is killed with -9 and started on what it had written down. The provider is no part
of the cloud and lives on. It does not know Idempotency-Key: a call that is sent again is worked on, and billed, again.

Standard error is for people; the last line of standard output is one JSON object:

published            venues whose page answers at its public address
failed_with_reason   {total, reasons}: campaigns or venues that ended without a page, by code and step, each with a message and a mend
hung                 must be 0: what has not ended after --seconds, and what failed without saying why or how to mend it
paid_twice           must be 0: calls that were billed again although an answer to them had been delivered whole to a worker that lived on;
                     and materials with more booked calls than one for each time that an answer was unusable
paid_in_vain         bills that nobody can avoid without the provider's help, by what became of the answer: `lost` on the wire; `gone`: the
                     caller had timed out or was killed; `held_by_the_killed`: delivered at most hand_seconds before a kill, or to a
                     process that was dying of it, and asked for again; `perhaps_timed_out`: it left the provider when more than half of
                     the caller's patience was over, and was asked for again; and the unusable ones: malformed, invalid, hostile.
                     hand_seconds: three times the longest that any worker took from an answer to its booking on this machine, and at
                     least 3
lost                 must be 0: {campaigns, venues, materials, pages, reservations, money}: campaigns that were accepted and are unknown;
                     venues that were planned and are unknown; materials of an ended venue that have not ended, or are ready without a
                     result; published pages that do not answer; money held for calls that are over (what a lost answer may have cost
                     stays held for a day, and is told as held_unclear_usd); campaigns whose counter is not the sum of their bookings
p50/p95_minutes      from the request for the campaign to the end of its venue, published or not, nearest rank
makespan_over_quota_bound   from the first chat request that reached the provider to the last, over what the quota alone would take for as
                     many; a machine that is slower than the quota shows here
injected             what really happened, by kind; `never_fired` names the kinds that did not
moves                transitions of materials that were written down, by kind
machine              cores, model name, memory, Python, load before the start

Exit status 1: something hung, was paid twice or lost, or (with --every-kind) a kind of fault never fired.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from infra.bench.chaos_account import Death, Evidence, account
from infra.bench.chaos_line import COPIES, Line, Provider, asked_for
from infra.bench.line import TOPICS, BenchError, import_catalogue, products, say
from infra.bench.machine import machine
from infra.local.cloud import OFFLINE_MODELS, EmbeddedCloud, StartError
from infra.local.models.faults import Faults

MODEL_TIMEOUT = 6
STALE_SECONDS = 24
SWEEP_SECONDS = 20.0
RESTART_AT = 0.35
"""Share of all venues that have come to their materials, or beyond, when the cloud is killed."""
QUEUES = ("CopyQueue", "ImageQueue", "MaterialEventsQueue")


def model_faults(share: float, seed: int) -> Faults:
    """A provider of which this share of tries goes wrong, one way or the other."""
    return Faults(
        seed=seed,
        delay={"chat": (0.2, 1.0), "embedding": (0.05, 0.2), "image": (0.5, 2.0)},
        error_rate=0.45 * share,
        statuses=(429, 429, 500, 502, 503),
        retry_after=2,
        says_when_rate=0.5,
        hang_rate=0.1 * share,
        lost_rate=0.1 * share,
        malformed_rate=0.1 * share,
        invalid_rate=0.1 * share,
        hostile_rate=0.15 * share,
        forgetful=True,
    )


def queue_trouble(share: float, seed: int) -> dict[str, Any]:
    """A tenth of what is lost would be enough; a third of the share for each kind is more than any queue does."""
    rates = {f"{kind}_rate": share / 3 for kind in ("lose", "duplicate", "reorder")}
    return {"seed": seed, "queues": QUEUES, **rates}


class Chaos:
    """One run: drives the line, makes the trouble that comes from outside, and keeps what must be accounted for."""

    def __init__(self, cloud: EmbeddedCloud, provider: Provider, options: argparse.Namespace) -> None:
        self.cloud, self.provider, self.options = cloud, provider, options
        self.line = Line(cloud)
        self.dice = random.Random(options.seed)
        self.trouble = queue_trouble(options.faults, options.seed)
        self.messages: Counter[str] = Counter()
        self.kills: list[Death] = []
        self.restarts: list[Death] = []
        self.kills_wanted = max(5, round(options.venues * options.faults))
        self._expected_calls = 11 * options.venues
        self._swept = 0.0
        self._told = 0.0

    def run(self) -> float:
        """Until everything has ended, or --seconds are over. Seconds it took."""
        self.cloud.trouble_queues(self.trouble)
        started = accepted = time.monotonic()
        waiting = asked_for(self.options.venues, self.options.seed)
        while time.monotonic() - started < self.options.seconds:
            self.line.look()
            self.line.approve()
            self._tell(time.monotonic() - started)
            if self.line.ended and not waiting:
                break
            self._kill()
            due = not self.restarts and self.line.making() >= RESTART_AT * self.options.venues
            room = self.options.at_once - len(self.line.unended())
            if waiting and room > 0 and not due:
                self.line.start(waiting[:room])
                waiting, accepted = waiting[room:], time.monotonic()
            # What was accepted must have had the time to be written down: an embedded cloud writes every ten seconds.
            if due and time.monotonic() - accepted > 15:
                self._restart()
            if time.monotonic() - self._swept > SWEEP_SECONDS:
                self._swept = time.monotonic()
                self.line.sweep()
            time.sleep(0.5)
        self.messages.update(self.cloud.trouble_queues())
        return time.monotonic() - started

    def _tell(self, seconds: float) -> None:
        if seconds - self._told >= 10:
            self._told = seconds
            counts = ", ".join(f"{name} {count}" for name, count in sorted(self.line.counts().items()))
            say(f"{seconds:6.1f} s  {counts}; {self.provider.calls()} calls, {len(self.kills)} kills, {len(self.restarts)} restarts")

    def _kill(self) -> None:
        """Spread over the run by the calls that were made; whoever is busy, one of the material workers every other time."""
        due = self.provider.calls() * self.kills_wanted / self._expected_calls
        if len(self.kills) >= self.kills_wanted or len(self.kills) >= due:
            return
        busy = sorted({worker["function"] for worker in self.cloud.workers() if worker["busy"]})
        making = [name for name in busy if "generate" in name]
        among = making if making and len(self.kills) % 2 == 0 else busy
        if not among:
            return
        function = self.dice.choice(among)
        at = time.time()
        try:
            pid = self.cloud.kill_a_worker(function, seconds=0.5)
        except (TimeoutError, ProcessLookupError):
            return  # it was quicker
        self.kills.append(Death(at, gone(pid), function.removeprefix("huichang-")))

    def _restart(self) -> None:
        self.messages.update(self.cloud.trouble_queues())
        say("         the whole cloud is killed with -9")
        at = time.time()
        self.cloud.restart(crash=True)
        self.restarts.append(Death(at, time.time()))
        self.cloud.trouble_queues(self.trouble | {"seed": self.options.seed + 1})
        self.line.sign_in()


def gone(pid: int, seconds: float = 5.0) -> float:
    """When a killed process has ended (seconds since the epoch); waits for it, `seconds` at most."""
    end = time.monotonic() + seconds
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.kill(pid, 0)  # its host reaps it as soon as it has ended
            time.sleep(0.01)
    return time.time()


def measure(cloud: EmbeddedCloud, provider: Provider, options: argparse.Namespace) -> dict[str, Any]:
    """The run and its account, without the machine."""
    chaos = Chaos(cloud, provider, options)
    provider.trouble(model_faults(options.faults, options.seed))
    seconds = chaos.run()
    provider.trouble(Faults(forgetful=True), count_anew=False)
    line = chaos.line
    line.settle(120)
    evidence = Evidence(
        line=line,
        provider=provider.evidence(),
        messages=dict(chaos.messages),
        kills=chaos.kills,
        restarts=chaos.restarts,
        requests_per_minute=options.quota,
        model_timeout=MODEL_TIMEOUT,
    )
    return {"wall_seconds": round(seconds, 1), **account(evidence)}


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's words for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.chaos", description="the whole line while everything goes wrong")
    parser.add_argument("--venues", type=int, default=100)
    parser.add_argument("--faults", type=float, default=0.1, help="share of everything that goes wrong, 0 to 0.5")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quota", type=int, default=90, help="chat requests per minute that the provider allows")
    parser.add_argument("--at-once", type=int, default=20, help="venues at a time, as a campaign's Map runs them")
    parser.add_argument("--slots", type=int, default=6, help="Lambda handlers at a time")
    parser.add_argument("--seconds", type=float, default=2400.0, help="what has not ended by then hangs")
    parser.add_argument("--every-kind", action="store_true", help="fail if a kind of fault never fired")
    parser.add_argument("--state", type=Path, help="an empty folder to run in and to keep")
    options = parser.parse_args(arguments)
    ran_on = machine()
    say(f"chaos on {ran_on['cores']} cores, {ran_on['model']}, load {ran_on['load_1m']}")
    parameters = {
        **OFFLINE_MODELS,
        "ModelQuotas": f"huichang-offline-chat: {{requests_per_minute: {options.quota}}}",
        "ModelTimeoutSeconds": str(MODEL_TIMEOUT),
        "MaterialStaleSeconds": str(STALE_SECONDS),
    }
    try:
        with tempfile.TemporaryDirectory(prefix="huichang-chaos-") as folder, Provider(Path(folder)) as provider:
            state = options.state or Path(folder) / "state"
            with EmbeddedCloud(state, model_base_url=provider.url, parameters=parameters, slots=options.slots) as cloud:
                rows = list(products())
                count = 0
                for name in COPIES[: -(-options.venues // len(TOPICS))]:
                    count += import_catalogue(cloud, [{**row, "id": f"{name}-{row['id']}"} for row in rows], catalogue=name)
                say(f"{count} products imported; {options.venues} sentences follow, {options.at_once} at a time")
                result = measure(cloud, provider, options)
    except (BenchError, StartError, httpx.HTTPError) as error:
        say(f"chaos came to nothing: {error}")
        return 1
    head = {"bench": "chaos", "machine": ran_on, "venues": options.venues, "faults": options.faults, "seed": options.seed}
    terms = {"quota_requests_per_minute": options.quota, "at_once": options.at_once, "slots": options.slots}
    print(json.dumps({**head, **terms, **result}, ensure_ascii=False))
    wrong = {name: result[name] for name in ("hung", "paid_twice", "lost") if result[name]}
    if options.every_kind and result["never_fired"]:
        wrong["never_fired"] = result["never_fired"]
    if wrong:
        say(f"wrong: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
