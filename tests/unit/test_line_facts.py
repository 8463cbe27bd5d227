"""Facts of copy: counted of the goods shown, and counted again before the page is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from huichang.catalog.product import Merchant, PriceTier, Product
from huichang.line.facts import counted, facts_of, still_true, true_slogan
from huichang.line.policing import policy_key
from huichang.line.publishing import page_key
from huichang.materials.claims import Facts
from huichang.materials.model import CopyResult, MaterialRequest
from huichang.materials.policy import Verdict
from huichang.pages.model import PageModel
from huichang.pages.rendering import render
from huichang.pages.templates import copy_slots, load_templates
from huichang.selection.model import Condition, FloorPlan, RuleSet
from huichang.themes.model import Window
from huichang.themes.promises import Promises
from tests.support.fakes import a_product
from tests.support.line_fakes import Line, a_brief, a_copy_request, a_theme, a_venue


def goods(*changes: dict[str, Any]) -> list[Product]:
    return [a_product(f"p{n}").model_copy(update=change) for n, change in enumerate(changes)]


def test_measures_say_of_how_many_they_are_known() -> None:
    facts = counted(goods({"rating": 4.5}, {"rating": 4.9}, {"rating": None}), "zh")
    assert facts["measures"]["rating"] == {"known": 2, "min": 4.5, "max": 4.9, "mean": 4.7}
    known = Facts.of(facts)
    assert known.of_all("rating") is None
    assert known.measures["rating"].known == 2


def test_a_share_is_one_only_where_all_have_it() -> None:
    products = goods(*({"benefits": ("free_shipping",)} for _ in range(199)), {"benefits": ()})
    (offered,) = (each for each in counted(products, "zh")["benefits"] if each["code"] == "free_shipping")
    assert offered == {"code": "free_shipping", "share": 0.99, "count": 199}


def test_what_a_tenth_reaches_is_no_single_product() -> None:
    cheap = {"list_price": 100, "tiers": (PriceTier(min_quantity=1, price=20),)}
    plain = {"list_price": 100, "tiers": (PriceTier(min_quantity=1, price=90),)}
    measure = counted(goods(cheap, *[plain] * 19), "zh")["measures"]["discount_rate"]
    assert (measure["max"], measure["tenth"]) == (0.8, 0.1)
    assert counted(goods(cheap, *[{"list_price": None}] * 19), "zh")["measures"]["discount_rate"]["tenth"] == 0.0


def test_prices_in_two_currencies_are_no_price() -> None:
    facts = counted(goods({"currency": "CNY"}, {"currency": "USD"}), "zh")
    assert (facts["price_min"], facts["price_max"], facts["currency"]) == (None, None, None)


def test_factories_merchants_and_qualities_are_counted() -> None:
    made = {"merchant": Merchant(id="m1", factory_verified=True), "title": "防水帐篷"}
    facts = counted(goods(made, made | {"merchant": Merchant(id="m2")}, {"title": "帐篷", "attributes": {"防水": "否"}}), "zh")
    assert {"code": "factory_verified", "share": 0.33, "count": 1} in facts["benefits"]
    assert facts["merchants"] == 3
    assert facts["qualities"]["waterproof"] == 2


def test_the_days_and_what_the_goods_were_chosen_by_are_facts() -> None:
    rules = RuleSet(conditions=(Condition(indicator="sales_30d", op=">=", value=100.0, because="爆款"),))
    products = [a_product(f"p{n}") for n in range(3)]
    runs = Window(start=date(2026, 12, 10), end=date(2026, 12, 12))
    facts = facts_of(a_venue(), products, [], Promises(a_brief(), rules, products), runs=runs, scene="lanterns")
    assert facts["held"] == ["sales_30d>"]
    assert facts["runs"] == {"from": "2026-12-10", "to": "2026-12-12"}
    assert facts["scene"] == "lanterns"
    assert Facts.of(facts).runs is not None
    broken = RuleSet(conditions=rules.conditions, broken=rules.conditions)
    assert facts_of(a_venue(), products, [], Promises(a_brief(), broken, products))["held"] == []


# --- again, before the page is shown --------------------------------------------------------------------------------------


def test_a_price_that_rose_takes_its_text_off_the_page() -> None:
    products = [a_product(f"p{n}", price=12 + n) for n in range(3)]
    request = a_copy_request(facts=facts_of(a_venue(), products, [], Promises(a_brief(), RuleSet(), products)))
    texts = {"title": "熊猫来了", "subtitle": "3款，12元起"}
    assert still_true(request, texts, products) == (texts, [])
    dearer = [product.at_price(product.price.amount + 5) for product in products]
    kept, told = still_true(request, texts, dearer)
    assert kept == {"title": "熊猫来了"}
    (finding,) = told
    assert (finding.rule, finding.severity, finding.place, finding.words) == ("claims.stale", "warn", "hero.subtitle", "12元")
    assert "prices run from 17" in finding.message["en"]
    assert finding.mend["zh"]
    assert still_true(request, texts, []) == (texts, [])


def test_a_false_slogan_does_not_stand_in_for_a_subtitle() -> None:
    products = [a_product(f"p{n}") for n in range(3)]
    for slogan, shown in (("一站配齐", "一站配齐"), ("买一送一，今天最后一天", ""), ("", "")):
        venue = a_venue(theme=a_theme("熊猫").model_copy(update={"slogan": slogan}))
        assert true_slogan(venue, products) == shown


@pytest.fixture
def line() -> Line:
    line = Line()
    line.select()
    return line


def test_the_page_is_rendered_without_what_no_longer_holds_and_the_reviewer_is_told(line: Line) -> None:
    line.request_materials(line.step("t1"))
    for task in line.materials.of_venue("v-1"):
        if task.kind != "copy":
            continue
        texts = {"title": "熊猫来了", "subtitle": "全场1元起", "text": "来看看", "alt": "竹林背景"}
        key = line.documents.put(f"results/{task.material_id}", CopyResult(texts=texts))
        line.materials.move(task, "ready", result_key=key)
    line.render_page(line.step())
    version = line.venue.staged_version
    page = line.documents.get(page_key("v-1", version), PageModel)
    assert page.title == "熊猫来了"
    assert "1元起" not in line.pages.read_version("v-1", version)
    assert page.share_text == "来看看"
    told = [finding for finding in line.documents.get(policy_key("v-1", version), Verdict).findings if finding.rule == "claims.stale"]
    assert {finding.place for finding in told} >= {"hero.subtitle", "floor-1.subtitle"}


# --- every slot has its place ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("template", sorted(load_templates()))
def test_every_slot_is_asked_for_within_limits(template: str, language: Any) -> None:
    slots = {
        (component.name, slot.name): slot.max_chars
        for component in load_templates()[template].components
        for slot in copy_slots(component, language)
    }
    wanted = {
        ("hero", "title"),
        ("hero", "subtitle"),
        ("hero", "slogan"),
        ("hero", "alt"),
        ("floor", "title"),
        ("floor", "subtitle"),
        ("floor", "point"),
        ("share", "text"),
    }
    assert set(slots) == wanted
    assert all(4 <= most <= 80 for most in slots.values())


@pytest.mark.parametrize("template", sorted(load_templates()))
def test_alt_share_and_titles_are_rendered_where_machines_read_them(template: str) -> None:
    line = Line()
    line.select()
    line.stage()
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    shown = page.model_copy(
        update={"hero_image": "/media/a.webp", "hero_alt": "竹林里的灯笼", "share_text": "一起来挑", "title": "熊猫来了"}
    )
    floors = tuple(floor.model_copy(update={"subtitle": "同类好物", "point": "随缺随补"}) for floor in page.floors)
    html = render(shown.model_copy(update={"floors": floors}), template)
    assert html.count("<span data-point>随缺随补</span>") == len(floors)
    assert html.count("同类好物") == len(floors)
    assert 'alt="竹林里的灯笼"' in html
    assert '<meta property="og:title" content="熊猫来了">' in html
    assert '<meta property="og:description" content="一起来挑">' in html
    assert '"share":"一起来挑"' in html


def test_the_request_for_the_hero_carries_its_scene(line: Line) -> None:
    line.request_materials(line.step("t1"))
    hero = line.documents.get(line.materials.get("v-1", "hero.copy").request_key, MaterialRequest)
    floor = line.documents.get(line.materials.get("v-1", "floor-1.copy").request_key, MaterialRequest)
    assert hero.facts["scene"]
    assert "scene" not in floor.facts
    assert {slot.name for slot in hero.slots} == {"title", "subtitle", "slogan", "alt"}
    assert line.documents.get(line.step().key("floors"), FloorPlan).floors
