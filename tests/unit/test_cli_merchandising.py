"""`huichang edits` and `huichang why`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from huichang.selection.edits import MerchandisingEdits
from infra.cli.errors import CliError
from infra.cli.merchandising import rule_of
from tests.support.cli import Cli
from tests.support.edits import edits, rule


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    made = Cli(tmp_path)
    stored = edits(rule("boost", "膳魔师", "brand"), pins=["p0"], excludes=["x0"])
    made.network.api.desk.current = made.network.api.desk.current.model_copy(update={"edits": stored, "edits_version": 4})
    return made


def saved(cli: Cli) -> MerchandisingEdits:
    call = cli.network.api.desk.calls[-1]
    assert (call[0], call[3]) == ("save", 4)
    found: MerchandisingEdits = call[2]
    return found


@pytest.mark.parametrize(
    ("action", "text", "expected"),
    [
        ("pin", "p-1", {"scope": "product", "value": "p-1"}),
        ("pin", "p-1@3", {"scope": "product", "value": "p-1", "position": 3}),
        ("pin", "sku:7", {"scope": "product", "value": "sku:7"}),
        ("boost", "brand:膳魔师+3", {"scope": "brand", "value": "膳魔师", "level": 3}),
        ("bury", "attribute:材质=棉", {"scope": "attribute", "attribute": "材质", "value": "棉"}),
        ("exclude", "attribute:材质", {"scope": "attribute", "attribute": "材质", "value": ""}),
        ("exclude", "category:A+3", {"scope": "category", "value": "A+3"}),
    ],
)
def test_a_rule_is_typed_in_a_word(action: str, text: str, expected: dict[str, Any]) -> None:
    assert rule_of(action, text) == {"action": action} | expected


@pytest.mark.parametrize(("action", "text"), [("pin", "p@first"), ("pin", "p@0"), ("boost", "brand:"), ("exclude", "")])
def test_a_word_that_names_nothing_is_refused(action: str, text: str) -> None:
    with pytest.raises(CliError):
        rule_of(action, text)


def test_new_rules_are_added_to_the_stored_ones_and_replace_their_like(cli: Cli) -> None:
    assert cli("edits", "v-1", "--pin", "p0@2", "--bury", "category:杯", "--note", "清仓").code == 0
    assert saved(cli) == edits(
        rule("exclude", "x0"), rule("boost", "膳魔师", "brand"), rule("pin", "p0", position=2), rule("bury", "杯", "category")
    )
    assert cli.network.api.desk.calls[-1][-1] == "清仓"


def test_rules_are_taken_back_one_by_one_or_all(cli: Cli) -> None:
    cli("edits", "v-1", "--remove", "brand:膳魔师", "--remove", "p0")
    assert saved(cli) == edits(excludes=["x0"])
    cli("edits", "v-1", "--clear", "--pin", "p9", "--force", "--accept-conflicts")
    assert saved(cli) == edits(pins=["p9"], allow_thin=True)
    assert cli.network.api.desk.calls[-1][5] is True


def test_a_window_carries_its_time_zone(cli: Cli) -> None:
    cli("edits", "v-1", "--clear", "--boost", "p1", "--from", "2026-11-10T20:00+08:00", "--until", "2026-11-12T00:00+08:00")
    assert saved(cli) == edits(rule("boost", "p1", starts_at="2026-11-10T20:00:00+08:00", ends_at="2026-11-12T00:00:00+08:00"))
    ran = cli("edits", "v-1", "--boost", "p1", "--from", "2026-11-10T20:00")
    assert (ran.code, "say the time zone" in ran.err) == (2, True)
    assert "2026-11-10T20:00+08:00" in cli("edits", "v-1", "--boost", "p1", "--from", "tomorrow").err


def test_a_preview_saves_nothing_and_says_what_moves(cli: Cli) -> None:
    ran = cli("edits", "v-1", "--exclude", "p2", "--pin", "p1", "--preview")
    assert ran.code == 0
    assert [call[0] for call in cli.network.api.desk.calls] == ["history", "preview"]
    assert "24 → 23" in ran.out
    assert "exclude product p2" in ran.out
    assert "抱枕: 8 → 7" in ran.out
    assert cli("edits", "v-1", "--preview", "--json").json["effect"]["shifted"] == 7


def test_undo_says_which_version_it_looked_at(cli: Cli) -> None:
    assert cli("edits", "undo", "v-1").code == 0
    assert cli.network.api.desk.calls[-1][:3] == ("undo", "v-1", 4)
    cli("edits", "undo", "v-1", "--to", "2")
    assert cli.network.api.desk.calls[-1][-1] == 2


def test_history_lists_who_wanted_what(cli: Cli) -> None:
    ran = cli("edits", "history", "v-1")
    assert "boost +2 brand 膳魔师" in ran.out
    assert "olga" in ran.out


def test_why_in_both_languages(cli: Cli) -> None:
    assert "it nearly repeats another" in cli("why", "v-1", "p-9").out
    assert "→ 置顶它" in cli("why", "v-1", "p-9", "--language", "zh").out
    assert cli("why", "v-1", "p-9", "--json").json["code"] == "near_duplicate"
    assert cli("why", "v-1", "p-9", "--language", "fr").code == 2
