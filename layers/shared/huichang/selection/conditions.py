"""What a condition means: whether a product meets it, what excludes what, how an operator reads it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from huichang.catalog.indicators import INDICATORS
from huichang.kernel.language import Language
from huichang.selection.model import Condition, Eligibility
from huichang.selection.words import fold, say

VALUE_SEPARATORS = re.compile(r"[,，、;；|/]")


class Words(Protocol):
    """The words of a product in one language."""

    @property
    def category_path(self) -> Sequence[str]:
        """From root to leaf."""
        ...

    @property
    def attributes(self) -> Mapping[str, str]:
        """CPV attributes."""
        ...


class Measured(Words, Protocol):
    """What conditions look at; a catalog Product is one."""

    @property
    def brand(self) -> str | None:
        """Brand, or None."""
        ...

    @property
    def localized(self) -> Mapping[Language, Words]:
        """The same in other languages."""
        ...

    def indicators(self) -> Mapping[str, float | bool | None]:
        """Value of every numeric and boolean indicator; None where not known."""
        ...


def meets(product: Measured, condition: Condition) -> bool:
    """Whether the product meets the condition; what is not known meets nothing."""
    indicator = INDICATORS.get(condition.indicator)
    if indicator is None:
        return False
    if indicator.type == "text":
        wanted = condition.value if isinstance(condition.value, tuple) else (str(condition.value),)
        as_term = attribute_term if condition.indicator == "attribute" else fold
        return not text_terms(product, condition.indicator).isdisjoint(as_term(word) for word in wanted)
    known = product.indicators().get(condition.indicator)
    if known is None or isinstance(condition.value, (str, tuple)):
        return False
    if indicator.type == "boolean":
        return bool(known) is bool(condition.value)
    value, limit = float(known), float(condition.value)
    return {
        "<=": value <= limit,
        ">=": value >= limit,
        "<": value < limit,
        ">": value > limit,
        "=": value == limit,
        "in": False,
    }[condition.op]


def text_terms(product: Measured, indicator: str) -> set[str]:
    """What a text condition is compared with, folded: category steps, the brand, or attribute values with and without name."""
    others = product.localized.values()
    if indicator == "category":
        paths = [product.category_path, *(other.category_path for other in others)]
        return {fold(step) for path in paths for step in path}
    if indicator == "brand":
        return {fold(product.brand)} if product.brand else set()
    attributes = [product.attributes, *(other.attributes for other in others)]
    terms = set()
    for one in attributes:
        for name, values in one.items():
            for value in (values, *VALUE_SEPARATORS.split(values)):
                terms |= {fold(value), f"{fold(name)}={fold(value)}"}
    return terms


def attribute_term(text: str) -> str:
    """A wanted attribute as it is compared: "材质： 纯棉" gives 材质=纯棉 (the same in adapters/index_text.py)."""
    name, separator, value = fold(text).replace(":", "=").partition("=")
    return f"{name.strip()}={value.strip()}" if separator else name.strip()


def in_words(condition: Condition, language: Language) -> str:
    """A condition as an operator reads it: "价格 ≤ 30", "free shipping"."""
    indicator = INDICATORS.get(condition.indicator)
    name = condition.indicator if indicator is None else indicator.name[language]
    if isinstance(condition.value, bool):
        return name if condition.value else say(language, f"不{name}", f"no {name}")
    sign = {"<=": "≤", ">=": "≥"}.get(condition.op, condition.op)
    if isinstance(condition.value, tuple):
        return f"{name} = {' / '.join(condition.value)}"
    if isinstance(condition.value, str):
        return f"{name} = {condition.value}"
    if indicator is not None and indicator.type == "rate":
        return f"{name} {sign} {condition.value:.4g}" if condition.value > 1 else f"{name} {sign} {condition.value:.0%}"
    return f"{name} {sign} {condition.value:,.10g}"


def with_conditions(where: Eligibility, conditions: Sequence[Condition]) -> Eligibility:
    """The eligibility with these conditions added to its own."""
    return where.model_copy(update={"conditions": (*where.conditions, *conditions)})


def exclude_each_other(first: Condition, second: Condition) -> bool:
    """Whether no product can meet both: yes and no, or two intervals of one measure that have nothing in common.

    A price is never above its list price, so that a lowest price above a highest list price excludes each other too.
    Text conditions never do: a product may have several values.
    """
    if {first.indicator, second.indicator} == {"price", "list_price"}:
        price, listed = (first, second) if first.indicator == "price" else (second, first)
        return price.op in (">", ">=", "=") and listed.op in ("<", "<=", "=") and _empty(price, listed)
    if first.indicator != second.indicator:
        return False
    if isinstance(first.value, bool) and isinstance(second.value, bool):
        return first.value is not second.value
    if _is_number(first) and _is_number(second):
        return _empty(first, second) or _empty(second, first)
    return False


def same_side(first: Condition, second: Condition) -> bool:
    """Whether both bound one measure from the same side, so that one of them says nothing new."""
    return first.indicator == second.indicator and _is_number(first) and _is_number(second) and first.op[0] == second.op[0] != "="


def stricter(first: Condition, second: Condition) -> bool:
    """Of two on the same side, whether the first leaves less."""
    a, b = float(first.value), float(second.value)  # type: ignore[arg-type]  # both are numbers
    if a == b:
        return len(first.op) < len(second.op)
    return (a < b) == (first.op[0] == "<")


def _is_number(condition: Condition) -> bool:
    return isinstance(condition.value, (int, float)) and not isinstance(condition.value, bool)


def _empty(low: Condition, high: Condition) -> bool:
    """Whether `low` as a lower bound and `high` as an upper bound leave nothing."""
    if low.op[0] == "<" or high.op[0] == ">":
        return False
    a, b = float(low.value), float(high.value)  # type: ignore[arg-type]  # both are numbers
    return a > b or (a == b and (low.op == ">" or high.op == "<"))
