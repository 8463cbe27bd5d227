"""The words of products and of queries, cut the same way for every product index.

Latin text is matched by stemmed words, Chinese (and Japanese, Korean) text by overlapping pairs of characters, so that
a word of several characters is a phrase of pairs and never a loose bag of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from huichang.adapters.index_heads import heads
from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.selection.measures import measures_in, split_measures
from huichang.selection.synonyms import Synonyms

SEARCH_FIELDS = ("title", "category", "brand", "attributes", "description")
FIELD_WEIGHTS = {"title": 1.3, "category": 1.5, "brand": 1.0, "attributes": 1.0, "description": 1.25}
"""What BM25 of a field, by that field's own lengths, is multiplied with. docs/decisions/0023-words-count-field-by-field.md"""
TIE_BREAKER = 0.3
"""A phrase counts in the field where it scores highest, and this much of what it scores in the others. So do the wordings of a word:
goods that are described in two ways are not twice what was asked for."""
HEAD_FIELD, HEAD_WEIGHT = "head", 1.2
"""Searched for the head of a question only (index_heads.py), never for its other words."""
MAX_DESCRIPTION = 2_000
"""Characters of a description that are searched: past these, size tables drown the words that matter."""

# Lucene's English stop words, so that both adapters leave out the same ones.
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "if",
        "in",
        "into",
        "is",
        "it",
        "no",
        "not",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    ]
)

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_POSSESSIVE = re.compile(r"['’]s\b")
_VALUE_SEPARATORS = re.compile(r"[,，、;；|/]")


class Unit(NamedTuple):
    """One phrase of a query word. `text` is as the user wrote it (normalised), `tokens` as it is stored.

    A compound of four or more Chinese characters need not stand together: it also matches where both parts of one of
    its `splits` do, so that 熊猫玩偶 finds 熊猫毛绒玩偶. The whole phrase, being rarer, still scores higher.
    """

    text: str
    tokens: tuple[str, ...]
    cjk: bool
    splits: tuple[tuple[Unit, Unit], ...] = ()


class Wording(NamedTuple):
    """One way to say a word of a question. `head`: the goods themselves are called so, it is also looked for as the head of a name."""

    units: tuple[Unit, ...]
    head: bool


class Question(NamedTuple):
    """What an index is asked: for each word the wordings of it, the asker's own first.

    A word counts by the wording that scores highest, and TIE_BREAKER of the others.
    """

    words: tuple[tuple[Wording, ...], ...]

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """All of them."""
        return tuple(wording for word in self.words for wording in word)

    def corrected(self, meant: Mapping[str, str]) -> Question:
        """The question with unknown tokens replaced by what was meant; what becomes the same is asked once."""
        if not meant:
            return self
        words: list[tuple[Wording, ...]] = []
        seen: set[tuple[Unit, ...]] = set()
        for word in self.words:
            mended = {wording.units: wording for wording in (each._replace(units=_corrected(each.units, meant)) for each in word[::-1])}
            new = tuple(wording for units, wording in reversed(mended.items()) if units not in seen)
            seen |= mended.keys()
            words += [new] if new else []
        return Question(tuple(words))


