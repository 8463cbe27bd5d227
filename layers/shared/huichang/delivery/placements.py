"""The places where venues are shown. A closed list: a number that nobody can add to is a number one can compare."""

from __future__ import annotations

from typing import Literal

from huichang.kernel.errors import InvalidInputError
from huichang.kernel.model import Model


class Placement(Model):
    """A place. `public` is what every visitor sees, `private` a merchant's or a buyer's own channel."""

    name: str
    kind: Literal["public", "private"]
    what: str
    offered: bool = True


_PLACEMENTS = (
    Placement(name="home", kind="public", what="the marketplace's front page"),
    Placement(name="category", kind="public", what="beside a category's goods"),
    Placement(name="search", kind="public", what="above search results"),
    Placement(name="cart", kind="public", what="below the cart and after paying"),
    Placement(name="shop", kind="private", what="a merchant's own shop page"),
    Placement(name="message", kind="private", what="a message to a buyer or a group"),
    Placement(name="direct", kind="private", what="somebody opened the page's address", offered=False),
)
PLACEMENTS: dict[str, Placement] = {placement.name: placement for placement in _PLACEMENTS}


def placement_to_fill(name: str) -> Placement:
    """The placement a feed is asked for. Raises InvalidInputError."""
    found = PLACEMENTS.get(name)
    if found is None or not found.offered:
        offered = ", ".join(placement.name for placement in PLACEMENTS.values() if placement.offered)
        raise InvalidInputError(
            "there is no such placement" if name else "no placement was named",
            where="placement",
            mend=f"one of {offered}",
            code="placement_unknown",
        )
    return found
