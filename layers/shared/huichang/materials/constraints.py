"""Lasting constraints: what reviewers decided, for which pages it holds, in which order it is told, and what contradicts what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.language import Language, Text
from huichang.kernel.model import Model
from huichang.materials.checks import FOREIGN, NUMERALS
from huichang.materials.likeness import folded, says
from huichang.materials.model import CopySlot, MaterialKind, ReviewConstraint
from huichang.materials.policy import the_policy
from huichang.prompts.budgets import tokens_of

Level = Literal["component", "venue", "template", "style", "industry", "everywhere"]
Status = Literal["active", "retired"]
# The narrower speaks first: it was said about pages like this one.
LEVELS: tuple[Level, ...] = ("component", "venue", "template", "style", "industry", "everywhere")
PROMPT_TOKENS = 1200
# No template asks for a text shorter than this (pages/templates.py): below it nothing can be said.
LEAST_CHARS: dict[Language, int] = {"zh": 4, "en": 8}


class Scope(Model):
    """Where a constraint holds. `value`: the venue, template, style or industry; "" everywhere. `component` for level component only."""

    level: Level
    value: Annotated[str, Field(max_length=120)] = ""
    component: Annotated[str, Field(max_length=80)] = ""

    @property
    def shelf(self) -> str:
        """Those that can hold for a page lie on the shelves of its venue, template, style, industry and everywhere."""
        return f"{'venue' if self.level == 'component' else self.level}#{self.value}"

    def label(self, language: Language = "en") -> str:
        """For people and problems."""
        if self.level == "component":
            return f"{self.value} 的组件 {self.component}" if language == "zh" else f"component {self.component} of {self.value}"
        named = _LEVEL_ZH[self.level] if language == "zh" else self.level
        return f"{named} {self.value}".strip()


_LEVEL_ZH: dict[Level, str] = {"venue": "会场", "template": "模板", "style": "风格", "industry": "行业", "everywhere": "所有会场"}


class Place(Model):
    """What a material is made for: everything a scope can speak of."""

    venue_id: str
    component: str = ""
    kind: MaterialKind = "copy"
    language: Language = "zh"
    template: str = ""
    style: str = ""
    industry: str = ""

    def scope(self, level: Level) -> Scope:
        """The scope of this level around this place."""
        value = {
            "component": self.venue_id,
            "venue": self.venue_id,
            "template": self.template,
            "style": self.style,
            "industry": self.industry,
            "everywhere": "",
        }[level]
        return Scope(level=level, value=value, component=self.component if level == "component" else "")

    def shelves(self) -> tuple[str, ...]:
        """The shelves to look on."""
        levels: tuple[Level, ...] = ("venue", "template", "style", "industry", "everywhere")
        scopes = [self.scope(level) for level in levels]
        return tuple(scope.shelf for scope in scopes if scope.value or scope.level == "everywhere")


class Rejected(ReviewConstraint):
    """A rejection as the venue's record keeps it: what a lasting constraint, a receipt and a pair for tuning are made of."""

    scope: Scope | None = None
    by: str = ""
    at: str = ""
    saw: str = ""
    task_key: str = ""
    request_key: str = ""
    result_key: str = ""


class Constraint(Model):
    """A lasting constraint. `revision` counts changes; `origin` is the place it was said about, None where somebody wrote it by hand."""

    constraint_id: str
    kind: MaterialKind
    language: Language | None = None
    scope: Scope
    said: ReviewConstraint
    status: Status = "active"
    revision: Annotated[int, Field(ge=1)] = 1
    created_by: str
    created_at: str
    changed_by: str = ""
    changed_at: str = ""
    origin: Place | None = None
    material_id: str = ""

    def holds_for(self, place: Place) -> bool:
        """Whether a material of this place must obey it."""
        return (
            self.status == "active"
            and self.kind == place.kind
            and self.language in (None, place.language)
            and self.scope == place.scope(self.scope.level)
        )

    def label(self, language: Language = "en") -> str:
        """What it wants, in a line."""
        rules = ("；" if language == "zh" else "; ").join(self.said.checks.said(language))
        return rules or self.said.text or self.said.code


