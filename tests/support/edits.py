"""Merchandising edits in one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from huichang.selection.edits import EditRule, MerchandisingEdits


def rule(action: str, value: str = "", scope: str = "product", **more: Any) -> EditRule:
    return EditRule.model_validate({"action": action, "scope": scope, "value": value} | more)


def edits(*rules: EditRule, pins: Iterable[str] = (), excludes: Iterable[str] = (), allow_thin: bool = False) -> MerchandisingEdits:
    made = (*(rule("pin", name) for name in pins), *(rule("exclude", name) for name in excludes), *rules)
    return MerchandisingEdits(rules=made, allow_thin=allow_thin)
