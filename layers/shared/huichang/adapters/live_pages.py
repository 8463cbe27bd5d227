"""LivePages behind a release: the released version's object holds that version's page with the facts of now."""

from __future__ import annotations

from collections.abc import Callable

from huichang.adapters.s3 import Bucket, Released, S3Pages, released_key
from huichang.kernel.errors import NotFoundError
from huichang.pages.releases import Slot, sibling_code


class S3LivePages:
    """public/r/<venue>/<code>.html, where the current release points. A release names a reviewed version and is never changed by a price;
    what stands at the version's address is kept true."""

    def __init__(self, bucket: Bucket, slot_of: Callable[[str], Slot | None]) -> None:
        """`slot_of`: the venue's place in the current release of its campaign, None where there is none."""
        self._bucket = bucket
        self._pages, self._released = S3Pages(bucket), Released(bucket)
        self._slot_of = slot_of

    def current(self, venue_id: str) -> str | None:
        """See LivePages."""
        key = self._key(venue_id)
        found = self._released.look(key) if key else None
        return found.version_id if found else None

    def read(self, venue_id: str) -> str | None:
        """What buyers get; None where there is no page."""
        key = self._key(venue_id)
        try:
            return self._bucket.get(key).decode(errors="replace") if key else None
        except NotFoundError:
            return None

    def released(self, venue_id: str) -> str:
        """See LivePages."""
        slot = self._slot_of(venue_id)
        return slot.version_id if slot else ""

    def replace(self, venue_id: str, base: str, from_version: str, to_version: str) -> bool:
        """See LivePages. A release that turns meanwhile points to another object, or shows this one with the facts of now."""
        key = self._key(venue_id, base)
        return bool(key) and self._replace(venue_id, key, from_version, to_version)

    def siblings(self, venue_id: str) -> dict[str, str]:
        """See LivePages."""
        slot = self._slot_of(venue_id)
        if slot is None or not slot.version_id:
            return {}
        found = {segment: self._released.look(released_key(venue_id, sibling_code(slot.code, segment))) for segment in slot.siblings}
        return {segment: standing.version_id if standing else "" for segment, standing in found.items()}

    def replace_sibling(self, venue_id: str, base: str, segment: str, from_version: str, to_version: str) -> bool:
        """See LivePages."""
        slot = self._slot_of(venue_id)
        if slot is None or slot.version_id != base or segment not in slot.siblings:
            return False
        return self._replace(venue_id, released_key(venue_id, sibling_code(slot.code, segment)), from_version, to_version)

    def _replace(self, venue_id: str, key: str, from_version: str, to_version: str) -> bool:
        found = self._released.look(key)
        if (found.version_id if found else "") != from_version:
            return False
        return self._released.put(key, self._pages.read_version(venue_id, to_version), found.tag if found else "")

    def _key(self, venue_id: str, base: str = "") -> str:
        slot = self._slot_of(venue_id)
        shown = slot is not None and slot.version_id and base in ("", slot.version_id)
        return released_key(venue_id, slot.code) if slot and shown else ""
