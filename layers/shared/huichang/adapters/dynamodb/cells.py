"""Marks, cells and totals on the state table.

pk SEEN#<mark>                      tags of what was counted; forgotten after seven days
pk CELL#<placement>#<window>#<shard>   sk <segment>#<position>#<explored>#<venue>#<image>: counts; kept for 400 days
pk TOTAL#<placement>#<shard>        sk <venue>: counts of all windows
pk CELL-SHARDS                      sk <placement>: over how many shards a placement's writes are spread

Each transaction takes a shard by chance and reading adds them up, so which one a cell is in never matters: ten consumers that
count the same home page meet on the same item once in `shards` times. The number of shards of a placement may grow at any time
and never shrinks.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from typing import Any

from huichang.adapters.dynamodb.table import Item, Table, encode
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.events.counting import Change, Mark
from huichang.kernel.clock import Clock
from huichang.kernel.errors import InvalidInputError, TransientError

MARK_DAYS = 7
CELL_DAYS = 400
DEFAULT_SHARDS = 4
MOST_SHARDS = 1024
SHARDS_SECONDS = 60
_TRIES = 8
_FIELDS = ("impressions", "clicks", "carts", "orders", "order_value")


class Shards:
    """Over how many shards each placement is written; read again at most once a minute."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._known: dict[str, int] = {}
        self._until = 0.0

    def of(self, placement: str, *, now: bool = False) -> int:
        """The number. `now`: as it is at this moment; readers must not miss a shard that has just been added."""
        moment = self._clock.now().timestamp()
        if now or moment >= self._until:
            self._known = {item["sk"]: int(item["count"]) for item in self._table.query("CELL-SHARDS")}
            self._until = moment + SHARDS_SECONDS
        return self._known.get(placement, DEFAULT_SHARDS)

    def grow(self, placement: str, count: int) -> None:
        """From now on so many. Raises InvalidInputError if it were fewer: what stands in the others would be lost to readers."""
        grown = DEFAULT_SHARDS < count <= MOST_SHARDS and self._table.put(
            {"pk": "CELL-SHARDS", "sk": placement, "count": count},
            condition="attribute_not_exists(#count) OR #count <= :count",
            names={"#count": "count"},
            values={":count": count},
        )
        if not grown:
            raise InvalidInputError(
                f"{count} shards for {placement}",
                where="shards",
                mend=f"more than it has (at least {DEFAULT_SHARDS + 1}), at most {MOST_SHARDS}",
                code="shards_never_shrink",
            )


