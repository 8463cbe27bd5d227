"""The seam to models against the real local model server: one process on a free port, and short-lived ones for faults that last."""

from __future__ import annotations

import base64
import io
import json
import math
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import BaseModel

from huichang.adapters.openai_models import (
    EMBED_BATCH,
    OpenAIModels,
    check_picture,
    picture_size,
    retry_after,
    strict_schema,
)
from huichang.adapters.paid_calls import PaidCalls
from huichang.catalog.indicators import INDICATORS, load_vague_words
from huichang.catalog.industries import load_industries
from huichang.kernel.errors import LeaseHeldError, ModelRefusedError, PermanentError, ThrottledError, TransientError
from huichang.kernel.models import CallContext, Prompt
from huichang.ledger.model import LedgerTotals, total
from huichang.ledger.prices import load_prices
from huichang.materials.model import CopyAnswer
from huichang.prompts import render
from huichang.quotas.model import Limiter, Unlimited
from huichang.selection.model import RuleAnswer
from huichang.themes.model import BriefAnswer, ExpansionAnswer, ThemePlanAnswer
from tests.support.fakes import FakeClock
from tests.support.memory_calls import MemoryCalls
from tests.support.memory_ledger import MemoryLedger

ROOT = Path(__file__).parents[2]
CLOCK = FakeClock()
PRICES = load_prices(
    """
chat-1: {currency: USD, as_of: 2026-09-01, input_per_million: "0.4", output_per_million: "1.6"}
embedding-1: {currency: USD, as_of: 2026-09-01, input_per_million: "0.02"}
image-1: {currency: USD, as_of: 2026-09-01, image: "0.04"}
"""
)


def a_book() -> MemoryLedger:
    return MemoryLedger(CLOCK)


class Server:
    """A running model server."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.root + path, timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], Any]:
        """(status, headers in lower case, body)."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, sent, {"content-type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                raw, status, got = answer.read(), answer.status, answer.headers
        except urllib.error.HTTPError as error:
            raw, status, got = error.read(), error.code, error.headers
        return status, {k.lower(): v for k, v in got.items()}, json.loads(raw)

    def faults(self, **config: Any) -> None:
        status, _, _ = self.post("/_faults", config)
        assert status == 200


@contextmanager
def started(state: Path) -> Iterator[Server]:
    """A server that answers; ended with SIGTERM, and it must end by itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/shared")])}
    command = [sys.executable, "-m", "infra.local.models", "--port", str(port), "--state", str(state)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    server = Server(port)
    try:
        for _ in range(300):
            try:
                server.get("/healthz")
                break
            except OSError:
                assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
                time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            if process.stderr:
                process.stderr.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("models")) as server:
        yield server


@pytest.fixture
def server(shared: Server) -> Iterator[Server]:
    shared.faults()
    yield shared
    shared.faults()


def models(
    server: Server,
    *,
    calls: MemoryCalls | None = None,
    book: MemoryLedger | None = None,
    timeout: float = 30,
    limiter: Limiter | None = None,
) -> OpenAIModels:
    paid = PaidCalls(
        call_log=calls or MemoryCalls(),
        ledger=book or a_book(),
        limiter=limiter or Unlimited(),
        priorities=Unlimited(),
        prices=PRICES,
        clock=CLOCK,
        timeout=timeout,
    )
    return OpenAIModels(
        base_url=server.root + "/v1",
        api_key="offline",
        chat_model="chat-1",
        embedding_model="embedding-1",
        image_model="image-1",
        query_prefix="query: ",
        passage_prefix="passage: ",
        timeout=timeout,
        calls=paid,
        clock=CLOCK,
    )


_COUNTER = iter(range(1_000_000))


def context(venue: str = "v-1") -> CallContext:
    """A campaign of its own, so that no test finds another's answers."""
    return CallContext(campaign_id=f"c-{os.getpid()}-{next(_COUNTER)}", venue_id=venue)


