"""Trends, task tokens and the audit trail on the state table."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.adapters.dynamodb.table import Table, body_of, decode, encode
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import TransientError
from huichang.kernel.ids import new_id
from huichang.trends.meaning import reasons
from huichang.trends.trend import DropCode, Trend
from huichang.venues.model import AuditEntry

_KEPT, _DROPPED, _WAITING = "TRENDS", "TRENDS#DROPPED", "TRENDS#WAITING"
_STATES = (_KEPT, _WAITING, _DROPPED)
_DROPPED_COUNTS = "TRENDS#COUNTS"
_TRIES = 12
_AT_ONCE = 33
"""Trends of one transaction: it takes 100 actions, and a trend at most three."""


class DynamoTrends:
    """pk TRENDS for what can be promoted, TRENDS#WAITING for what an embedding must sort, TRENDS#DROPPED for the rest; sk <trend id>.

    A trend whose verdict changes moves from one partition to the other in one transaction. Writes hold only if nobody wrote the
    trend since it was read: two imports at once lose no observation.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_many(self, trends: Iterable[Trend]) -> int:
        """See TrendStore. Raises TransientError after 12 lost races."""
        unique: dict[str, Trend] = {}
        for trend in trends:
            known = unique.get(trend.id)
            unique[trend.id] = trend if known is None else known.with_observations_of(trend)
        pending, changed = list(unique.values()), 0
        for attempt in range(_TRIES):
            items = self._table.get_many([(pk, trend.id) for trend in pending for pk in _STATES])
            lost: list[Trend] = []
            for start in range(0, len(pending), _AT_ONCE):
                batch = pending[start : start + _AT_ONCE]
                writes = [write for trend in batch if (write := self._write(trend, items))]
                if not writes:
                    continue
                actions = [action for write in writes for action in write]
                if self._table.transact([*actions, *self._counting(actions, items)]):
                    lost += batch
                else:
                    changed += len(writes)
            if not lost:
                return changed
            pending = lost
            time.sleep(random.uniform(0, 0.05 * 2 ** min(attempt, 5)))
        raise TransientError("the same trends are being imported by too many at once", where=_KEPT)

    def _write(self, trend: Trend, items: dict[tuple[str, str], dict[str, Any]]) -> list[dict[str, Any]]:
        """The actions that bring one trend up to date; none where nothing is new."""
        known = [item for state in _STATES if (item := items.get((state, trend.id)))]
        seen = trend
        for item in known:
            seen = seen.renewing(body_of(item, Trend))
        pk = _WAITING if seen.waits else _DROPPED if seen.dropped else _KEPT
        here = items.get((pk, trend.id))
        elsewhere = [item for item in known if item["pk"] != pk]
        body = seen.model_dump_json()
        if here is not None and not elsewhere and here["body"] == body:
            return []
        item = {"pk": pk, "sk": trend.id, "body": body, "lock": int((here or {}).get("lock", 0)) + 1}
        if seen.verdict is not None and seen.verdict.drop is not None:
            # By reason, hottest last: what the report shows needs no reading of all that was ever dropped.
            item |= {"code": seen.verdict.drop, "gsi2pk": f"{_DROPPED}#{seen.verdict.drop}", "gsi2sk": f"{seen.heat:024.3f}#{trend.id}"}
        return [self._table.replacing(here, item), *map(self._table.removing, elsewhere)]

    def _counting(self, actions: list[dict[str, Any]], items: dict[tuple[str, str], dict[str, Any]]) -> list[dict[str, Any]]:
        """The action that moves the counts along with the trends: what is written, less what stood there."""
        written = [decode(action["Put"]["Item"]) for action in actions if "Put" in action]
        moved = Counter(item["code"] for item in written if "code" in item)
        for item in written:
            moved.subtract(old["code"] for state in _STATES if (old := items.get((state, item["sk"]))) and "code" in old)
        changes = {code: count for code, count in moved.items() if count}
        if not changes:
            return []
        return [
            {
                "Update": {
                    "TableName": self._table.name,
                    "Key": encode({"pk": _DROPPED_COUNTS, "sk": "META"}),
                    "UpdateExpression": "ADD " + ", ".join(f"#{code} :{code}" for code in changes),
                    "ExpressionAttributeNames": {f"#{code}": code for code in changes},
                    "ExpressionAttributeValues": encode({f":{code}": count for code, count in changes.items()}),
                }
            }
        ]

    def all(self) -> list[Trend]:
        """See TrendStore."""
        trends = [body_of(item, Trend) for item in self._table.query(_KEPT)]
        return sorted(trends, key=lambda trend: (-trend.heat, trend.id))

    def dropped(self, code: DropCode, most: int) -> list[Trend]:
        """See TrendStore."""
        found = self._table.query(f"{_DROPPED}#{code}", index="gsi2", newest_first=True, limit=most)
        return [body_of(item, Trend) for item in found]

    def dropped_counts(self) -> dict[DropCode, int]:
        """See TrendStore."""
        item = self._table.get(_DROPPED_COUNTS, "META") or {}
        return {reason.code: int(item[reason.code]) for reason in reasons() if int(item.get(reason.code, 0)) > 0}

    def waiting(self) -> Iterator[Trend]:
        """See TrendStore."""
        return (body_of(item, Trend) for item in self._table.query(_WAITING))


