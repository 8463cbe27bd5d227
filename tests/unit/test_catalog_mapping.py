"""Mappings: what they can say, what they refuse, and how a row becomes a product."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from huichang.catalog.inference import infer_industry
from huichang.catalog.mapping import Source, check_header, load_mapping, named_mapping
from huichang.catalog.product import Product
from huichang.catalog.reading import RowMapper
from huichang.catalog.steps import FieldError, Step
from huichang.kernel.errors import InvalidInputError

TODAY = date(2026, 9, 1)
BASE = """
catalogue: test
language: en
currency: USD
missing: [n/a]
fields:
  id: id
  title: name
  price: {column: price, then: [{decimal: point}]}
  merchant: {id: {constant: m1}}
"""
ROW = {"id": "1", "name": "Mug", "price": "$1,299.50"}


def product(extra: str = "", row: dict[str, Any] | None = None) -> tuple[Product, tuple[str, ...]]:
    mapping = load_mapping(BASE + "".join(f"  {line.strip()}\n" for line in extra.splitlines() if line.strip()))
    return RowMapper(mapping, lambda _name, _row: None, TODAY).product(ROW | (row or {}))


def value(then: list[dict[str, Any]], content: Any) -> Any:
    source = Source.model_validate({"column": "x", "then": then})
    mapper = RowMapper(load_mapping(BASE), lambda _name, _row: None, TODAY)
    return mapper._value({"x": content}, source)


# --- steps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("then", "content", "expected"),
    [
        ([{"regex": r"(\d+)\s*ml"}], "Bottle 750 ml", "750"),
        ([{"regex": r"\d+"}], "a 12 b", "12"),
        ([{"regex": "x"}], "abc", None),
        ([{"replace": ["=>", ":"]}], '"a"=>1', '"a":1'),
        ([{"split": ">>"}], " A >> B >>  ", ["A", "B"]),
        ([{"split": ">>"}, {"item": -1}], "A >> B", "B"),
        ([{"split": ">>"}, {"item": 5}], "A >> B", None),
        ([{"split": ">>"}, {"drop_last": 1}], "A >> B >> C", ["A", "B"]),
        ([{"split": ">>"}, {"drop_last": 1}], "A", None),
        ([{"split": ">>"}, {"drop_first": 1}], "A >> B", ["B"]),
        ([{"split": ","}, {"limit": 2}, {"join": "/"}], "a,b,c", "a/b"),
        ([{"map": {"Y": True, "N": False}}], "Y", True),
        ([{"map": {"Y": True}, "otherwise": False}], "?", False),
        ([{"map": {"a": "b"}, "otherwise": "keep"}], "z", "z"),
        ([{"map": {"true": "yes"}}], True, "yes"),
        ([{"map": {1: "one", 2: "two"}}], "2", "two"),
        ([{"decimal": "point"}], "₹ 1,299.00", Decimal("1299.00")),
        ([{"decimal": "point"}], "-3.5 %", Decimal("-3.5")),
        ([{"decimal": "comma"}], "1.299,50 €", Decimal("1299.50")),
        ([{"decimal": "point"}], "1 299.5", Decimal("1299.5")),
        ([{"decimal": "point"}], 7, Decimal(7)),
        ([{"decimal": "point"}, {"multiply": "0.01"}], "1250", Decimal("12.50")),
        ([{"count": True}], "1.2万+", 12_000),
        ([{"count": True}], "77.7k", 77_700),
        ([{"count": True}], "已售3,400件", 3_400),
        ([{"count": True}], "3 mugs", 3),
        ([{"count": True}], "2M", 2_000_000),
        ([{"count": True}], 15, 15),
        ([{"integer": True}], "12.0", 12),
        ([{"json": "[0]"}], '["A >> B"]', "A >> B"),
        ([{"json": "a.b[1].c"}], '{"a": {"b": [0, {"c": 1.50}]}}', Decimal("1.50")),
        ([{"json": "items[*].name"}], '{"items": [{"name": "x"}, {}, {"name": "y"}]}', ["x", "y"]),
        ([{"json": "a.missing"}], '{"a": {}}', None),
        ([{"json": ""}], '["a", "b"]', ["a", "b"]),
        ([{"json": "a"}], {"a": "already parsed"}, "already parsed"),
        ([{"pick": "n"}], [{"n": "1"}, {"n": ""}, {}, {"n": "2"}], ["1", "2"]),
        ([{"pick": "n"}, {"sum": True}], [{"n": "1"}, {"n": "2.5"}], Decimal("3.5")),
        ([{"length": True}], [1, 2, 3], 3),
        (
            [{"pairs": {"name": "k", "value": "v"}}],
            [{"k": "a", "v": "1"}, {"k": "a", "v": "2"}, {"v": "x"}],
            {"a": "1, 2"},
        ),
        ([{"days": "%Y-%m-%d"}], "2026-08-02", 30),
        ([{"html_text": True}], "<p>Soft &amp; <b>warm</b></p><script>alert(1)</script>", "Soft & warm"),
        ([{"truncate": 4}], "abc defg", "abc"),
        ([{"regex": "x"}, {"decimal": "point"}], "no match, so no error", None),
        ([{"decimal": "point"}], "n/a", None),
        ([{"decimal": "point"}], "   ", None),
    ],
)
def test_steps(then: list[dict[str, Any]], content: Any, expected: Any) -> None:
    assert value(then, content) == expected


@pytest.mark.parametrize(
    ("then", "content", "reason"),
    [
        ([{"decimal": "point"}], "free", "no number"),
        ([{"decimal": "point"}], "1.2.3", "no number"),
        ([{"integer": True}], "1.5", "no whole number"),
        ([{"map": {"Y": True}}], "?", "none of Y"),
        ([{"json": "a"}], "{broken", "not JSON"),
        ([{"split": ","}], [1], "a text is needed"),
        ([{"item": 0}], "text", "a list is needed"),
        ([{"days": "%Y-%m-%d"}], "yesterday", "does not match format"),
        ([{"days": "%Y-%m-%d"}], "2027-01-01", "in the future"),
        ([{"pairs": {"name": "k", "value": "v"}}], ["a"], "an object is needed"),
        ([{"sum": True}], ["a"], "no number"),
    ],
)
def test_values_that_do_not_fit(then: list[dict[str, Any]], content: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        value(then, content)


@pytest.mark.parametrize("step", [{}, {"split": ",", "item": 1}, {"otherwise": 1}, {"split": ",", "otherwise": 1}, {"bogus": 1}])
def test_a_step_does_one_thing(step: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"exactly one thing|belongs to map|Extra inputs"):
        Step.model_validate(step)


# --- products --------------------------------------------------------------------------------------------------------


def test_a_price_and_defaults() -> None:
    made, notes = product()
    assert (made.id, made.title, made.catalogue, made.language, made.currency) == ("1", "Mug", "test", "en", "USD")
    assert [(tier.min_quantity, tier.price) for tier in made.tiers] == [(1, Decimal("1299.50"))]
    assert (made.moq, made.stock, made.enrolled, notes) == (1, None, True, ())
    assert made.industry == "kitchen"


def test_sources() -> None:
    made, _ = product(
        """
        brand: {first: [maker, brand]}
        description: {template: "{name} by {brand}"}
        industry: {constant: toys}
        moq: min
        enrolled: {all: [{column: on, then: [{map: {"1": true}, otherwise: false}]}, {constant: true}]}
        """,
        {"maker": "n/a", "brand": "ACME", "min": "12", "on": "0"},
    )
    assert (made.brand, made.description, made.industry, made.moq) == ("ACME", "Mug by ACME", "toys", 12)
    assert made.enrolled is False


def test_a_template_with_an_empty_part_is_empty() -> None:
    made, _ = product('description: {template: "{name} by {brand}"}', {"brand": ""})
    assert made.description == ""


def test_template_text_from_the_row_is_not_expanded_again() -> None:
    made, _ = product('description: {template: "{name}!"}', {"name": "{price} {0.__class__}"})
    assert made.description == "{price} {0.__class__}!"


def test_tiers_benefits_merchant_and_other_languages() -> None:
    mapping = load_mapping(
        """
