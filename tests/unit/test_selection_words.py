from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.selection.words import clean, clean_words, similarity, singular, terms, without_generic, without_scenes


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("熊猫玩偶会场", "熊猫玩偶"),
        ("低价包邮女装会场", "女装"),
        ("A low-price free-shipping womenswear venue", "womenswear"),
        ("新品", ""),
        ("SALE!", ""),
        ("Cantonese mooncake gift boxes", "cantonese mooncake"),
        ("Best gifts for the season", ""),
    ],
)
def test_generic_words_are_taken_out(text: str, core: str) -> None:
    assert without_generic(text) == core


def test_scenes_are_no_goods() -> None:
    assert without_scenes("宿舍好物") == ""
    assert without_scenes("back to school") == ""
    assert without_scenes("开学文具") == "文具"
    assert without_scenes("Christmas lights") == "lights"


def test_plurals_meet_their_singulars() -> None:
    for plural, single in [
        ("dresses", "dress"),
        ("dolls", "doll"),
        ("batteries", "battery"),
        ("watches", "watch"),
        ("shoes", "shoe"),
    ]:
        assert singular(plural) == singular(single) == single
    assert singular("women's") == singular("women")
    assert singular("glass") == "glass"


def test_names_are_compared_without_their_wrapping() -> None:
    assert similarity("熊猫玩偶会场", "熊猫玩偶") == 1
    assert similarity("Panda Dolls", "panda doll venue") == 1
    assert similarity("熊猫玩偶", "积木乐园") == 0
    assert 0 < similarity("毛绒熊猫玩偶", "熊猫公仔") < 0.6


def test_a_lone_letter_belongs_to_its_word() -> None:
    assert "t恤" in terms("纯棉T恤")


def test_markup_is_inert() -> None:
    assert clean('<script>alert("x")</script>熊猫<b onclick="y">玩偶</b>', 60) == "熊猫 玩偶"
    assert "<" not in clean("&lt;img src=x onerror=alert(1)&gt; panda", 60)
    assert clean("a\x00b\u202ec\nd", 60) == "a b c d"
    assert len(clean("熊" * 5000, 60)) == 60
    assert clean_words(["Tea", "tea ", "", "<i></i>", "茶叶"]) == ("Tea", "茶叶")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300), st.integers(1, 80))
def test_clean_text_is_short_and_without_brackets_and_stays_as_it_is(text: str, size: int) -> None:
    tidy = clean(text, size)
    assert len(tidy) <= size
    assert not set(tidy) & set("<>\n\r\t\x00")
    assert similarity(text, text) == 1
