"""OrderStore on the state table."""

from __future__ import annotations

from datetime import datetime

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.delivery.control.orders import Order, Withdrawal
from huichang.kernel.errors import NotFoundError

# How long an order that ended or was withdrawn can still be looked at; the audit trail keeps it for longer.
KEPT_DAYS = 90


class DynamoOrders:
    """pk ORDERS, sk <order id>: one partition, so that one consistent query reads them all. What is over goes after 90 days (TTL)."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @staticmethod
    def _item(order: Order) -> Item:
        item: Item = {"pk": "ORDERS", "sk": order.order_id, "body": order.model_dump_json()}
        over = order.withdrawn.at if order.withdrawn else order.ends
        return item | ({"expires_at": int(datetime.fromisoformat(over).timestamp()) + KEPT_DAYS * 86400} if over else {})

    def all(self) -> list[Order]:
        """See OrderStore. Ids begin with the time, so the partition's order is the orders'."""
        return sorted((body_of(item, Order) for item in self._table.query("ORDERS")), key=lambda order: (order.at, order.order_id))

    def add(self, order: Order) -> bool:
        """See OrderStore."""
        return self._table.put_new(self._item(order))

    def withdraw(self, order_id: str, withdrawal: Withdrawal) -> Order:
        """See OrderStore."""

        def edit(item: Item) -> Item:
            order = body_of(item, Order)
            return item | self._item(order if order.withdrawn else order.model_copy(update={"withdrawn": withdrawal}))

        try:
            return body_of(self._table.change("ORDERS", order_id, edit), Order)
        except NotFoundError as error:
            raise NotFoundError(f"there is no order {order_id}", where="order_id", mend="huichang delivery rules list") from error
