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
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from huichang.adapters.model_answers import bare_json
from huichang.adapters.model_wire import ChatBody, EmbeddingBody, ImageBody, Message, Usage
from huichang.adapters.paid_calls import GarbledError, Kind, NotSentError, PaidCalls, Reply, UnclearError, Wanted
from huichang.kernel.clock import Clock
from huichang.kernel.errors import ModelRefusedError, PermanentError, ThrottledError, TransientError
from huichang.kernel.ids import canonical_json
from huichang.kernel.models import Answer, CallContext, Prompt

if TYPE_CHECKING:
    import openai
    from openai import OpenAI

# Small enough that a slow CPU model answers one batch well within the call's timeout.
EMBED_BATCH = 32
MAX_IMAGE_BYTES = 15_000_000
MAX_IMAGE_PIXELS = 40_000_000
MIN_IMAGE_SIDE = 64
_CONNECT_SECONDS = 10.0
_BYTES_PER_TOKEN = 3
# What the SDK's HTTP client (httpx) raises before a byte has left.
_NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout")
_PICTURE_FORMATS = ("PNG", "JPEG", "WEBP")
# Hosted picture models paint in a few sizes only; the page crops to fill what comes back.
_PICTURE_SIZES = {
    "gpt-image": ((1024, 1024), (1536, 1024), (1024, 1536)),
    "dall-e-3": ((1024, 1024), (1792, 1024), (1024, 1792)),
    "dall-e-2": ((1024, 1024),),
}
# Keywords that OpenAI's strict mode does not take; pydantic checks them on the answer all the same.
_NOT_STRICT = frozenset({"default", "title", "maxLength", "minLength", "pattern", "minimum", "maximum", "maxItems", "minItems", "format"})


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
        query_prefix: str,
        passage_prefix: str,
        timeout: float,
        calls: PaidCalls,
        clock: Clock,
    ) -> None:
        """`timeout` in seconds: how long a call may take. `calls` makes them, once, at their turn and within the cap."""
        self._base_url = base_url
        self._api_key = api_key
        self._chat_model = chat_model
        self._embedding_model = embedding_model
        self._image_model = image_model
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._timeout = timeout
        self._calls = calls
        self._clock = clock
        self._client: OpenAI | None = None

    # --- chat ---------------------------------------------------------------------------------------------------------

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        """See ChatModel. An answer that breaks the schema is asked for once more with what was wrong, then refused."""
        messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
        reply = self._chat(prompt, messages, answer, context, repaired=False)
        if reply.refusal:
            # It will not answer this at all: asking again would only cost a second call.
            raise _declined(prompt, reply)
        try:
            return answer.model_validate_json(bare_json(reply.body))
        except ValueError as error:
            wrong = _what_is_wrong(error) + (" (it was cut off at its length: answer shorter)" if reply.cut else "")
        messages += [
            {"role": "assistant", "content": reply.body[:4000] or "(nothing)"},
            {"role": "user", "content": f"That answer does not fit the schema: {wrong}. Answer again, only JSON."},
        ]
        reply = self._chat(prompt, messages, answer, context, repaired=True)
        if reply.refusal:
            raise _declined(prompt, reply)
        try:
            return answer.model_validate_json(bare_json(reply.body))
        except ValueError as error:
            raise ModelRefusedError(
                f"the model's answer to {prompt.name} stayed unusable: {_what_is_wrong(error)}",
                where=prompt.name,
                mend="try another model, or word the sentence differently",
            ) from error

    def _chat(self, prompt: Prompt, messages: list[dict[str, str]], answer: type[Any], context: CallContext, *, repaired: bool) -> Reply:
        schema = strict_schema(answer)
        request: dict[str, Any] = {
            "model": self._chat_model,
            "messages": messages,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": prompt.name, "strict": True, "schema": schema},
            },
        }

        most = self._calls.output_limit(prompt.name)
        limit = min(most, prompt.answer_tokens or most)

        def call(key: str) -> Reply:
            raw = self._sdk().chat.completions.with_raw_response.create(
                **request, max_completion_tokens=limit, extra_headers={"Idempotency-Key": key}
            )
            done = ChatBody.model_validate_json(raw.content.removeprefix(b"\xef\xbb\xbf"))
            message = done.choices[0].message if done.choices else Message()
            ended = done.choices[0].finish_reason if done.choices else ""
            refusal = message.refusal or ("its content filter stopped the answer" if ended == "content_filter" else "")
            usage = done.usage or Usage()
            return Reply(
                body=message.said,
                model=done.model or self._chat_model,
                offline=_is_offline(raw.headers, done.system_fingerprint),
                refusal=refusal[:300],
                cut=ended == "length",
                input_tokens=usage.prompt_tokens,
                output_tokens=usage.completion_tokens,
            )

        purpose = context.purpose or prompt.name
        return self._once("chat", request, call, context, purpose, prompt.name, output_limit=limit, repaired=repaired)

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

        def call(key: str) -> Reply:
            raw = self._sdk().embeddings.with_raw_response.create(
                model=self._embedding_model,
                input=texts,
                encoding_format="float",
                extra_headers={"Idempotency-Key": key},
            )
            done = EmbeddingBody.model_validate_json(raw.content)
            ordered = [_floats(item.embedding) for item in sorted(done.data, key=lambda item: item.index)]
            lengths = {len(vector) for vector in ordered}
            if len(ordered) != len(texts) or len(lengths) != 1 or 0 in lengths:
                raise ModelRefusedError(
                    f"{len(texts)} texts went to {self._embedding_model}, {len(ordered)} vectors of {sorted(lengths)} numbers came back",
                    where="embeddings",
                    mend="check EMBEDDING_MODEL",
                )
            usage = done.usage or Usage()
            return Reply(
                body=json.dumps([_packed(_unit(vector)) for vector in ordered]),
                model=done.model or self._embedding_model,
                offline=_is_offline(raw.headers, done.model),
                input_tokens=usage.prompt_tokens,
            )

        reply = self._once("embedding", request, call, context, context.purpose or "embed", "embed")
        return [_floats(packed) for packed in json.loads(reply.body)]

    # --- pictures -----------------------------------------------------------------------------------------------------

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:
        """See ImageModel. The bytes are proved to be a picture of sane size before anybody else opens them."""
        wide, high = picture_size(self._image_model, width, height)
        request: dict[str, Any] = {"model": self._image_model, "prompt": prompt, "size": f"{wide}x{high}", "n": 1}
        if not self._image_model.startswith(("gpt-image", "chatgpt-image")):  # those send bytes and refuse to be asked
            request["response_format"] = "b64_json"

        def call(key: str) -> Reply:
            raw = self._sdk().images.with_raw_response.generate(**request, extra_headers={"Idempotency-Key": key})
            done = ImageBody.model_validate_json(raw.content)
            picture = (done.data[0].b64_json or "") if done.data else ""
            # Size is checked before the answer is kept: a log must not be filled by a provider gone mad.
            if not picture or len(picture) > MAX_IMAGE_BYTES * 4 / 3 + 4:
                raise ModelRefusedError(
                    f"the image model sent {len(picture)} characters and no usable picture",
                    where="images",
                    mend="check IMAGE_MODEL: it must be able to answer with b64_json",
                )
            usage = done.usage or Usage()
            return Reply(
                body=picture,
                model=self._image_model,
                offline=_is_offline(raw.headers, self._image_model),
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
            )

        reply = self._once("image", request, call, context, context.purpose or "picture", "picture", images=1)
        try:
            data = base64.b64decode(reply.body, validate=True)
        except ValueError as error:
            raise ModelRefusedError("the image model sent no base64", where="images", mend="check IMAGE_MODEL") from error
        check_picture(data)
        return data

    # --- one call -----------------------------------------------------------------------------------------------------

    def _once(
        self,
        kind: Kind,
        request: dict[str, Any],
        call: Callable[[str], Reply],
        context: CallContext,
        purpose: str,
        prompt: str,
        *,
        output_limit: int = 0,
        images: int = 0,
        repaired: bool = False,
    ) -> Reply:
        # Every token is at least a byte long, and about three on the average of zh and en.
        size = len(canonical_json(request).encode())
        wanted = Wanted(
            kind=kind,
            model=str(request["model"]),
            endpoint=self._base_url,  # another endpoint is another answer
            request=request,
            purpose=purpose,
            prompt=prompt,
            input_tokens=size // _BYTES_PER_TOKEN,
            input_most=size,
            output_limit=output_limit,
            images=images,
            repaired=repaired,
        )
        return self._calls.once(wanted, context, lambda key: self._guarded(key, call, purpose))

    def _guarded(self, key: str, call: Callable[[str], Reply], purpose: str) -> Reply:
        import openai

        try:
            return call(key)
        except openai.APIStatusError as error:
            raise _translated(error, purpose, self._clock.now()) from error
        except (openai.APITimeoutError, openai.APIConnectionError) as error:
            away = type(error.__cause__).__name__ in _NEVER_SENT
            raise (NotSentError if away else UnclearError)(f"the model did not answer: {error}", where=purpose) from error
        except (openai.APIResponseValidationError, ValidationError, ValueError) as error:
            # A cut or foreign body under status 200: a proxy's page, a connection that broke. The next may be whole.
            raise GarbledError("the model server's answer was garbled", where=purpose) from error

    def _sdk(self) -> OpenAI:
        if self._client is None:
            from openai import DefaultHttpxClient, OpenAI, Timeout

            from huichang.adapters.model_transport import bounded

            # No retries inside: Step Functions and the queues retry, and they are the ones that count.
            # No redirects: our prompts go where MODEL_BASE_URL says, and nowhere else.
            timeout = Timeout(self._timeout, connect=min(_CONNECT_SECONDS, self._timeout))
            http = DefaultHttpxClient(
                timeout=timeout,
                follow_redirects=False,
                headers={"accept-encoding": "identity"},
                event_hooks={"response": [bounded(self._timeout)]},
            )
            self._client = OpenAI(base_url=self._base_url, api_key=self._api_key, timeout=timeout, max_retries=0, http_client=http)
        return self._client


