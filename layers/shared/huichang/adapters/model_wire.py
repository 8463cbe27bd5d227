"""A provider's answers as they come over the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Tokens = Annotated[int, Field(ge=0, le=10_000_000)]


class Wire(BaseModel):
    """A part of a provider's answer. It is untrusted: only what is named here is read, and it must have this shape."""

    model_config = ConfigDict(extra="ignore", strict=False)


class Usage(Wire):
    """Tokens, under either of their names. A number that no call can take is a lie, and the ledger would believe it."""

    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0


class Part(Wire):
    """One of several parts of a content."""

    text: str = ""


class Message(Wire):
    """What the model said, or why it does not."""

    content: str | list[Part] | None = None
    refusal: str | None = None

    @property
    def said(self) -> str:
        """The content as one text; some providers send it in parts."""
        return "".join(part.text for part in self.content) if isinstance(self.content, list) else self.content or ""


class Choice(Wire):
    """One answer. `finish_reason`: stop, length, content_filter, tool_calls."""

    message: Message
    finish_reason: str | None = None


class ChatBody(Wire):
    """Answer to chat/completions."""

    model: str = ""
    system_fingerprint: str | None = None
    choices: list[Choice]
    usage: Usage | None = None


class Vector(Wire):
    """One embedding."""

    index: int
    embedding: list[float] | str


class EmbeddingBody(Wire):
    """Answer to embeddings."""

    model: str = ""
    data: list[Vector]
    usage: Usage | None = None


class Picture(Wire):
    """One picture."""

    b64_json: str | None = None


class ImageBody(Wire):
    """Answer to images/generations."""

    data: list[Picture]
    usage: Usage | None = None
