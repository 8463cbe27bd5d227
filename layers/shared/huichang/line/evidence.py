"""What inspections before and after the release share: pictures of findings, and the catalogue of now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from huichang.catalog.product import Product
from huichang.kernel.errors import NotFoundError
from huichang.kernel.ids import content_hash
from huichang.pages.finding_words import finding
from huichang.pages.model import Finding, FindingPicture, PageModel
from huichang.pages.tree import parse, squeeze
from huichang.venues.model import Documents

_NAME = re.compile(r"[0-9a-f]{32}")


def picture_key(venue_id: str, name: str) -> str:
    """Document of a finding's picture. Not among the public media: a staged page is nobody's business."""
    return f"venues/{venue_id}/inspections/{name}"


def keep_pictures(documents: Documents, venue_id: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings with their pictures stored; `picture` is then the picture's name (its hash), which a replay makes again."""
    kept = []
    for each in findings:
        if each.picture.startswith("data:"):
            name = content_hash(each.picture)[:32]
            documents.put(picture_key(venue_id, name), FindingPicture(data=each.picture))
            each = each.model_copy(update={"picture": name})
        kept.append(each)
    return tuple(kept)


def read_picture(documents: Documents, venue_id: str, name: str) -> FindingPicture:
    """Raises NotFoundError."""
    if not _NAME.fullmatch(name):
        raise NotFoundError(f"there is no picture {name!r}", where="picture")
    return documents.get(picture_key(venue_id, name), FindingPicture)


def shown_products(page: PageModel) -> frozenset[str]:
    """Ids of the products that a page shows."""
    return frozenset(card.product_id for card in (*page.hero_cards, *(card for floor in page.floors for card in floor.cards)))


def catalogue_findings(html: str, products: Mapping[str, Product]) -> tuple[Finding, ...]:
    """Prices that the document shows and the catalogue does not, products that it does not have. Warnings: who judges how long that may
    last is the caller. `products`: of now, in the venue's promotion."""
    found: dict[tuple[str, str], Finding] = {}
    for node in parse(html).walk():
        product_id = node.attributes.get("data-product")
        now = node.find(lambda part: "now" in part.classes()) if product_id else None
        if not product_id or now is None:
            continue
        product = products.get(product_id)
        if product is None:
            path = f'[data-product="{product_id}"]'
            found[product_id, ""] = finding("product-gone", "warning", product_id, path=path, product=product_id)
        # A card without a figure ("sold out") names no price, so it names no wrong one.
        elif (shown := squeeze(now.text())[:20]) != squeeze(str(product.price)) and any(map(str.isdigit, shown)):
            path = f'[data-product="{product_id}"]'
            found[product_id, shown] = finding("price-stale", "warning", product_id, path=path, shown=shown, now=str(product.price))
    return tuple(found.values())
