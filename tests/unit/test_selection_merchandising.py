"""Contradictions among edits, what moves, and the words for both."""

from __future__ import annotations

from datetime import UTC, datetime
from string import Formatter
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.catalog.product import Product
from huichang.selection.edits import EditRule
from huichang.selection.fusion import Fusion
from huichang.selection.merchandising import ConflictCode, EditConflict, conflicts_of, effect_of
from huichang.selection.model import Hit, LeftOutCode, Recall, RuleSet
from huichang.selection.pool import Pool
from huichang.selection.telling import CONFLICTS, MEND, WHY, rule_words
from huichang.themes.model import Expansion, Theme
from tests.support.edits import edits, rule
from tests.support.fakes import FakeProductIndex, a_product
from tests.unit.test_selection_fusion import a_brief

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
CODES = [*get_args(LeftOutCode), "not_recalled"]


def goods() -> list[Product]:
    marks = "甲乙丙丁戊己庚辛壬癸"
    return [
        a_product(
            f"p{n}", f"熊猫玩偶{mark}款 {mark * 6}", brand="竹林" if n < 4 else "山海", category_path=("玩具", "公仔" if n % 2 else "抱枕")
        )
        for n, mark in enumerate(marks)
    ]


def pool_of(*also: Product, pins: tuple[str, ...] = ()) -> Pool:
    index = FakeProductIndex([*goods(), *also])
    hits = tuple(Hit(product_id=f"p{n}", rank=n + 1, score=1.0) for n in range(10))
    theme = Theme(name="熊猫", keywords=("熊猫玩偶",))
    return Fusion(index).pool(theme, a_brief(), Expansion(text="", words={}), [Recall(path="search", hits=hits)], RuleSet(), pins)


def found(*rules: EditRule, pool: Pool | None = None) -> list[EditConflict]:
    made = edits(*rules)
    return list(conflicts_of(made, pool or pool_of(pins=made.pins), NOW))


@pytest.mark.parametrize(
    ("rules", "code", "winner", "first", "count"),
    [
        ((rule("pin", "p1"), rule("exclude", "p1")), "pin_excluded", "exclude", 1, 1),
        ((rule("pin", "p1"), rule("exclude", "公仔", "category")), "pin_excluded", "exclude", 1, 1),
        ((rule("pin", "竹林", "brand"), rule("exclude", "公仔", "category")), "pin_excluded", "exclude", 1, 2),
        ((rule("pin", "公仔", "category"), rule("exclude", "玩具", "category")), "excludes_all_of_a_pin", "exclude", 1, 5),
        ((rule("bury", "公仔", "category"), rule("boost", "竹林", "brand")), "boost_and_bury", "boost", 1, 2),
        ((rule("bury", "玩具", "category"), rule("boost", "公仔", "category")), "boost_and_bury", "boost", 1, 5),
        ((rule("boost", "p1"), rule("bury", "p1")), "boost_and_bury", "bury", 1, 1),
        ((rule("bury", "竹林", "brand"), rule("pin", "p2")), "pin_and_bury", "pin", 1, 1),
        ((rule("boost", "竹林", "brand", level=1), rule("boost", "竹林", "brand", level=3)), "same_target", "boost", 0, 4),
        ((rule("boost", "p1"), rule("exclude", "p1")), "same_target", "exclude", 1, 1),
        ((rule("pin", "p1", position=2), rule("pin", "p2", position=2)), "same_position", "pin", 0, 2),
    ],
)
def test_a_contradiction_names_both_rules_the_winner_first(
    rules: tuple[EditRule, ...], code: str, winner: str, first: int, count: int
) -> None:
    (conflict,) = found(*rules)
    assert (conflict.code, conflict.winner, conflict.count, conflict.contradiction) == (code, winner, count, True)
    assert conflict.rules == (first, 1 - first)
    assert all(conflict.message.values())
    assert all(conflict.mend.values())


@pytest.mark.parametrize(
    "rules",
    [
        (rule("pin", "p1"), rule("boost", "竹林", "brand")),
        (rule("pin", "p1"), rule("pin", "公仔", "category")),
        (rule("exclude", "p2"), rule("exclude", "竹林", "brand")),
        (rule("boost", "p1"), rule("bury", "p2")),
        (rule("boost", "p1"), rule("exclude", "竹林", "brand")),
        (rule("pin", "p1", ends_at="2026-09-02T00:00:00Z"), rule("exclude", "p1", starts_at="2026-09-02T00:00:00Z")),
    ],
)
def test_what_only_narrows_or_never_meets_is_no_contradiction(rules: tuple[EditRule, ...]) -> None:
    assert [conflict for conflict in found(*rules) if conflict.contradiction] == []


