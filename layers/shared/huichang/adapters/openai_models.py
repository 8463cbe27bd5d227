"""The one seam to models: chat, embeddings and pictures through the openai SDK, at whatever MODEL_BASE_URL names.

A call has a key made of everything that is sent. A key that was answered before is answered from the log: a replay
costs nothing. The same key goes out as `Idempotency-Key`; a provider that honours it closes the last gap, a worker that
dies between the provider's answer and our writing it down. With one that does not, that call may be paid twice.
"""

from __future__ import annotations

import base64
import io
import json
import math
import struct
import time
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import LeaseHeldError, ModelRefusedError, PermanentError, TransientError
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.kernel.models import Answer, CallContext, Prompt
from huichang.ledger.calls import CallLog
from huichang.ledger.model import Ledger, ModelCall

if TYPE_CHECKING:
    import openai
    from openai import OpenAI

# Small enough that a slow CPU model answers one batch well within the call's timeout.
EMBED_BATCH = 32
MAX_IMAGE_BYTES = 15_000_000
MAX_IMAGE_PIXELS = 40_000_000
MIN_IMAGE_SIDE = 64
LEASE_MARGIN_SECONDS = 15
_CONNECT_SECONDS = 10.0
_PICTURE_FORMATS = ("PNG", "JPEG", "WEBP")
# Hosted picture models paint in a few sizes only; the page crops to fill what comes back.
_PICTURE_SIZES = {
    "gpt-image": ((1024, 1024), (1536, 1024), (1024, 1536)),
    "dall-e-3": ((1024, 1024), (1792, 1024), (1024, 1792)),
    "dall-e-2": ((1024, 1024),),
}
# Keywords that OpenAI's strict mode does not take; pydantic checks them on the answer all the same.
_NOT_STRICT = frozenset({"default", "title", "maxLength", "minLength", "pattern", "minimum", "maximum", "maxItems", "minItems", "format"})


class ModelPrices(Model):
    """USD, as the provider's price list has them."""

    chat_input_per_million: Decimal
    chat_output_per_million: Decimal
    embedding_per_million: Decimal
    image: Decimal


class _Reply(Model):
    """What is kept of a provider's answer, with its booking: a replay can book again what a dying worker could not."""

    body: str
    model: str = ""
    offline: bool = False
    refusal: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    call: ModelCall | None = None


class _Wire(BaseModel):
    """A part of a provider's answer. It is untrusted: only what is named here is read, and it must have this shape."""

    model_config = ConfigDict(extra="ignore", strict=False)


class _Usage(_Wire):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class _Message(_Wire):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Wire):
    message: _Message


class _ChatBody(_Wire):
    model: str = ""
    system_fingerprint: str | None = None
    choices: list[_Choice]
    usage: _Usage | None = None


class _Vector(_Wire):
    index: int
    embedding: list[float] | str


class _EmbeddingBody(_Wire):
    model: str = ""
    data: list[_Vector]
    usage: _Usage | None = None


class _Picture(_Wire):
    b64_json: str | None = None


class _ImageBody(_Wire):
    data: list[_Picture]
    usage: _Usage | None = None


def strict_schema(answer: type[Any]) -> dict[str, Any]:
    """JSON schema in the subset of OpenAI's strict mode: every property required, nothing else allowed."""

    def tidy(node: Any) -> Any:
        if isinstance(node, list):
            return [tidy(item) for item in node]
        if not isinstance(node, dict):
            return node
        properties = node.get("properties")
        if isinstance(properties, dict) and node.get("type") == "object":
            return {
                "type": "object",
                "properties": {name: tidy(value) for name, value in properties.items()},
                "required": list(properties),
                "additionalProperties": False,
            } | ({"$defs": {name: tidy(value) for name, value in node["$defs"].items()}} if "$defs" in node else {})
        return {key: tidy(value) for key, value in node.items() if key not in _NOT_STRICT}

    tidied: dict[str, Any] = tidy(answer.model_json_schema())
    return tidied


