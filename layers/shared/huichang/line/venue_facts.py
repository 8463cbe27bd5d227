"""What delivery is told of a venue besides its words and pictures: what ranking, traffic control and placements go by."""

from __future__ import annotations

from collections import Counter

from huichang.delivery.model import LiveVenue
from huichang.pages.model import PageModel
from huichang.trends.regions import festival_regions
from huichang.venues.model import Venue


def with_facts(live: LiveVenue, venue: Venue, page: PageModel) -> LiveVenue:
    """The live venue with industry and kind of its theme, the merchant of the page that buyers get, and the regions of its festivals."""
    facts = {
        "industry": venue.theme.industry,
        "kind": venue.theme.kind,
        "merchant": merchant_of(page),
        "regions": festival_regions(venue.theme.trend_ids, int(venue.created_at[:4])),
    }
    return live.model_copy(update=facts)


def merchant_of(page: PageModel) -> str:
    """The id of the merchant of more than half of the page's products; "" where there is none, or the page does not say."""
    sellers = {card.product_id: card.merchant_id for floor in page.floors for card in floor.cards}
    if not sellers:
        return ""
    merchant, goods = Counter(sellers.values()).most_common(1)[0]
    return merchant if 2 * goods > len(sellers) else ""
