from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from huichang.catalog.product import Enrolment
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.fusion import Fusion, enough
from huichang.selection.model import Condition, Hit, Path, Recall, RuleSet, Selection
from huichang.selection.pool import Arrangement
from huichang.themes.model import CampaignBrief, Expansion, Theme, Window
from tests.support.edits import edits as edited
from tests.support.fakes import FakeProductIndex, a_product
from tests.support.little_shop import industries, shop

INDEX = FakeProductIndex(shop())
PANDA = Theme(name="熊猫来了", keywords=("熊猫玩偶", "熊猫公仔"), industry="toys")
EXPANSION = Expansion(text="熊猫毛绒玩偶", words={"zh": ("熊猫玩偶",)}, categories=("毛绒玩偶",))
FREE = RuleSet(conditions=(Condition(indicator="free_shipping", op="=", value=True, because="包邮"),))


def a_brief(*subjects: str, **changes: Any) -> CampaignBrief:
    values: dict[str, Any] = {
        "campaign_id": "c",
        "sentence": "-",
        "language": "zh",
        "idea": "-",
        "industries": (),
        "subjects": subjects or ("熊猫玩偶",),
        "constraints": (),
    }
    return CampaignBrief(**values | changes)


def recall(path: Path, *ids: str) -> Recall:
    return Recall(path=path, hits=tuple(Hit(product_id=name, rank=rank, score=1.0) for rank, name in enumerate(ids, 1)))


def arrange(
    *recalls: Recall,
    theme: Theme = PANDA,
    brief: CampaignBrief | None = None,
    expansion: Expansion = EXPANSION,
    rules: RuleSet | None = None,
    edits: MerchandisingEdits | None = None,
    index: FakeProductIndex = INDEX,
    limit: int = 96,
    **more: Any,
) -> Arrangement:
    return Fusion(index, industries(), max_products=limit).fuse(
        theme, brief or a_brief(), expansion, recalls, rules or RuleSet(), edits or MerchandisingEdits(), **more
    )


def fuse(*recalls: Recall, **more: Any) -> Selection:
    return arrange(*recalls, **more).selection


def ids(selection: Selection) -> list[str]:
    return [item.product_id for item in selection.products]


def kinds(selection: Selection) -> set[str]:
    return {name.rsplit("-", 1)[0] for name in ids(selection)}


def named(prefix: str) -> list[str]:
    return sorted(name for name in INDEX.items if name.startswith(prefix))


def test_every_product_has_its_reason() -> None:
    selection = fuse(
        recall("search", "panda-doll-00", "panda-doll-02"),
        recall("vector", "panda-doll-02"),
        recall("rules"),
        rules=FREE,
    )
    first = selection.products[0]
    assert first.product_id == "panda-doll-02"
    assert first.rank == 1
    assert first.reason.ranks == {"search": 2, "vector": 1}
    assert first.reason.conditions_met == ("包邮",)
    assert first.reason.matched_words[0] == "熊猫玩偶"
    assert selection.recalled == {"rules": 0, "search": 2, "vector": 1}
    assert selection.rules == FREE
    assert "search #2" in first.reason.in_words()


def test_a_panda_venue_holds_no_unrelated_goods() -> None:
    everything = sorted(INDEX.items)
    selection = fuse(recall("vector", *everything), recall("search", *named("part"), *named("panda"), *named("bear")))
    assert {"panda-doll", "panda-soft"} <= kinds(selection) <= {"panda-doll", "panda-soft", "bear"}
    # 22 pandas nearly fill a page of 24: two bears at the end, and no more.
    assert [name.startswith("bear") for name in ids(selection)] == [False] * 22 + [True] * 2
    assert selection.dropped["off_topic"] > 100
    assert selection.dropped["unspoken"] == 38


def test_goods_known_only_by_meaning_need_a_shelf_of_the_theme() -> None:
    selection = fuse(recall("search", *named("panda-doll")), recall("vector", "dress-00", "part-00", "bear-00"))
    assert "bear-00" in ids(selection)
    assert not {"dress", "part"} & kinds(selection)
    assert selection.products[-1].reason.matched_words == ()


def test_a_scene_lets_more_in() -> None:
    selection = fuse(
        recall("search", *named("lamp")),
        recall("vector", *named("box"), *named("dress")),
        theme=Theme(name="宿舍", keywords=("台灯",)),
        brief=a_brief("宿舍"),
        expansion=Expansion(text="x", words={"zh": ("台灯",)}, categories=("收纳",)),
    )
    assert kinds(selection) == {"lamp", "box"}


def test_hard_conditions_hold_for_all() -> None:
    selection = fuse(recall("search", *named("panda")), rules=FREE)
    assert selection.products
    assert all("free_shipping" in INDEX.items[name].product.benefits for name in ids(selection))
    assert selection.dropped["condition"] > 0


