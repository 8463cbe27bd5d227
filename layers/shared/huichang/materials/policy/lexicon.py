"""Classes of words (lexicon/*.yaml) that frames are made of: verbs of healing, illnesses, scopes, promises, each said once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model
from huichang.materials.policy.reading import read_yaml

LEXICON = Path(__file__).parent / "lexicon"
_VOWELS = frozenset("aeiou")
_PLURAL = re.compile(r"\((\w+)\)$")


class WordClass(Model):
    """Words of one class, as they are matched, and harmless phrases that hold one of them."""

    words: tuple[str, ...]
    but: tuple[str, ...] = ()


class Lexicon(Model):
    """Word classes by name.

    In the files a class is a list of words, or {words, but}. `@name` takes in another class; `cure+` stands for all forms of a verb,
    `headache(s)` for one and many, `*est` for every word that ends so (of one word, Latin only).
    """

    classes: dict[str, WordClass] = {}

    def words(self, name: str) -> tuple[str, ...]:
        """The words of a class. Raises KeyError."""
        return self.classes[name].words


def read_lexicon(folder: Path) -> Lexicon:
    """The classes of a folder's yaml files. Raises PermanentError: not yaml, no class, a name used twice, or one that is missing."""
    raw: dict[str, tuple[list[str], list[str]]] = {}
    for path in sorted(folder.glob("*.yaml")):
        where = f"policy/lexicon/{path.name}"
        try:
            data = read_yaml(path)
            for name, entry in _entries(data):
                if name in raw:
                    raise ValueError(f"two classes are called {name}")
                raw[name] = entry
        except (yaml.YAMLError, ValueError) as error:
            raise PermanentError(f"the lexicon cannot be used: {error}", where=where, mend="mend the file") from error
    try:
        return Lexicon(
            classes={name: WordClass(words=tuple(dict.fromkeys(_expanded(name, raw, ()))), but=tuple(_buts(name, raw))) for name in raw}
        )
    except (ValidationError, ValueError) as error:
        raise PermanentError(f"the lexicon cannot be used: {error}", where="policy/lexicon", mend="mend the file") from error


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon that comes with the product."""
    return read_lexicon(LEXICON)


def forms(word: str) -> tuple[str, ...]:
    """What an entry stands for: `cure+` cure, cures, cured, curing; `headache(s)` headache, headaches; else itself."""
    if plural := _PLURAL.search(word):
        stem = word[: plural.start()]
        return (stem, stem + plural[1])
    if not word.endswith("+"):
        return (word,)
    verb = word[:-1]
    if not verb.isalpha():
        raise ValueError(f"{word!r}: forms are made of one word")
    if verb.endswith("e"):
        return (verb, verb + "s", verb + "d", verb[:-1] + "ing")
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return (verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing")
    if verb.endswith(("s", "sh", "ch", "x", "z")):
        return (verb, verb + "es", verb + "ed", verb + "ing")
    short = len(verb) <= 4 and len(verb) >= 3 and verb[-1] not in "aeiouwxy" and verb[-2] in _VOWELS and verb[-3] not in _VOWELS
    stem = verb + verb[-1] if short else verb
    return (verb, verb + "s", stem + "ed", stem + "ing")


def _entries(data: Any) -> Iterator[tuple[str, tuple[list[str], list[str]]]]:
    if not isinstance(data, dict):
        raise ValueError("classes by name are expected")
    for name, entry in data.items():
        words, but = (entry.get("words"), entry.get("but", [])) if isinstance(entry, dict) else (entry, [])
        if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in (*words, *but)):
            raise ValueError(f"{name}: a list of words is expected")
        yield str(name), (words, but)


def _expanded(name: str, raw: dict[str, tuple[list[str], list[str]]], within: tuple[str, ...]) -> Iterator[str]:
    if name not in raw:
        raise ValueError(f"there is no class {name}")
    if name in within:
        raise ValueError(f"{name} takes itself in")
    for word in raw[name][0]:
        if word.startswith("@"):
            yield from _expanded(word[1:], raw, (*within, name))
        else:
            yield from forms(word)


def _buts(name: str, raw: dict[str, tuple[list[str], list[str]]]) -> Iterator[str]:
    yield from raw[name][1]
    for word in raw[name][0]:
        if word.startswith("@"):
            yield from _buts(word[1:], raw)
