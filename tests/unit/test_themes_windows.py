"""When a promotion runs, and what nobody understood of a sentence."""

from __future__ import annotations

from datetime import date

import pytest

from huichang.themes.leftovers import leftovers
from huichang.themes.windows import find_window

SATURDAY = date(2026, 9, 12)


@pytest.mark.parametrize(
    ("text", "start", "end", "said"),
    [
        ("11月1日到11日的促销", "2026-11-01", "2026-11-11", "11月1日到11日"),
        ("从12月28日至1月3日", "2026-12-28", "2027-01-03", "从12月28日至1月3日"),
        ("9月20日前上线", "2026-09-12", "2026-09-20", "9月20日前"),
        ("from Nov 1 to 11", "2026-11-01", "2026-11-11", "from Nov 1 to 11"),
        ("1-11 November sale", "2026-11-01", "2026-11-11", "1-11 November"),
        ("by 30 September", "2026-09-16", "2026-09-30", "by 30 September"),
        ("中秋前上6个会场", "2026-09-12", "2026-09-24", "中秋前"),
        ("before Christmas", "2026-12-11", "2026-12-24", "before Christmas"),
        ("国庆大促", "2026-09-24", "2026-10-07", "国庆"),
        ("next weekend", "2026-09-19", "2026-09-20", "next weekend"),
        ("周末特卖", "2026-09-12", "2026-09-13", "周末"),
        ("下周", "2026-09-14", "2026-09-20", "下周"),
        ("接下来7天", "2026-09-12", "2026-09-18", "接下来7天"),
        ("for the next 30 days", "2026-09-12", "2026-10-11", "for the next 30 days"),
        ("月底前", "2026-09-12", "2026-09-30", "月底前"),
        ("2月29日", "2028-02-29", "2028-02-29", "2月29日"),
    ],
)
def test_days_are_counted_from_today(text: str, start: str, end: str, said: str) -> None:
    window = find_window(text, SATURDAY)
    assert window
    assert (window.start.isoformat(), window.end.isoformat(), window.said) == (start, end, said)


@pytest.mark.parametrize(
    "text", ["", "100元以下的女装", "12-pack socks under 20", "a marching band costume", "2月31日", "13月40日", "开学季", "3 venues"]
)
def test_what_names_no_days(text: str) -> None:
    assert find_window(text, SATURDAY) is None


@pytest.mark.parametrize(
    ("sentence", "understood", "left"),
    [
        ("帮我做一个国庆大促，20个会场", ("国庆",), ()),
        ("帮我生成一个熊猫玩偶会场", ("熊猫玩偶",), ()),
        ("a low-price free-shipping womenswear venue", ("womenswear", "low-price", "free-shipping"), ()),
        ("five venues for back to school stationery under 20", ("stationery", "back to school", "under 20"), ()),
        ("熊猫玩偶会场，主播小杨推荐", ("熊猫玩偶",), ("主播小杨",)),
        ("panda dolls with holographic packaging", ("panda dolls",), ("holographic packaging",)),
    ],
)
def test_what_nobody_understood_is_told(sentence: str, understood: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert leftovers(sentence, understood) == left


def test_leftovers_are_bounded() -> None:
    assert len(leftovers("、".join(f"奇怪词{chr(0x4E00 + 37 * n)}" for n in range(90)), ())) <= 8
    assert all(len(piece) <= 60 for piece in leftovers("怪" * 500, ()))
