"""What comes in from outside: catalogues, offers, trends."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from huichang.adapters.messaging import (
    Queue,
)
from huichang.bootstrap.parts import audit, bodies, bus, clock, documents, index, models, settings, table, trends, venues

if TYPE_CHECKING:
    from huichang.line import importing
    from huichang.line.offers import ApplyOffers
    from huichang.trends.sorting import SortWaiting


def sort_trends() -> Callable[[], dict[str, int]]:
    """For functions/sort_trends."""
    return _waiting_trends()


@cache
def _waiting_trends() -> SortWaiting:
    from huichang.catalog.industries import load_industries
    from huichang.trends.sorting import SortWaiting, TrendSorter

    return SortWaiting(trends(), TrendSorter(load_industries(), models))


@cache
def imports() -> importing.Imports:
    """Catalogue imports."""
    from huichang.adapters.dynamodb.imports import DynamoImports
    from huichang.line.importing import Imports

    return Imports(
        records=DynamoImports(table(), clock()),
        files=bodies(),
        queue=Queue(settings().import_queue_url),
        index_queue=Queue(settings().index_queue_url),
        audit=audit(),
        clock=clock(),
    )


def import_catalogue() -> Callable[[str], None]:
    """For functions/import_catalogue."""
    return imports().slice


def index_products() -> Callable[[str], None]:
    """For functions/index_products."""
    from huichang.line.importing import IndexBatches

    return IndexBatches(imports=imports(), index=index(), embeddings=models(comes_back=True), dimension=settings().embedding_dimension).take


def apply_offers() -> Callable[[str], None]:
    """For functions/apply_offers."""
    return _apply_offers().take


@cache
def _apply_offers() -> ApplyOffers:
    from huichang.line.offers import ApplyOffers, StockWatch

    watch = StockWatch(
        venues=venues(),
        documents=documents(),
        index=index(),
        audit=audit(),
        clock=clock(),
        min_products=settings().min_products_per_venue,
    )
    return ApplyOffers(index=index(), bus=bus(), clock=clock(), watch=watch)
