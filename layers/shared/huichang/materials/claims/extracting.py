"""From a text to what it claims. Deterministic, without facts: what is claimed is the same whatever is true."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from huichang.materials.claims.lexicon import Lexicon, Pattern, Side, Unit, the_lexicon
from huichang.materials.claims.reading import Number, Reading, clause, read

Scope = Literal["all", "plain", "some", "many", "half", "most"]
_EVERY = re.compile(
    r"全场|全部|所有|件件|款款|个个|样样|每[款件个]|通通|统统|一律|均|都(?!市)|全(?=是|为|包|免|场)|\b(?:all|every|everything|each|any|throughout|sitewide|storewide)\b"
)
_LATE = 10_000
_VAGUE, _QUALITY, _MONEY = 2_000, 3_000, 1_000
# Between a number of goods and what is claimed of so many: 12款包邮, "12 of them with free shipping", "free shipping on 12".
_COUNT_FIRST = re.compile(
    r"\s*(?:商品|好物|好货|单品|产品|款式|宝贝)?(?:可享|可|享受|享|支持|均|都|全部|为|是|有|还)*\s*|"
    r" (?:of them |items? |picks? |products? |styles? |that |which )*"
    r"(?:come |comes |ship |ships |qualify |all |have |has |get |offer |are )*(?:with |for )?"
)
_COUNT_LAST = re.compile(r" (?:on|for|with) (?:over |more than |at least |all |any of |)?")


@dataclass(frozen=True)
class Claim:
    """`kind` as a finding tells it, `test` how it is checked, `of` the indicator, benefit, quality or vague word it is about.

    `values`: its numbers as they are said, in order. `before`, `after`: sides that words before or after the number put on it.
    `scope`: of how many of the goods it speaks; `among`: of exactly so many. `words` and start..end: the text's own.
    """

    kind: str
    test: str
    words: str
    start: int
    end: int
    of: str = ""
    unit: Unit = "plain"
    values: tuple[Decimal, ...] = ()
    in_words: bool = False
    before: frozenset[Side] = frozenset()
    after: frozenset[Side] = frozenset()
    scope: Scope = "plain"
    among: Decimal | None = None
    folded: str = ""
    currency: str = ""

    @property
    def sides(self) -> frozenset[Side]:
        """Both."""
        return self.before | self.after


@dataclass(frozen=True)
class _Found:
    """A stretch of the folded text."""

    rank: int
    start: int
    end: int
    pattern: Pattern | None
    kind: str
    test: str


@lru_cache(maxsize=1024)
def claims_in(text: str) -> tuple[Claim, ...]:
    """What the text claims, in its order. Empty for a text that only invites."""
    lexicon = the_lexicon()
    reading = read(text)
    chosen = _without_overlaps([*_patterns(reading, lexicon), *_occasions(reading, lexicon), *_money(reading, lexicon)])
    covered = [(found.start, found.end) for found in chosen]
    loose = [
        _Found(0, number.start, number.end, None, "number", "number")
        for number in reading.numbers
        if not any(start <= number.start and number.end <= end for start, end in covered)
    ]
    rough = [
        _Found(0, match.start(), match.end(), None, "number", f"number:{least}")
        for expression, least in lexicon.rough
        for match in expression.finditer(reading.folded)
        if not any(start < match.end() and match.start() < end for start, end in covered)
    ]
    harmless = [(match.start(), match.end()) for match in lexicon.harmless.finditer(reading.folded)]
    kept = [
        found
        for found in sorted([*chosen, *loose, *_without_overlaps(rough)], key=lambda each: each.start)
        if not any(start <= found.start and found.end <= end for start, end in harmless) and not _denied(found, reading, lexicon)
    ]
    return tuple(_joined([_claim(found, reading, lexicon) for found in kept], reading))


def _patterns(reading: Reading, lexicon: Lexicon) -> Iterable[_Found]:
    for number, pattern in enumerate(lexicon.patterns):
        rank = {"vague": _VAGUE, "quality": _QUALITY}.get(pattern.test, number) + (_LATE if pattern.late else 0)
        for match in pattern.expression.finditer(reading.marked if pattern.on_numbers else reading.folded):
            if match.start() == match.end():
                continue
            start, end = match.span()
            if pattern.on_numbers:
                start, end = reading.folded_at(start), reading.folded_at(end)
            yield _Found(rank, start, end, pattern, pattern.kind, pattern.test)


def _occasions(reading: Reading, lexicon: Lexicon) -> Iterable[_Found]:
    for word in lexicon.occasions:
        for match in re.finditer(rf"(?<![\d.]){re.escape(word)}(?![\d.]*[\d元块折%款件个])", reading.folded):
            yield _Found(-1, match.start(), match.end(), None, "occasion", "occasion")


def _money(reading: Reading, lexicon: Lexicon) -> Iterable[_Found]:
    for match in lexicon.money_spans.finditer(reading.marked):
        yield _Found(_MONEY, reading.folded_at(match.start()), reading.folded_at(match.end()), None, "price", "price")
    # 9.9包邮, 19.9专区: a price without a sign.
    for match in re.finditer(r"N(?=包邮|专区|专场|特卖|秒杀|封顶)", reading.marked):
        start, end = reading.folded_at(match.start()), reading.folded_at(match.end())
        if "." in reading.folded[start:end]:
            yield _Found(_MONEY, start, end, None, "price", "price")


def _without_overlaps(found: list[_Found]) -> list[_Found]:
    kept: list[_Found] = []
    for each in sorted(found, key=lambda one: (one.rank, one.start - one.end, one.start)):
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    return kept


def _denied(found: _Found, reading: Reading, lexicon: Lexicon) -> bool:
    """不包邮 and "no dropshipping" claim nothing; what can never be said is not softened by a word before it."""
    if found.test not in ("vague", "quality", "any_discount", "popular", "trend"):
        return False
    return bool(lexicon.denied.search(reading.folded[max(0, found.start - 10) : found.start]))


def _claim(found: _Found, reading: Reading, lexicon: Lexicon) -> Claim:
    numbers = reading.within(found.start, found.end)
    before, after = _sides(numbers, found, reading, lexicon) if numbers else (frozenset(), frozenset())
    begin, stop = clause(reading.folded, found.start, found.end)
    around = reading.folded[begin:stop]
    inside = reading.folded[found.start : found.end]
    pattern = found.pattern
    return Claim(
        kind=found.kind,
        test=found.test.partition(":")[0],
        words=reading.words(found.start, found.end),
        start=found.start,
        end=found.end,
        of=pattern.of if pattern else found.test.partition(":")[2],
        unit=pattern.unit if pattern else "plain",
        values=tuple(number.value for number in numbers),
        in_words=any(number.in_words for number in numbers),
        before=before,
        after=after,
        scope=_scope(around, lexicon),
        folded=inside,
        currency=_currency(inside, lexicon) if found.test == "price" else "",
    )


def _scope(around: str, lexicon: Lexicon) -> Scope:
    some: tuple[Scope, ...] = ("most", "half", "many", "some")
    limited = next((name for name in some if lexicon.scope[name].search(around)), None)
    return limited or ("all" if _EVERY.search(around) else "plain")


def _sides(numbers: tuple[Number, ...], found: _Found, reading: Reading, lexicon: Lexicon) -> tuple[frozenset[Side], frozenset[Side]]:
    """What the words right before the first and right after the last number say; signs and units may stand between."""
    first, last = numbers[0], numbers[-1]
    lead = reading.folded[max(0, found.start - 18) : first.start]
    lead = re.sub(r"(?:us\$|[¥$€£₹]|rs\.?|rmb|cny|usd|inr)?\s*$", "", lead)
    tails = (reading.folded[last.end : last.end + 16], reading.folded[found.end : found.end + 16])
    before = frozenset(side for side, expression in lexicon.before.items() if expression.search(lead))
    after = frozenset(side for side, expression in lexicon.after.items() if any(expression.match(tail) for tail in tails))
    return before, after


def _currency(inside: str, lexicon: Lexicon) -> str:
    for sign in sorted(lexicon.currency_of, key=len, reverse=True):
        spelt = re.escape(sign) if not sign.isascii() or not sign.isalpha() else rf"(?<![a-z]){sign}(?![a-z])"
        if re.search(spelt, inside):
            return lexicon.currency_of[sign]
    return ""


def _joined(claims: list[Claim], reading: Reading) -> Iterable[Claim]:
    """A number of goods and what is claimed of so many are one claim."""
    here = 0
    while here < len(claims):
        claim, after = claims[here], claims[here + 1] if here + 1 < len(claims) else None
        gap = reading.folded[claim.end : after.start] if after else ""
        if after and _counts(claim) and _of_goods(after) and _COUNT_FIRST.fullmatch(gap) and (claim.test == "count" or " of them" in gap):
            yield replace(after, among=claim.values[0], words=reading.words(claim.start, after.end), start=claim.start)
            here += 2
        elif after and _of_goods(claim) and _counts(after) and _COUNT_LAST.fullmatch(gap):
            yield replace(claim, among=after.values[0], words=reading.words(claim.start, after.end), end=after.end)
            here += 2
        else:
            yield claim
            here += 1


def _counts(claim: Claim) -> bool:
    return claim.test in ("count", "number") and bool(claim.values)


def _of_goods(claim: Claim) -> bool:
    return claim.test in (
        "vague",
        "quality",
        "benefit",
        "at_most",
        "at_least",
        "discount",
        "any_discount",
        "same_day",
        "returns",
        "threshold",
    )
