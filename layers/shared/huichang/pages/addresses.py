"""Which foreign addresses a page may carry: by scheme and host, rewritten so that they mean the same to everybody who reads them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from huichang.catalog.product import Product

MOST = 2000
_STRANGE = re.compile(r"[\x00-\x20\x7f\\\u0080-\u00a0\u2028\u2029\ufeff]")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_PORTS = {"http": 80, "https": 443}
# Beside letters and digits; neither quotes nor brackets, so that an address can break out of no HTML, CSS or XML.
_PATH = "/%:@!$&*+,;=~-._"


def allowed(address: str, hosts: tuple[str, ...], schemes: tuple[str, ...] = ("https",)) -> str:
    """The address, rewritten plainly, if its scheme and host are allowed; else "".

    `hosts`: names ("img.example.com"), all below one ("*.example.com"), or with a port ("img.example.com:8443"). An address with a
    user name, a strange character, an IP address or another port is none of theirs.
    """
    if not address or len(address) > MOST or _STRANGE.search(address):
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except ValueError:  # UnicodeError is one
        return ""
    if parts.scheme not in schemes or "@" in parts.netloc or not _HOST.fullmatch(host):
        return ""
    if port == _PORTS.get(parts.scheme):
        port = None
    if not any(_is_host(host, port, pattern.strip().lower()) for pattern in hosts):
        return ""
    tail = quote(parts.path or "/", safe=_PATH)
    tail += f"?{quote(parts.query, safe=_PATH + '?')}" if parts.query else ""
    tail += f"#{quote(parts.fragment, safe=_PATH + '?')}" if parts.fragment else ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{tail}"


def _is_host(host: str, port: int | None, pattern: str) -> bool:
    name, _, listed = pattern.partition(":")
    if (str(port) if port else "") != listed:
        return False
    return host == name or (name.startswith("*.") and host.endswith(name[1:]))


def host_of(address: str) -> str:
    """The host of an address, for people; "" where it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def linked(products: Mapping[str, Product], hosts: tuple[str, ...]) -> tuple[dict[str, Product], Counter[str]]:
    """The products with addresses that may be linked to and without the others, and how many were left out by host."""
    kept: dict[str, Product] = {}
    left_out: Counter[str] = Counter()
    for product_id, product in products.items():
        address = allowed(product.url or "", hosts)
        if product.url and not address:
            left_out[host_of(product.url) or product.url[:60]] += 1
        kept[product_id] = product if address == (product.url or "") else product.model_copy(update={"url": address or None})
    return kept, left_out
