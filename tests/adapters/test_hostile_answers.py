"""Two hundred and more hostile answers through the real adapter and write_copy: sound copy, plain copy that says why, or the right error."""

from __future__ import annotations

import tracemalloc
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from huichang.adapters.model_transport import MAX_CHAT_BYTES
from huichang.adapters.openai_models import OpenAIModels
from huichang.adapters.paid_calls import PaidCalls
from huichang.catalog.industries import load_industries
from huichang.kernel.errors import HuichangError, ModelRefusedError, PermanentError, TransientError
from huichang.kernel.models import CallContext
from huichang.ledger.prices import free
from huichang.materials.claims import Facts, ungrounded
from huichang.materials.copy_checks import complaints_about
from huichang.materials.copywriting import write_copy
from huichang.materials.model import CopyAnswer, MaterialRequest
from huichang.prompts import render
from huichang.quotas.model import Unlimited
from huichang.themes.expanding import Expander
from huichang.themes.interpreting import Interpreter
from huichang.themes.model import CampaignBrief, CampaignRequest, Theme
from tests.support.fakes import FakeClock, FakeProductIndex
from tests.support.hostile_server import GOOD, HostileServer, cases, hostile_server
from tests.support.line_fakes import a_copy_request
from tests.support.little_shop import shop
from tests.support.memory_calls import MemoryCalls
from tests.support.memory_ledger import MemoryLedger

ALL = cases()
CLOCK = FakeClock()
FACTS: dict[str, Any] = {
    "theme_name": "熊猫玩偶",
    "language": "zh",
    "keywords": ["熊猫玩偶", "毛绒公仔"],
    "product_count": 24,
    "merchants": 9,
    "price_min": "12.00",
    "price_max": "128.00",
    "currency": "CNY",
    "benefits": [{"code": "free_shipping", "share": 0.5, "count": 12}],
    "measures": {"ship_within_hours": {"known": 24, "min": 24, "max": 72}, "listed_days": {"known": 24, "min": 3, "max": 400}},
}
MOST_CALLS = 4
ENDS = {"transient": TransientError, "permanent": PermanentError}


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


@pytest.fixture(scope="module")
def ledger() -> MemoryLedger:
    return MemoryLedger(CLOCK)


@pytest.fixture(scope="module")
def models(server: HostileServer, ledger: MemoryLedger) -> OpenAIModels:
    paid = PaidCalls(
        call_log=MemoryCalls(), ledger=ledger, limiter=Unlimited(), priorities=Unlimited(), prices=free(), clock=CLOCK, timeout=20
    )
    return OpenAIModels(
        base_url=server.url, api_key="k", chat_model="m", embedding_model="m", image_model="m", query_prefix="", passage_prefix="",
        timeout=20, calls=paid, clock=CLOCK,
    )  # fmt: skip


def request(name: str) -> MaterialRequest:
    """Of a campaign of its own: no case finds another's answer."""
    return a_copy_request(facts=FACTS, campaign_id=f"x-{name}")


def assert_harmless(texts: dict[str, str]) -> None:
    for text in texts.values():
        assert len(text) <= 20
        assert not any(mark in text for mark in "<>{}`\\")
        assert not any(unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Cn") for character in text)
        assert ungrounded(text, Facts.of(FACTS)) == ()


def test_there_are_two_hundred_and_each_is_another() -> None:
    assert len(ALL) >= 200
    assert max(Counter(case["name"] for case in ALL).values()) == 1


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case['group']}-{case['name']}")
def test_copy(case: dict[str, Any], server: HostileServer, models: OpenAIModels) -> None:
    server.case, server.calls = case, 0
    asked = request(case["name"])
    end = case.get("end", "fallback")
    if end in ENDS:
        with pytest.raises(ENDS[end]) as raised:
            write_copy(asked, models)
        assert raised.value.message
        assert len(raised.value.message) < 1000
    else:
        result = write_copy(asked, models)
        assert_harmless(result.texts)
        assert set(result.texts) <= {"title", "subtitle", "gossip"}
        assert result.fallback is (end == "fallback")
        assert bool(result.note) is (end == "fallback")
        shown = {slot: text for slot, text in result.texts.items() if slot in GOOD and text}
        assert not {slot: why for slot, why in complaints_about(asked, shown).items() if slot in shown}
        assert result.texts["title"]
    assert 1 <= server.calls <= case.get("calls", MOST_CALLS)


