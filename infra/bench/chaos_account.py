"""What became of everything, from what a run of chaos left behind: records, the ledger, the provider's bills."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.bench.chaos_line import END, Line
from infra.bench.figures import moment, quantile

HAND_SECONDS = 3.0
"""So long before a kill, an answer may have been delivered and not yet been written down, on a machine at rest."""
ENDED_MATERIAL = ("ready", "failed", "superseded")
UNUSABLE = ("malformed", "invalid", "hostile")
MATERIAL_PURPOSES = ("copy of ", "picture of ")
MODEL_KINDS = {
    "throttled, told when": "429 with Retry-After",
    "throttled, not told when": "429",
    "hung": ":hang",
    "answer lost": ":lost",
    "malformed answer": ":malformed",
    "invalid answer": ":invalid",
    "hostile answer": ":hostile",
}
MESSAGE_KINDS = {"message lost": ":lost", "message duplicated": ":duplicated", "message reordered": ":reordered"}


@dataclass(frozen=True)
class Death:
    """`at`: when a worker, or all of them, were killed; `gone`: when they were (seconds since the epoch). In between they still hold their
    connections, which close when their memory has been given back: the provider cannot see that nobody reads its answer any more."""

    at: float
    gone: float
    function: str = ""

    def took(self, answered: float, hand: float) -> bool:
        """Whether an answer that left then may have been in hands that died: on its way to the dying, or at most `hand` s old."""
        return self.at - hand <= answered <= self.gone


@dataclass(frozen=True)
class Evidence:
    """What is left. `provider`: GET /_stats?bills=1."""

    line: Line
    provider: Mapping[str, Any]
    messages: Mapping[str, int]
    kills: Sequence[Death]
    restarts: Sequence[Death]
    requests_per_minute: int
    model_timeout: float
    details: dict[str, dict[str, Any]] = field(default_factory=dict)


def account(found: Evidence) -> dict[str, Any]:
    """All figures of the run (infra/bench/chaos.py says what each means)."""
    line = found.line
    found.details.update({venue_id: line.detail(venue_id) for venue_id in line.venues})
    published = [key for key, detail in found.details.items() if detail["venue"]["status"] == "published"]
    reasons, dumb = failures(line, found.details)
    hung = sorted([*line.unended(), *dumb])
    lost = losses(found, published)
    twice, vain = payments(found)
    minutes = [seconds / 60 for seconds in spans(line, found.details)]
    injected = faults(found)
    chats = sorted(found.provider["arrivals"].get("chat", []))
    bound = 60.0 * len(chats) / found.requests_per_minute
    return {
        "published": len(published),
        "failed_with_reason": {"total": sum(reasons.values()), "reasons": dict(reasons.most_common())},
        "hung": len(hung),
        **({"hung_ones": hung[:20]} if hung else {}),
        "paid_twice": len(twice),
        **({"paid_twice_ones": twice[:20]} if twice else {}),
        "paid_in_vain": dict(vain),
        "hand_seconds": round(hand_seconds(found), 1),
        "lost": sum(len(each) for each in lost.values()),
        "lost_by_kind": {name: len(each) for name, each in lost.items()},
        **({"lost_ones": {name: each[:10] for name, each in lost.items() if each}} if any(lost.values()) else {}),
        "p50_minutes": round(quantile(minutes, 0.5), 2) if minutes else None,
        "p95_minutes": round(quantile(minutes, 0.95), 2) if minutes else None,
        "makespan_over_quota_bound": round((chats[-1] - chats[0]) / bound, 3) if len(chats) > 1 else None,
        "quota_bound_minutes": round(bound / 60, 2),
        "fullest_minute_over_quota": round(fullest_minute(chats) / found.requests_per_minute, 3),
        "model_calls": sum(found.provider["calls"].values()),
        "model_calls_billed": sum(found.provider["billed"].values()),
        "held_unclear_usd": round(sum(int(item["amount"]) for item in line.reservations(unclear=True)) / 1e8, 4),
        "injected": injected,
        "never_fired": sorted(kind for kind, count in injected.items() if not count),
        "killed_functions": dict(Counter(death.function for death in found.kills)),
        "moves": dict(Counter(f"{move['before'] or 'new'} → {move['after']}" for move in moves(found)).most_common()),
        "dead_letters": line.dead_letters(),
    }


def failures(line: Line, details: Mapping[str, Mapping[str, Any]]) -> tuple[Counter[str], list[str]]:
    """Reasons with their counts, and what failed without saying why and how to mend it."""
    ends = [(venue["venue_id"], venue) for venue in (detail["venue"] for detail in details.values()) if venue["status"] == "failed"]
    with_venue = {detail["venue"]["campaign_id"] for detail in details.values()}
    ends += [(key, each) for key, each in line.campaigns.items() if key not in with_venue and each["status"] == "failed"]
    reasons, dumb = Counter[str](), []
    for key, record in ends:
        failure = record.get("failure") or {}
        if not failure.get("message") or not failure.get("mend"):
            dumb.append(f"{key}: no reason")
            continue
        reasons[f"{failure['code']} in {failure.get('step') or 'planning'}: {failure['message'][:90]}"] += 1
    return reasons, dumb


def losses(found: Evidence, published: Iterable[str]) -> dict[str, list[str]]:
    """What was promised and is not there, by kind."""
    line = found.line
    lost: dict[str, list[str]] = {name: [] for name in ("campaigns", "venues", "materials", "pages", "reservations", "money")}
    for campaign_id in line.campaigns:
        known = line.campaign(campaign_id)
        if known is None:
            lost["campaigns"].append(campaign_id)
            continue
        seen = {venue["venue_id"] for venue in known["venues"]}
        lost["venues"] += [key for key, venue in line.venues.items() if venue["campaign_id"] == campaign_id and key not in seen]
        spend = next(iter(line.records(f"SPEND#{campaign_id}", "META")), {})
        booked = sum(round(float(item["body"]["cost_usd"]) * 1e8) for item in line.records(f"LEDGER#{campaign_id}"))
        if int(spend.get("spent", 0)) != booked:
            lost["money"].append(f"{campaign_id}: {spend.get('spent')} counted, {booked} booked")
    for venue_id, detail in found.details.items():
        if detail["venue"]["status"] not in END:
            continue
        for material in detail["materials"]:
            task = material["task"]
            whole = task["status"] == "failed" or (bool(task["result_key"]) and line.has_document(task["result_key"]))
            if task["status"] not in ENDED_MATERIAL or not whole:
                lost["materials"].append(f"{venue_id} {task['material_id']}: {task['status']}")
    lost["pages"] = [venue_id for venue_id in published if line.page(found.details[venue_id]["live_url"]) != 200]
    lost["reservations"] = [str(item["pk"]) for item in line.reservations(unclear=False)]
    return lost


def payments(found: Evidence) -> tuple[list[str], Counter[str]]:
    """(what was paid twice, bills in vain by what became of the answer)."""
    bills = found.provider["bills"]
    twice, vain = judged(bills, [*found.kills, *found.restarts], hand_seconds(found), found.model_timeout)
    return twice + excess(found, {bill["key"] for bill in bills if bill["outcome"] in UNUSABLE}), vain


def hand_seconds(found: Evidence) -> float:
    """How long an answer may have been in a worker's hands before it was safe: three times the longest seen, on however busy a machine."""
    answered = {bill["key"]: float(bill["at"]) for bill in found.provider["bills"] if bill["outcome"] == "delivered"}
    booked = [item["body"] for campaign_id in found.line.campaigns for item in found.line.records(f"LEDGER#{campaign_id}")]
    lags = [moment(call["at"]) - answered[call["call_key"]] for call in booked if call["call_key"] in answered]
    return max([3 * lag for lag in lags] + [HAND_SECONDS])


