"""Ports of the material desk that are not about tasks."""

from __future__ import annotations

from typing import Protocol, TypeVar

from huichang.kernel.model import Model

Body = TypeVar("Body", bound=Model)


class MaterialDocuments(Protocol):
    """Request and result bodies."""

    def put(self, key: str, body: Model) -> str:
        """Store and return the key."""
        ...

    def get(self, key: str, kind: type[Body]) -> Body:
        """Load and validate. Raises NotFoundError."""
        ...


class MediaStore(Protocol):
    """Where finished pictures lie."""

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        """Store under the content's hash; return the key below the public address."""
        ...
