"""What search engines and shared links are told of a page: its address, its languages, its goods as JSON-LD.

A page is an immutable version: it names itself, and nothing that may be retired tomorrow. Which other pages are live, and in which
languages a campaign speaks, is the sitemap's to say (sitemap_of): it is made of what is live at that moment.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from markupsafe import Markup

from huichang.delivery.model import LiveVenue
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.pages.model import Card, PageModel

LOCALES: dict[Language, str] = {"zh": "zh_CN", "en": "en_US"}
TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_UNSAFE = re.compile("[<>&'\u2028\u2029\ud800-\udfff]")
_CENT = Decimal("0.01")
AVAILABILITY = {"": "https://schema.org/InStock", "sold_out": "https://schema.org/SoldOut"}
"""By Card.state. Of what nobody can confirm ("unconfirmed") there is no offer to tell of."""
MOST_ADDRESSES = 50_000
"""As many as the protocol allows in one sitemap."""


class Sharing(Model):
    """What stands in a page's head for others. `address` "" where nobody knows yet where the pages are opened."""

    address: str = ""
    language: str
    locale: str

    @property
    def known(self) -> bool:
        """Whether whole addresses can be given."""
        return bool(self.address)


def sharing_of(page: PageModel) -> Sharing:
    """Of a page at its public address."""
    base = page.public_base.rstrip("/") if _is_base(page.public_base) else ""
    return Sharing(
        address=f"{base}/v/{page.venue_id}/" if base else "",
        language=TAGS[page.language],
        locale=LOCALES[page.language],
    )


def _is_base(base: str) -> bool:
    parts = urlsplit(base)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment


def json_ld(page: PageModel, anchors: dict[str, str]) -> Markup:
    """The goods as schema.org's ItemList of Products with Offers, saying what their cards say. "" where there is no whole address.

    `anchors`: product id -> id of its first card. What the page does not say (ratings, how many are left, whether goods are new or
    used: nothing in the catalogue tells) is not said here either.
    """
    sharing = sharing_of(page)
    if not sharing.known:
        return Markup("")
    base = page.public_base.rstrip("/")
    shown: dict[str, Card] = {}
    for floor in page.floors:
        for card in floor.cards:
            shown.setdefault(card.product_id, card)
    document = {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": page.title,
        "url": sharing.address,
        "inLanguage": sharing.language,
        "numberOfItems": len(shown),
        "itemListElement": [
            {"@type": "ListItem", "position": place, "item": _product(card, base, f"{sharing.address}#{anchors[card.product_id]}")}
            for place, card in enumerate(shown.values(), 1)
        ],
    }
    return script_safe(document)


def script_safe(document: Any) -> Markup:
    """JSON that cannot leave its element, whatever stands in it: <, > and &, and what JavaScript or UTF-8 would not take, as escapes."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Markup(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))  # noqa: S704 - escaped here


def _product(card: Card, base: str, address: str) -> dict[str, Any]:
    product: dict[str, Any] = {"@type": "Product", "name": card.title, "sku": card.product_id, "url": address}
    if card.state in AVAILABILITY:
        offer: dict[str, Any] = {"@type": "Offer", "availability": AVAILABILITY[card.state]}
        if not card.state:  # what cannot be bought has no price
            offer |= {"price": f"{card.price.amount.quantize(_CENT):f}", "priceCurrency": card.price.currency}
        if card.href:
            offer["url"] = card.href
        if card.merchant:
            offer["seller"] = {"@type": "Organization", "name": card.merchant}
        product["offers"] = offer
    if card.picture:
        product["image"] = card.picture if urlsplit(card.picture).scheme else f"{base}{card.picture}"
    return product


# --- what is live -----------------------------------------------------------------------------------------------------


def sitemap_of(venues: Sequence[LiveVenue], base: str) -> str:
    """sitemap.xml of the pages that are live; a campaign's pages in other languages are named as each other's alternates.

    Two pages are each other's only where the campaign has one page in each of their languages: among several nobody knows which
    belong together.
    """
    base = base.rstrip("/")
    shown = sorted(venues, key=lambda venue: (venue.published_at, venue.venue_id), reverse=True)[:MOST_ADDRESSES]
    siblings: dict[str, list[LiveVenue]] = defaultdict(list)
    for venue in shown:
        if venue.campaign_id:
            siblings[venue.campaign_id].append(venue)
    entries = "".join(_entry(venue, siblings.get(venue.campaign_id, []), base) for venue in shown)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        f"{entries}</urlset>\n"
    )


def _entry(venue: LiveVenue, siblings: Sequence[LiveVenue], base: str) -> str:
    languages = Counter(each.language for each in siblings)
    others = siblings if len(languages) > 1 and max(languages.values()) == 1 else []
    links = "".join(f'<xhtml:link rel="alternate" hreflang="{TAGS[each.language]}" href={quoteattr(base + each.href)}/>' for each in others)
    return f"<url><loc>{escape(base + venue.href)}</loc><lastmod>{escape(venue.published_at[:10])}</lastmod>{links}</url>\n"


def robots_of(base: str) -> str:
    """robots.txt: published pages and their pictures may be read, nothing that is staged, and no API."""
    lines = [
        "User-agent: *",
        "Allow: /v/",
        "Allow: /media/",
        "Disallow: /s/",
        "Disallow: /preview/",
        "Disallow: /api/",
        "Disallow: /console",
        "",
    ]
    if base:
        lines.append(f"Sitemap: {base.rstrip('/')}/sitemap.xml")
    return "\n".join(lines) + "\n"