def judged(
    bills: Iterable[Mapping[str, Any]], deaths: Sequence[Death], hand: float = HAND_SECONDS, timeout: float = math.inf
) -> tuple[list[str], Counter[str]]:
    """Calls that were billed again after a whole answer to them had reached somebody who lived on, and the other bills in vain.

    `hand`: see hand_seconds. `timeout`: how long a caller
    waits, in seconds: of an answer that left when more than half of that was over, the provider cannot know whether it was still read.
    """
    by_key: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for bill in sorted(bills, key=lambda bill: float(bill["at"])):
        by_key[bill["key"]].append(bill)
    twice, vain = [], Counter[str]()
    for key, billed in by_key.items():
        for number, bill in enumerate(billed):
            if bill["outcome"] != "delivered":
                vain[bill["outcome"]] += 1
            elif number + 1 < len(billed):
                if any(death.took(bill["at"], hand) for death in deaths):
                    vain["held_by_the_killed"] += 1
                elif bill["seconds"] > timeout / 2:
                    vain["perhaps_timed_out"] += 1
                else:
                    again = billed[number + 1]["at"] - bill["at"]
                    kills = sorted((round(death.at - bill["at"], 1) for death in deaths), key=abs)
                    told = f"{bill['label']} {key}: answered after {bill['seconds']:.1f} s at {bill['at']:.1f}"
                    twice.append(f"{told}, billed again {again:.1f} s later; nearest kills {kills[:2]} s")
    return twice, vain