class DynamoTokens:
    """pk VENUE#<id>, sk TOKEN#<purpose>: the callback token of the state that waits now."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, venue_id: str, purpose: Literal["materials", "review"], token: str) -> None:
        """See TaskTokens."""
        self._table.put({"pk": f"VENUE#{venue_id}", "sk": f"TOKEN#{purpose}", "token": token})

    def waits(self, venue_id: str, purpose: Literal["materials", "review"]) -> bool:
        """Whether a token is kept."""
        return self._table.get(f"VENUE#{venue_id}", f"TOKEN#{purpose}") is not None

    def succeed(self, venue_id: str, purpose: Literal["materials", "review"], output: dict[str, Any]) -> bool:
        """See TaskTokens."""
        return self._answer(venue_id, purpose, "send_task_success", {"output": json.dumps(output)})

    def fail(self, venue_id: str, purpose: Literal["materials", "review"], error: str, cause: str) -> bool:
        """See TaskTokens."""
        return self._answer(venue_id, purpose, "send_task_failure", {"error": error, "cause": cause[:32000]})

    def _answer(self, venue_id: str, purpose: str, call: str, arguments: dict[str, str]) -> bool:
        item = self._table.get(f"VENUE#{venue_id}", f"TOKEN#{purpose}")
        if item is None:
            return False
        gone = False
        with translated(f"task token of {venue_id}"):
            try:
                getattr(client("stepfunctions"), call)(taskToken=item["token"], **arguments)
            except ClientError as error:
                # Timed out, already answered, or its execution has ended: nothing waits any more.
                if error_code(error) not in ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"):
                    raise
                gone = True
        # Deleted after the answer, never before it: a crash in between leaves a token that is answered again, harmlessly.
        # Only this very token: the next waiting state may have kept its own meanwhile.
        self._table.delete(
            f"VENUE#{venue_id}",
            f"TOKEN#{purpose}",
            condition="#token = :token",
            names={"#token": "token"},
            values={":token": item["token"]},
        )
        return not gone


class DynamoAudit:
    """pk AUDIT#<month>, sk <time>#<id>; by subject on gsi1."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def record(self, entry: AuditEntry) -> None:
        """See AuditTrail."""
        sk = f"{entry.at}#{new_id('audit', self._clock.now())}"
        item = {
            "pk": f"AUDIT#{entry.at[:7]}",
            "sk": sk,
            "gsi1pk": f"AUDIT-OF#{entry.subject}",
            "gsi1sk": sk,
            "body": entry.model_dump_json(),
        }
        self._table.put_new(item)

    def of(self, subject: str, limit: int = 100) -> list[AuditEntry]:
        """See AuditTrail."""
        items = self._table.query(f"AUDIT-OF#{subject}", index="gsi1", newest_first=True, limit=limit)
        return [body_of(item, AuditEntry) for item in items]

    def recent(self, limit: int = 100) -> list[AuditEntry]:
        """See AuditTrail. This month and the one before."""
        month = iso(self._clock.now())[:7]
        year, number = int(month[:4]), int(month[5:])
        before = f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"
        found: list[AuditEntry] = []
        for partition in (month, before):
            items = self._table.query(f"AUDIT#{partition}", newest_first=True, limit=limit)
            found += [body_of(item, AuditEntry) for item in items]
        return found[:limit]
