"""A trend as a feed reported it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.ids import derived_id
from huichang.kernel.language import Language
from huichang.kernel.model import Model

TrendKind = Literal["industry", "seasonal", "event"]


class Trend(Model):
    """One trend; the same source and title is the same trend, so an import repeats nothing."""

    source: Annotated[str, Field(min_length=1, max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    kind: TrendKind
    industry: str | None = None
    heat: Annotated[float, Field(ge=0)]
    observed_on: date
    language: Language
    keywords: tuple[str, ...] = ()
    description: Annotated[str, Field(max_length=1000)] = ""

    @property
    def id(self) -> str:
        """Stable over re-imports."""
        return derived_id("trend", self.source, self.title)


class TrendStore(Protocol):
    """Where trends are kept."""

    def put_many(self, trends: Iterable[Trend]) -> int:
        """Upsert by id; return how many were new or changed."""
        ...

    def all(self) -> list[Trend]:
        """Every trend, hottest first."""
        ...
