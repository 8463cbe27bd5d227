"""A product's own words, made ready for the question whether it speaks of something: checked on the product, never by cosine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from huichang.catalog.product import Product
from huichang.selection.words import content_words, english_words, fold, han_runs, place_in, places, without_generic

MAX_RUN = 8
_LONG_VALUE = 20
_VALUES = re.compile(r"[,，、;；|/\n]")
_AUDIENCES: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "women": (
        ("女士", "女款", "女式", "女装", "女鞋", "女包"),
        frozenset({"women", "woman", "lady", "womenswear"}),
    ),
    "men": (("男士", "男款", "男式", "男装", "男鞋", "男包"), frozenset({"men", "man", "gent", "menswear"})),
    "girls": (("女童", "女孩"), frozenset({"girl"})),
    "boys": (("男童", "男孩"), frozenset({"boy"})),
}


class ProductWords:
    """A product's title, categories, brand and attribute values in all its languages, made ready for comparison."""

    def __init__(self, product: Product) -> None:
        texts = [product.title, *product.category_path, product.brand or ""]
        values = [*product.attributes.values()]
        for other in product.localized.values():
            texts += [other.title, *other.category_path]
            values += other.attributes.values()
        self._text = fold("\n".join(texts))
        # A long attribute is prose; a short one is what it ends with: 酒红色 is 红色, 毛巾布 is no 毛巾.
        cut = [value for text in values for value in _VALUES.split(fold(text)) if len(value) <= _LONG_VALUE]
        self._values = tuple(dict.fromkeys(value.strip() for value in cut))
        self.words = frozenset(english_words(" ".join((self._text, *self._values))))
        self.leaf = product.leaf_category
        paths = [product.category_path, *(other.category_path for other in product.localized.values())]
        self.shelf = fold("\n".join(path[-1] for path in paths if path))
        self._path = "\n".join(step for path in paths for step in path)
        self.group = product.category_path[-2] if len(product.category_path) > 2 else ""  # the root groups nothing
        self.industry = product.industry

    def has(self, part: str) -> bool:
        """A Chinese part stands in the text or ends an attribute's value; an English word is one of the words."""
        if not han_runs(part):
            return part in self.words
        return part in self._text or any(value.endswith(part) for value in self._values)

    def shelved_as(self, part: str) -> bool:
        """Whether the name of its shelf says the part, in any language."""
        return part in self.shelf if han_runs(part) else part in english_words(self.shelf)

    def home(self) -> tuple[str, ...]:
        """The words of the place that its categories name; () where they name none, or several."""
        return place_in(self._path)

    def elsewhere(self, place: tuple[str, ...]) -> bool:
        """Whether the product says that it is for other places."""
        return any(self.says(word) for words in places() if words != place for word in words)

    def says(self, phrase: str) -> bool:
        """A Chinese phrase as it stands, an English one by all its words."""
        return self.has(phrase) if han_runs(phrase) else all(map(self.has, phrase.split()))

    def audience(self) -> frozenset[str]:
        """Whom the words name, of men, women, boys and girls; nobody where they do not say."""
        return frozenset(group for group, (han, english) in _AUDIENCES.items() if english & self.words or any(map(self.has, han)))


def speaks(words: ProductWords, phrase: str) -> bool:
    """Whether a product speaks of a phrase, judged by itself: all English words, all Chinese runs or a cut of them."""
    core = without_generic(phrase)
    runs = [run for run in han_runs(core) if len(run) > 1]
    plain = content_words(core)
    return bool(runs or plain) and all(map(words.has, plain)) and all(_run_in(run, words) for run in runs)


def audience_in(subjects: Iterable[str]) -> frozenset[str]:
    """The audience that the subjects name, in the words of _AUDIENCES."""
    text = fold(" ".join(subjects))
    words = frozenset(english_words(text))
    return frozenset(group for group, (han, english) in _AUDIENCES.items() if english & words or any(word in text for word in han))


def _run_in(run: str, words: ProductWords) -> bool:
    return any(all(map(words.has, cut)) for cut in cuts_of(run[:MAX_RUN]))


def cuts_of(run: str) -> list[tuple[str, ...]]:
    """Every way to cut a Chinese run into parts of two or more characters."""
    if len(run) < 2:
        return []
    cuts: list[tuple[str, ...]] = [(run,)]
    for length in range(2, len(run) - 1):
        cuts += [(run[:length], *rest) for rest in cuts_of(run[length:])]
    return cuts