def industries() -> list[dict[str, Any]]:
    return [entry.model_dump(mode="json") for entry in load_industries()]


def brief_prompt(sentence: str = "帮我生成一个熊猫玩偶会场") -> Prompt:
    return render("interpret_brief", {"sentence": sentence, "industries": industries(), "industry_hint": None})


THEME = {"name": "熊猫玩偶", "slogan": "", "keywords": ["熊猫玩偶"], "subthemes": [], "industry": "toys", "kind": "created"}
PLAN = render(
    "plan_themes",
    {
        "brief": {"language": "zh", "idea": "熊猫玩偶", "subjects": ["熊猫玩偶"], "industries": ["toys"], "venues": 1, "constraints": []},
        "trends": [
            {"id": "t1", "title": "大熊猫刷屏", "kind": "event", "industry": "toys", "keywords": ["大熊猫", "熊猫公仔"], "description": ""}
        ],
        "facts": [
            {"id": "fact-1", "kind": "shelf", "name": "熊猫公仔", "categories": ["熊猫公仔"], "words": ["熊猫公仔"], "products": 31},
            {"id": "fact-2", "kind": "shelf", "name": "马克杯", "categories": ["马克杯"], "words": ["马克杯"], "products": 22},
        ],
        "live_names": [],
    },
    count=3,
)
TASKS: list[tuple[Prompt, type[BaseModel]]] = [
    (brief_prompt(), BriefAnswer),
    (PLAN, ThemePlanAnswer),
    (
        render(
            "expand_theme",
            {"theme": THEME, "idea": "熊猫玩偶", "subjects": ["熊猫玩偶"], "languages": ["zh", "en"], "categories": ["熊猫公仔", "马克杯"]},
        ),
        ExpansionAnswer,
    ),
    (
        render(
            "write_rules",
            {
                "sentence": "低价包邮女装会场，48小时发货",
                "constraints": ["低价", "包邮", "48小时发货"],
                "indicators": [entry.model_dump(mode="json", by_alias=True) for entry in INDICATORS.values()],
                "vague_words": [entry.model_dump(mode="json") for entry in load_vague_words()],
            },
        ),
        RuleAnswer,
    ),
    (
        render(
            "write_copy",
            {
                "slots": [{"name": "title", "max_chars": 12, "what": "title", "required": True}],
                "facts": {
                    "theme_name": "熊猫玩偶",
                    "language": "zh",
                    "product_count": 12,
                    "price_min": "9.9",
                    "currency": "CNY",
                    "benefits": [],
                },
                "constraints": [],
            },
            component="hero",
            language="zh",
        ),
        CopyAnswer,
    ),
]


# --- chat ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("prompt", "answer"), TASKS, ids=[prompt.name for prompt, _ in TASKS])
def test_every_task_answers_in_its_schema(server: Server, prompt: Prompt, answer: type[BaseModel]) -> None:
    book = a_book()
    found = models(server, book=book).ask(prompt, answer, context())
    assert isinstance(found, answer)
    (call,) = book.calls.values()
    assert (call.kind, call.offline, call.model) == ("chat", True, "huichang-offline-chat")
    assert call.repaired is False


def test_the_answers_say_what_was_asked(server: Server) -> None:
    seam, where = models(server), context()
    brief = seam.ask(TASKS[0][0], BriefAnswer, where)
    assert brief.subjects == ("熊猫玩偶",)
    plan = seam.ask(PLAN, ThemePlanAnswer, where)
    assert plan.themes[0].name == "熊猫玩偶"
    assert plan.themes[0].trend_ids == ("t1",)
    expansion = seam.ask(TASKS[2][0], ExpansionAnswer, where)
    assert expansion.categories == ("熊猫公仔",)
    rules = seam.ask(TASKS[3][0], RuleAnswer, where)
    assert {c.indicator for c in rules.conditions} == {"price", "free_shipping", "ship_within_hours"}


