"""An operator arranges the floors of a venue: its page follows, and the next venue of such goods is offered what was made."""

from __future__ import annotations

from tests.support.line import Line, good


def test_arranged_floors_reach_the_page_and_are_offered_to_the_next_venue(healthy: Line) -> None:
    line = healthy
    venue_id = str(line.in_review("帮我生成一个熊猫玩偶会场")["venue"]["venue_id"])
    plan = line.products(venue_id)["floors"]
    ids = [product_id for floor in plan["floors"] for product_id in floor["product_ids"]]
    wanted = [{"title": "先挑这些", "product_ids": ids[::2]}, {"title": "再看这些", "product_ids": ids[1::2]}]
    body = {"plan_id": plan["plan_id"], "floors": wanted}
    assert line.reviewer.put(f"/api/venues/{venue_id}/floors", body).status_code == 403
    assert line.operator.put(f"/api/venues/{venue_id}/floors", body).status_code == 202
    stale = line.operator.put(f"/api/venues/{venue_id}/floors", body)
    assert stale.status_code == 409, stale.text

    line.until(venue_id, "in_review")
    arranged = line.products(venue_id)["floors"]
    assert (arranged["by"], [floor["title"] for floor in arranged["floors"]]) == ("operator", ["先挑这些", "再看这些"])
    line.approve(venue_id)
    page = line.page(str(line.until(venue_id, "published")["live_url"])).text
    assert page.index("先挑这些") < page.index("再看这些")
    assert "arrange_floors" in [entry["action"] for entry in line.audit(venue_id)]

    (entry,) = [each for each in good(line.operator.get("/api/floor-library"))["entries"] if each["venue_id"] == venue_id]
    line.retire(venue_id)
    following = str(line.in_review("再做一个熊猫公仔会场")["venue"]["venue_id"])
    assert following != venue_id
    offered = [candidate["by"] for candidate in line.products(following)["floors"]["candidates"]]
    assert f"library:{entry['entry_id']}" in offered
