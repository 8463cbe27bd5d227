"""The brief of a campaign, its themes, and the answers a model must give to fill them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from huichang.kernel.language import Language, Told
from huichang.kernel.model import Model
from huichang.kernel.zones import DEFAULT_ZONE, TimeZone
from huichang.trends.trend import TrendKind

MAX_SENTENCE = 500
MAX_VENUES = 200


class CampaignRequest(Model):
    """What an operator hands in. `venues` None: as many as the sentence says, else one. `promotion`: only goods enrolled for it.

    `timezone`: whose days its days are (IANA name).
    """

    sentence: str
    industry: str | None = None
    venues: int | None = None
    catalogue: str | None = None
    language: Language | None = None
    promotion: str | None = None
    timezone: TimeZone = DEFAULT_ZONE


class Window(Model):
    """When the promotion runs, both days included. `said`: the operator's words, "" where the days were typed."""

    start: date
    end: date
    said: Annotated[str, Field(max_length=60)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.end < self.start:
            raise ValueError(f"the window ends on {self.end}, before it starts on {self.start}")
        return self


# What the promotion shall be led by where no goods are named: what sells, what rises, what is new.
Signal = Literal["", "selling", "rising", "new"]


class CampaignBrief(Model):
    """How the sentence was understood. Shown to the operator as editable chips.

    `unclear`: stretches of the sentence that nothing above stands for, verbatim. `edited_by`: who corrected it last.
    """

    campaign_id: str
    sentence: str
    language: Language
    idea: str
    industries: tuple[str, ...]
    subjects: tuple[str, ...]
    constraints: tuple[str, ...]
    audience: str = ""
    tone: str = ""
    venues: int = 1
    catalogue: str | None = None
    promotion: str | None = None
    offline: bool = False
    window: Window | None = None
    signal: Signal = ""
    unclear: tuple[str, ...] = ()
    edited_by: str = ""


class BriefChanges(Model):
    """What an operator corrects in a brief: only the fields that are given change; `window` and `promotion` null take it away.

    `promotion`: the name that goods are enrolled under; without one, all goods.
    """

    idea: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    industries: Annotated[tuple[str, ...], Field(max_length=16)] | None = None
    subjects: Annotated[tuple[str, ...], Field(max_length=20)] | None = None
    constraints: Annotated[tuple[str, ...], Field(max_length=20)] | None = None
    audience: Annotated[str, Field(max_length=100)] | None = None
    tone: Annotated[str, Field(max_length=100)] | None = None
    venues: int | None = None
    window: Window | None = None
    signal: Signal | None = None
    promotion: Annotated[str, Field(max_length=60)] | None = None


class SubTheme(Model):
    """A tab of the venue. `depth`: how many of the theme's products speak of it."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    keywords: tuple[str, ...] = ()
    depth: int = 0


class Evidence(Model):
    """What stands behind a theme and was checked: a trend that exists, or a fact counted in the catalogue.

    `said` is in the brief's language; `figures` are the fact's numbers under the digest's names (themes/digest.py).
    """

    kind: Literal["trend", "sells", "rises", "new", "together", "stocked"]
    id: str
    said: str
    figures: dict[str, float] = {}


class Wording(Model):
    """What a theme is called on its page."""

    name: str
    slogan: str = ""
    subthemes: tuple[SubTheme, ...] = ()


class Theme(Model):
    """One venue to be: what it is about and why.

    `about`: the one subject of the brief it serves, "" for all of them. `planned`: the words it was planned with, where some of
    them promised what its products do not keep (themes/promises.py). Prices are the 10th and 90th percentile of its evidence.
    `signature`: MinHash of its evidence products (themes/overlap.py), to compare it with later themes.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)]
    slogan: Annotated[str, Field(max_length=80)] = ""
    industry: str | None = None
    kind: TrendKind | Literal["created"] = "created"
    keywords: tuple[str, ...]
    subthemes: tuple[SubTheme, ...] = ()
    trend_ids: tuple[str, ...] = ()
    reason: str = ""
    stock_depth: int = 0
    about: str = ""
    text: Annotated[str, Field(max_length=600)] = ""
    evidence: tuple[Evidence, ...] = ()
    price_low: float | None = None
    price_high: float | None = None
    currency: str = ""
    merchants: int = 0
    signature: tuple[int, ...] = ()
    planned: Wording | None = None

    @property
    def as_planned(self) -> Theme:
        """The theme in the words it was planned with."""
        if self.planned is None:
            return self
        words = {name: getattr(self.planned, name) for name in type(self.planned).model_fields}
        return self.model_copy(update=words | {"planned": None})


