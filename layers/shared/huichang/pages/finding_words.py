"""What each rule of an inspection says to people (finding_words.yaml), with the figures that were measured filled in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.pages.model import Finding


class RuleWords(Model):
    """A rule in both languages, and what to do about it."""

    zh: str
    en: str
    todo: Text


@cache
def rule_words() -> dict[str, RuleWords]:
    """By rule."""
    told: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("finding_words.yaml").read_text("utf-8"))
    todos = told["todos"]
    return {
        rule: RuleWords(zh=words["zh"], en=words["en"], todo=todos[words["todo"]] if isinstance(words["todo"], str) else words["todo"])
        for rule, words in told["rules"].items()
    }


def finding(
    rule: str,
    severity: Literal["blocker", "warning"],
    place: str,
    *,
    screen: Literal["", "phone", "desktop"] = "",
    path: str = "",
    box: tuple[int, int, int, int] | None = None,
    **said: Any,
) -> Finding:
    """A finding in both languages; `message` and `mend` are the English ones, for logs and the command line. KeyError: an unknown rule."""
    words = rule_words()[rule]
    told: Text = {"zh": words.zh.format(**said), "en": words.en.format(**said)}
    return Finding(
        severity=severity,
        rule=rule,
        place=place,
        message=told["en"],
        mend=words.todo["en"],
        screen=screen,
        path=path,
        box=box,
        told=told,
        todo=words.todo,
    )
