"""Buyer segments as data: what buyers declare about their needs, and which facts of a product suit them (segments.yaml)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, model_validator

from huichang.catalog.product import Product
from huichang.kernel.errors import InvalidInputError, in_both
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model

MOST_DECLARED = 12
MOST_AT_ONCE = 6
"""On one campaign: each is a page more to render, to look at and to keep true."""
SegmentId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,11}$")]
DEFAULT = "default"
"""What buyers choose who want the page as everybody gets it. No segment is called so."""


class Fact(Model):
    """One thing that makes a product suit; exactly one kind of it is given."""

    indicator: str = ""
    at_least: float | None = None
    at_most: float | None = None
    tiers_from: Annotated[int, Field(ge=2)] | None = None
    cheapest: Annotated[float, Field(gt=0, lt=1)] | None = None
    attributes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Fact:
        kinds = (bool(self.indicator), self.tiers_from is not None, self.cheapest is not None, bool(self.attributes and self.values))
        if sum(kinds) != 1:
            raise ValueError("a fact is one of: indicator, tiers_from, cheapest, attributes with values")
        return self


class Segment(Model):
    """Buyers with one need. `who`: how a page offers it; `because`: what holds for goods that suit."""

    id: SegmentId
    who: Text
    because: Text
    goods: Annotated[tuple[Fact, ...], Field(min_length=1)]


@cache
def load_segments() -> Mapping[str, Segment]:
    """All that are declared, by id. ValueError for a file that cannot be."""
    told = yaml.safe_load(Path(__file__).with_name("segments.yaml").read_text("utf-8"))
    found = {each.id: each for each in map(Segment.model_validate, told["segments"])}
    if len(found) != len(told["segments"]) or len(found) > MOST_DECLARED or DEFAULT in found:
        raise ValueError(f"segments.yaml: at most {MOST_DECLARED}, each with a name of its own, none called {DEFAULT}")
    return found


def checked(wanted: Iterable[str]) -> tuple[str, ...]:
    """These segments, each once. Raises InvalidInputError (codes unknown_segment, too_many_segments)."""
    ids = tuple(dict.fromkeys(wanted))
    known = load_segments()
    if unknown := [each for each in ids if each not in known]:
        told = both(f"没有这样的人群：{'、'.join(unknown)}", f"there is no segment {', '.join(unknown)}")
        todo = both(f"可选：{'、'.join(known)}", f"there are {', '.join(known)}")
        raise in_both(InvalidInputError(told["en"], where="segments", mend=todo["en"], code="unknown_segment"), told, todo)
    if len(ids) > MOST_AT_ONCE:
        told = both(
            f"一次最多开 {MOST_AT_ONCE} 个人群，这里有 {len(ids)} 个", f"at most {MOST_AT_ONCE} segments at once, these are {len(ids)}"
        )
        todo = both("去掉一些", "leave some out")
        raise in_both(InvalidInputError(told["en"], where="segments", mend=todo["en"], code="too_many_segments"), told, todo)
    return ids


def suits(segment: Segment, goods: Iterable[Product]) -> frozenset[str]:
    """Ids of those of the page's `goods` that suit the segment's buyers. What is not known of a product does not count for it."""
    shown = list(goods)
    tests = [_test(fact, shown) for fact in segment.goods]
    return frozenset(product.id for product in shown if any(test(product) for test in tests))


def _test(fact: Fact, shown: list[Product]) -> Callable[[Product], bool]:
    if fact.tiers_from is not None:
        steps = fact.tiers_from
        return lambda product: len(product.tiers) >= steps
    if fact.cheapest is not None:
        return _cheap(fact.cheapest, shown)
    if fact.attributes:
        words = re.compile(
            "|".join(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in fact.values), re.IGNORECASE
        )
        return lambda product: any(words.search(value) for value in _values(product, fact.attributes))

    def measured(product: Product) -> bool:
        value = product.indicators()[fact.indicator]
        if value is None or (fact.at_least is None and fact.at_most is None):
            return value is True
        return (fact.at_least is None or value >= fact.at_least) and (fact.at_most is None or value <= fact.at_most)

    return measured


def _cheap(share: float, shown: list[Product]) -> Callable[[Product], bool]:
    prices = sorted(product.price.amount for product in shown)
    if not prices or len({product.currency for product in shown}) != 1:
        return lambda _: False
    limit: Decimal = prices[max(0, int(len(prices) * share) - 1)]
    return lambda product: product.price.amount <= limit


def _values(product: Product, names: tuple[str, ...]) -> Iterable[str]:
    wanted = {name.lower() for name in names}
    for attributes in (product.attributes, *(text.attributes for text in product.localized.values())):
        yield from (value for name, value in attributes.items() if name.lower() in wanted)
