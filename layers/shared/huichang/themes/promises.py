"""What a name promises, and whether it holds: a venue called 低价连衣裙 sells low-priced dresses, or it is called 连衣裙.

A name is given when a theme is planned; what its goods meet is known when they are chosen. So the words of a name are read
again then, whoever wrote them: vague words of catalog/indicators.yaml, the operator's own phrases, numbers with a limit. A
promise holds where a condition that was kept as it was said says the same, or where every chosen product meets it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from huichang.catalog.indicators import VagueWord, load_vague_words
from huichang.kernel.language import Language, Text, both
from huichang.selection.conditions import Measured, meets
from huichang.selection.model import Condition, RuleSet
from huichang.selection.words import fold, han_runs, say, without_generic
from huichang.themes.model import CampaignBrief, Theme, Wording
from huichang.themes.naming import fitted_name

# Words of a banner that say as much as an agreed vague word and are none in a sentence ("new" alone may be anything).
_ALSO: dict[str, str] = {"listed_days": r"\b(?:new|latest)\b(?!\s+(?:year|home|house|born|bab|mum|mom|parent|term|school|start|me\b))"}
_ZH_NUMBER = r"(?:\d+(?:\.\d+)?|[一二三四五六七八九十百千万几两]+)"
_UNIT = r"\s*(?:usd|dollars?|yuan|rmb|cny|inr|rupees?|rs|hours?|days?|stars?|pieces?)\b"
_SIGN = r"(?:[$€£¥₹]|\b(?:rs\.?|usd|inr|rmb)\s)\s*"
_NUMBERS = re.compile(
    rf"(?:不到|低于|不足|少于|满|仅需?|只要)?{_ZH_NUMBER}[元块]?钱?(?:以下|以内|之内|以上|封顶|起售|元起|内(?=发|达|送))|"
    rf"{_ZH_NUMBER}[元块](?:专区|专场|店|封顶|起|内)?|{_ZH_NUMBER}折(?![叠伞扇纸页凳椅])(?:以下|起|封顶)?|"
    rf"{_ZH_NUMBER}(?:小时|天|日)内?(?:发货|达|送达)|\d+\.\d+(?=包邮|专|特)|\d(?:\.\d)?[分星](?:以上|好评)?|"
    # "over 40" may be an age: only caps are limits without a unit.
    rf"\b(?:under|below|less than|up to|within)\s+(?:{_SIGN})?\d[\d,.]*(?![\w%])(?:{_UNIT})?|"
    rf"\b(?:from|over|above|at least)\s+(?:{_SIGN}\d[\d,.]*|\d[\d,.]*{_UNIT})|"
    rf"{_SIGN}\d[\d,.]*(?:\s*(?:and|or)\s+(?:under|less|below))?|\d+(?:\.\d+)?\s*%\s*off|\b\d(?:\.\d)?[- ]stars?\b|"
    r"\b\d+[- ](?:hour|day)s?\s+(?:shipping|dispatch|delivery)|\b\d+\+\s*sold",
    re.IGNORECASE,
)
_CAP = re.compile(
    r"(?:under|below|less than|up to)\s+\D{0,4}(\d[\d,]*(?:\.\d+)?)\s*(?:usd|dollars?|yuan|rmb|cny|inr|rupees?|rs)?$|"
    r"(\d+(?:\.\d+)?)[元块]?(?:以下|以内|之内|封顶)$",
    re.IGNORECASE,
)
_PLAIN_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_LEFT_OVER = re.compile(
    r"^(?:and|&|with|for|at|from|的|与|和|及|·|、)\s*(?=\S)|(?<=\S)\s*(?:\band|&|\bwith|\bfor|\bat|\bfrom|与|和|及|·|、)$", re.IGNORECASE
)


@dataclass(frozen=True)
class _Said:
    """A stretch of a text that promises something: `vague` the agreed word, `phrase` the operator's own words, else a number."""

    start: int
    end: int
    text: str
    vague: VagueWord | None = None
    phrase: str = ""


