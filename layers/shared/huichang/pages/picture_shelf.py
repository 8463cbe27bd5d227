"""Which picture a product card shows.

A merchant's picture comes from hosts the deployment lists, and it is shown from our own copy (mirroring.py): an address of somebody
else could be dead, could track the buyer, or could change after review. All other products are drawn by us, and the card says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from huichang.catalog.product import Product
from huichang.pages.addresses import allowed
from huichang.pages.mirroring import Photo, Photos
from huichang.pages.renditions import PictureSet
from huichang.pictures import drawing_for, render_url


class MediaShelf(Protocol):
    """Where drawings are put once."""

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        """Store under the content's hash; return the key."""
        ...


@dataclass(frozen=True)
class PictureShelf:
    """Finds or draws the picture of a product. `mirror` None: merchants' photos are not shown. `kept`: our copies by address."""

    media: MediaShelf
    allowed_hosts: tuple[str, ...] = ()
    mirror: Photos | None = None
    kept: Mapping[str, Photo] = field(default_factory=dict)

    def with_photos(self, products: Iterable[Product]) -> PictureShelf:
        """The shelf with the photos of these products on it, as far as they can be had now."""
        if self.mirror is None or not self.allowed_hosts:
            return self
        return replace(self, kept=self.mirror(filter(None, (self._photo(product) for product in products))))

    def address(self, product: Product) -> tuple[str, str]:
        """(address, note). The note is "" for a merchant's own picture or drawing, "illustration" for an inferred drawing."""
        for picture in product.pictures:
            if picture.startswith("drawing://"):
                try:
                    return self._drawn(picture), ""
                except ValueError:  # an address that names no drawing of ours: untrusted data, so draw what the words say
                    continue
            if photo := self.kept.get(allowed(picture, self.allowed_hosts)):
                return f"/{photo.key}", ""
        inferred = drawing_for(product.title, product.category_path, product.attributes, seed=product.id)
        return self._drawn(inferred), "illustration"

    def missing(self, products: Iterable[Product]) -> int:
        """How many of these products' photos could be shown and are not on the shelf."""
        return sum(1 for product in products if (photo := self._photo(product)) and photo not in self.kept)

    def sets(self) -> dict[str, PictureSet]:
        """Renditions of the photos that were had, by their address on a page."""
        return {
            f"/{photo.key}": PictureSet(width=photo.width, height=photo.height, renditions=photo.renditions)
            for photo in self.kept.values()
            if photo.renditions
        }

    def _photo(self, product: Product) -> str:
        """The first photo from a listed host; "" where there is none."""
        return next(filter(None, (allowed(picture, self.allowed_hosts) for picture in product.pictures)), "")

    def _drawn(self, address: str) -> str:
        return "/" + self.media.put_media(render_url(address).encode(), "image/svg+xml", "svg")
