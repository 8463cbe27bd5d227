"""What planning asks of the one policy gate (materials/policy; line/policing.py stands behind this port)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from huichang.kernel.language import Text
from huichang.kernel.model import Model


class Refusal(Model):
    """Words that may not be said: the rule, why, and whether their subject is denied altogether (then no other words help)."""

    words: str
    rule: str
    reason: Text
    denied: bool = False


class ThemeGate(Protocol):
    """Judges the words of a theme before anything is built for it. `campaign_id` brings its brand's rules."""

    def refuses(self, texts: Iterable[str], industry: str | None = None, campaign_id: str = "") -> tuple[Refusal, ...]:
        """What may not be said in these texts, in their order."""
        ...

    def mended(self, text: str, industry: str | None = None, campaign_id: str = "") -> str:
        """The text with such words replaced or cut; "" where nothing sayable is left."""
        ...
