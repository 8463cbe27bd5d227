"""The three errors that may leave a handler, and what the API says about them.

Step Functions matches an error by its class *name*, so `TransientError`, `ThrottledError` and `PermanentError` are a
contract with statemachines/*.asl.yaml (tests/unit/test_asl.py holds both sides to it). Narrower classes exist for the API;
the step wrapper in observability.py turns them into one of the three before they leave a Lambda function.
"""

from __future__ import annotations

from typing import TypeVar

from huichang.kernel.language import Text


class HuichangError(Exception):
    """Base of all errors we raise on purpose. `code` is stable, `mend` tells the reader what to do."""

    code = "error"
    status = 500
    details: tuple[tuple[str, str], ...] = ()
    """(where, what) of each place, where several are wrong."""
    told: Text = {}
    """The message in both languages, and `todo` the mend: what a person without English is shown. {} where there is none."""
    todo: Text = {}

    def __init__(self, message: str, *, where: str = "", mend: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.mend = mend
        if code:
            self.code = code


Told = TypeVar("Told", bound=HuichangError)


def in_both(error: Told, told: Text, todo: Text) -> Told:
    """The error, with what it says and what to do in both languages."""
    error.told, error.todo = told, todo
    return error


class TransientError(HuichangError):
    """The same call may succeed later: throttling, a timeout, a lease held by another worker.

    `retry_after_seconds` is what the other side asked us to wait, where it said so.
    """

    code = "try_again"
    status = 503
    retry_after_seconds: float | None = None


class ThrottledError(TransientError):
    """Nothing is wrong, only it is not this call's turn: a quota is used up, the provider asked us to wait, its circuit is
    open, or money is held for calls that are being made. It costs no attempt: whoever is refused comes back after
    `retry_after_seconds` (always set) and has lost nothing.
    """

    code = "throttled"

    def __init__(self, message: str, *, retry_after: float, where: str = "", mend: str = "", code: str = "") -> None:
        super().__init__(message, where=where, mend=mend, code=code)
        self.retry_after_seconds: float = retry_after


class PermanentError(HuichangError):
    """Repeating the same call cannot help: bad input, a refused answer, a missing thing."""

    code = "failed"
    status = 422


class InvalidInputError(PermanentError):
    """What the caller sent is wrong. HTTP 400."""

    code = "invalid_input"
    status = 400


class NotFoundError(PermanentError):
    """The thing named does not exist. HTTP 404."""

    code = "not_found"
    status = 404


class ConflictError(PermanentError):
    """The thing is not in a state that allows this, or somebody else changed it first. HTTP 409."""

    code = "conflict"
    status = 409


class UnauthenticatedError(PermanentError):
    """No valid token. HTTP 401."""

    code = "unauthenticated"
    status = 401


class ForbiddenError(PermanentError):
    """The token is valid but its role may not do this. HTTP 403."""

    code = "forbidden"
    status = 403


class LeaseHeldError(TransientError):
    """Another worker is doing this very work right now."""

    code = "lease_held"


class ModelRefusedError(PermanentError):
    """A model answer stayed unusable after one repair."""

    code = "model_answer_unusable"


class CapReachedError(PermanentError):
    """The campaign's cap leaves no room for this call. Raising the cap lets the work go on where it stopped."""

    code = "cap_reached"
