"""`huichang policy`: words and files are judged without a running system; the exit code says what the gate would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_words_that_may_be_shown_end_well(cli: Cli) -> None:
    ran = cli("policy", "check", "最近上新的熊猫，第一步选尺码")
    assert (ran.code, ran.out) == (0, "")


def test_words_that_may_not_are_told_in_their_own_language(cli: Cli) -> None:
    ran = cli("policy", "check", "顶 级 羊绒")
    assert ran.code == 1
    assert "拦截" in ran.out
    assert "广告法第九条第(三)项" in ran.out
    assert "→ 优质" in ran.out
    ran = cli("policy", "check", "顶级", "--language", "en")
    assert ran.out.startswith("block  text: '顶级' a claim of the highest grade")


def test_a_file_is_read_line_by_line(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "copy.txt"
    path.write_text("\ufeff熊猫来了\n\n全网最低价\nrisk-free\n", encoding="utf-8")
    ran = cli("policy", "check", str(path), "--json")
    said = json.loads(ran.out)
    assert (ran.code, said["blocked"]) == (1, True)
    assert [finding["place"] for finding in said["findings"]] == ["copy.txt:3", "copy.txt:4"]


def test_a_sector_and_a_merchants_words_have_their_own_measure(cli: Cli) -> None:
    assert cli("policy", "check", "强效面霜").code == 0
    assert cli("policy", "check", "强效面霜", "--sector", "cosmetics").code == 1
    assert cli("policy", "check", "Unbeatable steel").code == 1
    assert cli("policy", "check", "Unbeatable steel", "--product").code == 0


@pytest.mark.parametrize("arguments", [["--sector", "toys"], ["--language", "fr"]])
def test_what_there_is_not_is_named(cli: Cli, arguments: list[str]) -> None:
    ran = cli("policy", "check", "x", *arguments)
    assert ran.code == 2
    assert arguments[1] in ran.err


def test_a_file_that_is_no_text_is_named(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"\xff\xfe\x00x")
    ran = cli("policy", "check", str(path))
    assert ran.code == 2
    assert "no UTF-8 text" in ran.err


def test_words_too_long_for_a_file_name_are_words(cli: Cli) -> None:
    assert cli("policy", "check", "熊猫" * 5000).code == 0


def test_the_rules_are_listed(cli: Cli) -> None:
    ran = cli("policy", "rules", "--json")
    assert {"zh.absolute.level", "en.finance.promise", "denied.drugs"} <= {rule["id"] for rule in json.loads(ran.out)["rules"]}
