"""The HTTP side: /v1/chat/completions, /v1/embeddings, /v1/images/generations, and what tests ask for.

Every answer says that it was made offline: `model` and `system_fingerprint` begin with huichang-offline, and the header
x-huichang-offline is 1.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.local.models import brief, copywriter, expansion, hostile, rules, themes
from infra.local.models.answers import AnswerLog, Kept, fingerprint
from infra.local.models.embeddings import Embedder, Shelf
from infra.local.models.faults import Draw, Endpoint, Faults
from infra.local.models.painting import MAX_SIDE, MIN_SIDE, paint

OFFLINE = {"x-huichang-offline": "1"}
FINGERPRINT = "huichang-offline"
CHAT_MODEL = "huichang-offline-chat"
EMBEDDING_MODEL = "huichang-offline-embedding"
IMAGE_MODEL = "huichang-offline-image"
CHAT: dict[str, Callable[[dict[str, Any], str, Embedder], dict[str, Any]]] = {
    "interpret_brief": brief.answer,
    "plan_themes": themes.answer,
    "expand_theme": expansion.answer,
    "write_rules": rules.answer,
    "write_copy": copywriter.answer,
}
MAX_INPUTS = 2048
_FENCE = re.compile(r"<data>\n(.*?)\n</data>", re.DOTALL)
_SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")
Work = Callable[[], dict[str, Any]]


class BadRequestError(Exception):
    """The request cannot be answered; `code` as in OpenAI's errors."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def tokens(text: str) -> int:
    """An honest estimate: about 1.6 Chinese or 4 Latin characters a token."""
    wide = sum(ord(char) > 0x2E7F for char in text)
    return max(1, round(wide / 1.6 + (len(text) - wide) / 4))


