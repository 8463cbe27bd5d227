"""The operators' synonym file: kept in the body bucket, checked before it is kept, read again every half minute by whoever searches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError, TransientError
from huichang.kernel.model import Model
from huichang.line.importing import FileStore
from huichang.selection.synonyms import BUILT_IN, Synonyms, built_in, parse
from huichang.venues.model import Actor, AuditTrail

KEY = "search/synonyms.txt"
READ_AGAIN_SECONDS = 30.0


class SynonymFile(Model):
    """The file as it is used now."""

    text: str
    phrases: int
    built_in: bool


@dataclass(frozen=True)
class SynonymDesk:
    """Show and replace the file."""

    files: FileStore
    audit: AuditTrail
    clock: Clock

    def show(self) -> SynonymFile:
        """The operators' file, or the one that comes with the product."""
        try:
            text = self.files.get(KEY).decode()
        except NotFoundError:
            return SynonymFile(text=BUILT_IN.read_text("utf-8"), phrases=len(built_in()), built_in=True)
        return SynonymFile(text=text, phrases=len(parse(text)), built_in=False)

    def replace(self, text: str, actor: Actor) -> SynonymFile:
        """Check and keep; in use within half a minute. Raises InvalidInputError that names the lines, and keeps the old file."""
        table = parse(text)
        self.files.put(KEY, text.encode(), "text/plain; charset=utf-8")
        self.audit.record(actor.did("replace_synonyms", "catalogue", at=iso(self.clock.now()), detail={"phrases": len(table)}))
        return SynonymFile(text=text, phrases=len(table), built_in=False)


@dataclass
class CurrentSynonyms:
    """What a search asks: the file, read again when it is older than READ_AGAIN_SECONDS. A store that is away leaves the last one."""

    files: FileStore
    timer: Callable[[], float] = time.monotonic
    _read_at: float | None = field(default=None, init=False)
    _now: Synonyms = field(default_factory=built_in, init=False)

    def __call__(self) -> Synonyms:
        """The synonyms in use."""
        if self._read_at is None or self.timer() - self._read_at > READ_AGAIN_SECONDS:
            try:
                self._now = parse(self.files.get(KEY).decode())
            except NotFoundError:
                self._now = built_in()
            except TransientError:
                if self._read_at is None:
                    raise
            self._read_at = self.timer()
        return self._now
