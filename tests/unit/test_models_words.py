"""The lexicon: well-formed, without loose ends, and found in texts as people write them."""

from __future__ import annotations

import pytest

from huichang.catalog.industries import load_industries
from infra.local.models.meaning import in_language, shelf_name, synonyms, understood
from infra.local.models.words import contains, find, group_named, lexicon, plural, titled


def test_every_line_has_words_in_both_languages() -> None:
    for group in lexicon():
        assert group.zh, group
        assert group.en, group
        assert all(len(word) <= 20 for word in group.zh)


def test_sections_are_the_industries() -> None:
    found = {group.industry for group in lexicon() if group.industry}
    assert found == {entry.code for entry in load_industries()}


def test_members_are_groups() -> None:
    for group in lexicon():
        for member in group.members:
            assert group_named(member).names_goods, f"{member} of {group.zh[0]}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("熊猫玩偶", ["熊猫", "玩偶"]),
        ("面包和背包", ["面包", "背包"]),
        ("包装盒", []),  # 包 inside a word is no bag
        ("熊猫笔", ["熊猫", "笔"]),
        ("T恤和U盘", ["T恤", "U盘"]),
        ("手机壳", ["手机壳"]),
        ("wireless headphones", ["wireless", "headphones"]),
        ("T-Shirts", ["T-Shirts"]),
        ("women’s shirts", ["women’s shirts"]),
        ("knives, scarves & shelves", ["knives", "scarves", "shelves"]),
        ("carpet cleaner", ["carpet"]),
        ("mugshot", []),
    ],
)
def test_words_are_found(text: str, words: list[str]) -> None:
    assert [match.word for match in find(text)] == words


def test_the_longest_word_wins() -> None:
    assert find("不粘锅")[0].group == find("平底锅")[0].group
    assert find("运动水壶")[0].group.zh[0] == "水壶"
    assert find("bath towels")[0].group.zh[0] == "毛巾"


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("dress", "dresses"), ("toy", "toys"), ("puppy", "puppies"), ("camping gear", "camping gear"), ("womenswear", "womenswear"), ("shelf", "shelves"),
        ("lipstick", "lipsticks"), ("plush toys", "plush toys"), ("headphones", "headphones"), ("brush", "brushes"), ("wallet", "wallets"), ("", ""),
    ],
)  # fmt: skip
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


def test_titles() -> None:
    assert titled("back to school stationery") == "Back to School Stationery"
    assert titled("usb cables and led lights") == "USB Cables and LED Lights"


def test_phrases_are_translated_by_their_parts() -> None:
    assert in_language("熊猫玩偶", False) == "panda plush toys"
    assert in_language("panda plush", True) == "熊猫玩偶"
    assert in_language("真丝睡衣", False) == "silk pyjamas"
    assert in_language("飞船零件", False) == ""
    assert in_language("台灯", True) == "台灯"
    assert {"熊猫玩偶", "熊猫公仔", "panda plush"} <= set(synonyms("熊猫玩偶"))


@pytest.mark.parametrize(
    ("shelf", "zh", "en"),
    [
        ("熊猫公仔", "熊猫公仔", "Panda Plush Toys"),
        ("毛巾浴巾", "毛巾浴巾", "Towels"),
        ("Coffee Mugs", "马克杯", "Coffee Mugs"),
        ("Mynte Shorts", "短裤", "Shorts"),
        ("魔兽世界", "魔兽世界", ""),
        ("Combos", "", "Combos"),
    ],
)
def test_shelves_are_named_in_both_languages(shelf: str, zh: str, en: str) -> None:
    assert (shelf_name(shelf, True), shelf_name(shelf, False)) == (zh, en)


def test_meaning_keeps_motif_and_goods_apart() -> None:
    wanted = understood(["熊猫玩偶"])
    assert wanted.fits("熊猫公仔") > wanted.fits("熊猫手偶") > 0
    assert wanted.fits("玩偶") > 0
    assert [wanted.fits(other) for other in ("小熊公仔", "熊猫马克杯", "马克杯", "大象")] == [0, 0, 0, 0]
    assert understood(["猫玩具"]).fits("猫玩具") > 0
    assert understood(["飞船零件"]).fits("飞船零件") > 0


def test_contains_takes_whole_english_words() -> None:
    assert contains("Red dresses", "dress")
    assert not contains("addressed", "dress")
    assert contains("夏季连衣裙", "连衣裙")
