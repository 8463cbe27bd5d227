"""A release: which version of each venue of a campaign buyers see. One is current: the newest that could be written.

A release is never changed. The next one is written under the next number, if nobody has written that number meanwhile: this one
conditional write turns all venues of the campaign at once (docs/decisions/0028-a-release-is-one-write.md).
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.errors import InvalidInputError, in_both
from huichang.kernel.language import Language, both
from huichang.kernel.model import Model

ReleaseKind = Literal["publish", "release", "rollback", "retire"]
CODE_LENGTH = 4
GONE = "." * CODE_LENGTH
"""A retired venue in a pointer: no code holds a dot."""
MOST_SLOTS = 240
"""A pointer is one value of CloudFront's key-value store, and that holds 1 KB."""
MOST_BYTES = 1024
_SIX_BITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Slot(Model):
    """A venue's place in the releases of its campaign. `version_id` "": retired. `code`: the version's short name at the edge.

    `siblings`: buyer segment -> version id of the page that its buyers get instead (pages/variants.py); who is in none gets `version_id`.
    """

    venue_id: str
    version_id: str = ""
    code: str = ""
    siblings: dict[str, str] = {}


class Release(Model):
    """One release. `slots` only grow from release to release; a venue keeps its place for ever. `changed`: venues that differ from
    the release before. `restores`: the number of the release that a rollback went back to."""

    campaign_id: str
    number: Annotated[int, Field(ge=1)]
    kind: ReleaseKind
    by: str
    at: str
    note: str = ""
    restores: int = 0
    language: Language
    industry: str = ""
    slots: tuple[Slot, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def live(self) -> dict[str, str]:
        """venue id -> version id of all that buyers see."""
        return {slot.venue_id: slot.version_id for slot in self.slots if slot.version_id}

    def version_of(self, venue_id: str) -> str:
        """What this release shows of a venue; "" if nothing."""
        return next((slot.version_id for slot in self.slots if slot.venue_id == venue_id), "")


def code_of(version_id: str, salt: int) -> str:
    """Four characters (24 bits) for a version; another salt gives others where two versions of one venue would share them."""
    digest = hashlib.sha256(f"{version_id}.{salt}".encode()).digest()
    return base64.urlsafe_b64encode(digest)[:CODE_LENGTH].decode()


def next_slots(current: Release | None, changes: Mapping[str, Slot]) -> tuple[Slot, ...]:
    """The places after these changes. Raises InvalidInputError (code too_many_venues) where a pointer could not hold them."""
    before = current.slots if current else ()
    known = {slot.venue_id for slot in before}
    slots = tuple(changes.get(slot.venue_id, slot) for slot in before)
    slots += tuple(slot for venue_id, slot in changes.items() if venue_id not in known and slot.version_id)
    if len(slots) > MOST_SLOTS:
        told = both(
            f"一个活动最多能有 {MOST_SLOTS} 个上过线的会场，这次会是 {len(slots)} 个",
            f"a campaign can have {MOST_SLOTS} venues that were ever live; this would make {len(slots)}",
        )
        todo = both("把其余会场放进另一个活动", "give the others a campaign of their own")
        raise in_both(InvalidInputError(told["en"], where="venues", mend=todo["en"], code="too_many_venues"), told, todo)
    return slots


def pointer_of(release: Release) -> str:
    """The value under `c/<campaign>`, at most 1 KB: language:number:industry:codes, and where there are siblings |segments|bits.

    `segments`: names with dots between them. `bits`: for each place a digit of base 64 (one more for every six segments), whose bit N says
    that segment N has a page there. Codes come first: where the rest has no room it is left off, and everybody gets the default.
    """
    codes = "".join(slot.code if slot.version_id else GONE for slot in release.slots)
    plain = f"{release.language}:{release.number}:{release.industry}:{codes}"
    listed = plain + _listed(release.slots)
    return listed if len(listed.encode()) <= MOST_BYTES else plain


def _listed(slots: Iterable[Slot]) -> str:
    shown = [slot.siblings if slot.version_id else {} for slot in slots]
    names = sorted({segment for siblings in shown for segment in siblings})
    if not names:
        return ""
    digits = []
    for siblings in shown:
        bits = sum(1 << place for place, name in enumerate(names) if name in siblings)
        digits += [_SIX_BITS[bits >> 6 * digit & 63] for digit in range(math.ceil(len(names) / 6))]
    return f"|{'.'.join(names)}|{''.join(digits)}"


def without_room(release: Release) -> bool:
    """Whether the campaign has so many venues that its pointer cannot list their siblings."""
    return bool(_listed(release.slots)) and "|" not in pointer_of(release)


def pointed(value: str) -> tuple[int, int]:
    """(number, how many places) of a pointer; (0, 0) for what is none."""
    parts = value.split(":")
    if len(parts) != 4 or not parts[1].isdigit():
        return 0, 0
    return int(parts[1]), len(parts[3].partition("|")[0]) // CODE_LENGTH


def sibling_code(code: str, segment: str) -> str:
    """The short name of a version's sibling, beside that of the version."""
    return f"{code}.{segment}"


def place_key(venue_id: str) -> str:
    """Where the edge finds a venue's campaign and place."""
    return f"v/{venue_id}"


def pointer_key(campaign_id: str) -> str:
    """Where the edge finds what a campaign shows."""
    return f"c/{campaign_id}"


def edge_entries(release: Release, beyond: int = 0) -> dict[str, str]:
    """What the edge's store must hold for a release; places only from number `beyond` on. The pointer is last."""
    places = {place_key(slot.venue_id): f"{release.campaign_id}:{place}" for place, slot in enumerate(release.slots) if place >= beyond}
    return places | {pointer_key(release.campaign_id): pointer_of(release)}


class ReleaseStore(Protocol):
    """Releases, the short names of versions, and what is still to be done after a release."""

    def current(self, campaign_id: str) -> Release | None:
        """The newest release, read consistently."""
        ...

    def get(self, campaign_id: str, number: int) -> Release:
        """Raises NotFoundError."""
        ...

    def recent(self, campaign_id: str, limit: int = 50) -> list[Release]:
        """Newest first."""
        ...

    def add(self, release: Release) -> bool:
        """Write it if nobody has written this number: the one write that turns everything. False, and nothing is written, otherwise."""
        ...

    def code(self, venue_id: str, version_id: str) -> str:
        """The version's short name, given at the first question and kept for ever. Never that of another version of the venue."""
        ...

    def owe(self, campaign_id: str, token: str) -> None:
        """Written before a release: its consequences may have to be made good. A newer token replaces an older one."""
        ...

    def settled(self, campaign_id: str, token: str) -> None:
        """They are made; nothing happens if a newer token stands."""
        ...

    def owing(self) -> list[tuple[str, str]]:
        """(campaign id, token) of all whose consequences may be missing."""
        ...

    def campaigns(self) -> list[str]:
        """All that ever had a release."""
        ...


class EdgeStore(Protocol):
    """The key-value store beside the front door: CloudFront's, or the embedded cloud's."""

    def version(self) -> str:
        """Changes with every write to the store."""
        ...

    def get(self, key: str) -> str | None:
        """The value, or None."""
        ...

    def all(self) -> dict[str, str]:
        """Everything."""
        ...

    def update(self, puts: Mapping[str, str], deletes: Iterable[str], if_version: str) -> str:
        """All or nothing, at most 50 keys; the new version. ConflictError (code edge_moved) if the store is not at `if_version`."""
        ...
