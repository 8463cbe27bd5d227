"""The files of `huichang eval rules`, JSON lines, plain or .gz: products with the indicator codes as fields, and labelled briefs."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from huichang.adapters.index_conditions import numeric_indicator, percentile_rank
from huichang.catalog.indicators import INDICATORS
from huichang.catalog.product import Product
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Language, detect_language
from huichang.selection.conditions import attribute_term, meets, text_terms
from huichang.selection.model import Condition, Eligibility
from huichang.selection.values import TextIndicator
from huichang.selection.words import fold

MAX_LINE = 5_000_000
_KINDS: tuple[TextIndicator, ...] = ("brand", "category", "attribute")
_OPERATORS = {"number": ("<=", ">=", "<", ">", "="), "rate": ("<=", ">=", "<", ">", "="), "boolean": ("=",), "text": ("=", "in")}


@dataclass(frozen=True)
class EvalProduct:
    """A product as a rule looks at it. A field that is missing or null is unknown, and meets nothing."""

    id: str
    category_path: tuple[str, ...]
    brand: str | None
    attributes: Mapping[str, str]
    measures: Mapping[str, float | bool | None]
    localized: Mapping[Language, Any] = field(default_factory=dict)

    def indicators(self) -> Mapping[str, float | bool | None]:
        """Value of every numeric and boolean indicator; None where not known."""
        return self.measures


@dataclass(frozen=True)
class Percentile:
    """An expected percentile of the pool."""

    indicator: str
    op: str
    p: float


@dataclass(frozen=True)
class EvalBrief:
    """A brief and what it asks for. `pool`: names of categories, None for all products."""

    brief: str
    language: Language
    pool: tuple[str, ...] | None
    where: tuple[Condition, ...]
    percentile: tuple[Percentile, ...]
    unsupported: tuple[str, ...]
    conflict: bool
    tag: str


class EvalIndex:
    """The products of a file behind the part of the ProductIndex port that rules need. The percentile is the embedded index's own."""

    def __init__(self, products: Sequence[EvalProduct]) -> None:
        self.products = tuple(products)
        self._place = {product.id: place for place, product in enumerate(self.products)}
        self._met: dict[tuple[str, str, object], frozenset[int]] = {}

    def pool(self, names: Sequence[str] | None) -> Eligibility:
        """The products with one of these names in their category path (in any language of theirs), None for all."""
        if names is None:
            return Eligibility(enrolled=False, min_stock=0)
        places = sorted({place for name in names for place in self._having["category"].get(fold(name), ())})
        ids = tuple(self.products[place].id for place in places)
        return Eligibility(enrolled=False, min_stock=0, product_ids=ids)

    def percentile(self, indicator: str, p: float, where: Eligibility) -> float | None:
        """See ProductIndex."""
        code, share = numeric_indicator(indicator, "percentile"), percentile_rank(p)
        known = [self.products[place].measures.get(code) for place in self._eligible(where)]
        values = [float(value) for value in known if value is not None]
        return float(np.quantile(np.asarray(values, dtype=np.float64), share)) if values else None

    def count(self, where: Eligibility) -> int:
        """See ProductIndex."""
        return len(self._eligible(where))

    def known_values(self, indicator: TextIndicator, terms: Sequence[str], where: Eligibility) -> dict[str, int]:
        """See ProductIndex."""
        as_term = attribute_term if indicator == "attribute" else fold
        having = {term: self._having[indicator].get(as_term(term), frozenset()) for term in terms}
        eligible = self._eligible(where)
        return {term: count for term, places in having.items() if places and (count := len(places & eligible))}

    def selected(self, where: Eligibility) -> frozenset[str]:
        """Ids of the products that meet everything."""
        return frozenset(self.products[place].id for place in self._eligible(where))

    @cached_property
    def _having(self) -> dict[str, dict[str, frozenset[int]]]:
        found: dict[str, dict[str, set[int]]] = {kind: {} for kind in _KINDS}
        for kind in _KINDS:
            for place, product in enumerate(self.products):
                for term in text_terms(product, kind):
                    found[kind].setdefault(term, set()).add(place)
        return {kind: {term: frozenset(places) for term, places in terms.items()} for kind, terms in found.items()}

    def _eligible(self, where: Eligibility) -> frozenset[int]:
        found = frozenset(range(len(self.products)))
        if where.product_ids is not None:
            found = frozenset(self._place[one] for one in where.product_ids if one in self._place)
        for condition in where.conditions:
            found &= self._meeting(condition)
        return found

    def _meeting(self, condition: Condition) -> frozenset[int]:
        key = (condition.indicator, condition.op, condition.value)
        if key not in self._met:
            self._met[key] = frozenset(place for place, product in enumerate(self.products) if meets(product, condition))
        return self._met[key]


def read_products(path: Path) -> list[EvalProduct]:
    """Products of a file. Raises InvalidInputError that names line and field."""
    found: dict[str, EvalProduct] = {}
    for line, record in _records(path):
        product = _product(record, f"{path.name}:{line}")
        if product.id in found:
            raise InvalidInputError(
                f"the id {product.id!r} stands twice", where=f"{path.name}:{line}", mend="give every product its own id"
            )
        found[product.id] = product
    if not found:
        raise InvalidInputError("there is no product in the file", where=path.name, mend="write one JSON object per line")
    return list(found.values())