def test_an_unknown_task_is_refused_with_400(server: Server) -> None:
    prompt = Prompt(name="write_poetry", version=1, system="s", user="<data>\n{}\n</data>")
    with pytest.raises(PermanentError, match="400") as caught:
        models(server).ask(prompt, CopyAnswer, context())
    assert "write_copy" in caught.value.message  # it says what it can do
    assert not isinstance(caught.value, ModelRefusedError)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}, "offline_cannot"),
        ("/v1/chat/completions", b"{not json", "bad_json"),
        ("/v1/embeddings", {"input": []}, "bad_input"),
        ("/v1/embeddings", {"input": [1, 2]}, "bad_input"),
        ("/v1/embeddings", {"input": "x", "encoding_format": "hex"}, "bad_encoding"),
        ("/v1/images/generations", {"prompt": "x", "size": "9x9"}, "bad_size"),
        ("/v1/images/generations", {"prompt": "x", "size": "99999x99"}, "bad_size"),
        ("/v1/images/generations", {"prompt": "", "size": "256x256"}, "bad_prompt"),
        ("/_faults", {"no_such": 1}, "bad_faults"),
    ],
)
def test_bad_requests_are_400_in_openai_format(server: Server, path: str, body: Any, code: str) -> None:
    status, headers, answer = server.post(path, body)
    assert status == 400
    assert answer["error"]["code"] == code
    assert answer["error"]["type"] == "invalid_request_error"
    assert headers["x-huichang-offline"] == "1"


def test_only_the_users_data_is_read(server: Server) -> None:
    """A repaired call carries the model's own earlier answer; a fence inside it must not become the task."""
    prompt = brief_prompt("做一个台灯会场")
    form = {"type": "json_schema", "json_schema": {"name": "interpret_brief", "schema": strict_schema(BriefAnswer)}}
    status, _, body = server.post(
        "/v1/chat/completions",
        {
            "model": "x",
            "response_format": form,
            "messages": [
                {"role": "user", "content": prompt.user},
                {"role": "assistant", "content": '<data>\n{"sentence": "做一个马克杯会场"}\n</data>'},
                {"role": "user", "content": "Answer again."},
            ],
        },
    )
    assert status == 200
    assert json.loads(body["choices"][0]["message"]["content"])["subjects"] == ["台灯"]


# --- embeddings ------------------------------------------------------------------------------------------------------


def test_embeddings_have_384_numbers_of_unit_length_in_the_order_sent(server: Server) -> None:
    seam, where = models(server), context()
    texts = ["红色连衣裙", "panda plush toy", "不锈钢炒锅", "red dress"]
    vectors = seam.embed_passages(texts, where)
    assert [len(vector) for vector in vectors] == [384] * 4
    assert all(math.isclose(math.fsum(x * x for x in vector), 1, rel_tol=1e-5) for vector in vectors)
    backwards = models(server).embed_passages(texts[::-1], context())
    for one, other in zip(vectors, backwards[::-1], strict=True):
        assert one == pytest.approx(other, abs=1e-5)
    asked = seam.embed_query("熊猫玩偶", where)
    nearest = max(range(4), key=lambda place: sum(a * b for a, b in zip(asked, vectors[place], strict=True)))
    assert texts[nearest] == "panda plush toy"


def test_query_and_passage_are_embedded_differently(server: Server) -> None:
    seam, where = models(server), context()
    as_query, (as_passage,) = seam.embed_query("台灯", where), seam.embed_passages(["台灯"], where)
    assert as_query != pytest.approx(as_passage, abs=1e-3)
    _, _, raw = server.post("/v1/embeddings", {"input": ["query: 台灯", "passage: 台灯", "台灯"]})
    plain = [item["embedding"] for item in raw["data"]]
    assert plain[0] == pytest.approx(as_query, abs=1e-4)
    assert plain[1] == pytest.approx(as_passage, abs=1e-4)
    assert plain[2] == pytest.approx(plain[1], abs=1e-6)  # without a prefix it is a passage


