"""Thresholds in a closed schema: a model's answer checked, made exact, relaxed where it leaves too little - and told.

Nothing here invents a condition. A condition lives only if its indicator exists, its operator and value fit the
indicator, and the phrase it rests on stands in the operator's sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from huichang.catalog.indicators import INDICATORS, Indicator, Manner, VagueWord, load_importance, load_vague_words
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.kernel.models import CallContext, ChatModel
from huichang.prompts import render
from huichang.selection.conditions import (
    VALUE_SEPARATORS,
    attribute_term,
    in_words,
    meets,
    with_conditions,
)
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
from huichang.selection.relaxing import Relaxer, Wish
from huichang.selection.settling import broken, conflicts_told, explicit, filled, settled
from huichang.selection.values import TextIndicator, values_in
from huichang.selection.words import clean, fold
from huichang.themes.model import CampaignBrief

__all__ = ["Asked", "Promised", "RuleWriter", "in_words", "meets", "with_conditions"]

_MAX_BECAUSE = 100
# Numbers that are names, not limits.
_NAMES = re.compile(
    r"(?<![\d.,])618(?![,.]?\d)(?!\s*(?:元|块|以[内下上]|件|条|yuan|rmb|usd|dollars?|rupees))|双\s*(?:11|12|十一|十二)|11[.·]11|12[.·]12|9[.·]9\s*大促|"
    r"(?:iphone|ipad|galaxy|redmi|mate|xbox|ps|windows|usb|type)[\s-]*\d+\w*|100\s*%\s*(?:cotton|silk|wool|pure|natural)|"
    r"100\s*%\s*(?:纯?棉|真丝|羊毛)|(?:19|20)\d\d\s*年?(?=\s*(?:款|新款|春|夏|秋|冬|spring|summer|autumn|fall|winter|new|edition))|"
    r"\b(?:4k|8k|5g|4g|3d)\b",
    re.IGNORECASE,
)
_NUMBER_SAID = re.compile(
    r"\d|[零一二两三四五六七八九十百千万半]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|hundred|thousand|million|dozen|half|double|single|zero|no|without|today|tomorrow|overnight)\b|"
    # a day, a week, a month said without its number
    r"当[天日]|[次隔]日|隔天|第二天|无起[批订]|不限起|单件|拍下|"
    r"\b(?:same|next)[\s-](?:business |working )?day|\b(?:a|an|last|past|this)\s+(?:hour|day|week|fortnight|month|quarter|year)\b|"
    r"\bsingl[ey]\b|\bby the piece\b",
    re.IGNORECASE,
)
_MAX_ANSWERS = 30
_TEXT: tuple[TextIndicator, ...] = ("brand", "category", "attribute")
_OPS: Mapping[str, frozenset[str]] = {
    "number": frozenset({"<=", ">=", "<", ">", "="}),
    "rate": frozenset({"<=", ">=", "<", ">", "="}),
    "boolean": frozenset({"="}),
    "text": frozenset({"=", "in"}),
}


class Asked(Model):
    """What a brief asks for, checked and made exact, before anything is settled or relaxed.

    `wishes` in the order of the sentence, contradicting ones included; `conflicts` tells which do.
    """

    wishes: tuple[Wish, ...] = ()
    unsupported: tuple[str, ...] = ()
    conflicts: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All of them, exact."""
        return tuple(wish.condition for wish in self.wishes)

    @property
    def percentiles(self) -> tuple[PercentileCondition, ...]:
        """Those of them that are percentiles of the pool."""
        return tuple(wish.percentile for wish in self.wishes if wish.percentile is not None)


