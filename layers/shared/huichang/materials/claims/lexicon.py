"""lexicon.yaml, read once and compiled. Raises PermanentError where the file is broken, at the first use and in the tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from huichang.catalog.indicators import load_vague_words, same_values
from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Language, detect_language
from huichang.kernel.model import Model
from huichang.materials.claims.reading import fold

Unit = Literal["plain", "zhe", "percent", "hours", "days", "half"]
Side = Literal["from", "best", "most", "least", "about", "under"]
Words = dict[Language, tuple[str, ...]]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_COLOURS = re.compile(r"色$|^(?:red|blue|green|yellow|black|white|gr[ea]y|pink|purple|orange|brown|gold|beige)$")


class Entry(Model):
    """One way to claim something. See the head of lexicon.yaml."""

    kind: str
    test: str
    of: str = ""
    unit: Annotated[Unit, Field(alias="as")] = "plain"
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    late: bool = False


class _Compare(Model):
    before: dict[Side, Words]
    after: dict[Side, Words]


class _File(Model):
    patterns: tuple[Entry, ...]
    currencies: dict[str, tuple[str, ...]]
    nouns: Words
    qualities: dict[str, Words]
    also_new: Words
    harmless: Words
    denied: Words
    scope: dict[Literal["some", "many", "half", "most"], Words]
    compare: _Compare
    rough: dict[Language, dict[str, int]]
    occasions: dict[Language, dict[str, str]]


@dataclass(frozen=True)
class Pattern:
    """A compiled entry. `on_numbers`: matched where numbers are N, else on the folded text. `late`: what overlaps it is read first."""

    kind: str
    test: str
    of: str
    unit: Unit
    expression: re.Pattern[str]
    on_numbers: bool = True
    late: bool = False


@dataclass(frozen=True)
class Lexicon:
    """Everything a reader needs, compiled."""

    patterns: tuple[Pattern, ...]
    money_spans: re.Pattern[str]
    currency_of: dict[str, str]
    harmless: re.Pattern[str]
    denied: re.Pattern[str]
    scope: dict[str, re.Pattern[str]]
    before: dict[Side, re.Pattern[str]]
    after: dict[Side, re.Pattern[str]]
    rough: tuple[tuple[re.Pattern[str], int], ...]
    occasions: dict[str, str]
    qualities: dict[str, re.Pattern[str]]
    materials: frozenset[str]


def _spelt(word: str) -> str:
    """A word however it is spaced and hyphenated; a Latin one only whole."""
    folded = fold(word)
    if detect_language(folded) == "zh":
        return re.escape(folded)
    joined = r"[\s-]*".join(re.escape(part) for part in re.split(r"[\s-]+", folded) if part)
    return rf"(?<![a-z0-9]){joined}(?![a-z0-9])"


def _any(words: Iterable[str]) -> str:
    ordered = sorted(dict.fromkeys(words), key=len, reverse=True)
    return "|".join(map(_spelt, ordered)) or r"(?!)"


def _whole(words: Words) -> re.Pattern[str]:
    return re.compile(_any(word for language in LANGUAGES for word in words.get(language, ())))


@lru_cache(maxsize=1)
def the_lexicon() -> Lexicon:
    """The file's, compiled."""
    path = Path(__file__).with_name("lexicon.yaml")
    try:
        file = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        return _compiled(file)
    except (yaml.YAMLError, ValidationError, re.error) as error:
        raise PermanentError(f"the lexicon of claims cannot be used: {error}", where=path.name) from error


