"""`huichang budget`, `huichang limits`, and a campaign that is started with a cap of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def campaign_of(cli: Cli, *options: str) -> str:
    made = cli("create", "帮我生成一个熊猫玩偶会场", "--json", *options)
    assert made.code == 0, made.err
    return str(json.loads(made.out)["campaign_id"])


def test_a_campaign_is_started_with_its_cap_and_goes_first(cli: Cli) -> None:
    budget = cli.network.api.ledger.budget(campaign_of(cli, "--cap", "12.5", "--rush"))
    assert (str(budget.cap_usd), budget.rush) == ("12.5", True)
    assert str(cli.network.api.ledger.budget(campaign_of(cli)).cap_usd) == "50"


def test_a_cap_is_shown_and_changed(cli: Cli) -> None:
    campaign_id = campaign_of(cli)
    shown = cli("budget", campaign_id)
    assert shown.code == 0, shown.err
    assert "$50.0000" in shown.out
    changed = cli("budget", campaign_id, "--cap", "80", "--rush", "--json")
    assert json.loads(changed.out)["budget"]["cap_usd"] == "80"
    assert json.loads(cli("budget", campaign_id, "--no-rush", "--json").out)["budget"] == json.loads(changed.out)["budget"] | {
        "rush": False
    }


def test_what_cannot_be_a_cap_is_told(cli: Cli) -> None:
    campaign_id = campaign_of(cli)
    for cap, says in (
        ("lots", "write an amount"),
        ("501", "above $500.00"),
        ("none", "above $500.00"),
        ("-1", "cap_usd"),
        ("NaN", "cap_usd"),
    ):
        refused = cli("budget", campaign_id, f"--cap={cap}", role="operator")
        assert refused.code != 0
        assert says in refused.err
    assert str(cli.network.api.ledger.budget(campaign_id).cap_usd) == "50"


def test_how_the_models_stand(cli: Cli) -> None:
    shown = cli("limits")
    assert shown.code == 0, shown.err
    assert "60 requests/min" in shown.out
    assert "5 calls in a row failed" in shown.out
    assert json.loads(cli("limits", "--json").out)["models"][0]["circuit"] == "open"
