"""Verdicts on a schedule, and who leaves a placement."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from huichang.adapters.dynamodb.standing import DynamoStandings
from huichang.adapters.messaging import Queue
from huichang.adapters.standing_shelf import S3EvidenceShelf, SqsLooks
from huichang.bootstrap.delivery import placements
from huichang.bootstrap.parts import audit, bodies, cells, clock, live_venues, rebuilds, settings, table
from huichang.bootstrap.traffic import rulebook

if TYPE_CHECKING:
    from huichang.delivery.standing.desk import StandingDesk
    from huichang.delivery.standing.judging import JudgePlacement, Looked
    from huichang.delivery.standing.model import Candidates
    from huichang.delivery.standing.standings import KeptStandings


@cache
def standing_records() -> DynamoStandings:
    """What came of venues."""
    return DynamoStandings(table())


@cache
def evidence_shelf() -> S3EvidenceShelf:
    """Bodies of evidence."""
    return S3EvidenceShelf(bodies())


@cache
def standings() -> KeptStandings:
    """What ranking is told of verdicts."""
    from huichang.delivery.standing.standings import KeptStandings

    return KeptStandings(standing_records(), evidence_shelf())


@cache
def looks() -> SqsLooks:
    """Asks for looks."""
    return SqsLooks(Queue(settings().judging_queue_url))


def judge_venues() -> Callable[[str], Looked | None]:
    """For functions/judge_venues."""
    from huichang.delivery.standing.taking import TakeLooks

    return TakeLooks(placements(), looks(), _judge())


@cache
def _judge() -> JudgePlacement:
    from huichang.delivery.standing.judging import JudgePlacement

    return JudgePlacement(
        placements(), _candidates(30.0), cells(), evidence_shelf(), standing_records(), rebuilds(), audit(), clock(), rulebook()
    )


@cache
def standing_desk() -> StandingDesk:
    """What people see of standings, and do."""
    from huichang.delivery.standing.desk import StandingDesk

    return StandingDesk(placements(), _candidates(), evidence_shelf(), standing_records(), rebuilds(), looks(), audit(), clock())


def _candidates(seconds: float = 0.0) -> Candidates:
    from huichang.delivery.standing.candidates import LiveCandidates

    return LiveCandidates(live_venues().live, clock(), seconds)
