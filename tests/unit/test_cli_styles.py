"""`huichang styles`: a package is checked as it will be read, and a match says what spoke for what."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from huichang.materials.styles.packages import STYLES, load_presets
from huichang.pages.templates import load_templates
from tests.support.cli import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_the_list_names_every_preset(cli: Cli) -> None:
    ran = cli("styles", "list", "--json")
    assert ran.code == 0
    assert [each["id"] for each in ran.json["presets"]] == list(load_presets())
    assert ran.json["left_out"] == {}
    assert "tea_house" in cli("styles", "list").out


def test_a_package_with_a_missing_font_is_refused_with_place_and_mend(cli: Cli, tmp_path: Path) -> None:
    package = Path(shutil.copytree(STYLES / "tea_house", tmp_path / "tea_house"))
    assert cli("styles", "check", str(package)).code == 0
    manifest = (package / "manifest.yaml").read_text(encoding="utf-8")
    (package / "manifest.yaml").write_text(manifest.replace("Noto Sans CJK SC", "Comic Sans MS"), encoding="utf-8")
    ran = cli("styles", "check", str(package))
    assert ran.code == 1
    assert "manifest.yaml type.family: the font 'Comic Sans MS' does not ship" in ran.out
    assert "Noto Sans CJK SC" in ran.out
    ran = cli("styles", "check", str(package), "--json")
    assert (ran.code, ran.json["usable"], len(ran.json["problems"])) == (1, False, 1)


def test_a_folder_that_is_none_is_told(cli: Cli, tmp_path: Path) -> None:
    assert cli("styles", "check", str(tmp_path / "nowhere")).code == 2


def test_previews_are_pages_of_every_template_in_both_languages(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.styles.preview.HERO", (168, 64))
    ran = cli("styles", "check", str(STYLES / "tea_house"), "--preview", str(tmp_path / "out"), "--json")
    assert ran.code == 0
    assert len(ran.json["pages"]) == 2 * len(load_templates())
    page = (tmp_path / "out" / "tea_house-festival-zh.html").read_text(encoding="utf-8")
    assert load_presets()["tea_house"].palette["hero"] in page
    assert "茶叶" in page
    assert 'src="/' not in page


def test_a_theme_is_matched_by_its_goods_and_the_reasons_are_told_in_its_language(cli: Cli) -> None:
    ran = cli("styles", "match", "今日精选", "--goods", "玩具/毛绒玩具/小熊公仔=24", "--goods", "餐厨/杯壶/马克杯=6")
    assert ran.code == 0
    first, reason, *_ = ran.out.splitlines()
    assert "balloon_play" in first
    assert "80% 的商品属于「小熊公仔」" in reason
    assert "linen_home" in ran.out
    assert "of the products are" in cli("styles", "match", "Picks", "--goods", "Toys/Plush toys=24").out


def test_a_theme_can_stand_in_a_file(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "theme.yaml"
    path.write_text("name: 今日精选\ngoods: {宠物用品/玩具/猫玩具: 20}\n", encoding="utf-8")
    assert cli("styles", "match", str(path), "--json").json["style_id"] == "paw_garden"
    path.write_text("name: 今日精选\nproducts: {a: 1}\n", encoding="utf-8")
    ran = cli("styles", "match", str(path))
    assert ran.code == 2
    assert "products" in ran.err
    assert "goods counts products by category path" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [(), ("x", "--venue", "v-1"), ("x", "--goods", "玩具"), ("x", "--language", "fr"), ("x", "--kind", "odd"), ("--venue", "v", "--tone", "x"),
     ("no-such-file.yaml",)],
)  # fmt: skip
def test_what_cannot_be_asked_is_told(cli: Cli, arguments: tuple[str, ...]) -> None:
    ran = cli("styles", "match", *arguments)
    assert ran.code == 2
    assert ran.err