@pytest.mark.parametrize(
    ("changes", "code", "why"),
    [
        ({"stock": 0}, "pin_unavailable", "out of stock"),
        ({"enrolled": False}, "pin_unavailable", "not enrolled"),
        ({"title": "不锈钢螺丝刀", "category_path": ("五金", "工具")}, "pin_overrules_check", "speak of the theme"),
    ],
)
def test_a_pin_is_measured_against_its_product(changes: dict[str, Any], code: str, why: str) -> None:
    odd = a_product("odd", **({"title": "熊猫玩偶"} | changes))
    (conflict,) = found(rule("pin", "odd"), pool=pool_of(odd, pins=("odd",)))
    assert (conflict.code, conflict.contradiction) == (code, code == "pin_unavailable")
    assert why in conflict.message["en"]


def test_a_rule_about_nothing_and_a_rule_that_is_over_are_notices() -> None:
    told = found(rule("boost", "无此牌", "brand"), rule("boost", "p1", ends_at="2026-08-01T00:00:00Z"), rule("exclude", "别的牌", "brand"))
    assert [(conflict.code, conflict.rules, conflict.contradiction) for conflict in told] == [
        ("matches_nothing", (0,), False),
        ("over", (1,), False),
    ]


@pytest.mark.parametrize(
    ("one", "zh"),
    [
        (rule("boost", "500ml", "attribute", attribute="规格", level=2), "提升 +2：属性 规格=500ml"),
        (rule("exclude", "p-1"), "排除：商品 p-1"),
        (rule("pin", "竹林", "brand"), "置顶：品牌 竹林"),
    ],
)
def test_a_rule_is_told_in_both_languages(one: EditRule, zh: str) -> None:
    assert rule_words(one.label(), "zh") == zh
    assert rule_words(one.label(), "en") == one.label()
    assert rule_words("四川熊猫文创", "zh") == "四川熊猫文创"


def test_every_code_has_its_words_in_both_languages() -> None:
    assert set(CONFLICTS) == set(get_args(ConflictCode))
    assert set(WHY) == set(MEND) == set(CODES)
    for text in (*(part for pair in CONFLICTS.values() for part in pair), *WHY.values(), *MEND.values()):
        assert set(text) == {"zh", "en"}
        assert all(text.values())
        assert {name for _, name, _, _ in Formatter().parse(text["zh"])} <= {None, "count", "place", "why_zh"}
        assert {name for _, name, _, _ in Formatter().parse(text["en"])} <= {None, "count", "place", "why_en"}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["pin", "exclude", "boost", "bury"]), st.integers(0, 9)), max_size=5, unique_by=lambda one: one[1])
)
def test_an_effect_accounts_for_every_product(wishes: list[tuple[str, int]]) -> None:
    wanted = edits(
        *(rule(action, f"p{number}", level=3) if action in ("boost", "bury") else rule(action, f"p{number}") for action, number in wishes)
    )
    before, after = _POOL.arrange(edits()), _POOL.arrange(wanted)
    effect = effect_of(before, after)
    was = {row.product_id: row.rank for row in before.selection.products}
    now = {row.product_id: row.rank for row in after.selection.products}
    assert {move.product_id for move in effect.entering} == set(now) - set(was)
    assert {move.product_id: move.from_rank for move in effect.leaving} == {key: was[key] for key in set(was) - set(now)}
    moved = {move.product_id for move in (*effect.up, *effect.down)}
    for move in (*effect.up, *effect.down):
        assert (move.from_rank, move.to_rank) == (was[move.product_id], now[move.product_id])
    still = [key for key in was if key in now and key not in moved]
    assert sorted(still, key=was.__getitem__) == sorted(still, key=now.__getitem__), "those that stand still keep their order"
    assert effect.shifted == sum(was[key] != now[key] for key in still)
    assert len(moved) <= len(wishes), "no more move than somebody asked for"


_POOL = pool_of(pins=tuple(f"p{n}" for n in range(10)))
