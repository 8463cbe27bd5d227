"""The offline model's themes and expansions, by themselves and through the real Planner on the sample catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel

import huichang.catalog
from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.catalog.importing import Accepted, convert, rows
from huichang.catalog.industries import load_industries
from huichang.catalog.mapping import load_mapping
from huichang.kernel.language import detect_language
from huichang.kernel.models import CallContext, Prompt
from huichang.line.policing import ThemeRules
from huichang.selection.index import IndexedProduct
from huichang.themes.expanding import Expander
from huichang.themes.interpreting import Interpreter
from huichang.themes.model import CampaignBrief, CampaignRequest, Expansion, ExpansionAnswer, ThemePlan, ThemePlanAnswer
from huichang.themes.planning import Planner
from huichang.trends.importing import TrendReader
from huichang.trends.trend import Trend
from infra.local.models import brief, expansion, rules, themes
from infra.local.models.embeddings import Embedder
from infra.local.models.words import find
from infra.sample.__main__ import write
from tests.support.fakes import FakeClock, FakeTrendStore

Answer = TypeVar("Answer", bound=BaseModel)
DAY = date(2026, 9, 12)


class Offline:
    """The offline model without the HTTP between."""

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        data = json.loads(re.findall(r"<data>\n(.*?)\n</data>", prompt.user, re.DOTALL)[-1])
        work = {"interpret_brief": brief, "plan_themes": themes, "expand_theme": expansion, "write_rules": rules}[prompt.name]
        return answer.model_validate_json(json.dumps(work.answer(data, prompt.user, Embedder())))


# --- by themselves ---------------------------------------------------------------------------------------------------

TRENDS = [
    {"id": "t-panda", "title": "大熊猫花花抱竹吃播刷屏", "kind": "event", "industry": "toys", "keywords": ["大熊猫", "花花", "熊猫公仔"], "description": ""},
    {"id": "t-dress", "title": "法式碎花连衣裙", "kind": "industry", "industry": "womenswear", "keywords": ["碎花", "法式", "连衣裙"], "description": ""},
    {"id": "t-lips", "title": "秋冬哑光口红", "kind": "seasonal", "industry": "beauty", "keywords": ["口红", "哑光"], "description": ""},
    {"id": "t-week", "title": "国庆黄金周出游", "kind": "seasonal", "industry": None, "keywords": ["国庆", "行李箱", "露营"], "description": ""},
]  # fmt: skip


def plan(subjects: list[str], *, venues: int = 1, zh: bool = True, categories: list[str] | None = None, **more: Any) -> ThemePlanAnswer:
    said = {
        "language": "zh" if zh else "en",
        "idea": more.pop("idea", "") or subjects[0],
        "subjects": subjects,
        "industries": more.pop("industries", ["toys"]),
        "constraints": more.pop("constraints", []),
        "venues": venues,
        "audience": "",
        "tone": "",
        "signal": more.pop("signal", ""),
        "sentence": more.pop("sentence", ""),
    }
    data = {
        "brief": said,
        "trends": TRENDS,
        "facts": [
            {
                "id": f"f{n}",
                "kind": "shelf",
                "name": c,
                "industry": None,
                "categories": [c],
                "words": [c],
                "products": 90 - n,
                "sales_30d": 900 - n,
            }
            for n, c in enumerate(categories or [])
        ],
        "live_names": [],
    } | more
    found = themes.answer(data, f"Propose {venues + 2} themes", Embedder())
    return ThemePlanAnswer.model_validate_json(json.dumps(found))


def test_a_headline_is_cited_and_never_the_name() -> None:
    found = plan(["熊猫玩偶"], venues=3, categories=["熊猫公仔", "马克杯", "小熊公仔"])
    assert found.themes[0].name == "熊猫玩偶"
    assert found.themes[0].trend_ids == ("t-panda",)
    assert "大熊猫花花抱竹吃播刷屏" in found.themes[0].reason
    assert not any("刷屏" in theme.name or "吃播" in theme.name for theme in found.themes)


def test_a_trend_of_something_else_is_not_cited() -> None:
    assert plan(["台灯"], venues=4).themes[0].trend_ids == ()
    assert all(theme.trend_ids == () for theme in plan(["台灯"], venues=4).themes)


def test_a_name_of_goods_may_be_a_theme() -> None:
    names = [theme.name for theme in plan(["女装"], venues=4, industries=["womenswear"]).themes]
    assert "法式碎花连衣裙" in names


def test_other_shelves_are_about_the_subject() -> None:
    shelves = ["马克杯", "熊猫公仔", "小熊公仔", "熊猫手偶", "煎锅"]
    names = [theme.name for theme in plan(["熊猫玩偶"], venues=5, categories=shelves).themes]
    assert "熊猫手偶" in names
    assert not {"马克杯", "小熊公仔", "煎锅"} & set(names)


def test_the_names_of_shelves_are_said_in_the_briefs_language() -> None:
    zh = plan(["连衣裙", "鞋"], venues=4, categories=["Dresses", "Sports Shoes"], industries=["womenswear"])
    assert all(detect_language(theme.name) == "zh" for theme in zh.themes)
    en = plan(["womenswear"], venues=4, zh=False, categories=["连衣裙", "T恤", "半身裙", "雪纺衫"], industries=["womenswear"])
    assert [theme.name for theme in en.themes][:4] == ["Womenswear", "Dresses", "T-shirts", "Skirts"]


def test_brand_rubble_does_not_get_onto_a_banner() -> None:
    names = [
        theme.name for theme in plan(["t-shirts", "shorts"], venues=4, zh=False, categories=["Mynte Shorts", "Candy House T-Shirts"]).themes
    ]
    assert not any("Mynte" in name or "Candy" in name for name in names)


def test_what_is_asked_of_the_goods_is_part_of_the_name() -> None:
    assert plan(["女装"], constraints=["低价", "包邮"]).themes[0].name == "低价包邮女装"
    assert plan(["womenswear"], zh=False, constraints=["low-price"]).themes[0].name == "Low-Price Womenswear"


@pytest.mark.parametrize(
    ("subject", "constraints", "name"),
    [
        ("女装", ["爆款"], "爆款女装"),
        ("手提包", ["高端", "新品"], "高端新品手提包"),
        ("露营装备", ["百元以下"], "百元以下露营装备"),
        ("T恤", ["9.9包邮"], "9.9包邮T恤"),
        ("连衣裙", ["五折以下"], "五折连衣裙"),
        ("耳机", ["评分4.8以上"], "耳机"),  # a number that is no price is no banner
        ("耳机", ["起批量2件以内", "支持一件代发"], "耳机"),  # nor is what only shopkeepers ask
        ("蓝牙耳机", ["好评", "低价", "包邮", "爆款", "新品"], "好评低价包邮蓝牙耳机"),  # as much as fits
        ("国庆", [], "国庆好物"),
        ("秋冬", ["新品"], "秋冬新品好物"),
        ("露营", [], "露营好物"),
    ],
)
def test_names_carry_what_a_buyer_cares_for_in_chinese(subject: str, constraints: list[str], name: str) -> None:
    assert plan([subject], constraints=constraints).themes[0].name == name


@pytest.mark.parametrize(
    ("subject", "constraints", "name"),
    [
        ("handbags", ["premium", "new arrivals"], "New Premium Handbags"),
        ("handbags", ["under $20"], "Handbags Under $20"),
        ("running shoes", ["under 2000"], "Running Shoes Under 2000"),
        ("dresses", ["best-selling", "free shipping"], "Best-Selling Free-Shipping Dresses"),
        ("headphones", ["at least 4.5 stars"], "Headphones"),
        ("camping", [], "Camping Gear"),
        ("kitchen", [], "Kitchenware"),
        ("christmas gifts", [], "Christmas Gifts"),
        ("winter", [], "Winter Essentials"),
    ],
)
def test_names_carry_what_a_buyer_cares_for_in_english(subject: str, constraints: list[str], name: str) -> None:
    assert plan([subject], zh=False, constraints=constraints).themes[0].name == name


def test_every_venue_of_a_festival_is_named_after_it() -> None:
    names = [theme.name for theme in plan(["国庆"], venues=3, categories=["帐篷", "行李箱"], industries=[]).themes]
    assert {"国庆好物", "国庆帐篷", "国庆行李箱"} <= set(names)


def test_a_day_of_shopping_names_a_venue_though_it_is_no_subject() -> None:
    assert plan(["数码"], sentence="618爆款数码会场", constraints=["爆款"]).themes[0].name == "618爆款数码好物"
    assert plan(["数码"], sentence="618元以下的数码", constraints=["618元以下"]).themes[0].name == "618元以下数码好物"
    assert plan(["scented candles"], zh=False, sentence="scented candles, warm tone").themes[0].name == "Scented Candles"


@pytest.mark.parametrize(
    ("zh", "constraints", "signal", "name"),
    [
        (True, ["9.9包邮"], "", "9.9包邮好物"),
        (True, ["百元以下"], "", "百元以下好物"),
        (False, ["free shipping", "under $20"], "", "Free-Shipping Finds Under $20"),
        (True, ["爆款"], "selling", "爆款好物"),
    ],
)
def test_conditions_alone_make_one_venue_of_what_sells_best(zh: bool, constraints: list[str], signal: str, name: str) -> None:
    shelves = ["帐篷", "行李箱", "马克杯"] if zh else ["Tents", "Suitcases", "Mugs"]
    (theme,) = plan([], zh=zh, idea="-", industries=[], constraints=constraints, categories=shelves, signal=signal).themes
    assert theme.name == name
    assert set(shelves) <= set(theme.keywords) | {word.title() for word in theme.keywords}
    assert set(theme.fact_ids) == {"f0", "f1", "f2"}


def test_two_kinds_of_goods_become_two_venues() -> None:
    found = plan(["summer dresses", "dresses", "sandals"], venues=2, zh=False, industries=["womenswear"])
    assert [theme.name for theme in found.themes][:2] == ["Summer Dresses", "Summer Sandals"]
    one = plan(["summer dresses", "dresses", "sandals"], zh=False, idea="summer dresses and sandals")
    assert one.themes[0].name == "Summer Dresses and Sandals"


def test_an_occasion_brings_its_goods() -> None:
    (theme,) = plan(["开学季"], categories=["笔袋", "马克杯"], industries=["stationery"]).themes
    assert {"笔袋", "书包", "笔记本"} <= set(theme.keywords)
    assert "笔袋" in [tab.name for tab in theme.subthemes]
    assert "马克杯" not in [tab.name for tab in theme.subthemes]


def test_a_shelf_cites_only_a_trend_about_itself() -> None:
    shelves = ["行李箱", "连衣裙"]
    by_name = {theme.name: theme for theme in plan(["女装"], venues=4, categories=shelves, industries=["womenswear"]).themes}
    assert by_name["连衣裙"].trend_ids == ("t-dress",)
    camping = {theme.name: theme for theme in plan(["露营"], venues=4, categories=["帐篷"], industries=[]).themes}
    assert camping["帐篷"].trend_ids == ()  # 国庆黄金周出游 names suitcases too


def test_a_live_name_is_left_alone_but_the_wish_itself_is_proposed() -> None:
    """The planner, not the model, tells the operator that the venue exists already."""
    found = plan(["熊猫玩偶"], venues=3, categories=["熊猫手偶"], live_names=["熊猫玩偶", "熊猫手偶"])
    assert found.themes[0].name == "熊猫玩偶"
    assert "熊猫手偶" not in [theme.name for theme in found.themes[1:]]


def expanded(theme: dict[str, Any], categories: list[str], languages: tuple[str, ...] = ("zh", "en")) -> ExpansionAnswer:
    data = {
        "theme": {"slogan": "", "subthemes": [], **theme},
        "subjects": theme["keywords"],
        "languages": list(languages),
        "categories": categories,
    }
    return ExpansionAnswer.model_validate_json(json.dumps(expansion.answer(data, "", Embedder())))


@pytest.mark.parametrize(
    ("keywords", "offered", "chosen"),
    [
        (["熊猫玩偶"], ["熊猫公仔", "马克杯", "小熊公仔", "玩偶"], {"熊猫公仔"}),
        (["panda plush"], ["马克杯", "熊猫公仔", "T恤", "Coffee Mugs"], {"熊猫公仔"}),
        (["无线耳机"], ["耳机", "蓝牙耳机", "手机壳"], {"耳机", "蓝牙耳机"}),
        (["碎花连衣裙"], ["连衣裙", "半身裙"], {"连衣裙"}),
        (["马克杯"], ["马克杯", "熊猫公仔", "保温杯"], {"马克杯"}),
        (["女装"], ["连衣裙", "半身裙", "男衬衫", "帐篷"], {"连衣裙", "半身裙"}),
        (["wireless headphones"], ["耳机", "手机壳", "Headphones"], {"耳机", "Headphones"}),
        (["露营"], ["帐篷", "露营椅", "瑜伽垫", "连衣裙"], {"帐篷", "露营椅"}),
        (["开学"], ["书包", "笔袋", "沙发"], {"书包", "笔袋"}),
        (["飞船零件"], ["汽车配件", "五金件"], set()),
    ],
)
def test_only_fitting_shelves_are_chosen(keywords: list[str], offered: list[str], chosen: set[str]) -> None:
    assert set(expanded({"name": keywords[0], "keywords": keywords}, offered).categories) == chosen


def test_words_come_in_the_catalogues_languages_only() -> None:
    found = expanded({"name": "熊猫玩偶", "keywords": ["熊猫玩偶"]}, [], ("en",))
    assert found.words_zh == ()
    assert "panda plush" in found.words_en
    assert all(re.search(r"[a-z]", word) for word in found.words_en)
    assert "panda" in found.text


# --- through the planner ---------------------------------------------------------------------------------------------


class Shop:
    """The sample catalogue in the real index, planned for with the offline model."""

    def __init__(self, index: SqliteProductIndex, trends: FakeTrendStore) -> None:
        self.index = index
        self._industries = load_industries()
        clock = FakeClock(datetime(2026, 9, 13, 8, tzinfo=UTC))
        self._interpreter = Interpreter(Offline(), self._industries)
        self._planner = Planner(Offline(), index, trends, clock, self._industries, ThemeRules())
        self._expander = Expander(Offline(), index)

    def brief(self, sentence: str, venues: int) -> CampaignBrief:
        return self._interpreter.interpret(CampaignRequest(sentence=sentence, venues=venues), "c-1")

    def plan(self, sentence: str, venues: int) -> ThemePlan:
        return self._planner.plan(self.brief(sentence, venues))

    def expand(self, sentence: str) -> Expansion:
        return self._expander.expand(self.plan(sentence, 1).themes[0], self.brief(sentence, 1))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("sample")
    write(folder, latest=DAY)
    text = (Path(huichang.catalog.__file__).parent / "mappings/sample.yaml").read_text(encoding="utf-8")
    mapping = load_mapping(text)
    file = folder / "products.jsonl.gz"
    index = SqliteProductIndex(folder / "index", 4)
    with file.open("rb") as stream:
        found = convert(rows(stream, file.name, encoding=mapping.encoding, delimiter=mapping.delimiter), mapping, today=DAY)
        products = [outcome.product for outcome in found if isinstance(outcome, Accepted)]
    # Planning and expanding look at words and shelves only; the vectors need only be there.
    index.upsert([IndexedProduct(product=product, vector=(1.0, n % 7, n % 5, 1.0)) for n, product in enumerate(products)])
    lines = (folder / "trends.jsonl").read_text(encoding="utf-8").splitlines()
    reader = TrendReader({industry.code for industry in load_industries()}, date(2030, 1, 1))
    store = FakeTrendStore(row for row in reader.rows(map(json.loads, lines)) if isinstance(row, Trend))
    yield Shop(index, store)
    index.close()


SENTENCES = [
    ("帮我生成一个熊猫玩偶会场", 1, 1, "熊猫玩偶"),
    ("a low-price free-shipping womenswear venue", 5, 5, "Low-Price Free-Shipping Womenswear"),
    ("低价包邮女装会场", 5, 5, "低价包邮女装"),
    ("给我做三个百元以下的露营装备会场", 3, 3, "百元以下露营装备"),
    ("five venues for back to school stationery under 20", 5, 5, "Back to School Stationery"),
    ("宠物用品会场", 4, 4, "宠物用品"),
    ("开学季", 4, 4, "开学季好物"),
    ("家居好物专场", 4, 4, "家居好物"),
    ("summer dresses and sandals", 2, 2, "Summer Dresses"),
    ("中秋月饼礼盒大促", 1, 1, "中秋月饼礼盒"),
    ("口红专场", 1, 1, "口红"),
    ("Christmas gifts for kids", 3, 2, "Christmas Gifts for Kids"),
]


@pytest.mark.parametrize(("sentence", "venues", "least", "first"), SENTENCES, ids=[row[0] for row in SENTENCES])
def test_themes_are_distinct_stocked_and_well_named(shop: Shop, sentence: str, venues: int, least: int, first: str) -> None:
    brief_ = shop.brief(sentence, venues)
    found = shop.plan(sentence, venues)
    assert least <= len(found.themes) <= venues, found.rejected
    assert found.themes[0].name == first
    names = [theme.name for theme in found.themes]
    assert len({name.casefold() for name in names}) == len(names)
    assert len({theme.slogan for theme in found.themes}) == len(names)
    for theme in found.themes:
        assert theme.stock_depth >= 8
        assert detect_language(theme.name) == brief_.language
        assert detect_language(theme.slogan) == brief_.language
        assert 2 <= len(theme.name) <= (14 if brief_.language == "zh" else 40)
        assert find(theme.name), "a name that says nothing of goods or occasion"
        assert all(detect_language(tab.name) == brief_.language for tab in theme.subthemes)
        assert theme.reason


def test_a_theme_without_stock_is_proposed_and_turned_down(shop: Shop) -> None:
    found = shop.plan("飞船零件会场", 1)
    assert not found.themes
    assert [item.code for item in found.rejected] == ["short_of_stock"]


@pytest.mark.parametrize(
    ("sentence", "fits", "not_"),
    [
        ("帮我生成一个熊猫玩偶会场", {"熊猫公仔"}, {"马克杯", "小熊公仔", "T恤", "连体衣"}),
        ("panda plush toys", {"熊猫公仔"}, {"马克杯", "小熊公仔"}),
        ("马克杯会场", {"马克杯"}, {"熊猫公仔", "保温杯"}),
        ("低价包邮女装会场", {"连衣裙", "半身裙"}, {"男裤", "POLO衫", "马克杯"}),
    ],
)
def test_expansion_keeps_to_the_goods(shop: Shop, sentence: str, fits: set[str], not_: set[str]) -> None:
    found = shop.expand(sentence)
    assert fits <= set(found.categories)
    assert not not_ & set(found.categories)
    assert set(found.words) == {"zh", "en"}
