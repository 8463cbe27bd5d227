"""How long prompts and answers may be, in tokens counted approximately: no tokenizer of any one model is asked."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REASONING_TOKENS = 4096
"""What a model that reasons may think before it answers: it counts against the answer's limit."""
_ANSWER_FRAME, _SLOT_FRAME = 64, 32
_TOKENS_PER_CHARACTER = 2


def tokens_of(text: str) -> int:
    """An estimate on the safe side: 1.5 Chinese or 3.5 other characters a token."""
    wide = sum(ord(char) > 0x2E7F for char in text)
    return max(1, round(wide / 1.5 + (len(text) - wide) / 3.5))


@dataclass(frozen=True)
class Budget:
    """Of one prompt, system and user parts together. `trim`: what of its data is cut when that is too long, in this order.

    Each is halved (of a list its last half goes, of a text its end) until the prompt fits or it is empty; then comes the next.
    """

    tokens: int
    trim: tuple[str, ...] = ()


# Examples before figures, figures before names; what a reviewer said, the slots and the operator's sentence are never cut.
# themes/planning.py keeps plan_themes within limits of its own, and knows which facts are weakest; here stands the ceiling.
BUDGETS = {
    "interpret_brief": Budget(6_000),
    "plan_themes": Budget(48_000, ("live_names", "kept_slogans", "facts", "trends")),
    "expand_theme": Budget(16_000, ("categories",)),
    "write_rules": Budget(32_000, ("values",)),
    "write_copy": Budget(
        6_000,
        (
            "facts.sample_titles",
            "facts.trend_titles",
            "facts.qualities",
            "facts.keywords",
            "facts.withheld",
            "facts.measures",
            "facts.slogan",
        ),
    ),
}


def answer_tokens(limits: Mapping[str, int]) -> int:
    """The most tokens an answer with these texts (name -> characters) may take, with room to reason."""
    return REASONING_TOKENS + _ANSWER_FRAME + sum(_SLOT_FRAME + _TOKENS_PER_CHARACTER * most for most in limits.values())


def shorter(data: Mapping[str, Any], path: str) -> tuple[dict[str, Any], str] | None:
    """The data with half of what `path` names, and what was done ("facts.sample_titles 5 -> 2"). None where nothing is left there."""
    *outer, last = path.split(".")
    cut = copy.copy(dict(data))
    here = cut
    for name in outer:
        if not isinstance(here.get(name), dict):
            return None
        here[name] = dict(here[name])
        here = here[name]
    value = here.get(last)
    if not isinstance(value, (str, list, tuple, dict)) or not value:
        return None
    half = len(value) // 2
    here[last] = dict(list(value.items())[:half]) if isinstance(value, dict) else value[:half]
    return cut, f"{path} {len(value)} -> {half}"
