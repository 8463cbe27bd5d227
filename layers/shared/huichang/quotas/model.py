"""A model's quota as data, what a caller asks, and the port of the limiter that all workers share."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Any, Literal, Protocol

import yaml
from pydantic import Field, ValidationError

from huichang.kernel.errors import InvalidInputError
from huichang.kernel.model import Model

Why = Literal["quota", "provider_wait", "circuit_open"]


class Quota(Model):
    """What the provider allows for one model. None: not limited. `tokens_counted`: see quotas.yaml."""

    requests_per_minute: Annotated[int, Field(ge=1)] | None = None
    tokens_per_minute: Annotated[int, Field(ge=1)] | None = None
    tokens_counted: Literal["used", "asked"] = "used"

    @property
    def unlimited(self) -> bool:
        """Whether nothing is limited."""
        return self.requests_per_minute is None and self.tokens_per_minute is None


UNLIMITED = Quota()


class Ask(Model):
    """One call that wants to be made.

    `input_tokens` is an estimate, `output_limit` the most the answer may take. `comes_back`: whether a caller that is refused
    will come when it is told to; one that comes by its own clock (a state machine's retry) gets no place in the queue.
    """

    campaign_id: str
    purpose: str
    rush: bool = False
    input_tokens: int = 0
    output_limit: int = 0
    comes_back: bool = True


class Grant(Model):
    """A call may be made at `at` (seconds since 1970), not before. `tokens` were charged for it."""

    model: str
    campaign_id: str
    purpose: str
    at: float
    tokens: int = 0
    learned: bool = False
    probe: bool = False


class Standing(Model):
    """How a model stands now, for people. Times in seconds since 1970; 0: not."""

    model: str
    quota: Quota
    circuit: Literal["closed", "open", "half_open"] = "closed"
    why: str = ""
    opens_at: float = 0
    waits_until: float = 0
    booked_seconds: float = 0
    campaigns: tuple[str, ...] = ()


class Limiter(Protocol):
    """Shared by all workers of the deployment. All methods raise TransientError when the state cannot be reached."""

    def acquire(self, model: str, ask: Ask) -> Grant:
        """A place in time, at most policy.HORIZON seconds from now; wait for it, then call. Raises ThrottledError with the
        seconds after which to come back."""
        ...

    def answered(self, grant: Grant, *, input_tokens: int | None = None, output_tokens: int | None = None) -> None:
        """The provider answered. What it really took, where that is known."""
        ...

    def throttled(self, grant: Grant, seconds: float | None) -> None:
        """The provider refused (429) or asked to wait: nobody calls it for so long. None: it did not say how long."""
        ...

    def failed(self, grant: Grant, reason: str) -> None:
        """The provider is in trouble: 5xx, no answer. Several in a row open the circuit."""
        ...

    def unused(self, grant: Grant) -> None:
        """The call was not made after all: its place is free again."""
        ...


class Unlimited:
    """Limiter and Priorities of a run that shares its models with nobody: every call may be made at once."""

    def acquire(self, model: str, ask: Ask) -> Grant:
        """See Limiter."""
        return Grant(model=model, campaign_id=ask.campaign_id, purpose=ask.purpose, at=0)

    def answered(self, grant: Grant, *, input_tokens: int | None = None, output_tokens: int | None = None) -> None:
        """See Limiter."""

    def throttled(self, grant: Grant, seconds: float | None) -> None:
        """See Limiter."""

    def failed(self, grant: Grant, reason: str) -> None:
        """See Limiter."""

    def unused(self, grant: Grant) -> None:
        """See Limiter."""

    def rush(self, campaign_id: str) -> bool:  # noqa: ARG002
        """See Priorities."""
        return False


class Priorities(Protocol):
    """Which campaigns go first."""

    def rush(self, campaign_id: str) -> bool:
        """Whether this one does. May be some seconds behind."""
        ...


def read_quotas(text: str, where: str = "ModelQuotas") -> dict[str, Quota]:
    """Quotas by model from YAML ({model: {...}}, "" gives none). Raises InvalidInputError that names model and field."""
    mend = "write it as quotas/quotas.yaml shows"
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInputError(f"the quotas are no YAML: {error}", where=where, mend=mend) from error
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise InvalidInputError("the quotas are no mapping of models", where=where, mend=mend)
    return {str(name): _quota(str(name), entry, where) for name, entry in read.items()}


def _quota(name: str, entry: Any, where: str) -> Quota:
    try:
        return Quota.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(
            f"quota of {name}: {field or 'the entry'}: {first['msg']}", where=where, mend="write it as quotas/quotas.yaml shows"
        ) from error


def load_quotas(more: str = "") -> Mapping[str, Quota]:
    """The file's quotas, and `more` (the deployment's own YAML) over them."""
    text = resources.files("huichang.quotas").joinpath("quotas.yaml").read_text(encoding="utf-8")
    built_in = yaml.safe_load(text)["models"]
    return {name: _quota(name, entry, "quotas.yaml") for name, entry in built_in.items()} | read_quotas(more)
