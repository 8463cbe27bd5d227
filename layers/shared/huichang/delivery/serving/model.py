"""What is kept of a placement's snapshot, and what a feed answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple, Protocol

from pydantic import Field

from huichang.delivery.model import Decision
from huichang.kernel.language import Language
from huichang.kernel.model import Model

# What is served waits at most this long for a newer pointer.
REFRESH_SECONDS = 10.0
# A snapshot object is stored again before it would expire (template.yaml, BodyBucket): builds are never older than OLDEST_HOURS.
SNAPSHOT_DAYS = 7


class Pointer(Model):
    """Which snapshot of a placement is served. `number` counts builds and never goes back.

    `key`: of the snapshot (bundle.py), `live`: of the venues it was built from (shelf.py), `history`: of the counts. `live_at`: when
    these venues were read; `built_at`: when the other inputs were; `whole_at`: when all of its policies were built. `rules`: fingerprint of
    all that they follow from but counts. `took_seconds`: of the build.
    """

    placement: str
    number: int
    version: str
    key: str
    live: str
    live_at: str
    history: str
    built_at: str
    whole_at: str
    policy_id: str
    rules: str
    took_seconds: float = 0.0


class SnapshotStore(Protocol):
    """Pointers, and the immutable objects they name."""

    def pointer(self, placement: str) -> Pointer | None:
        """One consistent read. Raises TransientError."""
        ...

    def point(self, pointer: Pointer) -> bool:
        """Only over the pointer with the number before it; False, and nothing is written, where another build was faster. Raises
        TransientError."""
        ...

    def forget(self, placement: str) -> None:
        """Nothing is served there any more. Raises TransientError."""
        ...

    def put(self, key: str, body: bytes) -> None:
        """An object; under the same key there is only ever the same. Raises TransientError."""
        ...

    def get(self, key: str) -> bytes:
        """Raises NotFoundError, TransientError."""
        ...


class Size(NamedTuple):
    """What is asked for at a time: so many venues, of one language or of any."""

    language: Language | None
    slots: int

    @property
    def name(self) -> str:
        """ "zh/6"; "/6" for any language."""
        return f"{self.language or ''}/{self.slots}"


class Asked(Protocol):
    """Which sizes of answer a placement is asked for, so that policies are built for them."""

    def note(self, placement: str, sizes: Mapping[Size, int]) -> None:
        """How often since this process noted last. Raises TransientError."""
        ...

    def sizes(self, placement: str) -> Sequence[Size]:
        """Those that were asked for within two days, most often asked first. Raises TransientError."""
        ...


class Screen(Decision):
    """A decision as the feed answers it.

    `next`: send it back as `cursor` for the page after this one; "" where there is none. `memory`: send it back as `memory`; "" where
    the placement has no bound for a buyer. `degraded`: the venues are the sensible default, or none. `stale_seconds`: for how long
    nobody could look whether there is something newer; 0: somebody has.
    """

    page: Annotated[int, Field(ge=1)] = 1
    next: str = ""
    memory: str = ""
    degraded: bool = False
    stale_seconds: int = 0
