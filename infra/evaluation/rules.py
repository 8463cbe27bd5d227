"""`huichang eval rules`: from briefs to thresholds, measured on labelled briefs over any products.

What runs is production's RuleWriter: its prompt, its checks, its percentiles, its conflicts. The conditions that count are
those before anything is settled or relaxed: what the brief asks for, not what a thin catalogue leaves of it.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from huichang.catalog.indicators import INDICATORS
from huichang.kernel.clock import SystemClock
from huichang.kernel.errors import InvalidInputError, ModelRefusedError
from huichang.kernel.models import CallContext, ChatModel, Prompt
from huichang.ledger.model import ModelCall, Reservation
from huichang.selection.conditions import attribute_term, with_conditions
from huichang.selection.index import ProductIndex
from huichang.selection.model import Condition, RuleAnswer
from huichang.selection.rules import Asked, RuleWriter
from huichang.selection.words import fold
from huichang.themes.model import CampaignBrief
from infra.evaluation.rules_files import EvalBrief, EvalIndex, read_briefs, read_products
from infra.local.models import rules as built_in
from infra.local.models.embeddings import Embedder

Answer = TypeVar("Answer", bound=BaseModel)
_FENCE = re.compile(r"<data>\n(.*?)\n</data>", re.DOTALL)
_SAME = 1e-6


class BuiltIn:
    """The built-in grammar as a ChatModel: the very worker of the offline model server, without the server."""

    def __init__(self) -> None:
        self._embedder = Embedder()

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:  # noqa: ARG002
        """See ChatModel; write_rules only."""
        found = _FENCE.findall(prompt.user)
        if prompt.name != "write_rules" or not found:
            raise InvalidInputError(f"the built-in grammar cannot answer {prompt.name}", where="eval rules")
        return answer.model_validate(built_in.answer(json.loads(found[-1]), prompt.user, self._embedder))


class Counting:
    """A ChatModel that counts the indicators of its answers that do not exist."""

    def __init__(self, inner: ChatModel) -> None:
        self._inner = inner
        self.invented: list[str] = []

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        """See ChatModel."""
        found = self._inner.ask(prompt, answer, context)
        if isinstance(found, RuleAnswer):
            self.invented += [item.indicator for item in found.conditions if item.indicator not in INDICATORS]
        return found


@dataclass(frozen=True)
class Judged:
    """How one brief was read. `told`/`missed`/`over`: unsupported words named, not named, named though nobody asked."""

    brief: EvalBrief
    f1: float
    exact: bool
    applied_unknown: int
    conflict_told: bool
    told: tuple[str, ...]
    missed: tuple[str, ...]
    over: tuple[str, ...]
    asked: Asked


def configured_model(environ: Mapping[str, str] | None = None) -> ChatModel:
    """The endpoint that MODEL_BASE_URL, MODEL_API_KEY and CHAT_MODEL name. Raises InvalidInputError where one is missing."""
    from huichang.adapters.openai_models import OpenAIModels
    from huichang.adapters.paid_calls import PaidCalls
    from huichang.ledger.prices import free
    from huichang.quotas.model import Unlimited

    given = os.environ if environ is None else environ
    missing = [name for name in ("MODEL_BASE_URL", "MODEL_API_KEY", "CHAT_MODEL") if not given.get(name)]
    if missing:
        raise InvalidInputError(f"--model needs {', '.join(missing)}", where="environment", mend="set them, or leave --model out")
    timeout, clock = float(given.get("MODEL_TIMEOUT_SECONDS", "60")), SystemClock()
    calls = PaidCalls(
        call_log=_Calls(),
        ledger=_Book(),
        limiter=Unlimited(),
        priorities=Unlimited(),
        prices=free(),
        clock=clock,
        timeout=timeout,
    )
    return OpenAIModels(
        base_url=given["MODEL_BASE_URL"],
        api_key=given["MODEL_API_KEY"],
        chat_model=given["CHAT_MODEL"],
        embedding_model="none",
        image_model="none",
        query_prefix="",
        passage_prefix="",
        timeout=timeout,
        calls=calls,
        clock=clock,
    )


def run(products: Path, briefs: Path, *, model: ChatModel | None = None) -> dict[str, Any]:
    """Figures of the briefs over the products; `model` None runs the built-in grammar. Raises InvalidInputError for bad files."""
    index = EvalIndex(read_products(products))
    asked = read_briefs(briefs)
    chat = Counting(model or BuiltIn())
    started = time.perf_counter()
    judged: list[Judged] = []
    refused = 0
    for brief in asked:
        try:
            judged.append(judge(brief, index, chat))
        except ModelRefusedError as error:
            refused += 1
            print(f"no usable answer for {brief.brief!r}: {error}", file=sys.stderr)
            judged.append(_compared(brief, index, Asked()))
    seconds = time.perf_counter() - started
    return {
        "products": len(index.products),
        "model": "built-in grammar" if model is None else "configured endpoint",
        "conditions": "as asked: before contradictions are settled and thin results relaxed",
        **summary(judged),
        "invented": len(chat.invented) + sum(one.applied_unknown for one in judged),
        "refused": refused,
        "ms_per_brief": round(1000 * seconds / len(asked), 2),
        "by_language": _grouped(judged, lambda one: one.brief.language),
        "by_tag": _grouped(judged, lambda one: one.brief.tag),
        "wrong": [_shown(one) for one in judged if not one.exact or one.f1 < 1 or one.missed or one.conflict_told != one.brief.conflict],
    }


def judge(brief: EvalBrief, index: EvalIndex, chat: ChatModel) -> Judged:
    """Read one brief with production's RuleWriter and compare. Raises what the model raises."""
    writer = RuleWriter(chat, cast(ProductIndex, index))
    campaign = CampaignBrief(
        campaign_id="eval", sentence=brief.brief, language=brief.language, idea=brief.brief, industries=(), subjects=(), constraints=()
    )
    return _compared(brief, index, writer.asked(campaign, index.pool(brief.pool)))


