"""Released pages that stay true."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from huichang.adapters.dynamodb.claims import DynamoClaims, DynamoShownProducts
from huichang.adapters.messaging import Queue
from huichang.bootstrap.parts import (
    audit,
    clock,
    delivery,
    documents,
    released_pages,
    settings,
    table,
    truth,
    venues,
)

if TYPE_CHECKING:
    from huichang.line.refreshing import Outcome, RefreshClaims


@cache
def claims() -> DynamoClaims:
    """What live pages claim."""
    return DynamoClaims(table(), clock())


def refresh_claims() -> Callable[[str], list[Outcome]]:
    """For functions/refresh_claims."""
    return _refresh_claims().take


@cache
def _refresh_claims() -> RefreshClaims:
    from huichang.line.living_siblings import LiveSiblings
    from huichang.line.refreshing import RefreshClaims, Refresher

    shown = DynamoShownProducts(table())
    refresher = Refresher(
        venues=venues(),
        documents=documents(),
        truth=truth(),
        live=released_pages(),
        siblings=LiveSiblings(documents(), truth(), released_pages()),
        claims=claims(),
        shown=shown,
        delivery=delivery(puts=False),
        audit=audit(),
        clock=clock(),
        unread_seconds=settings().claims_unread_seconds,
    )
    return RefreshClaims(
        claims=claims(), shown=shown, delivery=delivery(puts=False), queue=Queue(settings().claims_queue_url), refresher=refresher
    )