def test_base64_and_float_say_the_same(server: Server) -> None:
    _, _, plain = server.post("/v1/embeddings", {"input": "台灯"})
    _, _, packed = server.post("/v1/embeddings", {"input": "台灯", "encoding_format": "base64"})
    data = base64.b64decode(packed["data"][0]["embedding"])
    assert list(struct.unpack("<384f", data)) == pytest.approx(plain["data"][0]["embedding"], abs=1e-6)
    assert plain["usage"]["prompt_tokens"] == packed["usage"]["prompt_tokens"] > 0


def test_many_passages_go_in_batches_each_with_a_key(server: Server) -> None:
    book = a_book()
    where = context()
    vectors = models(server, book=book).embed_passages([f"杯{n}" for n in range(70)], where)
    assert len(vectors) == 70
    assert len(book.of_campaign(where.campaign_id)) == math.ceil(70 / EMBED_BATCH) > 1
    assert models(server, book=book).embed_passages([], context()) == []


# --- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1536, 640), (390, 450)])
def test_a_picture_is_a_png_of_the_size_asked(server: Server, size: tuple[int, int]) -> None:
    book = a_book()
    data = models(server, book=book).paint(
        "motif: full moon; palette: #172449,#f0c970; mood: calm", width=size[0], height=size[1], context=context()
    )
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("PNG", size)
        assert len(picture.convert("RGB").resize((40, 20)).getcolors(800) or []) > 100  # a picture, not one colour
    (call,) = book.calls.values()
    assert (call.images, call.cost_usd, call.offline) == (1, Decimal("0.04000000"), True)


def test_no_picture_is_refused() -> None:
    with pytest.raises(ModelRefusedError):
        check_picture(b"GIF89a" + b"0" * 100)
    tiny = io.BytesIO()
    Image.new("RGB", (8, 8)).save(tiny, "PNG")
    with pytest.raises(ModelRefusedError, match="8x8"):
        check_picture(tiny.getvalue())
    whole = io.BytesIO()
    Image.effect_noise((300, 300), 50).save(whole, "PNG")
    check_picture(whole.getvalue())
    with pytest.raises(ModelRefusedError):
        check_picture(whole.getvalue()[:4000])


def test_hosted_models_are_asked_for_a_size_they_paint() -> None:
    assert picture_size("gpt-image-1", 1680, 600) == (1536, 1024)
    assert picture_size("dall-e-3", 780, 900) == (1024, 1024)
    assert picture_size("chatgpt-image-latest", 780, 1200) == (1024, 1536)
    assert picture_size("huichang-offline-image", 1680, 600) == (1680, 600)


# --- labels ----------------------------------------------------------------------------------------------------------


def test_every_answer_says_that_it_is_offline(server: Server) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "interpret_brief", "schema": strict_schema(BriefAnswer)}}
    asked = {"model": "x", "messages": [{"role": "user", "content": brief_prompt().user}], "response_format": form}
    _, headers, chat = server.post("/v1/chat/completions", asked)
    assert headers["x-huichang-offline"] == "1"
    assert chat["system_fingerprint"] == "huichang-offline"
    assert chat["model"].startswith("huichang-offline")
    assert chat["usage"]["total_tokens"] == chat["usage"]["prompt_tokens"] + chat["usage"]["completion_tokens"]
    _, headers, vectors = server.post("/v1/embeddings", {"input": "x"})
    assert headers["x-huichang-offline"] == "1"
    assert vectors["model"].startswith("huichang-offline")
    _, headers, _ = server.post("/v1/images/generations", {"prompt": "x", "size": "64x64"})
    assert headers["x-huichang-offline"] == "1"
    assert all(model["id"].startswith("huichang-offline") for model in server.get("/v1/models")["data"])


# --- faults ----------------------------------------------------------------------------------------------------------


