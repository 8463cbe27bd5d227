"""OpenAIModels against the real local server: paid once, booked, repaired once, and every fault in one of our two errors."""

from __future__ import annotations

import base64
import io
import itertools
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import jsonschema  # type: ignore[import-untyped]
import pytest
from PIL import Image
from pydantic import BaseModel

from huichang.adapters.openai_models import EMBED_BATCH, ModelPrices, OpenAIModels, check_picture, picture_size, strict_schema
from huichang.kernel.errors import LeaseHeldError, ModelRefusedError, PermanentError, TransientError
from huichang.kernel.models import CallContext, Prompt
from huichang.ledger.model import ModelCall, total
from huichang.materials.model import CopyAnswer
from huichang.prompts import render
from huichang.selection.model import RuleAnswer
from huichang.themes.model import BriefAnswer, ExpansionAnswer, ThemePlanAnswer
from tests.support.model_server import ModelServerProcess, running

INDUSTRIES = [
    {"code": "toys", "zh": "玩具", "en": "Toys", "words": ["玩偶", "plush"]},
    {"code": "womenswear", "zh": "女装", "en": "Womenswear", "words": ["女装", "dress"]},
]
COUNTER = itertools.count(1)


class MemoryCalls:
    """CallLog in a dictionary, with leases that a test can hold."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.leases: set[str] = set()
        self.lock = threading.Lock()

    def claim(self, key: str, lease_seconds: float) -> bool:
        assert lease_seconds > 0
        with self.lock:
            if key in self.leases:
                return False
            self.leases.add(key)
            return True

    def answer(self, key: str) -> bytes | None:
        return self.answers.get(key)

    def store(self, key: str, body: bytes) -> None:
        self.answers[key] = body
        self.release(key)

    def release(self, key: str) -> None:
        self.leases.discard(key)


class MemoryLedger:
    """Books each call once."""

    def __init__(self) -> None:
        self.calls: dict[str, ModelCall] = {}
        self.away = False

    def book(self, call: ModelCall) -> bool:
        if self.away:
            raise TransientError("the table is away")
        return self.calls.setdefault(call.call_key, call) is call

    def of_venue(self, campaign_id: str, venue_id: str) -> list[ModelCall]:
        return [c for c in self.calls.values() if (c.campaign_id, c.venue_id) == (campaign_id, venue_id)]

    def of_campaign(self, campaign_id: str) -> list[ModelCall]:
        return [call for call in self.calls.values() if call.campaign_id == campaign_id]


class FixedClock:
    """Always the same second."""

    def now(self) -> datetime:
        return datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


class Rig:
    """The adapter with what it stands on."""

    def __init__(self, url: str, **changes: Any) -> None:
        # A campaign of its own, so that no test finds what another one asked.
        self.context = CallContext(campaign_id=f"c-{next(COUNTER)}", venue_id="v-1", purpose="testing")
        self.calls = MemoryCalls()
        self.ledger = MemoryLedger()
        settings: dict[str, Any] = {
            "base_url": url,
            "api_key": "none",
            "chat_model": "huichang-offline-chat",
            "embedding_model": "huichang-offline-embedding",
            "image_model": "huichang-offline-image",
            "prices": ModelPrices(
                chat_input_per_million=Decimal("0.4"),
                chat_output_per_million=Decimal("1.6"),
                embedding_per_million=Decimal("0.02"),
                image=Decimal("0.04"),
            ),
            "query_prefix": "query: ",
            "passage_prefix": "passage: ",
            "timeout": 20.0,
        } | changes
        self.models = OpenAIModels(**settings, call_log=self.calls, ledger=self.ledger, clock=FixedClock())

    @property
    def booked(self) -> list[ModelCall]:
        return list(self.ledger.calls.values())


def brief_prompt(sentence: str = "帮我生成一个熊猫玩偶会场") -> Prompt:
    return render("interpret_brief", {"sentence": sentence, "industries": INDUSTRIES, "industry_hint": None})


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServerProcess]:
    with running() as process:
        yield process


@pytest.fixture
def rig(server: ModelServerProcess) -> Iterator[Rig]:
    server.stats("?reset=1")
    yield Rig(server.url + "/v1")
    server.faults()


# --- the schema sent --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [BriefAnswer, ThemePlanAnswer, ExpansionAnswer, RuleAnswer, CopyAnswer])
def test_schemas_stay_within_strict_mode(answer: type[BaseModel]) -> None:
    schema = strict_schema(answer)
    jsonschema.Draft202012Validator.check_schema(schema)
    allowed = {
        "type", "properties", "required", "additionalProperties", "$defs", "$ref", "anyOf", "enum", "const", "items", "description",
    }  # fmt: skip

    def walk(node: Any) -> int:
        objects = 0
        if isinstance(node, list):
            return sum(walk(item) for item in node)
        if not isinstance(node, dict):
            return 0
        assert set(node) <= allowed, set(node) - allowed
        if node.get("type") == "object":
            objects += 1
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        parts = [*node.get("properties", {}).values(), *node.get("$defs", {}).values(), node.get("items"), node.get("anyOf")]
        return objects + sum(walk(part) for part in parts)

    assert walk(schema) >= 1
    assert list(schema["properties"]) == list(answer.model_fields)


def test_a_field_named_like_a_keyword_survives() -> None:
    class Odd(BaseModel):
        title: str
        default: int

    assert list(strict_schema(Odd)["properties"]) == ["title", "default"]


# --- chat -------------------------------------------------------------------------------------------------------------


def test_an_answer_is_validated_booked_and_paid_once(rig: Rig, server: ModelServerProcess) -> None:
    first = rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    again = rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert first == again
    assert first.subjects[0] == "熊猫玩偶"
    assert first.industries == ("toys",)
    assert server.stats()["calls"] == {"interpret_brief": 1}
    (call,) = rig.booked
    assert (call.kind, call.purpose, call.offline, call.repaired) == ("chat", "testing", True, False)
    assert call.model == "huichang-offline-chat"
    assert call.input_tokens > 100
    assert call.output_tokens > 20
    expected = (Decimal(call.input_tokens) * Decimal("0.4") + Decimal(call.output_tokens) * Decimal("1.6")) / 1_000_000
    assert call.cost_usd == expected
    assert call.seconds >= 0
    assert total(rig.booked).calls == 1


def test_another_campaign_pays_for_itself(rig: Rig) -> None:
    rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    rig.models.ask(brief_prompt(), BriefAnswer, CallContext(campaign_id="c-2nd"))
    assert {call.campaign_id for call in rig.booked} == {rig.context.campaign_id, "c-2nd"}


def test_a_lease_of_another_worker_is_respected(rig: Rig, server: ModelServerProcess) -> None:
    rig.calls.claim = lambda key, lease_seconds: False  # type: ignore[method-assign]
    with pytest.raises(LeaseHeldError):
        rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert server.stats()["calls"] == {}


def test_an_answer_stored_between_look_and_claim_is_found(rig: Rig, server: ModelServerProcess) -> None:
    rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    stored = dict(rig.calls.answers)
    rig.calls.answers.clear()
    claim = rig.calls.claim

    def claimed_late(key: str, lease_seconds: float) -> bool:
        rig.calls.answers.update(stored)  # the other worker is done, and has given its lease back
        return claim(key, lease_seconds)

    rig.calls.claim = claimed_late  # type: ignore[method-assign]
    rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert server.stats()["calls"] == {"interpret_brief": 1}
    assert not rig.calls.leases


def test_eight_workers_at_once_pay_once(rig: Rig, server: ModelServerProcess) -> None:
    server.faults(delay={"chat": [0.2, 0.3]})

    def ask(_: int) -> str:
        try:
            return rig.models.ask(brief_prompt("a venue for plush toys"), BriefAnswer, rig.context).idea
        except LeaseHeldError:
            return "held"

    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(ask, range(8)))
    assert "held" in ended
    assert len(set(ended) - {"held"}) == 1
    assert server.stats()["billed"] == {"interpret_brief": 1}


def test_booking_that_failed_is_made_up_for_by_the_replay(rig: Rig, server: ModelServerProcess) -> None:
    rig.ledger.away = True
    with pytest.raises(TransientError, match="table is away"):
        rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert not rig.calls.leases
    rig.ledger.away = False
    rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert len(rig.booked) == 1
    assert server.stats()["calls"] == {"interpret_brief": 1}


def test_a_worker_killed_before_it_could_write_the_answer_down_pays_nothing_more(rig: Rig, server: ModelServerProcess) -> None:
    rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    rig.calls.answers.clear()  # the answer never reached the log; the provider knows the Idempotency-Key
    rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    stats = server.stats()
    assert stats["replays"] == 1
    assert stats["billed"] == {"interpret_brief": 1}
    assert len(rig.booked) == 1


# --- faults -----------------------------------------------------------------------------------------------------------


def test_throttling_is_transient_and_keeps_what_was_asked(rig: Rig, server: ModelServerProcess) -> None:
    server.faults(error_rate=1, statuses=[429], retry_after=7)
    with pytest.raises(TransientError, match="throttles, retry after 7 s") as caught:
        rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert caught.value.retry_after_seconds == 7
    assert not rig.calls.leases
    assert rig.booked == []
    server.faults()
    assert rig.models.ask(brief_prompt(), BriefAnswer, rig.context).language == "zh"


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_server_errors_are_transient(rig: Rig, server: ModelServerProcess, status: int) -> None:
    server.faults(error_rate=1, statuses=[status])
    with pytest.raises(TransientError, match=str(status)):
        rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert not rig.calls.leases


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_refused_calls_are_permanent(rig: Rig, server: ModelServerProcess, status: int) -> None:
    server.faults(error_rate=1, statuses=[status])
    with pytest.raises(PermanentError, match=str(status)) as caught:
        rig.models.embed_query("panda", rig.context)
    assert "MODEL_BASE_URL" in caught.value.mend
    assert not rig.calls.leases


def test_the_first_tries_fail_and_the_next_succeeds(rig: Rig, server: ModelServerProcess) -> None:
    server.faults(fail_first=2)
    for _ in range(2):
        with pytest.raises(TransientError):
            rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert server.stats()["billed"] == {"interpret_brief": 1}
    assert len(rig.booked) == 1


def test_a_hanging_model_is_left_in_time(server: ModelServerProcess) -> None:
    rig = Rig(server.url + "/v1", timeout=0.6)
    server.faults(hang_rate=1, hang_seconds=30)
    try:
        with pytest.raises(TransientError, match="did not answer"):
            rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    finally:
        server.faults()
    assert not rig.calls.leases


def test_nobody_listening_is_transient() -> None:
    rig = Rig("http://127.0.0.1:9/v1", timeout=2.0)
    with pytest.raises(TransientError, match="did not answer"):
        rig.models.embed_passages(["panda"], rig.context)
    assert not rig.calls.leases


def test_an_answer_lost_on_the_way_back_is_not_paid_twice(rig: Rig, server: ModelServerProcess) -> None:
    server.faults(lost_rate=1)
    with pytest.raises(TransientError):
        rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    rig.models.ask(brief_prompt(), BriefAnswer, rig.context)  # still set to lose: the replay comes through
    stats = server.stats()
    assert stats["billed"] == {"interpret_brief": 1}
    assert stats["billed_twice"] == {}


@pytest.mark.parametrize("fault", ["malformed_rate", "invalid_rate"])
def test_a_spoilt_answer_is_repaired_at_most_once(rig: Rig, server: ModelServerProcess, fault: str) -> None:
    server.faults(**{fault: 1})
    with pytest.raises(ModelRefusedError, match="interpret_brief"):
        rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert [call.repaired for call in rig.booked] == [False, True]
    assert server.stats()["billed"] == {"interpret_brief": 2}
    # The same call again costs nothing: both answers are known to be unusable.
    with pytest.raises(ModelRefusedError):
        rig.models.ask(brief_prompt(), BriefAnswer, rig.context)
    assert server.stats()["billed"] == {"interpret_brief": 2}


def test_a_repair_gets_through(rig: Rig, server: ModelServerProcess) -> None:
    # Seed chosen by trying: the first call is spoilt, its repair is not.
    for seed in range(40):
        server.faults(invalid_rate=0.5, seed=seed)
        answer = None
        try:
            answer = rig.models.ask(brief_prompt(f"panda plush toys, number {seed} of many"), BriefAnswer, rig.context)
        except ModelRefusedError:
            continue
        if any(call.repaired for call in rig.booked) and answer is not None:
            break
    else:
        pytest.fail("no seed spoilt a first answer only")
    assert answer.language == "en"
    assert answer.industries == ("toys",)


@pytest.mark.parametrize("fault", ["malformed_rate", "invalid_rate"])
def test_garbled_vectors_are_transient(rig: Rig, server: ModelServerProcess, fault: str) -> None:
    server.faults(**{fault: 1})
    with pytest.raises(TransientError, match="garbled"):
        rig.models.embed_query("panda", rig.context)
    server.faults()
    assert len(rig.models.embed_query("panda", rig.context)) == 384


# --- embeddings -------------------------------------------------------------------------------------------------------


def test_vectors_come_in_order_with_unit_length_and_find_what_is_meant(rig: Rig) -> None:
    texts = ["熊猫公仔毛绒玩具", "stainless steel frying pan", "women's floral summer dress"]
    vectors = rig.models.embed_passages(texts, rig.context)
    assert [len(vector) for vector in vectors] == [384] * 3
    for vector in vectors:
        assert sum(value * value for value in vector) == pytest.approx(1, abs=1e-5)
    for place, query in enumerate(("panda plush toy", "cookware for frying", "夏季碎花连衣裙女装")):
        asked = rig.models.embed_query(query, rig.context)
        near = [sum(a * b for a, b in zip(asked, vector, strict=True)) for vector in vectors]
        assert near.index(max(near)) == place
    assert rig.models.embed_passages(texts, rig.context) == vectors
    assert [call.kind for call in rig.booked] == ["embedding"] * 4
    assert all(call.offline and call.cost_usd > 0 for call in rig.booked)


def test_batches_have_one_key_each(rig: Rig, server: ModelServerProcess) -> None:
    texts = [f"mug number {number % 9}" for number in range(70)]
    vectors = rig.models.embed_passages(texts, rig.context)
    assert len(vectors) == 70
    assert vectors[0] == vectors[63] == vectors[9]
    batches = -(-70 // EMBED_BATCH)
    assert len(rig.booked) == batches
    assert rig.models.embed_passages(texts, rig.context) == vectors
    assert server.stats()["calls"] == {"embedding": batches}
    assert rig.models.embed_passages([], rig.context) == []


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_is_painted_once(rig: Rig, server: ModelServerProcess) -> None:
    prompt = "motif: panda; palette: #24573a,#f4d774; mood: warm"
    data = rig.models.paint(prompt, width=384, height=160, context=rig.context)
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (384, 160))
    assert rig.models.paint(prompt, width=384, height=160, context=rig.context) == data
    assert server.stats()["calls"] == {"image": 1}
    (call,) = rig.booked
    assert (call.kind, call.images, call.cost_usd, call.offline) == ("image", 1, Decimal("0.04"), True)


def _png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(out, "PNG")
    return out.getvalue()


def test_pictures_are_proved_before_anybody_opens_them() -> None:
    check_picture(_png(200, 100))
    jpeg = io.BytesIO()
    Image.new("RGB", (200, 100)).save(jpeg, "JPEG")
    check_picture(jpeg.getvalue())
    for bad in (
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
        _png(200, 100)[:-40],
        _png(8, 8),
        b"RIFF\x10\0\0\0WAVEfmt ",
        _png(200, 100) + b"\0" * 15_000_001,
    ):
        with pytest.raises(ModelRefusedError):
            check_picture(bad)


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("huichang-offline-image", (1680, 600)),
        ("gpt-image-1", (1536, 1024)),
        ("chatgpt-image-latest", (1536, 1024)),
        ("dall-e-3", (1792, 1024)),
        ("dall-e-2", (1024, 1024)),
    ],
)
def test_hosted_painters_are_asked_for_sizes_they_have(model: str, size: tuple[int, int]) -> None:
    assert picture_size(model, 1680, 600) == size


# --- a hosted endpoint that is not ours --------------------------------------------------------------------------------


class _Hosted(BaseHTTPRequestHandler):
    """Answers with whatever the test says, and keeps what it was sent."""

    body: ClassVar[bytes] = b""
    status: ClassVar[int] = 200
    seen: ClassVar[list[tuple[dict[str, str], Any]]] = []

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.seen.append(({name.lower(): value for name, value in self.headers.items()}, sent))
        self.send_response(self.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: Any) -> None:
        """Nothing on stderr."""


@pytest.fixture
def hosted() -> Iterator[Rig]:
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _Hosted)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    _Hosted.seen.clear()
    _Hosted.status = 200
    yield Rig(
        f"http://127.0.0.1:{listener.server_port}/v1", chat_model="real-chat", embedding_model="real-embed", image_model="gpt-image-1"
    )
    listener.shutdown()
    listener.server_close()


def _chat(content: str | None, **message: Any) -> bytes:
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "model": "real-chat-2026",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content} | message}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16},
        }
    ).encode()


BRIEF = {
    "language": "en", "idea": "mugs", "industries": [], "subjects": ["mugs"], "constraints": [], "audience": "", "tone": "", "venues": None,
}  # fmt: skip


def test_what_goes_out_is_strict_and_carries_its_key(hosted: Rig) -> None:
    _Hosted.body = _chat(json.dumps(BRIEF))
    assert hosted.models.ask(brief_prompt(), BriefAnswer, hosted.context).idea == "mugs"
    headers, sent = _Hosted.seen[0]
    assert headers["idempotency-key"] == next(iter(hosted.ledger.calls))
    form = sent["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["name"] == "interpret_brief"
    assert form["json_schema"]["strict"] is True
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    (call,) = hosted.booked
    assert (call.model, call.offline, call.input_tokens, call.output_tokens) == ("real-chat-2026", False, 11, 5)


def test_the_repair_says_what_was_wrong(hosted: Rig) -> None:
    _Hosted.body = _chat(json.dumps(BRIEF | {"venues": "many"}))
    with pytest.raises(ModelRefusedError, match="venues"):
        hosted.models.ask(brief_prompt(), BriefAnswer, hosted.context)
    assert len(_Hosted.seen) == 2
    repair = _Hosted.seen[1][1]["messages"][-1]["content"]
    assert "venues" in repair
    assert "does not fit the schema" in repair


def test_a_declining_model_is_not_asked_again(hosted: Rig) -> None:
    _Hosted.body = _chat(None, refusal="I cannot help with that")
    with pytest.raises(ModelRefusedError, match="cannot help"):
        hosted.models.ask(brief_prompt(), BriefAnswer, hosted.context)
    assert len(_Hosted.seen) == 1
    assert len(hosted.booked) == 1


@pytest.mark.parametrize("body", [b"<html>gateway</html>", b"{}", b"[]", b'{"choices": [{}]}', b'{"choices": null}'])
def test_a_foreign_body_under_status_200_is_transient(hosted: Rig, body: bytes) -> None:
    _Hosted.body = body
    with pytest.raises(TransientError, match="garbled"):
        hosted.models.ask(brief_prompt(), BriefAnswer, hosted.context)
    assert not hosted.calls.leases
    assert not hosted.calls.answers


def test_an_empty_account_is_permanent(hosted: Rig) -> None:
    _Hosted.status = 429
    _Hosted.body = json.dumps({"error": {"message": "You exceeded your quota", "code": "insufficient_quota", "type": "x"}}).encode()
    with pytest.raises(PermanentError, match="no credit"):
        hosted.models.ask(brief_prompt(), BriefAnswer, hosted.context)


@pytest.mark.parametrize(
    "data",
    [
        [],
        [{"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0, 0.0]}, {"index": 1, "embedding": [1.0]}],
        [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}],
        [{"index": 0, "embedding": [0.0, 0.0]}, {"index": 1, "embedding": [1.0, 0.0]}],
    ],
)
def test_vectors_that_cannot_be_used_are_refused(hosted: Rig, data: list[dict[str, Any]]) -> None:
    _Hosted.body = json.dumps({"model": "real-embed", "data": data, "usage": {"prompt_tokens": 3}}).encode()
    with pytest.raises(ModelRefusedError):
        hosted.models.embed_passages(["a", "b"], hosted.context)
    assert not hosted.calls.leases


def test_vectors_in_any_order_and_packing(hosted: Rig) -> None:
    import struct

    packed = base64.b64encode(struct.pack("<2f", 0.0, 2.0)).decode()
    _Hosted.body = json.dumps(
        {"model": "real-embed", "data": [{"index": 1, "embedding": packed}, {"index": 0, "embedding": [3.0, 4.0]}]}
    ).encode()
    first, second = hosted.models.embed_passages(["a", "b"], hosted.context)
    assert first == pytest.approx([0.6, 0.8])
    assert second == pytest.approx([0.0, 1.0])


def test_a_link_instead_of_a_picture_is_refused(hosted: Rig) -> None:
    _Hosted.body = json.dumps({"created": 1, "data": [{"url": "http://example.test/a.png"}]}).encode()
    with pytest.raises(ModelRefusedError, match="no usable picture") as caught:
        hosted.models.paint("bamboo", width=1680, height=600, context=hosted.context)
    assert "b64_json" in caught.value.mend
    sent = _Hosted.seen[0][1]
    assert sent["size"] == "1536x1024"
    assert "response_format" not in sent
