"""Which picture a product card shows.

A merchant's picture is shown as it is only from hosts the deployment allows: anything else could be dead, could track the
buyer, or could change after review. All other products are drawn by us, and the card says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from huichang.catalog.product import Product
from huichang.kernel.ids import content_hash
from huichang.pictures import draw, drawing_url, infer_colours, infer_kind, parse_drawing_url


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
                return self._drawn(picture), ""
            parts = urlsplit(picture)
            if parts.scheme == "https" and parts.hostname in self.allowed_hosts:
                return picture, ""
        return self._drawn(self.inferred(product)), "illustration"

    @staticmethod
    def inferred(product: Product) -> str:
        """A drawing:// address made from the product's own words; the camera varies with its id."""
        kind = infer_kind(product.title, product.category_path, product.attributes)
        camera = int(content_hash(product.id)[:8], 16) % 3
        return drawing_url(kind, infer_colours(product.title, product.attributes), camera)

    def _drawn(self, address: str) -> str:
        kind, colours, camera = parse_drawing_url(address)
        svg = draw(kind, colours, camera)
        return "/" + self.media.put_media(svg.encode(), "image/svg+xml", "svg")