def test_throttling_is_transient_and_says_how_long_to_wait(server: Server) -> None:
    server.faults(error_rate=1, statuses=[429], retry_after=7)
    with pytest.raises(TransientError) as caught:
        models(server).ask(*TASKS[0], context())
    assert caught.value.code == "throttled"
    assert 7 <= (caught.value.retry_after_seconds or 0) <= 7 * 1.25  # spread, so that not all come back in one moment


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors_are_transient_and_cost_nothing(server: Server, status: int) -> None:
    server.faults(error_rate=1, statuses=[status])
    book, calls = a_book(), MemoryCalls()
    with pytest.raises(TransientError):
        models(server, book=book, calls=calls).ask(*TASKS[0], context())
    assert not book.calls
    assert not calls.leases  # given back: the next try need not wait for it to run out


def test_a_hanging_model_is_a_timeout(server: Server) -> None:
    server.faults(hang_rate=1, hang_seconds=30)
    began = time.monotonic()
    with pytest.raises(TransientError, match="did not answer"):
        models(server, timeout=0.6).ask(*TASKS[0], context())
    assert time.monotonic() - began < 5


def test_no_server_at_all_is_transient() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = Server(int(probe.getsockname()[1]))
    with pytest.raises(TransientError):
        models(nowhere, timeout=2).embed_query("x", context())


def test_delays_are_kept_by_endpoint(server: Server) -> None:
    server.faults(delay={"chat": [0.4, 0.5]})
    began = time.monotonic()
    models(server).ask(*TASKS[0], context())
    assert time.monotonic() - began >= 0.4
    began = time.monotonic()
    models(server).embed_query("台灯", context())
    assert time.monotonic() - began < 0.4


@pytest.mark.parametrize("kind", ["malformed_rate", "invalid_rate"])
def test_an_unusable_answer_is_repaired_once_then_refused(server: Server, kind: str) -> None:
    server.faults(**{kind: 1})
    book = a_book()
    where = context()
    before = server.get("/_stats")["calls"].get("interpret_brief", 0)
    with pytest.raises(ModelRefusedError, match="interpret_brief"):
        models(server, book=book).ask(*TASKS[0], where)
    assert server.get("/_stats")["calls"]["interpret_brief"] - before == 2
    # Both were delivered and paid for; the second is marked as a repair.
    assert sorted(call.repaired for call in book.of_campaign(where.campaign_id)) == [False, True]


def test_a_repair_that_succeeds_is_an_answer(server: Server) -> None:
    where = context()
    for seed in range(60):  # the dice are seeded: look for one that spoils the first answer and not the second
        server.faults(malformed_rate=0.5, seed=seed)
        book = a_book()
        try:
            answer = models(server, book=book).ask(brief_prompt(f"台灯会场{seed}号"), BriefAnswer, where)
        except ModelRefusedError:
            continue
        if any(call.repaired for call in book.calls.values()):
            assert answer.subjects
            return
    pytest.fail("no seed gave a spoilt answer that was repaired")


def test_garbled_vectors_and_pictures_are_tried_again_later(server: Server) -> None:
    server.faults(malformed_rate=1)
    with pytest.raises(TransientError, match="garbled"):
        models(server).embed_query("x", context())
    with pytest.raises(TransientError, match="garbled"):
        models(server).paint("motif: moon", width=128, height=128, context=context())


def test_fail_first_fails_the_first_tries_of_each_call(server: Server) -> None:
    server.faults(fail_first=2, fail_first_status=503)
    seam, where = models(server), context()
    for _ in range(2):
        with pytest.raises(TransientError, match="503"):
            seam.ask(*TASKS[0], where)
    assert seam.ask(*TASKS[0], where).model_dump()["subjects"] == ("熊猫玩偶",)


