"""Identifiers: time-ordered ids for things that are created, content hashes for things that are derived."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case: no i, l, o, u


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def new_id(prefix: str, now: datetime) -> str:
    """Return `<prefix>-<9 characters of time><7 random>`: sorts by creation time, safe in URLs, keys and file names."""
    return f"{prefix}-{_base32(int(now.timestamp() * 1000), 9)}{_base32(secrets.randbits(35), 7)}"


def derived_id(prefix: str, *parts: str) -> str:
    """Return the same id for the same parts, so that a replay creates nothing new."""
    return f"{prefix}-{content_hash(list(parts))[:16]}"


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def content_hash(value: Any) -> str:
    """SHA-256 (64 hex digits) of bytes, text, or the canonical JSON of anything else."""
    if isinstance(value, bytes):
        data = value
    elif isinstance(value, str):
        data = value.encode()
    else:
        data = canonical_json(value).encode()
    return hashlib.sha256(data).hexdigest()
