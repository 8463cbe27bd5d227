"""The held-out rules briefs: in the documented format, about the sample catalogue, no contradiction but where one is meant."""

from __future__ import annotations

import collections
import itertools
import json
import operator
import statistics
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from huichang.catalog.product import Product
from infra.sample.generate import products

ROOT = Path(__file__).parents[2]
BRIEFS = ROOT / "infra/bench/data/briefs_heldout.jsonl"
OPERATORS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq}
KEYS = {"brief", "language", "pool", "where", "percentile", "unsupported", "conflict", "tag"}
LANGUAGES = {"zh", "en", "mixed"}
# Half price and more is nowhere in the sample catalogue: what these briefs ask for has to be told as empty, not guessed.
STEEPEST_DISCOUNT = 0.49


@cache
def briefs() -> list[dict[str, Any]]:
    return [json.loads(line) for line in BRIEFS.read_text("utf-8").splitlines()]


@cache
def catalogue() -> list[tuple[Product, dict[str, float | bool | None]]]:
    return [(product, dict(product.indicators())) for product in map(Product.model_validate, products())]


@cache
def indicators() -> dict[str, dict[str, Any]]:
    rows = yaml.safe_load((ROOT / "layers/shared/huichang/catalog/indicators.yaml").read_text("utf-8"))["indicators"]
    return {row["code"]: row for row in rows}


def pool_of(brief: dict[str, Any]) -> list[tuple[Product, dict[str, float | bool | None]]]:
    if brief["pool"] is None:
        return catalogue()
    return [pair for pair in catalogue() if set(brief["pool"]) & set(pair[0].category_path)]


def meets(product: Product, values: dict[str, float | bool | None], condition: dict[str, Any]) -> bool:
    code, wanted = condition["indicator"], condition["value"]
    if code == "category":
        return bool(set(wanted) & set(product.category_path))
    if code == "brand":
        return product.brand in wanted
    if code == "attribute":
        return bool(set(wanted) & set(product.attributes.values()))
    value = values[code]
    return value is not None and bool(OPERATORS[condition["op"]](value, wanted))


def as_conditions(brief: dict[str, Any]) -> list[dict[str, Any]]:
    """Conditions of a brief with its percentiles as numbers: linear interpolation over the known values of the pool."""
    found = list(brief["where"])
    for part in brief["percentile"]:
        known = [float(value) for _, values in pool_of(brief) if (value := values[part["indicator"]]) is not None]
        cut = statistics.quantiles(known, n=100, method="inclusive")[part["p"] - 1]
        found.append({"indicator": part["indicator"], "op": part["op"], "value": cut})
    return found


def contradicts(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether no number or boolean can meet both conditions."""
    if first["indicator"] != second["indicator"] or first["op"] == "in":
        return False
    if first["op"] == "=":
        return bool(first["value"] != second["value"])
    low, high = sorted((first, second), key=lambda part: part["op"][0] == "<")
    if low["op"][0] == high["op"][0]:
        return False
    return bool(low["value"] > high["value"] or (low["value"] == high["value"] and "=" not in low["op"] + high["op"]))


def is_well_formed(condition: dict[str, Any]) -> bool:
    """Whether the code is known, and takes this operator and a value of this type and range."""
    row, operation, value = indicators()[condition["indicator"]], condition["op"], condition["value"]
    if row["type"] == "boolean":
        return operation == "=" and isinstance(value, bool)
    if row["type"] == "text":
        return operation == "in" and bool(value) and all(isinstance(name, str) for name in value)
    low, high = row["range"]
    within = type(value) in {int, float} and (low is None or value >= low) and (high is None or value <= high)
    return within and operation in {"<=", ">=", "<", ">"}


def test_there_are_enough_of_them_in_both_languages_and_none_twice() -> None:
    languages = collections.Counter(brief["language"] for brief in briefs())
    assert len(briefs()) >= 170
    assert set(languages) == LANGUAGES
    assert languages["zh"] >= 80
    assert languages["en"] >= 80
    assert len({brief["brief"] for brief in briefs()}) == len(briefs())


def test_every_brief_is_in_the_documented_format() -> None:
    for brief in briefs():
        said = brief["brief"]
        assert set(brief) == KEYS, said
        assert brief["tag"], said
        assert all(word in said for word in brief["unsupported"]), said
        for condition in brief["where"]:
            assert set(condition) == {"indicator", "op", "value"}, said
            assert is_well_formed(condition), said
        for part in brief["percentile"]:
            assert set(part) == {"indicator", "op", "p"}, said
            assert indicators()[part["indicator"]]["type"] in {"number", "rate"}, said
            assert part["op"] in {"<=", ">="}, said
            assert 0 < part["p"] < 100, said


def test_pools_and_names_are_those_of_the_sample_catalogue() -> None:
    names: dict[str, set[str | None]] = {
        "category": {name for product, _ in catalogue() for name in product.category_path},
        "brand": {product.brand for product, _ in catalogue()},
        "attribute": {value for product, _ in catalogue() for value in product.attributes.values()},
    }
    asked = [("category", name) for brief in briefs() for name in brief["pool"] or []]
    asked += [(part["indicator"], name) for brief in briefs() for part in brief["where"] if part["op"] == "in" for name in part["value"]]
    assert [(code, name) for code, name in asked if name not in names[code]] == []


def test_every_indicator_is_asked_for_at_least_twice() -> None:
    asked = collections.Counter(code for brief in briefs() for code in {part["indicator"] for part in brief["where"] + brief["percentile"]})
    assert set(asked) == set(indicators())
    assert {code: count for code, count in asked.items() if count < 2} == {}


def test_conflict_is_said_exactly_where_two_conditions_contradict() -> None:
    for brief in briefs():
        found = any(contradicts(*pair) for pair in itertools.combinations(as_conditions(brief), 2))
        assert found == brief["conflict"], brief["brief"]


def test_what_a_brief_selects_tells_a_right_reading_from_a_wrong_one() -> None:
    for brief in briefs():
        conditions, pool = as_conditions(brief), pool_of(brief)
        selected = [product for product, values in pool if all(meets(product, values, part) for part in conditions)]
        steep = any(part["indicator"] == "discount_rate" and part["value"] > STEEPEST_DISCOUNT for part in conditions)
        if brief["conflict"]:
            assert not selected, brief["brief"]
        elif conditions and not steep:
            assert 0 < len(selected) < len(pool), brief["brief"]
