"""`huichang delivery`: a day counted again, shards that grow, a shop's key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from huichang.adapters.dynamodb.cells import DynamoCells, Shards
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.event_log import S3EventLog
from huichang.adapters.s3 import Bucket
from huichang.delivery.events.cells import Event, window_of
from huichang.delivery.events.counting import CountEvents
from huichang.delivery.events.shops import shop_key
from huichang.kernel.clock import SystemClock
from tests.support.cli import Cli
from tests.support.memory_delivery import MemoryLog
from tests.support.moto_aws import make_bucket, make_table, moto_aws

THEN = datetime.now(UTC) - timedelta(hours=50)
DAY = THEN.strftime("%Y-%m-%d")


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Table, Bucket]]:
    with moto_aws():
        table, bucket = make_table(), make_bucket()
        boto3.client("secretsmanager").create_secret(Name="shops", SecretString="the secret")
        names = {"StateTable": table.name, "BodyBucket": bucket.name, "ShopSecret": "shops"}
        monkeypatch.setattr("infra.cli.delivery._resources", lambda *_: names)
        # Of a day 24 windows are read in each placement and shard; one of each says as much.
        monkeypatch.setattr("huichang.delivery.events.recounting.PLACEMENTS", {"home": None})
        monkeypatch.setattr("huichang.adapters.dynamodb.cells.DEFAULT_SHARDS", 1)
        yield table, bucket


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def told() -> list[Event]:
    cell = {"window": window_of(THEN), "placement": "home", "segment": "none", "position": 1, "venue_id": "v-1"}
    said = {"kind": "click", "cell": cell, "at": THEN.isoformat()}
    return [Event.model_validate(said | {"beacon_id": f"b-{n}", "decision_id": f"d-{n}"}) for n in range(5)]


def test_a_day_is_compared_and_then_mended(cli: Cli, stores: tuple[Table, Bucket]) -> None:
    table, bucket = stores
    S3EventLog(bucket).keep(told())
    clock = SystemClock()
    cells = DynamoCells(table, Shards(table, clock), clock)
    CountEvents(cells, MemoryLog(), lambda: [], clock).count(told()[:3])
    ran = cli("delivery", "recount", "--day", DAY, "--json")
    assert ran.code == 1
    (difference,) = json.loads(ran.out)["differences"]
    assert (difference["stored"]["clicks"], difference["counts"]["clicks"], difference["mended"]) == (3, 5, False)
    ran = cli("delivery", "recount", "--day", DAY, "--mend", "--json")
    assert (ran.code, json.loads(ran.out)["counted_late"]) == (0, 2)
    ran = cli("delivery", "recount", "--day", DAY)
    assert (ran.code, "0 differ" in ran.out) == (0, True)


def test_what_is_no_day_placement_or_shop_is_told(cli: Cli, stores: tuple[Table, Bucket]) -> None:
    for wrong in (("recount", "--day", "2026-13-01"), ("shards", "moon", "16"), ("shards", "home", "1"), ("shop-key", "a shop")):
        ran = cli("delivery", *wrong)
        assert ran.code not in (0, 1), wrong
        assert ran.err


def test_shards_grow_and_a_shop_gets_its_key(cli: Cli, stores: tuple[Table, Bucket]) -> None:
    table, _ = stores
    assert cli("delivery", "shards", "home", "16").code == 0
    assert Shards(table, SystemClock()).of("home") == 16
    assert cli("delivery", "shop-key", "panda").out.strip() == shop_key("the secret", "panda")
