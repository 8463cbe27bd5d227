"""Accepted events in S3, gzipped JSON lines by window: what a recount reads."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence

from huichang.adapters.aws import client, translated
from huichang.adapters.s3 import Bucket
from huichang.delivery.events.cells import Event
from huichang.kernel.ids import content_hash

PREFIX = "beacons/"


class S3EventLog:
    """EventLog. One object for each batch and window, named by its content: the same batch again writes the same object."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def keep(self, events: Sequence[Event]) -> None:
        """See EventLog."""
        by_window: dict[str, list[str]] = {}
        for event in events:
            by_window.setdefault(event.cell.window, []).append(event.model_dump_json())
        for window, lines in by_window.items():
            text = "\n".join(sorted(lines)) + "\n"
            key = f"{PREFIX}{window[:10]}/{window[11:]}/{content_hash(text)[:32]}.jsonl.gz"
            self._bucket.put(key, gzip.compress(text.encode(), 6, mtime=0), "application/gzip")

    def read(self, window: str) -> Sequence[Event]:
        """See EventLog."""
        return list(self.stream(window))

    def stream(self, window: str) -> Iterator[Event]:
        """See EventStream (delivery/release): one object of the log is held at a time."""
        where = f"{PREFIX}{window[:10]}/{window[11:]}/"
        with translated(f"s3 {where}"):
            pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=self._bucket.name, Prefix=where)
            keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        for key in sorted(keys):
            for line in gzip.decompress(self._bucket.get(key)).decode().splitlines():
                yield Event.model_validate_json(line)
