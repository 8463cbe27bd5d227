"""What the template's CloudFront functions do, in Python: PageRoute (which object an address shows) and PageStatus.

The JavaScript in template.yaml is what runs on AWS; tests/unit/test_edge_function.py asks both the same questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

STATUS_HEADER = "x-amz-meta-status"
_VENUE = re.compile(r"/v/([A-Za-z0-9_-]{1,64})(/(?:index\.html)?)?", re.ASCII)
_SEGMENT = re.compile(r"[a-z][a-z0-9]{1,11}", re.ASCII)
_CODE = 4
_GONE = "...."
_SIX_BITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_KEPT_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class Rewritten:
    """The object to show."""

    path: str


@dataclass(frozen=True)
class Redirected:
    """301 to this path."""

    location: str


@dataclass(frozen=True)
class Chosen:
    """302 to this path, with a cookie that remembers what the buyer said (or, "" , forgets it)."""

    location: str
    segment: str

    @property
    def cookie(self) -> str:
        """The Set-Cookie header."""
        kept = _KEPT_SECONDS if self.segment else 0
        return f"hc_seg={self.segment}; Path=/; Max-Age={kept}; Secure; HttpOnly; SameSite=Lax"


def route(
    path: str, accept_language: str, read: Callable[[str], str | None], cookies: str = "", query: str = ""
) -> Rewritten | Redirected | Chosen:
    """Where a request leads. `read`: the key-value store; `cookies`: the Cookie header; `query`: what follows the "?"."""
    if path.startswith("/s/"):
        return _chosen(path[3:], query) or _gone("unknown", "", accept_language)
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
    codes, _, listed = parts[3].partition("|")
    start = int(number) * _CODE
    code = codes[start : start + _CODE]
    if len(code) < _CODE or code == _GONE:
        return _gone(parts[2] or "all", parts[0], accept_language)
    return Rewritten(f"/r/{found[1]}/{code}{_sibling(listed, int(number), cookies)}.html")


def _sibling(listed: str, place: int, cookies: str) -> str:
    """ ".<segment>" where the release lists a page for the buyer's; "" for whatever else the cookie says."""
    said = [value for name, _, value in (each.strip().partition("=") for each in cookies.split(";")) if name == "hc_seg"]
    names, bits = listed.partition("|")[::2]
    known = names.split(".") if names else []
    if len(said) != 1 or said[0] not in known:
        return ""
    at = known.index(said[0])
    digit = bits[place * -(-len(known) // 6) + at // 6 :][:1]
    return f".{said[0]}" if _SIX_BITS.find(digit) >> at % 6 & 1 and digit else ""


def _chosen(segment: str, query: str) -> Chosen | None:
    asked = [value for name, _, value in (each.partition("=") for each in query.split("&")) if name == "to"]
    venue = _VENUE.fullmatch(unquote(asked[0], errors="strict")) if len(asked) == 1 and _decodes(asked[0]) else None
    if venue is None or not _SEGMENT.fullmatch(segment):
        return None
    return Chosen(f"/v/{venue[1]}/", "" if segment == "default" else segment)


def _decodes(text: str) -> bool:
    """Whether decodeURIComponent takes it."""
    try:
        unquote(text, errors="strict")
    except UnicodeDecodeError:
        return False
    return re.search(r"%(?![0-9A-Fa-f]{2})", text) is None


def _gone(name: str, language: str, accept_language: str) -> Rewritten:
    wanted = accept_language[:2].lower()
    return Rewritten(f"/gone/{name}/{wanted if wanted in ('zh', 'en') else language or 'en'}.html")


def status_of(stored: str | None, status: int) -> int:
    """The status of an answer whose object says another one."""
    return int(stored) if stored in ("404", "410") else status