def normalise(text: str) -> str:
    """Full-width to half-width, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def term(text: str) -> str:
    """The form in which categories, brands and attribute values are compared: normalised, single spaces."""
    return " ".join(normalise(text).split())


_SPLIT_FROM, _SPLIT_TO = 4, 12  # characters; longer runs are sentences, not compounds


def _cjk_unit(run: str) -> Unit:
    splits: tuple[tuple[Unit, Unit], ...] = ()
    if _SPLIT_FROM <= len(run) <= _SPLIT_TO:
        splits = tuple((_phrase(run[:at]), _phrase(run[at:])) for at in range(2, len(run) - 1))
    return _phrase(run)._replace(splits=splits)


def _phrase(run: str) -> Unit:
    return Unit(run, tuple(_bigrams(run)), cjk=True)


def _bigrams(run: str) -> list[str]:
    return [run] if len(run) == 1 else [run[start : start + 2] for start in range(len(run) - 1)]


def stored_tokens(text: str) -> str:
    """Text for a whitespace tokeniser: words and pairs in order, then the characters, which match only as such."""
    stream: list[str] = []
    characters: list[str] = []
    for match in _TOKEN.finditer(_POSSESSIVE.sub("", normalise(text))):
        token = match.group()
        if _IS_CJK.match(token):
            stream += _bigrams(token)
            if len(token) > 1:
                characters += token
        else:
            stream.append(token)
    return " ".join(stream + characters)


def query_units(word: str) -> tuple[Unit, ...]:
    """Cut one query word into phrases: "USB数据线 2米" gives 2000mm, usb, 数据线. Tokens hold no syntax; the last is the head."""
    rest, measures = split_measures(word)
    units = [Unit(form, (form,), cjk=False) for form in measures]
    for piece in _POSSESSIVE.sub("", normalise(rest)).split():
        latin: list[re.Match[str]] = []
        for match in [*_TOKEN.finditer(piece), None]:
            if match is not None and not _IS_CJK.match(match.group()):
                latin.append(match)
                continue
            if latin:
                tokens = tuple(found.group() for found in latin)
                if not set(tokens) <= STOP_WORDS:
                    units.append(Unit(piece[latin[0].start() : latin[-1].end()], tokens, cjk=False))
                latin = []
            if match is not None:
                units.append(_cjk_unit(match.group()))
    return tuple(dict.fromkeys(units))


def question(words: Mapping[Language, tuple[str, ...]], synonyms: Synonyms) -> Question:
    """Every distinct word of a query that has something to match, and its synonyms, cut into phrases.

    Both parts of a word of two must occur. Of three and more the last must, and any other: it is the head of an English
    noun phrase, so that "mobile phone case" finds cases for mobiles, and ranks those highest that have all three.
    """
    asked = [word for spoken in words.values() for word in spoken]
    typed = {units: term(word) for word in asked if (units := query_units(word))}
    whole = {word for word in typed.values() if not any(word in longer and word != longer for longer in typed.values())}
    groups = {units: [Wording(units, word in whole)] for units, word in typed.items()}
    others: dict[tuple[Unit, ...], tuple[tuple[Unit, ...], bool]] = {}  # the word each is first said for, and whether it is a head
    for word in asked:
        for other in synonyms.alternatives(word) if (mine := query_units(word)) else ():
            if (units := query_units(other)) and units not in typed:
                first, head = others.get(units, (mine, False))
                others[units] = first, head or term(word) in whole
    for units, (word_units, head) in others.items():
        groups[word_units].append(Wording(units, head))
    return Question(tuple(map(tuple, groups.values())))


def head_token(units: tuple[Unit, ...]) -> str:
    """The token of a word that the head field is searched for: the last; of a Chinese run its last two characters."""
    return units[-1].tokens[-1]


_TYPO_FROM, _TWO_TYPOS_FROM = 4, 8  # letters


def spellable(asked: Question) -> tuple[str, ...]:
    """The tokens of a question that may be a typing error where nobody knows them: Latin letters only, not too short."""
    tokens = (token for wording in asked.wordings for unit in wording.units if not unit.cjk for token in unit.tokens)
    return tuple(dict.fromkeys(token for token in tokens if len(token) >= _TYPO_FROM and token.isalpha()))


def typos_allowed(token: str) -> int:
    """How many letters may be wrong in a token of this length."""
    return 0 if len(token) < _TYPO_FROM else 1 if len(token) < _TWO_TYPOS_FROM else 2


def _corrected(units: tuple[Unit, ...], meant: Mapping[str, str]) -> tuple[Unit, ...]:
    mended = [(unit, tuple(meant.get(token, token) for token in unit.tokens)) for unit in units]
    return tuple(unit if tokens == unit.tokens else Unit(" ".join(tokens), tokens, cjk=False) for unit, tokens in mended)


def closest(token: str, candidates: Iterable[tuple[str, int]]) -> str | None:
    """Of (word, how common), the one with the fewest typing errors, then the commonest; None where all are too far off."""
    best: tuple[int, int, str] | None = None
    for word, many in candidates:
        allowed = typos_allowed(token) if best is None else best[0]
        errors = _typos(token, word, allowed)
        if errors is not None and (best is None or (errors, -many, word) < best):
            best = (errors, -many, word)
    return best[2] if best else None


def _typos(one: str, other: str, allowed: int) -> int | None:
    """Optimal string alignment distance (a swap of neighbours is one error), None above `allowed`."""
    if abs(len(one) - len(other)) > allowed:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, 1):
        previous, row = row, [at]
        for to, against in enumerate(other, 1):
            cost = min(previous[to] + 1, row[to - 1] + 1, previous[to - 1] + (char != against))
            if at > 1 and to > 1 and char == other[to - 2] and one[at - 2] == against:
                cost = min(cost, before[to - 2] + 1)
            row.append(cost)
        if min(row) > allowed:
            return None
        before = previous
    return row[-1] if row[-1] <= allowed else None


def search_texts(product: Product) -> dict[str, str]:
    """The searched text of each of SEARCH_FIELDS and HEAD_FIELD, all languages of the product in one."""
    spoken = [product.text(language) for language in dict.fromkeys((product.language, *product.localized))]
    texts = {
        "title": "\n".join(text.title for text in spoken),
        "category": "\n".join(" / ".join(text.category_path) for text in spoken),
        "brand": product.brand or "",
        "attributes": "\n".join(_attribute_words(name, value) for text in spoken for name, value in text.attributes.items()),
        "description": "\n".join(text.description[:MAX_DESCRIPTION] for text in spoken),
    }
    # Sizes also in their normal form, so that 0.5L is found by 500ml.
    sized = {field: "\n".join((text, *(form for form in measures_in(text) if form not in text))) for field, text in texts.items()}
    return sized | {HEAD_FIELD: "\n".join(heads(product))}


_YES, _NO = frozenset({"true", "yes", "y", "是", "有"}), frozenset({"false", "no", "n", "none", "否", "无"})
_BARE_NUMBER = re.compile(r"[\d.,\s]+")


def _attribute_words(name: str, value: str) -> str:
    """What of an attribute people search for. Parcel weights without a unit and things it has not are noise that makes a text long."""
    plain = normalise(value).strip()
    if plain in _NO:
        return ""
    if plain in _YES:
        return name
    words = f"{name} {value}"
    return words if not _BARE_NUMBER.fullmatch(plain) or measures_in(words) else ""


def filter_terms(product: Product) -> dict[str, tuple[str, ...]]:
    """What text conditions are compared with: category (each step), leaf, brand, attribute (value, name=value); promotions by name."""
    spoken = [product.text(language) for language in dict.fromkeys((product.language, *product.localized))]
    attributes: list[str] = []
    for text in spoken:
        for name, value in text.attributes.items():
            for part in (value, *_VALUE_SEPARATORS.split(value)):
                attributes += [term(part), f"{term(name)}={term(part)}"] if term(part) else []
    return {
        "category": _distinct(step for text in spoken for step in text.category_path),
        "leaf": _distinct(text.category_path[-1] for text in spoken if text.category_path),
        "brand": _distinct([product.brand] if product.brand else []),
        "attribute": tuple(dict.fromkeys(attributes)),
        "promotion": promotion_terms(product),
    }


def promotion_terms(product: Product) -> tuple[str, ...]:
    """The promotions it is enrolled for: the one kind of term that offers change."""
    return tuple(each.promotion for each in product.enrolments)


def attribute_term(text: str) -> str:
    """A wanted attribute in the stored form: "材质： 纯棉" and "材质 = 纯棉" both give 材质=纯棉."""
    name, separator, value = normalise(text).replace(":", "=").partition("=")
    return f"{term(name)}={term(value)}" if separator else term(name)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for found in (term(text) for text in texts) if found))
