"""CloudFront's KeyValueStore as the embedded cloud plays it: its HTTP API with ETags and limits, kept in one file.

Reads are the front door's own; writes are CloudFront's data plane (`cloudfront-keyvaluestore`), so that functions speak to it with the
same client as on AWS. What is written is seen by the next request; on AWS that takes seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

MOST_KEYS = 50
MOST_KEY_BYTES = 512
MOST_VALUE_BYTES = 1024
MOST_BYTES = 5 * 1024 * 1024
PREFIX = "/_edge/kvs"


class StoreError(Exception):
    """What the API answers instead: an HTTP status and AWS's name of the error."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name


class EdgeKeyValueStore:
    """Keys and values of one state folder."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values: dict[str, str] = {}
        self._version = 0
        with contextlib.suppress(FileNotFoundError, ValueError):
            stored = json.loads(file.read_text(encoding="utf-8"))
            self._values, self._version = dict(stored["values"]), int(stored["version"])

    def get(self, key: str) -> str | None:
        """What PageRoute reads."""
        return self._values.get(key)

    @property
    def etag(self) -> str:
        """Changes with every write."""
        return f"V{self._version}"

    def update(self, puts: Mapping[str, str], deletes: list[str], if_match: str) -> None:
        """All or nothing. StoreError where CloudFront would answer one."""
        if if_match != self.etag:
            raise StoreError(409, "ConflictException", f"the store is at {self.etag}, not {if_match}")
        if not 0 < len(puts) + len(deletes) <= MOST_KEYS:
            raise StoreError(400, "ValidationException", f"1 to {MOST_KEYS} keys at once")
        for key, value in puts.items():
            if not 0 < len(key.encode()) <= MOST_KEY_BYTES or len(value.encode()) > MOST_VALUE_BYTES:
                raise StoreError(400, "ValidationException", f"{key[:60]}: a key has {MOST_KEY_BYTES} bytes, a value {MOST_VALUE_BYTES}")
        values = {key: value for key, value in (self._values | dict(puts)).items() if key not in set(deletes)}
        if _size(values) > MOST_BYTES:
            raise StoreError(402, "ServiceQuotaExceededException", "the store is full")
        staging = self._file.with_name(f"{self._file.name}.next")
        with staging.open("w", encoding="utf-8") as stream:
            json.dump({"version": self._version + 1, "values": values}, stream, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        staging.replace(self._file)
        self._values, self._version = values, self._version + 1

    def answer(self, method: str, path: str, query: Mapping[str, str], if_match: str, body: bytes) -> tuple[int, dict[str, Any], str]:
        """(status, JSON, ETag or error name) of one request to the API below PREFIX."""
        parts = path.removeprefix(f"{PREFIX}/key-value-stores/").split("/keys", 1)
        if method == "GET" and len(parts) == 1:
            size = {"ItemCount": len(self._values), "TotalSizeInBytes": _size(self._values)}
            return 200, {"KvsARN": unquote(parts[0]), "Created": 0, "Status": "READY", **size}, self.etag
        if method == "GET" and parts[1:] == [""]:
            start, most = int(query.get("NextToken") or 0), min(int(query.get("MaxResults") or 10), MOST_KEYS)
            some = sorted(self._values.items())[start : start + most]
            more = {"NextToken": str(start + most)} if start + most < len(self._values) else {}
            return 200, {"Items": [{"Key": key, "Value": value} for key, value in some], **more}, self.etag
        if method == "GET":
            key = unquote(parts[1].removeprefix("/"))
            if key not in self._values:
                raise StoreError(404, "ResourceNotFoundException", f"there is no key {key[:60]}")
            size = {"ItemCount": len(self._values), "TotalSizeInBytes": _size(self._values)}
            return 200, {"Key": key, "Value": self._values[key], **size}, self.etag
        if method == "POST" and parts[1:] == [""]:
            try:
                asked = json.loads(body)
                puts = {str(each["Key"]): str(each["Value"]) for each in asked.get("Puts") or []}
                deletes = [str(each["Key"]) for each in asked.get("Deletes") or []]
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise StoreError(400, "ValidationException", "no list of keys") from error
            self.update(puts, deletes, if_match)
            return 200, {"ItemCount": len(self._values), "TotalSizeInBytes": _size(self._values)}, self.etag
        raise StoreError(400, "ValidationException", f"{method} {path[:80]} is not played here")


def _size(values: Mapping[str, str]) -> int:
    return sum(len(key.encode()) + len(value.encode()) for key, value in values.items())
