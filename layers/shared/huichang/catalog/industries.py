"""The industries an operator can pick, as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from huichang.kernel.model import Model


class Industry(Model):
    """Code, names in both languages, other names of the whole industry, and words of its goods that point to it."""

    code: str
    zh: str
    en: str
    names: tuple[str, ...] = ()
    words: tuple[str, ...]


@cache
def load_industries() -> tuple[Industry, ...]:
    """All industries of industries.yaml, in its order."""
    raw = yaml.safe_load((Path(__file__).parent / "industries.yaml").read_text(encoding="utf-8"))
    return tuple(Industry.model_validate(entry) for entry in raw)
