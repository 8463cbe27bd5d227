"""What may be wrong with a template package, in both languages (problems.yaml)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from huichang.kernel.language import Text
from huichang.pages.packages.model import TemplateProblem


@cache
def sentences() -> dict[str, dict[str, Text]]:
    """Code -> {what, mend}, each {zh, en}, with {…} to be filled in."""
    found: dict[str, dict[str, Text]] = yaml.safe_load(Path(__file__).with_name("problems.yaml").read_text(encoding="utf-8"))
    return found


def problem(code: str, file: str, line: int = 0, **values: object) -> TemplateProblem:
    """The problem of this code, its sentences filled in."""
    said = sentences()[code]
    return TemplateProblem(code=code, file=file, line=line, what=_filled(said["what"], values), mend=_filled(said["mend"], values))


def _filled(text: Text, values: dict[str, object]) -> Text:
    return {"zh": text["zh"].format(**_in(values, "zh")), "en": text["en"].format(**values)}


def _in(values: dict[str, object], language: str) -> dict[str, object]:
    """The values; `said` and `mend` in the language where there is a `said_zh`, `mend_zh`."""
    return values | {name.removesuffix(f"_{language}"): value for name, value in values.items() if name.endswith(f"_{language}")}