def test_pins_are_first_in_their_order_and_excludes_win() -> None:
    edits = edited(
        pins=("bear-03", "panda-doll-04", "panda-doll-05", "gone", "bear-03"),
        excludes=("panda-doll-00", "panda-doll-05"),
    )
    selection = fuse(recall("search", *named("panda-doll")), edits=edits, pinned_by="li.wei")
    assert ids(selection)[:2] == ["bear-03", "panda-doll-04"]
    assert len(ids(selection)) == len(set(ids(selection)))
    assert selection.products[0].reason.pinned_by == "li.wei"
    assert selection.products[0].reason.ranks == {}
    assert selection.products[1].reason.ranks == {"search": 5}
    assert selection.products[2].reason.pinned_by == ""
    assert not {"panda-doll-00", "panda-doll-05"} & set(ids(selection))
    assert selection.unmet_pins == {"gone": "gone"}
    assert selection.dropped["gone"] == 1
    assert selection.dropped["excluded"] == 2


def test_a_pin_obeys_stock_and_promises() -> None:
    index = FakeProductIndex(
        [
            a_product("sold-out", "熊猫玩偶 一", stock=0),
            a_product("paid", "熊猫玩偶 二"),
            a_product("out", "熊猫玩偶 三", enrolled=False),
        ]
    )
    edits = edited(pins=("sold-out", "paid", "out"))
    selection = fuse(index=index, edits=edits, rules=FREE)
    assert selection.products == ()
    assert selection.dropped == {"condition": 1, "not_enrolled": 1, "out_of_stock": 1}
    assert selection.unmet_pins == {"out": "not_enrolled", "paid": "condition", "sold-out": "out_of_stock"}
    assert ids(fuse(index=index, edits=edits)) == ["paid"]


def test_what_is_not_yet_or_no_longer_enrolled_says_when_it_is() -> None:
    today, name = datetime.now(UTC), "2026-1212"
    over = Enrolment(promotion=name, ends_at=today - timedelta(days=1))
    soon = Enrolment(promotion=name, starts_at=today + timedelta(days=9))
    index = FakeProductIndex(
        [
            a_product("over", "熊猫玩偶 一", enrolments=(over,)),
            a_product("soon", "熊猫玩偶 二", enrolments=(soon,)),
            a_product("now", "熊猫玩偶 三", enrolments=(Enrolment(promotion=name),)),
        ]
    )
    found, brief = recall("vector", "over", "soon", "now"), a_brief(promotion=name)
    arranged = arrange(found, index=index, brief=brief, edits=edited(pins=("soon",)))
    assert ids(arranged.selection) == ["now"]
    assert {key: (out.code, out.by) for key, out in arranged.left.items()} == {
        "over": ("not_open", f"– {over.ends_at:%Y-%m-%dT%H:%M}+00:00"),
        "soon": ("not_open", f"{soon.starts_at:%Y-%m-%dT%H:%M}+00:00 –"),
    }
    assert arranged.selection.unmet_pins == {"soon": "not_open"}
    first_day = (today + timedelta(days=10)).date()
    ahead = brief.model_copy(update={"window": Window(start=first_day, end=first_day)})
    assert sorted(ids(fuse(found, index=index, brief=ahead))) == ["now", "soon"]


def test_of_a_promotion_only_what_is_enrolled_for_it_judged_at_its_price() -> None:
    cheap = Enrolment(promotion="2026-1212", price=Decimal(9), benefits=("free_shipping",))
    index = FakeProductIndex(
        [
            a_product("in", "熊猫玩偶 一", price="20.00", enrolments=(cheap,)),
            a_product("dear", "熊猫玩偶 二", price="20.00", enrolments=(Enrolment(promotion="2026-1212"),)),
            a_product("other", "熊猫玩偶 三", enrolments=(Enrolment(promotion="spring", price=Decimal(1)),)),
        ]
    )
    rules = RuleSet(conditions=(*FREE.conditions, Condition(indicator="price", op="<=", value=9.0)))
    found = recall("vector", "in", "dear", "other")
    selection = fuse(found, index=index, rules=rules, brief=a_brief(promotion="2026-1212"))
    assert ids(selection) == ["in"]
    assert selection.dropped == {"condition": 1, "not_enrolled": 1}
    assert [measured.value for measured in selection.products[0].reason.measured] == [True, 9.0]
    assert ids(fuse(found, index=index, rules=rules)) == []  # at its everyday price it would not do


def test_near_twins_are_collapsed_to_the_better_one() -> None:
    index = FakeProductIndex(
        [
            a_product("a", "大熊猫毛绒玩偶 可爱国宝公仔 儿童生日礼物 30cm", merchant="m1"),
            a_product("b", "【大熊猫毛绒玩偶】可爱国宝公仔，儿童生日礼物 30CM", merchant="m2"),
            a_product("c", "大熊猫毛绒玩偶 可爱国宝公仔 儿童生日礼物 40cm", merchant="m3"),
            a_product("d", "熊猫玩偶抱枕 竹子款 靠垫"),
        ]
    )
    selection = fuse(recall("search", "b", "a", "c", "d"), index=index)
    assert ids(selection) == ["b", "d"]
    assert selection.dropped["near_duplicate"] == 2


