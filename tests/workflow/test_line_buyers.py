"""A day of 2,000 buyers: what is counted is what was delivered, the weak venue leaves, the newcomer gets its floor.

Buyers really ask the feed. The day goes faster than the clock: their tokens are signed again, with the deployment's own key, for the hour
that they belong to, so that the day's windows are those of the last 24 hours.
"""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from huichang.delivery.events.tokens import Key, Offer, sign
from tests.support.cloud import eventually
from tests.support.line import BUYER, Line, good
from tests.workflow.test_line_delivery import cells, empty, put_live, secret, take_away

PLACE, SLOTS = "plaza", 3
HOURS, EACH = 24, 84  # 2,016 buyers
RESTART, BEGINS = 13, 12
LOST = TWICE = 0.05
USUAL, WEAK = "v-usual-{}", "v-weak"
NEW = "v-new"
RATE = {WEAK: 0.03, NEW: 0.3}
CLICKS = 0.3  # everybody else's
BY_PLACE = {1: 1.0, 2: 0.8, 3: 0.65}

Told = tuple[str, str, str]  # decision, venue, kind


def tell(line: Line, queue: str, message: dict[str, Any]) -> None:
    """What ticks and desks send."""
    url = line.cloud.runtime["resources"][queue]
    line.cloud.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(message))


def drained(line: Line, queue: str) -> bool:
    """Nothing is in it."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    found = line.cloud.client("sqs").get_queue_attributes(QueueUrl=line.cloud.runtime["resources"][queue], AttributeNames=names)
    return not any(int(value) for value in found["Attributes"].values())


class Day:
    """Buyers, what they did, and what of it was delivered."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.dice = random.Random(11)
        self.key = Key(secret(line, "DecisionSecret").encode())
        self.begins = datetime.now(UTC) - timedelta(hours=HOURS - 1, minutes=1)
        self.delivered: set[Told] = set()
        self.waiting: list[dict[str, Any]] = []
        self.answers: list[tuple[int, frozenset[str]]] = []

    def hour(self, number: int) -> None:
        """Its buyers look and click; their beacons wait to be sent."""
        asked = [{"placement": PLACE, "slots": SLOTS, "segment": self.dice.choice(("none", "value"))} for _ in range(EACH)]
        with ThreadPoolExecutor(4) as pool:
            screens = [good(answer) for answer in pool.map(lambda query: self.line.anonymous.get("/api/feed", **query), asked)]
        for screen in screens:
            self.answers.append((number, frozenset(item["venue_id"] for item in screen["items"])))
            for item in screen["items"]:
                self._look(screen, item, number)

    def _look(self, screen: dict[str, Any], item: dict[str, Any], number: int) -> None:
        told = ["impression"]
        if self.dice.random() < RATE.get(item["venue_id"], CLICKS) * BY_PLACE[item["position"]]:
            told.append("click")
        said = {name: item[name] for name in ("venue_id", "position", "image", "explored", "propensity")}
        said |= {"decision_id": screen["decision_id"], "placement": PLACE, "segment": screen["segment"]}
        token = sign(self.key, Offer.model_validate(said | {"at": self.begins + timedelta(hours=number)}))
        for kind in told:
            beacon = {"beacon_id": uuid.uuid4().hex, "kind": kind, "venue_id": item["venue_id"], "token": token}
            if self.dice.random() >= LOST:
                self.delivered.add((screen["decision_id"], item["venue_id"], kind))
                self.waiting += [beacon, beacon] if self.dice.random() < TWICE else [beacon]

    def send(self) -> None:
        """What waits, in no order, from many addresses."""
        self.dice.shuffle(self.waiting)
        batches = [self.waiting[start : start + 50] for start in range(0, len(self.waiting), 50)]
        self.waiting = []
        for batch in batches:
            headers = {"user-agent": BUYER, "x-forwarded-for": f"198.51.100.{self.dice.randrange(250)}"}
            answer = self.line.anonymous.http.post("/api/beacons", json={"beacons": batch}, headers=headers)
            assert (answer.status_code, answer.json()["refused"]) == (202, []), answer.text

    def truth(self) -> dict[str, Counter[str]]:
        """Whoever clicked has seen, whether or not that beacon arrived."""
        seen = {(decision, venue) for decision, venue, _ in self.delivered}
        clicked = {(decision, venue) for decision, venue, kind in self.delivered if kind == "click"}
        shown, clicks = Counter(venue for _, venue in seen), Counter(venue for _, venue in clicked)
        return {venue: +Counter(impressions=shown[venue], clicks=clicks[venue]) for venue in shown}

    def share(self, venue_id: str, since: int, until: int = HOURS) -> float:
        """Of the answers of these hours, the share that it was in."""
        answers = [shown for number, shown in self.answers if since <= number < until]
        return sum(venue_id in shown for shown in answers) / len(answers)

    def evening(self) -> None:
        """Everything is counted, judged, and in the next snapshot."""
        eventually(lambda: drained(self.line, "BeaconQueue"), 60, "the beacons to be counted")
        tell(self.line, "JudgingQueue", {"placement": PLACE, "windows": []})
        eventually(lambda: drained(self.line, "JudgingQueue"), 60, "the verdicts")
        tell(self.line, "SnapshotQueue", {"placement": PLACE})
        eventually(lambda: drained(self.line, "SnapshotQueue"), 60, "the snapshot")


