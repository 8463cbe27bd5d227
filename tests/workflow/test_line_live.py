"""The whole line on a real OpenSearch node."""

from __future__ import annotations

import pytest

from tests.support.cloud import eventually
from tests.support.line import good, started

pytest_plugins = ("tests.support.search_node",)
pytestmark = pytest.mark.live


@pytest.mark.parametrize("sentence", ["帮我生成一个熊猫玩偶会场"])
def test_line_on_a_search_node(search_node_url: str, tmp_path_factory: pytest.TempPathFactory, sentence: str) -> None:
    with started(tmp_path_factory, search=search_node_url) as line:
        detail = line.published(sentence)
        page = line.page(detail["live_url"])
        shown = line.products(detail["venue"]["venue_id"])
        assert page.status_code == 200
        assert shown["recalled"]["search"] >= 8
        assert shown["recalled"]["vector"] >= 8
        on_floors = [product for product in shown["products"] if product["floor"]]
        assert len(on_floors) >= 8
        assert all(product["product_id"] in page.text for product in on_floors)
        assert sum("熊猫" in product["title"] for product in on_floors) >= 8
        assert line.stats()["billed_twice"] == {}

        # Almost everything on the page sells out: the index knows, and the operator is told.
        gone = [product["product_id"] for product in on_floors][:-3]
        good(
            line.operator.post(
                "/api/catalogue/offers", {"offers": [{"product_id": name, "at": "2030-01-01T00:00:00Z", "stock": 0} for name in gone]}
            )
        )
        venue_id = detail["venue"]["venue_id"]
        low = eventually(lambda: line.detail(venue_id)["venue"]["stock_low"], 60, "the stock notice")
        assert low == 3
