"""Buyers: what is offered is signed, what is reported is counted exactly once, and clicks move what the feed believes."""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from huichang.delivery.events.shops import shop_key, sign_request
from huichang.delivery.events.tokens import Key, Offer, sign
from huichang.delivery.model import LiveVenue
from tests.support.cloud import eventually
from tests.support.line import BUYER, Line, good

Told = tuple[str, str, str]  # decision, venue, kind


def beacon(venue_id: str, kind: str = "impression", token: str = "") -> dict[str, Any]:
    return {"beacon_id": uuid.uuid4().hex, "kind": kind, "venue_id": venue_id, "token": token}


def send(line: Line, beacons: list[dict[str, Any]], agent: str = BUYER) -> list[dict[str, str]]:
    refused = []
    for start in range(0, len(beacons), 50):
        batch = {"beacons": beacons[start : start + 50]}
        answer = line.anonymous.http.post("/api/beacons", json=batch, headers={"user-agent": agent})
        assert answer.status_code == 202, answer.text
        refused += answer.json()["refused"]
    return refused


def cells(line: Line, placement: str) -> dict[str, Counter[str]]:
    """By venue, all shards and windows together, as the table has them."""
    found: dict[str, Counter[str]] = {}
    pages = (
        line.cloud.client("dynamodb").get_paginator("scan").paginate(TableName=line.cloud.outputs["StateTableName"], ConsistentRead=True)
    )
    for item in (item for page in pages for item in page["Items"]):
        if item["pk"]["S"].startswith(f"CELL#{placement}#"):
            venue_id = item["sk"]["S"].split("#")[3]
            numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value and name != "expires_at"}
            found.setdefault(venue_id, Counter()).update(numbers)
    return found


def secret(line: Line, name: str) -> str:
    manager = line.cloud.client("secretsmanager")
    return str(manager.get_secret_value(SecretId=line.cloud.runtime["resources"][name])["SecretString"])


def empty(line: Line) -> bool:
    """Nothing is in the queue: not waiting, not in work, not to come later."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    url = line.cloud.outputs["BeaconQueueUrl"]
    return not any(
        int(value) for value in line.cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()
    )


def ask_for_snapshot(line: Line, placement: str) -> None:
    """As Rebuilds.ask does."""
    line.cloud.client("sqs").send_message(QueueUrl=line.cloud.outputs["SnapshotQueueUrl"], MessageBody=json.dumps({"placement": placement}))


def put_live(line: Line, venue_id: str) -> None:
    """As a release does at its end. Whoever puts takes it away again: the cloud is everybody's."""
    now = datetime.now(UTC).isoformat()
    venue = LiveVenue(venue_id=venue_id, title=venue_id, href=f"/v/{venue_id}/", industry="toys", language="zh", published_at=now)
    item = {"pk": {"S": "LIVE"}, "sk": {"S": venue_id}, "body": {"S": venue.model_dump_json()}}
    line.cloud.client("dynamodb").put_item(TableName=line.cloud.outputs["StateTableName"], Item=item)


def take_away(line: Line, *venue_ids: str) -> None:
    """As a retirement does."""
    for venue_id in venue_ids:
        key = {"pk": {"S": "LIVE"}, "sk": {"S": venue_id}}
        line.cloud.client("dynamodb").delete_item(TableName=line.cloud.outputs["StateTableName"], Key=key)


def truth(delivered: set[Told], venue_id: str) -> Counter[str]:
    """Whoever clicked has seen, whether or not that beacon arrived."""
    seen = {(decision, venue) for decision, venue, _ in delivered if venue == venue_id}
    clicked = {(decision, venue) for decision, venue, kind in delivered if venue == venue_id and kind == "click"}
    return +Counter(impressions=len(seen), clicks=len(clicked))


