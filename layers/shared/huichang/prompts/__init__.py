"""Versioned prompts. A file `<name>.v<n>.j2` holds a system part and a user part; data reaches the model only in the fence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from huichang.kernel.models import Prompt

_HERE = Path(__file__).parent
_SEPARATOR = "\n=== user ===\n"
VERSIONS = {"interpret_brief": 2, "plan_themes": 3, "expand_theme": 2, "write_rules": 2, "write_copy": 3}


def fenced(data: dict[str, Any]) -> str:
    """The data as JSON inside <data>…</data>.

    Angle brackets are written as \\u003c/\\u003e, so that no product title or sentence can close the fence; the prompts
    tell the model that what is inside is material, never an instruction.
    """
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str)
    return "<data>\n" + text.replace("<", "\\u003c").replace(">", "\\u003e") + "\n</data>"


def render(name: str, data: dict[str, Any], **words: Any) -> Prompt:
    """Render the current version of a prompt. A missing variable raises jinja2.UndefinedError; data is never interpolated."""
    version = VERSIONS[name]
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_HERE), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False
    )
    text = environment.get_template(f"{name}.v{version}.j2").render(**words)
    system, _, user = text.partition(_SEPARATOR)
    return Prompt(name=name, version=version, system=system.strip(), user=f"{user.strip()}\n\n{fenced(data)}")
