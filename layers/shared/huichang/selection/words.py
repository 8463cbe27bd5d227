"""When two pieces of product language say the same thing: cleaning, cutting, generic words, overlap.

Pure string work on Chinese and English. Chinese is cut by substrings (no dictionary), English by words with their
plural removed.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

import yaml

from huichang.kernel.language import Language, detect_language


class IndustryEntry(Protocol):
    """One line of catalog/industries.yaml: its code, its names, and words that point to it."""

    @property
    def code(self) -> str:
        """Stable code."""
        ...

    @property
    def zh(self) -> str:
        """Chinese name."""
        ...

    @property
    def en(self) -> str:
        """English name."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """Other names of the whole industry."""
        ...

    @property
    def words(self) -> Sequence[str]:
        """Words of goods in it, both languages."""
        ...


_LISTS = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
_GENERIC_EN = frozenset(_LISTS["generic"]["en"])
_SCENES_EN = frozenset(_LISTS["scenes"]["en"])
_STOP_EN = frozenset({"a", "an", "and", "the", "for", "of", "in", "on", "with", "to", "by", "or", "from", "at"})

_SCRIPT = re.compile(r"<(script|style)\b[^>]*>.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"\s+")
# A lone Latin letter belongs to the run after it: T恤, U盘.
_HAN_RUN = re.compile(r"(?:(?<![a-z0-9])[a-z])?[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_EN_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_GENERIC_ZH = re.compile("|".join(sorted(map(re.escape, _LISTS["generic"]["zh"]), key=len, reverse=True)))
_GENERIC_PHRASES = re.compile(rf"\b(?:{'|'.join(map(re.escape, _LISTS['generic']['en_phrases']))})\b")
_SCENES_ZH = re.compile("|".join(sorted(map(re.escape, _LISTS["scenes"]["zh"]), key=len, reverse=True)))

_PLACES: tuple[tuple[str, ...], ...] = tuple(tuple(map(str, words)) for words in _LISTS["places"])


def clean(text: str, max_chars: int) -> str:
    """One line without markup, control characters or angle brackets, at most `max_chars` characters."""
    bounded = text[: max_chars * 4 + 400]  # a hostile text may be megabytes long; no regex below may see all of it
    plain = html.unescape(_TAG.sub(" ", _SCRIPT.sub(" ", bounded)))
    plain = _TAG.sub(" ", _SCRIPT.sub(" ", plain)).replace("<", " ").replace(">", " ")
    plain = "".join(" " if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} else char for char in plain)
    return _SPACES.sub(" ", plain).strip()[:max_chars].strip()


def clean_words(words: Iterable[str], max_chars: int = 40, limit: int = 40) -> tuple[str, ...]:
    """Cleaned, without empties and repeats (compared by `fold`), in order, at most `limit` of the first 3 x `limit`."""
    kept: dict[str, str] = {}
    for word in islice(words, 3 * limit):
        tidy = clean(word, max_chars)
        if tidy and fold(tidy) not in kept:
            kept[fold(tidy)] = tidy
        if len(kept) == limit:
            break
    return tuple(kept.values())


def fold(text: str) -> str:
    """NFKC, lower case, one kind of space and apostrophe: equal words become equal strings."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text).lower().replace("’", "'")).strip()


def singular(word: str) -> str:
    """An English word without its plural or possessive; the same rule is used on both sides of a comparison."""
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) <= 3:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def english_words(text: str) -> tuple[str, ...]:
    """English words (and numbers) in order, singular, stop words kept."""
    return tuple(singular(word) for word in _EN_WORD.findall(fold(text)))


def han_runs(text: str) -> tuple[str, ...]:
    """Unbroken stretches of Chinese characters, in order."""
    return tuple(_HAN_RUN.findall(fold(text)))


def without_generic(text: str) -> str:
    """The folded text without words that name no goods: "熊猫玩偶会场" gives "熊猫玩偶", "dress sale" gives "dress"."""
    folded = _GENERIC_PHRASES.sub(" ", _GENERIC_ZH.sub(" ", fold(text)))
    return _drop_english(folded, _GENERIC_EN)


def without_scenes(text: str) -> str:
    """The text without generic words and without scenes, occasions and people."""
    folded = _SCENES_ZH.sub(" ", without_generic(text))
    return _drop_english(folded, _SCENES_EN)


def places() -> tuple[tuple[str, ...], ...]:
    """Places of use, all words of one place together."""
    return _PLACES


def place_in(text: str) -> tuple[str, ...]:
    """All words, both languages, for the place of use that the text names; () where it names none, or several."""
    folded = fold(text)
    plain = f" {' '.join(english_words(folded))} "
    named = [words for words in _PLACES if any(word in folded if han_runs(word) else f" {word} " in plain for word in words)]
    return named[0] if len(named) == 1 else ()


def _drop_english(folded: str, words: frozenset[str]) -> str:
    def keep(match: re.Match[str]) -> str:
        word = match.group().removesuffix("'s")
        return " " if word in words or singular(word) in words else match.group()

    return _SPACES.sub(" ", _EN_WORD.sub(keep, folded)).strip(" -_,.;:!?&/+，。、！？·'\"()（）")


def content_words(text: str) -> tuple[str, ...]:
    """English words of the text that are neither stop words nor single letters."""
    return tuple(word for word in english_words(text) if word not in _STOP_EN and (len(word) > 1 or word.isdigit()))


def terms(text: str) -> frozenset[str]:
    """What two texts can have in common: Chinese bigrams and English words, generic words left out."""
    core = without_generic(text)
    bigrams = {run[i : i + 2] for run in han_runs(core) for i in range(len(run) - 1)}
    return frozenset(bigrams | {word for word in content_words(core) if not word.isdigit()})


def bigrams(text: str) -> frozenset[str]:
    """Character bigrams of a name without generic words, spaces and punctuation; of all of it where nothing is left."""
    core = without_generic(text) or fold(text)
    joined = "".join(char for char in " ".join((*han_runs(core), *english_words(core))) if not char.isspace())
    return frozenset(joined[i : i + 2] for i in range(len(joined) - 1)) or frozenset({joined})


def similarity(left: str, right: str) -> float:
    """Jaccard of the bigrams of two names, 0..1; 1 for names that differ only in generic words, case or spacing."""
    first, second = bigrams(left), bigrams(right)
    return len(first & second) / len(first | second)


def by_language(words: Iterable[str]) -> dict[Language, tuple[str, ...]]:
    """Sort words into languages by their script; words of neither are left out."""
    found: dict[Language, list[str]] = {}
    for word in words:
        language = detect_language(word) or ("zh" if han_runs(word) else None)
        if language:
            found.setdefault(language, []).append(word)
    return {language: tuple(dict.fromkeys(group)) for language, group in found.items()}


def say(language: Language, zh: str, en: str) -> str:
    """The sentence in this language."""
    return zh if language == "zh" else en
