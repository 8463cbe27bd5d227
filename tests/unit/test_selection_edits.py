"""Rules that operators write: what they speak of, when, and which wins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from huichang.catalog.product import LocalizedText
from huichang.selection.edits import EditRule, Verdict, Verdicts
from tests.support.edits import edits, rule
from tests.support.fakes import a_product

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
CUP = a_product(
    "cup-1",
    "膳魔师保温杯",
    brand="膳魔师 THERMOS",
    category_path=("家居", "水具", "保温杯"),
    attributes={"材质": "304不锈钢，塑料", "颜色": "白"},
    merchant={"id": "m-7", "name": "水杯专营店", "localized_name": {"en": "Cup Shop"}},
    localized={
        "en": LocalizedText(title="Thermos cup", category_path=("Home", "Drinkware", "Vacuum cups"), attributes={"Material": "Steel"})
    },
)


@pytest.mark.parametrize(
    "one",
    [
        rule("boost", "cup-1"),
        rule("boost", "膳魔师 thermos", "brand"),
        rule("boost", "膳魔师　ＴＨＥＲＭＯＳ", "brand"),
        rule("boost", "m-7", "merchant"),
        rule("boost", "水杯专营店", "merchant"),
        rule("boost", "cup shop", "merchant"),
        rule("boost", "水具", "category"),
        rule("boost", "vacuum cups", "category"),
        rule("boost", "塑料", "attribute", attribute="材质"),
        rule("boost", "304不锈钢，塑料", "attribute", attribute="材质"),
        rule("boost", "steel", "attribute", attribute="material"),
        rule("boost", "", "attribute", attribute="颜色"),
    ],
)
def test_a_rule_speaks_of_a_product_in_any_of_its_names(one: EditRule) -> None:
    assert Verdicts(edits(one)).of(CUP) == Verdict(action="boost", rule=0)


@pytest.mark.parametrize(
    "one",
    [
        rule("boost", "cup"),
        rule("boost", "膳魔师", "brand"),
        rule("boost", "杯", "category"),
        rule("boost", "白", "attribute", attribute="材质"),
        rule("boost", "", "attribute", attribute="尺寸"),
    ],
)
def test_a_part_of_a_name_is_another_name(one: EditRule) -> None:
    assert Verdicts(edits(one)).of(CUP) is None


@pytest.mark.parametrize(
    ("rules", "winner"),
    [
        # exclude beats everything, whatever it names
        ((rule("pin", "cup-1"), rule("exclude", "家居", "category")), 1),
        # pin beats bury and boost; a product's own pin comes before its brand's
        ((rule("bury", "cup-1"), rule("pin", "m-7", "merchant")), 1),
        ((rule("pin", "水具", "category"), rule("pin", "cup-1")), 1),
        # the more exact rule
        ((rule("boost", "cup-1", level=1), rule("bury", "保温杯", "category", level=3)), 0),
        ((rule("bury", "家居", "category"), rule("boost", "保温杯", "category")), 1),
        ((rule("bury", "m-7", "merchant"), rule("boost", "膳魔师 THERMOS", "brand")), 1),
        ((rule("bury", "膳魔师 THERMOS", "brand"), rule("boost", "", "attribute", attribute="颜色")), 1),
        ((rule("bury", "", "attribute", attribute="颜色"), rule("boost", "白", "attribute", attribute="颜色")), 1),
        # equally exact: bury, then the stronger, then the earlier
        ((rule("boost", "白", "attribute", attribute="颜色", level=3), rule("bury", "塑料", "attribute", attribute="材质", level=1)), 1),
        ((rule("boost", "cup-1", level=1), rule("boost", "cup-1", level=3)), 1),
        ((rule("boost", "cup-1"), rule("boost", "cup-1")), 0),
    ],
)
def test_precedence(rules: tuple[EditRule, ...], winner: int) -> None:
    verdict = Verdicts(edits(*rules)).of(CUP)
    assert verdict
    assert (verdict.rule, verdict.action) == (winner, rules[winner].action)
    assert verdict.overruled == tuple(place for place in (0, 1) if rules[place].action != rules[winner].action)


def test_time_windows_begin_included_and_end_excluded() -> None:
    night = rule("boost", "x", starts_at="2026-09-01T20:00:00+08:00", ends_at="2026-09-01T22:00:00+08:00")
    both = edits(night, rule("exclude", "y"))
    assert [len(both.at(NOON + timedelta(minutes=minutes)).rules) for minutes in (-1, 0, 119, 120)] == [1, 2, 2, 1]
    assert both.changes_after(NOON - timedelta(days=1)) == (NOON, NOON + timedelta(hours=2))
    assert both.changes_after(NOON) == (NOON + timedelta(hours=2),)


def test_windows_that_never_meet_do_not_overlap() -> None:
    day = {"starts_at": "2026-09-01T00:00:00Z", "ends_at": "2026-09-02T00:00:00Z"}
    assert not rule("pin", "x", **day).overlaps(rule("exclude", "x", starts_at="2026-09-02T00:00:00Z"))
    assert rule("pin", "x", **day).overlaps(rule("exclude", "x", starts_at="2026-09-01T23:59:00Z"))
    assert rule("pin", "x").overlaps(rule("exclude", "x", **day))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"action": "pin"}, "name the product"),
        ({"action": "boost", "scope": "attribute", "value": "棉"}, "name the attribute"),
        ({"action": "boost", "scope": "brand", "value": "x", "attribute": "材质"}, "only a rule of scope attribute"),
        ({"action": "boost", "value": "x", "position": 1}, "only a pinned product"),
        ({"action": "pin", "scope": "brand", "value": "x", "position": 1}, "only a pinned product"),
        ({"action": "boost", "value": "x", "level": 4}, "less than or equal to 3"),
        ({"action": "pin", "value": "x", "starts_at": "2026-09-01T20:00:00"}, "timezone"),
        ({"action": "pin", "value": "x", "starts_at": "2026-09-02T00:00:00Z", "ends_at": "2026-09-01T00:00:00Z"}, "after starts_at"),
        ({"action": "hide", "value": "x"}, "Input should be 'exclude'"),
    ],
)
def test_a_rule_that_cannot_be_meant_says_why(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        EditRule.model_validate(values)


def test_products_named_by_themselves_are_listed_once_in_order() -> None:
    made = edits(rule("exclude", "杯", "category"), pins=["b", "a", "b"], excludes=["c"])
    assert (made.pins, made.excludes) == (("b", "a"), ("c",))
