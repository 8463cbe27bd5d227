"""Claims held against the facts. Every test answers "" where the facts carry the claim, else what the facts do say.

Of how many a claim must hold: a plain statement and "all" of every one of the goods (known of every one, too), "some" of one, "many" of a
fifth, "most" of more than half, "12款包邮" of so many; "from" and "up to" are read as buyers read them (see the decision record 0020).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from huichang.catalog.indicators import VagueWord, load_vague_words
from huichang.materials.claims.counting import count, merchants, number, occasion, spec, window, window_set
from huichang.materials.claims.extracting import Claim, claims_in
from huichang.materials.claims.facts import Facts, Measure, figure
from huichang.materials.claims.lexicon import the_lexicon
from huichang.materials.claims.reading import fold, read

_NEARLY, _ABOUT = Decimal("0.8"), Decimal("0.1")
_SAME_DAY_HOURS = 12
_MOST_SALES_DAYS = 30
# themes/promises.py has read names for these; whatever else a name says is checked like any text.
_NAMED = frozenset(
    ("vague", "quality", "number", "spec", "count", "price", "discount", "occasion", "at_most", "at_least", "merchants", "popular", "trend")
) | {"returns", "benefit"}
_DAYS = re.compile(r"[- ]?(?:天|日|days?)")
_EACH = re.compile(r"款款|单款|每款|件件|每件|\beach\b|\bevery (?:one|style|item)\b")


@dataclass(frozen=True)
class Ungrounded:
    """A claim that does not follow from the facts. `says`: what the facts say of it."""

    kind: str
    words: str
    says: str

    @property
    def told(self) -> str:
        """For the model that wrote it, and for people."""
        return f"says {self.words!r} ({self.kind}), which the facts do not: {self.says}"


def ungrounded(text: str, facts: Facts, *, own: bool = True) -> tuple[Ungrounded, ...]:
    """The claims of a text that do not follow from the facts, in its order. `own` false: the text is one of the names itself."""
    found = []
    names = _name_spans(text, facts) if own else []
    for claim in claims_in(text):
        if claim.test in _NAMED and any(start <= claim.start and claim.end <= end for start, end in names):
            continue
        says = _TESTS[claim.test](claim, facts)
        if says:
            found.append(Ungrounded(claim.kind, claim.words, says))
    return tuple(found)


def _name_spans(text: str, facts: Facts) -> list[tuple[int, int]]:
    folded = read(text).folded  # its places are those that claims speak of
    spans = []
    for name in facts.names():
        spelt = fold(name)
        if len(spelt) > 1:
            bounded = rf"(?<![a-z0-9]){re.escape(spelt)}(?![a-z0-9])" if spelt.isascii() else re.escape(spelt)
            spans += [(match.start(), match.end()) for match in re.finditer(bounded, folded)]
    return spans


# --- how many -----------------------------------------------------------------------------------------------------------


def _enough(claim: Claim, holders: int, facts: Facts) -> bool:
    """Whether so many of the goods are as many as the claim speaks of."""
    count = facts.product_count
    if not count or holders <= 0:
        return False
    if claim.among is not None:
        return holders >= claim.among and claim.among <= count
    if claim.scope == "some":
        return True
    if claim.scope == "many":
        return holders >= min(count, max(3, count / 5))
    if claim.scope == "half":
        return holders * 2 >= count
    if claim.scope == "most":
        return holders * 2 > count
    return holders >= count


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def _told(measure: Measure | None, facts: Facts, unit: str = "", say: Callable[[float], str] = figure) -> str:
    if measure is None:
        return "nothing is known of it"
    of_all = "" if measure.known >= facts.product_count else f", known of {measure.known} of {facts.product_count}"
    total = f", {figure(measure.total)} in all" if measure.total is not None else ""
    return f"{say(measure.min)} to {say(measure.max)}{unit}{total}{of_all}"


# --- money --------------------------------------------------------------------------------------------------------------


def _price(claim: Claim, facts: Facts) -> str:
    low, high = facts.price_min, facts.price_max
    low, high = (high if low is None else low), (low if high is None else high)
    if low is None or high is None:
        return "no price is known"
    says = f"prices run from {low} to {high} {facts.currency or ''}".rstrip()
    if claim.currency and claim.currency != facts.currency:
        return f"{says}, in no other currency"
    values = claim.values
    if len(values) > 1:
        # A range must hold all prices; and both ends must be near them, or it says nothing true about where they lie.
        return "" if values[0] <= low and high <= values[-1] and values[-1] <= high * Decimal("1.5") else says
    value, sides = values[0], claim.sides
    if "from" in sides or ("best" in claim.before and "most" not in sides):
        return "" if value == low else says
    if "most" in sides:
        return "" if high <= value else says
    if "least" in sides:
        return "" if low >= value else says
    if sides & {"about", "under"} or (claim.in_words and value in (10, 100, 1000, 10000)):
        return "" if abs(low - value) <= value / 5 and abs(high - value) <= value / 5 else says
    if claim.scope == "some":
        return "" if value in (low, high) else says
    return "" if low == high == value else says


def _rates(claim: Claim) -> list[float]:
    """What a discount takes off, as shares."""
    if claim.unit == "half":
        return [0.5]
    if claim.unit == "zhe":
        return [float(1 - value / (10 if value < 10 else 100)) for value in claim.values]
    return [float(value * (10 if "成" in claim.folded else 1)) / 100 for value in claim.values]


def _discount(claim: Claim, facts: Facts) -> str:
    measure = facts.measures.get("discount_rate")
    says = f"price cuts: {_told(measure, facts, say=_percent)}"
    if measure is not None and measure.tenth is not None:
        says += f"; a tenth of the goods reach {_percent(measure.tenth)}"
    if measure is None:
        return says
    rates = _rates(claim)
    best = bool(claim.sides & {"from", "best"}) and "least" not in claim.before
    if best and len(rates) == 1:
        reached = measure.tenth if measure.tenth is not None else 0.0
        return "" if reached >= rates[0] - 0.001 else says
    if claim.scope in ("some", "many"):
        return "" if measure.max >= min(rates) - 0.001 else says
    everywhere = facts.of_all("discount_rate")
    return "" if everywhere is not None and everywhere.min >= max(rates) - 0.001 and claim.among is None else says


def _any_discount(claim: Claim, facts: Facts) -> str:
    measure = facts.measures.get("discount_rate")
    cut = measure.known if measure is not None and measure.min > 0 else 0
    return "" if _enough(claim, cut, facts) else f"price cuts: {_told(measure, facts, say=_percent)}"


def _threshold(claim: Claim, facts: Facts) -> str:
    holders = facts.offered("coupon_300_30")
    says = f"30 off every 300: {holders} of {facts.product_count}"
    pair = sorted(claim.values)
    return "" if pair == [30, 300] and "%" not in claim.folded and "折" not in claim.folded and _enough(claim, holders, facts) else says


# --- measures -----------------------------------------------------------------------------------------------------------


def _scaled(claim: Claim) -> list[Decimal]:
    factor = {"days": Decimal(24), "percent": Decimal("0.01")}.get(claim.unit, Decimal(1))
    return [value * factor for value in claim.values]


def _at_most(claim: Claim, facts: Facts) -> str:
    """Shipping times, order minimums: nothing may lie above; "from 24 hours" and "最快" need one of the goods only."""
    measure = facts.measures.get(claim.of)
    says = f"{claim.of}: {_told(measure, facts)}"
    values = _scaled(claim)
    if measure is None or not values:
        return says
    if len(values) > 1 and claim.of == "moq":
        return "" if Decimal(str(measure.min)) >= values[0] and Decimal(str(measure.max)) <= values[-1] else says
    value = float(values[0])
    if claim.scope in ("some", "many") or "from" in claim.before:
        return "" if measure.min <= value else says
    everywhere = facts.of_all(claim.of)
    return "" if everywhere is not None and everywhere.max <= value and claim.among is None else says


def _at_least(claim: Claim, facts: Facts) -> str:
    measure = facts.measures.get(claim.of)
    says = f"{claim.of}: {_told(measure, facts)}" + (f", {figure(measure.mean)} on average" if measure and measure.mean else "")
    values = _scaled(claim)
    if measure is None or not values:
        return says
    value = float(values[0])
    if "about" in claim.sides or re.search(r"平均|average|averag", claim.folded):
        return "" if measure.mean is not None and abs(measure.mean - value) <= 0.05 + value * 0.005 else says
    if claim.scope in ("some", "many") or "best" in claim.before:
        return "" if measure.max >= value else says
    everywhere = facts.of_all(claim.of)
    return "" if everywhere is not None and everywhere.min >= value and claim.among is None else says


def _total(claim: Claim, facts: Facts) -> str:
    """Sales, stock, reviews of all the goods together. Sales are known for thirty days."""
    measure = facts.measures.get(claim.of)
    says = f"{claim.of}: {_told(measure, facts)}"
    if measure is None or measure.total is None:
        return says
    said = read(claim.folded)
    values = [number.value for number in said.numbers if not _DAYS.match(said.folded, number.end)]
    days = [number.value for number in said.numbers if _DAYS.match(said.folded, number.end)]
    if any(day < _MOST_SALES_DAYS for day in days):
        return f"{says} in {_MOST_SALES_DAYS} days"
    if not values or re.search(r"今[天日]|本周|一周|\b(?:week|today|hours?|day)\b", claim.folded):
        return says
    value = float(max(values))
    if _EACH.search(claim.folded):
        return "" if measure.known >= facts.product_count and measure.min >= value else says
    nearly = "under" in claim.before or re.search(r"近\d+(?!\d*[天日])", claim.folded)
    share = float(_NEARLY) if nearly else 1 - float(_ABOUT) if "about" in claim.sides else 1.0
    return "" if measure.total >= value * share else says


def _same_day(claim: Claim, facts: Facts) -> str:
    return _sent_within(_SAME_DAY_HOURS, claim, facts)


def _next_day(claim: Claim, facts: Facts) -> str:
    return _sent_within(24, claim, facts)


def _sent_within(hours: int, claim: Claim, facts: Facts) -> str:
    measure = facts.of_all("ship_within_hours")
    says = f"ship_within_hours: {_told(facts.measures.get('ship_within_hours'), facts)}"
    return "" if measure is not None and measure.max <= hours and claim.among is None else says


def _no_minimum(_: Claim, facts: Facts) -> str:
    measure = facts.of_all("moq")
    return "" if measure is not None and measure.max <= 1 else f"moq: {_told(facts.measures.get('moq'), facts)}"


def _stock_left(claim: Claim, facts: Facts) -> str:
    measure = facts.of_all("stock")
    if measure is not None and measure.total is not None and claim.values and measure.total == float(claim.values[-1]):
        return ""
    return f"stock: {_told(facts.measures.get('stock'), facts)}; nothing says that it is scarce"


# --- yes or no ----------------------------------------------------------------------------------------------------------


def _benefit(claim: Claim, facts: Facts) -> str:
    holders = facts.offered(claim.of)
    return "" if _enough(claim, holders, facts) else f"{claim.of}: {holders} of {facts.product_count}"


def _returns(claim: Claim, facts: Facts) -> str:
    holders = facts.offered("seven_day_return")
    says = f"returns within seven days: {holders} of {facts.product_count}"
    days = claim.values[0] if claim.values else Decimal(7)
    return "" if days <= 7 and not re.search(r"money|guarantee|免费|试", claim.folded) and _enough(claim, holders, facts) else says


def _vague(claim: Claim, facts: Facts) -> str:
    """An agreed word: what the goods were chosen by, or what every one of them meets."""
    word: VagueWord = load_vague_words()[int(claim.of)]
    if isinstance(word.value, bool):
        holders = facts.offered(word.indicator)
        return "" if _enough(claim, holders, facts) else f"{word.indicator}: {holders} of {facts.product_count}"
    if f"{word.indicator}{word.op[0]}" in facts.held and claim.among is None:
        return ""
    measure = facts.measures.get(word.indicator)
    says = f"{word.indicator}: {_told(measure, facts)}; the goods were not chosen by it"
    if measure is None or word.value is None:
        return says
    if claim.scope == "some":
        return "" if (measure.min <= word.value if word.op == "<=" else measure.max >= word.value) else says
    everywhere = facts.of_all(word.indicator)
    if everywhere is None or (claim.among is not None and claim.among != facts.product_count):
        return says
    return "" if (everywhere.max <= word.value if word.op == "<=" else everywhere.min >= word.value) else says


def _quality(claim: Claim, facts: Facts) -> str:
    holders = facts.qualities.get(claim.of, 0)
    names_goods = claim.of in the_lexicon().materials and claim.scope == "plain" and claim.among is None
    good = holders >= 1 if names_goods else _enough(claim, holders, facts)
    return "" if good else f"{holders} of {facts.product_count} goods say so themselves"


def _percentage(claim: Claim, facts: Facts) -> str:
    """100 % of a material: all of it, of all. Any other share of anything is unknown."""
    says = "no fact has such a share"
    whole = claim.values == (Decimal(100),) or re.search(r"百分百|百分之百|hundred", claim.folded)
    if not whole:
        return says
    said = [code for code, expression in the_lexicon().qualities.items() if expression.search(claim.folded)]
    return "" if said and all(facts.qualities.get(code, 0) >= facts.product_count > 0 for code in said) else says


def _popular(_: Claim, facts: Facts) -> str:
    carried = {"sales_30d>", "sales_growth_7d>"} & set(facts.held)
    return "" if carried else "the goods were not chosen by what sells, and no rank is known"


def _trend(_: Claim, facts: Facts) -> str:
    return "" if facts.trend_titles or "sales_growth_7d>" in facts.held else "the page stands on no trend"


def _never(_: Claim, __: Facts) -> str:
    return "nothing that is known of these goods can carry it"


_TESTS: dict[str, Callable[[Claim, Facts], str]] = {
    "price": _price,
    "discount": _discount,
    "any_discount": _any_discount,
    "threshold": _threshold,
    "at_most": _at_most,
    "at_least": _at_least,
    "total": _total,
    "same_day": _same_day,
    "next_day": _next_day,
    "no_minimum": _no_minimum,
    "stock_left": _stock_left,
    "benefit": _benefit,
    "returns": _returns,
    "vague": _vague,
    "quality": _quality,
    "percentage": _percentage,
    "popular": _popular,
    "trend": _trend,
    "count": count,
    "merchants": merchants,
    "number": number,
    "spec": spec,
    "occasion": occasion,
    "window": window,
    "window_set": window_set,
    "never": _never,
}
TESTS = frozenset(_TESTS)
