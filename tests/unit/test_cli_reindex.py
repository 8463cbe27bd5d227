"""`huichang reindex`: which index it works on, what it says, how it ends; and the embedded cloud that calls it at its start."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from huichang.adapters.index import open_index
from huichang.adapters.index_sqlite_store import SCHEMA_VERSION
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from infra.cli import reindex as command
from infra.local.cloud import Options, StartError, Supervisor
from tests.support.cli import Cli
from tests.support.products import DIMENSION, make_items

EVERYTHING = Eligibility(enrolled=False, min_stock=0)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def filled(state: Path, many: int = 30) -> ProductIndex:
    (state / "index").mkdir(parents=True)
    index = open_index(f"sqlite://{state}/index", index="products", dimension=DIMENSION)
    index.upsert(make_items(range(many)))
    return index


def make_old(state: Path) -> None:
    """The folder as schema 3 of the release before; of what differs, the reindex looks at hash and offer only."""
    with sqlite3.connect(state / "index" / "products" / "index.db") as db:
        db.execute("ALTER TABLE facts ADD COLUMN embedding_hash TEXT NOT NULL DEFAULT ''")
        db.execute("ALTER TABLE facts ADD COLUMN offer TEXT")
        db.execute("UPDATE facts SET embedding_hash = (SELECT p.embedding_hash FROM products p WHERE p.row = facts.row)")
        db.execute("DROP INDEX products_by_hash")
        db.execute("ALTER TABLE products DROP COLUMN embedding_hash")
        db.execute("ALTER TABLE products DROP COLUMN offer")
        db.execute("PRAGMA user_version = 3")
    db.close()


def test_it_says_how_far_it_is_and_what_it_made(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "TELL_EVERY", 0)
    index = filled(tmp_path / "state")
    ran = cli("reindex", "--state", str(tmp_path / "state"), "--dimension", str(DIMENSION))
    assert ran.code == 0, ran.err
    assert ran.out.startswith(f"products-v{SCHEMA_VERSION} → products-v{SCHEMA_VERSION}-")
    assert ": 30 products in " in ran.out
    assert "30 products in 0 s" in ran.err
    assert index.count(EVERYTHING) == 30


def test_the_machine_gets_one_value(cli: Cli, tmp_path: Path) -> None:
    filled(tmp_path)
    ran = cli("reindex", "--endpoint", f"sqlite://{tmp_path}/index", "--dimension", str(DIMENSION), "--json")
    report = json.loads(ran.out)
    assert (report["copied"], report["caught_up"], report["removed"]) == (30, 0, 0)
    assert report["seconds"] >= 0


def test_only_an_index_of_an_earlier_release_is_outdated(cli: Cli, tmp_path: Path) -> None:
    index = filled(tmp_path)
    index.close()  # type: ignore[attr-defined]
    asked = ("reindex", "--endpoint", f"sqlite://{tmp_path}/index", "--dimension", str(DIMENSION), "--if-outdated")
    assert "up to date" in cli(*asked).err
    assert not (tmp_path / "index" / "products" / "current").exists()
    make_old(tmp_path)
    assert cli(*asked).out.startswith(f"products-v3 → products-v{SCHEMA_VERSION}-")
    assert "up to date" in cli(*asked).err
    assert index.count(EVERYTHING) == 30


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--state", "elsewhere"], 2, "no embedded index"),
        (["--endpoint", "ftp://x"], 2, "names no product index"),
        (["--endpoint", "sqlite:///{here}/index", "--index", "nothing"], 2, "import a catalogue"),
        (["--endpoint", "sqlite:///{here}/index", "--dimension", "5"], 1, f"vectors of {DIMENSION} numbers"),
        (["--endpoint", "http://127.0.0.1:1"], 3, "cannot be reached"),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    filled(tmp_path)
    ran = cli("reindex", *(argument.format(here=str(tmp_path).lstrip("/")) for argument in arguments))
    assert (ran.code, says in ran.err) == (code, True), ran.err


def test_the_embedded_cloud_renews_what_an_earlier_release_left(tmp_path: Path) -> None:
    index = filled(tmp_path)
    index.close()  # type: ignore[attr-defined]
    make_old(tmp_path)
    told: list[str] = []
    Supervisor(Options(state=tmp_path, parameters={"EmbeddingDimension": str(DIMENSION)}), told.append)._renew_index()
    assert told[0].startswith(f"product index: products-v3 → products-v{SCHEMA_VERSION}-")
    assert index.count(EVERYTHING) == 30


def test_the_embedded_cloud_does_not_start_on_an_index_it_cannot_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    refused = subprocess.CompletedProcess([], 1, "", "✕ the product index holds vectors of 32 numbers")
    monkeypatch.setattr("infra.local.cloud.subprocess.run", lambda *_, **__: refused)
    with pytest.raises(StartError, match="vectors of 32 numbers"):
        Supervisor(Options(state=tmp_path))._renew_index()
