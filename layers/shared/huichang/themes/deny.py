"""The list of what no venue may be about, as data: denied.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import yaml

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.selection.words import fold, han_runs


class DeniedTopic(Model):
    """A topic, why it is denied, its words, and phrases that hold one of them and are harmless."""

    topic: str
    reason: Text
    zh: tuple[str, ...]
    en: tuple[str, ...]
    but: tuple[str, ...] = ()


class Denial(Model):
    """The word that was met, and the topic it belongs to."""

    word: str
    topic: str
    reason: Text


@lru_cache(maxsize=1)
def denied_topics() -> tuple[DeniedTopic, ...]:
    """All topics of denied.yaml."""
    text = Path(__file__).with_name("denied.yaml").read_text(encoding="utf-8")
    return tuple(DeniedTopic.model_validate(entry) for entry in yaml.safe_load(text))


class DenyList:
    """Finds denied words in texts."""

    def __init__(self, topics: Iterable[DeniedTopic] | None = None) -> None:
        self._topics = tuple(denied_topics() if topics is None else topics)

    def met(self, texts: Iterable[str]) -> Denial | None:
        """The first denied word in any of the texts; None where there is none."""
        # One padded line for each text: a word that begins in one and ends in another is no word.
        lines = [f" {_folded(text)} " for text in texts]
        for topic in self._topics:
            plain = lines
            for phrase in topic.but:
                plain = [line.replace(_folded(phrase), " ") for line in plain]
            for word in (*topic.zh, *topic.en):
                needle = _folded(word) if han_runs(word) else f" {_folded(word)} "
                if any(needle in line for line in plain):
                    return Denial(word=word, topic=topic.topic, reason=topic.reason)
        return None


def _folded(word: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in fold(word)).split())
