"""The brief of a campaign, its themes, and the answers a model must give to fill them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.trends.trend import TrendKind

MAX_SENTENCE = 500
MAX_VENUES = 200


class CampaignRequest(Model):
    """What an operator hands in. `venues` None: as many as the sentence says, else one."""

    sentence: str
    industry: str | None = None
    venues: int | None = None
    catalogue: str | None = None
    language: Language | None = None


class CampaignBrief(Model):
    """How the sentence was understood. Shown to the operator as editable chips."""

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
    offline: bool = False


class SubTheme(Model):
    """A tab of the venue."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    keywords: tuple[str, ...] = ()


class Theme(Model):
    """One venue to be: what it is about and why."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    slogan: Annotated[str, Field(max_length=80)] = ""
    industry: str | None = None
    kind: TrendKind | Literal["created"] = "created"
    keywords: tuple[str, ...]
    subthemes: tuple[SubTheme, ...] = ()
    trend_ids: tuple[str, ...] = ()
    reason: str = ""
    stock_depth: int = 0


class RejectedTheme(Model):
    """A proposal that was not built, and why."""

    name: str
    code: Literal["short_of_stock", "duplicate", "unknown_trend", "denied", "over_count"]
    reason: str


class ThemePlan(Model):
    """What planning decided."""

    themes: tuple[Theme, ...]
    rejected: tuple[RejectedTheme, ...] = ()


class Expansion(Model):
    """A theme as text to be embedded and words to be searched, in the catalogue's languages."""

    text: str
    words: dict[Language, tuple[str, ...]]
    categories: tuple[str, ...] = ()


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


class ProposedTheme(Model):
    """One proposal in answer to prompts/plan_themes."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    slogan: Annotated[str, Field(max_length=80)]
    industry: str | None
    kind: TrendKind | Literal["created"]
    keywords: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    subthemes: Annotated[tuple[SubTheme, ...], Field(max_length=12)]
    trend_ids: tuple[str, ...]
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
