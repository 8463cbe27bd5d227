"""Conditions, recalls, selections and floors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from huichang.kernel.language import Text, Told
from huichang.kernel.model import Model

Operator = Literal["<=", ">=", "<", ">", "=", "in"]
Path = Literal["search", "vector", "rules"]


class Condition(Model):
    """One threshold on one indicator of the closed catalogue. `because` is the operator's own phrase."""

    indicator: str
    op: Operator
    value: bool | float | str | tuple[str, ...]
    because: str = ""


class Eligibility(Model):
    """Which products may be recalled at all. Applied inside every index query, never after it.

    An enrolment has a window. It is judged at the moment of the question, or when the page opens (`opens_at`) while that is ahead:
    what is prepared in November for 12.12 holds what will be enrolled on 12.12.
    """

    catalogue: str | None = None
    enrolled: bool = True
    promotion: str | None = None  # enrolled for this one by name, in a window that is open
    opens_at: AwareDatetime | None = None
    min_stock: int = 1
    industries: tuple[str, ...] = ()
    leaf_categories: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    product_ids: tuple[str, ...] | None = None
    exclude_ids: tuple[str, ...] = ()

    def judged_at(self, now: datetime) -> datetime:
        """The moment at which windows of enrolments are judged, for a question that is asked `now`."""
        return now if self.opens_at is None else max(now, self.opens_at)


class Hit(Model):
    """A recalled product: rank from 1, score in the path's own unit (never compared across paths)."""

    product_id: str
    rank: int
    score: float


class Recall(Model):
    """What one path found, best first."""

    path: Path
    hits: tuple[Hit, ...]
    query: str = ""
    seconds: float = 0.0
    notes: tuple[Told, ...] = ()


class PercentileCondition(Model):
    """A vague word made exact: the indicator compared with percentile `p` (0..100) of the theme's own pool."""

    indicator: str
    op: Literal["<=", ">="]
    p: Annotated[float, Field(ge=0, le=100)]
    because: str = ""


class RuleSet(Model):
    """A brief's thresholds in the closed schema, what had to be relaxed, which of them contradicted, and what no indicator measures.

    `relaxed`, `conflicts` and `notes` are sentences in both languages. `broken`: what was asked for, as it was said, and does not
    hold of the products: given up, widened, or lost to a contradiction. `neighbours`: goods near the theme may fill the page,
    because its own goods that meet an explicit condition are too few.
    """

    conditions: tuple[Condition, ...] = ()
    percentiles: tuple[PercentileCondition, ...] = ()
    unsupported: tuple[str, ...] = ()
    relaxed: tuple[Told, ...] = ()
    conflicts: tuple[Told, ...] = ()
    notes: tuple[Told, ...] = ()
    broken: tuple[Condition, ...] = ()
    neighbours: bool = False


class RuleAnswerCondition(Model):
    """One condition in answer to prompts/write_rules; exactly one of value, percentile is set."""

    indicator: str
    op: Operator
    value: bool | float | str | None
    percentile: Annotated[float, Field(ge=0, le=100)] | None
    because: Annotated[str, Field(max_length=100)]


class RuleAnswer(Model):
    """Answer to prompts/write_rules."""

    conditions: Annotated[tuple[RuleAnswerCondition, ...], Field(max_length=30)]
    unsupported: Annotated[tuple[str, ...], Field(max_length=30)]


class Measured(Model):
    """A threshold and the product's own value; None where the value is not a number or not known."""

    indicator: str
    op: Operator
    threshold: bool | float | str | tuple[str, ...]
    value: bool | float | None = None


