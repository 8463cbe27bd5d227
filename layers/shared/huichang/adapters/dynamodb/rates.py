"""How much comes from where: pk RATE#<hour>#<hash>, forgotten after two hours."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable

from huichang.adapters.dynamodb.table import Table
from huichang.kernel.clock import Clock


class DynamoRates:
    """Rates: counted in the process and told to the table in lots, so an ordinary buyer costs no write.

    Of an address only a hash is made, with a salt that is another one every day and is derived from a secret: nobody who has
    the table can try addresses out. A flood is noticed after about `lot` beacons in each process that it reaches.
    """

    def __init__(self, table: Table, salt: Callable[[], bytes], clock: Clock, *, address_lot: int = 200, decision_lot: int = 100) -> None:
        self._table = table
        self._salt = salt
        self._clock = clock
        self._lots = {"a": address_lot, "d": decision_lot}
        self._hour = ""
        self._pending: Counter[str] = Counter()
        self._told: dict[str, int] = {}

    def of_address(self, address: str, beacons: int) -> int:
        """See Rates."""
        day = self._clock.now().strftime("%Y-%m-%d")
        hashed = hmac.new(self._salt(), f"huichang rates {day}\n{address}".encode(), hashlib.sha256).hexdigest()[:24]
        return self._count("a", hashed, beacons)

    def of_decision(self, decision_id: str, beacons: int) -> int:
        """See Rates."""
        return self._count("d", decision_id, beacons)

    def _count(self, kind: str, name: str, beacons: int) -> int:
        hour = self._clock.now().strftime("%Y-%m-%dT%H")
        if hour != self._hour or len(self._pending) > 100_000:
            self._hour, self._pending, self._told = hour, Counter(), {}
        key = f"{kind}#{name}"
        self._pending[key] += beacons
        if self._pending[key] >= self._lots[kind]:
            lot, expires = self._pending[key], int(self._clock.now().timestamp()) + 7200
            self._told[key] = self._table.add(f"RATE#{hour}#{key}", "RATE", "beacons", lot, expires)
            self._pending[key] = 0
        return self._told.get(key, 0) + self._pending[key]
