"""The list of what no venue may be about, as data: denied.yaml. The policy gate matches it (materials/policy)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from huichang.kernel.language import Text
from huichang.kernel.model import Model


class DeniedTopic(Model):
    """A topic, why it is denied, its words, and phrases that hold one of them and are harmless."""

    topic: str
    reason: Text
    zh: tuple[str, ...]
    en: tuple[str, ...]
    but: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def denied_topics() -> tuple[DeniedTopic, ...]:
    """All topics of denied.yaml."""
    text = Path(__file__).with_name("denied.yaml").read_text(encoding="utf-8")
    return tuple(DeniedTopic.model_validate(entry) for entry in yaml.safe_load(text))
