"""Thresholds in a closed schema: a model's answer checked, made exact, relaxed where it leaves too little - and told.

Nothing here invents a condition. A condition lives only if its indicator exists, its operator and value fit the
indicator, and the phrase it rests on stands in the operator's sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from huichang.catalog.indicators import INDICATORS, Indicator, VagueWord, load_vague_words
from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.kernel.models import CallContext, ChatModel
from huichang.prompts import render
from huichang.selection.index import ProductIndex
from huichang.selection.model import (
    Condition,
    Eligibility,
    Operator,
    PercentileCondition,
    RuleAnswer,
    RuleAnswerCondition,
    RuleSet,
)
from huichang.selection.words import clean, fold, say
from huichang.themes.model import CampaignBrief

_MAX_BECAUSE = 100
# Numbers that are names, not limits.
_NAMES = re.compile(
    r"618|双\s*(?:11|12|十一|十二)|11[.·]11|12[.·]12|9[.·]9\s*大促|"
    r"(?:iphone|ipad|galaxy|redmi|mate|xbox|ps|windows|usb|type)[\s-]*\d+\w*|100\s*%\s*(?:cotton|silk|wool|pure|natural)|"
    r"100\s*%\s*(?:纯?棉|真丝|羊毛)|(?:19|20)\d\d\s*年?(?=\s*(?:款|新款|春|夏|秋|冬|spring|summer|autumn|fall|winter|new|edition))|"
    r"\b(?:4k|8k|5g|4g|3d)\b",
    re.IGNORECASE,
)
_NUMBER_SAID = re.compile(
    r"\d|[零一二两三四五六七八九十百千万半]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|"
    r"sixty|hundred|thousand|dozen|half|double|single|zero|no)\b",
    re.IGNORECASE,
)
_VALUES = re.compile(r"[,，、;；|/]")
_STEPS = (0.2, 0.5)  # an explicit number is widened by these shares before it is given up
_OPS: Mapping[str, frozenset[str]] = {
    "number": frozenset({"<=", ">=", "<", ">", "="}),
    "rate": frozenset({"<=", ">=", "<", ">", "="}),
    "boolean": frozenset({"="}),
    "text": frozenset({"=", "in"}),
}


def meets(product: Product, condition: Condition) -> bool:
    """Whether the product meets the condition; what is not known meets nothing."""
    indicator = INDICATORS.get(condition.indicator)
    if indicator is None:
        return False
    if indicator.type == "text":
        wanted = condition.value if isinstance(condition.value, tuple) else (str(condition.value),)
        as_term = _attribute_term if condition.indicator == "attribute" else fold
        return not _texts(product, condition.indicator).isdisjoint(as_term(word) for word in wanted)
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


def _texts(product: Product, indicator: str) -> set[str]:
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
            for value in (values, *_VALUES.split(values)):
                terms |= {fold(value), f"{fold(name)}={fold(value)}"}
    return terms


def _attribute_term(text: str) -> str:
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


class _Wish(Model):
    """A condition on its way: `percentile` where it was vague, `place` in the sentence (earlier matters more)."""

    condition: Condition
    percentile: PercentileCondition | None = None
    place: int = 0

    def tier(self) -> int:
        """What is given up first: percentiles, then numbers, then yes/no and words."""
        if self.percentile is not None:
            return 0
        return 1 if not isinstance(self.condition.value, (bool, str, tuple)) else 2


class RuleWriter:
    """Writes the rules of a venue with at most one model call."""

    def __init__(
        self,
        chat: ChatModel,
        index: ProductIndex,
        *,
        indicators: Mapping[str, Indicator] = INDICATORS,
        vague_words: Sequence[VagueWord] | None = None,
    ) -> None:
        self._chat = chat
        self._index = index
        self._indicators = indicators
        self._vague_words = load_vague_words() if vague_words is None else tuple(vague_words)

    def write(self, brief: CampaignBrief, pool: Eligibility, minimum: int, venue_id: str = "") -> RuleSet:
        """Return the rules of `brief` over the theme's own pool, relaxed step by step until `minimum` products remain.

        `conditions` are exact and may be applied as they stand; `percentiles` tell which of them were vague words;
        `relaxed` and `notes` are sentences in the brief's language. A brief without constraints costs no model call. A
        pool smaller than `minimum` by itself is not relaxed: that would break the promise and still not fill the page.
        Raises what the model and the index raise.
        """
        if not brief.constraints:
            return RuleSet()
        answer = self._chat.ask(
            render(
                "write_rules",
                {
                    "sentence": brief.sentence,
                    "constraints": list(brief.constraints),
                    "indicators": [entry.model_dump(mode="json", by_alias=True) for entry in self._indicators.values()],
                    "vague_words": [entry.model_dump(mode="json") for entry in self._vague_words],
                },
            ),
            RuleAnswer,
            CallContext(campaign_id=brief.campaign_id, venue_id=venue_id, purpose="write_rules"),
        )
        notes: list[str] = []
        wishes: list[_Wish] = []
        for item in answer.conditions[:30]:
            try:
                wish = self._wish(item, brief, pool)
            except _UnusableError as reason:
                notes.append(reason.note(clean(item.because, _MAX_BECAUSE), brief.language))
            else:
                _merge(wishes, wish, brief.language, notes)
        wishes, relaxed = self._relax(wishes, pool, minimum, brief.language)
        said = fold(brief.sentence)
        return RuleSet(
            conditions=tuple(wish.condition for wish in wishes),
            percentiles=tuple(wish.percentile for wish in wishes if wish.percentile is not None),
            unsupported=tuple(
                dict.fromkeys(tidy for text in answer.unsupported[:30] if (tidy := clean(text, _MAX_BECAUSE)) and fold(tidy) in said)
            ),
            relaxed=tuple(relaxed),
            notes=tuple(notes),
        )

    # --- checking one answered condition ----------------------------------------------------------------------------

    def _wish(self, item: RuleAnswerCondition, brief: CampaignBrief, pool: Eligibility) -> _Wish:
        """The condition as a wish. Raises _UnusableError."""
        because = clean(item.because, _MAX_BECAUSE)
        indicator = self._indicators.get(item.indicator)
        place = fold(brief.sentence).find(fold(because)) if because else -1
        if indicator is None:
            code = clean(item.indicator, 60)
            raise _UnusableError(f"模型编造了不存在的指标 {code}", f"the model invented the indicator {code!r}")
        if place < 0:
            raise _UnusableError(
                f"模型编造了{indicator.zh}条件，原句里没有这样说",
                f"a condition on {indicator.en} was invented; the sentence does not say so",
            )
        if not _NAMES.sub("", because).strip():
            raise _UnusableError("这里的数字是名称，不是条件", "the number in it is a name, not a limit")
        if item.op not in _OPS[indicator.type]:
            raise _UnusableError(f"{indicator.zh}不能用 {item.op}", f"{indicator.en} cannot be compared with {item.op}")
        if item.value is not None:
            return self._exact(item.op, item.value, indicator, because, place)
        if item.percentile is None:
            raise _UnusableError("既没有数值也没有分位", "neither a value nor a percentile was given")
        return self._vague(item.op, item.percentile, indicator, because, place, pool)

    def _exact(self, op: Operator, raw: bool | float | str, indicator: Indicator, because: str, place: int) -> _Wish:
        value = _as_type(raw, indicator)
        if value is None:
            shown = clean(str(raw), 40)
            raise _UnusableError(f"{indicator.zh}的取值 {shown} 无效", f"{shown!r} is no value of {indicator.en}")
        # True and False are not numbers said; a bool is no float.
        if isinstance(value, float) and not _NUMBER_SAID.search(_NAMES.sub(" ", because)) and not self._known(because):
            raise _UnusableError("原话里没有数字，也不是约定的说法", "it names no number and is no agreed vague word")
        if indicator.type == "text":
            op = "in" if isinstance(value, tuple) else "="
        condition = Condition(indicator=indicator.code, op=op, value=value, because=because)
        return _Wish(condition=condition, place=place)

    def _known(self, because: str) -> bool:
        """Whether the phrase holds a vague word that stands for a number (新品 for listed_days <= 30)."""
        return any(fold(word) in fold(because) for entry in self._vague_words if entry.value is not None for word in entry.words)

    def _vague(self, op: Operator, p: float, indicator: Indicator, because: str, place: int, pool: Eligibility) -> _Wish:
        if not indicator.is_numeric or op not in ("<=", ">="):
            raise _UnusableError(f"{indicator.zh} {op} 没有分位", f"{indicator.en} {op} has no percentiles")
        if not 0 <= p <= 100:
            raise _UnusableError(f"分位 {p} 不在 0 到 100 之间", f"percentile {p} is not between 0 and 100")
        percentile = PercentileCondition(indicator=indicator.code, op="<=" if op == "<=" else ">=", p=p, because=because)
        wish = self._resolved(percentile, place, pool)
        if wish is None:
            raise _UnusableError(f"没有商品填写{indicator.zh}", f"no product of this theme states {indicator.en}")
        return wish

    def _resolved(self, percentile: PercentileCondition, place: int, pool: Eligibility) -> _Wish | None:
        limit = self._index.percentile(percentile.indicator, percentile.p, pool)
        if limit is None or not math.isfinite(limit):
            return None
        # Rounded outwards to four decimals, so that the product that defines the percentile stays inside.
        rounded = (math.ceil if percentile.op == "<=" else math.floor)(round(limit * 10_000, 3)) / 10_000
        condition = Condition(indicator=percentile.indicator, op=percentile.op, value=rounded, because=percentile.because)
        return _Wish(condition=condition, percentile=percentile, place=place)

    # --- relaxing ---------------------------------------------------------------------------------------------------

    def _relax(self, wishes: list[_Wish], pool: Eligibility, minimum: int, language: Language) -> tuple[list[_Wish], list[str]]:
        if not wishes or self._count(pool, wishes) >= minimum or self._count(pool, []) < minimum:
            return wishes, []
        # Least important first: by tier, and within a tier what was said last.
        order = sorted(range(len(wishes)), key=lambda place: (wishes[place].tier(), -wishes[place].place, -place))
        current: dict[int, _Wish | None] = dict(enumerate(wishes))

        def now() -> list[_Wish]:
            return [wish for wish in current.values() if wish is not None]

        changed: list[int] = []
        for place in order:
            changed.append(place)
            for weaker in self._weaker(wishes[place], pool):
                current[place] = weaker
                if self._count(pool, now()) >= minimum:
                    break
            if self._count(pool, now()) >= minimum:
                break
        # Some of what was given up on the way may not have been in the way: take back what can be kept.
        for place in changed:
            given_up = current[place]
            current[place] = wishes[place]
            if self._count(pool, now()) < minimum:
                current[place] = given_up
        told = [_told(wishes[place], current[place], language) for place in sorted(changed) if current[place] != wishes[place]]
        return now(), told

    def _weaker(self, wish: _Wish, pool: Eligibility) -> list[_Wish | None]:
        """Ever weaker forms of a wish, the last of them none at all."""
        steps: list[_Wish | None] = []
        if wish.percentile is not None:
            goal = 100.0 if wish.percentile.op == "<=" else 0.0
            for share in (0.5, 0.75):
                wider = wish.percentile.model_copy(update={"p": wish.percentile.p + (goal - wish.percentile.p) * share})
                steps.append(self._resolved(wider, wish.place, pool))
        elif wish.tier() == 1 and wish.condition.op != "=":
            low, high = self._indicators[wish.condition.indicator].range
            for share in _STEPS:
                sign = 1 if wish.condition.op in ("<=", "<") else -1
                value = float(wish.condition.value) * (1 + sign * share)  # type: ignore[arg-type]  # tier 1 is a number
                value = min(max(value, -math.inf if low is None else low), math.inf if high is None else high)
                widened = wish.condition.model_copy(update={"value": round(value, 4)})
                steps.append(wish.model_copy(update={"condition": widened}))
        return [step for step in steps if step is not None and step != wish] + [None]

    def _count(self, pool: Eligibility, wishes: Sequence[_Wish]) -> int:
        return self._index.count(with_conditions(pool, [wish.condition for wish in wishes]))


def with_conditions(where: Eligibility, conditions: Sequence[Condition]) -> Eligibility:
    """The eligibility with these conditions added to its own."""
    return where.model_copy(update={"conditions": (*where.conditions, *conditions)})


class _UnusableError(Exception):
    """Why a condition of the model is not applied."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en

    def note(self, because: str, language: Language) -> str:
        return say(language, f"未采用「{because}」：{self.zh}", f"not applied: {because!r}: {self.en}")