def test_beacons_are_counted_once_and_move_the_feed(healthy: Line) -> None:
    line, dice = healthy, random.Random(7)
    other = "v-other"
    put_live(line, other)
    liked = line.published("帮我生成一个熊猫玩偶会场")["venue"]["venue_id"]

    def screen(slots: int, **more: str) -> dict[str, Any]:
        return dict(good(line.anonymous.get("/api/feed", placement="cart", slots=slots, **more)))

    # A release asks for snapshots; until the first one there is, the newest are drawn evenly.
    def both_offered() -> dict[str, Any] | None:
        found = screen(2)
        return found if {item["venue_id"] for item in found["items"]} == {liked, other} else None

    offered = eventually(both_offered, 60, "both venues in the feed")

    # 120 buyers were offered both, as the feed signs it; every second clicks the liked one. A twentieth of what they report is lost.
    key, now = Key(secret(line, "DecisionSecret").encode()), datetime.now(UTC)

    def token(decision: str, venue_id: str) -> str:
        position = 1 if venue_id == liked else 2
        said = {"decision_id": decision, "placement": "cart", "segment": "none", "venue_id": venue_id, "position": position}
        return sign(key, Offer.model_validate(said | {"explored": False, "propensity": 0.5, "at": now}))

    decisions = [
        (f"d-{number:04d}", {venue_id: token(f"d-{number:04d}", venue_id) for venue_id in (liked, other)}) for number in range(120)
    ]
    decisions[0] = (offered["decision_id"], {item["venue_id"]: item["token"] for item in offered["items"]})
    tokens = {(decision, venue_id): signed for decision, both in decisions for venue_id, signed in both.items()}
    told: list[Told] = [(decision, venue_id, "impression") for decision, venue_id in tokens]
    told += [(decision, liked, "click") for decision, _ in decisions[::2]]
    arrived = [each for each in told if dice.random() > 0.05]
    repeated = arrived + [each for each in arrived if dice.random() < 0.05]
    dice.shuffle(repeated)
    # The queue does it too, message by message.
    trouble = {"queues": ["BeaconQueue"], "seed": 5, "duplicate_first": 2, "reorder_first": 2, "duplicate_rate": 0.2, "reorder_rate": 0.2}
    line.cloud.trouble_queues(trouble | {"late": [0.2, 1.0]})
    assert send(line, [beacon(venue_id, kind, tokens[decision, venue_id]) for decision, venue_id, kind in repeated]) == []

    # What nobody may count: a robot's, a stranger's, a forged token, another placement's, an order from a browser.
    good_token = tokens["d-0001", liked]
    send(line, [beacon(liked, "click", good_token)], agent="Googlebot/2.1")
    refused = send(
        line,
        [
            beacon("v-nobody"),
            beacon(other, "click", good_token),
            beacon(liked, "click", good_token[:-1] + ("A" if good_token[-1] != "A" else "B")),
            beacon(liked, "click", good_token) | {"placement": "home"},
            beacon(liked, "order", good_token) | {"order": "0" * 32, "value": 10**6},
            beacon(liked),
        ],
    )
    assert [each["code"] for each in refused] == ["token_replaced", "token_forged", "token_replaced", "order_unsigned"]
    wrong = line.anonymous.post("/api/beacons", {"beacons": [{**beacon(liked), "beacon_id": "x"}]})
    assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")

    order = {"kind": "order", "token": tokens["d-0002", liked], "venue_id": liked, "order": "ab" * 16, "value": 19_900}
    body = json.dumps({"shop": "panda", "events": [order]}).encode()
    signature = sign_request(shop_key(secret(line, "ShopSecret"), "panda"), "panda", body, int(datetime.now(UTC).timestamp()))
    headers = {"content-type": "application/json", "x-huichang-signature": signature}
    for _ in range(2):
        assert line.anonymous.http.post("/api/orders", content=body, headers=headers).status_code == 202
    delivered = {*arrived, ("d-0002", liked, "click")}  # whoever ordered has clicked

    expected = {liked: truth(delivered, liked) + Counter(orders=1, order_value=19_900), other: truth(delivered, other)}
    eventually(lambda: cells(line, "cart") == expected, 60, f"all counters: {expected}")
    eventually(lambda: empty(line), 30, "late twins")
    assert {fate.rpartition(":")[2] for fate in line.cloud.trouble_queues()} == {"duplicated", "reordered"}
    line.cloud.trouble_queues({})
    # Duplicates that were under way have come by now: exact then, and exact later.
    assert cells(line, "cart") == expected
    assert cells(line, "direct") == {liked: Counter(impressions=1)}

    # What was counted moves the feed as soon as somebody asks for it, or with the next tick.
    screen(1)  # so that a policy for one place is built too
    ask_for_snapshot(line, "cart")

    def led() -> dict[str, Any] | None:
        found = screen(1)
        (item,) = found["items"]
        first = item["propensity"] if item["venue_id"] == liked else 1 - item["propensity"]
        return found if first > 0.8 and not found["degraded"] else None

    decision = eventually(led, 60, "the liked venue leads: posteriors of about 60/120 and 0/114 agree, but for a newcomer's floor")
    assert decision["candidates"] == 2
    pages = [decision, screen(1, cursor=decision["next"])]
    assert {page["items"][0]["venue_id"] for page in pages} == {liked, other}
    assert [page["items"][0]["position"] for page in pages] == [1, 2]
    assert pages[1]["items"][0]["propensity"] == 1.0, "nobody else is left"
    assert pages[1]["next"] == ""
    take_away(line, other)
