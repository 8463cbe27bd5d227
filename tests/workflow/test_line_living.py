"""What changes at a merchant's is on the live page, without JavaScript, and a retired page is left alone."""

from __future__ import annotations

from infra.bench.living_pages import PublicPage
from tests.support.cloud import eventually
from tests.support.line import Line, good


def test_a_live_page_follows_its_goods(healthy: Line) -> None:
    line = healthy
    venue = line.published("帮我生成一个瑜伽垫会场")["venue"]
    address = f"/v/{venue['venue_id']}/"
    page = PublicPage(venue, {})
    page.read(line.page(address).text, "")
    dearer, gone = sorted(page.products)[:2]
    at = "2031-01-01T00:00:00Z"
    sent = [{"product_id": dearer, "at": at, "price": "77.31"}, {"product_id": gone, "at": at, "stock": 0}]
    good(line.operator.post("/api/catalogue/offers", {"offers": sent}))

    def followed() -> bool:
        html = line.page(address).text
        card = html.partition(f'data-product="{dearer}">')[2].partition("</li>")[0]
        other = html.partition(f'data-product="{gone}">')[2].partition("</li>")[0]
        return '77<i class="dec">.31</i>' in card and ("已售罄" in other or not other)

    eventually(followed, 60, "the price and the stock of now on the live page")
    claims = good(line.operator.get(f"/api/venues/{venue['venue_id']}/claims"))
    assert (claims["live"], claims["refreshed"], claims["problem"], claims["base_version"]) == (True, True, "", venue["live_version"])
    assert gone in {each["place"].partition("/")[2] for each in claims["taken_off"]}
    assert "refresh_claims" in {entry["action"] for entry in line.audit(venue["venue_id"])}
    # Other tests sell these goods too.
    back = [{"product_id": gone, "at": "2031-01-02T00:00:00Z", "stock": 500}]
    good(line.operator.post("/api/catalogue/offers", {"offers": back}))
