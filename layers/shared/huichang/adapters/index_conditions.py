"""What a product index is asked: checked against the indicator catalogue, cut into the few clauses an adapter speaks.

Both adapters build their filters from these clauses only, so that they cannot disagree about what a condition means:
a measure that is not known (NULL) satisfies no condition; text is compared whole, without regard to case and width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huichang.adapters.index_text import attribute_term, term
from huichang.catalog.indicators import INDICATORS
from huichang.catalog.product import PROMOTED
from huichang.kernel.errors import InvalidInputError
from huichang.selection.model import Condition, Eligibility

MAX_HITS = 10_000
"""Most hits of one search or nearest call; OpenSearch's own default window."""

FACET_FIELDS = ("leaf_category", "industry", "brand", "catalogue", "language", "currency")
NUMERIC_OPERATORS = ("<=", ">=", "<", ">", "=")


@dataclass(frozen=True)
class NumberClause:
    """The indicator is known and compares like this; `within` a promotion, where its value depends on one."""

    indicator: str
    op: Literal["<=", ">=", "<", ">", "="]
    value: float
    within: str = ""


@dataclass(frozen=True)
class NumberInClause:
    """The indicator is known and is one of these."""

    indicator: str
    values: tuple[float, ...]
    within: str = ""


@dataclass(frozen=True)
class FlagClause:
    """The boolean indicator has this value."""

    indicator: str
    value: bool
    within: str = ""


@dataclass(frozen=True)
class TermClause:
    """One of the product's terms of this kind is among these."""

    kind: Literal["category", "leaf", "brand", "attribute", "promotion"]
    terms: tuple[str, ...]


@dataclass(frozen=True)
class FieldClause:
    """The field is one of these, compared exactly."""

    field: Literal["catalogue", "industry", "id"]
    values: tuple[str, ...]


@dataclass(frozen=True)
class EnrolledClause:
    """Merchants enrolled the product."""


@dataclass(frozen=True)
class OpenClause:
    """Its enrolment for this promotion holds at this moment (seconds since 1970)."""

    promotion: str
    at: float


@dataclass(frozen=True)
class StockClause:
    """At least this much stock; `unknown_counts` says whether a product without a stock figure passes."""

    at_least: int
    unknown_counts: bool


@dataclass(frozen=True)
class NotIdsClause:
    """None of these products."""

    ids: tuple[str, ...]


Clause = NumberClause | NumberInClause | FlagClause | TermClause | FieldClause | EnrolledClause | OpenClause | StockClause | NotIdsClause


def clauses(where: Eligibility, now: datetime) -> tuple[Clause, ...]:
    """All clauses a product must meet at this moment. Raises InvalidInputError for a condition outside the indicator catalogue.

    `enrolled=False` does not look at enrolment (it does not ask for products that are *not* enrolled). `min_stock`
    up to 1 lets products of unknown stock pass, because many catalogues carry no stock at all; a larger one does not.
    """
    return tuple(_clauses(where, now))


def _clauses(where: Eligibility, now: datetime) -> Iterator[Clause]:
    if where.catalogue is not None:
        yield FieldClause("catalogue", (where.catalogue,))
    if where.enrolled:
        yield EnrolledClause()
    if where.promotion is not None:
        yield TermClause("promotion", (where.promotion,))
        yield OpenClause(where.promotion, where.judged_at(now).timestamp())
    if where.min_stock > 0:
        yield StockClause(where.min_stock, unknown_counts=where.min_stock <= 1)
    if where.industries:
        yield FieldClause("industry", where.industries)
    if where.leaf_categories:
        yield TermClause("leaf", tuple(term(leaf) for leaf in where.leaf_categories))
    if where.product_ids is not None:
        yield FieldClause("id", where.product_ids)
    if where.exclude_ids:
        yield NotIdsClause(where.exclude_ids)
    for condition in where.conditions:
        yield _condition(condition, within(condition.indicator, where))


def within(indicator: str, where: Eligibility) -> str:
    """The promotion whose value of the indicator counts; "" where the product's own does."""
    return where.promotion if where.promotion is not None and indicator in PROMOTED else ""


