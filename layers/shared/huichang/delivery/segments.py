"""Which buyers somebody is shown venues as: a slug of few facts, none of which says who they are.

Declared facts come first: what a buyer said they need on a venue's page (first-party cookie `hc_seg`, by which the page's own
variant is chosen), or what the placement passes. Then what was observed: whether this browser has been here before. Nothing of it
is stored: the slug is told with each request, and stands in counters with everybody else's. To be forgotten is to delete the cookie.
"""

from __future__ import annotations

import re
from typing import Literal

Observed = Literal["new", "back", ""]
"""Whether the browser has been here before; "" where nobody can tell."""

NONE = "none"
# What buyers can declare: the ids of pages/segments.yaml (a test holds them together; the feed's functions need not read that file).
# A closed list: a stranger who invents segments must not fill the counters.
NEEDS = frozenset({"bulk", "small", "dropship", "export", "custom", "value", "fresh", "women", "men", "kids"})
SEGMENTS = NEEDS | {NONE, "new", "back"}
_SLUG = re.compile(r"[a-z0-9_-]{1,24}")


def segment_of(declared: str, observed: Observed = "") -> str:
    """One of SEGMENTS. A need that nobody knows is no need: whoever sends it is served as everybody."""
    if _SLUG.fullmatch(declared) and declared in SEGMENTS:
        return declared
    return observed or NONE


def cookie(header: str, name: str) -> str:
    """A cookie's value in a Cookie header or in API Gateway's list joined by "; "; "" where it is not, or is there twice."""
    found = [value for key, _, value in (part.strip().partition("=") for part in header.split(";")) if key == name]
    return found[0] if len(found) == 1 else ""
