"""Lines and places of words on pictures: the rules of Chinese typesetting, English ones, and that nothing leaves the safe area."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from huichang.materials.styles.model import TypeStyle
from huichang.materials.styles.packages import load_presets
from huichang.pages.titles import em_width
from huichang.pages.typesetting.breaking import CLOSING, OPENING, break_lines, chopped, is_wide, known_words, pieces
from huichang.pages.typesetting.formats import FORMATS
from huichang.pages.typesetting.layout import SUBTITLE, Words, set_words
from huichang.pages.typesetting.poster import Colours, legible


class Ems:
    """Metrics without a font: the page's own estimate."""

    def width(self, text: str, family: str, weight: int) -> float:
        return em_width(text)


def lines(text: str, width: float = 100.0, **more: object) -> tuple[str, ...]:
    broken = break_lines(text, width, em_width, least=2, **more)  # type: ignore[arg-type]
    assert broken, text
    return broken.lines


# --- breaking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("年货大集囤好礼", ("年货大集", "囤好礼")),
        ("年货大集：囤年货送好礼", ("年货大集", "囤年货送好礼")),
        ("开学季宿舍收纳好物一站备齐", ("开学季宿舍收纳", "好物一站备齐")),
        ("夏日清凉节：防晒冰饮一次备齐", ("夏日清凉节", "防晒冰饮一次备齐")),
        ("低价包邮·女装会场", ("低价包邮", "女装会场")),
        ("源头工厂好货，48小时发货！", ("源头工厂好货，", "48小时发货！")),
        ("「国潮」文具焕新季", ("「国潮」文具", "焕新季")),
        ("618大促满300减30", ("618大促", "满300减30")),
        ("源头工厂好价：百货9.9元包邮专场", ("源头工厂好价", "百货9.9元包邮专场")),
        ("Low-Price Womenswear", ("Low-Price", "Womenswear")),
        ("Everyday Homewares for Every Shop and Season", ("Everyday Homewares", "for Every Shop and Season")),
        ("Autumn Moon: Gifts for the Reunion Table", ("Autumn Moon", "Gifts for the Reunion Table")),
        ("Men's 2-in-1 jackets & coats", ("Men's 2-in-1", "jackets & coats")),
    ],
)
def test_lines_break_where_a_reader_would(text: str, expected: tuple[str, ...]) -> None:
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("保温杯500ml大容量礼盒装", "500ml"),
        ("第2件半价童装夏日上新", "第2件"),
        ("充电宝 20000 mAh 快充专场", "20000 mAh"),
        ("全场¥9.9元起包邮到家", "¥9.9元起"),
        ("满300减30女装会场上新", "满300减30"),
        ("From $9.99 per set of 12 pcs only", "12 pcs"),
        ("48小时发货的源头工厂好货", "48小时"),
        ("Wi-Fi 智能音箱科技之夜", "Wi-Fi"),
    ],
)
def test_numbers_keep_their_units_and_words_stay_whole(text: str, whole: str) -> None:
    measured = em_width(text.replace(" ", "")) * 0.62
    for width in (measured, measured * 1.2, measured * 1.6):
        broken = break_lines(text, width, em_width, most=4)
        if broken:
            assert any(whole.replace(" ", "") in line.replace(" ", "").replace("\u2005", "") for line in broken.lines), (
                width,
                broken.lines,
            )


def test_chinese_and_latin_are_set_apart_and_numbers_stand_close() -> None:
    assert "".join(piece.joined + piece.text for piece in pieces("USB快充")) == "USB\u2005快充"
    assert "".join(piece.joined + piece.text for piece in pieces("USB 快充")) == "USB\u2005快充"
    assert "".join(piece.joined + piece.text for piece in pieces("满300减30")) == "满300减30"
    assert "".join(piece.joined + piece.text for piece in pieces("USB快充", gap="")) == "USB快充"


def test_words_of_the_venue_are_not_cut() -> None:
    assert "蓝染土布" not in "|".join(lines("家乡蓝染土布衣"))
    assert "蓝染土布" in "|".join(lines("家乡蓝染土布衣", words=("蓝染土布",)))


_TEXT = st.text(
    alphabet=st.sampled_from("年货大集囤好礼夏日清凉的第满减元件ABCabc 0123459.，。：·！（）「」《》、&-%¥$…"), min_size=1, max_size=40
)


@given(_TEXT, st.floats(2.5, 20), st.integers(1, 4))
@settings(max_examples=250, deadline=None)
def test_no_line_breaks_the_rules_whatever_is_typed(text: str, width: float, most: int) -> None:
    broken = break_lines(text, width, em_width, most=most)
    if broken is None:
        return
    shown = broken.lines
    assert len(shown) <= most
    assert all(em_width(line) <= width + 1e-6 for line in shown)
    # Nothing is lost but the separators at a break, and nothing is added but space.
    kept = re.sub(r"\s|[·：:｜|–—-]", "", "".join(shown).replace("\u2005", ""))
    assert kept == re.sub(r"\s|[·：:｜|–—-]", "", text)
    for before, after in pairwise(shown):
        assert after[0] not in CLOSING - set("·—~～"), shown
        assert before[-1] not in OPENING, shown
        assert not (
            before[-1].isascii()
            and before[-1].isalnum()
            and after[0].isascii()
            and after[0].isalpha()
            and f"{before[-1]}{after[0]}" in text
            and before[-1].isalpha()
        ), shown
    if len(shown) > 1:
        letters = [sum(char.isalnum() for char in line) for line in shown]
        assert all(count != 1 or not any(map(is_wide, line)) for count, line in zip(letters, shown, strict=True)), shown


