"""CallLog: which model calls were made and what they answered, so that none is paid twice."""

from __future__ import annotations

import json

from huichang.adapters.dynamodb.table import Table
from huichang.adapters.s3 import S3CallAnswers
from huichang.kernel.clock import Clock
from huichang.ledger.model import ModelCall

_SKEW_SECONDS = 60
"""How far two machines' clocks may be apart."""


class StoredCalls:
    """Leases in DynamoDB (pk CALL#<key>), answers in S3 below calls/."""

    def __init__(self, table: Table, answers: S3CallAnswers, clock: Clock) -> None:
        self._table = table
        self._answers = answers
        self._clock = clock

    def claim(self, key: str, lease_seconds: float) -> bool:
        """True if this worker may make the call now; False while another worker's lease runs.

        A lease that would run for longer than any can was written before the clock was set back: it would keep the call from being
        made for as long.
        """
        now = self._clock.now().timestamp()
        lease = {"pk": f"CALL#{key}", "sk": "LEASE", "until": now + lease_seconds, "expires_at": int(now) + 86400}
        return self._table.put(
            lease,
            condition="attribute_not_exists(pk) OR #until < :now OR #until > :impossible",
            names={"#until": "until"},
            values={":now": now, ":impossible": now + lease_seconds + _SKEW_SECONDS},
        )

    def answer(self, key: str) -> bytes | None:
        """The stored answer, or None."""
        return self._answers.get(key)

    def booking(self, key: str) -> ModelCall | None:
        """The booking that stands in a stored answer (paid_calls.Reply), or None."""
        stored = self._answers.get(key)
        call = json.loads(stored).get("call") if stored is not None else None
        return ModelCall.model_validate(call) if call else None

    def store(self, key: str, body: bytes) -> None:
        """Keep the answer, then give the lease back: whoever comes next finds one or the other."""
        self._answers.put(key, body)
        self.release(key)

    def release(self, key: str) -> None:
        """Give the lease back."""
        self._table.delete(f"CALL#{key}", "LEASE")
