"""What the API calls for results of delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from huichang.delivery.results.model import Ask
from huichang.delivery.results.model import Results as Told


class Results(Protocol):
    """What came of what was shown."""

    def __call__(self, ask: Ask) -> Told:
        """Raises InvalidInputError, TransientError (still being added up)."""
        ...

    def now(self) -> datetime:
        """Up to when there can be any."""
        ...
