"""Operators' synonyms: two-way, one-way, adding up; circles and malformed lines named."""

from __future__ import annotations

import pytest

from huichang.kernel.errors import InvalidInputError
from huichang.selection.measures import measures_in
from huichang.selection.queries import MAX_PARTS, query_words
from huichang.selection.synonyms import built_in, parse


def test_two_way_and_one_way() -> None:
    table = parse("headset, Headphones，耳机  # ears\n\n公仔 => 玩偶、毛绒玩具\n")
    assert table.alternatives("HEADSET") == ("headphones", "耳机")
    assert table.alternatives("公仔") == ("玩偶", "毛绒玩具")
    assert table.alternatives("玩偶") == ()


def test_part_of_a_word_is_replaced_where_it_stands() -> None:
    table = parse("玩偶, 公仔\nheadset, headphones, 耳机\nmobile phone, smartphone")
    assert table.alternatives("熊猫玩偶") == ("熊猫公仔",)
    assert table.alternatives("wireless headset") == ("wireless headphones",)  # not half translated
    assert table.alternatives("mobile phone case") == ("smartphone case",)


def test_rules_add_up() -> None:
    table = parse("a => b\nb => c\nc, d")
    assert table.alternatives("a") == ("b", "c", "d")
    assert table.alternatives("d") == ("c",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a => b\nb => c\nx, y\nc => a", "lines 1, 2, 4 go in a circle: a => b => c => a"),
        ("a, b\nb => a", "line 2 goes in a circle"),
        ("a => b\nb, c\n# gap\nc => d\nd => a", "lines 1, 4, 5 go in a circle"),
        ("one", "line 1: one phrase alone"),
        ("a =>", "line 1: a one-way rule"),
        ("a => b => c", "line 1: => stands twice"),
        ("x, " + "y" * 61, "line 1: a phrase is longer"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_lines(text: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        parse(text)


def test_two_rules_that_meet_again_are_no_circle() -> None:
    assert set(parse("a => b, c\nb => d\nc => d").alternatives("a")) == {"b", "c", "d"}


def test_what_comes_with_the_product_is_sound() -> None:
    assert "充电宝" in built_in().alternatives("power bank")


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("500ml / 0.5 L / ５００毫升", ("500ml",)),
        ("1.5kg 3斤", ("1500g",)),
        ("5 cm, 50mm", ("50mm",)),
        ("42码 尺码43 size 44", ("size42", "size43", "size44")),
        ('27" 27寸 27 inch', ("27inch",)),
        ("0.35mm", ("0p35mm",)),
        ("iPhone 15, USB 2.0, S-XL, 618, 3-piece", ()),
    ],
)
def test_measures_have_one_form(text: str, forms: tuple[str, ...]) -> None:
    assert measures_in(text) == forms


def test_a_typed_query_asks_for_all_of_it_and_for_each_part() -> None:
    assert query_words(" wireless  mouse ") == {"en": ("wireless mouse", "wireless", "mouse")}
    assert query_words("  ") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("熊猫玩偶", ("熊猫玩偶", "熊猫", "猫玩", "玩偶")),
        ("毛巾", ("毛巾",)),
        ("500毫升保温杯", ("500毫升保温杯", "500ml", "保温", "温杯")),
        ("usb数据线 2米", ("usb数据线 2米", "usb数据线", "usb", "数据", "据线", "2米", "2000mm")),
    ],
)
def test_a_chinese_query_has_no_spaces_so_its_pairs_are_parts(text: str, words: tuple[str, ...]) -> None:
    assert query_words(text) == {"zh": words}


def test_a_long_query_stays_an_expression_of_bounded_size() -> None:
    (words,) = query_words("适合送给" + "".join(chr(0x4E00 + number) for number in range(300))).values()
    assert len(words) == 1 + MAX_PARTS
