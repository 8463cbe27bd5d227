"""The state table: items with a JSON body, optimistic locking, and queries that follow their pages."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.kernel.errors import NotFoundError, TransientError
from huichang.kernel.model import Model

Body = TypeVar("Body", bound=Model)
Item = dict[str, Any]
_LOCK_TRIES = 12


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, float)):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    return {"S": str(value)}


def _plain(value: dict[str, Any]) -> Any:
    kind, content = next(iter(value.items()))
    return int(content) if kind == "N" and content.lstrip("-").isdigit() else float(content) if kind == "N" else content


def encode(item: Item) -> dict[str, Any]:
    """Plain values to DynamoDB's typed ones; only text, numbers, booleans and bytes occur at the top level."""
    return {name: _typed(value) for name, value in item.items() if value is not None}


def decode(item: dict[str, Any]) -> Item:
    """The reverse."""
    return {name: _plain(value) for name, value in item.items()}


def _lock(item: Item) -> str:
    """The condition under which nobody has written since `item` was read."""
    return "#lock = :lock" if "lock" in item else "attribute_not_exists(#lock) AND attribute_exists(pk)"


def _lock_values(item: Item) -> Item | None:
    return {":lock": int(item["lock"])} if "lock" in item else None


class Table:
    """A thin hand on one table. All methods raise TransientError when DynamoDB is away or throttles."""

    def __init__(self, name: str) -> None:
        self.name = name

    def put(self, item: Item, *, condition: str = "", names: dict[str, str] | None = None, values: Item | None = None) -> bool:
        """Write the item; False if the condition did not hold."""
        arguments: dict[str, Any] = {"TableName": self.name, "Item": encode(item)}
        if condition:
            arguments["ConditionExpression"] = condition
        if names:
            arguments["ExpressionAttributeNames"] = names
        if values:
            arguments["ExpressionAttributeValues"] = encode(values)
        with translated(f"table {self.name}"):
            try:
                client("dynamodb").put_item(**arguments)
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def put_new(self, item: Item) -> bool:
        """Write unless something stands at this key; False if it does."""
        return self.put(item, condition="attribute_not_exists(pk)")

    def update(
        self, pk: str, sk: str, change: str, *, condition: str, names: dict[str, str] | None = None, values: Item | None = None
    ) -> bool:
        """Change some attributes (an UpdateExpression); False if the condition did not hold."""
        arguments: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        if values:
            arguments["ExpressionAttributeValues"] = encode(values)
        with translated(f"table {self.name}"):
            try:
                client("dynamodb").update_item(
                    TableName=self.name,
                    Key=encode({"pk": pk, "sk": sk}),
                    UpdateExpression=change,
                    ConditionExpression=condition,
                    **arguments,
                )
            except ClientError as error:
                if error_code(error) == "ConditionalCheckFailedException":
                    return False
                raise
        return True

    def add(self, pk: str, sk: str, field: str, number: int, expires: int) -> int:
        """Add to a counter that is forgotten at `expires` (Unix seconds); what it is then. Not exact: a retry adds again."""
        with translated(f"table {self.name}"):
            answer = client("dynamodb").update_item(
                TableName=self.name,
                Key=encode({"pk": pk, "sk": sk}),
                UpdateExpression="SET #expires = :expires ADD #field :number",
                ExpressionAttributeNames={"#field": field, "#expires": "expires_at"},
                ExpressionAttributeValues=encode({":number": number, ":expires": expires}),
                ReturnValues="UPDATED_NEW",
            )
        return int(decode(answer["Attributes"])[field])

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, read consistently, or None."""
        with translated(f"table {self.name}"):
            answer = client("dynamodb").get_item(TableName=self.name, Key=encode({"pk": pk, "sk": sk}), ConsistentRead=True)
        return decode(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """The items at these keys that there are, read consistently, by (pk, sk). Keys may repeat."""
        found: dict[tuple[str, str], Item] = {}
        unique = list(dict.fromkeys(keys))
        for start in range(0, len(unique), 100):
            wanted: Any = {"Keys": [encode({"pk": pk, "sk": sk}) for pk, sk in unique[start : start + 100]], "ConsistentRead": True}
            for attempt in range(8):
                with translated(f"table {self.name}"):
                    answer = client("dynamodb").batch_get_item(RequestItems={self.name: wanted})
                for item in map(decode, answer["Responses"].get(self.name, [])):
                    found[(item["pk"], item["sk"])] = item
                wanted = answer.get("UnprocessedKeys", {}).get(self.name)
                if not wanted:
                    break
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
            else:
                raise TransientError("DynamoDB left keys unread", where=f"table {self.name}")
        return found

    def delete(self, pk: str, sk: str, *, condition: str = "", names: dict[str, str] | None = None, values: Item | None = None) -> None:
        """Remove; nothing happens if it is not there, or if the condition does not hold."""
        arguments: dict[str, Any] = {"TableName": self.name, "Key": encode({"pk": pk, "sk": sk})}
        if condition:
            arguments |= {
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names or {},
                "ExpressionAttributeValues": encode(values or {}),
            }
        with translated(f"table {self.name}"):
            try:
                client("dynamodb").delete_item(**arguments)
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise

    def query(
        self,
        pk: str,
        *,
        prefix: str = "",
        index: str = "",
        newest_first: bool = False,
        limit: int = 0,
        before: str = "",
        after: str = "",
    ) -> Iterator[Item]:
        """Items of a partition in sort order; follows pages. `before`, `after`: only sort keys below it, or above it."""
        key, sort = ("pk", "sk") if not index else (f"{index}pk", f"{index}sk")
        condition, names, values = "#k = :k", {"#k": key}, {":k": pk}
        if prefix:
            condition, names, values = (
                condition + " AND begins_with(#s, :s)",
                names | {"#s": sort},
                values | {":s": prefix},
            )
        elif before:
            condition, names, values = condition + " AND #s < :s", names | {"#s": sort}, values | {":s": before}
        elif after:
            condition, names, values = condition + " AND #s > :s", names | {"#s": sort}, values | {":s": after}
        arguments: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": encode(values),
            "ScanIndexForward": not newest_first,
        }
        if index:
            arguments["IndexName"] = index
        else:
            arguments["ConsistentRead"] = True  # a global index cannot be read consistently
        left = limit
        while True:
            if limit:
                arguments["Limit"] = left
            with translated(f"table {self.name}"):
                answer = client("dynamodb").query(**arguments)
            for item in answer["Items"]:
                yield decode(item)
            left -= len(answer["Items"])
            if "LastEvaluatedKey" not in answer or (limit and left <= 0):
                return
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def change(self, pk: str, sk: str, edit: Callable[[Item], Item]) -> Item:
        """Read, edit, write back if nobody else wrote meanwhile; repeat otherwise.

        `edit` may raise to refuse. Raises NotFoundError if nothing is there, TransientError after 12 lost races.
        """
        for attempt in range(_LOCK_TRIES):
            item = self.get(pk, sk)
            if item is None:
                raise NotFoundError(f"{pk} does not exist", where=pk)
            locked = int(item.get("lock", 0))
            changed = edit(dict(item)) | {"lock": locked + 1}
            if self.put(changed, condition=_lock(item), names={"#lock": "lock"}, values=_lock_values(item)):
                return changed
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))
        raise TransientError(f"{pk} is being changed by too many at once", where=pk)

    def change_once(self, pk: str, sk: str, mark: Item, edit: Callable[[Item], Item]) -> bool:
        """`change`, and the new item `mark` in the same transaction. False, and nothing is written, if the mark stands already.

        Raises what `change` raises.
        """
        for attempt in range(_LOCK_TRIES):
            item = self.get(pk, sk)
            if item is None:
                raise NotFoundError(f"{pk} does not exist", where=pk)
            locked = int(item.get("lock", 0))
            changed = edit(dict(item)) | {"lock": locked + 1}
            put: dict[str, Any] = {
                "TableName": self.name,
                "Item": encode(changed),
                "ConditionExpression": _lock(item),
                "ExpressionAttributeNames": {"#lock": "lock"},
            }
            if values := _lock_values(item):
                put["ExpressionAttributeValues"] = encode(values)
            reasons = self.transact([{"Put": self.new(mark)}, {"Put": put}])
            if not reasons:
                return True
            if reasons[0] == "ConditionalCheckFailed":
                return False
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))
        raise TransientError(f"{pk} is being changed by too many at once", where=pk)

    def new(self, item: Item) -> dict[str, Any]:
        """The Put of a transaction that writes unless something stands at this key."""
        return {"TableName": self.name, "Item": encode(item), "ConditionExpression": "attribute_not_exists(pk)"}

    def replacing(self, read: Item | None, item: Item) -> dict[str, Any]:
        """The Put of a transaction that writes only if nobody wrote there since `read` was read (None: nothing was there)."""
        if read is None:
            return {"Put": self.new(item)}
        return {"Put": {"TableName": self.name, "Item": encode(item), **self._unchanged(read)}}

    def removing(self, read: Item) -> dict[str, Any]:
        """The Delete of a transaction, under the same condition."""
        return {"Delete": {"TableName": self.name, "Key": encode({"pk": read["pk"], "sk": read["sk"]}), **self._unchanged(read)}}

    @staticmethod
    def _unchanged(read: Item) -> dict[str, Any]:
        condition: dict[str, Any] = {"ConditionExpression": _lock(read), "ExpressionAttributeNames": {"#lock": "lock"}}
        values = _lock_values(read)
        return condition | ({"ExpressionAttributeValues": encode(values)} if values else {})

    def transact(self, items: list[dict[str, Any]]) -> list[str]:
        """Write all or nothing. Empty if written, else why not, item by item ("None" for those that would have been).

        The reasons are ConditionalCheckFailed and TransactionConflict; others are raised.
        """
        with translated(f"table {self.name}"):
            try:
                client("dynamodb").transact_write_items(TransactItems=items)
            except ClientError as error:
                reasons = [str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", [])]
                if error_code(error) != "TransactionCanceledException" or not reasons:
                    raise
                if {"ConditionalCheckFailed", "TransactionConflict"} & set(reasons):
                    return reasons
                raise TransientError(f"a transaction was cancelled: {', '.join(reasons)}", where=self.name) from error
        return []

    def put_many(self, items: list[Item]) -> None:
        """Unconditional batch write of items whose keys derive from their content."""
        for start in range(0, len(items), 25):
            requests: Any = [{"PutRequest": {"Item": encode(item)}} for item in items[start : start + 25]]
            for attempt in range(8):
                with translated(f"table {self.name}"):
                    answer = client("dynamodb").batch_write_item(RequestItems={self.name: requests})
                requests = answer.get("UnprocessedItems", {}).get(self.name, [])
                if not requests:
                    break
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
            else:
                raise TransientError("DynamoDB left items unprocessed", where=f"table {self.name}")


def body_of(item: Item, kind: type[Body]) -> Body:
    """The model stored in an item's body."""
    return kind.model_validate_json(item["body"])
