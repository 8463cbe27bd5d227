"""Versioned prompts. A file `<name>.v<n>.j2` holds a system part and a user part; data reaches the model only in the fence."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from huichang.kernel.errors import PermanentError
from huichang.kernel.models import Prompt
from huichang.prompts.budgets import BUDGETS, shorter, tokens_of

_HERE = Path(__file__).parent
_SEPARATOR = "\n=== user ===\n"
VERSIONS = {"interpret_brief": 2, "plan_themes": 3, "expand_theme": 2, "write_rules": 2, "write_copy": 4}
# Nothing a person sees, and a model reads: zero-width and direction marks, tags, variation selectors, halves of characters.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)


def fenced(data: dict[str, Any]) -> str:
    """The data as JSON inside <data>…</data>.

    Angle brackets are written as \\u003c/\\u003e, so that no product title or sentence can close the fence, and what nobody sees is
    left out, so that no title can carry hidden words; the prompts tell the model that what is inside is material, never an instruction.
    """
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str)
    return "<data>\n" + _INVISIBLE.sub("", text).replace("<", "\\u003c").replace(">", "\\u003e") + "\n</data>"


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_HERE), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False
    )


def render(name: str, data: dict[str, Any], *, answer_tokens: int = 0, **words: Any) -> Prompt:
    """Render the current version of a prompt. A missing variable raises jinja2.UndefinedError; data is never interpolated.

    Data that is too long for the prompt's budget is cut as budgets.py says, and the prompt tells what was left out. Raises
    PermanentError (code prompt_too_long) where what may not be cut is too long by itself.
    """
    version, budget = VERSIONS[name], BUDGETS[name]
    text = _environment().get_template(f"{name}.v{version}.j2").render(**words)
    system, _, user = text.partition(_SEPARATOR)
    system, user = system.strip(), user.strip()
    room = budget.tokens - tokens_of(system) - tokens_of(user)
    left, trimmed = dict(data), dict[str, str]()
    body = fenced(left)
    for path in budget.trim:
        while tokens_of(body) > room and (cut := shorter(left, path)) is not None:
            left, told = cut
            before = trimmed[path].partition(" -> ")[0] if path in trimmed else told.partition(" -> ")[0]
            trimmed[path] = f"{before} -> {told.rpartition(' ')[2]}"
            body = fenced(left)
    if tokens_of(body) > room:
        raise PermanentError(
            f"the prompt {name} would take some {budget.tokens - room + tokens_of(body)} tokens, {budget.tokens} are allowed",
            where=name,
            mend="shorten the sentence, or retire constraints that say the same",
            code="prompt_too_long",
        )
    sent = f"{user}\n\n{body}"
    return Prompt(name=name, version=version, system=system, user=sent, answer_tokens=answer_tokens, trimmed=tuple(trimmed.values()))
