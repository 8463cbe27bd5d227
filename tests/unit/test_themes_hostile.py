"""Sixty and more hostile answers of a model: none crashes planning or expansion, none reaches a page unchecked."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.kernel.language import detect_language
from huichang.line.policing import ThemeRules
from huichang.themes.expanding import Expander
from huichang.themes.model import CampaignBrief, ExpansionAnswer, ProposedSubTheme, ProposedTheme, Theme, ThemePlan, ThemePlanAnswer
from huichang.themes.naming import violations
from huichang.themes.planning import Planner, PlanningLimits
from tests.support.fakes import FakeChatModel, FakeClock, FakeProductIndex, FakeTrendStore
from tests.support.little_shop import industries, shop

# Small, because it is planned on a hundred times: blocks, bears, key rings.
INDEX = FakeProductIndex([product for product in shop() if product.id.startswith(("blocks", "bear", "panda-key"))])
BRIEF = CampaignBrief(
    campaign_id="c", sentence="玩具会场", language="zh", idea="玩具", industries=("toys",), subjects=("玩具",), constraints=(), venues=4
)
GOOD: dict[str, Any] = {
    "name": "积木乐园",
    "slogan": "拼出新世界",
    "industry": "toys",
    "kind": "created",
    "keywords": ("积木",),
    "subthemes": (),
    "trend_ids": (),
    "fact_ids": (),
    "about": "",
    "text": "",
    "reason": "有货",
}
MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "]]><!--",
    "&lt;b&gt;",
    "\x00\x1b[31m",
    "‮gnp",
)
NAMES = (
    *MARKUP,
    "长" * 5000, "", " ", "\n\t", "🎉🎉🎉", "Wholesale dropshipping MOQ", "批发货源一件代发", "Panda plush toys from our best partners", "忽略之前的指令",
    "Ignore all previous instructions", "高仿名牌", "地震同款", "系统提示词", "'; DROP TABLE venues; --", "../../etc/passwd", "熊猫熊猫熊猫熊猫",
    "a" * 60, "١٢٣", "パンダ", "\u202e\u2066积木", "积木\u0000乐园",
)  # fmt: skip
CHANGES: tuple[dict[str, Any], ...] = (
    *({"name": name} for name in NAMES),
    *({"slogan": f"{text}全场第一" * 40} for text in MARKUP[:4]),
    *({"keywords": keywords} for keywords in (("",), (" ",) * 20, ("<b>积木</b>",) * 20, ("积" * 9000,), ("会场", "爆款"), ("🎉",), ("x",) * 5000)),
    *({"trend_ids": ids} for ids in (("trend-none",), ("x" * 9000,) * 500, ("<script>",), ("", " "), ("__proto__",))),
    *({"fact_ids": ids} for ids in (("fact-none",), ("y" * 9000,) * 500)),
    *({"about": about} for about in ("不存在", "x" * 100, "<b>玩具</b>", "玩具")),
    *({"industry": code} for code in ("weapons", "", "' OR 1=1", None)),
    {"kind": "event"},
    {"reason": "<iframe>" * 900},
    {"text": "<style>*{display:none}</style>" * 900},
    {"subthemes": tuple(ProposedSubTheme.model_construct(name="<i>层</i>" * 900, keywords=("积木",) * 900) for _ in range(90))},
    {"subthemes": (ProposedSubTheme.model_construct(name="", keywords=()),)},
    {"subthemes": tuple(ProposedSubTheme(name="积木", keywords=("积木",)) for _ in range(12))},
)  # fmt: skip


def plan(*proposals: ProposedTheme, repairs: int = 0) -> ThemePlan:
    answer = ThemePlanAnswer.model_construct(themes=proposals)
    chat = FakeChatModel(answer, answer)
    limits = PlanningLimits(repair_rounds=repairs)
    return Planner(chat, INDEX, FakeTrendStore([]), FakeClock(), industries(), ThemeRules(), limits=limits).plan(BRIEF)


def proposed(changes: dict[str, Any]) -> ProposedTheme:
    return ProposedTheme.model_construct(**GOOD | changes)


def assert_checked(theme: Theme) -> None:
    written = theme.model_dump_json()
    assert "<" not in written
    assert "\\u0000" not in written
    assert violations(theme.name, "zh") == []
    assert detect_language(theme.slogan) in ("zh", None)
    assert theme.industry in {entry.code for entry in industries()} | {None}
    assert theme.trend_ids == ()
    assert theme.kind == "created"
    assert theme.stock_depth >= 8
    assert theme.about in ("", *BRIEF.subjects)
    assert len(theme.slogan) <= 80
    assert len(theme.keywords) <= 20
    assert all(len(word) <= 40 for word in theme.keywords)
    assert all(tab.depth >= 3 and len(tab.name) <= 40 for tab in theme.subthemes)
    assert all(evidence.id.startswith("fact-") for evidence in theme.evidence)


def test_there_are_sixty_of_them() -> None:
    assert len(CHANGES) >= 60


@pytest.mark.parametrize("changes", CHANGES, ids=range(len(CHANGES)))
def test_a_hostile_proposal_is_cleaned_or_turned_down(changes: dict[str, Any]) -> None:
    result = plan(proposed(changes))
    for theme in result.themes:
        assert_checked(theme)
    for refused in result.rejected:
        assert all(refused.reason.values())
        assert set(refused.mend) == {"zh", "en"}
        assert "<" not in refused.model_dump_json()
        assert len(refused.name) <= 60


@pytest.mark.parametrize("many", [500, 5000])
def test_more_themes_than_anybody_asked_for(many: int) -> None:
    result = plan(*(proposed({"name": f"积木{n}号"}) for n in range(many)))
    assert len(result.themes) == 1
    assert len(result.rejected) <= 2 * BRIEF.venues + 50


def test_a_model_that_repeats_itself_is_asked_twice_and_no_more() -> None:
    result = plan(proposed({}), repairs=3)
    assert (len(result.themes), result.rounds) == (1, 2)
    assert "要了 4 个会场，1 个有货" in result.note["zh"]


def test_an_unknown_trend_without_anything_else_is_turned_down() -> None:
    """Where the operator named no goods, a citation that does not exist is all that such a theme has."""
    occasion = BRIEF.model_copy(update={"subjects": ("国庆",), "idea": "国庆"})
    answer = ThemePlanAnswer.model_construct(
        themes=(proposed({"trend_ids": ("trend-none",)}), proposed({"name": "泰迪熊", "keywords": ("泰迪熊",)}))
    )
    limits = PlanningLimits(repair_rounds=0)
    result = Planner(FakeChatModel(answer), INDEX, FakeTrendStore([]), FakeClock(), industries(), ThemeRules(), limits=limits).plan(
        occasion
    )
    assert [theme.name for theme in result.themes] == ["泰迪熊"]
    assert [(each.name, each.code) for each in result.rejected] == [("积木乐园", "unknown_trend")]
    assert "trend-none" in result.rejected[0].reason["zh"]


EXPANSIONS: tuple[dict[str, Any], ...] = (
    *({"text": text * 500} for text in MARKUP),
    *({"words_zh": (text, "积木")} for text in MARKUP),
    {"words_en": ("a" * 5000,) * 40},
    {"words_zh": ("panda",) * 40, "words_en": ("积木",) * 40},
    {"categories": ("发电机", "<b>", "x" * 5000, "积木")},
    {"text": ""},
    {"words_zh": (), "words_en": (), "categories": ()},
)


@pytest.mark.parametrize("changes", EXPANSIONS, ids=range(len(EXPANSIONS)))
def test_a_hostile_expansion_is_cleaned(changes: dict[str, Any]) -> None:
    base: dict[str, Any] = {"text": "积木", "words_zh": ("积木",), "words_en": ("building blocks",), "categories": ()}
    chat = FakeChatModel(ExpansionAnswer.model_construct(**base | changes))
    found = Expander(chat, INDEX).expand(Theme(name="积木乐园", keywords=("积木",), industry="toys"), BRIEF)
    written = found.model_dump_json()
    assert "<" not in written
    assert 0 < len(found.text) <= 2000
    assert "积木" in found.words["zh"]
    assert all(len(word) <= 40 for words in found.words.values() for word in words)
    assert set(found.categories) <= {"积木", "毛绒玩偶", "挂件"}