RejectionCode = Literal[
    "short_of_stock", "conditions_unmet", "few_merchants", "one_price", "duplicate", "unknown_trend", "denied", "bad_name", "over_count"
]  # fmt: skip


class RejectedTheme(Model):
    """A proposal that was not built: why, with which figures, and what an operator can do about it, in both languages."""

    name: str
    code: RejectionCode
    reason: Told
    mend: Told = {}
    figures: dict[str, float] = {}


class ThemePlan(Model):
    """What planning decided. `note`: what an operator must know of it, {} where all that was asked for is there."""

    themes: tuple[Theme, ...]
    rejected: tuple[RejectedTheme, ...] = ()
    asked: int = 0
    rounds: int = 1
    note: Told = {}


class DroppedWord(Model):
    """A word that is not searched, and why: no product speaks of it, all of them do, it is a banner's, it says nothing."""

    word: str
    why: Literal["nothing", "everything", "marketing", "generic", "language"]


class Expansion(Model):
    """A theme as text to be embedded and words to be searched, in the catalogue's languages; `dropped` is told."""

    text: str
    words: dict[Language, tuple[str, ...]]
    categories: tuple[str, ...] = ()
    dropped: tuple[DroppedWord, ...] = ()


# --- what the model is asked to answer; the schema's name is the prompt's name ---------------------------------------


class BriefAnswer(Model):
    """Answer to prompts/interpret_brief: the sentence, understood. Phrases in `constraints` are verbatim."""

    language: Language
    idea: Annotated[str, Field(max_length=300)]
    industries: tuple[str, ...]
    subjects: Annotated[tuple[str, ...], Field(max_length=20)]
    constraints: Annotated[tuple[str, ...], Field(max_length=20)]
    audience: Annotated[str, Field(max_length=100)]
    tone: Annotated[str, Field(max_length=100)]
    venues: Annotated[int, Field(ge=0, le=10_000)] | None
    window: Annotated[str, Field(max_length=100)] = ""
    signal: Signal = ""


class ProposedSubTheme(Model):
    """A tab in answer to prompts/plan_themes."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    keywords: tuple[str, ...] = ()


class ProposedTheme(Model):
    """One proposal in answer to prompts/plan_themes."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    slogan: Annotated[str, Field(max_length=80)]
    industry: str | None
    kind: TrendKind | Literal["created"]
    keywords: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    subthemes: Annotated[tuple[ProposedSubTheme, ...], Field(max_length=12)]
    trend_ids: tuple[str, ...]
    fact_ids: tuple[str, ...] = ()
    about: Annotated[str, Field(max_length=100)] = ""
    text: Annotated[str, Field(max_length=600)] = ""
    reason: Annotated[str, Field(max_length=400)]


class ThemePlanAnswer(Model):
    """Answer to prompts/plan_themes."""

    themes: Annotated[tuple[ProposedTheme, ...], Field(max_length=MAX_VENUES + 50)]


class ExpansionAnswer(Model):
    """Answer to prompts/expand_theme: text for the embedding and search words per language of the catalogue."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    words_zh: Annotated[tuple[str, ...], Field(max_length=40)]
    words_en: Annotated[tuple[str, ...], Field(max_length=40)]
    categories: Annotated[tuple[str, ...], Field(max_length=40)]
