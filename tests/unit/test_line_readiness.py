"""What was deleted, withdrawn or sold out between the rendering of a page and its publication does not go out with it."""

from __future__ import annotations

import pytest

from huichang.kernel.errors import ConflictError
from huichang.line.keys import StepError
from tests.unit.test_line_refreshing import SPARE, Shop


@pytest.fixture
def shop() -> Shop:
    """Approved, and not live: as between the reviewer's approval and the line's last step."""
    shop = Shop()
    shop.line.publisher.retire(shop.line.venue)
    shop.line.venues.update("v-1", status="approved")
    return shop


def publish(shop: Shop) -> str:
    """The line's last step; what buyers get."""
    shop.line.publish_venue(shop.line.step())
    return shop.html


def told(shop: Shop) -> str:
    step = shop.line.venues.step("v-1", "PublishVenue")
    assert step
    return step.told[-1]["zh"] if step.told else ""


def test_nothing_has_changed_and_the_approved_bytes_go_out(shop: Shop) -> None:
    assert publish(shop) == shop.line.pages.read_version("v-1", shop.base_version)
    assert told(shop) == ""


def test_a_reserve_stands_in_for_a_product_that_was_deleted(shop: Shop) -> None:
    title = shop.base.floors[0].cards[1].title
    del shop.line.index.items[shop.floor()[1]]
    html = publish(shop)
    assert title not in html
    assert [card.product_id for card in shop.page.floors[0].cards][1] == SPARE[0]
    assert told(shop) == f"1 件商品已买不到：1 件由备选替换，0 件不再售卖（{title}）"
    assert (shop.line.venue.status, shop.line.venue.live_version) == ("published", shop.base_version)


def test_goods_of_a_merchant_that_was_taken_out_and_sold_out_ones_are_offered_by_nobody(shop: Shop) -> None:
    withdrawn, *sold_out = shop.floor()[:4]  # reserves stand in for two of the four
    shop.offer(withdrawn, enrolled=False)
    shop.offer(*sold_out, stock=0)
    publish(shop)
    cards = {card.product_id: card.state for card in shop.page.floors[0].cards}
    assert withdrawn not in cards
    assert [cards.get(name) for name in sold_out] == [None, "sold_out", "sold_out"]
    assert "4 件商品已买不到：2 件由备选替换，2 件不再售卖" in told(shop)


def test_with_too_few_goods_left_it_fails_with_what_to_do_and_nothing_goes_out(shop: Shop) -> None:
    ids = [card.product_id for floor in shop.base.floors for card in floor.cards]
    for name in ids[: len(ids) // 2 + len(SPARE) + 1]:
        del shop.line.index.items[name]
    with pytest.raises(ConflictError, match="do not exist any more"):
        publish(shop)
    assert "v-1" not in shop.line.pages.live
    shop.line.fail_venue(shop.line.step(), StepError(Error="PermanentError", Cause="only 9 of its goods"))
    failure = shop.line.venue.failure
    assert failure
    assert (failure.code, "件商品还能买" in failure.message, "保存一次商品调整" in failure.mend) == ("goods_gone", True, True)


def test_a_page_that_waits_for_its_campaign_is_told_at_once(shop: Shop) -> None:
    """Not at midnight; and at midnight it is looked at again."""
    shop.offer(*(card.product_id for floor in shop.base.floors for card in floor.cards), stock=0)
    with pytest.raises(ConflictError) as caught:
        publish(shop)
    assert caught.value.code == "goods_sold_out"
    assert "已买不到" in caught.value.told["zh"]


def test_placements_say_what_the_page_says() -> None:
    shop = Shop(texts={"subtitle": "24款熊猫玩偶，¥10起"})
    assert shop.line.delivery.items["v-1"].subtitle == "24款熊猫玩偶，¥10起"
    shop.line.publisher.retire(shop.line.venue)
    shop.line.venues.update("v-1", status="approved")
    shop.offer("p-00", price="11.5")
    publish(shop)
    assert (shop.page.subtitle, shop.line.delivery.items["v-1"].subtitle) == ("", "")