def read_briefs(path: Path) -> list[EvalBrief]:
    """Briefs of a file. Raises InvalidInputError that names line and field."""
    found = [_brief(record, f"{path.name}:{line}") for line, record in _records(path)]
    if not found:
        raise InvalidInputError("there is no brief in the file", where=path.name, mend="write one JSON object per line")
    return found


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig") if path.suffix == ".gz" else path.open(encoding="utf-8-sig") as lines:
            for number, text in enumerate(lines, 1):
                if not text.strip():
                    continue
                if len(text) > MAX_LINE:
                    raise InvalidInputError(f"the line has more than {MAX_LINE:,} characters", where=f"{path.name}:{number}")
                try:
                    record = json.loads(text)
                except ValueError as error:
                    raise InvalidInputError(
                        f"no JSON: {error}", where=f"{path.name}:{number}", mend="write one JSON object per line"
                    ) from error
                if not isinstance(record, dict):
                    raise InvalidInputError("no JSON object", where=f"{path.name}:{number}", mend="write one JSON object per line")
                yield number, record
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}", where=str(path), mend="name a UTF-8 file of JSON lines") from error


def _product(record: dict[str, Any], where: str) -> EvalProduct:
    if "tiers" in record:  # the import format of a catalogue (infra/sample/README.md)
        try:
            known = Product.model_validate(record)
        except ValueError as error:
            raise InvalidInputError(f"no product in the import format: {error}", where=where) from error
        return EvalProduct(known.id, known.category_path, known.brand, known.attributes, known.indicators(), known.localized)
    identity = record.get("id")
    if not isinstance(identity, (str, int)) or isinstance(identity, bool) or identity == "":
        raise InvalidInputError("a product needs an id", where=where, mend='add "id"')
    path = record.get("category_path") or []
    if not isinstance(path, list) or not all(isinstance(step, str) for step in path):
        raise InvalidInputError("category_path is no list of texts", where=where, mend='write ["Kitchen","Mugs"]')
    attributes = record.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise InvalidInputError("attributes is no object", where=where, mend='write {"material":"cotton"}')
    brand = record.get("brand")
    return EvalProduct(
        id=str(identity),
        category_path=tuple(path),
        brand=str(brand) if brand not in (None, "") else None,
        attributes={str(name): _text(value) for name, value in attributes.items() if value not in (None, "")},
        measures={code: _measure(record.get(code), code, where) for code, entry in INDICATORS.items() if entry.type != "text"},
    )


def _text(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _measure(value: Any, code: str, where: str) -> float | bool | None:
    if value is None:
        return None
    if INDICATORS[code].type == "boolean":
        if not isinstance(value, bool):
            raise InvalidInputError(f"{code} is {value!r}, which is neither true, false nor null", where=where)
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidInputError(
            f"{code} is {value!r}, which is no number", where=where, mend="write a number, or null where it is not known"
        )
    return float(value)


def _brief(record: dict[str, Any], where: str) -> EvalBrief:
    text = record.get("brief")
    if not isinstance(text, str) or not text.strip():
        raise InvalidInputError("a brief needs its sentence", where=where, mend='add "brief"')
    language: Language = "zh" if (record.get("language") or detect_language(text)) == "zh" else "en"
    pool = record.get("pool")
    if pool is not None and (not isinstance(pool, list) or not all(isinstance(name, str) for name in pool)):
        raise InvalidInputError("pool is neither null nor a list of category names", where=where)
    try:
        return EvalBrief(
            brief=text,
            language=language,
            pool=None if pool is None else tuple(pool),
            where=tuple(_condition(entry) for entry in record.get("where") or ()),
            percentile=tuple(_percentile(entry) for entry in record.get("percentile") or ()),
            unsupported=tuple(str(word) for word in record.get("unsupported") or ()),
            conflict=bool(record.get("conflict", False)),
            tag=str(record.get("tag") or "untagged"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInputError(
            f"no condition: {error}", where=where, mend='write {"indicator","op","value"} or {"indicator","op","p"}'
        ) from error


def _condition(entry: dict[str, Any]) -> Condition:
    code, op, value = entry["indicator"], entry["op"], entry["value"]
    indicator = INDICATORS.get(code)
    if indicator is None:
        raise ValueError(f"there is no indicator {code!r}")
    if op not in _OPERATORS[indicator.type]:
        raise ValueError(f"{code} cannot be compared with {op!r}")
    if indicator.type == "text":
        return Condition(indicator=code, op=op, value=tuple(map(str, value)) if isinstance(value, list) else str(value))
    if indicator.type == "boolean":
        if not isinstance(value, bool):
            raise ValueError(f"{code} is compared with true or false")
        return Condition(indicator=code, op=op, value=value)
    if isinstance(value, bool):
        raise ValueError(f"{code} is compared with a number")
    return Condition(indicator=code, op=op, value=float(value))


def _percentile(entry: dict[str, Any]) -> Percentile:
    code = numeric_indicator(entry["indicator"], "percentile")
    if entry["op"] not in ("<=", ">="):
        raise ValueError(f"a percentile takes <= or >=, not {entry['op']!r}")
    p = float(entry["p"])
    percentile_rank(p)
    return Percentile(code, entry["op"], p)
