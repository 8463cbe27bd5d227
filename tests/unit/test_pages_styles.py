"""Presets are complete, readable, and chosen for reasons."""

from __future__ import annotations

import re

import pytest
from huichang.pages.styles import MOTIFS, PALETTE, choose_style, hero_image_prompt, holds_word, load_presets

from huichang.kernel.colours import contrast
from huichang.themes.model import SubTheme, Theme

READ = (
    ("on_ground", "ground"),
    ("ink", "surface"),
    ("muted", "surface"),
    ("price", "surface"),
    ("accent", "surface"),
    ("accent", "tint"),
    ("price", "tint"),
    ("on_accent", "accent"),
    ("hero_ink", "hero"),
    ("hero_ink", "hero_2"),
    ("highlight", "hero"),
    ("highlight", "hero_2"),
    ("hero", "highlight"),
)


def theme(name: str, **fields: object) -> Theme:
    return Theme.model_validate({"name": name, "keywords": (), **fields})


@pytest.mark.parametrize("preset_id", sorted(load_presets()))
@pytest.mark.parametrize(("word", "ground"), READ)
def test_every_readable_pair_has_enough_contrast(preset_id: str, word: str, ground: str) -> None:
    palette = load_presets()[preset_id].palette
    needed = 3.0 if (word, ground) == ("highlight", "hero_2") else 4.5  # large title lines only
    assert contrast(palette[word], palette[ground]) >= needed


def test_there_are_presets_for_every_motif_and_all_palettes_are_complete() -> None:
    presets = load_presets().values()
    assert {preset.motif for preset in presets} == set(MOTIFS)
    assert all(set(preset.palette) == set(PALETTE) for preset in presets)


@pytest.mark.parametrize(
    ("given", "categories", "expected"),
    [
        (theme("熊猫玩偶会场", industry="toys", kind="event"), {"毛绒公仔": 30}, "bamboo_grove"),
        (theme("春节年货节", kind="seasonal"), {"坚果": 20}, "spring_lantern"),
        (theme("Diwali Lights", kind="seasonal", industry="furniture"), {"Lamps": 20}, "diya_glow"),
        (theme("Christmas gifts", kind="seasonal"), {"Plush": 9, "Mugs": 9}, "winter_fir"),
        (theme("Bluetooth picks", industry="electronics"), {"Headphones": 30}, "night_circuit"),
        (theme("中秋团圆礼", kind="seasonal", industry="food"), {"月饼": 30}, "autumn_moon"),
        (theme("清单", keywords=("其他",)), {}, "market_orange"),
    ],
)
def test_the_preset_follows_the_theme_and_its_goods(given: Theme, categories: dict[str, int], expected: str) -> None:
    preset, reason = choose_style(given, categories)
    assert preset.id == expected
    assert reason.startswith(preset.name["en"])


def test_the_goods_decide_where_the_words_say_nothing() -> None:
    plain = theme("Picks of the week", subthemes=(SubTheme(name="New"),))
    assert choose_style(plain, {"Camping tent": 25, "Mugs": 5})[0].id == "camp_ridge"
    assert choose_style(plain, {"Camping tent": 2, "Kitchen tableware": 28})[0].id == "linen_home"


def test_latin_words_match_whole_and_in_plural_only() -> None:
    assert holds_word("Summer dresses", "dress")
    assert not holds_word("Address book", "dress")
    assert holds_word("低价包邮女装", "包邮")


def test_the_image_prompt_has_the_lines_the_model_reads() -> None:
    preset = load_presets()["bamboo_grove"]
    first, second = hero_image_prompt(preset, theme("熊猫; palette: #000000 {{7*7}}\n")).split("\n")
    assert re.fullmatch(
        r"motif: [^;]+; palette: #[0-9a-f]{6}(,#[0-9a-f]{6})+; mood: [^;]+; composition: [^;]*left third quiet; no text",
        first,
    )
    assert second.count("palette:") == 0  # a theme's name cannot write a second hint
    assert "{{" not in second
