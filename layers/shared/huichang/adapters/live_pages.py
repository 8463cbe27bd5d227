"""LivePages behind a release: the released version's object holds that version's page with the facts of now."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.adapters.s3 import RELEASED, Bucket, released_key
from huichang.kernel.errors import NotFoundError
from huichang.kernel.ids import content_hash
from huichang.pages.releases import Slot, sibling_code

_GONE = frozenset({"NoSuchKey", "404", "NotFound"})
_CHANGED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})


class S3LivePages:
    """public/r/<venue>/<code>.html, where the current release points. A release names a reviewed version and is never changed by a price;
    what stands at the version's address is kept true. A version's id is the hash of its page, so the object says itself which it is."""

    def __init__(self, bucket: Bucket, slot_of: Callable[[str], Slot | None]) -> None:
        """`slot_of`: the venue's place in the current release of its campaign, None where there is none."""
        self._bucket = bucket
        self._slot_of = slot_of
        self._known: dict[str, tuple[str, str]] = {}  # key -> (ETag, version): the same ETag is the same body

    def current(self, venue_id: str) -> str | None:
        """See LivePages."""
        key = self._key(venue_id)
        return (self._look(key) or ("", None))[1] if key else None

    def read(self, venue_id: str) -> str | None:
        """What buyers get; None where there is no page."""
        key = self._key(venue_id)
        try:
            return self._bucket.get(key).decode() if key else None
        except NotFoundError:
            return None

    def released(self, venue_id: str) -> str:
        """See LivePages."""
        slot = self._slot_of(venue_id)
        return slot.version_id if slot else ""

    def replace(self, venue_id: str, base: str, from_version: str, to_version: str) -> bool:
        """See LivePages. S3 writes only if the object is still the one that was looked at (If-Match). A release that turns meanwhile
        points to another object, or shows this one with the facts of now."""
        key = self._key(venue_id, base)
        return bool(key) and self._replace(venue_id, key, from_version, to_version)

    def siblings(self, venue_id: str) -> dict[str, str]:
        """See LivePages."""
        slot = self._slot_of(venue_id)
        if slot is None or not slot.version_id:
            return {}
        keys = {segment: released_key(venue_id, sibling_code(slot.code, segment)) for segment in slot.siblings}
        return {segment: (self._look(key) or ("", ""))[1] for segment, key in keys.items()}

    def replace_sibling(self, venue_id: str, base: str, segment: str, from_version: str, to_version: str) -> bool:
        """See LivePages."""
        slot = self._slot_of(venue_id)
        if slot is None or slot.version_id != base or segment not in slot.siblings:
            return False
        return self._replace(venue_id, released_key(venue_id, sibling_code(slot.code, segment)), from_version, to_version)

    def _replace(self, venue_id: str, key: str, from_version: str, to_version: str) -> bool:
        found = self._look(key)
        if (found[1] if found else "") != from_version:
            return False
        html = self._bucket.get(f"versions/{venue_id}/{to_version}.html")
        with translated(f"live page {venue_id}"):
            try:
                client("s3").put_object(
                    Bucket=self._bucket.name,
                    Key=key,
                    Body=html,
                    ContentType="text/html; charset=utf-8",
                    CacheControl=RELEASED,
                    **({"IfMatch": found[0]} if found else {"IfNoneMatch": "*"}),
                )
            except ClientError as error:
                if error_code(error) in _GONE | _CHANGED:
                    return False
                raise
        return True

    def _key(self, venue_id: str, base: str = "") -> str:
        slot = self._slot_of(venue_id)
        shown = slot is not None and slot.version_id and base in ("", slot.version_id)
        return released_key(venue_id, slot.code) if slot and shown else ""

    def _look(self, key: str) -> tuple[str, str] | None:
        """(ETag, version) of the object; the body is read only where the ETag is news."""
        with translated(f"live page {key}"):
            try:
                etag = str(client("s3").head_object(Bucket=self._bucket.name, Key=key)["ETag"])
                if self._known.get(key, ("", ""))[0] != etag:
                    answer = client("s3").get_object(Bucket=self._bucket.name, Key=key)
                    self._known[key] = (str(answer["ETag"]), content_hash(answer["Body"].read().decode())[:24])
            except ClientError as error:
                if error_code(error) in _GONE:
                    return None
                raise
        return self._known[key]