@pytest.mark.parametrize("group", ["shape", "broken_json", "messages", "bodies", "huge"])
def test_the_same_answers_to_another_prompt(group: str, server: HostileServer, models: OpenAIModels) -> None:
    """interpret_brief: a brief in its schema, or an error of ours; and no more than one repair."""
    interpreter = Interpreter(models, load_industries(), CLOCK)
    told: Counter[str] = Counter()
    for case in (case for case in ALL if case["group"] == group):
        server.case, server.calls = case, 0
        try:
            brief = interpreter.interpret(CampaignRequest(sentence="帮我生成一个熊猫玩偶会场"), f"y-{case['name']}")
        except HuichangError as error:
            told[type(error).__name__] += bool(error.message)
        else:
            told["brief"] += 1
            assert brief.subjects
        assert 1 <= server.calls <= 2
    assert told.total() == sum(case["group"] == group for case in ALL)


@pytest.mark.parametrize("group", ["shape", "broken_json", "messages"])
def test_and_to_a_third(group: str, server: HostileServer, models: OpenAIModels) -> None:
    """expand_theme: the theme's own keywords and nothing that the catalogue does not have, or an error of ours."""
    expander = Expander(models, FakeProductIndex(shop()))
    theme = Theme(name="积木", keywords=("积木",))
    for case in (case for case in ALL if case["group"] == group):
        server.case, server.calls = case, 0
        brief = CampaignBrief(
            campaign_id=f"w-{case['name']}",
            sentence="积木会场",
            language="zh",
            idea="积木",
            industries=("toys",),
            subjects=("积木",),
            constraints=(),
        )
        try:
            found = expander.expand(theme, brief)
        except HuichangError as error:
            assert isinstance(error, ModelRefusedError | TransientError)  # noqa: PT017 - one of two ends
        else:
            assert found.words_zh[0] == "积木"
        assert 1 <= server.calls <= 2


def test_what_is_endless_is_not_taken_into_memory(server: HostileServer, models: OpenAIModels) -> None:
    prompt = render("write_copy", {"slots": [], "facts": {}, "constraints": []}, component="hero", language="zh")
    for name in ("endless", "gzip_bomb", "declared_huge"):
        server.case, server.sent = {"program": name}, 0
        tracemalloc.start()
        try:
            with pytest.raises(ModelRefusedError, match="longer than"):
                models.ask(prompt, CopyAnswer, CallContext(campaign_id=f"z-{name}"))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 6 * MAX_CHAT_BYTES
        assert server.sent < 16 * MAX_CHAT_BYTES  # what lies in the buffers between us


def test_an_unusable_answer_is_booked_as_unclear_and_holds_no_money(
    server: HostileServer, models: OpenAIModels, ledger: MemoryLedger
) -> None:
    server.case = {"program": "endless"}
    write_copy(request("unclear"), models)
    assert not [held for held, _ in ledger.held.values() if held.campaign_id == "x-unclear"]
    server.case = {"status": 500, "body": "boom"}
    with pytest.raises(TransientError):
        write_copy(request("held"), models)  # nobody knows whether this one was billed
    assert [held.campaign_id for held, _ in ledger.held.values() if held.campaign_id == "x-held"]


def test_answers_are_asked_for_as_long_as_their_slots_need(server: HostileServer, models: OpenAIModels) -> None:
    server.case = {"texts": GOOD}
    server.requests.clear()
    assert write_copy(request("short"), models).texts == GOOD
    (sent,) = server.requests
    assert 4096 < sent["max_completion_tokens"] < 4096 + 400
    assert sent["response_format"]["json_schema"]["strict"] is True
