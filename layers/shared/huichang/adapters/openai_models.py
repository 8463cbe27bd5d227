"""The one seam to models: chat, embeddings and pictures through the openai SDK, at whatever MODEL_BASE_URL names.

A call has a key made of everything that is sent. A key that was answered before is answered from the log: a replay costs
nothing. The same key goes out as `Idempotency-Key`; a provider that honours it closes the last gap, a worker that dies
between the provider's answer and our writing it down. With one that does not, that call may be paid twice.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import LeaseHeldError, ModelRefusedError, PermanentError, TransientError
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.kernel.models import Answer, CallContext, Prompt
from huichang.ledger.calls import CallLog
from huichang.ledger.model import Ledger, ModelCall

if TYPE_CHECKING:
    from openai import OpenAI

EMBED_BATCH = 64
MAX_IMAGE_BYTES = 15_000_000
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
# Keywords that OpenAI's strict mode does not take; pydantic checks them on the answer all the same.
_NOT_STRICT = frozenset(
    {"default", "title", "maxLength", "minLength", "pattern", "minimum", "maximum", "maxItems", "minItems", "format"}
)


class ModelPrices(Model):
    """USD, as the provider's price list has them."""

    chat_input_per_million: Decimal
    chat_output_per_million: Decimal
    embedding_per_million: Decimal
    image: Decimal


