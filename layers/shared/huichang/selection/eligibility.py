"""Which products may be sold in a venue at all: in its catalogue, enrolled, in stock, with a price. Judged on the product itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from huichang.catalog.product import Enrolment, Product
from huichang.selection.model import Eligibility, LeftOutCode
from huichang.themes.model import CampaignBrief

# What no pin overrules: such a product cannot be sold in this venue, or would break what the page promises.
HARD: frozenset[LeftOutCode] = frozenset(
    {"gone", "other_catalogue", "not_enrolled", "not_open", "out_of_stock", "no_price", "policy", "condition"}
)
_MIDDAY = time(12, tzinfo=UTC)  # of a date that is the same date from Honolulu to Auckland


def opening(first_day: date | None) -> datetime | None:
    """The moment at which a page opens that is for a promotion from this day on; None where no day is known."""
    return None if first_day is None else datetime.combine(first_day, _MIDDAY)


def eligibility(brief: CampaignBrief) -> Eligibility:
    """Which products a venue of this brief may show at all: its catalogue, enrolled (for its promotion, where it names one), in stock.

    An operator's exclusions are not among it: they act in fusion, so that the brief's percentiles do not move with them
    and a preview of lifting one finds the product among what was recalled.
    """
    opens_at = opening(brief.window.start) if brief.window else None
    return Eligibility(catalogue=brief.catalogue, enrolled=True, promotion=brief.promotion, opens_at=opens_at, min_stock=1)


def ineligible(product: Product, where: Eligibility, now: datetime) -> LeftOutCode | None:
    """Why a product may not be sold in a venue, checked on the product itself: a recall may be older than its last stock update.

    Unknown stock is eligible: a foreign catalogue may not state it. Conditions are checked separately.
    """
    if where.catalogue is not None and product.catalogue != where.catalogue:
        return "other_catalogue"
    if where.enrolled and not product.enrolled:
        return "not_enrolled"
    if where.promotion is not None:
        terms = product.enrolment(where.promotion)
        if terms is None:
            return "not_enrolled"
        if not terms.holds_at(where.judged_at(now)):
            return "not_open"
    if product.stock is not None and product.stock < where.min_stock:
        return "out_of_stock"
    return None if product.price.amount > 0 else "no_price"


def window_of(terms: Enrolment | None) -> str:
    """When an enrolment holds, as "from – to" (ISO 8601, minutes); "" where it always does."""
    if terms is None or (terms.starts_at is None and terms.ends_at is None):
        return ""
    sides = ("" if moment is None else moment.isoformat(timespec="minutes") for moment in (terms.starts_at, terms.ends_at))
    return " – ".join(sides).strip()
