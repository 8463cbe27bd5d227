"""One way to divide a venue, for the step that does it and for the preview of an edit that would change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huichang.catalog.product import Product
from huichang.line.arranging import industry_of
from huichang.selection.floors import FloorPlanner
from huichang.selection.floors.library import FloorLibrary
from huichang.selection.index import ProductIndex
from huichang.selection.model import FloorPlan, Selection
from huichang.venues.model import Venue


@dataclass(frozen=True)
class VenueFloors:
    """The planner, what operators kept from other venues, and what they arranged in this one.

    Embeddings come from the index: they were paid for when the products came in.
    """

    planner: FloorPlanner
    library: FloorLibrary
    index: ProductIndex

    def plan(self, venue: Venue, selection: Selection, products: Mapping[str, Product]) -> FloorPlan:
        """The floors of a selection; `products` may hold more than it chose. Raises what the planner and the library raise."""
        chosen = {entry.product_id: products[entry.product_id] for entry in selection.products if entry.product_id in products}
        kept = self.library.matching(industry_of(venue.theme, chosen), venue.language)
        # What was learned from this very venue would only give back its own last floors.
        others = [entry for entry in kept if entry.venue_id != venue.venue_id]
        return self.planner.plan(
            venue.theme,
            selection,
            chosen,
            venue.language,
            kept=others,
            arrangement=venue.arrangement,
            vectors=vectors_of(self.index, chosen),
        )


def vectors_of(index: ProductIndex, products: Mapping[str, Product]) -> dict[str, tuple[float, ...]]:
    """The embeddings that the index holds of these products, by product id. Raises what the index raises."""
    hashes = {product_id: product.embedding_hash() for product_id, product in products.items()}
    known = index.known_vectors(list(hashes.values()))
    return {product_id: known[name] for product_id, name in hashes.items() if name in known}
