"""`huichang release`, `releases`, `release-plan`, and `rollback` and `retire` of a whole campaign."""

from __future__ import annotations

from pathlib import Path

import pytest

from huichang.pages.release_plans import PlanTerms
from huichang.venues.model import Actor
from tests.support.cli import Cli

ADMIN = Actor(name="admin@example.com", role="admin")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_a_release_does_what_was_looked_at(cli: Cli) -> None:
    ran = cli("release", "c-1", "--note", "开卖")
    assert ran.code == 0, ran.err
    assert "熊猫玩偶会场" in ran.out
    assert "release 3: 1 venues changed, 1 are live" in ran.out
    looked, did = cli.network.api.desk.calls[-2:]
    assert looked == ("preview", "c-1", "release", 0, ())
    assert did == ("apply", "c-1", "release", ADMIN, {"to": 0, "only": (), "expect": 2, "leave_out_blocked": False, "note": "开卖"})


def test_a_dry_run_only_looks(cli: Cli) -> None:
    ran = cli("release", "c-1", "--dry-run", "--venue", "v-1")
    assert (ran.code, "1 would change" in ran.err) == (0, True)
    assert cli.network.api.desk.calls == [("preview", "c-1", "release", 0, ("v-1",))]
    assert cli("release", "c-1", "--dry-run", "--json").json["venues"][0]["effect"] == "new"


def test_a_campaign_is_rolled_back_and_retired_as_a_whole(cli: Cli) -> None:
    assert cli("rollback", "c-1", "--to", "1", "--json").json["number"] == 3
    assert cli.network.api.desk.calls[-1][:3] == ("apply", "c-1", "rollback")
    assert cli("retire", "c-1").code == 0
    assert cli.network.api.desk.calls[-1][:3] == ("apply", "c-1", "retire")


def test_releases_are_listed(cli: Cli) -> None:
    assert "olga" in cli("releases", "c-1").out
    assert [each["number"] for each in cli("releases", "c-1", "--json").json["releases"]] == [2, 1]


def test_a_plan_is_made_and_shown(cli: Cli) -> None:
    assert "--starts 2026-12-12T00:00:00" in cli("release-plan", "c-1").out
    made = cli("release-plan", "c-1", "--starts", "2026-12-12T00:00", "--ends", "never", "--timezone", "Asia/Tokyo", "--leave-out")
    assert "2026-12-12T00:00:00 Asia/Tokyo" in made.out
    terms = PlanTerms(starts_at="2026-12-12T00:00:00", timezone="Asia/Tokyo", on_trouble="leave_out")
    assert cli.network.api.desk.calls[-1] == ("change_plan", "c-1", terms, ADMIN, 0)
    assert cli("release-plan", "c-1", "--starts", "tonight").code == 2