def usage(prompt: int, completion: int) -> dict[str, int]:
    """OpenAI's usage block."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


class ModelServer:
    """State of one server: faults, statistics, answers by idempotency key."""

    def __init__(self, faults: Faults, state: Path | None, shelf: Shelf | None) -> None:
        self.faults = faults
        self.embedder = Embedder(shelf)
        self.answers = AnswerLog(state)
        self.calls: Counter[str] = Counter()
        self.billed: Counter[tuple[str, str]] = Counter()
        self.struck: Counter[str] = Counter()
        self.delayed: defaultdict[str, float] = defaultdict(float)
        self.statuses: Counter[str] = Counter()
        self.bills: list[dict[str, Any]] = []
        self.arrivals: defaultdict[str, list[float]] = defaultdict(list)
        self.replays = 0
        self.running = 0
        self.peak = 0
        self._tries: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()
        self._without_key = itertools.count()
        self._working: dict[str, asyncio.Lock] = {}
        # Apart, so that neither pictures nor a batch of embeddings keep a chat waiting.
        self._pools: dict[Endpoint, Executor] = {
            "chat": ThreadPoolExecutor(2, thread_name_prefix="chat"),
            "embedding": ThreadPoolExecutor(2, thread_name_prefix="embeddings"),
            "image": ThreadPoolExecutor(1, thread_name_prefix="image"),
        }

    # --- the three endpoints ------------------------------------------------------------------------------------------

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        return await self._serve(request, "chat", self._chat)

    async def embeddings(self, request: Request) -> Response:
        """POST /v1/embeddings."""
        return await self._serve(request, "embedding", self._embeddings)

    async def images(self, request: Request) -> Response:
        """POST /v1/images/generations."""
        return await self._serve(request, "image", self._images)

    def _chat(self, body: dict[str, Any]) -> tuple[str, Work]:
        form = body.get("response_format")
        schema = form.get("json_schema") if isinstance(form, dict) else None
        name = str(schema.get("name", "")) if isinstance(schema, dict) else ""
        worker = CHAT.get(name)
        if worker is None or not isinstance(schema, dict):
            asked = f"the answer {name!r}" if name else "an answer without a JSON schema"
            raise BadRequestError(
                f"this is the offline server: it can do {', '.join(CHAT)}, and not {asked}; set MODEL_BASE_URL to a real "
                "model for anything else",
                "offline_cannot",
            )
        if body.get("stream"):
            raise BadRequestError("the offline server does not stream", "offline_cannot")
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages:
            raise BadRequestError("messages must be a list", "bad_messages")
        texts = [_text_of(message) for message in messages]
        # Only what the user sent is data; an earlier answer in the conversation may hold anything.
        asked_in = [text for text, message in zip(texts, messages, strict=True) if message.get("role") == "user"]
        fenced = [(found, text) for text in asked_in for found in _FENCE.findall(text)]
        if not fenced:
            raise BadRequestError("no <data> block in the user's messages", "no_data")
        found, user = fenced[-1]
        try:
            data = json.loads(found)
        except ValueError as error:
            raise BadRequestError(f"the <data> block is no JSON: {error}", "bad_data") from error

        def work() -> dict[str, Any]:
            answer = worker(data, user, self.embedder)
            jsonschema.validate(answer, schema.get("schema") or {})
            content = json.dumps(answer, ensure_ascii=False)
            return {
                "id": "chatcmpl-offline",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": CHAT_MODEL,
                "system_fingerprint": FINGERPRINT,
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": content, "refusal": None},
                    }
                ],
                "usage": usage(sum(tokens(text) for text in texts), tokens(content)),
            }

        return name, work

    def _embeddings(self, body: dict[str, Any]) -> tuple[str, Work]:
        given = body.get("input")
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
            raise BadRequestError("input must be a text or a list of texts, none of them empty", "bad_input")
        if len(texts) > MAX_INPUTS:
            raise BadRequestError(f"{len(texts)} texts are too many; at most {MAX_INPUTS} at once", "too_many_inputs")
        form = body.get("encoding_format", "float")
        if form not in ("float", "base64"):
            raise BadRequestError("encoding_format is float or base64", "bad_encoding")

        def work() -> dict[str, Any]:
            vectors = self.embedder.embed(texts)
            data = [
                {
                    "object": "embedding",
                    "index": index,
                    "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode() if form == "base64" else vector.tolist(),
                }
                for index, vector in enumerate(vectors)
            ]
            used = sum(tokens(text) for text in texts)
            return {
                "object": "list",
                "model": EMBEDDING_MODEL,
                "data": data,
                "usage": {"prompt_tokens": used, "total_tokens": used},
            }

        return "embedding", work

    def _images(self, body: dict[str, Any]) -> tuple[str, Work]:
        size = _SIZE.fullmatch(str(body.get("size") or "1024x1024"))
        width, height = (int(size[1]), int(size[2])) if size else (0, 0)
        if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
            raise BadRequestError(f"size is WIDTHxHEIGHT, each {MIN_SIDE} to {MAX_SIDE}", "bad_size")
        if body.get("response_format") == "url":
            raise BadRequestError("the offline server sends pictures as b64_json only", "offline_cannot")
        prompt = str(body.get("prompt") or "")
        if not prompt.strip():
            raise BadRequestError("prompt must not be empty", "bad_prompt")

        def work() -> dict[str, Any]:
            png = paint(prompt, width, height)
            used = tokens(prompt)
            return {
                "created": int(time.time()),
                "model": IMAGE_MODEL,
                "data": [{"b64_json": base64.b64encode(png).decode()}],
                "usage": {"input_tokens": used, "output_tokens": 0, "total_tokens": used},
            }

        return "image", work

    # --- one call -----------------------------------------------------------------------------------------------------

    async def _serve(self, request: Request, endpoint: Endpoint, read: Callable[[dict[str, Any]], tuple[str, Work]]) -> Response:
        try:
            body = await request.json()
            if not isinstance(body, dict):
                raise BadRequestError("the body must be a JSON object", "bad_json")
            label, work = read(body)
        except BadRequestError as error:
            return failure(400, str(error), error.code)
        except ValueError:
            return failure(400, "the body is no JSON", "bad_json")
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            return await self._answer(request, endpoint, label, fingerprint(body), work)
        finally:
            self.running -= 1

    async def _answer(self, request: Request, endpoint: Endpoint, label: str, sent: str, work: Work) -> Response:
        """Replay, or fault, or work: in this order."""
        given = request.headers.get("idempotency-key")
        key = given or sent
        self.calls[label] += 1
        arrived = time.time()
        self.arrivals[endpoint].append(arrived)
        remembers = bool(given) and not self.faults.forgetful
        if given and remembers:
            replayed = await self._replay(given, endpoint, sent, work)
            if replayed is not None:
                return replayed
        self._tries[key] += 1
        self._numbers[label] += 1
        fate = self.faults.draw(endpoint, label, key, self._tries[key], self._numbers[label])
        self.delayed[label] += fate.delay
        if fate.kind != "none":
            self.struck[f"{label}:{fate.kind}"] += 1
        await asyncio.sleep(fate.delay)
        if fate.kind == "hang":
            return await self._hang(request)
        if fate.kind == "error":
            headers = {"retry-after": str(self.faults.retry_after)} if fate.status == 429 and fate.says_when else {}
            self.statuses[f"{fate.status}{' with Retry-After' if headers else ''}"] += 1
            return failure(fate.status, "injected fault", "injected", headers)
        # Two tries of one key at once: the second finds what the first one left.
        async with self._working.setdefault(key, asyncio.Lock()):
            if given and remembers:
                replayed = await self._replay(given, endpoint, sent, work)
                if replayed is not None:
                    return replayed
            try:
                answer = await self._run(endpoint, work)
            except Exception:
                traceback.print_exc(file=sys.stderr)
                return failure(500, "the offline server failed at this; see its log", "offline_failed")
            # Without a key every request is a call of its own, as with any provider.
            self.billed[(label, given or f"{sent}#{next(self._without_key)}")] += 1
            if given and remembers and fate.kind in ("none", "lost"):
                kept = answer if endpoint == "chat" else None
                self.answers.keep(Kept(key=given, sent=sent, label=label, body=kept))
        self._working.pop(key, None)
        outcome = await _outcome(request, fate)
        self.bills.append(
            {"key": key, "label": label, "sent": sent, "outcome": outcome, "at": time.time(), "seconds": time.time() - arrived}
        )
        return _delivered(answer, endpoint, fate, key)

    async def _replay(self, key: str, endpoint: Endpoint, sent: str, work: Work) -> Response | None:
        kept = self.answers.get(key)
        if kept is None:
            return None
        if kept.sent != sent:
            return failure(400, "this Idempotency-Key was used for another request", "idempotency_mismatch")
        self.replays += 1
        body = kept.body if kept.body is not None else await self._run(endpoint, work)
        return JSONResponse(body, headers=OFFLINE | {"x-huichang-replayed": "1"})

    async def _run(self, endpoint: Endpoint, work: Work) -> dict[str, Any]:
        return await asyncio.get_running_loop().run_in_executor(self._pools[endpoint], work)

    async def _hang(self, request: Request) -> Response:
        until = time.monotonic() + self.faults.hang_seconds
        while time.monotonic() < until and not await request.is_disconnected():
            await asyncio.sleep(0.2)
        return failure(504, "injected hang", "injected")

    # --- for tests and benchmarks -------------------------------------------------------------------------------------

    async def statistics(self, request: Request) -> Response:
        """GET /_stats: calls, billed calls, faults and seconds of injected delay by prompt or endpoint; keys billed twice;
        texts embedded since the start, and how many of them came from the sample's file.

        `?keys=1` adds how often each key was billed, `?bills=1` every bill with its outcome (delivered; gone: the caller had left; lost;
        or how the answer was spoilt) and when calls arrived, `?reset=1` starts the counts anew (answers by key are kept).
        """
        billed: Counter[str] = Counter()
        for (label, _), count in self.billed.items():
            billed[label] += count
        found: dict[str, Any] = {
            "calls": dict(self.calls),
            "billed": dict(billed),
            "billed_twice": {f"{label}|{key}": n for (label, key), n in self.billed.items() if n > 1},
            "replays": self.replays,
            "faults": dict(self.struck),
            "statuses": dict(self.statuses),
            "delay_seconds": {label: round(seconds, 3) for label, seconds in self.delayed.items()},
            "texts_embedded": {"computed": self.embedder.computed, "from_file": self.embedder.taken},
            "running": self.running,
            "peak": self.peak,
        }
        if request.query_params.get("keys"):
            found["keys"] = {f"{label}|{key}": count for (label, key), count in self.billed.items()}
        if request.query_params.get("bills"):
            found |= {"bills": list(self.bills), "arrivals": dict(self.arrivals)}
        if request.query_params.get("reset"):
            self.bills.clear()
            for counts in (self.calls, self.billed, self.struck, self.statuses, self.delayed, self.arrivals):
                counts.clear()
            self.replays, self.peak = 0, self.running
        return JSONResponse(found, headers=OFFLINE)

    async def set_faults(self, request: Request) -> Response:
        """POST /_faults: replace the configuration; an empty object ends all faults. Tries are counted from here."""
        try:
            self.faults = Faults.model_validate(await request.json())
        except ValidationError as error:
            return failure(400, f"no such faults: {error.errors(include_url=False, include_input=False)}", "bad_faults")
        except ValueError:
            return failure(400, "the body is no JSON", "bad_json")
        self._tries.clear()
        self._numbers.clear()
        return JSONResponse(self.faults.model_dump(mode="json"), headers=OFFLINE)

    async def health(self, _: Request) -> Response:
        """GET /healthz."""
        return JSONResponse({"status": "ok", "offline": True}, headers=OFFLINE)

    async def models(self, _: Request) -> Response:
        """GET /v1/models."""
        data = [
            {"id": name, "object": "model", "created": 0, "owned_by": FINGERPRINT} for name in (CHAT_MODEL, EMBEDDING_MODEL, IMAGE_MODEL)
        ]
        return JSONResponse({"object": "list", "data": data}, headers=OFFLINE)


def failure(status: int, message: str, code: str, headers: dict[str, str] | None = None) -> Response:
    """An error in OpenAI's format."""
    kind = {429: "rate_limit_error"}.get(status, "invalid_request_error" if status < 500 else "server_error")
    error = {"message": message, "type": kind, "code": code, "param": None}
    return JSONResponse({"error": error}, status_code=status, headers=OFFLINE | (headers or {}))


