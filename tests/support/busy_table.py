"""DynamoDB as many threads see it: each request is one indivisible act, any two requests may be interleaved, and a transaction
sometimes meets another one on its way."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from huichang.adapters import aws
from huichang.adapters.dynamodb import table as table_module
from tests.support.moto_aws import client_error

WRITES = ("put_item", "transact_write_items", "update_item", "delete_item")


class BusyClient:
    """moto's client, whose read-modify-write is not safe among threads, one request at a time."""

    def __init__(self, real: Any, conflicts: float, seed: int) -> None:
        self._real, self._conflicts, self._dice, self._lock = real, conflicts, random.Random(seed), threading.Lock()
        self.requests = 0

    def __getattr__(self, name: str) -> Any:
        def request(**arguments: Any) -> Any:
            with self._lock:
                self.requests += 1
                if name == "transact_write_items" and self._dice.random() < self._conflicts:
                    reasons = [{"Code": "TransactionConflict"}] + [{"Code": "None"}] * (len(arguments["TransactItems"]) - 1)
                    raise client_error("TransactionCanceledException", CancellationReasons=reasons)
                return getattr(self._real, name)(**arguments)

        return request


@contextmanager
def busy(conflicts: float = 0.2, seed: int = 7) -> Iterator[BusyClient]:
    """Inside moto_aws(): the table's client is this one."""
    client = BusyClient(aws.client("dynamodb"), conflicts, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_module, "client", lambda _: client)
        yield client


def at_once(threads: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(0..threads-1)` in as many threads, all let go in one moment; raises what any of them raises."""
    gate = threading.Barrier(threads)

    def start(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(start, range(threads)))