class _Reply(Model):
    """What is kept of a provider's answer."""

    body: str
    model: str = ""
    offline: bool = False
    input_tokens: int = 0
    output_tokens: int = 0


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
    ) -> None:
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
        self._client: OpenAI | None = None

    # --- chat ---------------------------------------------------------------------------------------------------------

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        """See ChatModel. An answer that breaks the schema is asked for once more with what was wrong, then refused."""
        messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
        reply = self._chat(prompt, messages, answer, context, repaired=False)
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

    def _chat(
        self, prompt: Prompt, messages: list[dict[str, str]], answer: type[Any], context: CallContext, *, repaired: bool
    ) -> _Reply:
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
            done = self._sdk().chat.completions.create(**request, extra_headers={"Idempotency-Key": key})
            message = done.choices[0].message if done.choices else None
            return _Reply(
                body=(message.content or "") if message else "",
                model=done.model,
                offline=(done.system_fingerprint or "") == "huichang-offline",
                input_tokens=done.usage.prompt_tokens if done.usage else 0,
                output_tokens=done.usage.completion_tokens if done.usage else 0,
            )

        purpose = context.purpose or prompt.name
        return self._paid_once("chat", request, call, context, purpose=purpose, repaired=repaired)

    # --- embeddings ---------------------------------------------------------------------------------------------------

    def embed_query(self, text: str, context: CallContext) -> list[float]:
        """See EmbeddingModel."""
        return self._embed([self._query_prefix + text], context)[0]

    def embed_passages(self, texts: list[str], context: CallContext) -> list[list[float]]:
        """See EmbeddingModel. One call, and one key, for each batch of 64."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), EMBED_BATCH):
            vectors += self._embed([self._passage_prefix + text for text in texts[start : start + EMBED_BATCH]], context)
        return vectors

    def _embed(self, texts: list[str], context: CallContext) -> list[list[float]]:
        request = {"model": self._embedding_model, "input": texts}

        def call(key: str) -> _Reply:
            done = self._sdk().embeddings.create(
                model=self._embedding_model, input=texts, encoding_format="float", extra_headers={"Idempotency-Key": key}
            )
            ordered = sorted(done.data, key=lambda item: item.index)
            return _Reply(
                body=json.dumps([item.embedding for item in ordered]),
                model=done.model,
                offline=done.model.startswith("huichang-offline"),
                input_tokens=done.usage.prompt_tokens if done.usage else 0,
            )

        reply = self._paid_once("embedding", request, call, context, purpose=context.purpose or "embed")
        vectors: list[list[float]] = json.loads(reply.body)
        if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) != 1:
            raise ModelRefusedError(
                f"{len(texts)} texts went to {self._embedding_model}, {len(vectors)} vectors came back",
                where="embeddings",
                mend="check EMBEDDING_MODEL",
            )
        return [_unit(vector) for vector in vectors]

    # --- pictures -----------------------------------------------------------------------------------------------------

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:
        """See ImageModel. The bytes are checked to be a picture of sane size before anybody opens them."""
        request = {"model": self._image_model, "prompt": prompt, "size": f"{width}x{height}", "n": 1}

        def call(key: str) -> _Reply:
            done = self._sdk().images.generate(
                model=self._image_model,
                prompt=prompt,
                size=f"{width}x{height}",
                n=1,
                extra_headers={"Idempotency-Key": key},
            )
            picture = done.data[0].b64_json if done.data else None
            if not picture:
                raise ModelRefusedError("the image model sent no picture", where="images", mend="check IMAGE_MODEL")
            return _Reply(body=picture, model=self._image_model, offline=self._image_model.startswith("huichang-offline"))

        reply = self._paid_once("image", request, call, context, purpose=context.purpose or "picture")
        try:
            data = base64.b64decode(reply.body, validate=True)
        except ValueError as error:
            raise ModelRefusedError("the image model sent no base64", where="images", mend="check IMAGE_MODEL") from error
        if len(data) > MAX_IMAGE_BYTES or not data.startswith(_SIGNATURES):
            raise ModelRefusedError(
                f"the image model sent {len(data)} bytes that are no usable picture", where="images", mend="try again"
            )
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
        known = self._log.answer(key)
        if known is not None:
            return _Reply.model_validate_json(known)
        # Longer than the call can last: a lease that ends under a living call would let a second one start.
        if not self._log.claim(key, self._timeout + 15):
            raise LeaseHeldError(f"the same {kind} call is being made by another worker", where=purpose)
        started = time.monotonic()
        try:
            reply = self._guarded(key, call, purpose)
        except (TransientError, PermanentError):
            self._log.release(key)
            raise
        self._ledger.book(self._booking(key, kind, reply, context, purpose, time.monotonic() - started, repaired))
        self._log.store(key, reply.model_dump_json().encode())
        return reply

    def _guarded(self, key: str, call: Callable[[str], _Reply], purpose: str) -> _Reply:
        import openai

        try:
            return call(key)
        except openai.RateLimitError as error:
            wait = error.response.headers.get("retry-after", "")
            raise TransientError(
                f"the model throttles{f', retry after {wait} s' if wait else ''}", where=purpose, code="throttled"
            ) from error
        except (openai.APITimeoutError, openai.APIConnectionError) as error:
            raise TransientError(f"the model did not answer: {error}", where=purpose, code="model_away") from error
        except openai.InternalServerError as error:
            raise TransientError(f"the model failed: {error.status_code}", where=purpose, code="model_failed") from error
        except openai.APIStatusError as error:
            raise PermanentError(
                f"the model refused the call: {error.status_code} {error.message[:300]}",
                where=purpose,
                mend="check MODEL_BASE_URL, the API key and the model names",
                code="model_refused",
            ) from error
        except (openai.APIResponseValidationError, json.JSONDecodeError) as error:
            raise TransientError(f"the model's answer was garbled: {error}", where=purpose, code="garbled") from error

    def _booking(
        self, key: str, kind: str, reply: _Reply, context: CallContext, purpose: str, seconds: float, repaired: bool
    ) -> ModelCall:
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
            from openai import OpenAI

            # No retries inside: Step Functions and the queues retry, and they are the ones that count.
            self._client = OpenAI(
                base_url=self._base_url, api_key=self._api_key, timeout=self._timeout, max_retries=0
            )
        return self._client


def _unit(vector: list[float]) -> list[float]:
    length = sum(value * value for value in vector) ** 0.5
    if length == 0:
        raise ModelRefusedError("the embedding model sent a zero vector", where="embeddings", mend="check EMBEDDING_MODEL")
    return [value / length for value in vector]


def _what_is_wrong(error: ValidationError) -> str:
    found = [
        f"{'.'.join(str(part) for part in item['loc']) or 'answer'}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False)[:6]
    ]
    return "; ".join(found)
