"""What is recorded of a venue's standing in a placement, what was said of everybody at the last look, and the ports behind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.delivery.verdicts.evidence import Interval
from huichang.delivery.verdicts.judging import Rule, Verdict, VerdictKind
from huichang.kernel.language import Text, Told
from huichang.kernel.model import Model

State = Literal["eliminated", "kept", "restored"]
"""`kept`: the verdict is to retire it, and it stays because the placement needs it."""


class Row(Model):
    """A verdict as it is kept and told: as JSON, so no bound is infinite. `high` None: not known on that side.

    `promised`: the venue's own impressions after which it is owed a verdict, `missing` how many of them are to come (0 with
    a verdict); None where the baseline was never clicked. `since`: the first window that counts, "" for all.
    """

    venue_id: str
    kind: VerdictKind
    low: float
    high: float | None
    estimate: float | None
    shown: int
    clicks: int
    baseline_shown: int
    baseline_clicks: int
    more_impressions: int | None
    promised: int | None = None
    missing: int | None = None
    since: str = ""

    @classmethod
    def of(cls, venue_id: str, verdict: Verdict, promised: int | None, since: str) -> Row:
        """Of a verdict."""
        return cls(
            venue_id=venue_id,
            kind=verdict.kind,
            low=verdict.interval.low,
            high=None if math.isinf(verdict.interval.high) else verdict.interval.high,
            estimate=verdict.estimate,
            shown=verdict.shown,
            clicks=verdict.clicks,
            baseline_shown=verdict.baseline_shown,
            baseline_clicks=verdict.baseline_clicks,
            more_impressions=verdict.more_impressions,
            promised=promised,
            missing=0 if verdict.kind != "cannot_tell" else None if promised is None else max(0, promised - verdict.shown),
            since=since,
        )

    def verdict(self, rule: Rule) -> Verdict:
        """The verdict again."""
        return Verdict(
            kind=self.kind,
            interval=Interval(low=self.low, high=math.inf if self.high is None else self.high),
            estimate=self.estimate,
            shown=self.shown,
            clicks=self.clicks,
            baseline_shown=self.baseline_shown,
            baseline_clicks=self.baseline_clicks,
            more_impressions=self.more_impressions,
            rule=rule,
        )


class Sheet(Model):
    """A placement at its last look. `windows`: the oldest and the newest that count, "" before there was one; `unread`
    are still to be read."""

    placement: str
    at: str
    rule: Rule
    slots: int
    windows: tuple[str, str] = ("", "")
    unread: int = 0
    rows: tuple[Row, ...] = ()


class Standing(Model):
    """What came of a venue in a placement; who has none is simply there.

    `row`, `rule`: the verdict it rests on, and `words` that verdict in a sentence; None and {} where a person decided without one.
    `why`: what a person said, or why it stays. `since`: the first window that counts for it. `told`: audited, and a new snapshot asked for.
    `version` counts changes from 1; 0 is not stored yet.
    """

    placement: str
    venue_id: str
    state: State
    at: str
    by: str
    role: str
    why: Told = {}
    words: Text = {}
    row: Row | None = None
    rule: Rule | None = None
    since: str = ""
    told: bool = False
    version: int = 0


class Freeze(Model):
    """Nobody is taken out of the placement by the system while this stands."""

    placement: str
    at: str
    by: str
    why: str


class StandingRecords(Protocol):
    """Standings, and freezes."""

    def of(self, placement: str) -> dict[str, Standing]:
        """By venue, read consistently. Raises TransientError."""
        ...

    def get(self, placement: str, venue_id: str) -> Standing | None:
        """One. Raises TransientError."""
        ...

    def put(self, standing: Standing) -> Standing | None:
        """In place of the version that `standing` was made from; the stored one with its next version. None, and nothing is
        written, if somebody else changed it meanwhile. Raises TransientError."""
        ...

    def remove(self, standing: Standing) -> None:
        """If it is still this version. Raises TransientError."""
        ...

    def frozen(self) -> Mapping[str, Freeze]:
        """By placement. Raises TransientError."""
        ...

    def freeze(self, freeze: Freeze) -> None:
        """Raises TransientError."""
        ...

    def thaw(self, placement: str) -> None:
        """Nothing happens if it is not frozen. Raises TransientError."""
        ...


class EvidenceShelf(Protocol):
    """Bodies: a placement's evidence, the windows in it, and what was said last."""

    def evidence(self, placement: str) -> tuple[bytes, str] | None:
        """The packed evidence and a tag that changes with it. Raises TransientError."""
        ...

    def keep_evidence(self, placement: str, body: bytes, tag: str) -> bool:
        """Over what has this tag ("": where there is none); False, and nothing is written, if there is another by now.
        Raises TransientError."""
        ...

    def window(self, placement: str, window: str, fingerprint: str) -> bytes:
        """Packed counts. Raises NotFoundError, TransientError."""
        ...

    def keep_window(self, placement: str, window: str, fingerprint: str, body: bytes) -> None:
        """Named by its content: twice is once. Raises TransientError."""
        ...

    def sheet(self, placement: str) -> Sheet | None:
        """The last one. Raises TransientError."""
        ...

    def keep_sheet(self, sheet: Sheet) -> None:
        """Over the last one. Raises TransientError."""
        ...


class Candidates(Protocol):
    """Who is in a placement."""

    def of(self, placement: Placement) -> Sequence[LiveVenue]:
        """Live venues that may be shown there, those that were taken out by a verdict among them. Raises TransientError."""
        ...


class Looks(Protocol):
    """Asks for a placement to be judged soon."""

    def ask(self, placement: str, windows: Sequence[str] = ()) -> None:
        """`windows`: read these again, however old. Idempotent. Raises TransientError."""
        ...
