"""The port `CallLog` in memory: leases do not run out by themselves."""

from __future__ import annotations

from huichang.kernel.errors import TransientError


class MemoryCalls:
    """`CallLog`. While `fail_store` is set no answer can be kept."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.leases: set[str] = set()
        self.fail_store = False

    def claim(self, key: str, lease_seconds: float) -> bool:
        if key in self.leases:
            return False
        self.leases.add(key)
        return True

    def answer(self, key: str) -> bytes | None:
        return self.answers.get(key)

    def store(self, key: str, body: bytes) -> None:
        if self.fail_store:
            raise TransientError("the table is away")
        self.answers[key] = body
        self.leases.discard(key)

    def release(self, key: str) -> None:
        self.leases.discard(key)
