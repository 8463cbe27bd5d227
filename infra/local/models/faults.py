"""Fault injection by configuration, seeded: the same seed and the same call give the same fault."""

from __future__ import annotations

import hashlib
import random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Endpoint = Literal["chat", "embedding", "image"]
Kind = Literal["none", "error", "hang", "lost", "malformed", "invalid", "hostile"]
Rate = Annotated[float, Field(ge=0, le=1)]


class Draw(BaseModel):
    """What happens to one try of one call."""

    model_config = ConfigDict(frozen=True)

    delay: float
    kind: Kind = "none"
    status: int = 200
    says_when: bool = True


class Faults(BaseModel):
    """What goes wrong. Rates are shares of tries (0..1), drawn in the order error, hang, lost, malformed, invalid, hostile.

    delay: seconds [from, to] by endpoint, added before any answer.
    error: one of `statuses` (429 carries Retry-After in a share `says_when_rate` of cases); nothing is done and nothing billed.
    hang: no answer for `hang_seconds`; not billed.
    lost: the work is done, billed and kept, then the caller gets a 500 - as when a connection breaks on the way back.
    malformed: no JSON. invalid: JSON that breaks the schema. hostile: whatever an untrusted answer may hold (hostile.py). All are billed,
    and not kept by Idempotency-Key.
    forgetful: a provider that does not know Idempotency-Key: a call that is sent again is worked on and billed again.
    fail_first: the first n tries of every key end with `fail_first_status`.
    lose_first: the first n tries of every key are lost (after those that fail).
    only: prompt names or endpoints that are touched; empty means all. The delay is for all.
    script: by prompt name or endpoint, the fates of its first calls in the order in which they arrive, whatever their key ("none", "hang",
    "error 503", "error 429 mute": without Retry-After); rates and firsts are for the calls after those.
    """

    model_config = ConfigDict(extra="forbid")

    seed: int = 7
    delay: dict[Endpoint, tuple[float, float]] = {}
    error_rate: Rate = 0.0
    statuses: tuple[int, ...] = (429, 500)
    retry_after: int = 1
    hang_rate: Rate = 0.0
    hang_seconds: float = 600.0
    lost_rate: Rate = 0.0
    malformed_rate: Rate = 0.0
    invalid_rate: Rate = 0.0
    hostile_rate: Rate = 0.0
    says_when_rate: Rate = 1.0
    forgetful: bool = False
    fail_first: int = 0
    fail_first_status: int = 500
    lose_first: int = 0
    only: tuple[str, ...] = ()
    script: dict[str, tuple[str, ...]] = {}

    @field_validator("script")
    @classmethod
    def _readable(cls, script: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for lines in script.values():
            for line in lines:
                _scripted(line, 0.0)
        return script

    def concerns(self, endpoint: Endpoint, prompt: str) -> bool:
        """Whether calls of this kind are touched at all."""
        return not self.only or endpoint in self.only or prompt in self.only

    def draw(self, endpoint: Endpoint, prompt: str, key: str, attempt: int, number: int = 0) -> Draw:
        """The fate of the `attempt`-th try (from 1) of the call `key`; `number`: the how manieth call of its prompt it is (from 1)."""
        digest = hashlib.sha256(f"{self.seed}|{endpoint}|{key}|{attempt}".encode()).digest()
        dice = random.Random(digest)
        delay = dice.uniform(*self.delay.get(endpoint, (0.0, 0.0)))
        lines = self.script.get(prompt, ())
        if 0 < number <= len(lines):
            return _scripted(lines[number - 1], delay)
        if not self.concerns(endpoint, prompt):
            return Draw(delay=delay)
        if attempt <= self.fail_first:
            return Draw(delay=delay, kind="error", status=self.fail_first_status)
        if attempt <= self.fail_first + self.lose_first:
            return Draw(delay=delay, kind="lost")
        roll = dice.random()
        rates: tuple[tuple[float, Kind], ...] = (
            (self.error_rate, "error"),
            (self.hang_rate, "hang"),
            (self.lost_rate, "lost"),
            (self.malformed_rate, "malformed"),
            (self.invalid_rate, "invalid"),
            (self.hostile_rate, "hostile"),
        )
        for rate, kind in rates:
            if roll < rate:
                status = dice.choice(self.statuses) if kind == "error" else 200
                return Draw(delay=delay, kind=kind, status=status, says_when=dice.random() < self.says_when_rate)
            roll -= rate
        return Draw(delay=delay)


def _scripted(line: str, delay: float) -> Draw:
    """One line of a script. ValueError for one that nobody can play."""
    kind, *words = line.split()
    if kind == "error":
        return Draw(delay=delay, kind="error", status=int(words[0]), says_when="mute" not in words)
    return Draw.model_validate({"delay": delay, "kind": kind})