def _compiled(file: _File) -> Lexicon:
    signs = {fold(word): code for code, words in file.currencies.items() for word in words}
    before = "|".join(re.escape(sign) if not sign.isalpha() else rf"\b{sign}" for sign in sorted(signs, key=len, reverse=True))
    after = "|".join(rf"{re.escape(sign)}\b" if sign.isascii() else re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    price = rf"(?:(?:{before})\s?N|N\s?(?:{after}))"
    nouns = {
        "zh": f"(?:{'|'.join(file.nouns['zh'])})",
        "en": rf"(?:{'|'.join(file.nouns['en'])})(?![a-z])",
    }
    patterns: list[Pattern] = []
    for entry in file.patterns:
        for language in LANGUAGES:
            written = entry.zh if language == "zh" else entry.en
            if not written:
                continue
            spelt = [each.replace("{price}", price).replace("{noun}", nouns[language]) for each in written]
            expression = "|".join(f"(?:{each})" for each in spelt)
            if language == "en":
                expression = rf"(?<![a-z])(?:{expression})"
            patterns.append(Pattern(entry.kind, entry.test, entry.of, entry.unit, re.compile(expression), late=entry.late))
    patterns += _vague(file)
    qualities = {code: _whole(words) for code, words in file.qualities.items()}
    materials = {code: words for code, words in _materials().items() if code not in qualities}
    qualities |= {code: _whole(words) for code, words in materials.items()}
    patterns += [
        Pattern(kind="quality", test="quality", of=code, unit="plain", expression=expression, on_numbers=False)
        for code, expression in qualities.items()
    ]
    return Lexicon(
        patterns=tuple(patterns),
        # 20-50元, "$3.50 to $18", "between $3 and $5": a range is one claim, and its first number may lack the sign.
        money_spans=re.compile(rf"(?:{price}|N)\s?(?:到|至|[-~–—⁓]|to|and)\s?{price}|{price}(?:\s?(?:到|至|[-~–—]|to)\s?N)?"),
        currency_of=signs,
        harmless=_whole(file.harmless),
        denied=re.compile(rf"(?:{_any(word for words in file.denied.values() for word in words)})\s?$"),
        scope={name: _whole(words) for name, words in file.scope.items()},
        before={
            side: re.compile(rf"(?:{_any(w for ws in words.values() for w in ws)})\s*$") for side, words in file.compare.before.items()
        },
        after={side: re.compile(rf"\s*(?:{_signs(w for ws in words.values() for w in ws)})") for side, words in file.compare.after.items()},
        rough=tuple((re.compile(_spelt(word)), least) for words in file.rough.values() for word, least in words.items()),
        occasions={fold(word): day for words in file.occasions.values() for word, day in words.items()},
        qualities=qualities,
        materials=frozenset(materials),
    )


def _signs(words: Iterable[str]) -> str:
    """Like _any; a sign (+) has no word boundary."""
    return "|".join(re.escape(word) if not word[0].isalnum() else _spelt(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"


def _vague(file: _File) -> list[Pattern]:
    """The agreed words for thresholds, as names are read for them."""
    found = []
    for number, vague in enumerate(load_vague_words()):
        expression = _any((*vague.zh, *vague.en))
        if vague.indicator == "listed_days":
            expression = "|".join((expression, *file.also_new.get("en", ()), *file.also_new.get("zh", ())))
        found.append(
            Pattern(kind=vague.indicator, test="vague", of=str(number), unit="plain", expression=re.compile(expression), on_numbers=False)
        )
    return found


def _materials() -> dict[str, Words]:
    """Materials that goods are made of: the catalogue's own list, without its colours; one Chinese character alone says too little."""
    found: dict[str, Words] = {}
    for pair in same_values():
        if not any(_COLOURS.search(word) for word in (*pair.zh, *pair.en)):
            found[pair.en[0].replace(" ", "_")] = {"zh": tuple(word for word in pair.zh if len(word) > 1), "en": pair.en}
    return found


def qualities_of(texts: Iterable[str]) -> Counter[str]:
    """How many of these texts (one for each product: its title and its attributes) say which quality."""
    found: Counter[str] = Counter()
    for text in texts:
        folded = fold(text)
        found.update(code for code, expression in the_lexicon().qualities.items() if _says(expression, folded))
    return found


def _says(expression: re.Pattern[str], folded: str) -> bool:
    denied = the_lexicon().denied
    return any(not denied.search(folded[max(0, match.start() - 8) : match.start()]) for match in expression.finditer(folded))