def _condition(condition: Condition, promotion: str) -> Clause:
    indicator = INDICATORS.get(condition.indicator)
    if indicator is None:
        raise InvalidInputError(
            f"there is no indicator {condition.indicator!r}",
            where="condition",
            mend=f"use one of {', '.join(INDICATORS)}",
        )
    op, value = condition.op, condition.value
    if indicator.type == "text":
        if op == "=" and isinstance(value, str):
            wanted: tuple[str, ...] = (value,)
        elif op == "in" and isinstance(value, tuple):
            wanted = value
        else:
            raise _unfit(condition, "compare it with = and one text, or with in and several")
        as_term = attribute_term if indicator.code == "attribute" else term
        return TermClause(indicator.code, tuple(as_term(text) for text in wanted))  # type: ignore[arg-type]
    if indicator.type == "boolean":
        if op != "=" or not isinstance(value, bool):
            raise _unfit(condition, "compare it with = and true or false")
        return FlagClause(indicator.code, value, promotion)
    if op == "in":
        if not isinstance(value, tuple):
            raise _unfit(condition, "give a list of numbers")
        return NumberInClause(indicator.code, tuple(_number(condition, text) for text in value), promotion)
    if isinstance(value, (bool, tuple)):
        raise _unfit(condition, "compare it with a number")
    return NumberClause(indicator.code, op, _number(condition, value), promotion)


def _number(condition: Condition, value: float | str) -> float:
    try:
        number = float(value)
    except ValueError as error:
        raise _unfit(condition, "compare it with a number") from error
    if not math.isfinite(number):
        raise _unfit(condition, "compare it with a finite number")
    return number


def _unfit(condition: Condition, mend: str) -> InvalidInputError:
    return InvalidInputError(f"{condition.indicator} {condition.op} {condition.value!r} cannot be asked", where="condition", mend=mend)


def numeric_indicator(code: str, where: str) -> str:
    """Return the code if products can be sorted and ranked by it; raises InvalidInputError otherwise."""
    indicator = INDICATORS.get(code)
    if indicator is None or not indicator.is_numeric:
        numeric = ", ".join(item.code for item in INDICATORS.values() if item.is_numeric)
        raise InvalidInputError(f"{code!r} is not a numeric indicator", where=where, mend=f"use one of {numeric}")
    return code


def facet_field(field: str) -> str:
    """Return the field if it has facets; raises InvalidInputError otherwise."""
    if field not in FACET_FIELDS:
        raise InvalidInputError(f"{field!r} has no facet", where="facet", mend=f"use one of {', '.join(FACET_FIELDS)}")
    return field


def wanted_terms(kind: str, terms: Sequence[str]) -> dict[str, list[str]]:
    """The stored form of each term, and the terms as they were asked. Raises InvalidInputError for an unknown kind."""
    if kind not in ("category", "brand", "attribute"):
        raise InvalidInputError(f"{kind!r} has no values", where="known_values", mend="use category, brand or attribute")
    wanted: dict[str, list[str]] = {}
    for asked in dict.fromkeys(terms):
        wanted.setdefault(attribute_term(asked) if kind == "attribute" else term(asked), []).append(asked)
    return wanted


def percentile_rank(p: float) -> float:
    """Return p as a share 0..1; raises InvalidInputError outside 0..100."""
    if not 0 <= p <= 100:
        raise InvalidInputError(f"percentile {p} is outside 0..100", where="percentile")
    return p / 100


def hit_limit(size: int) -> int:
    """Return the size; raises InvalidInputError where it is negative or above MAX_HITS."""
    if not 0 <= size <= MAX_HITS:
        raise InvalidInputError(f"size {size} is outside 0..{MAX_HITS}", where="size")
    return size


def unit_length(vector: Sequence[float], dimension: int) -> list[float]:
    """The vector scaled to length 1. Raises InvalidInputError for a wrong dimension, a zero vector, NaN or infinity."""
    if len(vector) != dimension:
        raise InvalidInputError(f"the vector has {len(vector)} numbers, the index holds {dimension}", where="vector")
    length = math.sqrt(math.fsum(value * value for value in vector))
    if not math.isfinite(length) or length == 0:
        raise InvalidInputError("the vector has no direction (zero, NaN or infinite)", where="vector")
    if abs(length - 1) < 1e-6:  # keep the very floats that were stored, so that a replay finds nothing to write
        return list(vector)
    return [value / length for value in vector]