@given(st.text(min_size=1, max_size=80), st.floats(1.2, 12), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_what_fits_no_rule_is_chopped_and_still_fits(text: str, width: float, most: int) -> None:
    broken = chopped(text, width, em_width, most=most)
    assert len(broken.lines) <= most
    assert all(em_width(line) <= width for line in broken.lines) or broken.badness == float("inf")


def test_the_word_list_is_words() -> None:
    assert len(known_words()) > 400
    assert [word for word in known_words() if not 2 <= len(word) <= 6 or not all(map(is_wide, word))] == []


# --- places -----------------------------------------------------------------------------------------------------------


@given(
    st.one_of(_TEXT, st.text(min_size=1, max_size=60)), st.one_of(st.just(""), _TEXT), st.one_of(st.just(""), _TEXT),
    st.sampled_from(list(FORMATS)), st.sampled_from(["zh", "en"]),
)  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_no_word_leaves_the_safe_area(title: str, subtitle: str, badge: str, name: str, language: str) -> None:
    form = FORMATS[name]  # type: ignore[index]
    if not title.strip():
        return
    said = Words(title=title, subtitle=subtitle, badge=badge, ai_label="AI 生成", language=language)  # type: ignore[arg-type]
    layout = set_words(said, form, TypeStyle(), Ems())
    left, top, right, bottom = form.words.pixels(form.width, form.height)
    for run in layout.runs:
        if run.role == "ai":
            assert run.x + run.width <= form.width
            assert run.baseline < top + form.height * 0.02
            continue
        assert left - 0.5 <= run.x, run
        assert run.x + run.width <= right + 0.5, run
        assert top - 0.5 <= run.baseline - run.size * 0.88, run
        assert run.baseline + run.size * 0.12 <= bottom + 1, run
    rows = sorted((run.baseline - 0.8 * run.size, run.baseline) for run in layout.runs if run.role != "ai")
    assert all(after[0] >= before[1] - 0.5 for before, after in pairwise(rows)), rows  # and none lies on another


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_poster_has_a_hierarchy(name: str) -> None:
    form = FORMATS[name]  # type: ignore[index]
    said = Words(title="月满中秋：送礼团圆好物专场", subtitle="月饼礼盒、茶具、灯饰", badge="中秋", ai_label="AI 生成")
    layout = set_words(said, form, TypeStyle(), Ems())
    title = [run for run in layout.runs if run.role == "title"]
    (subtitle,) = (run for run in layout.runs if run.role == "subtitle")
    (badge,) = (run for run in layout.runs if run.role == "badge")
    (mark,) = (run for run in layout.runs if run.role == "ai")
    assert [run.text for run in title] == ["月满中秋", "送礼团圆好物专场"]
    assert title[0].size > title[1].size  # the first line is the larger one
    assert title[0].size * SUBTITLE * 0.9 <= subtitle.size <= title[0].size * 0.62
    assert badge.size < subtitle.size * 1.01
    assert badge.baseline < title[0].baseline < title[1].baseline < subtitle.baseline
    assert mark.size >= 0.05 * min(form.width, form.height)  # GB 45438-2025


def test_short_titles_are_as_large_as_the_design_allows_and_long_ones_smaller() -> None:
    form = FORMATS["desktop"]

    def size(title: str) -> float:
        return set_words(Words(title=title), form, TypeStyle(), Ems()).runs[0].size

    assert size("熊猫来了") == pytest.approx(form.title[1] * 600)
    assert size("熊猫来了") > size("开学季宿舍收纳好物一站备齐") > form.title[0] * 600
    huge = set_words(Words(title="好" * 200), form, TypeStyle(), Ems())
    assert huge.runs[-1].text.endswith("…")


# --- style and colours ------------------------------------------------------------------------------------------------


def test_the_type_of_a_page_is_read_from_its_style() -> None:
    for preset in load_presets().values():
        assert TypeStyle.of(preset.style()) == preset.type
    assert TypeStyle.of({"ground": "#ffffff"}) == TypeStyle(), "pages of earlier days say nothing of it"
    for wrong in ({"title_weight": 50}, {"title_weight": 1000}, {"effect": "neon"}):
        with pytest.raises(ValidationError):
            TypeStyle.model_validate(wrong)


def test_an_ink_that_cannot_be_read_on_its_ground_is_replaced() -> None:
    assert legible("#fff3dc", "#8e1216") == "#fff3dc"
    assert legible("#8e3a3a", "#8e1216") == "#ffffff"
    assert legible("#eeeeee", "#f8e6cb") == "#000000"
    style = {"hero": "#f8e6cb", "hero_2": "#f3e7cc", "hero_ink": "#5a2c0e", "highlight": "#ffd98a"}
    assert Colours.of(style) == Colours(ground="#f8e6cb", ground_2="#f3e7cc", ink="#5a2c0e", highlight="#000000")
