"""Bodies and pages in S3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.kernel.errors import NotFoundError
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.pages.model import version_of

Body = TypeVar("Body", bound=Model)
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_CHANGED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
# Part of the minute in which a page becomes true (line/refreshing.py): a browser asks every time, and the edge keeps a page no longer than
# this, not even while S3 is away.
RELEASED = "public, max-age=0, s-maxage=20, must-revalidate, stale-if-error=0"
GONE = "public, max-age=0, s-maxage=60, must-revalidate"
IMMUTABLE = "public, max-age=31536000, immutable"


class _Stream:
    """An S3 body whose reading fails with our errors."""

    def __init__(self, body: Any, key: str) -> None:
        self._body = body
        self._key = key

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; all for -1."""
        with translated(f"s3 {self._key}"):
            return bytes(self._body.read(None if size < 0 else size))


class Bucket:
    """Bytes under keys in one bucket."""

    def __init__(self, name: str) -> None:
        self.name = name

    def put(self, key: str, data: bytes, content_type: str, cache_control: str = "", meta: Mapping[str, str] | None = None) -> None:
        """Write whole objects only: S3 shows the old one or the new one, never half of it."""
        extra: dict[str, Any] = {"CacheControl": cache_control} if cache_control else {}
        if meta:
            extra["Metadata"] = dict(meta)
        with translated(f"s3 {key}"):
            client("s3").put_object(Bucket=self.name, Key=key, Body=data, ContentType=content_type, **extra)

    def get(self, key: str) -> bytes:
        """Raises NotFoundError."""
        with translated(f"s3 {key}"):
            try:
                answer = client("s3").get_object(Bucket=self.name, Key=key)
                return bytes(answer["Body"].read())
            except ClientError as error:
                if error_code(error) in _MISSING:
                    raise NotFoundError(f"nothing is stored under {key}", where=key) from error
                raise

    def stream(self, key: str) -> Any:
        """The object as a file-like body. Raises NotFoundError."""
        with translated(f"s3 {key}"):
            try:
                return _Stream(client("s3").get_object(Bucket=self.name, Key=key)["Body"], key)
            except ClientError as error:
                if error_code(error) in _MISSING:
                    raise NotFoundError(f"nothing is stored under {key}", where=key) from error
                raise

    def exists(self, key: str) -> bool:
        """Whether an object is there."""
        with translated(f"s3 {key}"):
            try:
                client("s3").head_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if error_code(error) in _MISSING:
                    return False
                raise
        return True

    def delete(self, key: str) -> None:
        """Remove; nothing happens if it is not there."""
        with translated(f"s3 {key}"):
            client("s3").delete_object(Bucket=self.name, Key=key)

    def upload_url(self, key: str, seconds: int = 3600) -> str:
        """A presigned PUT address."""
        with translated(f"s3 {key}"):
            return str(client("s3").generate_presigned_url("put_object", Params={"Bucket": self.name, "Key": key}, ExpiresIn=seconds))

    def download_url(self, key: str, seconds: int = 3600) -> str:
        """A presigned GET address."""
        with translated(f"s3 {key}"):
            return str(client("s3").generate_presigned_url("get_object", Params={"Bucket": self.name, "Key": key}, ExpiresIn=seconds))


class S3Documents:
    """Documents: models as JSON below documents/."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def put(self, key: str, body: Model) -> str:
        """See Documents."""
        self._bucket.put(f"documents/{key}.json", body.model_dump_json().encode(), "application/json")
        return key

    def get(self, key: str, kind: type[Body]) -> Body:
        """See Documents."""
        return kind.model_validate_json(self._bucket.get(f"documents/{key}.json"))

    def exists(self, key: str) -> bool:
        """Whether the document is there."""
        return self._bucket.exists(f"documents/{key}.json")


class S3CallAnswers:
    """Stored answers of model calls, below calls/."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def get(self, key: str) -> bytes | None:
        """The stored answer, or None."""
        try:
            return self._bucket.get(f"calls/{key}")
        except NotFoundError:
            return None

    def put(self, key: str, body: bytes) -> None:
        """Store."""
        self._bucket.put(f"calls/{key}", body, "application/octet-stream")


