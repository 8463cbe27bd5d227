"""`huichang delivery rules`: seen before it holds, listed, shown, withdrawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_a_rule_is_seen_given_listed_shown_and_withdrawn(cli: Cli) -> None:
    orders = cli.network.api.traffic.orders
    dry = cli("delivery", "rules", "set", "venue=v-1", "hold", "--why", "its page is broken", "--dry-run")
    assert (dry.code, orders.kept) == (0, {})
    assert "v-1" in dry.out
    assert "nothing was changed" in dry.err
    made = cli("delivery", "rules", "set", "venue=v-1", "hold", "--why", "its page is broken", "--placement", "home")
    assert made.code == 0, made.err
    (order,) = orders.all()
    assert (order.kind, order.placement, order.why) == ("hold", "home", "its page is broken")
    listed = cli("delivery", "rules", "list")
    assert order.order_id in listed.out
    assert "its page is broken" in listed.out
    assert "hold" in cli("delivery", "rules", "show", "home").out
    assert cli("delivery", "rules", "withdraw", order.order_id, "--why", "mended", "--dry-run").code == 0
    gone = cli("delivery", "rules", "withdraw", order.order_id, "--why", "mended")
    assert (gone.code, orders.all()[0].withdrawn is None) == (0, False)
    assert json.loads(cli("delivery", "rules", "list", "--json").out) == []
    assert len(json.loads(cli("delivery", "rules", "list", "--finished", "--json").out)) == 1


def test_more_traffic_needs_an_override_and_what_cannot_hold_is_said(cli: Cli) -> None:
    refused = cli("delivery", "rules", "set", "venue=v-1", "floor", "0.3", "--why", "a launch")
    assert refused.code == 1
    assert "override" in refused.err
    made = cli("delivery", "rules", "set", "venue=v-1", "floor", "0.3", "--why", "a launch", "--override", "paid for", "--json")
    assert json.loads(made.out)["override"] == "paid for"
    cli("delivery", "rules", "set", "merchant=m-1", "cap", "0", "--why", "out of stock", "--placement", "home")
    shown = cli("delivery", "rules", "show", "home")
    assert "merchant m-1" in shown.out
    assert "The floor of venue Venue v-1 cannot be met" in shown.err
    assert json.loads(cli("delivery", "rules", "show", "home", "--json").out)["controls"]["merchant_caps"] == {"m-1": 0.0}


@pytest.mark.parametrize(
    "wrong",
    [
        ("set", "shop=v-1", "hold", "--why", "because"),
        ("set", "venue=", "hold", "--why", "because"),
        ("set", "venue=v-1", "push", "--why", "because"),
        ("set", "venue=v-1", "hold"),
        ("withdraw", "o-1"),
    ],
)
def test_what_is_no_rule(cli: Cli, wrong: tuple[str, ...]) -> None:
    ran = cli("delivery", "rules", *wrong)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err
