"""What is known of the goods that a text speaks of: counted, never estimated. By the line, for the checker and the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


def figure(number: float | Decimal) -> str:
    """As it is told: without zeros that say nothing."""
    return f"{Decimal(str(number)).normalize():f}"


class _Fact(BaseModel):
    """Lenient on purpose: a request stored by another release has other facts, and what is missing only grounds less."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Measure(_Fact):
    """One indicator over the goods. `known`: how many have it. `total` where it can be summed, `mean` where it is an average.

    `tenth`: what at least a tenth of all goods reach: "up to 40 % off" must not rest on a single product.
    """

    known: Annotated[int, Field(ge=0)]
    min: float
    max: float
    total: float | None = None
    mean: float | None = None
    tenth: float | None = None


class Offered(_Fact):
    """A yes-or-no indicator: how many of the goods have it. `share` is 1 only where all have it."""

    code: str
    share: Annotated[float, Field(ge=0, le=1)]
    count: int | None = None


class Window(_Fact):
    """The days of the promotion, both included."""

    from_: Annotated[date, Field(alias="from")]
    to: date


class Facts(_Fact):
    """All of it. `held`: what the goods were chosen by and meet, as indicator and side ("sales_30d>", "price<"). `qualities`: how many
    goods say in their own words that they have one (lexicon.yaml). `scene`: what the picture shows."""

    theme_name: str = ""
    floor_title: str = ""
    slogan: str = ""
    keywords: tuple[str, ...] = ()
    trend_titles: tuple[str, ...] = ()
    sample_titles: tuple[str, ...] = ()
    product_count: int = 0
    merchants: int | None = None
    currency: str | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    benefits: tuple[Offered, ...] = ()
    measures: dict[str, Measure] = {}
    qualities: dict[str, int] = {}
    held: tuple[str, ...] = ()
    runs: Window | None = None
    scene: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Facts:
        """Those of a material request. A fact that cannot be read is not known."""
        read = {name: value for name, value in facts.items() if value is not None}
        while True:
            try:
                return cls.model_validate(read)
            except ValueError as error:
                broken = {str(item["loc"][0]) for item in error.errors()}  # type: ignore[attr-defined]
                if not broken & set(read):
                    raise
                read = {name: value for name, value in read.items() if name not in broken}

    def offered(self, code: str) -> int:
        """How many of the goods have it."""
        for each in self.benefits:
            if each.code == code:
                return each.count if each.count is not None else int(each.share * self.product_count)
        return 0

    def of_all(self, indicator: str) -> Measure | None:
        """The measure where every one of the goods has it; a claim about all must not rest on some."""
        measure = self.measures.get(indicator)
        return measure if measure is not None and self.product_count and measure.known >= self.product_count else None

    def names(self) -> Iterator[str]:
        """What the page, the section and the goods are called. themes/promises.py has read these."""
        yield from (name for name in (self.floor_title, self.theme_name, *self.keywords) if name)
