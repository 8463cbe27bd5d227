"""The sample catalogue: the promised numbers, valid records, and the same bytes every time."""

from __future__ import annotations

import collections
import gzip
import json
import time
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from huichang.catalog.product import Product
from huichang.pictures import parse_drawing_url, render_url
from huichang.trends.trend import Trend
from infra.sample.__main__ import main, write
from infra.sample.generate import products
from infra.sample.tables import DATA, INDUSTRIES, pair
from infra.sample.trends import trends

ROOT = Path(__file__).parents[2]
FIELDS = {
    "id", "catalogue", "language", "title", "category_path", "industry",
    "brand", "attributes", "description", "reviews", "localized", "currency",
    "tiers", "list_price", "moq", "stock", "sales_30d", "sales_growth_7d",
    "rating", "review_count", "repurchase_rate", "return_rate", "ship_within_hours", "listed_days",
    "merchant", "benefits", "enrolled", "enrolments", "pictures",
}  # fmt: skip


@cache
def records() -> list[dict[str, Any]]:
    return list(products())


def kind_of(record: dict[str, Any]) -> str:
    return parse_drawing_url(record["pictures"][0]).kind


def test_size_of_the_catalogue() -> None:
    assert len(records()) >= 1800
    assert {record["industry"] for record in records()} == set(INDUSTRIES)
    assert len({record["merchant"]["id"] for record in records()}) >= 80
    counts = collections.Counter(record["industry"] for record in records())
    assert counts["womenswear"] >= 250
    assert min(counts.values()) >= 60
    assert sum(kind_of(record) == "panda-plush" for record in records()) >= 60


def test_panda_plush_comes_in_many_forms_and_has_realistic_negatives() -> None:
    forms = {parse_drawing_url(record["pictures"][0]).detail.get("form", "") for record in records() if kind_of(record) == "panda-plush"}
    assert {"keyring", "pillow", "puppet", "soother", "bamboo"} <= forms
    others = {kind_of(record) for record in records() if "熊猫" in record["title"]} - {"panda-plush"}
    assert {"mug", "t-shirt"} <= others


def test_cheap_womenswear_with_free_shipping_is_plenty() -> None:
    cheap = [
        record
        for record in records()
        if record["industry"] == "womenswear" and "free_shipping" in record["benefits"] and float(record["tiers"][0]["price"]) <= 30
    ]
    assert len(cheap) >= 100


def test_every_record_is_a_product_with_exactly_the_documented_fields() -> None:
    for record in records():
        assert set(record) == FIELDS
        product = Product.model_validate(record)
        prices = [tier.price for tier in product.tiers]
        assert prices == sorted(prices, reverse=True)
        assert len(set(prices)) == len(prices)
        assert product.moq == product.tiers[0].min_quantity
        assert product.rating is None or 4.2 <= product.rating <= 5.0
        assert product.ship_within_hours in (24, 48, 72, 168)
        assert len(product.reviews) <= 3
        assert product.localized["en"].title.replace("×", "x").isascii()


def test_ids_and_titles_are_unique_in_both_languages() -> None:
    assert len({record["id"] for record in records()}) == len(records())
    assert len({record["title"] for record in records()}) == len(records())
    assert len({record["localized"]["en"]["title"] for record in records()}) == len(records())


def test_every_picture_can_be_drawn_and_a_product_has_three_views() -> None:
    seen = {picture for record in records() for picture in record["pictures"]}
    for picture in sorted(seen):
        assert len(render_url(picture).encode()) <= 6144, picture
    assert all(len({parse_drawing_url(url).camera for url in record["pictures"]}) == 3 for record in records())


def test_sales_have_a_long_tail_and_most_products_are_enrolled() -> None:
    sales = sorted(record["sales_30d"] for record in records())
    assert sum(sales[-len(sales) // 10 :]) > 0.6 * sum(sales)
    assert 0.92 < sum(record["enrolled"] for record in records()) / len(records()) < 0.98
    assert any(record["list_price"] is None for record in records())


def test_same_seed_same_bytes_and_quickly(tmp_path: Path) -> None:
    started = time.monotonic()
    counts = write(tmp_path / "a")
    assert time.monotonic() - started < 10
    write(tmp_path / "b")
    for name in ("products.jsonl.gz", "trends.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    with gzip.open(tmp_path / "a/products.jsonl.gz", "rt", encoding="utf-8") as stream:
        assert [json.loads(line) for line in stream] == records()
    assert sum(counts.values()) == len(records())
    write(tmp_path / "c", seed=7)
    assert (tmp_path / "a/products.jsonl.gz").read_bytes() != (tmp_path / "c/products.jsonl.gz").read_bytes()


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path), "--trends-until", "2027-01-31"]) == 0
    assert "16 industries" in capsys.readouterr().out
    lines = (tmp_path / "trends.jsonl").read_text(encoding="utf-8").splitlines()
    assert max(Trend.model_validate_json(line).observed_on for line in lines) == date(2027, 1, 31)


def test_trends_cover_all_kinds_and_both_languages() -> None:
    found = [Trend.model_validate(trend) for trend in trends()]
    assert len(found) >= 60
    assert len({trend.id for trend in found}) == len(found)
    assert {trend.kind for trend in found} == {"industry", "seasonal", "event"}
    assert {(trend.kind, trend.language) for trend in found} == {
        (kind, language) for kind in ("industry", "seasonal", "event") for language in ("zh", "en")
    }
    assert {trend.industry for trend in found if trend.industry} == set(INDUSTRIES)
    words = " ".join(trend.title for trend in found)
    for word in ("花花", "熊猫热", "露营", "中秋", "国庆", "双11", "开学", "Christmas", "Back to school", "女装"):
        assert word in words


def test_industry_codes_are_those_of_the_product() -> None:
    listed = yaml.safe_load((ROOT / "layers/shared/huichang/catalog/industries.yaml").read_text(encoding="utf-8"))
    assert {entry["code"] for entry in listed} == set(INDUSTRIES)
    assert {path.stem for path in DATA.glob("*.yaml")} == {*INDUSTRIES, "trends"}


@pytest.mark.parametrize("text", ["只有中文", "/en", "zh/"])
def test_a_pair_without_both_languages_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a zh/en pair"):
        pair(text)