def test_another_model_is_no_twin() -> None:
    index = FakeProductIndex([a_product(f"p{n}", f"iPhone {n} 手机壳 透明防摔", merchant=f"m{n}") for n in (14, 15)])
    selection = fuse(
        recall("search", "p14", "p15"),
        index=index,
        theme=Theme(name="手机壳", keywords=("手机壳",)),
        brief=a_brief("手机壳"),
    )
    assert ids(selection) == ["p14", "p15"]


def many(merchants: list[str]) -> FakeProductIndex:
    random_words = random.Random(7)
    return FakeProductIndex(
        [
            a_product(
                f"p{number:03d}",
                "熊猫玩偶" + "".join(chr(random_words.randint(0x4E00, 0x9000)) for _ in range(12)),
                merchant=merchant,
            )
            for number, merchant in enumerate(merchants)
        ]
    )


def shares(selection: Selection, index: FakeProductIndex) -> dict[str, float]:
    owners = [index.items[name].product.merchant.id for name in ids(selection)]
    return {owner: owners.count(owner) / len(owners) for owner in owners}


def test_no_merchant_owns_more_than_a_quarter() -> None:
    index = many(["big"] * 60 + [f"m{n}" for n in range(60)])
    selection = fuse(recall("search", *sorted(index.items)), index=index)
    assert len(selection.products) >= 72
    assert shares(selection, index)["big"] <= 0.25
    assert selection.dropped["merchant_share"] > 0
    assert ids(selection)[0] == "p000"


def test_the_cap_yields_to_a_page_that_would_be_thin_and_to_few_merchants() -> None:
    thin = many(["big"] * 30 + [f"m{n}" for n in range(6)])
    assert len(fuse(recall("search", *sorted(thin.items)), index=thin).products) == 36
    few = many(["a"] * 30 + ["b"] * 30)
    assert len(fuse(recall("search", *sorted(few.items)), index=few).products) == 60


def test_no_category_takes_over_a_broad_theme() -> None:
    leaves = ["文胸"] * 90 + ["连衣裙"] * 20 + ["半身裙"] * 20 + ["衬衫"] * 20
    random_words = random.Random(3)
    index = FakeProductIndex(
        [
            a_product(
                f"p{n:03d}",
                "女装" + "".join(chr(random_words.randint(0x4E00, 0x9000)) for _ in range(12)),
                category_path=("女装", leaf),
                merchant=f"m{n}",
            )
            for n, leaf in enumerate(leaves)
        ]
    )
    theme = Theme(name="女装", keywords=("女装",))
    selection = fuse(recall("search", *sorted(index.items)), index=index, theme=theme, brief=a_brief("女装"))
    chosen = [index.items[name].product.leaf_category for name in ids(selection)]
    assert len(chosen) == 96
    assert chosen.count("文胸") == 36  # its share is 34; the 60 others leave room for 2 more
    assert ids(selection)[0] == "p000"


def test_the_limit() -> None:
    index = many([f"m{n}" for n in range(120)])
    selection = fuse(recall("search", *sorted(index.items)), index=index, limit=40)
    assert len(selection.products) == 40
    assert selection.dropped["over_limit"] == 80
    pinned = edited(pins=tuple(sorted(index.items))[:50])
    assert len(fuse(recall("search"), index=index, limit=40, edits=pinned).products) == 40


def test_what_was_sold_out_since_the_recall_is_left_out() -> None:
    index = FakeProductIndex([a_product("a", "熊猫玩偶 一", stock=0), a_product("b", "熊猫玩偶 二", stock=None)])
    selection = fuse(recall("search", "a", "b", "vanished"), index=index)
    assert ids(selection) == ["b"]
    assert selection.dropped == {"gone": 1, "out_of_stock": 1}


def test_enough() -> None:
    selection = fuse(recall("search", *named("panda-doll")))
    assert enough(selection, 14)
    assert not enough(selection, 15)


def test_nothing_recalled_is_an_empty_selection() -> None:
    assert fuse(recall("search"), recall("vector"), recall("rules")).products == ()


def test_a_theme_in_a_language_the_catalogue_does_not_speak() -> None:
    index = FakeProductIndex(
        [
            a_product(f"p{n}", f"{colour} panda plush", language="en", category_path=("Toys", "Plush" if n < 8 else "Tools"))
            for n, colour in enumerate(["red", "blue", "green", "amber", "violet", "snow", "coral", "olive", "ink", "rust"])
        ]
    )
    expansion = Expansion(text="panda", words={}, categories=("Plush",))
    selection = fuse(recall("vector", *sorted(index.items)), index=index, expansion=expansion)
    assert len(selection.products) == 8
