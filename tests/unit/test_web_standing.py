"""Standings over the API and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.web_api import Api

HOME = "/api/placements/home/standing"


def test_a_placement_shows_who_earns_a_place_and_who_was_taken_out() -> None:
    answer = Api()("GET", HOME, role="reviewer")
    assert answer.status == 200
    first, *others = answer.json["rows"]
    assert (first["venue_id"], first["state"], first["attention"]) == ("v-2", "eliminated", "eliminated")
    assert first["rests_on"]["zh"].startswith("建议下线")
    assert {each["attention"] for each in others} <= {"cannot_tell", "promote", "keep", "overdue"}
    assert (answer.json["staying"], answer.json["slots"], answer.json["counts"]["eliminated"]) == (3, 3, 1)
    assert answer.json["rule"] == {"alpha": 0.05, "margin": 0.1}
    assert Api()("GET", HOME, query={"attention": "eliminated", "limit": "1"}).json["total"] == 1
    assert Api()("GET", HOME, query={"venue": "v-9"}).json["rows"] == []
    for wrong in ({"attention": "asleep"}, {"limit": "0"}, {"limit": "many"}, {"venue": "x" * 81}):
        assert Api()("GET", HOME, query=wrong).status == 400, wrong
    assert Api()("GET", "/api/placements/moon/standing").status == 404


def test_a_venue_is_put_back_and_taken_out_with_a_reason_by_operators() -> None:
    api = Api()
    done = api("POST", f"{HOME}/v-2/restore", body={"why": "a new picture"})
    assert (done.status, done.json["standing"]["state"], done.json["staying"]) == (200, "restored", 4)
    assert done.json["standing"]["by"] == "operator@example.com"
    refused = api("POST", f"{HOME}/v-2/restore", body={"why": "again"}).json
    assert (refused["code"], refused["told"]["zh"]) == ("not_eliminated", "会场 v-2 没有从 home 下线")
    done = api("POST", f"{HOME}/v-1/retire", body={"why": "gone"})
    assert (done.status, done.json["standing"]["why"]["zh"]) == (200, "gone")
    assert api("POST", f"{HOME}/v-1/retire", body={"why": "again"}).status == 409
    assert api("POST", f"{HOME}/nobody/retire", body={"why": "what"}).json["code"] == "venue_not_there"
    for body in ({}, {"why": " "}, {"why": "x", "more": 1}, {"why": "x" * 501}):
        assert api("POST", f"{HOME}/v-3/retire", body=body).status == 400, body
    for path in ("v-3/retire", "v-2/restore", "refold"):
        assert api("POST", f"{HOME}/{path}", role="reviewer", body={"why": "may I"}).status == 403


def test_judging_is_frozen_thawed_and_a_day_read_again() -> None:
    api = Api()
    assert api("PUT", f"{HOME}/freeze", body={"frozen": True, "why": "the sale"}).json["frozen"]["why"] == "the sale"
    assert api("GET", HOME).json["frozen"]["by"] == "operator@example.com"
    assert api("PUT", f"{HOME}/freeze", body={"frozen": False, "why": "over"}).json == {"frozen": None}
    assert api("GET", HOME).json["frozen"] is None
    assert api("PUT", f"{HOME}/freeze", body={"why": "what"}).status == 400
    done = api("POST", f"{HOME}/refold", body={"day": "2026-08-30"})
    assert (done.status, len(done.json["windows"])) == (202, 24)
    assert api("POST", f"{HOME}/refold", body={"day": "tomorrow"}).json["code"] == "day_malformed"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_the_command_line_shows_and_decides(cli: Cli) -> None:
    ran = cli("delivery", "standing", "home")
    assert ran.code == 0, ran.err
    assert "eliminated" in ran.out
    assert "3 venues stay, the placement needs 3" in ran.out
    assert cli("delivery", "standing", "home", "--json", "--limit", "1").json["total"] == 4
    assert "3 more" in cli("delivery", "standing", "home", "--limit", "1").out
    assert "v-2 is restored in home; 4 venues stay" in cli("delivery", "restore", "home", "v-2", "--why", "a new picture").out
    cli("delivery", "retire", "home", "v-1", "--why", "gone")
    ran = cli("delivery", "retire", "home", "v-3", "--why", "gone too")
    assert "fewer than it has places" in ran.err
    assert cli("delivery", "restore", "home", "v-1", "--why", "back", "--json").json["standing"]["state"] == "restored"
    assert cli("delivery", "restore", "home", "v-1", "--why", "back").code != 0
    assert "takes nobody out" in cli("delivery", "freeze", "home", "--why", "the sale").out
    assert "frozen by" in cli("delivery", "standing", "home").out
    assert cli("delivery", "thaw", "home", "--why", "over", "--json").json == {"frozen": None}
    assert "24 windows" in cli("delivery", "refold", "home", "--day", "2026-08-30").out
    assert cli("delivery", "refold", "home", "--day", "2026-08-30", "--json").json["windows"]
    assert "not judged yet" not in cli("delivery", "standing", "home").out
