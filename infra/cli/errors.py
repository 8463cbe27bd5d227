"""What can go wrong, as an exit code and words.

0 all is well · 1 a venue, campaign or import failed, or is not in a state for this · 2 what was asked is wrong ·
3 not reachable · 4 not signed in, or not allowed
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FAILED, USAGE, UNREACHABLE, NOT_ALLOWED = 1, 2, 3, 4


class CliError(Exception):
    """Ends the command. `problem` is the API's problem+json where there was one."""

    def __init__(self, message: str, code: int, *, mend: str = "", problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.mend = mend
        self.problem = dict(problem or {})

    def as_json(self) -> dict[str, Any]:
        """For --json: the API's problem, or one of our own in the same shape."""
        if self.problem:
            return self.problem
        return {"detail": self.message, "mend": self.mend, "code": f"exit_{self.code}"}


def exit_code_of(status: int) -> int:
    """The exit code that an HTTP status means."""
    if status in (401, 403):
        return NOT_ALLOWED
    if status in (409, 422):
        return FAILED
    return UNREACHABLE if status == 429 or status >= 500 else USAGE
