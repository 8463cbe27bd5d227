"""Ports to the three kinds of models. One seam: the adapter behind them is the only place that calls a model.

Named for what they return. An adapter must (a) answer a repeated call with the same `key` from its record, without paying
twice, (b) record tokens, price and venue of every call, (c) raise TransientError for throttling, timeouts and 5xx and
ModelRefusedError for answers that stay unusable after one repair.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from pydantic import BaseModel

from huichang.kernel.model import Model

Answer = TypeVar("Answer", bound=BaseModel)


class Prompt(Model):
    """A rendered prompt. `name` and `version` say which file it came from (prompts/<name>.v<version>.j2).

    `answer_tokens`: the most an answer may take, 0 for what the price list allows. `trimmed`: what was left out to keep the budget.
    """

    name: str
    version: int
    system: str
    user: str
    answer_tokens: int = 0
    trimmed: tuple[str, ...] = ()


class CallContext(Model):
    """For whom a call is made; every call is booked on a campaign, and on a venue where there is one."""

    campaign_id: str
    venue_id: str = ""
    purpose: str = ""


class ChatModel(Protocol):
    """A chat model that answers in a schema."""

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        """Return the validated answer. The JSON schema sent is the answer type's, named after the prompt."""
        ...


class EmbeddingModel(Protocol):
    """Text to vectors of one fixed dimension, unit length."""

    def embed_query(self, text: str, context: CallContext) -> list[float]:
        """Embed what somebody is looking for."""
        ...

    def embed_passages(self, texts: list[str], context: CallContext) -> list[list[float]]:
        """Embed what may be found; same order as `texts`."""
        ...


class ImageModel(Protocol):
    """Words to a background or scene without any text in it."""

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:
        """Return PNG bytes, about width x height pixels."""
        ...