class OpenAIModels:
    """ChatModel, EmbeddingModel and ImageModel of kernel/models.py."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        chat_model: str,
        embedding_model: str,
        image_model: str,
        prices: ModelPrices,
        query_prefix: str,
        passage_prefix: str,
        timeout: float,
        call_log: CallLog,
        ledger: Ledger,
        clock: Clock,
        lease_wait: float = 0.0,
    ) -> None:
        """`timeout` and `lease_wait` in seconds: how long a call may take, how long to wait for another worker's call."""
        self._base_url = base_url
        self._api_key = api_key
        self._chat_model = chat_model
        self._embedding_model = embedding_model
        self._image_model = image_model
        self._prices = prices
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._timeout = timeout
        self._log = call_log
        self._ledger = ledger
        self._clock = clock
        self._lease_wait = lease_wait
        self._client: OpenAI | None = None

    # --- chat ---------------------------------------------------------------------------------------------------------

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        """See ChatModel. An answer that breaks the schema is asked for once more with what was wrong, then refused."""
        messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
        reply = self._chat(prompt, messages, answer, context, repaired=False)
        if reply.refusal:
            # It will not answer this at all: asking again would only cost a second call.
            raise ModelRefusedError(
                f"the model declined {prompt.name}: {reply.refusal}",
                where=prompt.name,
                mend="word the sentence differently",
            )
        try:
            return answer.model_validate_json(reply.body)
        except ValidationError as error:
            wrong = _what_is_wrong(error)
        messages += [
            {"role": "assistant", "content": reply.body[:4000]},
            {"role": "user", "content": f"That answer does not fit the schema: {wrong}. Answer again, only JSON."},
        ]
        reply = self._chat(prompt, messages, answer, context, repaired=True)
        try:
            return answer.model_validate_json(reply.body)
        except ValidationError as error:
            raise ModelRefusedError(
                f"the model's answer to {prompt.name} stayed unusable: {_what_is_wrong(error)}",
                where=prompt.name,
                mend="try another model, or word the sentence differently",
            ) from error

    def _chat(self, prompt: Prompt, messages: list[dict[str, str]], answer: type[Any], context: CallContext, *, repaired: bool) -> _Reply:
        schema = strict_schema(answer)
        request: dict[str, Any] = {
            "model": self._chat_model,
            "messages": messages,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": prompt.name, "strict": True, "schema": schema},
            },
        }

        def call(key: str) -> _Reply:
            raw = self._sdk().chat.completions.with_raw_response.create(**request, extra_headers={"Idempotency-Key": key})
            done = _ChatBody.model_validate_json(raw.content)
            message = done.choices[0].message if done.choices else _Message()
            usage = done.usage or _Usage()
            return _Reply(
                body=message.content or "",
                model=done.model or self._chat_model,
                offline=_is_offline(raw.headers, done.system_fingerprint),
                refusal=(message.refusal or "")[:300],
                input_tokens=usage.prompt_tokens,
                output_tokens=usage.completion_tokens,
            )

        purpose = context.purpose or prompt.name
        return self._paid_once("chat", request, call, context, purpose=purpose, repaired=repaired)

    # --- embeddings ---------------------------------------------------------------------------------------------------

    def embed_query(self, text: str, context: CallContext) -> list[float]:
        """See EmbeddingModel."""
        return self._embed([self._query_prefix + text], context)[0]

    def embed_passages(self, texts: list[str], context: CallContext) -> list[list[float]]:
        """See EmbeddingModel. One call, and one key, for each batch."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), EMBED_BATCH):
            vectors += self._embed([self._passage_prefix + text for text in texts[start : start + EMBED_BATCH]], context)
        return vectors

    def _embed(self, texts: list[str], context: CallContext) -> list[list[float]]:
        request = {"model": self._embedding_model, "input": texts}

        def call(key: str) -> _Reply:
            raw = self._sdk().embeddings.with_raw_response.create(
                model=self._embedding_model,
                input=texts,
                encoding_format="float",
                extra_headers={"Idempotency-Key": key},
            )
            done = _EmbeddingBody.model_validate_json(raw.content)
            ordered = [_floats(item.embedding) for item in sorted(done.data, key=lambda item: item.index)]
            lengths = {len(vector) for vector in ordered}
            if len(ordered) != len(texts) or len(lengths) != 1 or 0 in lengths:
                raise ModelRefusedError(
                    f"{len(texts)} texts went to {self._embedding_model}, {len(ordered)} vectors of {sorted(lengths)} numbers came back",
                    where="embeddings",
                    mend="check EMBEDDING_MODEL",
                )
            usage = done.usage or _Usage()
            return _Reply(
                body=json.dumps([_packed(_unit(vector)) for vector in ordered]),
                model=done.model or self._embedding_model,
                offline=_is_offline(raw.headers, done.model),
                input_tokens=usage.prompt_tokens,
            )

        reply = self._paid_once("embedding", request, call, context, purpose=context.purpose or "embed")
        return [_floats(packed) for packed in json.loads(reply.body)]

    # --- pictures -----------------------------------------------------------------------------------------------------

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:
        """See ImageModel. The bytes are proved to be a picture of sane size before anybody else opens them."""
        wide, high = picture_size(self._image_model, width, height)
        request: dict[str, Any] = {"model": self._image_model, "prompt": prompt, "size": f"{wide}x{high}", "n": 1}
        if not self._image_model.startswith(("gpt-image", "chatgpt-image")):  # those send bytes and refuse to be asked
            request["response_format"] = "b64_json"

        def call(key: str) -> _Reply:
            raw = self._sdk().images.with_raw_response.generate(**request, extra_headers={"Idempotency-Key": key})
            done = _ImageBody.model_validate_json(raw.content)
            picture = (done.data[0].b64_json or "") if done.data else ""
            # Size is checked before the answer is kept: a log must not be filled by a provider gone mad.
            if not picture or len(picture) > MAX_IMAGE_BYTES * 4 / 3 + 4:
                raise ModelRefusedError(
                    f"the image model sent {len(picture)} characters and no usable picture",
                    where="images",
                    mend="check IMAGE_MODEL: it must be able to answer with b64_json",
                )
            usage = done.usage or _Usage()
            return _Reply(
                body=picture,
                model=self._image_model,
                offline=_is_offline(raw.headers, self._image_model),
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
            )

        reply = self._paid_once("image", request, call, context, purpose=context.purpose or "picture")
        try:
            data = base64.b64decode(reply.body, validate=True)
        except ValueError as error:
            raise ModelRefusedError("the image model sent no base64", where="images", mend="check IMAGE_MODEL") from error
        check_picture(data)
        return data

    # --- one call, paid once ------------------------------------------------------------------------------------------

    def _paid_once(
        self,
        kind: str,
        request: dict[str, Any],
        call: Callable[[str], _Reply],
        context: CallContext,
        *,
        purpose: str,
        repaired: bool = False,
    ) -> _Reply:
        # The base URL and the campaign are part of the key: another endpoint is another answer, another campaign's call
        # is booked on that campaign.
        key = content_hash([kind, self._base_url, context.campaign_id, context.venue_id, request])[:40]
        known = self._known(key)
        if known is not None:
            return known
        # Longer than the call can last: a lease that ends under a living call would let a second one start.
        patience = time.monotonic() + self._lease_wait
        while not self._log.claim(key, self._timeout + LEASE_MARGIN_SECONDS):
            # It works on it, and its answer is ours; or it was killed, and its lease ends.
            if time.monotonic() >= patience:
                raise LeaseHeldError(f"the same {kind} call is being made by another worker", where=purpose)
            time.sleep(min(0.5, self._lease_wait))
            known = self._known(key)
            if known is not None:
                return known
        try:
            # Between our look and our claim another worker may have finished.
            known = self._known(key)
            if known is None:
                started = time.monotonic()
                reply = self._guarded(key, call, purpose)
                booking = self._booking(key, kind, reply, context, purpose, time.monotonic() - started, repaired)
                known = reply.model_copy(update={"call": booking})
                self._log.store(key, known.model_dump_json().encode())
                # After the answer is safe: if booking fails, the retry finds the answer and books then.
                self._ledger.book(booking)
                return known
        except BaseException:
            self._log.release(key)
            raise
        self._log.release(key)
        return known

    def _known(self, key: str) -> _Reply | None:
        stored = self._log.answer(key)
        if stored is None:
            return None
        reply = _Reply.model_validate_json(stored)
        if reply.call is not None:
            self._ledger.book(reply.call)
        return reply

    def _guarded(self, key: str, call: Callable[[str], _Reply], purpose: str) -> _Reply:
        import openai

        try:
            return call(key)
        except openai.APIStatusError as error:
            raise _translated(error, purpose) from error
        except (openai.APITimeoutError, openai.APIConnectionError) as error:
            raise TransientError(f"the model did not answer: {error}", where=purpose, code="model_away") from error
        except (openai.APIResponseValidationError, ValidationError, ValueError) as error:
            # A cut or foreign body under status 200: a proxy's page, a connection that broke. The next may be whole.
            raise TransientError("the model server's answer was garbled", where=purpose, code="garbled") from error

    def _booking(self, key: str, kind: str, reply: _Reply, context: CallContext, purpose: str, seconds: float, repaired: bool) -> ModelCall:
        prices = self._prices
        million = Decimal(1_000_000)
        cost = {
            "chat": reply.input_tokens * prices.chat_input_per_million / million
            + reply.output_tokens * prices.chat_output_per_million / million,
            "embedding": reply.input_tokens * prices.embedding_per_million / million,
            "image": prices.image,
        }[kind]
        return ModelCall.model_validate(
            {
                "call_key": key,
                "kind": kind,
                "model": reply.model,
                "purpose": purpose,
                "campaign_id": context.campaign_id,
                "venue_id": context.venue_id,
                "input_tokens": reply.input_tokens,
                "output_tokens": reply.output_tokens,
                "images": 1 if kind == "image" else 0,
                "cost_usd": cost.quantize(Decimal("0.00000001")),
                "seconds": round(seconds, 3),
                "repaired": repaired,
                "offline": reply.offline,
                "at": iso(self._clock.now()),
            }
        )

    def _sdk(self) -> OpenAI:
        if self._client is None:
            from openai import OpenAI, Timeout

            # No retries inside: Step Functions and the queues retry, and they are the ones that count.
            self._client = OpenAI(
                base_url=self._base_url,
                api_key=self._api_key,
                timeout=Timeout(self._timeout, connect=min(_CONNECT_SECONDS, self._timeout)),
                max_retries=0,
            )
        return self._client


def picture_size(model: str, width: int, height: int) -> tuple[int, int]:
    """The size to ask this model for: the nearest shape it can paint, or width x height where it may be any."""
    for name, sizes in _PICTURE_SIZES.items():
        if model.removeprefix("chat").startswith(name):
            return min(sizes, key=lambda size: abs(math.log(size[0] / size[1]) - math.log(width / height)))
    return width, height


def check_picture(data: bytes) -> None:
    """Raise ModelRefusedError unless these bytes are a whole PNG, JPEG or WebP of sane size."""
    from PIL import Image

    problem = f"{len(data)} bytes" if len(data) > MAX_IMAGE_BYTES else ""
    if not problem:
        try:
            with Image.open(io.BytesIO(data), formats=_PICTURE_FORMATS) as picture:
                wide, high = picture.size
                if wide * high > MAX_IMAGE_PIXELS or min(wide, high) < MIN_IMAGE_SIDE:
                    problem = f"{wide}x{high} pixels"
                else:
                    picture.load()  # a header alone proves nothing: a cut file fails here
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            problem = f"no picture ({type(error).__name__})"
    if problem:
        raise ModelRefusedError(f"the image model sent {problem}", where="images", mend="try again, or check IMAGE_MODEL")


def _translated(error: openai.APIStatusError, purpose: str) -> TransientError | PermanentError:
    """A provider's status as one of our two errors; what it asked us to wait is kept."""
    status = error.status_code
    if status == 429 and error.code == "insufficient_quota":
        return PermanentError("the model account has no credit left", where=purpose, mend="top up the account", code="no_credit")
    if status == 429:
        wait = error.response.headers.get("retry-after", "")
        throttled = TransientError(f"the model throttles{f', retry after {wait} s' if wait else ''}", where=purpose, code="throttled")
        if wait.replace(".", "", 1).isdigit():
            throttled.retry_after_seconds = float(wait)
        return throttled
    if status in (408, 409, 425) or status >= 500:
        return TransientError(f"the model failed: {status}", where=purpose, code="model_failed")
    return PermanentError(
        f"the model refused the call: {status} {error.message[:300]}",
        where=purpose,
        mend="check MODEL_BASE_URL, the API key and the model names",
        code="model_refused",
    )


def _is_offline(headers: Any, label: str | None) -> bool:
    return headers.get("x-huichang-offline") == "1" or (label or "").startswith("huichang-offline")


def _floats(vector: list[float] | str) -> list[float]:
    """Numbers as they are, or packed as base64 of little-endian float32. Raises ValueError on anything else."""
    if isinstance(vector, list):
        return vector
    data = base64.b64decode(vector, validate=True)
    if len(data) % 4:
        raise ValueError("a packed vector is a multiple of four bytes long")
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _unit(vector: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector))
    if not math.isfinite(length) or length == 0:
        raise ModelRefusedError("the embedding model sent a vector without a direction", where="embeddings", mend="check EMBEDDING_MODEL")
    return [value / length for value in vector]


def _what_is_wrong(error: ValidationError) -> str:
    found = [
        f"{'.'.join(str(part) for part in item['loc']) or 'answer'}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False)[:6]
    ]
    return "; ".join(found)
