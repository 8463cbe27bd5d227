"""Titles a buyer understands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.selection.floors import naming


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("熊猫公仔", "熊猫公仔"),
        ("Dress-up dolls", "Dress-Up Dolls"),
        ("lying on its tummy", "Lying on Its Tummy"),
        ("USB gadgets", "USB Gadgets"),
        ("MOBILE ACCESSORIES", "Mobile Accessories"),
        ("class A cotton", "Class A Cotton"),
        ("55 cm", "55 cm"),
        ("Geometry, Pen & Pencil boxes", "Pencil Boxes"),
        ("Lingerie, Sleep & Swimwear", "Swimwear"),
        ("1.5米床品： 被套 200*230cm/ 枕套：48*74cm*2", "1.5米床品"),
        ("GB/T 22844-2009", ""),
        ("SKU_88123_A", ""),
        ("XK-4512 B", ""),
        ("<b>T恤</b>", "T恤"),
        ("长" * 40, ""),
    ],
)
def test_a_catalogues_name_becomes_a_title_or_nothing(raw: str, title: str) -> None:
    assert naming.tidy(raw) == title


@pytest.mark.parametrize(
    ("value", "kind", "label", "language", "title"),
    [
        ("抱竹", "熊猫公仔", "款式", "zh", "抱竹熊猫公仔"),
        ("泡泡袖方领款", "连衣裙", "款式", "zh", "泡泡袖方领连衣裙"),
        ("碎花短袖中长", "吊带连衣裙", "款式", "zh", "碎花短袖中长款"),
        ("36", "", "尺码", "zh", "尺码 36"),
        ("Sitting", "Panda Plush", "Style", "en", "Sitting Panda Plush"),
        ("With a Red Scarf", "Panda Plush", "Style", "en", "Red Scarf Panda Plush"),
        ("In Plain Colour", "T-Shirts", "Style", "en", "Plain Colour T-Shirts"),
        ("36", "", "Size", "en", "Size 36"),
        ("Analog", "Wrist Watches", "Type", "en", "Analog Wrist Watches"),
    ],
)
def test_a_part_of_a_category_says_both(value: str, kind: str, label: str, language: Any, title: str) -> None:
    assert naming.composed(value, kind, label, language) == title


def test_what_is_wrong_with_a_title_is_named() -> None:
    assert naming.violations("熊猫公仔", "zh") == ()
    assert naming.violations("", "zh") == ("empty",)
    assert naming.violations("超级无敌可爱的熊猫公仔", "zh") == ("too_long",)
    assert naming.violations("Soft Toys for Very Small Children", "en") == ("too_long",)
    assert naming.violations("AB1234 Mugs", "en") == ("code",)
    assert naming.violations("Sonata", "en", {"sonata"}) == ("brand",)
    assert naming.violations("Mugs", "zh") == ("language",)
    assert naming.violations("mugs", "en") == ("capitals",)
    assert naming.violations("Coffee Mug", "en", others=["Coffee Mugs"]) == ("duplicate",)
    assert naming.violations("¥70 以下", "zh") == ()


def test_names_are_not_shortened_to_what_they_are_not() -> None:
    assert naming.shorter_names("Necklaces & Chains") == ("Necklaces & Chains", "Necklaces")
    assert naming.shorter_names("Mobiles & Accessories") == ("Mobiles & Accessories",)
    assert naming.shorter_names("Wrist Watches") == ("Wrist Watches", "Watches")
    assert naming.shorter_names("Pencil Boxes") == ("Pencil Boxes",)


@given(st.text(max_size=60), st.sampled_from(["zh", "en"]))
def test_whatever_becomes_a_title_breaks_no_rule_but_the_language(raw: str, language: Any) -> None:
    title = naming.tidy(raw)
    if title:
        assert set(naming.violations(title, language)) <= {"language", "capitals"}
        assert not set("<>{}") & set(title)
