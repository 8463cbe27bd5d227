"""What a rule that gives somebody more traffic has to pass: an estimate from logged decisions, or a person's word for it."""

from __future__ import annotations

from typing import Literal, Protocol

from huichang.delivery.control.rules import Controls
from huichang.kernel.language import Text, Told, both
from huichang.kernel.model import Model

Answer = Literal["ship", "do_not_ship", "cannot_tell"]


class Judged(Model):
    """What the off-policy gate says of new rules (delivery/offpolicy), and why, in both languages."""

    kind: Answer
    words: Told


# Said where there is no gate, or it has nothing to say: nobody may take silence for a yes.
NO_ESTIMATE = Judged(
    kind="cannot_tell",
    words=both("没有对这条规则效果的估计。", "There is no estimate of what this rule would do."),
)


class Judgement(Protocol):
    """As a gate says it; it may say more."""

    @property
    def kind(self) -> Answer: ...  # noqa: D102

    @property
    def words(self) -> Text: ...  # noqa: D102


class Gate(Protocol):
    """Judges a placement's rules before they take traffic."""

    def judge(self, placement: str, before: Controls, after: Controls) -> Judgement | None:
        """`after` against `before` on the placement's logged decisions; None: it cannot say anything. Raises TransientError."""
        ...
