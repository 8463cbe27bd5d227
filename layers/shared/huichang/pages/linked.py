"""What a page tells machines about its goods (JSON-LD), held against what it shows to people. Both are read from the document alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from huichang.pages.finding_words import finding
from huichang.pages.model import Finding
from huichang.pages.sharing import AVAILABILITY
from huichang.pages.tree import Node, squeeze
from huichang.pages.words import WORDS

_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SOLD_OUT = frozenset(WORDS["sold_out"].values())
_SAYS_NOTHING = "-"


def linked_findings(root: Node) -> Iterator[Finding]:
    """A price or an availability in the data that differs from its card's, goods that no card shows, data that nobody can read."""
    shown: dict[str, Node] = {}
    for floor in (node for node in root.walk() if "data-floor" in node.attributes):
        for node in floor.walk():
            if product := node.attributes.get("data-product"):
                shown.setdefault(product, node)
    for script in root.walk():
        if script.tag != "script" or script.attributes.get("type") != "application/ld+json":
            continue
        try:
            goods = [entry["item"] for entry in json.loads("".join(map(str, script.content)))["itemListElement"]]
        except (ValueError, KeyError, TypeError):
            yield finding("linked-data", "blocker", "head", product="JSON-LD", said="?", shown=_SAYS_NOTHING)
            continue
        for each in goods:
            yield from _differs(each, shown)


def _differs(product: dict[str, Any], shown: dict[str, Node]) -> Iterator[Finding]:
    sku, offer = str(product.get("sku", "")), product.get("offers") or {}
    said = (_amount(str(offer.get("price", ""))), str(offer.get("availability", "")))
    card = shown.get(sku)
    seen = _of_card(card) if card else (None, "")
    if card is None or said != seen:
        path = f'[data-product="{sku}"]'
        yield finding("linked-data", "blocker", sku, path=path, product=sku, said=_told(said), shown=_told(seen) if card else _SAYS_NOTHING)


def _of_card(card: Node) -> tuple[Decimal | None, str]:
    """(price, availability) as its data should say them."""
    now = card.find(lambda part: "now" in part.classes())
    text = squeeze(now.text()) if now else ""
    price = _amount(text)
    return price, AVAILABILITY["sold_out"] if text in _SOLD_OUT else "" if price is None else AVAILABILITY[""]


def _amount(text: str) -> Decimal | None:
    figure = _FIGURE.search(text)
    try:
        return Decimal(figure[0].replace(",", "")) if figure else None
    except InvalidOperation:
        return None


def _told(said: tuple[Decimal | None, str]) -> str:
    price, availability = said
    return " ".join(filter(None, ("" if price is None else f"{price:f}", availability.rpartition("/")[2]))) or _SAYS_NOTHING
