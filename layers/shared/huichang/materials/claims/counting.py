"""Tests of claims that are counts, names with numbers in them, and days."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from huichang.materials.claims.extracting import Claim
from huichang.materials.claims.facts import Facts, figure
from huichang.materials.claims.lexicon import the_lexicon
from huichang.materials.claims.reading import fold

_NEARLY, _ABOUT = Decimal("0.8"), Decimal("0.1")
_OCCASION_DAYS = 15
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}  # noqa: SIM905


def _as_counted(claim: Claim, value: Decimal, count: int) -> bool:
    sides = claim.sides
    if "least" in sides or re.search(r"[多余+]", claim.folded) or "best" in claim.before:
        return value <= count
    if "most" in sides:
        return count <= value
    if "under" in sides:
        return value * _NEARLY <= count <= value
    if "about" in sides:
        return abs(count - value) <= value * _ABOUT
    return value == count or (claim.scope == "some" and value <= count)


def count(claim: Claim, facts: Facts) -> str:
    """24款, over 20 styles: how many goods there are."""
    value = claim.values[0] if claim.values else Decimal(0)
    good = _as_counted(claim, value, facts.product_count) and facts.product_count
    return "" if good or not spec(claim, facts) else f"there are {facts.product_count} products"


def merchants(claim: Claim, facts: Facts) -> str:
    """12家商家: how many there are."""
    if facts.merchants and claim.values and _as_counted(claim, claim.values[0], facts.merchants):
        return ""
    return f"there are {facts.merchants} merchants" if facts.merchants else "how many merchants is not known"


def number(claim: Claim, facts: Facts) -> str:
    """A number that no pattern took: the count of the goods, or part of a name."""
    if claim.of:  # 数十, "dozens of"
        sales = facts.measures.get("sales_30d")
        sold = float(sales.total or 0) if sales else 0.0
        return "" if max(facts.product_count, sold) >= float(claim.of) else f"there are {facts.product_count} products, {figure(sold)} sold"
    if claim.values == (Decimal(facts.product_count),) and facts.product_count:
        return ""
    return spec(claim, facts)


def spec(claim: Claim, facts: Facts) -> str:
    """A number that belongs to a name (618, iPhone 15, 四件套) and that a name, a trend or the goods themselves have."""
    said = re.escape(re.sub(r"\s+", "", claim.folded))
    own = (*facts.names(), *facts.trend_titles, *(facts.sample_titles if claim.test in ("spec", "count") else ()))
    if any(re.search(rf"(?<![\d.]){said}(?![\d.])", re.sub(r"\s+", "", fold(name))) for name in own):
        return ""
    return "no fact has this number"


def occasion(claim: Claim, facts: Facts) -> str:
    """双11, Black Friday: a name, a trend, or days near it."""
    if any(claim.folded in fold(name) for name in (*facts.names(), *facts.trend_titles)):
        return ""
    if facts.runs:
        month, day = map(int, the_lexicon().occasions[claim.folded].split("-"))
        for year in {facts.runs.from_.year, facts.runs.to.year}:
            moment = date(year, month, day)
            if (facts.runs.from_ - moment).days <= _OCCASION_DAYS and (moment - facts.runs.to).days <= _OCCASION_DAYS:
                return ""
    return "no name, trend or day of the promotion speaks of it"


# --- days ---------------------------------------------------------------------------------------------------------------


def window(claim: Claim, facts: Facts) -> str:
    """Dates: the first and the last day of the promotion."""
    if facts.runs is None:
        return "the promotion has no days"
    says = f"it runs from {facts.runs.from_} to {facts.runs.to}"
    days = _days(claim)
    ends, starts = (facts.runs.to.month, facts.runs.to.day), (facts.runs.from_.month, facts.runs.from_.day)
    if not days:
        return says
    if len(days) > 1:
        return "" if (days[0], days[-1]) == (starts, ends) else says
    if re.search(r"截止|结束|止|前|恢复|限|\b(?:until|till|ends?|ending|through|by|before)\b", claim.folded) or re.search(
        r"至|到", claim.folded
    ):
        return "" if days[0] == ends else says
    if re.search(r"起|开始|开抢|开启|开售|从|\b(?:from|starts?|starting)\b", claim.folded):
        return "" if days[0] == starts else says
    return "" if days[0] in (starts, ends) else says


def _days(claim: Claim) -> list[tuple[int, int]]:
    values = [int(value) for value in claim.values]
    named = [_MONTHS[name] for name in re.findall(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*", claim.folded)]
    if named:
        months = named if len(named) >= len(values) else [named[0]] * len(values)
        return list(zip(months, values, strict=False))
    if len(values) == 3:
        values = [values[0], values[1], values[0], values[2]]
    return [(values[n], values[n + 1]) for n in range(0, len(values) - 1, 2)]


def window_set(_: Claim, facts: Facts) -> str:
    """限时: there must be days at all."""
    return "" if facts.runs is not None else "the promotion has no days"