def _text_of(message: Any) -> str:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):  # parts
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if not isinstance(content, str):
        raise BadRequestError("every message needs content", "bad_messages")
    return content


async def _outcome(request: Request, fate: Draw) -> str:
    """What became of a billed answer."""
    if fate.kind != "none":
        return fate.kind
    return "gone" if await request.is_disconnected() else "delivered"


def _delivered(answer: dict[str, Any], endpoint: Endpoint, fate: Draw, key: str) -> Response:
    if fate.kind == "lost":
        return failure(500, "injected loss: done, and the answer lost", "injected")
    if fate.kind == "hostile":
        return hostile.delivered(answer, endpoint, key, OFFLINE)
    if fate.kind in ("malformed", "invalid"):
        spoilt = '{"broken": ' if fate.kind == "malformed" else '{"unexpected": true}'
        if endpoint != "chat":
            return Response(spoilt, media_type="application/json", headers=OFFLINE)
        answer = json.loads(json.dumps(answer))
        answer["choices"][0]["message"]["content"] = spoilt
    return JSONResponse(answer, headers=OFFLINE)


def build(faults: Faults, state: Path | None, shelf: Shelf | None = None) -> Starlette:
    """The ASGI application."""
    server = ModelServer(faults, state, shelf)
    return Starlette(
        routes=[
            Route("/v1/chat/completions", server.chat, methods=["POST"]),
            Route("/v1/embeddings", server.embeddings, methods=["POST"]),
            Route("/v1/images/generations", server.images, methods=["POST"]),
            Route("/v1/models", server.models),
            Route("/healthz", server.health),
            Route("/_stats", server.statistics),
            Route("/_faults", server.set_faults, methods=["POST"]),
        ]
    )
