"""Once a minute: releases that are due, what an interrupted release still owes, and the pages behind addresses that show nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from huichang.kernel.clock import Clock
from huichang.kernel.errors import HuichangError
from huichang.line.edging import EdgeTeller
from huichang.line.leaving import Farewell
from huichang.line.release_schedule import ReleaseSchedule
from huichang.line.releases import Releases

AUDIT_SECONDS = 3600.0


@dataclass(frozen=True)
class KeepReleases:
    """The tick. `audited`: when this process last compared the whole store of the edge; a fresh one begins with it."""

    schedule: ReleaseSchedule
    releases: Releases
    edge: EdgeTeller
    farewell: Farewell
    clock: Clock
    audited: dict[str, float] = field(default_factory=dict)

    def __call__(self) -> dict[str, int]:
        """{released, settled, mended, gone_pages}. What fails does not keep the rest from being done; it is raised at the end."""
        done: dict[str, int] = {}
        problems: list[HuichangError] = []
        work: list[tuple[str, Callable[[], int]]] = [
            ("settled", self.releases.settle_owing),
            ("released", self.schedule.tick),
            ("mended", self._audit),
            ("gone_pages", self.farewell.refresh),
        ]
        for name, do in work:
            try:
                done[name] = do()
            except HuichangError as error:
                problems.append(error)
        if problems:
            raise problems[0]
        return done

    def _audit(self) -> int:
        now = self.clock.now().timestamp()
        if now - self.audited.get("at", 0.0) < AUDIT_SECONDS:
            return 0
        mended = self.edge.audit()
        self.audited["at"] = now
        return mended
