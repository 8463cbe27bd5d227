"""What the template's CloudFront functions do, in Python: PageRoute (which object an address shows) and PageStatus.

The JavaScript in template.yaml is what runs on AWS; tests/unit/test_edge_function.py asks both the same questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

STATUS_HEADER = "x-amz-meta-status"
_VENUE = re.compile(r"/v/([A-Za-z0-9_-]{1,64})(/(?:index\.html)?)?", re.ASCII)
_CODE = 4
_GONE = "...."


@dataclass(frozen=True)
class Rewritten:
    """The object to show."""

    path: str


@dataclass(frozen=True)
class Redirected:
    """301 to this path."""

    location: str


def route(path: str, accept_language: str, read: Callable[[str], str | None]) -> Rewritten | Redirected:
    """Where a request leads. `read`: the key-value store."""
    if path.startswith(("/r/", "/gone/")):  # what releases point to has no address of its own
        return _gone("unknown", "", accept_language)
    if not path.startswith("/v/"):
        return Rewritten(path + "index.html" if path.endswith("/") else path)
    found = _VENUE.fullmatch(path)
    if found is None:
        return _gone("unknown", "", accept_language)
    if found[2] is None:
        return Redirected(path + "/")
    place = read(f"v/{found[1]}")
    if place is None:
        return _gone("unknown", "", accept_language)
    campaign_id, _, number = place.rpartition(":")
    pointer = read(f"c/{campaign_id}")
    parts = (pointer or "").split(":")
    if len(parts) != 4:
        return _gone("all", "", accept_language)
    start = int(number) * _CODE
    code = parts[3][start : start + _CODE]
    if len(code) < _CODE or code == _GONE:
        return _gone(parts[2] or "all", parts[0], accept_language)
    return Rewritten(f"/r/{found[1]}/{code}.html")


def _gone(name: str, language: str, accept_language: str) -> Rewritten:
    wanted = accept_language[:2].lower()
    return Rewritten(f"/gone/{name}/{wanted if wanted in ('zh', 'en') else language or 'en'}.html")


def status_of(stored: str | None, status: int) -> int:
    """The status of an answer whose object says another one."""
    return int(stored) if stored in ("404", "410") else status
