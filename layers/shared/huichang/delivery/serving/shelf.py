"""The live venues as one compact object: read once from the table, then by every build and every feed.

A query of 10,000 venues is some hundred pages of the table; the same as an object under the hash of its content is one read, and
whoever has it knows by its key that it is still the same.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from huichang.delivery.model import LiveVenue
from huichang.kernel.ids import content_hash

FORMAT = "venues/1"
FOLDER = "snapshots/venues"
# Of a field that is at its default nothing is written.
_VENUES: TypeAdapter[list[LiveVenue]] = TypeAdapter(list[LiveVenue])


def shelved(venues: Iterable[LiveVenue]) -> tuple[str, bytes]:
    """(key, body). The same venues give the same key, in whatever order."""
    listed = sorted(venues, key=lambda venue: venue.venue_id)
    rows = _VENUES.dump_python(listed, mode="json", exclude_defaults=True)
    text = json.dumps({"format": FORMAT, "venues": rows}, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{FOLDER}/{content_hash(text)[:32]}", zlib.compress(text, 6)


class Shown(Mapping[str, LiveVenue]):
    """The same by venue id, each made when somebody asks for it: of ten thousand a feed shows few."""

    def __init__(self, body: bytes) -> None:
        """ValueError for what `shelved` did not write."""
        self._rows: dict[str, dict[str, Any]] = {row["venue_id"]: row for row in _rows(body)}
        self._made: dict[str, LiveVenue] = {}

    def __getitem__(self, name: str) -> LiveVenue:
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = LiveVenue.model_validate_json(json.dumps(self._rows[name]))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def groups(self, name: str) -> tuple[str, str]:
        """(industry, merchant) of one of them."""
        row = self._rows[name]
        return row.get("industry") or "", row.get("merchant", "")

    def language(self, name: str) -> str:
        """Of one of them."""
        return str(self._rows[name]["language"])


def taken_down(body: bytes) -> dict[str, LiveVenue]:
    """By venue id. ValueError for what `shelved` did not write."""
    return {venue.venue_id: venue for venue in _VENUES.validate_json(json.dumps(_rows(body)))}


def _rows(body: bytes) -> list[dict[str, Any]]:
    try:
        read = json.loads(zlib.decompress(body))
    except (zlib.error, ValueError) as error:
        raise ValueError("these are no venues") from error
    if not isinstance(read, dict) or read.get("format") != FORMAT:
        raise ValueError(f"venues are kept as {FORMAT}")
    rows: list[dict[str, Any]] = read["venues"]
    return rows
