"""What a model server sends is bounded before it is read."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator

import httpx2

from huichang.kernel.errors import ModelRefusedError

MAX_CHAT_BYTES = 4_000_000
"""32,768 tokens of answer, each escaped as \\uXXXX, and what a provider puts around it."""
MAX_EMBEDDING_BYTES = 16_000_000
MAX_PICTURE_BYTES = 24_000_000
_PIECE = 65_536


def bounded(seconds: float) -> Callable[[httpx2.Response], None]:
    """A response hook for httpx: no answer is read beyond its limit or longer than `seconds`, also one that comes drop by drop.

    What is too long raises ModelRefusedError while it is read, what takes too long httpx2.ReadTimeout. A compressed answer was not asked
    for (accept-encoding: identity); gzip is unpacked within the limit all the same, anything else is refused.
    """

    def hook(response: httpx2.Response) -> None:
        path = response.request.url.path
        limit = MAX_PICTURE_BYTES if "/images/" in path else MAX_EMBEDDING_BYTES if path.endswith("/embeddings") else MAX_CHAT_BYTES
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity", "gzip", "deflate"):
            raise ModelRefusedError(
                f"the model server answered in the encoding {encoding[:20]!r}", where="model", mend="check MODEL_BASE_URL"
            )
        if encoding in ("gzip", "deflate"):
            del response.headers["content-encoding"]
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)  # noqa: S101 - the client is a synchronous one
        response.stream = _Bounded(stream, limit, time.monotonic() + seconds, response.request, packed=encoding in ("gzip", "deflate"))

    return hook


class _Bounded(httpx2.SyncByteStream):
    """A stream that ends with an error at its limit."""

    def __init__(self, stream: httpx2.SyncByteStream, limit: int, until: float, request: httpx2.Request, *, packed: bool) -> None:
        self._stream = stream
        self._limit = limit
        self._until = until
        self._request = request
        self._packed = packed

    def __iter__(self) -> Iterator[bytes]:
        taken = 0
        for piece in self._unpacked() if self._packed else self._stream:
            taken += len(piece)
            if taken > self._limit:
                raise ModelRefusedError(
                    f"the model's answer is longer than {self._limit} bytes",
                    where="model",
                    mend="try another model",
                    code="answer_too_long",
                )
            if time.monotonic() > self._until:
                raise httpx2.ReadTimeout("the answer did not end in time", request=self._request)
            yield piece

    def _unpacked(self) -> Iterator[bytes]:
        inflate = zlib.decompressobj(wbits=47)
        for packed in self._stream:
            try:
                yield inflate.decompress(packed, _PIECE)
                while inflate.unconsumed_tail:
                    yield inflate.decompress(inflate.unconsumed_tail, _PIECE)
            except zlib.error as error:
                raise httpx2.DecodingError("the answer is not what its encoding says", request=self._request) from error

    def close(self) -> None:
        self._stream.close()
