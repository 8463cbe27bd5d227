"""What ranking is told of verdicts (serving/ports.py Standings)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huichang.delivery.standing.model import EvidenceShelf, Row, Standing, StandingRecords
from huichang.delivery.verdicts.evidence import Evidence
from huichang.delivery.verdicts.judging import Verdict, judge


@dataclass(frozen=True)
class KeptStandings:
    """Standings, from the records and the last look."""

    records: StandingRecords
    shelf: EvidenceShelf

    def eliminated(self, placement: str) -> frozenset[str]:
        """See Standings."""
        return frozenset(each.venue_id for each in self.records.of(placement).values() if each.state == "eliminated")

    def verdicts(self, placement: str) -> Mapping[str, Verdict]:
        """See Standings. A venue that was put back after the last look has nothing against it."""
        sheet = self.shelf.sheet(placement)
        if sheet is None:
            return {}
        standings = self.records.of(placement)
        nothing = judge(Evidence(), sheet.rule)
        return {row.venue_id: nothing if begins_after(standings.get(row.venue_id), row) else row.verdict(sheet.rule) for row in sheet.rows}


def begins_after(standing: Standing | None, row: Row) -> bool:
    """Whether the venue's evidence starts again and the last look did not know that yet."""
    return standing is not None and standing.since > row.since
