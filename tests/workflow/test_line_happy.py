"""One sentence in, a reviewed and published venue out: what everybody along the line gets to see."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.cloud import eventually
from tests.support.line import Line, good

SENTENCES = {"zh": "帮我生成一个熊猫玩偶会场", "en": "a low-price free-shipping womenswear venue"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sentence_becomes_a_published_venue(healthy: Line, language: str) -> None:
    line = healthy
    campaign_id = line.campaign(SENTENCES[language])
    venue_id = line.venue_of(campaign_id)
    staged = line.until(venue_id, "in_review")
    version = staged["venue"]["staged_version"]
    assert staged["live_url"] == ""

    # Before the approval buyers see nothing, by whatever address; reviewers see it by a signed one.
    for path in (f"/v/{venue_id}/", f"/versions/{venue_id}/{version}.html", f"/v/../versions/{venue_id}/{version}.html", "/preview/x.y"):
        assert line.page(path).status_code in (403, 404), path
    link = good(line.reviewer.post(f"/api/venues/{venue_id}/preview"))
    preview = line.page(link["url"].removeprefix(line.cloud.url))
    assert preview.status_code == 200
    shown = line.products(venue_id)["products"]
    assert len(shown) >= 8
    assert all(product["product_id"] in preview.text for product in shown if product["floor"])

    line.approve(venue_id)
    detail = line.until(venue_id, "published")
    assert detail["venue"]["live_version"] == version
    page = line.page(detail["live_url"])
    assert (page.status_code, detail["live_url"]) == (200, f"/v/{venue_id}/")
    assert page.headers["content-type"].startswith("text/html")
    assert f'lang="{language}' in page.text
    assert all(product["product_id"] in page.text for product in shown if product["floor"])
    assert [product for product in shown if product["floor"]], "floors hold products"
    for product in shown:
        assert any(product["reason"].values()), product

    expected = dict.fromkeys(set(detail["step_names"]) - {"RecruitMerchants"}, "done")
    # The step that publishes ends a moment after the page is public.
    eventually(lambda: {step["step"]: step["status"] for step in line.detail(venue_id)["steps"]} == expected, 20, "all steps done")
    assert all(material["task"]["status"] == "ready" for material in detail["materials"])
    assert not [f for f in detail["inspection"]["findings"] if f["severity"] == "blocker"]

    calls = good(line.operator.get(f"/api/venues/{venue_id}/calls"))["calls"]
    assert {call["kind"] for call in calls} == {"chat", "embedding", "image"}
    for call in calls:
        assert call["offline"] is True
        assert call["venue_id"] == venue_id
        assert Decimal(call["cost_usd"]) > 0
        assert call["images"] == 1 if call["kind"] == "image" else call["input_tokens"] > 0
    total = good(line.operator.get(f"/api/campaigns/{campaign_id}"))["cost"]
    assert total["calls"] > len(calls), "brief and plan are booked on the campaign"
    assert line.stats()["billed_twice"] == {}

    (created,) = line.audit(campaign_id)
    assert (created["action"], created["role"], created["detail"]["sentence"]) == ("create", "operator", SENTENCES[language])
    (approved,) = line.audit(venue_id)
    assert (approved["action"], approved["role"], approved["saw"]) == ("approve", "reviewer", version)
    assert good(line.operator.get(f"/api/venues/{venue_id}/audit"))["entries"] == [approved]

    def offered() -> dict[str, object] | None:
        decision = good(line.anonymous.get("/api/feed", placement="home", slots=5, language=language))
        items = {item["venue_id"]: item for item in decision["items"]}
        return dict(items[venue_id]) if venue_id in items else None

    item = eventually(offered, 25, "the venue in the feed")
    assert 0 < float(str(item["propensity"])) <= 1
    assert str(item["href"]).split("?")[0] == detail["live_url"]
    eventually(
        lambda: good(line.operator.get(f"/api/campaigns/{campaign_id}"))["campaign"]["status"] == "finished", 15, "the campaign's end"
    )
    line.retire(venue_id)
    line.invoke("keep-releases", {})  # what comes by itself once a minute
    over = line.page(f"/v/{venue_id}/")
    assert (over.status_code, over.headers["content-type"]) == (410, "text/html; charset=utf-8")
    assert "noindex" in over.text
    never = line.page("/v/v-never/")
    assert (never.status_code, "<h1>" in never.text) == (404, True)
