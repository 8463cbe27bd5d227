"""JudgementQueue on SQS."""

from __future__ import annotations

import json

from huichang.adapters.messaging import Queue


class SqsJudgements:
    """One message for a judgement: which policy, and which time it was asked for."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def ask(self, policy_id: str, job: str) -> None:
        """See JudgementQueue."""
        self._queue.send([json.dumps({"policy": policy_id, "job": job})])
