"""A price that changes at the merchant's reaches the index, through the API and through the bus."""

from __future__ import annotations

import json
from typing import Any

from tests.support.cloud import eventually
from tests.support.line import Line, good


def price_of(line: Line, product_id: str) -> str:
    found: list[dict[str, Any]] = good(line.operator.get("/api/products", q="瑜伽垫", catalogue="sample"))["products"]
    return next(product["price"]["amount"] for product in found if product["product_id"] == product_id)


def test_offers_reach_the_index(healthy: Line) -> None:
    line = healthy
    found = good(line.operator.get("/api/products", q="瑜伽垫", catalogue="sample"))["products"]
    first, second = (product["product_id"] for product in found[:2])
    sent = line.operator.post("/api/catalogue/offers", {"offers": [{"product_id": first, "at": "2030-01-01T00:00:00Z", "price": "1.25"}]})
    assert (sent.status_code, sent.json()) == (202, {"accepted": 1})
    detail = {"offers": [{"product_id": second, "at": "2030-01-01T00:00:00+08:00", "price": "2.50"}]}
    event = {
        "Source": "erp.example",
        "DetailType": "MerchantOffers",
        "Detail": json.dumps(detail),
        "EventBusName": line.cloud.outputs["EventBusName"],
    }
    assert line.cloud.client("events").put_events(Entries=[event])["FailedEntryCount"] == 0
    eventually(lambda: float(price_of(line, first)) == 1.25, 60, "the price sent through the API")
    eventually(lambda: float(price_of(line, second)) == 2.5, 60, "the price sent through the bus")
    refused = line.operator.post("/api/catalogue/offers", {"offers": [{"product_id": first, "at": "noon", "stock": 1}]})
    assert refused.status_code == 400