def _compared(brief: EvalBrief, index: EvalIndex, asked: Asked) -> Judged:
    pool = index.pool(brief.pool)
    expected = list(brief.where)
    unmet = False
    for entry in brief.percentile:
        limit = index.percentile(entry.indicator, entry.p, pool)
        unmet = unmet or limit is None  # nobody states it: unknown meets nothing
        if limit is not None:
            expected.append(Condition(indicator=entry.indicator, op=cast(Any, entry.op), value=limit))
    wanted = frozenset() if unmet else index.selected(with_conditions(pool, expected))
    found = index.selected(with_conditions(pool, asked.conditions))
    told = tuple(word for word in brief.unsupported if any(_same_words(word, phrase) for phrase in asked.unsupported))
    over = tuple(phrase for phrase in asked.unsupported if not any(_same_words(word, phrase) for word in brief.unsupported))
    return Judged(
        brief=brief,
        f1=f1(wanted, found),
        exact=_forms(asked) == _expected_forms(brief),
        applied_unknown=sum(condition.indicator not in INDICATORS for condition in asked.conditions),
        conflict_told=bool(asked.conflicts),
        told=told,
        missed=tuple(word for word in brief.unsupported if word not in told),
        over=over,
        asked=asked,
    )


def _same_words(first: str, second: str) -> bool:
    """Whether one phrase holds the other: 直播 is told by 直播带货."""
    return fold(first) in fold(second) or fold(second) in fold(first)


def f1(wanted: frozenset[str], found: frozenset[str]) -> float:
    """F1 of two sets of ids; 1 where both are empty."""
    if not wanted and not found:
        return 1.0
    return 2 * len(wanted & found) / (len(wanted) + len(found))


