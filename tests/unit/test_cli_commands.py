"""Each command: what it asks of the API, what it prints, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from huichang.kernel.errors import ConflictError, TransientError
from huichang.line.proof.model import ReplayReport
from huichang.line.review import MaterialRejection
from huichang.materials.model import ReviewConstraint
from huichang.venues.model import Actor
from tests.support.cli import URL, Cli
from tests.support.web_api import venue

ADMIN = Actor(name="admin@example.com", role="admin")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_create_says_which_campaign_it_started(cli: Cli) -> None:
    ran = cli("create", "帮我生成一个熊猫玩偶会场", "--industry", "toys", "--venues", "2", "--catalogue", "sample")
    assert ran.code == 0
    assert ran.out.startswith("campaign c-")
    body = {"sentence": "帮我生成一个熊猫玩偶会场", "industry": "toys", "venues": 2, "catalogue": "sample"}
    assert cli.network.sent("/api/campaigns") == body


def test_a_lost_answer_to_create_does_not_start_two_campaigns(cli: Cli) -> None:
    lost: list[Any] = []

    def lose_the_first_answer(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and not lost:
            lost.append(cli.network._api(request))  # the API did its work, the answer never came
            raise httpx.ReadTimeout("lost")
        return None

    cli.network.scripts.append(lose_the_first_answer)
    assert cli("create", "a low-price free-shipping womenswear venue").code == 0
    assert len(cli.network.api.machines.started) == 1


def test_other_writes_are_not_repeated(cli: Cli) -> None:
    cli.network.api.desk.fails = TransientError("too many at once")
    assert cli("publish", "v-1").code == 3
    assert [call[0] for call in cli.network.api.desk.calls] == ["publish"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["campaigns"],
        ["venues"],
        ["venues", "--status", "in_review"],
        ["show", "v-1"],
        ["show", "v-1", "--products"],
        ["preview", "v-1"],
        ["approve", "v-1"],
        ["reject", "v-1", "--material", "hero", "--code", "tone"],
        ["publish", "v-1"],
        ["rollback", "v-1"],
        ["retire", "v-1"],
        ["edits", "v-1", "--pin", "p1"],
        ["edits", "v-1", "--pin", "p1", "--preview"],
        ["edits", "undo", "v-1"],
        ["edits", "history", "v-1"],
        ["why", "v-1", "p1"],
        ["why", "v-1"],
        ["proof", "v-1"],
        ["replay", "v-1"],
        ["schedules"],
        ["trends", "list"],
        ["audit"],
        ["audit", "v-1"],
        ["create", "panda toys venue"],
    ],
    ids=" ".join,
)
def test_with_json_stdout_is_one_json_value(cli: Cli, arguments: list[str]) -> None:
    ran = cli(*arguments, "--json")
    assert ran.code == 0, ran.err
    assert isinstance(ran.json, dict)
    plain = cli(*arguments)
    assert plain.code == 0
    assert plain.out.strip() or arguments[0] in ("campaigns", "schedules", "audit")


def test_the_schema_of_a_manifest_is_printed_without_a_running_cloud(cli: Cli) -> None:
    schema = cli("proof", "--schema").json
    assert {"html_sha256", "inputs", "reviews", "gate", "models", "products"} <= set(schema["properties"])
    assert cli("proof").code != 0


def test_a_replay_that_proves_nothing_ends_with_an_error(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "proved: the same inputs" in cli("replay", "v-1").out
    monkeypatch.setattr(ReplayReport, "proved", property(lambda _: False))
    ran = cli("replay", "v-1", "--language", "zh")
    assert ran.code == 1
    assert "not proved" in ran.out
    assert "现在部署的不同" in ran.out


def test_venues_are_shown_with_their_names(cli: Cli) -> None:
    out = cli("venues").out
    assert "v-1" in out
    assert "熊猫玩偶会场" in out
    assert "in_review" in out


def test_show_tells_steps_and_reasons(cli: Cli) -> None:
    out = cli("show", "v-1", "--products").out
    for expected in ("ExpandTheme", "PublishVenue", "熊猫玩偶", "12.80 CNY", "search #1"):
        assert expected in out


def test_approve_names_the_version_that_is_staged_now(cli: Cli) -> None:
    assert cli("approve", "v-1", "--note", "好").code == 0
    assert cli.network.api.desk.calls[-1] == ("approve", "v-1", "ver-1", ADMIN, "好")
    assert cli("approve", "v-1", "--version", "ver-0").code == 0
    assert cli.network.api.desk.calls[-1] == ("approve", "v-1", "ver-0", ADMIN, "")


def test_approving_what_is_not_staged_fails_before_anything_is_sent(cli: Cli) -> None:
    cli.network.api.desk.current = venue(status="selecting")
    ran = cli("approve", "v-1")
    assert (ran.code, "no page is staged" in ran.err) == (1, True)
    assert not any(call[0] == "approve" for call in cli.network.api.desk.calls)


def test_approve_can_wait_for_the_page(cli: Cli) -> None:
    desk = cli.network.api.desk
    looks = []

    def pass_time(request: httpx.Request) -> None:
        if request.method == "GET" and request.url.path == "/api/venues/v-1":
            looks.append(request)
            if len(looks) == 4:
                desk.current = desk.current.model_copy(update={"status": "published", "revision": 9})

    cli.network.scripts.append(pass_time)
    ran = cli("approve", "v-1", "--watch", "--json")
    assert (ran.code, ran.json["status"]) == (0, "published")
    assert "published" in ran.err


def test_reject_sends_every_material_with_the_reason(cli: Cli) -> None:
    ran = cli("reject", "v-1", "--material", "hero", "--material", "floor-1", "--code", "ugly", "--text", "太暗")
    assert ran.code == 0
    constraint = ReviewConstraint(code="ugly", text="太暗")
    rejections = [MaterialRejection(material_id=name, constraint=constraint) for name in ("hero", "floor-1")]
    assert cli.network.api.desk.calls[-1] == ("reject", "v-1", "ver-1", rejections, ADMIN, "")


def test_rollback_retire_and_publish(cli: Cli) -> None:
    for arguments, call in [
        (["rollback", "v-1"], ("roll_back", "v-1", ADMIN, "")),
        (["rollback", "v-1", "--version", "ver-0"], ("roll_back", "v-1", ADMIN, "ver-0")),
        (["retire", "v-1"], ("retire", "v-1", ADMIN)),
        (["publish", "v-1"], ("publish", "v-1", ADMIN)),
    ]:
        assert cli(*arguments).code == 0
        assert cli.network.api.desk.calls[-1] == call


def test_a_preview_is_a_whole_address(cli: Cli) -> None:
    assert cli("preview", "v-1").out.strip() == f"{URL}/preview/t"


def test_schedules_are_made_listed_and_deleted(cli: Cli) -> None:
    made = cli("schedules", "create", "autumn", "熊猫玩偶会场", "--at", "2026-09-20T09:00:00", "--venues", "3")
    assert (made.code, "2026-09-20T09:00:00" in made.out) == (0, True)
    assert "autumn" in cli("schedules").out
    assert cli("schedules", "--json").json["schedules"][0]["request"]["venues"] == 3
    assert cli("schedules", "delete", "autumn").code == 0
    assert cli.network.api.desk.calls[-1] == ("delete_schedule", "autumn", ADMIN)


def test_a_refused_listing_of_schedules_is_words_too(cli: Cli) -> None:
    ran = cli("schedules", role="designer")
    assert (ran.code, "designer@example.com" in ran.err) == (4, True)


def test_the_feed_shows_propensities(cli: Cli) -> None:
    item = {"position": 1, "venue_id": "v-1", "title": "会场", "propensity": 0.75, "href": "/v/v-1/"}

    def offer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, json={"items": [item]}) if request.url.path == "/api/feed" else None

    cli.network.scripts.append(offer)
    ran = cli("feed", "--placement", "cart", "--slots", "3", "--language", "zh")
    assert "0.750" in ran.out
    query = dict(cli.network.requests[-1].url.params)
    assert query == {"placement": "cart", "slots": "3", "language": "zh"}


def test_up_becomes_the_embedded_cloud(cli: Cli, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert cli("up", "--state", str(state), "--port", "8300", "--search", "http://127.0.0.1:9200").code == 0
    arguments = ["up", "--state", str(state), "--search", "http://127.0.0.1:9200", "--port", "8300"]
    assert cli.executed == [["-m", "infra.local", *arguments]]
    from infra.local.__main__ import parse

    assert parse(arguments).port == 8300


# --- errors -----------------------------------------------------------------------------------------------------------


def test_a_problem_is_told_in_words_with_its_mend(cli: Cli) -> None:
    ran = cli("create", "🐼🐼🐼")
    assert ran.code == 2
    assert ran.out == ""
    assert "✕" in ran.err
    assert "→" in ran.err


def test_all_wrong_fields_are_told(cli: Cli) -> None:
    ran = cli("reject", "v-1", "--material", "hero", "--code", "hate_it", "--text", "x" * 301)
    assert ran.code == 2
    assert "materials.0.code" in ran.err
    assert "materials.0.text" in ran.err


def test_with_json_the_problem_is_on_stdout_as_it_came(cli: Cli) -> None:
    ran = cli("create", "", "--json")
    assert ran.code == 2
    assert ran.json["code"] == "sentence_empty"
    assert ran.json["status"] == 400


@pytest.mark.parametrize(("role", "code"), [("designer", 4), (None, 4), ("operator", 0)])
def test_who_may_not_ends_with_4(cli: Cli, role: str | None, code: int) -> None:
    ran = cli("create", "panda toys venue", role=role)
    assert ran.code == code
    if role is None:
        assert "huichang login" in ran.err


def test_the_gateways_own_401_is_told_in_words_too(cli: Cli) -> None:
    cli.network.scripts.append(lambda _: httpx.Response(401, json={"message": "Unauthorized"}))
    ran = cli("venues", "--json")
    assert ran.code == 4
    assert "not signed in" in ran.json["detail"]
    assert ran.json["mend"] == "huichang login"


@pytest.mark.parametrize(
    ("error", "code"), [(ConflictError("another version is staged"), 1), (TransientError("busy"), 3), (KeyError("x"), 3)]
)
def test_conflicts_end_with_1_and_trouble_with_3(cli: Cli, error: Exception, code: int) -> None:
    cli.network.api.desk.fails = error
    assert cli("publish", "v-1").code == code


def test_an_unknown_venue_is_usage(cli: Cli) -> None:
    ran = cli("show", "v-nowhere")
    assert (ran.code, "v-nowhere" in ran.err) == (2, True)


def test_reading_is_tried_again_and_then_given_up(cli: Cli) -> None:
    tries = []

    def away(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ConnectError("refused")

    cli.network.scripts.append(away)
    ran = cli("venues")
    assert (ran.code, len(tries)) == (3, 3)
    assert "huichang up" in ran.err


def test_a_hiccup_is_not_even_noticed(cli: Cli) -> None:
    tries: list[Any] = []

    def hiccup(request: httpx.Request) -> httpx.Response | None:
        tries.append(request)
        return httpx.Response(503) if len(tries) == 1 else None

    cli.network.scripts.append(hiccup)
    assert cli("venues").code == 0


def test_something_that_is_not_huichang_is_recognised(cli: Cli) -> None:
    cli.network.scripts.append(lambda _: httpx.Response(200, text="<html>a hotel's wifi"))
    assert cli("venues").code == 3


@pytest.mark.parametrize("arguments", [["nonsense"], ["show"], ["create"], ["feed", "--slots", "x"], ["venues", "--what"]])
def test_wrong_usage_is_2(cli: Cli, arguments: list[str]) -> None:
    assert cli(*arguments).code == 2


@pytest.mark.parametrize("venue_id", ["..", ".", ""])
def test_an_id_cannot_reach_another_route(cli: Cli, venue_id: str) -> None:
    assert cli("show", venue_id).code == 2
    assert cli.network.requests == []


def test_a_slash_in_an_id_stays_in_its_segment(cli: Cli) -> None:
    cli("show", "v-1/approve")
    assert cli.network.requests[-1].url.raw_path == b"/api/venues/v-1%2Fapprove"


def test_terminal_codes_and_markup_in_names_are_only_text(cli: Cli) -> None:
    desk = cli.network.api.desk
    theme = desk.current.theme.model_copy(update={"name": "[red]会场[/red]\x1b]0;owned\x07\x1b[2J\u202egnp"})
    desk.current = desk.current.model_copy(update={"theme": theme})
    out = cli("venues").out
    assert "[red]会场[/red]" in out
    assert not set("\x1b\x07\u202e") & set(out)


# --- where it is --------------------------------------------------------------------------------------------------------


def test_the_embedded_cloud_is_found_from_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / ".huichang").mkdir()
    (tmp_path / ".huichang" / "runtime.json").write_text(json.dumps({"url": URL + "/", "issuer": "x"}))
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    cli = Cli(below)
    cli.environ.pop("HUICHANG_URL")
    assert cli("venues").code == 0
    assert str(cli.network.requests[0].url).startswith(f"{URL}/api")


def test_an_address_on_the_line_wins(cli: Cli) -> None:
    assert cli("--url", "https://huichang.example", "venues").code == 0
    assert cli.network.requests[0].url.host == "huichang.example"


@pytest.mark.parametrize("url", ["http://huichang.example", "huichang.example", "ftp://x", "https://"])
def test_an_address_that_would_leak_the_token_is_refused(cli: Cli, url: str) -> None:
    assert cli("--url", url, "venues").code == 2
    assert cli.network.requests == []


def test_without_any_address_it_says_how_to_get_one(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.environ.pop("HUICHANG_URL")
    ran = cli("venues")
    assert (ran.code, "huichang up" in ran.err) == (3, True)


def test_a_broken_runtime_file_is_told(tmp_path: Path) -> None:
    (tmp_path / ".huichang").mkdir()
    (tmp_path / ".huichang" / "runtime.json").write_text("{")
    cli = Cli(tmp_path)
    cli.environ.pop("HUICHANG_URL")
    assert cli("venues").code == 3
