"""Which products truly speak of a theme: evidence in words, checked on the product, never by cosine.

An index answers "any one word matches", which is right for recall and far too kind for stock depth: 飞船零件 finds
every spare part. So the index only fetches a pool, and each product of it is judged here:

- a phrase holds in a product when all its parts do (熊猫玩偶 = 熊猫 + 玩偶), or when one part is missing that
  the product's category stands for (a panda 公仔 on the dolls' shelf is a 熊猫玩偶) - never the rarest part of a
  longer phrase, never the leading part of a pair;
- generic words (会场, 新品, sale) and single characters prove nothing;
- where the operator's subject names goods, a product must speak of a subject as well as of a keyword of the theme, so
  that a model's helpful neighbours (tools for 飞船零件) do not count. A subject that is only a scene
  (宿舍, back to school) anchors nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from huichang.catalog.product import Product
from huichang.kernel.language import Language, detect_language
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.words import (
    IndustryEntry,
    by_language,
    clean_words,
    content_words,
    english_words,
    fold,
    han_runs,
    without_generic,
    without_scenes,
)

POOL_SIZE = 1000
_MAX_RUN = 8
_MAX_KEYWORDS = 12
_MAX_SUBJECTS = 6


class ProductWords:
    """A product's title, categories, brand and attribute values in all its languages, made ready for comparison."""

    def __init__(self, product: Product) -> None:
        texts = [product.title, *product.category_path, product.brand or "", *product.attributes.values()]
        for other in product.localized.values():
            texts += [other.title, *other.category_path, *other.attributes.values()]
        self.text = fold("\n".join(texts))
        self.words = frozenset(english_words(self.text))
        self.leaf = product.leaf_category
        self.industry = product.industry

    def has(self, part: str) -> bool:
        """A Chinese part stands in the text; an English word is one of its words."""
        return part in self.text if han_runs(part) else part in self.words


def speaks(words: ProductWords, phrase: str) -> bool:
    """Whether a product speaks of a phrase, judged by itself: all English words, all Chinese runs or a cut of them."""
    core = without_generic(phrase)
    runs = [run for run in han_runs(core) if len(run) > 1]
    plain = content_words(core)
    return bool(runs or plain) and all(map(words.has, plain)) and all(_run_in(run, words.text) for run in runs)


class Phrase:
    """A keyword or subject, cut into the parts that must be present."""

    def __init__(self, phrase: str, parts: tuple[str, ...], industry: str | None) -> None:
        self.phrase = phrase
        self.parts = parts
        self.industry = industry
        self._rarest = ""
        self._shelves: dict[str, frozenset[str]] = {}

    def study(self, pool: Sequence[ProductWords]) -> None:
        """Learn which part is rarest and on which shelves each part is at home."""
        if len(self.parts) < 2:
            return
        counts = {part: sum(words.has(part) for words in pool) for part in self.parts}
        self._rarest = min(self.parts, key=lambda part: counts[part])
        for part in self.parts:
            leaves = Counter(words.leaf for words in pool if words.leaf and words.has(part))
            needed = max(2, 0.05 * sum(leaves.values()))
            self._shelves[part] = frozenset(leaf for leaf, count in leaves.items() if count >= needed)

    def holds(self, words: ProductWords) -> bool:
        """Whether the product speaks of this."""
        if self.industry is not None and words.industry == self.industry:
            return True
        missing = [part for part in self.parts if not words.has(part)]
        if not missing:
            return bool(self.parts)
        if len(missing) > 1 or len(self.parts) < 2:
            return False
        gap = missing[0]
        replaceable = gap == self.parts[-1] if len(self.parts) == 2 else gap != self._rarest
        return replaceable and words.leaf in self._shelves.get(gap, frozenset())


class Topic:
    """A theme's evidence over one catalogue: the products that speak of it, and a judge for any other product."""

    def __init__(
        self,
        keywords: Sequence[Phrase],
        anchors: Sequence[Phrase],
        pool: Mapping[str, Product],
        words: Mapping[str, ProductWords],
        *,
        full: bool = False,
    ) -> None:
        self._keywords = keywords
        self._anchors = anchors
        self._words = dict(words)
        self.full = full
        for phrase in (*keywords, *anchors):
            phrase.study(list(words.values()))
        self.products: tuple[str, ...] = tuple(product_id for product_id in pool if self.matches(pool[product_id]))
        leaves = Counter(pool[product_id].leaf_category for product_id in self.products)
        self.categories: tuple[str, ...] = tuple(leaf for leaf, _ in leaves.most_common() if leaf)
        needed = max(2, 0.05 * len(self.products))
        self.shelves = frozenset(leaf for leaf, count in leaves.items() if leaf and count >= needed)

    @property
    def anchored(self) -> bool:
        """Whether a subject named goods that every product must speak of."""
        return bool(self._anchors)

    @property
    def depth(self) -> int:
        """How many eligible products speak of the theme; `full` says that the pool was cut and there may be more."""
        return len(self.products)

    def matches(self, product: Product) -> tuple[str, ...]:
        """The theme's words this product speaks of; empty if it does not speak of the theme."""
        words = self._words.get(product.id) or self._words.setdefault(product.id, ProductWords(product))
        subjects = [phrase.phrase for phrase in self._anchors if phrase.holds(words)]
        if self._anchors and not subjects:
            return ()
        found = [phrase.phrase for phrase in self._keywords if phrase.holds(words)]
        return tuple(dict.fromkeys(subjects + found)) if found else ()