class Promises:
    """Which promises hold of the products of one venue."""

    def __init__(self, brief: CampaignBrief, rules: RuleSet, products: Iterable[Measured] | None = None) -> None:
        """`products`: those that were chosen; None before they are, then only the rules count."""
        self._rules = rules
        broken = {(condition.indicator, fold(condition.because)) for condition in rules.broken}
        self._kept = [each for each in rules.conditions if (each.indicator, fold(each.because)) not in broken]
        self._phrases = tuple(dict.fromkeys((*brief.constraints, *(each.because for each in rules.broken), *rules.unsupported)))
        # 定制 in the name of goods that were asked for as such is what they are.
        self._goods = tuple(
            fold(subject) for subject in brief.subjects if not any(fold(phrase) in fold(subject) for phrase in self._phrases)
        )
        self._products = None if products is None else tuple(products)

    def false_in(self, text: str) -> tuple[str, ...]:
        """The words of the text that promise what does not hold, in its order."""
        return tuple(said.text for said in self._false(text))

    def without_false(self, text: str) -> str:
        """The text without them, and without what then hangs loose at its ends."""
        for said in sorted(self._false(text), key=lambda one: -one.start):
            text = f"{text[: said.start]} {text[said.end :]}" if not han_runs(text) else text[: said.start] + text[said.end :]
        tidy = " ".join(text.split())
        while (cut := _LEFT_OVER.sub("", tidy).strip()) != tidy:
            tidy = cut
        return tidy

    def withheld(self, language: Language) -> tuple[str, ...]:
        """Words that copy must not use: what was asked for and does not hold, in the operator's words and in others for it."""
        words: dict[str, None] = {}
        for condition in self._rules.broken:
            words[condition.because] = None
            for vague in load_vague_words():
                if _same_promise(vague, condition) and not self._holds_vague(vague):
                    words |= dict.fromkeys(vague.zh if language == "zh" else vague.en)
        return tuple(word for word in words if word and (bool(han_runs(word)) == (language == "zh")))

    def held(self) -> tuple[str, ...]:
        """What the products were chosen by, and meet, as indicator and side: "sales_30d>", "price<". An agreed word for it holds."""
        told = {f"{condition.indicator}{condition.op[0]}" for condition in self._kept if condition.op[0] in "<>"}
        return tuple(sorted(told))

    def _false(self, text: str) -> list[_Said]:
        spans: list[_Said] = []
        for said in sorted(self._said(text), key=lambda one: (one.start - one.end, one.start)):  # the longest wins
            if all(said.end <= other.start or other.end <= said.start for other in spans):
                spans.append(said)
        folded = fold(text)
        named = [(at.start(), at.end()) for goods in self._goods for at in re.finditer(re.escape(goods), folded)]
        named = named if len(folded) == len(text) else []
        return [
            said
            for said in sorted(spans, key=lambda one: one.start)
            if not self._holds(said) and not any(start <= said.start and said.end <= end for start, end in named)
        ]

    def _said(self, text: str) -> Iterable[_Said]:
        for phrase in self._phrases:
            for found in re.finditer(_spelt(phrase), text, re.IGNORECASE):
                yield _Said(found.start(), found.end(), found[0], phrase=phrase)
        for vague in load_vague_words():
            for found in re.finditer(_of(vague), text, re.IGNORECASE):
                yield _Said(found.start(), found.end(), found[0], vague=vague)
        for found in _NUMBERS.finditer(text):
            yield _Said(found.start(), found.end(), found[0])

    def _holds(self, said: _Said) -> bool:
        if said.vague is not None:
            return self._holds_vague(said.vague)
        if said.phrase:
            mine = fold(said.phrase)
            broken = any(mine in fold(each.because) or fold(each.because) in mine for each in self._rules.broken if each.because)
            kept = any(mine in fold(each.because) or fold(each.because) in mine for each in self._kept if each.because)
            return kept and not broken
        return self._holds_number(said.text)

    def _holds_vague(self, vague: VagueWord) -> bool:
        if any(_same_promise(vague, condition) for condition in self._kept):
            return True
        if vague.value is None or not self._products:
            return False
        condition = Condition(indicator=vague.indicator, op=vague.op, value=vague.value)
        return all(meets(product, condition) for product in self._products)

    def _holds_number(self, text: str) -> bool:
        mine = fold(text)
        numbers = {_number(found) for found in _PLAIN_NUMBER.findall(mine)}
        for condition in self._kept:
            because = fold(condition.because)
            known = {_number(found) for found in _PLAIN_NUMBER.findall(because)}
            known |= {float(condition.value)} if isinstance(condition.value, (int, float)) else set()
            if mine in because or (numbers and numbers <= known):
                return True
        cap = _CAP.search(mine)
        if cap is None or not self._products:
            return False
        limit = Condition(indicator="price", op="<=", value=_number(cap[1] or cap[2]))
        return all(meets(product, limit) for product in self._products)


