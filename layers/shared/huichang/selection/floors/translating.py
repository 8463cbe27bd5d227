"""A catalogue's names of goods in the language of the page, where the catalogue itself says them only in the other one.

Word by word from a glossary (glossary.yaml): nouns stand in the same order in both languages. A name of which a word is not known has
no translation; half a title in each language would be worse than another way of dividing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from huichang.kernel.language import Language
from huichang.selection.words import fold, singular

_WORD = re.compile(r"[a-z0-9-]+")
_LONGEST = 5  # words of a phrase


def translated(name: str, language: Language) -> str:
    """The name in this language, "" where it is not known whole."""
    return _chinese(name) if language == "zh" else _english(name)


def without_scene(name: str) -> str:
    """A Chinese name without the word that says where or for whom: 汽车内饰 is 内饰; the name where less than two signs would be left."""
    bare = next((name.removeprefix(word) for word in _names()[1].values() if name.startswith(word)), name)
    return bare if len(bare) >= 2 else name


def _words(name: str) -> tuple[str, ...]:
    plain = re.sub(r"['’]s?\b", "", fold(name))
    return tuple(singular(word) for word in _WORD.findall(plain) if word not in ("and", "for"))


def _chinese(name: str) -> str:
    goods, before = _tables()
    words = _words(name)
    said: list[str] = []
    start, ends_in_goods = 0, False
    while start < len(words):
        for end in range(min(len(words), start + _LONGEST), start, -1):
            phrase = words[start:end]
            found = goods.get(phrase) or before.get(phrase)
            if found:
                said.append(found)
                start, ends_in_goods = end, phrase in goods
                break
        else:
            return ""
    return "".join(dict.fromkeys(said)) if ends_in_goods else ""


def _english(name: str) -> str:
    goods, before = (_reversed(table) for table in _names())
    said: list[str] = []
    start, ends_in_goods = 0, False
    while start < len(name):
        for end in range(len(name), start, -1):
            piece = name[start:end]
            found = goods.get(piece) if end == len(name) else before.get(piece)
            if found:
                said.append(found)
                start, ends_in_goods = end, end == len(name)
                break
        else:
            return ""
    return " ".join(said) if ends_in_goods else ""


@cache
def _names() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Names of goods and words before them, English to Chinese."""
    loaded = yaml.safe_load(Path(__file__).with_name("glossary.yaml").read_text(encoding="utf-8"))
    return loaded["goods"] | loaded["whole"], loaded["before"]


@cache
def _tables() -> tuple[Mapping[tuple[str, ...], str], Mapping[tuple[str, ...], str]]:
    goods, before = _names()
    return {_words(name): said for name, said in goods.items()}, {_words(name): said for name, said in before.items()}


def _reversed(table: Mapping[str, str]) -> dict[str, str]:
    """Of several English names of one Chinese the first."""
    found: dict[str, str] = {}
    for name, said in table.items():
        found.setdefault(said, name)
    return found