class Promised(Model):
    """What can be said of a brief's conditions before there is a theme.

    `exact`: those with a threshold of their own; of them `explicit` were said as a number or as yes or no, the others by a vague
    word (新品), which selection gives up first. Percentiles are taken in a theme's own pool and leave their share of it, and text
    conditions are read in that pool: `anything` says that there is one condition at all, of whatever kind.
    """

    exact: tuple[Condition, ...] = ()
    explicit: tuple[Condition, ...] = ()
    anything: bool = False


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
        self._importance = load_importance()
        self._relaxer = Relaxer(index, indicators, self._importance, self._resolved)

    def write(self, brief: CampaignBrief, pool: Eligibility, minimum: int, venue_id: str = "", wider: Eligibility | None = None) -> RuleSet:
        """Return the rules of `brief` over the theme's own pool, relaxed step by step until `minimum` products remain.

        `wider`: the pool with the theme's neighbours. It is used, and told, where that keeps a number or a yes or no that would
        have to be broken: women's walking shoes under 2000 rather than running shoes at 10,000.

        `conditions` are exact and may be applied as they stand; `percentiles` tell which of them were vague words;
        `relaxed`, `conflicts` and `notes` are sentences in both languages. A brief without constraints costs no model call.
        A pool smaller than `minimum` by itself is not relaxed. Raises what the model and the index raise.
        """
        if not brief.constraints:
            return RuleSet()
        asked = self.asked(brief, pool, venue_id)
        agreed = settled(asked.wishes, self._importance)
        wishes, relaxed = self._relaxer.relax(agreed, pool, minimum)
        neighbours = False
        if wider is not None and explicit(wishes) < explicit(agreed):
            kept, told = self._relaxer.relax(agreed, wider, minimum)
            if explicit(kept) > explicit(wishes):
                neighbours = True
                wishes, relaxed = kept, [filled(explicit(kept) - explicit(wishes)), *told]
        return RuleSet(
            conditions=tuple(wish.condition for wish in wishes),
            percentiles=tuple(wish.percentile for wish in wishes if wish.percentile is not None),
            unsupported=asked.unsupported,
            relaxed=tuple(relaxed),
            conflicts=asked.conflicts,
            notes=(*asked.conflicts, *asked.notes),
            broken=broken(asked.wishes, wishes),
            neighbours=neighbours,
        )

    def promised(self, brief: CampaignBrief, where: Eligibility) -> Promised:
        """What every venue of the brief promises, read before there is a theme, with one model call; none for a brief without
        constraints. Raises what the model and the index raise.
        """
        if not brief.constraints:
            return Promised()
        wishes = settled(self.asked(brief, where, narrowing=False).wishes, self._importance)
        exact = [wish for wish in wishes if wish.percentile is None and wish.manner != "text"]
        said_exactly = explicit(exact)
        return Promised(
            exact=tuple(wish.condition for wish in exact),
            explicit=tuple(wish.condition for wish in exact if wish.condition in said_exactly),
            anything=bool(wishes),
        )

    def asked(self, brief: CampaignBrief, pool: Eligibility, venue_id: str = "", *, narrowing: bool = True) -> Asked:
        """What the brief asks for, with one model call: every condition checked, percentiles taken in `pool`, contradictions told.

        `narrowing`: a category in the sentence that holds a part of the pool may be a condition; of a whole catalogue each does.
        Raises what the model and the index raise.
        """
        values = values_in(brief.sentence, self._index, pool, narrowing=narrowing and brief.venues == 1)
        answer = self._chat.ask(
            render(
                "write_rules",
                {
                    "sentence": brief.sentence,
                    "constraints": list(brief.constraints),
                    "indicators": [entry.model_dump(mode="json", by_alias=True) for entry in self._indicators.values()],
                    "vague_words": [entry.model_dump(mode="json") for entry in self._vague_words],
                    "values": [
                        {"indicator": value.indicator, "values": list(value.values), "because": value.because}
                        for value in values
                        if not value.denied
                    ],
                },
            ),
            RuleAnswer,
            CallContext(campaign_id=brief.campaign_id, venue_id=venue_id, purpose="write_rules"),
        )
        notes: list[Text] = []
        wishes: list[Wish] = []
        for item in answer.conditions[:_MAX_ANSWERS]:
            try:
                wish = self._wish(item, brief, pool)
            except _UnusableError as reason:
                notes.append(reason.note(clean(item.because, _MAX_BECAUSE)))
            else:
                if all((wish.condition.indicator, wish.condition.op, wish.condition.value, wish.percentile and wish.percentile.p) != (
                    other.condition.indicator, other.condition.op, other.condition.value, other.percentile and other.percentile.p,
                ) for other in wishes):  # fmt: skip
                    wishes.append(wish)
        wishes.sort(key=lambda wish: wish.place)
        # What the catalogue has and the brief refuses: the schema has no condition that excludes.
        refused = [value.because for value in values if value.denied]
        return Asked(
            wishes=tuple(wishes),
            unsupported=self._unsupported([*refused, *answer.unsupported[:_MAX_ANSWERS]], wishes, brief, pool),
            conflicts=conflicts_told(wishes, self._importance),
            notes=tuple(notes),
        )

    def _unsupported(self, told: Sequence[str], wishes: Sequence[Wish], brief: CampaignBrief, pool: Eligibility) -> tuple[str, ...]:
        """The phrases that stand in the sentence, that no condition rests on, and that the catalogue does not know as a value."""
        said = fold(brief.sentence)
        grounds = [fold(wish.condition.because) for wish in wishes]
        kept = dict.fromkeys(tidy for text in told if (tidy := clean(text, _MAX_BECAUSE)) and fold(tidy) in said)
        phrases = [phrase for phrase in kept if not any(fold(phrase) in ground for ground in grounds)]
        if not phrases:
            return ()
        where = _whole(pool)
        terms = sorted({fold(phrase) for phrase in phrases})
        known = {term for kind in _TEXT for term in self._index.known_values(kind, terms, where)}
        return tuple(phrase for phrase in phrases if fold(phrase) not in known)

    # --- checking one answered condition ----------------------------------------------------------------------------

    def _wish(self, item: RuleAnswerCondition, brief: CampaignBrief, pool: Eligibility) -> Wish:
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
            return self._exact(item.op, item.value, indicator, because, place, pool)
        if item.percentile is None:
            raise _UnusableError("既没有数值也没有分位", "neither a value nor a percentile was given")
        return self._vague(item.op, item.percentile, indicator, because, place, pool)

    def _exact(self, op: Operator, raw: bool | float | str, indicator: Indicator, because: str, place: int, pool: Eligibility) -> Wish:
        value = _as_type(raw, indicator)
        if value is None:
            shown = clean(str(raw), 40)
            raise _UnusableError(f"{indicator.zh}的取值 {shown} 无效", f"{shown!r} is no value of {indicator.en}")
        manner: Manner = "text" if indicator.type == "text" else "boolean" if isinstance(value, bool) else "number"
        if isinstance(value, float) and not _number_said(because):
            if not self._agreed(because, indicator.code):
                raise _UnusableError("原话里没有数字，也不是约定的说法", "it names no number and is no agreed vague word")
            manner = "vague"
        if isinstance(value, (str, tuple)):
            value = self._in_catalogue(value, indicator, pool)
            op = "in" if isinstance(value, tuple) else "="
        condition = Condition(indicator=indicator.code, op=op, value=value, because=because)
        return Wish(condition=condition, manner=manner, place=place)

    def _in_catalogue(self, value: str | tuple[str, ...], indicator: Indicator, pool: Eligibility) -> str | tuple[str, ...]:
        """Those of the values that the catalogue has. Raises _UnusableError where it has none."""
        words = value if isinstance(value, tuple) else (value,)
        as_term = attribute_term if indicator.code == "attribute" else fold
        terms = {word: as_term(word) for word in words}
        code: TextIndicator = "brand" if indicator.code == "brand" else "category" if indicator.code == "category" else "attribute"
        known = self._index.known_values(code, sorted(set(terms.values())), _whole(pool))
        kept = tuple(word for word in words if terms[word] in known)
        if not kept:
            shown = " / ".join(words)
            raise _UnusableError(
                f"商品库里没有{indicator.zh}「{shown}」", f"no product of the catalogue has the {indicator.en.lower()} {shown!r}"
            )
        return kept if len(kept) > 1 else kept[0]

    def _agreed(self, because: str, indicator: str) -> bool:
        """Whether the phrase holds a vague word that stands for a threshold on the indicator (新品 for listed_days)."""
        said = fold(because)
        return any(fold(word) in said for entry in self._vague_words if entry.indicator == indicator for word in entry.words)

    def _vague(self, op: Operator, p: float, indicator: Indicator, because: str, place: int, pool: Eligibility) -> Wish:
        if not indicator.is_numeric or op not in ("<=", ">="):
            raise _UnusableError(f"{indicator.zh} {op} 没有分位", f"{indicator.en} {op} has no percentiles")
        if not 0 <= p <= 100:
            raise _UnusableError(f"分位 {p} 不在 0 到 100 之间", f"percentile {p} is not between 0 and 100")
        if not _number_said(because) and not self._agreed(because, indicator.code):
            raise _UnusableError("原话里没有数字，也不是约定的说法", "it names no number and is no agreed vague word")
        percentile = PercentileCondition(indicator=indicator.code, op="<=" if op == "<=" else ">=", p=p, because=because)
        wish = self._resolved(percentile, place, pool)
        if wish is None:
            raise _UnusableError(f"没有商品填写{indicator.zh}", f"no product of this theme states {indicator.en}")
        return wish

    def _resolved(self, percentile: PercentileCondition, place: int, pool: Eligibility) -> Wish | None:
        limit = self._index.percentile(percentile.indicator, percentile.p, pool)
        if limit is None or not math.isfinite(limit):
            return None
        # Rounded outwards to four decimals, so that the product that defines the percentile stays inside.
        rounded = (math.ceil if percentile.op == "<=" else math.floor)(round(limit * 10_000, 3)) / 10_000
        condition = Condition(indicator=percentile.indicator, op=percentile.op, value=rounded, because=percentile.because)
        return Wish(condition=condition, manner="vague", percentile=percentile, place=place)


def _whole(pool: Eligibility) -> Eligibility:
    """The whole catalogue of a pool: what a text condition may name at all."""
    return Eligibility(catalogue=pool.catalogue, enrolled=False, min_stock=0)


def _number_said(because: str) -> bool:
    return bool(_NUMBER_SAID.search(_NAMES.sub(" ", because)))


class _UnusableError(Exception):
    """Why a condition of the model is not applied."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en

    def note(self, because: str) -> Text:
        return both(f"未采用「{because}」：{self.zh}", f"not applied: {because!r}: {self.en}")


def _as_type(raw: bool | float | str, indicator: Indicator) -> bool | float | str | tuple[str, ...] | None:
    """The value in the indicator's type and range, or None."""
    if indicator.type == "boolean":
        if isinstance(raw, bool):
            return raw
        return {"true": True, "false": False}.get(str(raw).strip().lower())
    if indicator.type == "text":
        if not isinstance(raw, str):
            return None
        words = [tidy for word in VALUE_SEPARATORS.split(raw) if (tidy := clean(word, 60))]
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
