"""Manifests are promises that are checked, and rules that choose."""

from __future__ import annotations

from pathlib import Path

import pytest

from huichang.kernel.errors import PermanentError
from huichang.pages.matching import choose_template
from huichang.pages.model import MatchRule, PageModel, TemplateManifest
from huichang.pages.rendering import render
from huichang.pages.templates import TEMPLATES, copy_slots, load_templates, read_templates
from huichang.pages.tree import parse
from huichang.themes.model import Theme
from tests.support.products import make_product


def theme(name: str, kind: str = "created", industry: str | None = None) -> Theme:
    return Theme.model_validate({"name": name, "kind": kind, "industry": industry, "keywords": ()})


def test_every_package_loads_with_a_hero_floors_and_a_share_text() -> None:
    templates = load_templates()
    assert set(templates) >= {"festival", "everyday_goods", "season", "new_arrivals", "gift_guide", "outdoor_scene"}
    assert set(templates) >= {"wholesale_price_list", "deep_dive", "flash_sale"}
    for manifest in templates.values():
        names = {component.name: component for component in manifest.components}
        assert {"hero", "floor", "share"} <= set(names)
        assert names["floor"].per_floor
        assert {slot.name for slot in names["hero"].copy_slots} >= {"title", "subtitle", "slogan"}
        assert [slot.name for slot in names["hero"].image_slots] == ["background"]


@pytest.mark.parametrize("template_id", sorted(load_templates()))
def test_the_sample_of_a_package_is_a_page_it_can_render(template_id: str) -> None:
    sample = PageModel.model_validate_json((TEMPLATES / template_id / "sample.json").read_text(encoding="utf-8"))
    html = render(sample, template_id)
    heading = next(node for node in parse(html).walk() if node.tag == "h1")
    assert heading.text().strip() == sample.title


def test_chinese_slots_are_half_as_long() -> None:
    hero = load_templates()["festival"].components[0]
    assert [slot.max_chars for slot in copy_slots(hero, "en")] == [slot.max_chars for slot in hero.copy_slots]
    assert copy_slots(hero, "zh")[0].max_chars == hero.copy_slots[0].max_chars // 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (theme("春节年货节", "seasonal"), "festival"),
        (theme("熊猫玩偶会场", "event", "toys"), "festival"),
        (theme("熊猫玩偶会场"), "festival"),
        (theme("低价包邮女装", "created", "womenswear"), "everyday_goods"),
        (theme("Wholesale kitchen essentials", "industry", "kitchen"), "everyday_goods"),
        (theme("随便看看"), "everyday_goods"),
        (theme("秋冬换季女装", "seasonal", "womenswear"), "season"),
        (theme("数码新品首发", "created", "electronics"), "new_arrivals"),
        (theme("母亲节送礼", "seasonal", "jewelry"), "gift_guide"),
        (theme("Camping and hiking weekend", "event", "sports_outdoor"), "outdoor_scene"),
    ],
)
def test_the_rules_of_the_manifests_choose(given: Theme, expected: str) -> None:
    choice = choose_template(given, "zh", [make_product(1)], load_templates())
    assert choice.template_id == expected
    assert choice.reasons
    assert choice.runner_up.startswith(choice.others[0].template_id)
    assert {choice.template_id, *(each.template_id for each in choice.others)} == set(load_templates())


def manifest(name: str, *rules: MatchRule, base: float = 0.0) -> TemplateManifest:
    return TemplateManifest(id=name, version=3, name={"en": name}, components=(), rules=rules, base_weight=base)


def test_every_given_field_of_a_rule_must_hold() -> None:
    strict = MatchRule(
        weight=5,
        theme_kinds=("seasonal",),
        languages=("zh",),
        min_products=2,
        max_median_price=400,
        because={"zh": "全部", "en": "all of it"},
    )
    templates = {"a": manifest("a", strict), "b": manifest("b", base=1)}
    goods = [make_product(1), make_product(2)]

    def chosen(kind: str, language: str, count: int, factor: int = 1) -> str:
        some = [p.model_copy(update={"tiers": (p.tiers[0].model_copy(update={"price": 100 * factor}),)}) for p in goods]
        return choose_template(theme("x", kind), language, some[:count], templates).template_id  # type: ignore[arg-type]

    assert chosen("seasonal", "zh", 2) == "a"
    assert chosen("event", "zh", 2) == "b"
    assert chosen("seasonal", "en", 2) == "b"
    assert chosen("seasonal", "zh", 1) == "b"
    assert chosen("seasonal", "zh", 2, factor=9) == "b"


def test_ties_go_to_the_lower_id_and_the_choice_names_version_and_runner_up() -> None:
    rule = MatchRule(weight=2, because={"zh": "一样", "en": "both alike"})
    choice = choose_template(theme("x"), "en", [], {"b": manifest("b", rule), "a": manifest("a", rule)})
    assert (choice.template_id, choice.version, choice.score) == ("a", 3, 2.0)
    assert choice.reasons == ("both alike",)
    assert choice.runner_up == "b (2): both alike"
    told = choose_template(theme("x"), "zh", [], {"b": manifest("b", rule), "a": manifest("a", rule)})
    assert (told.reasons, told.runner_up) == (("一样",), "b (2): 一样")
    assert told.why == choice.why  # both languages are kept, whichever the venue speaks


def test_without_templates_the_step_fails_for_good() -> None:
    with pytest.raises(PermanentError):
        choose_template(theme("x"), "zh", [], {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id: other\nversion: 1\nname: {en: x}\ncomponents: [{name: hero}, {name: floor, per_floor: true}]", "folder"),
        ("id: mine\nversion: 1\nname: {en: x}\ncomponents: [{name: floor, per_floor: true}]", "hero"),
        ("id: mine\nversion: 1\nname: {en: x}\ncomponents: [{name: hero}]", "per floor"),
        ("id: mine\nversion: 1\nname: {en: x}\ncomponents: []\ntypo: 1", "typo"),
        ("id: [", "cannot be used"),
    ],
)
def test_a_wrong_manifest_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    package = tmp_path / "mine"
    package.mkdir()
    for name in ("page.html.j2", "style.css", "sample.json"):
        (package / name).write_text("")
    (package / "manifest.yaml").write_text(text)
    with pytest.raises(PermanentError, match=says) as caught:
        read_templates(tmp_path)
    assert "page_templates/mine" in caught.value.where


def test_an_incomplete_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "_parts").mkdir()
    with pytest.raises(PermanentError, match=r"manifest\.yaml, page\.html\.j2, style\.css, sample\.json"):
        read_templates(tmp_path)