def _as_type(raw: bool | float | str, indicator: Indicator) -> bool | float | str | tuple[str, ...] | None:
    """The value in the indicator's type and range, or None."""
    if indicator.type == "boolean":
        if isinstance(raw, bool):
            return raw
        return {"true": True, "false": False}.get(str(raw).strip().lower())
    if indicator.type == "text":
        if not isinstance(raw, str):
            return None
        words = [tidy for word in _VALUES.split(raw) if (tidy := clean(word, 60))]
        return (tuple(words) if len(words) > 1 else words[0]) if words else None
    if isinstance(raw, bool):
        return None
    share = isinstance(raw, str) and raw.strip().endswith("%")
    try:
        value = float(raw.strip().removesuffix("%")) if isinstance(raw, str) else float(raw)
    except ValueError:
        return None
    low, high = indicator.range
    if share or (indicator.type == "rate" and high == 1 and 1 < value <= 100):
        value /= 100  # "30 % off" answered as 30
    if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
        return None
    return value


def _merge(wishes: list[_Wish], wish: _Wish, language: Language, notes: list[str]) -> None:
    """Add a wish; of two on one side of an indicator the stricter stays, of two that exclude each other the first."""
    for place, other in enumerate(wishes):
        if other.condition.indicator != wish.condition.indicator:
            continue
        if other.condition == wish.condition:
            return
        first, second = other.condition, wish.condition
        if _numeric(first) and _numeric(second):
            if first.op[0] == second.op[0]:
                # An explicit number beats a vague word; else the stricter of the two.
                wins = (
                    (other.percentile is not None) > (wish.percentile is not None)
                    if (other.percentile is None) != (wish.percentile is None)
                    else (second.value < first.value) == (second.op[0] == "<")  # type: ignore[operator]  # numbers
                )
                if wins:
                    wishes[place] = wish
                return
            low, high = (first, second) if first.op[0] == ">" else (second, first)
            if low.op[0] == ">" and high.op[0] == "<" and low.value <= high.value:  # type: ignore[operator]  # numbers
                continue
        elif first.op == "in" or second.op == "in" or isinstance(first.value, str):
            continue
        notes.append(
            say(
                language,
                f"「{second.because}」与「{first.because}」矛盾，保留前者",
                f"{second.because!r} contradicts {first.because!r}; the first is kept",
            )
        )
        return
    wishes.append(wish)


def _numeric(condition: Condition) -> bool:
    return isinstance(condition.value, float) and not isinstance(condition.value, bool)


def _told(before: _Wish, after: _Wish | None, language: Language) -> str:
    phrase = before.condition.because
    was = in_words(before.condition, language)
    if after is None:
        return say(
            language,
            f"「{phrase}」（{was}）已放弃：符合的商品不够",
            f"gave up {phrase!r} ({was}): too few products meet it",
        )
    to = in_words(after.condition, language)
    return say(
        language,
        f"「{phrase}」由 {was} 放宽到 {to}：符合的商品不够",
        f"widened {phrase!r} from {was} to {to}: too few products meet it",
    )
