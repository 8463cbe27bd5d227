"""`huichang pace`, `unreviewed`, `constraints` and `policy brands` against the real API over memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.memory_constraints import a_constraint


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_the_pace_is_told(cli: Cli) -> None:
    shown = cli("pace")
    assert shown.code == 0, shown.err
    assert "median" in shown.out
    assert "600 s" in shown.err
    assert json.loads(cli("pace", "--days", "31", "--json").out)["total"]["decisions"] == 0
    assert cli("pace", "--days", "32").code != 0


def test_only_an_admin_lets_a_campaign_go_live_unseen(cli: Cli) -> None:
    made = json.loads(cli("create", "帮我生成一个熊猫玩偶会场", "--json").out)["campaign_id"]
    refused = cli("unreviewed", made, "--allow", role="operator")
    assert refused.code != 0
    assert "admin" in refused.err
    assert "say so" in cli("unreviewed", made, "--allow", role="admin").out
    assert cli.network.api.campaigns.get(made).unreviewed_pictures
    assert "waits for a review" in cli("unreviewed", made, "--refuse", role="admin").out


def test_a_constraint_is_written_listed_contradicted_and_retired(cli: Cli) -> None:
    made = cli("constraints", "add", "--scope", "industry=toys", "--never-say", "亲们", "--language", "zh", role="reviewer")
    assert made.code == 0, made.err
    (known,) = cli.network.api.constraints.items
    assert "亲们" in cli("constraints", "list").out
    refused = cli("constraints", "add", "--scope", "everywhere", "--must-say", "亲们", role="reviewer")
    # The wider one holds and is told what it contradicts; the narrower one would have been refused.
    assert f"contradicts {known}" in refused.out
    narrow = cli("constraints", "add", "--scope", "industry=toys", "--must-say", "亲们", role="reviewer")
    assert narrow.code != 0
    assert known in narrow.err
    assert "retired" in cli("constraints", "retire", known, role="reviewer").out
    assert known in cli("constraints", "list", "--retired").out
    assert "no constraint" in cli("constraints", "retire", "cst-none", role="reviewer").err
    assert "no scope" in cli("constraints", "add", "--scope", "moon", role="reviewer").err


def test_brand_rules_are_shown_and_replaced_from_a_file(cli: Cli, tmp_path: Path) -> None:
    book = json.loads(cli("policy", "brands", "--json").out)
    file = tmp_path / "brands.json"
    file.write_text(json.dumps(book | {"brands": [{"owner": "everywhere", "forbidden": ["清仓"]}]}), encoding="utf-8")
    assert "清仓" in cli("policy", "brands", str(file)).out
    late = cli("policy", "brands", str(file))
    assert late.code != 0
    assert "revision 1" in late.err
    file.write_text("{", encoding="utf-8")
    assert "no JSON" in cli("policy", "brands", str(file)).err


def test_constraints_of_every_page_are_listed(cli: Cli) -> None:
    for number in range(105):
        cli.network.api.constraints.create(
            a_constraint(f"cst-{number:03d}", level="everywhere", created_at=f"2026-09-01T08:{number % 60:02d}:{number // 60:02d}.000Z")
        )
    assert len(json.loads(cli("constraints", "list", "--json").out)) == 105