def test_faults_can_be_kept_to_one_task(server: Server) -> None:
    server.faults(error_rate=1, statuses=[500], only=["plan_themes", "image"])
    seam, where = models(server), context()
    seam.ask(*TASKS[0], where)
    seam.embed_query("x", where)
    with pytest.raises(TransientError):
        seam.ask(PLAN, ThemePlanAnswer, where)
    with pytest.raises(TransientError):
        seam.paint("motif: moon", width=128, height=128, context=where)


def test_the_same_seed_gives_the_same_faults(server: Server) -> None:
    def run() -> list[bool]:
        server.faults(error_rate=0.5, statuses=[500], seed=11)
        outcome = []
        for number in range(12):
            status, _, _ = server.post("/v1/embeddings", {"input": f"x{number}"})
            outcome.append(status == 200)
        return outcome

    first = run()
    assert run() == first
    assert len(set(first)) == 2


# --- paid once -------------------------------------------------------------------------------------------------------


def billed(server: Server) -> int:
    return int(sum(server.get("/_stats")["billed"].values()))


def test_a_repeated_call_is_answered_from_the_log(server: Server) -> None:
    calls, book, where = MemoryCalls(), a_book(), context()
    first = models(server, calls=calls, book=book).ask(*TASKS[0], where)
    before = server.get("/_stats")["calls"]
    again = models(server, calls=calls, book=book).ask(*TASKS[0], where)
    assert again == first
    assert server.get("/_stats")["calls"] == before  # nobody was asked
    assert len(book.calls) == 1


def test_an_idempotency_key_is_replayed_and_not_billed(server: Server) -> None:
    where = context()
    first = models(server).ask(*TASKS[0], where)  # two logs: as if the first worker died before writing its own
    count = billed(server)
    again = models(server).ask(*TASKS[0], where)
    stats = server.get("/_stats")
    assert again == first
    assert billed(server) == count
    assert stats["replays"] >= 1
    assert stats["billed_twice"] == {}


def test_a_lost_answer_is_not_paid_twice(server: Server) -> None:
    """The model has worked, the connection breaks on the way back: the retry gets the same answer for nothing."""
    server.faults(lost_rate=1)
    where, calls = context(), MemoryCalls()
    with pytest.raises(TransientError):
        models(server, calls=calls).ask(*TASKS[0], where)
    count = billed(server)
    server.faults()
    models(server, calls=calls).ask(*TASKS[0], where)
    assert billed(server) == count


def test_pictures_and_vectors_are_replayed_too(server: Server) -> None:
    where = context()
    picture = models(server).paint("motif: moon", width=128, height=128, context=where)
    vector = models(server).embed_query("台灯", where)
    count = billed(server)
    assert models(server).paint("motif: moon", width=128, height=128, context=where) == picture
    assert models(server).embed_query("台灯", where) == vector
    assert billed(server) == count


def test_one_key_for_two_requests_is_refused(server: Server) -> None:
    key = {"Idempotency-Key": f"mine-{time.time_ns()}"}
    assert server.post("/v1/embeddings", {"input": "one"}, key)[0] == 200
    status, _, body = server.post("/v1/embeddings", {"input": "two"}, key)
    assert (status, body["error"]["code"]) == (400, "idempotency_mismatch")


def test_replay_survives_a_restart(tmp_path: Path) -> None:
    where = context()
    with started(tmp_path) as server:
        port_free_base = models(server)
        first = port_free_base.ask(*TASKS[0], where)
        form = {"type": "json_schema", "json_schema": {"name": "interpret_brief", "schema": strict_schema(BriefAnswer)}}
        asked = {"model": "x", "messages": [{"role": "user", "content": brief_prompt().user}], "response_format": form}
        _, headers, before = server.post("/v1/chat/completions", asked, {"Idempotency-Key": "kept"})
        assert "x-huichang-replayed" not in headers
    log = next(tmp_path.glob("*.jsonl"))
    with log.open("a", encoding="utf-8") as cut:
        cut.write('{"key": "torn", "se')  # a kill -9 in the middle of a line
    with started(tmp_path) as server:
        _, headers, after = server.post("/v1/chat/completions", asked, {"Idempotency-Key": "kept"})
        assert headers["x-huichang-replayed"] == "1"
        assert after == before
        assert server.get("/_stats")["billed"] == {}
        server.post("/v1/chat/completions", asked, {"Idempotency-Key": "later"})
    with started(tmp_path) as server:  # what came after the torn line was kept as well
        _, headers, _ = server.post("/v1/chat/completions", asked, {"Idempotency-Key": "later"})
        assert headers["x-huichang-replayed"] == "1"
    assert first.model_dump()["subjects"] == ("熊猫玩偶",)