def summary(judged: Sequence[Judged]) -> dict[str, Any]:
    """f1 and exact as means over briefs; conflicts and unsupported words expected, told, and told without reason."""
    expected = [one for one in judged if one.brief.conflict]
    words = [one for one in judged if one.brief.unsupported]
    return {
        "briefs": len(judged),
        "f1": round(fmean(one.f1 for one in judged), 4),
        "exact": round(fmean(one.exact for one in judged), 4),
        "conflicts": {
            "expected": len(expected),
            "told": sum(one.conflict_told for one in expected),
            "false": sum(one.conflict_told for one in judged if not one.brief.conflict),
        },
        "unsupported": {
            "expected": sum(len(one.brief.unsupported) for one in words),
            "told": sum(len(one.told) for one in words),
            "over_told": sum(len(one.over) for one in judged),
        },
    }


def _grouped(judged: Sequence[Judged], key: Callable[[Judged], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[key(one)].append(one)
    return {name: summary(group) for name, group in sorted(groups.items())}


def _forms(asked: Asked) -> set[tuple[object, ...]]:
    forms: set[tuple[object, ...]] = set()
    for wish in asked.wishes:
        if wish.percentile is not None:
            forms.add((wish.percentile.indicator, wish.percentile.op, "p", round(wish.percentile.p / _SAME)))
        else:
            forms.add(_form(wish.condition))
    return forms


def _expected_forms(brief: EvalBrief) -> set[tuple[object, ...]]:
    forms = {_form(condition) for condition in brief.where}
    return forms | {(entry.indicator, entry.op, "p", round(entry.p / _SAME)) for entry in brief.percentile}


def _form(condition: Condition) -> tuple[object, ...]:
    """A condition as it is compared: `=` of one text is `in` of one; an attribute's name counts where both sides give it."""
    value = condition.value
    if isinstance(value, bool):
        return (condition.indicator, "=", value)
    if isinstance(value, (str, tuple)):
        as_term = attribute_term if condition.indicator == "attribute" else fold
        words = value if isinstance(value, tuple) else (value,)
        return (condition.indicator, "in", tuple(sorted(as_term(word).rpartition("=")[2] for word in words)))
    return (condition.indicator, condition.op, round(float(value) / _SAME))


def _shown(one: Judged) -> dict[str, Any]:
    """A brief that was not read as labelled, for whoever mends the grammar."""
    return {
        "brief": one.brief.brief,
        "tag": one.brief.tag,
        "f1": round(one.f1, 4),
        "expected": [f"{c.indicator} {c.op} {c.value}" for c in one.brief.where]
        + [f"{entry.indicator} {entry.op} p{entry.p:g}" for entry in one.brief.percentile],
        "found": [
            f"{code} {op} p{p:g}" if p is not None else f"{code} {op} {value}"
            for code, op, value, p in (
                (wish.condition.indicator, wish.condition.op, wish.condition.value, wish.percentile.p if wish.percentile else None)
                for wish in one.asked.wishes
            )
        ],
        "missed": list(one.missed),
        "over_told": list(one.over),
        "conflict": {"expected": one.brief.conflict, "told": one.conflict_told},
        "notes": list(one.asked.notes),
    }


class _Calls:
    """CallLog for one run: nothing is replayed."""

    def claim(self, key: str, lease_seconds: float) -> bool:  # noqa: ARG002
        return True

    def answer(self, key: str) -> bytes | None:  # noqa: ARG002
        return None

    def store(self, key: str, body: bytes) -> None:
        """Nothing is kept."""

    def release(self, key: str) -> None:
        """Nothing is leased."""


class _Book:
    """Till for one run: an evaluation belongs to no campaign."""

    def reserve(self, reservation: Reservation) -> None:
        """Nothing is held."""

    def settle(self, call: ModelCall) -> bool:  # noqa: ARG002
        return True

    def release(self, call_key: str) -> None:
        """Nothing is held."""

    def hold(self, call_key: str) -> None:
        """Nothing is held."""

    def write_off(self, call_key: str) -> None:
        """Nothing is held."""
