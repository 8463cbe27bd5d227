"""A trend as feeds reported it, day after day, and what we make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, model_validator

from huichang.kernel.ids import derived_id
from huichang.kernel.language import Language
from huichang.kernel.model import Model

TrendKind = Literal["industry", "seasonal", "event"]
MAX_DAYS = 400
"""So many of the latest days are remembered; `days_seen` counts within them."""

SensitiveCode = Literal[
    "military", "politics", "disaster", "death", "crime", "minors", "medical", "adult", "gambling_drugs", "scandal"
]  # fmt: skip
DropCode = Literal[
    SensitiveCode,
    "advertisement", "celebrity", "sports_result", "entertainment", "brand_news", "public_notice", "anecdote", "no_product", "unsorted",
]  # fmt: skip


class Verdict(Model):
    """Whether something can be promoted on a trend. `drop` None: yes. `because`: the words or the field that said so.

    "unsorted" is the only reason that passes: words could not sort the trend, and it waits for an embedding.
    """

    drop: DropCode | None = None
    because: tuple[str, ...] = ()


class Sorting(Model):
    """How a trend came to its industry and kind.

    `by`: feed (the feed says it), category (the mapping translates the feed's), words (goods or scenes in the title),
    embedding (nearest industry), none. `runner_up` and `margin` say how clear it was: for words the share of the hits by
    which the winner led, for embeddings the difference of the two cosines.
    """

    by: Literal["feed", "category", "words", "embedding", "none"]
    because: tuple[str, ...] = ()
    runner_up: str | None = None
    margin: float | None = None
    kind_by: Literal["feed", "season", "goods", "none"] = "none"


class Trend(Model):
    """One trend; the same source and title is the same trend, so an import repeats nothing.

    `heat` and `observed_on` are the latest observation. The fields after `advertisement` are ours, never a feed's:
    what was seen over time (filled from the latest observation where they are missing), and the verdict.
    """

    source: Annotated[str, Field(min_length=1, max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    kind: TrendKind
    industry: str | None = None
    heat: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    observed_on: date
    language: Language
    keywords: tuple[str, ...] = ()
    description: Annotated[str, Field(max_length=1000)] = ""
    category: Annotated[str, Field(max_length=60)] = ""
    advertisement: bool = False

    first_seen: date = date.max
    peak_heat: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    peak_on: date = date.max
    days: tuple[date, ...] = ()
    verdict: Verdict | None = None
    sorting: Sorting | None = None

    @model_validator(mode="before")
    @classmethod
    def _seen_once(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("days") and "observed_on" in values and "heat" in values:
            on, heat = values["observed_on"], values["heat"]
            return {**values, "first_seen": on, "peak_heat": heat, "peak_on": on, "days": (on,)}
        return values

    @property
    def id(self) -> str:
        """Stable over re-imports."""
        return derived_id("trend", self.source, self.title)

    @property
    def days_seen(self) -> int:
        """On how many of the last 400 reported days it was there."""
        return len(self.days)

    @property
    def dropped(self) -> bool:
        """Whether it was judged and nothing may be promoted on it."""
        return self.verdict is not None and self.verdict.drop is not None

    @property
    def waits(self) -> bool:
        """Whether it waits to be sorted by an embedding."""
        return self.verdict is not None and self.verdict.drop == "unsorted"

    def with_observations_of(self, other: Trend) -> Trend:
        """This trend and everything that was seen in `other`, the same trend: in any order and repeated, the same result.

        What the feed says (kind, industry, words) is taken from the later observation, of one day from the hotter one.
        """
        later = max(self, other, key=lambda trend: (trend.observed_on, trend.heat, trend.model_dump_json(exclude=_OURS)))
        # Of one heat the later day counts as the peak: less of it has faded.
        peak_heat, peak_on = max((self.peak_heat, self.peak_on), (other.peak_heat, other.peak_on))
        return later.model_copy(
            update={
                "first_seen": min(self.first_seen, other.first_seen),
                "peak_heat": peak_heat,
                "peak_on": peak_on,
                "days": tuple(sorted({*self.days, *other.days})[-MAX_DAYS:]),
            }
        )

    def renewing(self, known: Trend) -> Trend:
        """This trend, reported again, with all that was seen of it: what a store keeps in place of `known`.

        Verdict and sorting are today's, because rules change; but what waits for an embedding that `known` has had keeps its outcome.
        """
        had_it = self.waits and known.sorting is not None and known.sorting.by == "embedding"
        outcome = known if had_it else self
        own = {name: getattr(outcome, name) for name in ("verdict", "sorting", "kind", "industry")}
        return known.with_observations_of(self).model_copy(update=own)


_OURS = {"first_seen", "peak_heat", "peak_on", "days", "verdict", "sorting"}


class TrendSource(Protocol):
    """Trends that can be promoted."""

    def all(self) -> list[Trend]:
        """Every trend that was not dropped, hottest first."""
        ...


class TrendStore(TrendSource, Protocol):
    """Where trends are kept: those that can be promoted, and apart from them those that were dropped, with the reason."""

    def put_many(self, trends: Iterable[Trend]) -> int:
        """Upsert by id, keeping what was seen before; return how many were new or changed. A replay changes nothing."""
        ...

    def dropped(self, code: DropCode, most: int) -> list[Trend]:
        """The hottest of those dropped for this reason ("unsorted": those that wait). May lag a write by a moment."""
        ...

    def dropped_counts(self) -> dict[DropCode, int]:
        """How many were dropped for each reason."""
        ...

    def waiting(self) -> Iterator[Trend]:
        """Those that wait to be sorted by an embedding."""
        ...
