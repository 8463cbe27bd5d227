"""How much a newcomer is sure of, until a verdict on it is possible.

A newcomer's floor is what it needs, spread over the time in which it shall be judged: the impressions after which a venue that is
`margin` off the baseline has a verdict (delivery/verdicts), less those it had. All newcomers together have at most `together` of
the places; beyond that each gets less and waits longer, and is told so. Once there is a verdict, or the impressions are spent,
the floor ends: what the verdict did not tell apart from the baseline is as good as the baseline, and ranking may do with it what
it likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from huichang.delivery.verdicts.judging import Rule, Verdict, promised_impressions
from huichang.kernel.model import Model


class NewcomerRule(Model):
    """`margin`: how far off the baseline a venue may be and still be undecided when its floor ends. `hours`: within which it shall be
    judged. `each`: most of the answers one newcomer is sure of; `together`: most of the places all of them are."""

    margin: Annotated[float, Field(gt=0, lt=1)] = 0.3
    hours: Annotated[float, Field(gt=0)] = 48.0
    each: Annotated[float, Field(gt=0, le=1)] = 0.25
    together: Annotated[float, Field(gt=0, le=1)] = 0.15


class Floors(Model):
    """Shares of answers by venue; `stretched`: how many times longer than promised they take because there are many (1: as promised)."""

    shares: dict[str, float]
    stretched: float


def newcomer_floors(
    verdicts: Mapping[str, Verdict],
    *,
    answers_per_hour: float,
    slots: int,
    rate: float,
    baseline_per_impression: float,
    rule: NewcomerRule | None = None,
) -> Floors:
    """`verdicts`: of every venue that can be shown, newcomers' included (cannot_tell). `rate`: events an impression of the baseline."""
    rule = rule or NewcomerRule()
    if answers_per_hour <= 0 or not 0 < rate <= 1 or baseline_per_impression <= 0:
        return Floors(shares={}, stretched=1.0)
    wanted: dict[str, float] = {}
    # A placement has one alpha, and may have ten thousand newcomers.
    promises: dict[float, int] = {}
    for venue_id, verdict in verdicts.items():
        if verdict.kind != "cannot_tell":
            continue
        alpha = verdict.rule.alpha
        if alpha not in promises:
            promises[alpha] = promised_impressions(
                rate, Rule(alpha=alpha, margin=rule.margin), baseline_per_impression=baseline_per_impression
            )
        promised = promises[alpha]
        if promised > verdict.shown:
            # By the whole promise, not by what is left: a floor that shrinks as it is met never ends.
            wanted[venue_id] = min(rule.each, promised / (answers_per_hour * rule.hours))
    asked = sum(wanted.values())
    room = rule.together * slots
    stretched = max(1.0, asked / room)
    return Floors(shares={name: share / stretched for name, share in wanted.items()}, stretched=stretched)
