"""`huichang delivery results`: a table, JSON, CSV, Parquet."""

from __future__ import annotations

import builtins
import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.results.model import VenueName
from tests.support.cli import Cli
from tests.support.fakes import FakeClock

HOUR = FakeClock().now().strftime("%Y-%m-%dT%H")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    made = Cli(tmp_path)
    desk: Any = made.network.api.results
    for number in range(5):
        cell = CellKey(window=HOUR, placement="home", segment="none", position=1, venue_id=f"v-{number}", explored=number == 4)
        desk.rollups.counted.stored[cell] = Counts(impressions=100 + number, clicks=9, carts=2, orders=1, order_value=1999)
    desk.names.known["v-1"] = VenueName(venue_id="v-1", campaign_id="c-1", name="=熊猫")
    return made


def test_a_table_and_json(cli: Cli) -> None:
    ran = cli("delivery", "results", "--top", "2", "--lang", "zh")
    assert ran.code == 0
    assert all(word in ran.out for word in ("其余", "合计", "99.95", "counted up to"))
    told = json.loads(cli("delivery", "results", "--by", "placement", "--json").out)
    assert (told["rows"][0]["key"], told["total"]["counts"]["impressions"]) == ("home", 510)


def test_files_hold_all_rows(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.cli.results.PAGE", 2)
    path = tmp_path / "r.csv"
    assert cli("delivery", "results", "--csv", str(path)).code == 0
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert sorted(row["key"] for row in rows) == [f"v-{number}" for number in range(5)]
    assert [row["name"] for row in rows if row["key"] == "v-1"] == ["'=熊猫"]
    assert sum(int(row["impressions"]) for row in rows) == 510
    assert cli("delivery", "results", "--csv", str(tmp_path / "no" / "r.csv")).code == 2


def test_parquet_is_read_back(cli: Cli, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="not run: the extra `export` is not installed")
    path = tmp_path / "r.parquet"
    assert cli("delivery", "results", "--parquet", str(path)).code == 0
    table = parquet.read_table(path)
    rows = table.to_pylist()
    assert len(rows) == 5
    assert {row["name"] for row in rows} == {"=熊猫", ""}
    assert rows[0]["order_value"] == Decimal("19.99")
    assert table.schema.metadata[b"last_window"].decode() == HOUR
    assert cli("delivery", "results", "--venue", "v-none", "--parquet", str(path)).code == 0
    assert parquet.read_table(path).num_rows == 0


def test_without_pyarrow_it_says_what_to_install(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **how: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **how)

    monkeypatch.setattr(builtins, "__import__", without)
    ran = cli("delivery", "results", "--parquet", str(tmp_path / "r.parquet"))
    assert ran.code == 2
    assert "huichang[export]" in ran.err


def test_what_is_still_added_up_is_asked_for_again(cli: Cli) -> None:
    problem = {"status": 503, "code": "results_preparing", "detail": "3 days are still being added up"}
    left = [4]

    def busy(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/api/results" or not left[0]:
            return None
        left[0] -= 1
        return httpx.Response(503, json=problem)

    cli.network.scripts.append(busy)
    ran = cli("delivery", "results", "--json")
    assert ran.code == 0
    assert "still being added up" in ran.err


def test_what_is_wrong_is_told(cli: Cli) -> None:
    for wrong in (("--by", "buyer"), ("--from", "2016-01-01"), ("--lang", "fr"), ("--placement", "moon"), ("--top", "0")):
        ran = cli("delivery", "results", *wrong)
        assert ran.code == 2, wrong
        assert ran.err