def test_a_day_of_two_thousand_buyers(healthy: Line) -> None:
    line = healthy
    place = {"name": PLACE, "kind": "public", "what": {"zh": "广场", "en": "the plaza"}, "slots": SLOTS, "margin": 0.2}
    good(line.operator.put(f"/api/placements/{PLACE}", place))
    usual = [USUAL.format(number) for number in range(4)]
    for venue_id in (*usual, WEAK):
        put_live(line, venue_id)
    tell(line, "SnapshotQueue", {"placement": PLACE})
    eventually(lambda: good(line.anonymous.get("/api/feed", placement=PLACE, slots=1))["policy"].startswith("built-in/"), 60, "a snapshot")

    day = Day(line)
    # The queue does it too, message by message.
    trouble = {"queues": ["BeaconQueue"], "seed": 5, "duplicate_rate": 0.05, "reorder_rate": 0.05, "late": [0.2, 1.0]}
    line.cloud.trouble_queues(trouble)
    for hour in range(HOURS):
        if hour == BEGINS:
            put_live(line, NEW)
        if hour and hour % 6 == 0:
            day.evening()
        day.hour(hour)
        if hour % 2 == 1 or hour == RESTART:
            day.send()
        if hour == RESTART:
            line.cloud.restart()
            line.connect()
            line.cloud.trouble_queues(trouble)
    day.send()
    day.evening()
    line.cloud.trouble_queues({})
    eventually(lambda: empty(line), 30, "late twins")

    # Counters equal the truth of what was delivered: twice, out of order, lost, and across the restart.
    assert cells(line, PLACE) == day.truth()
    assert len(day.answers) == HOURS * EACH

    # The weak venue was taken out on evidence, and the feed does not offer it.
    standing = good(line.operator.get(f"/api/placements/{PLACE}/standing"))
    states = {row["venue_id"]: row["state"] for row in standing["rows"]}
    assert [venue for venue, state in states.items() if state == "eliminated"] == [WEAK]
    (told,) = [row for row in standing["rows"] if row["venue_id"] == WEAK]
    assert "below the baseline" in told["words"]["en"]
    assert "eliminated" in {entry["action"].removeprefix("standing_") for entry in line.audit(WEAK)}

    def offered() -> set[str]:
        return {
            item["venue_id"] for _ in range(10) for item in good(line.anonymous.get("/api/feed", placement=PLACE, slots=SLOTS))["items"]
        }

    eventually(lambda: WEAK not in offered(), 60, "the weak venue to be gone")
    assert NEW in offered() | offered() | offered()

    # The newcomer came at noon and got its floor: all newcomers together are sure of 15 % of the places, and there are six at most.
    assert day.share(NEW, BEGINS + 1) >= 0.15 * SLOTS / 6 - 0.02
    assert day.share(NEW, 0, BEGINS) == 0

    # It is reversible.
    good(line.operator.post(f"/api/placements/{PLACE}/standing/{WEAK}/restore", {"why": "another chance"}))
    eventually(lambda: WEAK in offered() | offered() | offered(), 90, "the weak venue to be back")
    take_away(line, *usual, WEAK, NEW)
