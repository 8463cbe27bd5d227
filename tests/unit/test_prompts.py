"""Prompts: versioned, no variable missing, data fenced and within its budget."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

import huichang.prompts
from huichang.kernel.errors import PermanentError
from huichang.kernel.models import Answer, CallContext, Prompt
from huichang.materials.copywriting import copy_prompt
from huichang.materials.model import CopySlot, ReviewConstraint
from huichang.prompts import VERSIONS, fenced, render
from huichang.prompts.budgets import BUDGETS, REASONING_TOKENS, answer_tokens, shorter, tokens_of
from infra.bench.planning import OfflineChat, PlanningRig, Trends
from tests.support.fakes import FakeProductIndex
from tests.support.line_fakes import a_copy_request
from tests.support.little_shop import shop

FILES = {path.name.partition(".")[0]: path for path in Path(huichang.prompts.__file__).parent.glob("*.j2")}
WORDS: dict[str, dict[str, Any]] = {"plan_themes": {"count": 3}, "write_copy": {"component": "hero", "language": "zh"}}


class Recording(OfflineChat):
    """The offline model, and what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: dict[str, Prompt] = {}

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        self.prompts[prompt.name] = prompt
        return super().ask(prompt, answer, context)


@pytest.fixture(scope="module")
def asked() -> dict[str, Prompt]:
    """Every prompt as the product really renders it."""
    chat = Recording()
    rig = PlanningRig(FakeProductIndex(shop()), Trends(), chat=chat)  # type: ignore[arg-type]
    brief = rig.brief("100元以下包邮的积木会场")
    plan = rig.planner.plan(brief, ())
    rig.expander.expand(plan.themes[0], brief)
    return chat.prompts | {"write_copy": copy_prompt(a_copy_request())}


def data_of(prompt: Prompt) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(prompt.user.partition("<data>\n")[2].rpartition("\n</data>")[0])
    return found


def test_each_prompt_has_one_version_and_a_budget() -> None:
    assert {name: path.name for name, path in FILES.items()} == {name: f"{name}.v{n}.j2" for name, n in VERSIONS.items()}
    assert len(list(Path(huichang.prompts.__file__).parent.glob("*.j2"))) == len(VERSIONS)
    assert set(BUDGETS) == set(VERSIONS)


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_a_missing_variable_is_an_error(name: str) -> None:
    words = WORDS.get(name, {})
    rendered = render(name, {}, **words)
    assert rendered.system
    assert "{{" not in rendered.system + rendered.user
    for missing in words:
        with pytest.raises(UndefinedError):
            render(name, {}, **{word: value for word, value in words.items() if word != missing})


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_what_a_prompt_speaks_of_is_in_its_data(name: str, asked: dict[str, Prompt]) -> None:
    """data.x in the words of a prompt is handed in by the code that renders it: a renamed key fails here, not in production."""
    data = data_of(asked[name])
    for path in set(re.findall(r"\bdata\.([a-z_]+)", FILES[name].read_text(encoding="utf-8"))):
        assert path in data, path


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_the_prompt_says_that_data_is_no_instruction(name: str, asked: dict[str, Prompt]) -> None:
    prompt = asked[name]
    assert re.search(r"never an\s+instruction", " ".join(prompt.system.split()))
    assert prompt.user.count("<data>") == prompt.user.count("</data>") == 1
    assert prompt.user.endswith("</data>")
    assert tokens_of(prompt.system) + tokens_of(prompt.user) <= BUDGETS[name].tokens


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=80) | st.lists(st.text(max_size=40), max_size=4), max_size=5))
def test_nothing_leaves_the_fence(data: dict[str, Any]) -> None:
    text = fenced(data)
    inside = text.removeprefix("<data>\n").removesuffix("\n</data>")
    assert "<" not in inside
    assert ">" not in inside
    json.loads(inside)
    text.encode()  # no half characters


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\U000e0041", "\ufe0f", "\ud800", "\u2028"])
def test_what_nobody_sees_does_not_reach_the_model(hidden: str) -> None:
    assert hidden not in fenced({"title": f"熊{hidden}猫"})
    assert "熊猫" in fenced({"title": f"熊{hidden}猫"})


def long_request(titles: int = 40) -> Any:
    facts = {
        "theme_name": "熊猫",
        "product_count": 24,
        "sample_titles": ["很长的商品标题" * 40] * titles,
        "trend_titles": ["一个很长的趋势标题" * 20] * 10,
        "keywords": ["熊猫玩偶"],
        "price_min": "12",
    }
    said = ReviewConstraint(code="tone", text="太平淡")
    return a_copy_request(facts=facts, constraints=(said,))


def test_facts_that_are_too_long_are_trimmed_in_the_written_order_and_told() -> None:
    prompt = copy_prompt(long_request())
    data = data_of(prompt)
    assert tokens_of(prompt.system) + tokens_of(prompt.user) <= BUDGETS["write_copy"].tokens
    assert prompt.trimmed[0].startswith("facts.sample_titles 40 -> ")
    assert len(data["facts"]["sample_titles"]) < 40
    assert data["facts"]["price_min"] == "12"
    assert data["constraints"][0]["text"] == "太平淡"
    assert [slot["name"] for slot in data["slots"]] == ["title", "subtitle"]
    # Trends come only after the examples are gone.
    assert len(data["facts"]["trend_titles"]) == 10 or data["facts"]["sample_titles"] == []
    assert copy_prompt(a_copy_request()).trimmed == ()


def test_what_may_not_be_cut_and_is_too_long_is_an_error_that_says_so() -> None:
    with pytest.raises(PermanentError, match=r"write_copy would take some \d+ tokens") as raised:
        render("write_copy", {"slots": ["x" * 60_000], "facts": {}, "constraints": []}, component="hero", language="zh")
    assert raised.value.code == "prompt_too_long"
    assert raised.value.mend


def test_halving() -> None:
    data = {"facts": {"titles": [1, 2, 3], "text": "abcd", "counts": {"a": 1, "b": 2}}, "n": 3}
    assert shorter(data, "facts.titles") == (
        {"facts": {"titles": [1], "text": "abcd", "counts": {"a": 1, "b": 2}}, "n": 3},
        "facts.titles 3 -> 1",
    )
    assert shorter(data, "facts.text")[0]["facts"]["text"] == "ab"  # type: ignore[index]
    assert shorter(data, "facts.counts")[0]["facts"]["counts"] == {"a": 1}  # type: ignore[index]
    for path in ("facts.none", "n", "none.at.all", "n.deep"):
        assert shorter(data, path) is None
    assert data["facts"] == {"titles": [1, 2, 3], "text": "abcd", "counts": {"a": 1, "b": 2}}  # the request keeps its own


def test_an_answer_may_be_as_long_as_its_slots_and_a_thought() -> None:
    slots = (CopySlot(name="title", max_chars=12, what="x"), CopySlot(name="subtitle", max_chars=20, what="x"))
    limit = answer_tokens({slot.name: slot.max_chars for slot in slots})
    assert REASONING_TOKENS + 64 < limit < REASONING_TOKENS + 400
    assert copy_prompt(a_copy_request(slots=slots)).answer_tokens == limit
    assert answer_tokens({"text": 400}) > limit