class ConstraintPage(Model):
    """Some of the constraints, newest first; `next` asks for the ones after them, "" at the end."""

    constraints: tuple[Constraint, ...]
    next: str = ""


class ConstraintStore(Protocol):
    """Constraints. Every change is conditional on the revision it starts from."""

    def create(self, constraint: Constraint) -> bool:
        """Store a new one; False (and nothing written) if the id exists."""
        ...

    def get(self, constraint_id: str) -> Constraint:
        """Raises NotFoundError."""
        ...

    def change(self, constraint: Constraint) -> Constraint:
        """Replace the one of this id and revision; the stored one has revision + 1. Raises ConflictError, NotFoundError."""
        ...

    def on_shelves(self, shelves: Sequence[str]) -> list[Constraint]:
        """Active ones, read consistently: what was stored before this call is seen by it."""
        ...

    def page(self, *, status: Status | None = None, cursor: str = "", limit: int = 100) -> ConstraintPage:
        """Newest first."""
        ...


def holding(constraints: Iterable[Constraint], place: Place) -> tuple[Constraint, ...]:
    """Those that hold for a place: the most specific first, and of equals the oldest."""
    held = [constraint for constraint in constraints if constraint.holds_for(place)]
    held.sort(key=lambda each: (LEVELS.index(each.scope.level), each.created_at, each.constraint_id))
    return tuple(held)


def within_budget(constraints: Sequence[ReviewConstraint], budget: int = PROMPT_TOKENS) -> tuple[ReviewConstraint, ...]:
    """As many as the budget allows, in their order; one that says the same as one before it is told once.

    What does not fit is left out of the prompt only: the checks know all of them.
    """
    told: list[ReviewConstraint] = []
    seen: set[tuple[object, ...]] = set()
    left = budget
    for constraint in constraints:
        same = (
            constraint.code,
            folded(constraint.text),
            constraint.slot,
            constraint.checks,
            tuple(sorted(constraint.rejected_text.items())),
        )
        cost = tokens_of(f"{constraint.told()}")
        if same in seen or cost > left:
            continue
        seen.add(same)
        told.append(constraint)
        left -= cost
    return tuple(told)


# --- contradictions -----------------------------------------------------------------------------------------------------


class Contradiction(Model):
    """Two wishes that no material can meet. `other`: the id of the other constraint, "" for the slot or the constraint itself."""

    other: str = ""
    message: Text
    mend: Text


def overlap(one: Constraint, other: Constraint) -> bool:
    """Whether some material would have to obey both. Where that cannot be told, yes."""
    if one.kind != other.kind or (one.language and other.language and one.language != other.language):
        return False
    if one.said.slot and other.said.slot and one.said.slot != other.said.slot:
        return False
    narrow, wide = sorted((one, other), key=lambda each: LEVELS.index(each.scope.level))
    a, b = narrow.scope, wide.scope
    if b.level == "everywhere":
        return True
    if a.level == b.level:
        return a == b
    if b.level == "venue":
        return a.value == b.value
    if a.level in ("component", "venue") and narrow.origin is not None:
        return narrow.origin.scope(b.level).value == b.value
    return True


def contradictions(new: Constraint, others: Iterable[Constraint]) -> tuple[Contradiction, ...]:
    """What `new` cannot be met together with: active constraints that meet it on some page."""
    found: list[Contradiction] = []
    for other in others:
        if other.constraint_id == new.constraint_id or other.status != "active" or not overlap(new, other):
            continue
        clash = _clash(new, other)
        if clash is None:
            continue
        message: Text = {
            "en": f'"{new.label()}" contradicts {other.constraint_id} ({other.scope.label()}, {other.created_by}), '
            f'"{other.label()}": {clash["en"]}',
            "zh": f"“{new.label('zh')}”与 {other.constraint_id}（{other.scope.label('zh')}，{other.created_by}）"
            f"“{other.label('zh')}”矛盾：{clash['zh']}",
        }
        mend: Text = {
            "en": f"retire or change {other.constraint_id}, or ask for something else; no material can be made where both hold",
            "zh": f"停用或修改 {other.constraint_id}，或者换一种要求；两条都生效的地方做不出素材",
        }
        found.append(Contradiction(other=other.constraint_id, message=message, mend=mend))
    return tuple(found)


