"""Planning counts with the conditions that selection will apply, and plans from them alone where no goods are named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from huichang.kernel.errors import PermanentError
from huichang.line.policing import ThemeRules
from huichang.themes.model import CampaignBrief, ThemePlan
from huichang.themes.planning import Planner, PlanningLimits
from tests.support.fakes import FakeChatModel, FakeClock, FakeProductIndex, FakeTrendStore, a_product
from tests.support.little_shop import industries

NAMES = ("栗子", "松果", "海盐", "薄荷", "云朵", "星河", "山茶", "琥珀", "竹影", "青瓷", "月光", "橘子")


def goods(kind: str, prices: list[float], **changes: Any) -> list[Any]:
    return [
        a_product(f"{kind}-{n:02d}", f"{NAMES[n]}{kind}", category_path=("家居", kind), price=price, merchant=f"m{n % 4}", **changes)
        for n, price in enumerate(prices)
    ]


INDEX = FakeProductIndex(
    [
        *goods("茶杯", [5, 6, 7, 8, 9, 10, 11, 12, 13, 40], listed_days=10),
        *goods("花瓶", [15, 16, 17, 18, 19, 25, 60, 70, 80, 90], listed_days=10),
        *goods("台灯", [6, 7, 8, 9, 10, 11, 12, 13, 14, 15], listed_days=300),
    ]
)
UNDER_20 = {"indicator": "price", "op": "<=", "value": 20, "percentile": None, "because": "20元以下"}
NEW = {"indicator": "listed_days", "op": "<=", "value": 30, "percentile": None, "because": "新品"}


def proposal(kind: str) -> dict[str, Any]:
    return {
        "name": f"好看的{kind}",
        "slogan": "",
        "industry": None,
        "kind": "created",
        "keywords": [kind],
        "subthemes": [],
        "trend_ids": [],
        "reason": "有货",
        "about": kind,
    }


def plan(*kinds: str, conditions: tuple[dict[str, Any], ...], venues: int = 3, **changes: Any) -> tuple[ThemePlan, FakeChatModel]:
    phrases = tuple(condition["because"] for condition in conditions)
    values: dict[str, Any] = {
        "campaign_id": "c",
        "sentence": f"{'、'.join(kinds)}{'，'.join(phrases)}",
        "language": "zh",
        "idea": "家居",
        "industries": (),
        "subjects": kinds,
        "constraints": phrases,
        "venues": venues,
    }
    replies = [{"conditions": list(conditions), "unsupported": []}] if phrases else []
    chat = FakeChatModel(*replies, {"themes": [proposal(kind) for kind in kinds]})
    planner = Planner(chat, INDEX, FakeTrendStore([]), FakeClock(), industries(), ThemeRules(), limits=PlanningLimits(repair_rounds=0))
    return planner.plan(CampaignBrief(**values | changes)), chat


def test_a_theme_whose_goods_do_not_meet_the_conditions_is_turned_down_before_it_is_built() -> None:
    found, _ = plan("茶杯", "花瓶", conditions=(UNDER_20,))
    assert [theme.name for theme in found.themes] == ["好看的茶杯"]
    (refused,) = found.rejected
    assert (refused.code, refused.figures) == ("conditions_unmet", {"products": 10, "showable": 5, "needed": 8})
    assert "价格 ≤ 20" in refused.reason["zh"]
    assert "Price ≤ 20" in refused.reason["en"]
    assert refused.mend["zh"]
    assert "符合条件的货不够 1" in found.note["zh"]


def test_a_vague_word_gives_way_where_venues_are_missing_and_a_number_only_where_there_would_be_none() -> None:
    found, _ = plan("茶杯", "花瓶", "台灯", conditions=(UNDER_20, NEW))
    assert [theme.name for theme in found.themes] == ["好看的茶杯", "好看的台灯"]  # the lamps are not new; the vases cost too much
    alone, _ = plan("花瓶", conditions=(UNDER_20,))
    assert [theme.name for theme in alone.themes] == ["好看的花瓶"]  # selection widens the number then, and tells
    assert alone.rejected == ()


def test_as_many_as_were_asked_for_need_no_vague_word_given_up() -> None:
    found, _ = plan("台灯", "茶杯", conditions=(NEW,), venues=1)
    assert [theme.name for theme in found.themes] == ["好看的茶杯"]


def test_conditions_alone_are_planned_from_what_meets_them() -> None:
    _, chat = plan(conditions=(UNDER_20,))
    data = json.loads(chat.history[-1][0].user.split("<data>\n")[-1].split("\n</data>")[0])
    assert {fact["name"]: fact["products"] for fact in data["facts"] if fact["kind"] == "shelf"} == {"茶杯": 9, "花瓶": 5, "台灯": 10}


def test_conditions_that_nothing_meets_are_planned_for_all_the_same_and_left_to_be_relaxed() -> None:
    free = {"indicator": "free_shipping", "op": "=", "value": True, "percentile": None, "because": "包邮"}
    _, chat = plan(conditions=(free,))  # nobody ships free
    data = json.loads(chat.history[-1][0].user.split("<data>\n")[-1].split("\n</data>")[0])
    assert {fact["name"]: fact["products"] for fact in data["facts"] if fact["kind"] == "shelf"} == {"茶杯": 10, "花瓶": 10, "台灯": 10}
    found, _ = plan("茶杯", conditions=(free,))
    assert [theme.name for theme in found.themes] == ["好看的茶杯"]


@pytest.mark.parametrize("phrase", ["直播", ""])
def test_neither_goods_nor_a_condition_that_can_be_measured_is_nothing_to_plan(phrase: str) -> None:
    chat = FakeChatModel({"conditions": [], "unsupported": [phrase]})
    brief = CampaignBrief(
        campaign_id="c",
        sentence=f"做一个{phrase}会场",
        language="zh",
        idea="-",
        industries=(),
        subjects=(),
        constraints=(phrase,) if phrase else (),
    )
    with pytest.raises(PermanentError) as caught:
        Planner(chat, INDEX, FakeTrendStore([]), FakeClock(), industries(), ThemeRules()).plan(brief)
    assert (caught.value.code, caught.value.where) == ("no_subject", "sentence")
    assert "写出商品" in caught.value.mend