class DynamoCells:
    """CellStore."""

    def __init__(self, table: Table, shards: Shards, clock: Clock, dice: random.Random | None = None) -> None:
        self._table = table
        self._shards = shards
        self._clock = clock
        self._dice = dice or random.Random()

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """See CellStore."""
        found = self._table.get_many([(f"SEEN#{key}", "SEEN") for key in keys])
        marks = [Mark(key=pk.removeprefix("SEEN#"), tags=item["tags"].split(), lock=int(item["lock"])) for (pk, _), item in found.items()]
        return {mark.key: mark for mark in marks}

    def write(self, change: Change) -> bool:
        """See CellStore. One transaction, at most 100 items."""
        now = int(self._clock.now().timestamp())
        puts = [self._mark(mark, tags, now + MARK_DAYS * 86400) for mark, tags in change.marks.values()]
        totals: dict[tuple[str, str], Counts] = {}
        for cell, counts in change.cells.items():
            key = (cell.placement, cell.venue_id)
            totals[key] = totals.get(key, Counts()) + counts
        for attempt in range(_TRIES):
            shard = {placement: self._dice.randrange(self._shards.of(placement)) for placement, _ in totals}
            adds = [
                self._add(_pk(cell.placement, cell.window, shard[cell.placement]), _sk(cell), counts, now + CELL_DAYS * 86400)
                for cell, counts in change.cells.items()
            ]
            adds += [self._add(f"TOTAL#{place}#{shard[place]}", venue, counts) for (place, venue), counts in totals.items()]
            reasons = self._table.transact(puts + adds)
            if not reasons:
                return True
            if "ConditionalCheckFailed" in reasons:
                return False
            # Another consumer was writing the same item: another shard, a little later.
            time.sleep(self._dice.uniform(0, 0.02 * 2 ** min(attempt, 5)))
        raise TransientError("these cells are being changed by too many at once", where="cells", mend="huichang delivery shards")

    def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
        """See CellStore. One query for each shard."""
        found: dict[CellKey, Counts] = {}
        for shard in range(self._shards.of(placement, now=True)):
            for item in self._table.query(_pk(placement, window, shard)):
                cell = _cell(placement, window, item["sk"])
                found[cell] = found.get(cell, Counts()) + _counts(item)
        return found

    def totals(self, placement: str) -> dict[str, Counts]:
        """Of all windows, by venue."""
        found: dict[str, Counts] = {}
        for shard in range(self._shards.of(placement, now=True)):
            for item in self._table.query(f"TOTAL#{placement}#{shard}"):
                found[item["sk"]] = found.get(item["sk"], Counts()) + _counts(item)
        return found

    def correct(self, cell: CellKey, stored: Counts, counts: Counts) -> bool:
        """See CellStore. The difference goes to the first shard (whose part may become negative: parts are only ever added up)."""
        if self.cells(cell.placement, cell.window).get(cell, Counts()) != stored:
            return False
        pk, sk = _pk(cell.placement, cell.window, 0), _sk(cell)
        item = self._table.get(pk, sk)
        part = _counts(item) if item else Counts()
        difference = Counts(**{field: getattr(counts, field) - getattr(stored, field) for field in _FIELDS})
        expires = int(self._clock.now().timestamp()) + CELL_DAYS * 86400
        update = self._add(pk, sk, difference, expires)["Update"]
        holds = " AND ".join(f"(#{field} = :was_{field} OR attribute_not_exists(#{field}))" for field in _FIELDS)
        update["ConditionExpression"] = holds
        update["ExpressionAttributeNames"] |= {f"#{field}": field for field in _FIELDS}
        update["ExpressionAttributeValues"] |= encode({f":was_{field}": getattr(part, field) for field in _FIELDS})
        total = self._add(f"TOTAL#{cell.placement}#0", cell.venue_id, difference)
        return not self._table.transact([{"Update": update}, total])

    def _mark(self, mark: Mark, tags: Iterable[str], expires: int) -> dict[str, Any]:
        key = {"pk": f"SEEN#{mark.key}", "sk": "SEEN"}
        item: Item = {**key, "tags": " ".join(sorted({*mark.tags, *tags})), "lock": mark.lock + 1, "expires_at": expires}
        return self._table.replacing({**key, "lock": mark.lock} if mark.lock else None, item)

    def _add(self, pk: str, sk: str, counts: Counts, expires: int = 0) -> dict[str, Any]:
        moved = {field: getattr(counts, field) for field in _FIELDS if getattr(counts, field)}
        # A difference may be nothing but a move between fields; an ADD needs at least one.
        change = "ADD " + ", ".join(f"#{field} :{field}" for field in moved)
        names = {f"#{field}": field for field in moved}
        values: Item = {f":{field}": value for field, value in moved.items()}
        if expires:
            change, names, values = f"SET #expires = :expires {change}", names | {"#expires": "expires_at"}, values | {":expires": expires}
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": encode({"pk": pk, "sk": sk}),
                "UpdateExpression": change,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": encode(values),
            }
        }


def _pk(placement: str, window: str, shard: int) -> str:
    return f"CELL#{placement}#{window}#{shard}"


def _sk(cell: CellKey) -> str:
    return f"{cell.segment}#{cell.position:03d}#{int(cell.explored)}#{cell.venue_id}#{cell.image}"


def _cell(placement: str, window: str, sk: str) -> CellKey:
    segment, position, explored, venue_id, image = sk.split("#")
    return CellKey(
        window=window,
        placement=placement,
        segment=segment,
        position=int(position),
        venue_id=venue_id,
        image=image,
        explored=explored == "1",
    )


def _counts(item: Item) -> Counts:
    return Counts(**{field: int(item.get(field, 0)) for field in _FIELDS})
