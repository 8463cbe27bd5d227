"""`huichang policies`: from a proposal to a release, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from huichang.line.policies import JudgePolicies, PolicyDesk
from infra.cli import policies as module
from tests.support.cli import Cli
from tests.support.memory_policies import MemoryJudgements, MemoryPolicies
from tests.unit.test_line_policies import Oracle


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def behind(cli: Cli) -> tuple[MemoryPolicies, MemoryJudgements]:
    desk = cli.network.api.services.policies
    assert isinstance(desk, PolicyDesk)
    assert isinstance(desk.store, MemoryPolicies)
    assert isinstance(desk.queue, MemoryJudgements)
    return desk.store, desk.queue


def answering(cli: Cli, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """While somebody waits, the job is done."""
    store, queue = behind(cli)
    work = JudgePolicies(store, Oracle(answer, {}))  # type: ignore[arg-type]
    monkeypatch.setattr(module.time, "sleep", lambda _: work(*queue.asked[-1]))


def test_a_policy_is_proposed_judged_and_released_and_gone_back_from(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = cli("policies", "propose", "calm-4", "--calm", "4", "--reward", "cart", "--why", "carts matter")
    assert ran.code == 0, ran.err
    settings = behind(cli)[0].get("calm-4").settings
    assert (settings.calm, settings.reward.kind) == (4, "cart")
    early = cli("policies", "release", "calm-4")
    assert early.code != 0
    assert "no verdict" in early.err
    answering(cli, monkeypatch, "ship")
    ran = cli("policies", "judge", "calm-4")
    assert (ran.code, "verdict" in ran.out) == (0, True)
    ran = cli("policies", "release", "calm-4", "--note", "monday")
    assert "state 1: calm-4 for all placements (monday)" in ran.out
    assert "released" in cli("policies", "list").out
    ran = cli("policies", "rollback", "--note", "carts fell")
    assert "state 2: back to built-in (carts fell)" in ran.out
    assert cli("policies", "list", "--json").json["live"]["number"] == 2


def test_what_is_not_to_ship_ends_with_1_and_an_override_is_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("policies", "propose", "wild", "--explore", "0.9", "--placement", "home")
    answering(cli, monkeypatch, "do_not_ship")
    assert cli("policies", "judge", "wild").code == 1
    assert cli("policies", "verdict", "wild", "--json").json["answer"] == "do_not_ship"
    assert cli("policies", "release", "wild").code != 0
    ran = cli("--as", "admin", "policies", "release", "wild", "--override", "a test of the day")
    assert ran.code == 0, ran.err
    assert "OVERRIDDEN: a test of the day" in ran.out
    assert "OVERRIDDEN" in cli("policies", "list").out


def test_what_is_no_setting_is_told(cli: Cli, tmp_path: Path) -> None:
    assert cli("policies", "propose", "x", "--explore", "0").code == 2
    assert cli("policies", "propose", "x", "--reward", "{no").code == 2
    told = tmp_path / "settings.json"
    told.write_text('{"calm": 3, "draws": 128}')
    assert cli("policies", "propose", "x", "--settings", str(told), "--draws", "64").code == 0
    settings = behind(cli)[0].get("x").settings
    assert (settings.calm, settings.draws) == (3, 64)
    assert cli("policies", "judge", "x", "--wait", "0").code == 0
    assert cli("policies", "withdraw", "x", "--why", "never mind").code == 0
    assert behind(cli)[0].get("x").state == "withdrawn"
