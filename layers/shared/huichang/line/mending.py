"""The mildest step that mends a released page: the same page put back, or the page without the few goods whose cards are broken."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from huichang.pages.model import Finding, PageModel

MOST_GOODS = 3
"""With more broken cards it is the page that is broken, or what all of them share."""
_NAMED = re.compile(r'data-product=\\?["\']([^"\'\\]+)')


def broken_goods(page: PageModel, blockers: Iterable[Finding]) -> tuple[str, ...]:
    """The goods of the page whose cards alone explain every blocker; () where something else is broken too, or too many are."""
    cards = [card for floor in page.floors for card in floor.cards]
    ids = {card.product_id for card in cards}
    broken: dict[str, None] = {}
    for each in blockers:
        address = urlsplit(each.path).path  # of a picture, which is found by its address
        found = [card.product_id for card in cards if card.picture and urlsplit(card.picture).path == address]
        found = found or [name for name in (*_NAMED.findall(each.path), each.place.rpartition("/")[2]) if name in ids][:1]
        if not found:
            return ()
        broken |= dict.fromkeys(found)
    return tuple(broken) if len(broken) <= MOST_GOODS and len(broken) * 4 <= len(ids) else ()