class S3Pages:
    """PageStore. Versions below versions/, those with the facts of a moment below refreshed/ (both private); of public/r/ the distribution
    shows what a release points to."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._released = Released(bucket)

    def put_version(self, venue_id: str, html: str, *, refreshed: bool = False) -> str:
        """See PageStore."""
        version_id = version_of(html)
        folder = "refreshed" if refreshed else "versions"
        self._bucket.put(f"{folder}/{venue_id}/{version_id}.html", html.encode(), "text/html; charset=utf-8")
        return version_id

    def read_version(self, venue_id: str, version_id: str) -> str:
        """See PageStore."""
        try:
            return self._bucket.get(f"versions/{venue_id}/{version_id}.html").decode()
        except NotFoundError:
            return self._bucket.get(f"refreshed/{venue_id}/{version_id}.html").decode()

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        """See PageStore."""
        key = f"media/{content_hash(data)[:32]}.{suffix}"
        if not self._bucket.exists(f"public/{key}"):
            self._bucket.put(f"public/{key}", data, content_type, IMMUTABLE)
        return key

    def read_media(self, key: str) -> bytes:
        """The picture's bytes. Raises NotFoundError."""
        return self._bucket.get(f"public/{key}")

    def media_exists(self, key: str) -> bool:
        """See PageStore."""
        return self._bucket.exists(f"public/{key}")

    def open_version(self, venue_id: str, version_id: str, code: str) -> None:
        """See PageStore."""
        key = released_key(venue_id, code)
        found = self._released.look(key)
        if found and found.version_id == version_id:
            return
        self._released.put(key, self.read_version(venue_id, version_id), found.tag if found else "")

    def opened(self, venue_id: str, code: str) -> str | None:
        """See PageStore."""
        found = self._released.look(released_key(venue_id, code))
        return found.version_id if found else None

    def put_gone(self, name: str, html: str, status: int) -> None:
        """See PageStore."""
        # The front door's response function (template.yaml, PageStatus) makes the status of what is stored beside the page.
        meta = {"status": str(status)}
        self._bucket.put(f"public/gone/{name}.html", html.encode(), "text/html; charset=utf-8", GONE, meta)


class Standing(NamedTuple):
    """What stands at a released address. A version's id is the hash of its page, so the object says itself which it is."""

    tag: str
    version_id: str


class Released:
    """Objects that releases point to. Each write is conditional on what was looked at before it."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._known: dict[str, Standing] = {}  # the same ETag is the same body

    def look(self, key: str) -> Standing | None:
        """None where nothing stands there. The body is read only where the ETag is news."""
        with translated(f"s3 {key}"):
            try:
                tag = str(client("s3").head_object(Bucket=self._bucket.name, Key=key)["ETag"])
                known = self._known.get(key)
                if known is None or known.tag != tag:
                    answer = client("s3").get_object(Bucket=self._bucket.name, Key=key)
                    known = self._known[key] = Standing(str(answer["ETag"]), version_of(answer["Body"].read().decode(errors="replace")))
            except ClientError as error:
                if error_code(error) in _MISSING:
                    return None
                raise
        return known

    def put(self, key: str, html: str, tag: str) -> bool:
        """Over the object that has this ETag ("": where there is none); False, and nothing is written, where there is another by now."""
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        with translated(f"s3 {key}"):
            try:
                answer = client("s3").put_object(
                    Bucket=self._bucket.name,
                    Key=key,
                    Body=html.encode(),
                    ContentType="text/html; charset=utf-8",
                    CacheControl=RELEASED,
                    **condition,
                )
            except ClientError as error:
                if error_code(error) in _MISSING | _CHANGED:
                    return False
                raise
        self._known[key] = Standing(str(answer["ETag"]), version_of(html))
        return True


def released_key(venue_id: str, code: str) -> str:
    """Where the front door finds the version with this short name."""
    return f"public/r/{venue_id}/{code}.html"


def json_lines(records: list[dict[str, Any]]) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(record, ensure_ascii=False, default=str).encode() + b"\n" for record in records)
