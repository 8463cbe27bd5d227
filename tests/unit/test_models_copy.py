"""The offline model's copy: true to the facts, varied, and obedient to reviewers."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from huichang.materials.copy_checks import complaints_about
from huichang.materials.model import CopyAnswer, CopySlot, MaterialRequest, ReviewConstraint
from infra.local.models import copywriter
from infra.local.models.embeddings import Embedder

NAMES = {
    "zh": [
        "熊猫玩偶", "低价女装", "开学季好物", "中秋月饼礼盒", "T恤", "年货节", "早秋新款法式复古收腰显瘦碎花连衣裙大合集", "U盘", "双11数码", "618大促女装",
        "最美连衣裙", "100%纯棉四件套", "Hello Kitty 公仔", "<b>马克杯</b>", "国庆露营装备", "宠物用品", "Sandals",
    ],
    "en": [
        "Panda Plush Toys", "Low-Price Womenswear", "Back to School Stationery", "Christmas Gifts", "Summer Sale", "Sandals", "Best Headphones Ever",
        "3-Piece Cookware Sets for Small Kitchens and Camping", "USB Cables", "Womenswear", "{{x}} Mugs", "T-Shirts & Polos", "连衣裙",
    ],
}  # fmt: skip
FLOORS = {
    "zh": ["连衣裙", "手机壳", "材质：纯棉", "USB灯", "Dresses"],
    "en": ["Dresses", "Necklaces & Chains", "连衣裙", "Cotton", "Wrist Watches"],
}
SLOTS = {
    "hero": (("title", 12, 24, True), ("subtitle", 24, 48, True), ("slogan", 11, 22, False), ("alt", 40, 80, False)),
    "floor": (("title", 12, 24, True), ("subtitle", 20, 40, False), ("point", 10, 20, False)),
    "share": (("text", 40, 80, True),),
}
CODES = ("wrong_facts", "off_topic", "too_long", "tone", "policy", "duplicate", "other")


def request(component: str, language: str, facts: dict[str, Any], constraints: tuple[ReviewConstraint, ...] = ()) -> MaterialRequest:
    slots = tuple(
        CopySlot(name=name, max_chars=zh if language == "zh" else en, what="text", required=required)
        for name, zh, en, required in SLOTS[component]
    )
    return MaterialRequest.model_validate(
        {
            "venue_id": "v", "campaign_id": "c", "material_id": "m", "component": component, "kind": "copy", "language": language, "prompt": "p",
            "slots": slots, "facts": {"language": language, **facts}, "constraints": constraints,
        }
    )  # fmt: skip


def written(asked: MaterialRequest) -> dict[str, str]:
    data = json.loads(asked.model_dump_json(include={"slots", "facts", "constraints"}))
    answer = CopyAnswer.model_validate(copywriter.answer(data, "", Embedder()))
    assert [item.slot for item in answer.texts] == [slot.name for slot in asked.slots]
    return {item.slot: item.text for item in answer.texts}


def some_facts(dice: random.Random, component: str, language: str) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "theme_name": dice.choice(NAMES[language]),
        "slogan": dice.choice(["", "一站配齐，轻松补货", "赶在双11前上架"] if language == "zh" else ["", "Restock in one go", "In time for Back to School"]),
        "keywords": dice.choice([["连衣裙", "T恤", "dress"], ["panda plush", "key rings", "玩偶", "积木"], []]),
        "product_count": dice.choice([0, 1, 8, 39, 116]),
        "price_min": dice.choice([None, "9.9", "12.80", "15.00", "1234.5", "7"]),
        "price_max": dice.choice([None, "59.00", "129.9"]),
        "currency": dice.choice(["CNY", "INR", "USD", None, "AED"]),
        "benefits": [
            {"code": code, "share": dice.choice([1.0, 0.5])}
            for code in dice.sample(["free_shipping", "dropshipping", "coupon_300_30", "seven_day_return", "customizable"], 2)
        ],
        "trend_titles": [],
        "sample_titles": [],
        "season": "created",
    }  # fmt: skip
    return facts | ({"floor_title": dice.choice(FLOORS[language]), "floor_by": "leaf"} if component == "floor" else {})


@pytest.mark.parametrize("seed", range(200))
def test_no_text_is_ever_complained_about(seed: int) -> None:
    """Whatever the facts, through four rounds of rejection: nothing wrong, nothing repeated, nothing missing."""
    dice = random.Random(seed)
    component, language = dice.choice(list(SLOTS)), dice.choice(["zh", "en"])
    facts = some_facts(dice, component, language)
    constraints: tuple[ReviewConstraint, ...] = ()
    for _ in range(4):
        asked = request(component, language, facts, constraints)
        texts = written(asked)
        assert complaints_about(asked, texts) == {}
        assert all(texts.values())
        constraints = (*constraints, ReviewConstraint(code=dice.choice(CODES), rejected_text=texts))


FACTS = {
    "theme_name": "熊猫玩偶", "slogan": "", "keywords": ["熊猫玩偶", "积木", "拼图"], "product_count": 39, "price_min": "9.9", "price_max": "59.9", "currency": "CNY",
    "benefits": [{"code": "free_shipping", "share": 1.0}, {"code": "dropshipping", "share": 0.4}],
}  # fmt: skip


def test_only_what_holds_for_all_is_said_of_all() -> None:
    said = set()
    for count in range(2, 60):
        said |= set(written(request("hero", "zh", FACTS | {"product_count": count})).values())
    assert any("包邮" in text for text in said)
    assert not any("一件代发" in text for text in said)


def test_pages_differ() -> None:
    titles, subtitles = Counter[str](), Counter[str]()
    for name in ("台灯", "沙发", "连衣裙", "马克杯", "口红", "帐篷", "积木", "笔袋", "毛巾", "耳机", "项链", "月饼"):
        texts = written(request("hero", "zh", FACTS | {"theme_name": name}))
        titles[texts["title"].replace(name, "…")] += 1
        subtitles[texts["subtitle"].replace(name, "…")] += 1
    assert len(titles) >= 6
    assert len(subtitles) >= 5


@pytest.mark.parametrize(
    ("language", "name"),
    [("zh", "开学季好物"), ("zh", "年货节"), ("zh", "中秋月饼礼盒"), ("zh", "618大促女装"), ("en", "Summer Sale"), ("en", "Christmas Gifts"), ("en", "Spring Collection")],
)  # fmt: skip
def test_a_promotion_is_not_called_one_twice(language: str, name: str) -> None:
    title = written(request("hero", language, FACTS | {"theme_name": name}))["title"]
    assert name in title
    added = title.replace(name, "")
    assert not any(word in added for word in ("季", "节", "好物", "集结", "Season", "Sale", "Picks", "Edit", "Finds"))


@pytest.mark.parametrize(
    ("language", "name", "goods"),
    [
        ("zh", "早秋新款法式复古收腰显瘦碎花连衣裙大合集", "碎花连衣裙"),
        ("en", "3-Piece Stainless Steel Cookware Sets for Small Kitchens", "Cookware Sets"),
        ("en", "Back to School Stationery", "Stationery"),
    ],
)
def test_a_long_name_keeps_its_goods(language: str, name: str, goods: str) -> None:
    title = written(request("hero", language, FACTS | {"theme_name": name}))["title"]
    assert goods in title
    assert len(title) <= (12 if language == "zh" else 24)


def rejected(code: str, text: str, texts: dict[str, str]) -> tuple[ReviewConstraint, ...]:
    return (ReviewConstraint.model_validate({"code": code, "text": text, "rejected_text": texts}),)


def test_reviewers_are_obeyed() -> None:
    first = written(request("hero", "zh", FACTS))
    for code, said in (("wrong_facts", ""), ("other", "不要写价格和数量"), ("other", "no price, no numbers please")):
        texts = written(request("hero", "zh", FACTS, rejected(code, said, first)))
        assert not any(char.isdigit() for text in texts.values() for char in text)
    short = written(request("hero", "zh", FACTS, rejected("too_long", "", first)))
    assert len(short["subtitle"]) < len(first["subtitle"]) or len(short["subtitle"]) <= 8
    on_topic = written(request("share", "zh", FACTS, rejected("off_topic", "", {})))
    assert "熊猫玩偶" in on_topic["text"]
    plain = written(request("hero", "zh", FACTS, rejected("other", "别提包邮", first)))
    assert not any("包邮" in text for text in plain.values())


def test_the_same_facts_give_the_same_words() -> None:
    assert written(request("hero", "en", FACTS | {"theme_name": "Mugs"})) == written(request("hero", "en", FACTS | {"theme_name": "Mugs"}))