def _declined(prompt: Prompt, reply: Reply) -> ModelRefusedError:
    said = f"the model declined {prompt.name}: {reply.refusal}"
    return ModelRefusedError(said, where=prompt.name, mend="word the sentence differently", code="model_declined")


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


def _translated(error: openai.APIStatusError, purpose: str, now: datetime) -> TransientError | PermanentError:
    """A provider's status as one of our errors; what it asked us to wait is kept."""
    status = error.status_code
    wait = retry_after(error.response.headers.get("retry-after", ""), now)
    if status == 429 and error.code == "insufficient_quota":
        return PermanentError("the model account has no credit left", where=purpose, mend="top up the account", code="no_credit")
    if status == 429:
        told = "" if wait is None else f", retry after {wait:g} s"
        return ThrottledError(f"the model throttles{told}", retry_after=wait or 0.0, where=purpose)
    if status in (408, 409, 425) or status >= 500:
        failed = UnclearError(f"the model failed: {status}", where=purpose, code="model_failed")
        failed.retry_after_seconds = wait
        return failed
    return PermanentError(
        f"the model refused the call: {status} {error.message[:300]}",
        where=purpose,
        mend="check MODEL_BASE_URL, the API key and the model names",
        code="model_refused",
    )


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, in either of its forms (RFC 9110); None where it says nothing usable."""
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
        return max(seconds, 0.0)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


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


def _what_is_wrong(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return f"answer: {error}"[:300]
    found = [
        f"{'.'.join(str(part) for part in item['loc']) or 'answer'}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False)[:6]
    ]
    return "; ".join(found)
