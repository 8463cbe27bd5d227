from __future__ import annotations

from huichang.merchants.gaps import SupplyGap, supply_gap
from huichang.selection.model import Condition, RuleSet
from huichang.themes.model import CampaignBrief, Theme

BRIEF = CampaignBrief(
    campaign_id="c",
    sentence="30元以下包邮熊猫玩偶",
    language="zh",
    idea="熊猫玩偶",
    industries=("toys",),
    subjects=("熊猫玩偶",),
    constraints=("30元以下", "包邮"),
)
THEME = Theme(name="熊猫来了", keywords=("熊猫玩偶", "熊猫公仔"), industry="toys")
RULES = RuleSet(
    conditions=(
        Condition(indicator="price", op="<=", value=30.0, because="30元以下"),
        Condition(indicator="free_shipping", op="=", value=True, because="包邮"),
    ),
    unsupported=("手工缝制",),
)


def gap(found: int = 3) -> SupplyGap:
    result = supply_gap(THEME, BRIEF, found=found, needed=8, rules=RULES, categories=("毛绒玩偶",), dropped={"condition": 19, "gone": 1})
    assert result is not None
    return result


def test_enough_is_no_gap() -> None:
    assert supply_gap(THEME, BRIEF, found=8, needed=8) is None
    assert supply_gap(THEME, BRIEF, found=9, needed=8) is None


def test_a_gap_says_what_is_missing_and_on_what_terms() -> None:
    found = gap()
    assert (found.missing, found.found, found.needed) == (5, 3, 8)
    assert found.price == (None, 30.0)
    assert found.benefits == ("free_shipping",)
    assert found.most_dropped == "condition"


def test_the_brief_is_written_in_both_languages() -> None:
    text = gap().brief
    for part in ("还缺 5 件", "熊猫玩偶、熊猫公仔", "毛绒玩偶", "价格 ≤ 30", "包邮", "手工缝制"):
        assert part in text["zh"]
    for part in ("lacks 5 products", "Price ≤ 30", "Free shipping", "熊猫公仔"):
        assert part in text["en"]
    assert "lacks 1 product (" in gap(found=7).brief["en"]


def test_the_brief_names_the_promotion_to_enrol_for() -> None:
    named = supply_gap(THEME, BRIEF.model_copy(update={"promotion": "2026-1212"}), found=3, needed=8)
    assert named is not None
    assert "诚邀商家报名「2026-1212」活动" in named.brief["zh"]
    assert "invited to enrol for 2026-1212." in named.brief["en"]


def test_without_rules_only_the_goods_are_named() -> None:
    found = supply_gap(THEME, BRIEF, found=0, needed=8)
    assert found is not None
    assert found.price == (None, None)
    assert "要求" not in found.brief["zh"]