catalogue: test
language: zh
currency: CNY
fields:
  id: id
  title: 名称
  tiers: {column: tiers, then: [{json: ""}]}
  merchant: {id: 商家, name: 商家, years: {column: 年限, then: [{decimal: point}]}}
  benefits:
    free_shipping: {column: 运费, then: [{map: {"0": true}, otherwise: false}]}
    dropshipping: {constant: false}
  localized: {en: {title: name_en, category_path: {column: cat_en, then: [{split: "/"}]}}}
"""
    )
    row = {
        "id": "1",
        "名称": "熊猫玩偶",
        "tiers": '[{"min_quantity": 50, "price": 8.5}, {"min_quantity": 2, "price": 12}]',
        "商家": "义乌玩具厂",
        "年限": "3年",
        "运费": "0",
        "name_en": "Panda doll",
        "cat_en": "Toys/Plush",
    }
    made, _ = RowMapper(mapping, lambda _name, _row: None, TODAY).product(row)
    assert [(tier.min_quantity, tier.price) for tier in made.tiers] == [(2, Decimal(12)), (50, Decimal("8.5"))]
    assert (made.merchant.id, made.merchant.years) == ("义乌玩具厂", 3)
    assert made.benefits == ("free_shipping",)
    assert made.localized["en"].title == "Panda doll"
    assert made.localized["en"].category_path == ("Toys", "Plush")
    without, _ = RowMapper(mapping, lambda _name, _row: None, TODAY).product(row | {"name_en": ""})
    assert without.localized == {}


def test_a_list_price_below_the_price_is_left_out_and_noted() -> None:
    made, notes = product("list_price: {column: was, then: [{decimal: point}]}", {"was": "1,000"})
    assert (made.list_price, notes) == (None, ("list_price_below_price",))
    made, notes = product("list_price: {column: was, then: [{decimal: point}]}", {"was": "2,000"})
    assert (made.list_price, notes) == (Decimal(2000), ())


def test_a_field_may_be_dropped_instead_of_its_row() -> None:
    made, notes = product("rating: {column: stars, then: [{decimal: point}], on_error: drop}", {"stars": "many"})
    assert (made.rating, notes) == (None, ("rating_dropped",))


@pytest.mark.parametrize(
    ("extra", "row", "field"),
    [
        ("", {"id": ""}, "id"),
        ("", {"name": "n/a"}, "title"),
        ("", {"price": ""}, "price"),
        ("", {"price": "on request"}, "price"),
        ("", {"price": "0"}, "tiers.0.price"),
        ("", {"name": "x" * 401}, "title"),
        ("rating: stars", {"stars": "9"}, "rating"),
        ("moq: min", {"min": "0"}, "moq"),
        ("moq: min", {"min": "2.5"}, "moq"),
        ("stock: stock", {"stock": "-3"}, "stock"),
        ("benefits: perks", {"perks": ["gold"]}, "benefits.0"),
        ("language: lang", {"lang": "fr"}, "language"),
        ("currency: cur", {"cur": "dollars"}, "currency"),
        ("merchant: shop", {"shop": "just a name"}, "merchant"),
    ],
)
def test_rows_that_do_not_fit_name_their_field(extra: str, row: dict[str, Any], field: str) -> None:
    base = BASE if "merchant" not in extra else BASE.replace("  merchant: {id: {constant: m1}}\n", "")
    mapping = load_mapping(base + (f"  {extra}\n" if extra else ""))
    with pytest.raises(FieldError) as caught:
        RowMapper(mapping, lambda _name, _row: None, TODAY).product(ROW | row)
    assert caught.value.field == field


def test_markup_and_template_syntax_stay_inert_text() -> None:
    title = "<script>alert(1)</script> {{ 7*7 }} ignore all instructions"
    made, _ = product("", {"name": title})
    assert made.title == title


# --- mappings that are refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no fields"),
        ("[1, 2]", "no fields"),
        ("a: [", "not YAML"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("x" * 70_000, "longer than"),
        (BASE.replace("catalogue: test", "catalogue: Test 1"), "catalogue"),
        (BASE.replace("currency: USD", "currency: dollars"), "currency"),
        (BASE.replace("  id: id\n", ""), "fields.id: Field required"),
        (BASE + "  colour: colour\n", "fields.colour"),
        (BASE + "  atributes: a\n", "did you mean attributes?"),
        (BASE + "  tiers: t\n", "either price or tiers"),
        (BASE + "  brand: {column: a, constant: b}\n", "exactly one of"),
        (BASE + "  brand: {column: a, then: [{splitt: x}]}\n", "fields.brand.then.0"),
        (BASE + "  brand: {column: a, then: [{regex: '('}]}\n", "regex"),
        (BASE + "  brand: {column: a, then: [{json: 'a..b'}]}\n", "json path"),
        (BASE + "  benefits: {gold: x}\n", "benefits"),
        (BASE + "joins: {main: {key: a, main_key: b}}\n", "main file"),
        (BASE + "joins: {x: {key: a, main_key: b, many: true, parent: c}}\n", "leave many out"),
    ],
)
def test_a_faulty_mapping_says_where(text: str, says: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        load_mapping(text)
    assert says in str(caught.value)


def test_columns_that_the_file_does_not_have_are_named() -> None:
    mapping = load_mapping(BASE + '  brand: {first: [maker, {template: "{shop} {x.name}"}]}\njoins: {x: {key: k, main_key: x_id}}\n')
    assert mapping.columns() == {"id", "name", "price", "maker", "shop", "x_id"}
    check_header(mapping, ["id", "name", "price", "maker", "shop", "x_id", "more"])
    with pytest.raises(InvalidInputError, match="no column maker, x_id"):
        check_header(mapping, ["id", "name", "price", "shop"])


def test_the_mappings_that_come_along_are_valid() -> None:
    for name in ("sample", "flipkart_20k", "litemall_yanxuan"):
        assert named_mapping(name).catalogue == name
    with pytest.raises(InvalidInputError, match="no mapping") as caught:
        named_mapping("../product")
    assert caught.value.mend == "use one of flipkart_20k, litemall_yanxuan, sample"


def test_the_sample_mapping_reads_what_a_product_writes() -> None:
    """Every field of a Product survives being written as JSON and read through the sample mapping."""
    import json

    from tests.support.products import make_product

    mapper = RowMapper(named_mapping("sample"), lambda _name, _row: None, TODAY)
    for number in range(20):
        made = make_product(number, catalogue="sample", reviews=("好",), pictures=("a.svg",))
        assert mapper.product(json.loads(made.model_dump_json(), parse_float=Decimal))[0] == made


def test_the_sample_mapping_covers_every_field_of_a_product() -> None:
    fields = named_mapping("sample").fields
    mapped = {name for name in type(fields).model_fields if getattr(fields, name) is not None}
    assert set(Product.model_fields) - {"catalogue"} <= mapped


# --- industry --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "title", "industry"),
    [
        (("居家", "被枕"), "白鹅绒秋冬加厚羽绒被", "home_textiles"),
        (("玩具", "毛绒玩具"), "熊猫公仔", "toys"),
        (("Clothing", "Women's Clothing", "Western Wear"), "Alisha Solid Shorts", "womenswear"),
        (("Clothing", "Men's Clothing", "T-Shirts"), "Solid Polo", "menswear"),
        (("Footwear", "Women's Footwear"), "AW Bellies", "shoes_bags"),
        ((), "不锈钢双肩包", "shoes_bags"),
        ((), "家用面包机", None),
        ((), "Carpet", None),
        ((), "", None),
    ],
)
def test_industries_are_told_by_words(path: tuple[str, ...], title: str, industry: str | None) -> None:
    assert infer_industry(path, title) == industry
