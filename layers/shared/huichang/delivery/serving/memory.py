"""What a buyer was shown, kept by the buyer: a signed note that goes out with an answer and comes back with the next question.

Nothing of it is stored here, so there is nobody to be forgotten: whoever throws the note away is unknown again. It holds four letters of
a hash of each venue, how often that was shown, and the hour of the first time; no name, no number of the buyer's, no time but hours.

    page note    p1~<key>~<expires>~<placement>~<page>~<hashes>~<mac>
    memory       m1~<key>~<now>~<placement>.<entries>~…~<mac>       an entry: hash (4), times (1), hour (1)

`expires` and `now` are Unix seconds in hexadecimal; hashes are 24 bits, base64url. Venues of the same hash are taken for one: where a note
names a hundred of 10,000 venues, one more is kept back by mistake in one note of seventeen. What is not ours, not of this placement or
too old is no note (`Refused`), and the buyer is served as somebody who brought none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from huichang.delivery.events.tokens import AHEAD, Key, Keys

PAGE_VALID = timedelta(hours=1)
MEMORY_VALID = timedelta(hours=24)
# A cookie of more would be cut off by some; with its attributes it stays far below 4 KB.
MOST_BYTES = 1000
# So many venues a page note can hold; there is no page after that.
MOST_SHOWN = 200
_CONTEXT = b"huichang memory v1\n"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SHAPE = re.compile(r"[A-Za-z0-9_.~-]{1,1400}")
_PLACEMENT = re.compile(r"[a-z0-9_-]{1,40}")
_HASHES = re.compile(r"(?:[A-Za-z0-9_-]{4})*")
_ENTRIES = re.compile(r"(?:[A-Za-z0-9_-]{6})*")
_HASH, _ENTRY = 4, 6

Why = Literal["malformed", "unknown_key", "forged", "expired", "of_the_future", "of_another_placement"]


class Refused(Exception):  # noqa: N818 - it is an answer, not an error: the buyer is served without the note
    """A note that is not believed."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def short(venue_id: str) -> str:
    """24 bits of a hash of the venue, as four letters."""
    return base64.urlsafe_b64encode(hashlib.blake2b(venue_id.encode(), digest_size=3, person=b"huichang").digest()).decode()


@dataclass(frozen=True)
class PageNote:
    """What the pages before this one showed, as short hashes. `page`: the number of the page that it asks for."""

    placement: str
    page: int = 1
    shown: tuple[str, ...] = ()

    def after(self, venues: Iterable[str]) -> PageNote:
        """For the page after one with these."""
        return PageNote(self.placement, self.page + 1, (*self.shown, *map(short, venues)))

    def signed(self, key: Key, now: datetime) -> str:
        """The note, valid for an hour; "" where it would hold more than it may."""
        if len(self.shown) > MOST_SHOWN:
            return ""
        return _signed(key, ["p1", key.name, _hex(now + PAGE_VALID), self.placement, str(self.page), "".join(self.shown)])

    @classmethod
    def read(cls, keys: Keys, note: str, placement: str, now: datetime) -> PageNote:
        """Raises Refused, TransientError."""
        said = _believed(keys, note, "p1", 6)
        expires, named, page, hashes = said[2:]
        if _moment(expires) < now:
            raise Refused("expired")
        if _moment(expires) > now + PAGE_VALID + AHEAD:
            raise Refused("of_the_future")
        if named != placement:
            raise Refused("of_another_placement")
        if not page.isdecimal() or len(page) > 3 or not _HASHES.fullmatch(hashes):
            raise Refused("malformed")
        return cls(placement, int(page), _cut(hashes, _HASH))


@dataclass(frozen=True)
class Times:
    """How often a venue was shown since an hour (hours since the epoch)."""

    times: int
    since: int


@dataclass
class Memory:
    """Placement -> short hash -> how often within the last 24 hours."""

    shown: dict[str, dict[str, Times]] = field(default_factory=dict)

    def times(self, placement: str) -> Mapping[str, Times]:
        """Of one placement."""
        return self.shown.get(placement, {})

    def add(self, placement: str, venues: Iterable[str], now: datetime) -> None:
        """These were shown."""
        known, hour = self.shown.setdefault(placement, {}), _hour(now)
        for name in map(short, venues):
            old = known.get(name)
            known[name] = Times(min(63, old.times + 1), old.since) if old else Times(1, hour)

    def signed(self, key: Key, now: datetime) -> str:
        """The note, at most MOST_BYTES: what was first shown longest ago goes first where it would be more."""
        room = MOST_BYTES - len(f"m1~{key.name}~{_hex(now)}~") - 23
        sections: dict[str, list[str]] = {}
        every = [(each.since, each.times, place, name) for place, known in self.shown.items() for name, each in known.items()]
        for since, times, place, name in sorted(every, reverse=True):
            cost = _ENTRY + (0 if place in sections else len(place) + 2)
            if cost > room:
                continue
            room -= cost
            sections.setdefault(place, []).append(name + _LETTERS[times] + _LETTERS[since % 64])
        parts = [f"{place}.{''.join(sorted(entries))}" for place, entries in sorted(sections.items())]
        return _signed(key, ["m1", key.name, _hex(now), *parts])

    @classmethod
    def read(cls, keys: Keys, note: str, now: datetime) -> Memory:
        """What of it is younger than 24 hours. Raises Refused, TransientError."""
        said = _believed(keys, note, "m1")
        written = _moment(said[2])
        if written < now - MEMORY_VALID:
            raise Refused("expired")
        if written > now + AHEAD:
            raise Refused("of_the_future")
        memory, at, hour = cls(), _hour(written), _hour(now)
        for part in said[3:]:
            place, _, entries = part.partition(".")
            if not _PLACEMENT.fullmatch(place) or not _ENTRIES.fullmatch(entries):
                raise Refused("malformed")
            for entry in _cut(entries, _ENTRY):
                # An hour is written modulo 64, and none is older than a day when it is written.
                since = at - (at - _LETTERS.index(entry[5])) % 64
                if hour - since < 24:
                    memory.shown.setdefault(place, {})[entry[:4]] = Times(_LETTERS.index(entry[4]), since)
        return memory


def _believed(keys: Keys, note: str, kind: str, parts: int = 0) -> list[str]:
    if not _SHAPE.fullmatch(note):
        raise Refused("malformed")
    said, _, mac = note.rpartition("~")
    cut = said.split("~")
    if len(cut) < 3 or cut[0] != kind or (parts and len(cut) != parts):
        raise Refused("malformed")
    key = keys.named(cut[1])
    if key is None:
        raise Refused("unknown_key")
    if not hmac.compare_digest(mac.encode(), _mac(key, said).encode()):
        raise Refused("forged")
    return cut


def _signed(key: Key, parts: list[str]) -> str:
    said = "~".join(parts)
    return f"{said}~{_mac(key, said)}"


def _mac(key: Key, said: str) -> str:
    digest = hmac.new(key.secret, _CONTEXT + said.encode(), hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hex(moment: datetime) -> str:
    return f"{int(moment.timestamp()):x}"


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text, 16), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused("malformed") from error


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


def _cut(text: str, size: int) -> tuple[str, ...]:
    return tuple(text[at : at + size] for at in range(0, len(text), size))