def excess(found: Evidence, spoilt: set[str]) -> list[str]:
    """Materials with more booked calls than one, and one more for each that was answered unusably: a task that was made twice under
    different words would show here and nowhere else."""
    asked: dict[tuple[str, str], list[str]] = defaultdict(list)
    for campaign_id in found.line.campaigns:
        for item in found.line.records(f"LEDGER#{campaign_id}"):
            call = item["body"]
            if str(call["purpose"]).startswith(MATERIAL_PURPOSES):
                asked[str(call.get("venue_id", "")), str(call["purpose"])].append(str(call["call_key"]))
    refused = {(key[0], key[1]) for key, calls in asked.items() if len(calls) > 1 + sum(call in spoilt for call in calls)}
    return [f"{venue} {purpose}: {len(asked[venue, purpose])} calls" for venue, purpose in sorted(refused)]


def faults(found: Evidence) -> dict[str, int]:
    """How often each kind really happened."""
    statuses: Mapping[str, int] = found.provider["statuses"]
    struck: Mapping[str, int] = {**found.provider["faults"], **statuses}
    counted = {
        kind: sum(count for name, count in struck.items() if name == sign or (sign.startswith(":") and name.endswith(sign)))
        for kind, sign in MODEL_KINDS.items()
    }
    counted["server error"] = sum(count for name, count in statuses.items() if not name.startswith("429"))
    counted |= {kind: sum(n for name, n in found.messages.items() if name.endswith(sign)) for kind, sign in MESSAGE_KINDS.items()}
    return counted | {"worker killed": len(found.kills), "cloud killed and restarted": len(found.restarts)}


def moves(found: Evidence) -> list[dict[str, Any]]:
    """Everything that was written down of all materials."""
    return [{"before": "", **item["body"]} for venue in found.details for item in found.line.records(f"VENUE#{venue}", "MATERIAL-MOVE#")]


def spans(line: Line, details: Mapping[str, Mapping[str, Any]]) -> list[float]:
    """Seconds from the request for the campaign to the end of its venue, or its own where it has none."""
    found = []
    for detail in details.values():
        venue = detail["venue"]
        if venue["status"] in END:
            ends = [step["ended_at"] for step in detail["steps"] if step["ended_at"]]
            found.append(moment(max(ends, default=venue["updated_at"])) - moment(line.campaigns[venue["campaign_id"]]["created_at"]))
    with_venue = {detail["venue"]["campaign_id"] for detail in details.values()}
    barren = [each for key, each in line.campaigns.items() if key not in with_venue and each["status"] == "failed"]
    return found + [moment(each["updated_at"]) - moment(each["created_at"]) for each in barren]


def fullest_minute(moments: Sequence[float]) -> int:
    """The most moments in any half-open window of a minute."""
    first = most = 0
    for last, at in enumerate(moments):
        while moments[first] <= at - 60:
            first += 1
        most = max(most, last - first + 1)
    return most
