"""The port that keeps a model call from being paid twice."""

from __future__ import annotations

from typing import Protocol


class CallLog(Protocol):
    """Answers of model calls by key, and leases on calls that are being made."""

    def claim(self, key: str, lease_seconds: float) -> bool:
        """True if this worker may make the call now; False while another worker's lease runs."""
        ...

    def answer(self, key: str) -> bytes | None:
        """The stored answer, or None."""
        ...

    def store(self, key: str, body: bytes) -> None:
        """Keep the answer and give the lease back."""
        ...

    def release(self, key: str) -> None:
        """Give the lease back."""
        ...
