"""The journal of a venue's steps: what the console draws while they run, and what a failure is explained from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import HuichangError, PermanentError, TransientError
from huichang.kernel.language import Text
from huichang.line.keys import VenueStep
from huichang.venues.model import StepRecord


class StepStore(Protocol):
    """The part of VenueStore the journal needs."""

    def record_step(self, venue_id: str, step: StepRecord) -> None:
        """Insert or replace the record of this step."""
        ...

    def step(self, venue_id: str, name: str) -> StepRecord | None:
        """One step's record, or None."""
        ...


class Entry:
    """A running step; `note`, and the sentences it `told`, end up beside it in the console."""

    def __init__(self) -> None:
        self.note = ""
        self.told: tuple[Text, ...] = ()
        self.waits = False


class Journal:
    """Writes step records."""

    def __init__(self, store: StepStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @contextmanager
    def step(self, step: VenueStep, name: str) -> Iterator[Entry]:
        """Record running, then done, retrying or failed. An entry that `waits` stays running: its token ends it."""
        before = self._store.step(step.venue_id, name)
        attempt = before.attempt + 1 if before and before.status in ("running", "retrying") else 1
        record = StepRecord(step=name, status="running", started_at=iso(self._clock.now()), attempt=attempt)
        self._store.record_step(step.venue_id, record)
        entry = Entry()
        try:
            yield entry
        except Exception as error:
            status = "retrying" if isinstance(error, TransientError) else "failed"
            said = error.message if isinstance(error, HuichangError) else f"{type(error).__name__}: {error}"
            code = error.code if isinstance(error, HuichangError) else "defect"
            told = (error.told,) if isinstance(error, HuichangError) and error.told else ()
            ended = {"status": status, "ended_at": iso(self._clock.now()), "error": said[:500], "code": code, "told": told}
            self._store.record_step(step.venue_id, StepRecord.model_validate(record.model_dump() | ended))
            if isinstance(error, HuichangError):
                raise
            # A defect of ours must end the venue with a reason too, and retrying a defect cannot help.
            raise PermanentError(said, where=name, mend="this is a defect: see the function's log", code="defect") from error
        if entry.waits:
            self._store.record_step(step.venue_id, record.model_copy(update={"note": entry.note, "told": entry.told}))
        else:
            self.done(step.venue_id, record.model_copy(update={"told": entry.told}), entry.note)

    def done(self, venue_id: str, record: StepRecord, note: str) -> None:
        """Close a step."""
        changes = {"status": "done", "ended_at": iso(self._clock.now()), "note": note, "error": "", "code": ""}
        self._store.record_step(venue_id, StepRecord.model_validate(record.model_dump() | changes))

    def fail(self, venue_id: str, record: StepRecord, error: str, code: str = "") -> None:
        """End a step that did not come to write its own end: cut off, timed out, or failed while it waited."""
        changes = {"status": "failed", "ended_at": iso(self._clock.now()), "error": error[:500], "code": code}
        self._store.record_step(venue_id, StepRecord.model_validate(record.model_dump() | changes))

    def fail_waiting(self, venue_id: str, name: str, error: str, code: str) -> None:
        """End a step whose token is about to be answered with an error, while its code is still known."""
        record = self._store.step(venue_id, name)
        if record and record.status == "running":
            self.fail(venue_id, record, error, code)

    def close(self, venue_id: str, name: str, note: str = "") -> None:
        """Close a step that waited for its token."""
        record = self._store.step(venue_id, name)
        if record and record.status == "running":
            self.done(venue_id, record, note)
