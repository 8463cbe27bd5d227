"""What first images' shares are built from, kept beside the snapshots: one object for each placement."""

from __future__ import annotations

from huichang.adapters.s3 import Bucket


class S3ImageMemory:
    """Kept (delivery/images/illustrating.py) in the bodies bucket, key snapshots/<placement>/images.counts."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def get(self, placement: str) -> bytes:
        """See Kept."""
        return self._bucket.get(_key(placement))

    def put(self, placement: str, body: bytes) -> None:
        """See Kept."""
        self._bucket.put(_key(placement), body, "application/octet-stream")


def _key(placement: str) -> str:
    return f"snapshots/{placement}/images.counts"