class Reason(Model):
    """Why a product is in the venue: its rank on each path, its words, the conditions it meets, and what an operator did.

    `edit` is the rule that placed it ("boost +2 brand 膳魔师"); `collapsed` are the ids of offers of the same goods that it
    stands for.
    """

    ranks: dict[Path, int]
    score: float
    conditions_met: tuple[str, ...] = ()
    measured: tuple[Measured, ...] = ()
    matched_words: tuple[str, ...] = ()
    subtheme: str = ""
    pinned_by: str = ""
    edit: str = ""
    collapsed: tuple[str, ...] = ()

    def in_words(self) -> str:
        """One plain English line, for logs and exports; the console words it in both languages from the fields."""
        paths = ", ".join(f"{path} #{rank}" for path, rank in sorted(self.ranks.items(), key=lambda item: item[1]))
        met = f"; meets {', '.join(self.conditions_met)}" if self.conditions_met else ""
        words = f"; speaks of {', '.join(self.matched_words)}" if self.matched_words else ""
        edited = f"; {self.edit}" if self.edit and not self.pinned_by else ""
        pinned = f"; pinned by {self.pinned_by}" if self.pinned_by else ""
        return f"{paths or 'no recall path'}{met}{words}{edited}{pinned}"


LeftOutCode = Literal[
    "gone",
    "excluded",
    "other_catalogue",
    "not_enrolled",
    "not_open",
    "out_of_stock",
    "no_price",
    "policy",
    "price_outlier",
    "condition",
    "off_topic",
    "unspoken",
    "near_duplicate",
    "look_alike",
    "merchant_share",
    "subtheme_share",
    "over_limit",
]


class LeftOut(Model):
    """Why a product that was recalled or pinned is not in the venue: one code, and what it was measured against.

    `by`: the rule that excluded it, the product it repeats or looks like, the merchant whose share is full, the category of its price,
    the window of its enrolment, or the words that the policy gate stopped.
    `low`, `high`: the sane prices of that category. `place`: where it stood when the page was full.
    """

    product_id: str
    code: LeftOutCode
    ranks: dict[Path, int] = {}
    pinned: bool = False
    by: str = ""
    measured: Measured | None = None
    low: float | None = None
    high: float | None = None
    place: int | None = None


class LeftOuts(Model):
    """Everything that was left out of a selection, kept beside it so that "why is it not there?" has an answer."""

    products: tuple[LeftOut, ...]


class SelectedProduct(Model):
    """A product chosen for the venue."""

    product_id: str
    rank: int
    reason: Reason


class Selection(Model):
    """All chosen products, best first, and how many each path had recalled.

    `dropped` counts what was left out by LeftOutCode. `unmet_pins`: pinned products that cannot be shown, and why. `notes`:
    where a rule of a pleasant page had to yield, in both languages.
    """

    products: tuple[SelectedProduct, ...]
    recalled: dict[Path, int]
    rules: RuleSet
    dropped: dict[str, int] = {}
    unmet_pins: dict[str, str] = {}
    subthemes: dict[str, int] = {}
    notes: tuple[Text, ...] = ()


class Floor(Model):
    """One section of the page. `named_by` is the operator who gave it this title; then no copy may replace it."""

    floor_id: str
    title: str
    value: str
    product_ids: tuple[str, ...]
    named_by: str = ""


class FloorCandidate(Model):
    """One way to divide the venue: `by` as in FloorPlan, the parts of its score (0..1), and why it was not used, if so.

    `titles` and `sizes` are those of its floors, in no order that matters; without a score they may be empty.
    """

    by: str
    score: float = 0.0
    parts: dict[str, float] = {}
    titles: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    refused: Literal["", "undivided", "leftovers", "titles", "lopsided"] = ""


class FloorPlan(Model):
    """The partition chosen, why, the runner-up, and every candidate that was scored, best first.

    `by`: one, operator, category, category:<level>, subthemes, price, brand, attribute:<name>, library:<entry id>, or two of
    them with a plus sign (category+attribute:<name>) where the second divides floors that the first leaves too large.
    `plan_id` changes with the floors, their titles and their products: whoever edits says which plan they saw.
    """

    by: str
    floors: tuple[Floor, ...]
    score: float
    reason: str
    runner_up: str = ""
    candidates: tuple[FloorCandidate, ...] = ()
    plan_id: str = ""


class ArrangedFloor(Model):
    """A floor as an operator arranged it."""

    title: str
    product_ids: tuple[str, ...]


class FloorArrangement(Model):
    """An operator's floors of one venue, in order. It survives a new selection: goods that came later join the nearest floor."""

    floors: tuple[ArrangedFloor, ...]
    arranged_by: str
    arranged_at: str
