"""OrderStore's contract, on the fake and on the state table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huichang.adapters.dynamodb.orders import KEPT_DAYS, DynamoOrders
from huichang.adapters.dynamodb.table import Table
from huichang.delivery.control.orders import Withdrawal
from huichang.delivery.serving.rulebook import OrderStore
from huichang.kernel.errors import NotFoundError
from tests.support.memory_orders import MemoryOrders, an_order
from tests.support.moto_aws import make_table, moto_aws

GONE = Withdrawal(at="2026-09-01T09:00:00.000Z", by="olga", why="a mistake")


@pytest.fixture
def table() -> Iterator[Table]:
    with moto_aws():
        yield make_table()


@pytest.fixture(params=["memory", "dynamodb"])
def orders(request: pytest.FixtureRequest) -> OrderStore:
    return MemoryOrders() if request.param == "memory" else DynamoOrders(request.getfixturevalue("table"))


def test_orders_are_kept_whole_oldest_first_and_only_once(orders: OrderStore) -> None:
    newer = an_order("boost", 1.25, "industry:玩具", order_id="o-a", at="2026-09-01T07:30:00.000Z", judged_words={"zh": "好", "en": "good"})
    older = an_order("hold", None, order_id="o-b")
    assert [orders.add(each) for each in (newer, older, newer)] == [True, True, False]
    assert orders.all() == [older, newer]
    assert not orders.add(older.model_copy(update={"why": "something else"}))
    assert orders.all() == [older, newer]


def test_a_withdrawal_is_the_first_one_for_ever(orders: OrderStore) -> None:
    orders.add(an_order(order_id="o-a"))
    assert orders.withdraw("o-a", GONE).withdrawn == GONE
    assert orders.withdraw("o-a", GONE.model_copy(update={"by": "otto"})).withdrawn == GONE
    assert [order.withdrawn for order in orders.all()] == [GONE]
    with pytest.raises(NotFoundError):
        orders.withdraw("o-none", GONE)


def test_what_is_over_is_forgotten_after_ninety_days(table: Table) -> None:
    orders = DynamoOrders(table)
    orders.add(an_order(order_id="o-1"))
    orders.add(an_order(order_id="o-2", ends="2026-09-02T00:00:00.000Z"))
    assert "expires_at" not in (table.get("ORDERS", "o-1") or {})
    ends = 1_788_307_200  # 2026-09-02
    assert (table.get("ORDERS", "o-2") or {})["expires_at"] == ends + KEPT_DAYS * 86400
    orders.withdraw("o-1", GONE)
    assert (table.get("ORDERS", "o-1") or {})["expires_at"] == ends - 15 * 3600 + KEPT_DAYS * 86400
