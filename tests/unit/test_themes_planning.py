from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from huichang.kernel.errors import TransientError
from huichang.line.policing import ThemeRules
from huichang.materials.policy import BrandBook, BrandRules
from huichang.themes.model import CampaignBrief, ProposedTheme, SubTheme, ThemePlan, ThemePlanAnswer
from huichang.themes.planning import LiveVenue, Planner, PlanningLimits
from huichang.trends.trend import Trend
from tests.support.fakes import FakeChatModel, FakeClock, FakeProductIndex, FakeTrendStore
from tests.support.little_shop import industries, shop

PANDA = Trend(
    source="weibo",
    title="大熊猫花花过生日",
    kind="event",
    heat=900,
    observed_on=date(2026, 8, 31),
    language="zh",
    keywords=("熊猫", "玩偶"),
)
INDEX = FakeProductIndex(shop())


def proposal(name: str, *keywords: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "slogan": "",
        "industry": "toys",
        "kind": "created",
        "keywords": list(keywords),
        "subthemes": [],
        "trend_ids": [],
        "reason": "因为有货",
    } | changes


def a_brief(*subjects: str, **changes: Any) -> CampaignBrief:
    values: dict[str, Any] = {
        "campaign_id": "camp",
        "sentence": "帮我生成一个熊猫玩偶会场",
        "language": "zh",
        "idea": subjects[0],
        "industries": ("toys",),
        "subjects": subjects,
        "constraints": (),
    }
    return CampaignBrief(**values | changes)


def plan(
    brief: CampaignBrief,
    *proposals: dict[str, Any],
    live: tuple[LiveVenue, ...] = (),
    chat: FakeChatModel | None = None,
    repairs: int = 0,
) -> ThemePlan:
    model = chat or FakeChatModel({"themes": list(proposals)})
    limits = PlanningLimits(repair_rounds=repairs)
    planner = Planner(model, INDEX, FakeTrendStore([PANDA]), FakeClock(), industries(), ThemeRules(), limits=limits)
    return planner.plan(brief, live)


def codes(result: ThemePlan) -> dict[str, str]:
    return {item.name: item.code for item in result.rejected}


def test_a_theme_with_evidence_and_stock_is_kept() -> None:
    result = plan(
        a_brief("熊猫玩偶"),
        proposal("熊猫来了", "熊猫玩偶", "熊猫公仔", trend_ids=[PANDA.id], kind="event"),
    )
    (theme,) = result.themes
    assert theme.trend_ids == (PANDA.id,)
    assert theme.kind == "event"
    assert theme.stock_depth == 22
    assert result.rejected == ()


def test_the_prompt_offers_trends_festivals_shelves_and_live_names() -> None:
    chat = FakeChatModel({"themes": []})
    plan(a_brief("熊猫玩偶", venues=3), live=(LiveVenue(name="积木乐园"),), chat=chat)
    user = chat.prompts[0]
    data = json.loads(user[user.index("<data>") + 7 : user.rindex("</data>")].replace("\\u003c", "<"))
    assert "Propose 5 themes" in user
    assert PANDA.id in {trend["id"] for trend in data["trends"]}
    assert any("中秋节" in trend["title"] for trend in data["trends"])
    first = data["facts"][0]
    assert (first["kind"], first["name"], first["products"], first["industry"]) == ("shelf", "毛绒玩偶", 62, "toys")
    assert first["merchants"] > 1
    assert first["sales_30d"] > 0
    assert data["live_names"] == ["积木乐园"]
    assert data["brief"]["subjects"] == ["熊猫玩偶"]


def test_foreign_trend_ids_are_dropped_and_the_kind_follows() -> None:
    result = plan(a_brief("熊猫玩偶"), proposal("熊猫来了", "熊猫玩偶", trend_ids=["trend-made-up", "x" * 5000], kind="seasonal"))
    (theme,) = result.themes
    assert theme.trend_ids == ()
    assert theme.kind == "created"
    mixed = plan(a_brief("熊猫玩偶"), proposal("熊猫来了", "熊猫玩偶", trend_ids=["nope", PANDA.id], kind="industry"))
    assert mixed.themes[0].trend_ids == (PANDA.id,)
    assert mixed.themes[0].kind == "event"