class TopicFinder:
    """Finds the evidence for a theme in the index."""

    def __init__(self, index: ProductIndex, industries: Sequence[IndustryEntry] = ()) -> None:
        self._index = index
        self._industries = industries

    def find(
        self, keywords: Iterable[str], subjects: Iterable[str], where: Eligibility, size: int = POOL_SIZE
    ) -> Topic:
        """Return the topic of these keywords, anchored in the subjects that name goods in a language of the catalogue.

        Raises what the index raises (TransientError). Cost: one search, one get, and one filter per industry named.
        """
        spoken = languages_of(self._index, where)
        anchors = [
            phrase
            for phrase in self._phrases(map(without_scenes, clean_words(subjects, limit=_MAX_SUBJECTS)))
            if not spoken or detect_language(phrase) in (None, *spoken)
        ]
        kept = self._phrases(clean_words(keywords, limit=_MAX_KEYWORDS))
        pool = self._pool(list(dict.fromkeys([*kept, *anchors])), where, size)
        words = {product_id: ProductWords(product) for product_id, product in pool.items()}
        known = list(words.values())
        return Topic(
            [self._phrase(phrase, known) for phrase in kept],
            [self._phrase(phrase, known) for phrase in anchors],
            pool,
            words,
            full=len(pool) >= size,
        )

    def _phrases(self, raw: Iterable[str]) -> list[str]:
        cores = [without_generic(word) for word in raw]
        return list(dict.fromkeys(core for core in cores if _says_something(core)))

    def _phrase(self, phrase: str, pool: Sequence[ProductWords]) -> Phrase:
        parts: list[str] = []
        for run in han_runs(phrase):
            if len(run) > 1:
                parts += _best_cut(run[:_MAX_RUN], pool)
        parts += content_words(phrase)
        return Phrase(phrase, tuple(dict.fromkeys(parts)), self._industry(phrase))

    def _industry(self, phrase: str) -> str | None:
        for industry in self._industries:
            if phrase in {fold(industry.code), fold(industry.zh), fold(industry.en)}:
                return industry.code
        return None

    def _pool(self, phrases: Sequence[str], where: Eligibility, size: int) -> dict[str, Product]:
        if not phrases:
            return {}
        asked = list(phrases)
        for phrase in phrases:
            # The parts by themselves too: a product that lacks one of them teaches on which shelf it is at home.
            for run in han_runs(phrase):
                asked += [run[:_MAX_RUN][i : i + 2] for i in range(min(len(run), _MAX_RUN) - 1)] if len(run) > 3 else []
            words = content_words(phrase)
            asked += words if len(words) > 1 else ()
        hits = self._index.search(by_language(dict.fromkeys(asked)), where, size)
        ids = [hit.product_id for hit in hits]
        for code in dict.fromkeys(filter(None, map(self._industry, phrases))):
            narrowed = where.model_copy(update={"industries": (code,)})
            ids += [hit.product_id for hit in self._index.filter(narrowed, size)]
        ids = list(dict.fromkeys(ids))[:size]
        found = self._index.get(ids)
        return {product_id: found[product_id] for product_id in ids if product_id in found}


def languages_of(index: ProductIndex, where: Eligibility, sample: int = 40) -> tuple[Language, ...]:
    """Languages in which the catalogue's products have words, translations included; judged on its best sellers."""
    found = index.get([hit.product_id for hit in index.filter(where, sample)])
    spoken: set[Language] = set()
    for product in found.values():
        spoken |= {product.language, *product.localized}
    if not spoken:
        return ()
    order: tuple[Language, ...] = ("zh", "en")
    return tuple(language for language in order if language in spoken)


def _says_something(phrase: str) -> bool:
    return any(len(run) > 1 for run in han_runs(phrase)) or any(
        len(word) > 1 and not word.isdigit() for word in content_words(phrase)
    )


def _best_cut(run: str, pool: Sequence[ProductWords]) -> tuple[str, ...]:
    """Cut a Chinese run into parts of two or more characters, the way whose rarest part is commonest in the pool.

    A run of two or three characters is one part. Where no cut has all its parts in the pool, the run stays whole.
    """
    if len(run) < 4:
        return (run,)
    counts: dict[str, int] = {}

    def count(part: str) -> int:
        if part not in counts:
            counts[part] = sum(part in words.text for words in pool)
        return counts[part]

    best: tuple[int, int, tuple[str, ...]] = (0, -1, (run,))
    for cut in _cuts(run):
        if len(cut) > 1:
            weakest = min(count(part) for part in cut)
            if weakest > 0:
                best = max(best, (weakest, -len(cut), cut))
    return best[2]


def _run_in(run: str, text: str) -> bool:
    if run in text:
        return True
    return any(len(cut) > 1 and all(part in text for part in cut) for cut in _cuts(run[:_MAX_RUN]))


def _cuts(run: str) -> list[tuple[str, ...]]:
    if len(run) < 2:
        return []
    cuts: list[tuple[str, ...]] = [(run,)]
    for length in range(2, len(run) - 1):
        cuts += [(run[:length], *rest) for rest in _cuts(run[length:])]
    return cuts
