"""Which picture a product card shows.

A merchant's picture is shown as it is only from hosts the deployment allows: anything else could be dead, could track the
buyer, or could change after review. All other products are drawn by us, and the card says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from huichang.catalog.product import Product
from huichang.pictures import drawing_for, render_url


class MediaShelf(Protocol):
    """Where drawings are put once."""

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        """Store under the content's hash; return the key."""
        ...


@dataclass(frozen=True)
class PictureShelf:
    """Finds or draws the picture of a product."""

    media: MediaShelf
    allowed_hosts: tuple[str, ...] = ()

    def address(self, product: Product) -> tuple[str, str]:
        """(address, note). The note is "" for a merchant's own picture or drawing, "illustration" for an inferred drawing."""
        for picture in product.pictures:
            if picture.startswith("drawing://"):
                try:
                    return self._drawn(picture), ""
                except ValueError:  # an address that names no drawing of ours: untrusted data, so draw what the words say
                    continue
            parts = urlsplit(picture)
            if parts.scheme == "https" and parts.hostname in self.allowed_hosts:
                return picture, ""
        inferred = drawing_for(product.title, product.category_path, product.attributes, seed=product.id)
        return self._drawn(inferred), "illustration"

    def _drawn(self, address: str) -> str:
        return "/" + self.media.put_media(render_url(address).encode(), "image/svg+xml", "svg")
