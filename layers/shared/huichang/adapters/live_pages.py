"""LivePages on today's release: one object for each venue, whose body is the version that buyers get."""

from __future__ import annotations

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.adapters.s3 import LIVE_CACHE, Bucket
from huichang.kernel.ids import content_hash

_GONE = frozenset({"NoSuchKey", "404", "NotFound"})
_CHANGED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})


class S3LivePages:
    """public/v/<venue>/index.html. A version's id is the hash of its page, so the object says itself which one it is."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._known: dict[str, tuple[str, str]] = {}  # venue -> (ETag, version): the same ETag is the same body

    def current(self, venue_id: str) -> str | None:
        """See LivePages."""
        return (self._look(venue_id) or ("", None))[1]

    def replace(self, venue_id: str, from_version: str, to_version: str) -> bool:
        """See LivePages. S3 writes only if the object is still the one that was looked at (If-Match)."""
        found = self._look(venue_id)
        if found is None or found[1] != from_version:
            return False
        html = self._bucket.get(f"versions/{venue_id}/{to_version}.html")
        with translated(f"live page {venue_id}"):
            try:
                client("s3").put_object(
                    Bucket=self._bucket.name,
                    Key=_key(venue_id),
                    Body=html,
                    ContentType="text/html; charset=utf-8",
                    CacheControl=LIVE_CACHE,
                    IfMatch=found[0],
                )
            except ClientError as error:
                if error_code(error) in _GONE | _CHANGED:
                    return False
                raise
        return True

    def _look(self, venue_id: str) -> tuple[str, str] | None:
        """(ETag, version) of the object; the body is read only where the ETag is news."""
        with translated(f"live page {venue_id}"):
            try:
                etag = str(client("s3").head_object(Bucket=self._bucket.name, Key=_key(venue_id))["ETag"])
                if self._known.get(venue_id, ("", ""))[0] != etag:
                    answer = client("s3").get_object(Bucket=self._bucket.name, Key=_key(venue_id))
                    self._known[venue_id] = (str(answer["ETag"]), content_hash(answer["Body"].read().decode())[:24])
            except ClientError as error:
                if error_code(error) in _GONE:
                    return None
                raise
        return self._known[venue_id]


def _key(venue_id: str) -> str:
    return f"public/v/{venue_id}/index.html"
