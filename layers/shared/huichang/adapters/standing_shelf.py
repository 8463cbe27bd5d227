"""Bodies of evidence in S3, and the queue that asks for looks.

standing/<placement>/evidence                          packed sums of all venues (delivery/standing/gathered.py)
standing/<placement>/sheet.json.gz                     what was said of everybody last
standing-windows/<placement>/<window>-<fingerprint>    packed counts of a window; 100 days
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.adapters.messaging import Queue
from huichang.adapters.s3 import Bucket
from huichang.delivery.standing.model import Sheet
from huichang.kernel.errors import NotFoundError

_BYTES = "application/octet-stream"
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_CHANGED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})


class S3EvidenceShelf:
    """EvidenceShelf."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def evidence(self, placement: str) -> tuple[bytes, str] | None:
        """See EvidenceShelf. The tag is the object's ETag."""
        key = _evidence(placement)
        with translated(f"s3 {key}"):
            try:
                answer = client("s3").get_object(Bucket=self._bucket.name, Key=key)
                return bytes(answer["Body"].read()), str(answer["ETag"])
            except ClientError as error:
                if error_code(error) in _MISSING:
                    return None
                raise

    def keep_evidence(self, placement: str, body: bytes, tag: str) -> bool:
        """See EvidenceShelf."""
        key = _evidence(placement)
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        with translated(f"s3 {key}"):
            try:
                client("s3").put_object(Bucket=self._bucket.name, Key=key, Body=body, ContentType=_BYTES, **condition)
            except ClientError as error:
                if error_code(error) in _MISSING | _CHANGED:
                    return False
                raise
        return True

    def window(self, placement: str, window: str, fingerprint: str) -> bytes:
        """See EvidenceShelf."""
        return self._bucket.get(_window(placement, window, fingerprint))

    def keep_window(self, placement: str, window: str, fingerprint: str, body: bytes) -> None:
        """See EvidenceShelf."""
        self._bucket.put(_window(placement, window, fingerprint), body, _BYTES)

    def sheet(self, placement: str) -> Sheet | None:
        """See EvidenceShelf."""
        try:
            return Sheet.model_validate_json(gzip.decompress(self._bucket.get(_sheet(placement))))
        except NotFoundError:
            return None

    def keep_sheet(self, sheet: Sheet) -> None:
        """See EvidenceShelf."""
        self._bucket.put(_sheet(sheet.placement), gzip.compress(sheet.model_dump_json().encode(), 6, mtime=0), "application/gzip")


class SqsLooks:
    """Looks."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def ask(self, placement: str, windows: Sequence[str] = ()) -> None:
        """See Looks."""
        self._queue.send([json.dumps({"placement": placement, "windows": list(windows)})])


def _evidence(placement: str) -> str:
    return f"standing/{placement}/evidence"


def _sheet(placement: str) -> str:
    return f"standing/{placement}/sheet.json.gz"


def _window(placement: str, window: str, fingerprint: str) -> str:
    return f"standing-windows/{placement}/{window}-{fingerprint}"
