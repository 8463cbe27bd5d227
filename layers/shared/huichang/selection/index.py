"""The port to the product index. Two adapters (SQLite, OpenSearch) under one contract: tests/contract/test_product_index.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.selection.model import Eligibility, Hit
from huichang.selection.offers import Offer, OfferReport
from huichang.selection.values import TextIndicator


class IndexedProduct(Model):
    """A product with its embedding (unit length; 384 floats with the offline model).

    `as_of`: when its price, stock and enrolment were true (ISO 8601 with time zone); newer offers in the index outlast them.
    "" is now: it outlasts all.
    """

    product: Product
    vector: tuple[float, ...]
    as_of: str = ""


class UpsertReport(Model):
    """What an upsert did. `failed` maps product id to the reason; those products can be sent again."""

    written: int
    failed: dict[str, str] = {}


class ReindexReport(Model):
    """What a reindex did: which physical index was read and which is used now, and how many products moved how."""

    before: str
    after: str
    copied: int
    caught_up: int = 0
    removed: int = 0


class Reindexable(Protocol):
    """An index that can be made anew from itself: another analysis, other fields, the same products and vectors."""

    def reindex(self, progress: Callable[[int], None]) -> ReindexReport:
        """Without a gap for readers or writers, and without an embedding. `progress` is told how many are done."""
        ...


class Facet(Model):
    """A value and how many eligible products have it."""

    value: str
    count: int


class ProductIndex(Protocol):
    """Products by words, by meaning and by measure. Also the read model: `get` returns whole products."""

    def upsert(self, items: Sequence[IndexedProduct]) -> UpsertReport:
        """Insert or replace. Replay-safe: the same items twice leave the same index."""
        ...

    def update(self, offers: Sequence[Offer]) -> OfferReport:
        """New prices, stock and enrolment, without an embedding. A field is never overwritten by an older offer."""
        ...

    def delete(self, product_ids: Sequence[str]) -> int:
        """Remove; return how many existed."""
        ...

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """The products that exist, by id."""
        ...

    def known_vectors(self, embedding_hashes: Sequence[str]) -> dict[str, tuple[float, ...]]:
        """Vectors already stored for these embedding hashes: they need no model call."""
        ...

    def search(self, words: dict[Language, tuple[str, ...]], where: Eligibility, size: int) -> list[Hit]:
        """BM25 over title, brand, category, attributes and description; best first. Any one word is enough to match."""
        ...

    def nearest(self, vector: Sequence[float], where: Eligibility, size: int) -> list[Hit]:
        """k-NN by cosine, the eligibility applied inside; score is the cosine, best first."""
        ...

    def filter(self, where: Eligibility, size: int, sort_by: str = "sales_30d") -> list[Hit]:
        """Products that meet every condition, highest `sort_by` first, unknown last, ties by id."""
        ...

    def percentile(self, indicator: str, p: float, where: Eligibility) -> float | None:
        """Percentile p (0..100, linear interpolation) of the indicator among eligible products; None where none knows it."""
        ...

    def facet(self, field: str, where: Eligibility, size: int = 100) -> list[Facet]:
        """Commonest values of `leaf_category`, `industry`, `brand`, `catalogue`, `language` or `currency`, commonest first."""
        ...

    def known_values(self, indicator: TextIndicator, terms: Sequence[str], where: Eligibility) -> dict[str, int]:
        """How many eligible products have each of these categories, brands or attribute values ("纯棉", "材质=纯棉").

        Terms are compared without regard to case and width, as text conditions are; a term that none has is left out.
        """
        ...

    def count(self, where: Eligibility) -> int:
        """How many products are eligible."""
        ...
