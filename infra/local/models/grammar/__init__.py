"""Limits in a sentence, zh and en: numbers with their units and comparisons, yes or no, vague words, and what nothing measures.

One job per module: text (plain text), numbers (numerals), units, comparators, names (numbers that are no limits), quantities (a number with
its unit and comparison), cues and binding (what it measures), flags (words without a number), wishes (what no indicator measures).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.models.grammar.binding import bind
from infra.local.models.grammar.cues import UNMEASURED
from infra.local.models.grammar.flags import Vague, catalogue_words, flags
from infra.local.models.grammar.names import ages, hidden, without_names
from infra.local.models.grammar.numbers import number
from infra.local.models.grammar.quantities import quantities
from infra.local.models.grammar.shorthand import shorthands
from infra.local.models.grammar.text import blotted, plain
from infra.local.models.grammar.wishes import unmeasured_in

__all__ = ["Limit", "Reading", "Vague", "as_conditions", "limits", "number", "read", "unmeasured", "without_names"]


@dataclass(frozen=True)
class Limit:
    """One limit: the operator's phrase, verbatim, and what it says. `percentile` instead of `value` for vague words."""

    phrase: str
    start: int
    indicator: str
    op: str
    value: float | bool | str | None = None
    percentile: float | None = None


@dataclass(frozen=True)
class Reading:
    """What a sentence says: limits in its order, and wishes that no indicator measures, verbatim."""

    limits: tuple[Limit, ...]
    unmeasured: tuple[str, ...]


def read(sentence: str, vague: Sequence[Vague] | None = None) -> Reading:
    """Read a sentence. `vague`: the words that stand for thresholds; None takes those of catalog/indicators.yaml."""
    known = catalogue_words() if vague is None else vague
    text = plain(sentence)
    found: list[Limit] = []
    taken: list[tuple[int, int]] = []
    told: list[tuple[int, int]] = []

    def add(start: int, end: int, indicator: str, op: str, value: float | bool | None, percentile: float | None = None) -> None:
        found.append(Limit(sentence[start:end], start, indicator, op, value, percentile))

    for start, end, conditions in shorthands(text):
        taken.append((start, end))
        for code, op, value, percentile in conditions:
            add(start, end, code, op, value, percentile)
        text = blotted(text, start, end)
    # Promotions carry numbers of their own (满300减30, 7-day returns): they are told before those are read as limits.
    promotions = unmeasured_in(text, taken)
    for start, end in promotions:
        if any(char.isdigit() or char in "一二三四五六七八九十百千" for char in text[start:end]):
            told.append((start, end))
            text = blotted(text, start, end)
    # A bare number after people may have been meant as a price: it is said that it was not taken for one.
    told += [(start, end) for start, end, certain in ages(text) if not certain]
    text = hidden(text)
    for bound in bind(text, quantities(text), taken):
        start, end = _trimmed(sentence, bound.start, bound.end)
        taken += [_trimmed(sentence, *span) for span in bound.spans]
        if bound.code == UNMEASURED:
            told.append((start, end))
            continue
        for op, value in bound.bounds:
            add(start, end, bound.code, op, value)
    for flag in flags(text, known, [*taken, *told]):
        taken.append((flag.start, flag.end))
        if flag.op:
            start, end = _trimmed(sentence, flag.start, flag.end)
            add(start, end, flag.indicator, flag.op, flag.value, flag.percentile)
    told += unmeasured_in(text, [*taken, *told])
    return Reading(
        limits=tuple(sorted(found, key=lambda limit: limit.start)),
        unmeasured=tuple(dict.fromkeys(sentence[start:end].strip() for start, end in sorted(told))),
    )


def limits(sentence: str, vague: Sequence[Vague] | None = None) -> list[Limit]:
    """Every limit of the sentence, in its order. Phrases are verbatim."""
    return list(read(sentence, vague).limits)


def unmeasured(sentence: str) -> list[str]:
    """Wishes that no indicator measures, verbatim."""
    return list(read(sentence).unmeasured)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def as_conditions(found: Sequence[Limit], known: set[str]) -> list[dict[str, Any]]:
    """RuleAnswerCondition dictionaries, only with indicators that were offered."""
    return [
        {"indicator": x.indicator, "op": x.op, "value": x.value, "percentile": x.percentile, "because": x.phrase[:100]}
        for x in found
        if x.indicator in known
    ]