def test_a_held_lease_is_not_waited_for(server: Server) -> None:
    calls, where = MemoryCalls(), context()
    seam = models(server, calls=calls)
    calls.claim = lambda key, lease_seconds: False  # type: ignore[method-assign]
    before = server.get("/_stats")["calls"]
    with pytest.raises(LeaseHeldError):
        seam.ask(*TASKS[0], where)
    assert server.get("/_stats")["calls"] == before


def test_a_lease_outlasts_the_call_and_is_given_back(server: Server) -> None:
    calls = MemoryCalls()
    asked: list[float] = []
    claim = calls.claim

    def watched(key: str, lease_seconds: float) -> bool:
        asked.append(lease_seconds)
        return claim(key, lease_seconds)

    calls.claim = watched  # type: ignore[method-assign]
    models(server, calls=calls, timeout=20).embed_query("台灯", context())
    assert asked[0] > 20
    assert not calls.leases


# --- the ledger ------------------------------------------------------------------------------------------------------


def test_the_ledger_holds_tokens_price_and_venue_of_a_call_once(server: Server) -> None:
    book, calls, where = a_book(), MemoryCalls(), context("v-7")
    seam = models(server, calls=calls, book=book)
    for _ in range(3):
        seam.ask(*TASKS[0], where)
    (call,) = book.of_venue(where.campaign_id, "v-7")
    assert call.purpose == "interpret_brief"
    assert call.input_tokens > 300
    assert call.output_tokens > 20
    expected = call.input_tokens * Decimal("0.4") / 1_000_000 + call.output_tokens * Decimal("1.6") / 1_000_000
    assert call.cost_usd == expected.quantize(Decimal("0.00000001"))
    assert call.cost_usd > 0
    assert call.offline is True
    assert date.fromisoformat(call.at[:10]) == FakeClock().now().date()
    assert total([call]) == LedgerTotals(calls=1, input_tokens=call.input_tokens, output_tokens=call.output_tokens, cost_usd=call.cost_usd)


def test_embeddings_are_priced_by_their_tokens(server: Server) -> None:
    book, where = a_book(), context()
    models(server, book=book).embed_passages(["一只熊猫" * 50], where)
    (call,) = book.calls.values()
    assert call.kind == "embedding"
    assert call.cost_usd == (call.input_tokens * Decimal("0.02") / 1_000_000).quantize(Decimal("0.00000001"))
    assert call.output_tokens == 0


def test_a_booking_that_failed_is_made_up_for_by_the_replay(server: Server) -> None:
    book, calls, where = a_book(), MemoryCalls(), context()
    book.fail = True
    with pytest.raises(TransientError):
        models(server, calls=calls, book=book).ask(*TASKS[0], where)
    book.fail = False
    count = billed(server)
    models(server, calls=calls, book=book).ask(*TASKS[0], where)
    assert billed(server) == count
    assert len(book.calls) == 1


def test_an_answer_that_could_not_be_kept_is_not_paid_twice(server: Server) -> None:
    book, calls, where = a_book(), MemoryCalls(), context()
    calls.fail_store = True
    with pytest.raises(TransientError):
        models(server, calls=calls, book=book).ask(*TASKS[0], where)
    assert not calls.leases
    calls.fail_store = False
    count = billed(server)
    models(server, calls=calls, book=book).ask(*TASKS[0], where)
    assert billed(server) == count


