"""Read what an evaluation is given: products as JSON lines, judgments as CSV, plain or .gz. Bad lines are named."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TextIO, cast

from pydantic import ValidationError

from huichang.catalog.product import Product

_MEASURES = (
    "moq",
    "stock",
    "sales_30d",
    "sales_growth_7d",
    "rating",
    "review_count",
    "repurchase_rate",
    "return_rate",
    "ship_within_hours",
    "listed_days",
)
_BENEFITS = ("free_shipping", "dropshipping", "sample_available", "customizable", "cross_border")


class BadFileError(ValueError):
    """A file that cannot be evaluated; the message says which line and why."""


def read_products(path: Path) -> list[Product]:
    """Every product of a file in `{"id","title","language","category_path","brand","attributes","description","price",…}`.

    A missing price becomes 1 (no recall by words or meaning looks at it). Raises BadFileError naming file and line.
    """
    products: dict[str, Product] = {}
    with _opened(path) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                product = product_of(json.loads(line))
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                raise BadFileError(f"{path}:{number}: {_why(error)}") from error
            if product.id in products:
                raise BadFileError(f"{path}:{number}: a second product with the id {product.id!r}")
            products[product.id] = product
    if not products:
        raise BadFileError(f"{path}: no product")
    return list(products.values())


def product_of(row: Mapping[str, Any]) -> Product:
    """One row as a product. Raises ValueError (pydantic's included) or KeyError for what cannot be one."""
    price = _price(row.get("price"))
    list_price = _price(row.get("list_price"), missing=None)
    fields: dict[str, Any] = {
        "id": str(row["id"]),
        "catalogue": "evaluation",
        "language": row.get("language") or "en",
        "title": str(row["title"])[:400],
        "category_path": tuple(str(step) for step in row.get("category_path") or ()),
        "industry": row.get("industry") or None,
        "brand": str(row["brand"]) if row.get("brand") else None,
        "attributes": {str(name): _text(value) for name, value in (row.get("attributes") or {}).items() if value not in (None, "", [])},
        "description": str(row.get("description") or "")[:20_000],
        "reviews": tuple(str(text) for text in row.get("reviews") or ()),
        "localized": row.get("localized") or {},
        "currency": row.get("currency") or "CNY",
        "tiers": [{"min_quantity": 1, "price": price}],
        "list_price": list_price if price is not None and list_price is not None and list_price >= price else None,
        "merchant": {
            "id": str(row.get("merchant") or "m"),
            "years": row.get("merchant_years"),
            "factory_verified": bool(row.get("factory_verified")),
        },
        "benefits": [name for name in _BENEFITS if row.get(name)],
    }
    fields |= {name: row[name] for name in _MEASURES if row.get(name) is not None}
    return Product.model_validate(fields)


def read_judgments(path: Path) -> dict[str, dict[str, float]]:
    """Query to {product id: grade} from a CSV with the columns query, product_id, grade. Raises BadFileError."""
    judged: dict[str, dict[str, float]] = {}
    with _opened(path) as stream:
        reader = csv.DictReader(stream)
        missing = {"query", "product_id", "grade"} - set(reader.fieldnames or ())
        if missing:
            raise BadFileError(f"{path}: no column {', '.join(sorted(missing))}; it has {', '.join(reader.fieldnames or ())}")
        for row in reader:
            try:
                grade = float(row["grade"])
            except ValueError as error:
                raise BadFileError(f"{path}:{reader.line_num}: the grade {row['grade']!r} is no number") from error
            judged.setdefault(row["query"], {})[row["product_id"]] = grade
    if not judged:
        raise BadFileError(f"{path}: no judgment")
    return judged


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            yield cast(TextIO, stream)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadFileError(f"{path}: {error}") from error


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _price(value: object, missing: Decimal | None = Decimal(1)) -> Decimal | None:
    try:
        amount = Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        amount = None
    return amount if amount is not None and amount > 0 else missing


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    if isinstance(error, KeyError):
        return f"no field {error.args[0]!r}"
    return str(error)