def kept_to(theme: Theme, promises: Promises, brief: CampaignBrief) -> tuple[Theme, tuple[Text, ...]]:
    """The theme with a name, a slogan and tabs that promise only what holds, and what was changed, to be told.

    Starts from the words it was planned with, so that they come back where they hold again. Raises nothing.
    """
    planned = theme.as_planned
    name, told = planned.name, []
    false = promises.false_in(name)
    if false:
        name = _name(planned, promises, brief)
        words_zh, words_en = "、".join(f"「{word}」" for word in false), ", ".join(map(repr, false))
        told.append(
            both(
                f"名称由「{planned.name}」改为「{name}」：{words_zh}对选中的商品不成立",
                f"renamed from {planned.name!r} to {name!r}: {words_en} does not hold of the chosen products",
            )
        )
    slogan = planned.slogan
    if false := promises.false_in(slogan):
        slogan = ""
        told.append(
            both(
                f"去掉了口号「{planned.slogan}」：「{false[0]}」对选中的商品不成立",
                f"the slogan {planned.slogan!r} was left out: {false[0]!r} does not hold of the chosen products",
            )
        )
    tabs = tuple(tab for tab in planned.subthemes if not promises.false_in(tab.name))
    if (name, slogan, tabs) == (planned.name, planned.slogan, planned.subthemes):
        return planned, ()
    words = Wording(name=planned.name, slogan=planned.slogan, subthemes=planned.subthemes)
    return planned.model_copy(update={"name": name, "slogan": slogan, "subthemes": tabs, "planned": words}), tuple(told)


def _name(theme: Theme, promises: Promises, brief: CampaignBrief) -> str:
    """The name without false promises; where nothing is left that names goods, the words that the theme is about."""
    named = (*brief.subjects, *theme.keywords) if brief.subjects else ()
    for raw in (theme.name, theme.about, brief.idea, *named):
        fitted, _ = fitted_name(promises.without_false(raw), brief.language)
        if fitted and without_generic(fitted):
            return fitted if brief.language == "zh" or fitted != fitted.lower() else fitted.title()
    if not brief.subjects:  # a venue of many kinds of goods is not called after the first of them
        return say(brief.language, "精选好物", "Good Finds")
    return theme.keywords[0][:60]


def _same_promise(vague: VagueWord, condition: Condition) -> bool:
    """Whether the condition bounds the same measure from the same side; of yes or no, whether it says the same."""
    if vague.indicator != condition.indicator:
        return False
    return vague.value is condition.value if isinstance(condition.value, bool) else vague.op[0] == condition.op[0]


def _of(vague: VagueWord) -> str:
    found = "|".join(map(_spelt, sorted(vague.words, key=len, reverse=True)))
    also = _ALSO.get(vague.indicator, "")
    return f"{found}|{also}" if also else found


def _spelt(phrase: str) -> str:
    """A phrase however it is spaced and hyphenated; English only as whole words."""
    spelt = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", phrase.strip()) if word)
    return spelt if han_runs(phrase) or not spelt else rf"(?<![a-z0-9]){spelt}(?![a-z0-9])"


def _number(text: str) -> float:
    return float(text.replace(",", ""))