def own_contradictions(new: Constraint, slots: Sequence[CopySlot] = ()) -> tuple[Contradiction, ...]:
    """What no text can meet by itself: both must and never, more than the slots hold, or words that the policy gate stops.

    `slots`: those it is about, where known.
    """
    found: list[Text] = []
    checks = new.said.checks
    clash = _clash(new, new)
    if clash:
        found.append(clash)
    language = new.language or "zh"
    if checks.max_chars and checks.max_chars < LEAST_CHARS[language]:
        slot = new.said.slot or "every slot"
        found.append(
            {
                "en": f"{slot} needs at least {LEAST_CHARS[language]} characters, and {checks.max_chars} are allowed",
                "zh": f"{new.said.slot or '每个文案位'}至少需要 {LEAST_CHARS[language]} 个字，这里只许 {checks.max_chars} 个",
            }
        )
    needed = sum(len(phrase) for phrase in checks.must_say)
    about = [slot for slot in slots if not new.said.slot or slot.name == new.said.slot]
    if needed and about and all(slot.max_chars < needed for slot in about):
        names = ", ".join(f"{slot.name} ({slot.max_chars})" for slot in about)
        found.append(
            {
                "en": f"what must be said has {needed} characters, and no slot is that long: {names}",
                "zh": f"必须说的有 {needed} 个字，没有这么长的文案位：{names}",
            }
        )
    policy = the_policy(new.scope.value if new.scope.level == "industry" else new.origin.industry if new.origin else None)
    for phrase in checks.must_say:
        if blocking := policy.text(phrase, f'must say "{phrase}"').blocking:
            found.append({"en": blocking[0].said("en"), "zh": blocking[0].said("zh")})
    if checks.min_light is not None and checks.max_light is not None and checks.min_light > checks.max_light:
        found.append({"en": "it would have to be lighter and darker at once", "zh": "既要更亮又要更暗"})
    mend: Text = {"en": "take one of the two back", "zh": "去掉其中一项"}
    return tuple(
        Contradiction(message={"en": f'"{new.label()}": {said["en"]}', "zh": f"“{new.label('zh')}”：{said['zh']}"}, mend=mend)
        for said in found
    )


def _clash(one: Constraint, other: Constraint) -> Text | None:
    mine, theirs = one.said.checks, other.said.checks
    language = one.language or other.language
    for must, never in ((mine, theirs), (theirs, mine)):
        for phrase in must.must_say:
            for banned in never.never_say:
                if says(phrase, banned):
                    return {"en": f'must say "{phrase}" and never say "{banned}"', "zh": f"必须说“{phrase}”，又不许说“{banned}”"}
            if never.no_numbers and (any(char.isnumeric() for char in phrase) or (language and NUMERALS[language].search(phrase))):
                return {"en": f'must say "{phrase}" and no numbers', "zh": f"必须说“{phrase}”，又不许有数字"}
            if never.only_language and language and FOREIGN[language].search(phrase):
                return {"en": f'must say "{phrase}" and no words of another language', "zh": f"必须说“{phrase}”，又不夹其他语言"}
        needed = sum(len(phrase) for phrase in {*must.must_say, *(never.must_say if _one_slot(one, other) else ())})
        if never.max_chars and must.must_say and needed > never.max_chars:
            return {
                "en": f"what must be said has {needed} characters, and {never.max_chars} are allowed",
                "zh": f"必须说的有 {needed} 个字，只许 {never.max_chars} 个字",
            }
    lows = [checks.min_light for checks in (mine, theirs) if checks.min_light is not None]
    highs = [checks.max_light for checks in (mine, theirs) if checks.max_light is not None]
    if one is not other and lows and highs and max(lows) > min(highs):
        return {
            "en": f"lighter than {max(lows):.0%} and darker than {min(highs):.0%}",
            "zh": f"亮度既要高于 {max(lows):.0%} 又要低于 {min(highs):.0%}",
        }
    return None


def _one_slot(one: Constraint, other: Constraint) -> bool:
    return bool(one.said.slot) and one.said.slot == other.said.slot