def test_a_theme_short_of_stock_says_how_many_there_are_and_are_needed() -> None:
    result = plan(a_brief("熊猫钥匙扣"), proposal("熊猫挂件", "熊猫钥匙扣"))
    assert result.themes == ()
    (refused,) = result.rejected
    assert refused.code == "short_of_stock"
    assert "5 件" in refused.reason["zh"]
    assert "8 件" in refused.reason["zh"]


@pytest.mark.parametrize(
    ("subject", "keywords", "language"),
    [
        ("飞船零件", ("飞船零件", "零件", "汽车零件"), "zh"),
        ("submarine periscopes", ("submarine periscopes", "car parts", "spare parts"), "en"),
    ],
)
def test_an_absurd_theme_is_not_built(subject: str, keywords: tuple[str, ...], language: str) -> None:
    result = plan(a_brief(subject, language=language, industries=()), proposal(subject, *keywords))
    assert result.themes == ()
    assert codes(result) == {subject: "short_of_stock"}
    assert ("0 件" if language == "zh" else "only 0") in result.rejected[0].reason[language]


def test_duplicates_by_name_and_by_products_of_siblings_and_of_what_is_live() -> None:
    result = plan(
        a_brief("玩具", venues=5),
        proposal("积木乐园", "积木"),
        proposal("积木乐园会场", "积木"),
        proposal("拼插世界", "积木拼插", "拼插玩具"),
        proposal("泰迪熊之家", "泰迪熊"),
        proposal("熊猫玩偶", "熊猫"),
        live=(LiveVenue(name="熊猫玩偶会场"),),
    )
    assert [theme.name for theme in result.themes] == ["积木乐园", "泰迪熊之家"]
    assert codes(result) == {"积木乐园会场": "duplicate", "拼插世界": "duplicate", "熊猫玩偶": "duplicate"}
    reasons = {item.name: item.reason["zh"] for item in result.rejected}
    assert "积木乐园" in reasons["拼插世界"]
    assert "熊猫玩偶会场" in reasons["熊猫玩偶"]


def test_more_than_asked_for_is_no_error() -> None:
    result = plan(
        a_brief("玩具", venues=1),
        proposal("积木乐园", "积木"),
        proposal("泰迪熊之家", "泰迪熊"),
        proposal("熊猫", "熊猫"),
    )
    assert [theme.name for theme in result.themes] == ["积木乐园"]
    assert set(codes(result).values()) == {"over_count"}


def test_a_thin_proposal_makes_room_for_the_next() -> None:
    result = plan(a_brief("玩具", venues=1), proposal("飞船", "飞船"), proposal("积木乐园", "积木"))
    assert [theme.name for theme in result.themes] == ["积木乐园"]
    assert codes(result) == {"飞船": "short_of_stock"}


@pytest.mark.parametrize("word", ["高仿", "枪支", "ammunition", "fake id"])
def test_denied_goods(word: str) -> None:
    result = plan(a_brief("玩具"), proposal(f"{word} 特卖", "积木"))
    assert codes(result) == {f"{word} 特卖": "denied"}


def test_a_denied_word_inside_another_word_is_no_reason() -> None:
    assert plan(a_brief("toys", language="en"), proposal("Corny Blocks Pornic", "building blocks")).themes


def test_no_proposal_survives_and_the_plan_says_so() -> None:
    assert plan(a_brief("玩具")).themes == ()
    nothing = plan(a_brief("玩具"), proposal("<script></script>", "积木"), proposal("空", "<b></b>"))
    assert (nothing.themes, nothing.rejected) == ((), ())
    assert "要了 1 个会场，0 个有货" in nothing.note["zh"]


