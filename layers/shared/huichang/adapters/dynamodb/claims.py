"""ClaimsStore and ShownProducts on the state table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huichang.adapters.dynamodb.table import Table, body_of
from huichang.kernel.clock import Clock
from huichang.line.living import ClaimsState


class DynamoClaims:
    """pk CLAIMS#<venue>, sk STATE: what its page claims; sk ASKED: somebody has asked for a look that was not begun yet."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def get(self, venue_id: str) -> ClaimsState | None:
        """See ClaimsStore."""
        item = self._table.get(f"CLAIMS#{venue_id}", "STATE")
        return body_of(item, ClaimsState) if item else None

    def put(self, state: ClaimsState) -> bool:
        """See ClaimsStore."""
        after = state.model_copy(update={"revision": state.revision + 1})
        item = {"pk": f"CLAIMS#{state.venue_id}", "sk": "STATE", "revision": after.revision, "body": after.model_dump_json()}
        if state.revision == 0:
            return self._table.put_new(item)
        return self._table.put(item, condition="#r = :r", names={"#r": "revision"}, values={":r": state.revision})

    def forget(self, venue_id: str) -> None:
        """See ClaimsStore."""
        self._table.delete(f"CLAIMS#{venue_id}", "STATE")
        self._table.delete(f"CLAIMS#{venue_id}", "ASKED")

    def ask(self, venue_id: str, seconds: float) -> bool:
        """See ClaimsStore."""
        now = self._clock.now().timestamp()
        item = {"pk": f"CLAIMS#{venue_id}", "sk": "ASKED", "until": now + seconds, "expires_at": int(now + seconds) + 3600}
        return self._table.put(
            item, condition="attribute_not_exists(pk) OR #until < :now", names={"#until": "until"}, values={":now": now}
        )  # fmt: skip

    def begin(self, venue_id: str) -> None:
        """See ClaimsStore."""
        self._table.delete(f"CLAIMS#{venue_id}", "ASKED")


class DynamoShownProducts:
    """pk SHOWN#<product>, sk <venue>: a partition for each product, so that no page and no burst heats one key."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def watch(self, venue_id: str, product_ids: Iterable[str], at: str) -> None:
        """See ShownProducts."""
        for product_id in product_ids:
            self._table.put(
                {"pk": f"SHOWN#{product_id}", "sk": venue_id, "at": at},
                condition="attribute_not_exists(pk) OR #at < :at",
                names={"#at": "at"},
                values={":at": at},
            )

    def unwatch(self, venue_id: str, product_ids: Iterable[str], at: str) -> None:
        """See ShownProducts."""
        for product_id in product_ids:
            self._table.delete(f"SHOWN#{product_id}", venue_id, condition="#at <= :at", names={"#at": "at"}, values={":at": at})

    def showing(self, product_ids: Sequence[str]) -> set[str]:
        """See ShownProducts."""
        return {item["sk"] for product_id in dict.fromkeys(product_ids) for item in self._table.query(f"SHOWN#{product_id}")}
