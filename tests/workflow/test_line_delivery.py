"""Buyers: beacons are counted exactly once, and clicks move what the feed believes."""

from __future__ import annotations

import uuid
from typing import Any

from tests.support.cloud import eventually
from tests.support.line import BUYER, Line, good


def beacon(venue_id: str, kind: str = "impression", placement: str = "cart") -> dict[str, Any]:
    return {"beacon_id": uuid.uuid4().hex, "kind": kind, "venue_id": venue_id, "placement": placement}


def send(line: Line, beacons: list[dict[str, Any]]) -> None:
    for start in range(0, len(beacons), 50):
        batch = {"beacons": beacons[start : start + 50]}
        answer = line.anonymous.http.post("/api/beacons", json=batch, headers={"user-agent": BUYER})
        assert answer.status_code == 202, answer.text


def counters(line: Line, venue_id: str, placement: str = "cart") -> tuple[int, int]:
    """(impressions, clicks) as the table has them."""
    key = {"pk": {"S": f"PLACEMENT#{placement}"}, "sk": {"S": venue_id}}
    table = line.cloud.outputs["StateTableName"]
    item = line.cloud.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    return int(item.get("impressions", {}).get("N", 0)), int(item.get("clicks", {}).get("N", 0))


def test_beacons_are_counted_once_and_move_the_feed(healthy: Line) -> None:
    line = healthy
    ids = [line.published(sentence)["venue"]["venue_id"] for sentence in ("帮我生成一个熊猫玩偶会场", "帮我生成一个瑜伽垫会场")]
    liked, other = ids
    ten = [beacon(liked) for _ in range(10)]
    stranger = beacon("v-nobody")
    send(line, [*ten, ten[0], ten[3], stranger])
    send(line, ten[:5])
    eventually(lambda: counters(line, liked)[0] >= 10, 15, "ten impressions")
    robot = line.anonymous.http.post("/api/beacons", json={"beacons": [beacon(liked)]}, headers={"user-agent": "Googlebot/2.1"})
    assert robot.status_code == 202
    wrong = line.anonymous.post("/api/beacons", {"beacons": [{**beacon(liked), "beacon_id": "x"}]})
    assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")

    # Another hundred of each: the liked one is clicked by every second buyer.
    send(line, [beacon(venue_id) for venue_id in ids for _ in range(100)] + [beacon(liked, "click") for _ in range(50)])
    eventually(lambda: (counters(line, liked), counters(line, other)) >= ((110, 50), (100, 0)), 40, "all counters")
    # Whatever was still under way (duplicates, the robot's) is there before the last ones: exact now, and exact later.
    assert (counters(line, liked), counters(line, other)) == ((110, 50), (100, 0))
    assert counters(line, "v-nobody") == (0, 0)

    decision = good(line.anonymous.get("/api/feed", placement="cart", slots=1))
    assert decision["candidates"] == 2
    (item,) = decision["items"]
    first = item["propensity"] if item["venue_id"] == liked else 1 - item["propensity"]
    assert first > 0.9, "512 draws from posteriors of 50/110 and 0/100 agree"