def test_a_hostile_answer_is_cut_to_size() -> None:
    hostile = ProposedTheme.model_construct(
        name="<h1>积木</h1>",
        slogan="<script>steal()</script>好" * 500,
        industry="' OR 1=1",
        kind="created",
        keywords=("积木", *("<b>积木</b>" + "长" * 5000 for _ in range(500))),
        subthemes=tuple(SubTheme.model_construct(name="<i>层</i>" * 900, keywords=("积木",) * 900) for _ in range(90)),
        trend_ids=("x",) * 9000,
        fact_ids=("y",) * 9000,
        about="不存在的商品",
        text="<b>长</b>" * 9000,
        reason="r" * 9000,
    )
    chat = FakeChatModel(ThemePlanAnswer.model_construct(themes=(hostile,) * 400))
    result = plan(a_brief("积木", venues=1), chat=chat)
    (theme,) = result.themes
    assert len(theme.name) <= 60
    assert "<" not in theme.model_dump_json()
    assert len(theme.slogan) <= 80
    assert theme.industry == "toys"
    assert len(theme.keywords) <= 20
    assert len(theme.subthemes) <= 12
    assert all(len(sub.name) <= 40 for sub in theme.subthemes)
    assert len(theme.reason) <= 400
    assert len(theme.text) <= 600
    assert theme.about == ""


def test_a_catalogue_without_such_goods_is_told_apart() -> None:
    assert plan(a_brief("玩具", catalogue="sample"), proposal("积木", "积木")).themes
    assert not plan(a_brief("玩具", catalogue="other"), proposal("积木", "积木")).themes


def test_a_model_error_passes_through() -> None:
    with pytest.raises(TransientError):
        plan(a_brief("玩具"), chat=FakeChatModel(TransientError("timeout")))


def test_an_occasion_is_filled_with_what_its_trend_says_is_bought() -> None:
    chat = FakeChatModel(
        lambda prompt: {"themes": [proposal("中秋好礼", "中秋", kind="seasonal", trend_ids=[trend_named(prompt.user, "中秋节")])]}
    )
    result = plan(a_brief("中秋节", industries=("food",)), chat=chat)
    (theme,) = result.themes
    assert "月饼" in theme.keywords
    assert theme.kind == "seasonal"
    assert theme.stock_depth == 12
    # Goods that were named stay what they are: no mooncakes among the pandas.
    panda = plan(a_brief("熊猫玩偶"), proposal("熊猫来了", "熊猫玩偶", trend_ids=[PANDA.id]))
    assert panda.themes[0].keywords == ("熊猫玩偶",)


def trend_named(user: str, title: str) -> str:
    data = json.loads(user[user.index("<data>") + 7 : user.rindex("</data>")])
    return next(str(trend["id"]) for trend in data["trends"] if title in trend["title"])


# --- the policy gate --------------------------------------------------------------------------------------------------


def test_words_that_no_page_may_say_are_not_planned_with() -> None:
    tabs = [{"name": "顶级公仔", "keywords": ["熊猫公仔"]}, {"name": "熊猫抱枕", "keywords": ["熊猫抱枕"]}]
    result = plan(a_brief("熊猫玩偶"), proposal("国家级熊猫玩偶", "熊猫玩偶", "顶级熊猫", slogan="全网第一的熊猫，慢慢挑", subthemes=tabs))
    (theme,) = result.themes
    assert theme.name == "熊猫玩偶"
    assert "第一" not in theme.slogan
    assert all("顶级" not in tab.name for tab in theme.subthemes)
    assert "顶级熊猫" in theme.keywords  # a word to search with, which no page shows


@pytest.mark.parametrize("name", ["最好", "史上最低价"])
def test_a_name_of_which_nothing_is_left_is_refused_with_the_law(name: str) -> None:
    result = plan(a_brief("熊猫玩偶"), proposal(name, "熊猫玩偶"))
    (refused,) = result.rejected
    assert refused.code == "bad_name"
    assert "「" in refused.reason["zh"]
    assert refused.mend["en"]


def test_the_brand_rules_of_a_campaign_hold_for_its_themes_and_for_no_others() -> None:
    book = BrandBook(brands=(BrandRules(owner="campaign:camp", forbidden=("来了",)),))
    planner = Planner(
        FakeChatModel(*[{"themes": [proposal("熊猫来了", "熊猫玩偶")]}] * 2),
        INDEX,
        FakeTrendStore([]),
        FakeClock(),
        industries(),
        ThemeRules(lambda: book),
        limits=PlanningLimits(repair_rounds=0),
    )
    assert [theme.name for theme in planner.plan(a_brief("熊猫玩偶")).themes] == ["熊猫"]
    assert [theme.name for theme in planner.plan(a_brief("熊猫玩偶", campaign_id="other")).themes] == ["熊猫来了"]