def test_campaigns_do_not_share_answers(server: Server) -> None:
    calls, book = MemoryCalls(), a_book()
    one, other = context(), context()
    for where in (one, other):
        models(server, calls=calls, book=book).ask(*TASKS[0], where)
    assert len(book.of_campaign(one.campaign_id)) == len(book.of_campaign(other.campaign_id)) == 1


# --- the schema that is sent -----------------------------------------------------------------------------------------

_ALLOWED = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs", "description",
}  # fmt: skip


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema object in a schema (property names and enum values are none)."""
    if not isinstance(schema, dict):
        return
    yield schema
    for inner in (*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", [])):
        yield from nodes(inner)
    if isinstance(schema.get("items"), dict):
        yield from nodes(schema["items"])


@pytest.mark.parametrize("answer", [answer for _, answer in TASKS], ids=lambda answer: answer.__name__)
def test_schemas_obey_openais_strict_subset(answer: type[BaseModel]) -> None:
    schema = strict_schema(answer)
    assert schema["type"] == "object"
    found = list(nodes(schema))
    for node in found:
        assert set(node) <= _ALLOWED, f"{set(node) - _ALLOWED} in {node}"
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert set(node["required"]) == set(node["properties"])
        if node.get("type") == "array":
            assert "items" in node
        assert node, "an empty schema allows anything, which strict mode does not know"
    assert len(found) > len(answer.model_fields)


def test_a_refusal_is_not_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    seam = models(server)
    answered: list[int] = []
    sdk = seam._sdk()
    create: Callable[..., Any] = sdk.chat.completions.with_raw_response.create

    class Refused:
        headers: dict[str, str] = {}
        content = json.dumps({"model": "m", "choices": [{"message": {"content": None, "refusal": "I cannot help"}}]}).encode()

    def refuse(**asked: Any) -> Any:
        assert asked["extra_headers"]["Idempotency-Key"]
        answered.append(1)
        return Refused()

    assert create is not None
    monkeypatch.setattr(sdk.chat.completions.with_raw_response, "create", refuse)
    with pytest.raises(ModelRefusedError, match="I cannot help"):
        seam.ask(*TASKS[0], context())
    assert answered == [1]


# --- Retry-After -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("Tue, 01 Sep 2026 08:00:30 GMT", 30.0),
        ("Tuesday, 01-Sep-26 08:00:30 GMT", 30.0),
        ("Tue, 01 Sep 2026 07:59:00 GMT", 0.0),
        ("Tue, 01 Sep 2026 10:00:30 +0200", 30.0),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Tue, 99 Sep 2026 08:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(said: str, seconds: float | None) -> None:
    assert retry_after(said, CLOCK.now()) == seconds


def test_what_a_provider_asks_to_wait_is_told_to_the_limiter_and_the_caller(server: Server) -> None:
    told: list[float | None] = []

    class Told(Unlimited):
        def throttled(self, grant: Any, seconds: float | None) -> None:
            told.append(seconds)

    server.faults(error_rate=1, statuses=[429], retry_after=33)
    book = a_book()
    with pytest.raises(ThrottledError) as refused:
        models(server, book=book, limiter=Told()).ask(*TASKS[0], context())
    assert told == [33.0]
    assert 33 <= refused.value.retry_after_seconds <= 33 * 1.25
    assert not book.held


def test_an_answer_may_be_as_long_as_was_reserved_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    seam = models(server)
    sent: list[dict[str, Any]] = []
    sdk = seam._sdk()
    create = sdk.chat.completions.with_raw_response.create
    monkeypatch.setattr(sdk.chat.completions.with_raw_response, "create", lambda **asked: sent.append(asked) or create(**asked))
    seam.ask(*TASKS[0], context())
    assert sent[0]["max_completion_tokens"] == PRICES.output_limit("interpret_brief")
