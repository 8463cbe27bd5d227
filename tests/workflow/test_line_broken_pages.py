"""Released pages that are broken from outside, in the embedded cloud and in front of a real browser: the scheduled function sees it, takes
the mildest step that helps, and tells."""

from __future__ import annotations

import json
from typing import Any

from infra.bench import release as bench
from tests.support.browser import SQUARE, browser_or_skip
from tests.support.line import Line, good


def test_what_is_broken_from_outside_is_mended_or_rolled_back(healthy: Line) -> None:
    line = healthy
    browser_or_skip()
    with bench.inside(line.cloud):
        from huichang.bootstrap import parts
        from huichang.venues.model import Venue

        picture = "media/broken-{id}.svg"
        written = bench.write_campaign(1, "c-broken", f"/{picture}")
        (venue_id,) = written.venue_ids
        bucket = line.cloud.client("s3"), line.cloud.outputs["PagesBucketName"]
        first, second = written.versions[venue_id]
        products = [f"bench-{place}" for place in range(bench.PRODUCTS)]

        def put(key: str, body: bytes, kind: str) -> None:
            bucket[0].put_object(Bucket=bucket[1], Key=key, Body=body, ContentType=kind)

        def release(edition: int) -> None:
            written.approve(edition)
            good(line.operator.post("/api/campaigns/c-broken/releases", {"action": "release"}))

        def inspected() -> Venue:
            """The scheduled function's next look is due now."""
            table = line.cloud.client("dynamodb"), line.cloud.outputs["StateTableName"]
            item = {"pk": {"S": "LIVE-LOOKS"}, "sk": {"S": venue_id}, "gsi2pk": {"S": "LIVE-LOOKS"}, "gsi2sk": {"S": "2020"}}
            table[0].put_item(TableName=table[1], Item=item)
            tick = {"detail-type": "Scheduled Event", "detail": {}}
            answer = line.invoke("inspect-live", {"Records": [{"messageId": "1", "body": json.dumps(tick)}]})
            assert answer["batchItemFailures"] == []
            return parts.venues().get(venue_id)

        def broken() -> Any:
            found = good(line.operator.get(f"/api/venues/{venue_id}"))["venue"]["broken"]
            return (found["action"], found["rules"])

        for name in products:
            put(f"public/{picture.format(id=name)}", SQUARE, "image/svg+xml")
        release(1)
        release(2)
        page = f"/v/{venue_id}/"

        # The picture of one product is lost: that product goes, and nothing else.
        bucket[0].delete_object(Bucket=bucket[1], Key=f"public/{picture.format(id=products[5])}")
        venue = inspected()
        assert broken() == ("set_aside", ["broken-picture"])
        assert (venue.live_version, venue.set_aside) == (second, {second: (products[5],)})
        html = line.page(page).text
        assert [name for name in products if f'data-product="{name}"' not in html] == [products[5]]
        put(f"public/{picture.format(id=products[5])}", SQUARE, "image/svg+xml")

        # The version itself is damaged, where it is kept and where it is shown: back to the one before.
        code = parts.release_store().code(venue_id, second)
        blank = b"<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><title>x</title></head><body></body></html>"
        for key in (f"versions/{venue_id}/{second}.html", f"public/r/{venue_id}/{code}.html"):
            put(key, blank, "text/html; charset=utf-8")
        venue = inspected()
        assert (venue.live_version, venue.status) == (first, "published")
        assert broken()[0] == "rolled_back"
        assert bench.EDITION.search(line.page(page).text)[1] == "1"  # type: ignore[index]

        told = {entry["action"] for entry in line.audit(venue_id)}
        assert {"set_goods_aside", "roll_back_broken"} <= told
