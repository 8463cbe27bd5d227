"""Bare JSON, found in what models wrap around it."""

from __future__ import annotations

import re

from pydantic_core import from_json

_BOM = "\ufeff"
_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"\A\s*```[a-zA-Z0-9]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


def bare_json(body: str) -> str:
    """The JSON of an answer without what models like to put around it: a mark, thoughts, a Markdown fence, a sentence before or after.

    Raises ValueError for numbers that JSON does not have (NaN, Infinity), for nesting without end and for what is no JSON.
    """
    text = _THOUGHT.sub("", body.removeprefix(_BOM)).strip().removeprefix(_BOM)
    fence = _FENCE.match(text)
    text = fence[1].strip() if fence else text
    if not text.startswith("{") and "{" in text:
        text = text[text.index("{") : text.rindex("}") + 1] if "}" in text else text
    found = from_json(text, allow_inf_nan=False)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    return text
