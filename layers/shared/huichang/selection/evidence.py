"""Which products truly speak of a theme: evidence in words, checked on the product, never by cosine.

An index answers "any one word matches", which is right for recall and far too kind for stock depth: 飞船零件 finds
every spare part. So the index only fetches a pool, and each product of it is judged here:

- a phrase holds in a product when all its parts do (熊猫玩偶 = 熊猫 + 玩偶), or when one part is missing that
  the product's category stands for (a panda 公仔 on the dolls' shelf is a 熊猫玩偶) - never the rarest part of a
  longer phrase, never the leading part of a pair;
- generic words (会场, 新品, sale) and single characters prove nothing;
- where the operator's subject names goods, a product must speak of a subject as well as of a keyword of the theme, so
  that a model's helpful neighbours (tools for 飞船零件) do not count. A subject that is only a scene
  (宿舍, back to school) anchors nothing; one that no product says but that is an industry's own word (零食) stands for
  that industry;
- a subject that names a place of use (厨房收纳) is about goods of that place: where enough goods say so themselves, those on
  shelves that no such product lies on, and that are not named after the goods either, are far from it (pencil cases). What
  lies among the goods of another place is far from it always;
- what says it is for women, men, girls or boys is not for the others, whether the goods or the audience of the brief
  say whom they are for ("running shoes for women");
- a neighbour speaks of a keyword but of no subject (women's walking shoes, where women's running shoes are wanted) and
  lies on a shelf where goods of the theme lie. It proves nothing, and fills a page that would otherwise have to break a
  number that the operator gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress

from huichang.catalog.product import Product, promoted
from huichang.kernel.language import Language, detect_language
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.product_words import MAX_RUN, ProductWords, audience_in, cuts_of
from huichang.selection.words import (
    IndustryEntry,
    by_language,
    clean_words,
    content_words,
    fold,
    han_runs,
    place_in,
    without_generic,
    without_scenes,
)

POOL_SIZE = 1000
_MAX_KEYWORDS = 24
_MAX_SUBJECTS = 6
_SIMPLE = 3
# So many goods must say that they are of a place before others count as far from it.
_REAL_PLACE = 8


class Phrase:
    """A keyword or subject, cut into the parts that must be present."""

    def __init__(
        self,
        phrase: str,
        parts: tuple[str, ...],
        industry: str | None,
        belongs_to: frozenset[str] = frozenset(),
        place: tuple[str, ...] = (),
    ) -> None:
        self.phrase = phrase
        self._place = place
        self._place_shelves: frozenset[str] = frozenset()
        self.parts = parts
        self.industry = industry
        self._belongs_to = belongs_to
        self._within: frozenset[str] = frozenset()
        self._rarest = ""
        self._shelves: dict[str, frozenset[str]] = {}
        self._groups: dict[str, frozenset[str]] = {}

    def study(self, pool: Sequence[ProductWords]) -> None:
        """Learn which part is rarest, on which shelves each part is at home, and on which shelves the goods of its place lie."""
        there = [words for words in pool if self._place and all(map(words.has, self.parts)) and self._says_place(words)]
        if len(there) >= _REAL_PLACE:
            self._place_shelves = frozenset(words.leaf for words in there)
        if len(self.parts) < 2:
            return
        counts = {part: sum(words.has(part) for words in pool) for part in self.parts}
        self._rarest = min(self.parts, key=lambda part: counts[part])
        for part in self.parts:
            having = [words for words in pool if words.has(part)]
            self._shelves[part] = _at_home(words.leaf for words in having)
            self._groups[part] = _at_home(words.group for words in having)

    def holds(self, words: ProductWords) -> bool:
        """Whether the product speaks of this."""
        if words.industry is not None and (words.industry == self.industry or words.industry in self._within):
            return True
        if self._place and not self._of_place(words):
            return False
        missing = [part for part in self.parts if not words.has(part)]
        if not missing:
            return bool(self.parts)
        if len(missing) > 1 or len(self.parts) < 2:
            return False
        gap = missing[0]
        if gap != self.parts[-1] and (len(self.parts) == 2 or gap == self._rarest):
            return False
        # What is rare carries the meaning: beside a rare 熊猫 the whole group of 玩偶 will do, beside a common 红色
        # only the very shelf of 连衣裙.
        return words.leaf in self._shelves[gap] or (gap != self._rarest and words.group in self._groups[gap])

    def _says_place(self, words: ProductWords) -> bool:
        return any(map(words.says, self._place))

    def _of_place(self, words: ProductWords) -> bool:
        """Not what lies among the goods of another place, nor, where the place has goods of its own, what is far from them."""
        if self._says_place(words):
            return True
        if words.home() not in ((), self._place):
            return False
        return (
            not self._place_shelves
            or words.leaf in self._place_shelves
            or (any(map(words.shelved_as, self.parts)) and not words.elsewhere(self._place))
        )

    def as_industry(self) -> Phrase:
        """The same phrase standing for the industries whose own word it is, if there are any."""
        self._within = self._belongs_to
        return self

    def is_fragment_of(self, other: Phrase) -> bool:
        """零件 is one of 飞船零件, "parts" of "spaceship parts"."""
        return self.phrase != other.phrase and (
            self.phrase in other.phrase
            if han_runs(self.phrase)
            else bool(self.parts) and set(self.parts) < set(content_words(other.phrase))
        )


def _at_home(shelves: Iterable[str]) -> frozenset[str]:
    """Shelves that hold at least two of these products and a twentieth of them; a stray product makes no home."""
    counts = Counter(filter(None, shelves))
    needed = max(2, 0.05 * sum(counts.values()))
    return frozenset(shelf for shelf, count in counts.items() if count >= needed)


def _without_dead_fragments(keywords: Sequence[Phrase], pool: Sequence[ProductWords]) -> list[Phrase]:
    """Without pieces of a longer keyword that no product can speak of: spare parts do not prove spaceship parts.

    A keyword with a scene in it is never dead: that no title says 宿舍收纳 does not speak against 收纳.
    """
    dead = [
        keyword
        for keyword in keywords
        if keyword.phrase == without_scenes(keyword.phrase) and any(not any(words.has(part) for words in pool) for part in keyword.parts)
    ]
    return [keyword for keyword in keywords if not any(map(keyword.is_fragment_of, dead))]


class Topic:
    """A theme's evidence over one catalogue: the products that speak of it, and a judge for any other product."""

    def __init__(
        self,
        keywords: Sequence[Phrase],
        anchors: Sequence[Phrase],
        pool: Mapping[str, Product],
        words: Mapping[str, ProductWords],
        *,
        audience: frozenset[str] = frozenset(),
        cut: bool = False,
    ) -> None:
        known = list(words.values())
        for phrase in (*keywords, *anchors):
            phrase.study(known)
        if not any(anchor.holds(one) for anchor in anchors for one in known):
            anchors = [anchor.as_industry() for anchor in anchors]
        self._anchors = anchors
        self._keywords = keywords if anchors else _without_dead_fragments(keywords, known)
        self._words = dict(words)
        self._audience = audience
        matched = [bool(self.matches(product)) for product in pool.values()]
        # The index gives its best matches first: if even the last of a cut pool match, there are more beyond it.
        self.full = cut and any(matched[-max(1, len(matched) // 5) :])
        self.products: tuple[str, ...] = tuple(compress(pool, matched))
        self.found: tuple[Product, ...] = tuple(compress(pool.values(), matched))
        leaves = [pool[product_id].leaf_category for product_id in self.products]
        self.categories: tuple[str, ...] = tuple(leaf for leaf, _ in Counter(leaves).most_common() if leaf)
        self.shelves = _at_home(leaves)
        others = [product for product, match in zip(pool.values(), matched, strict=True) if not match and not self.for_others(product)]
        self.neighbours: tuple[Product, ...] = tuple(product for product in others if self.near(product))
        self.beside: tuple[Product, ...] = tuple(product for product in others if product.leaf_category in self.shelves)

    @property
    def anchored(self) -> bool:
        """Whether a subject named goods that every product must speak of."""
        return bool(self._anchors)

    @property
    def depth(self) -> int:
        """How many eligible products speak of the theme; `full` says that there are probably more."""
        return len(self.products)

    def matches(self, product: Product) -> tuple[str, ...]:
        """The theme's words this product speaks of; empty if it does not speak of the theme."""
        words = self._of(product)
        if self.for_others(product):
            return ()
        subjects = [phrase.phrase for phrase in self._anchors if phrase.holds(words)]
        if self._anchors and not subjects:
            return ()
        found = [phrase.phrase for phrase in self._keywords if phrase.holds(words)]
        return tuple(dict.fromkeys(subjects + found)) if found else ()

    def near(self, product: Product) -> tuple[str, ...]:
        """The keywords that a neighbour speaks of; empty for what speaks of the theme itself, and for what is no neighbour."""
        words = self._of(product)
        if not self._anchors or product.leaf_category not in self.categories or self.for_others(product):
            return ()
        if any(phrase.holds(words) for phrase in self._anchors):
            return ()
        # By itself, not by its shelf: that its shelf stands for the missing word is true of everything on it.
        return tuple(phrase.phrase for phrase in self._keywords if phrase.parts and all(map(words.has, phrase.parts)))

    def _of(self, product: Product) -> ProductWords:
        return self._words.get(product.id) or self._words.setdefault(product.id, ProductWords(product))

    def for_others(self, product: Product) -> bool:
        """Whether the product says that it is for others than the theme's audience."""
        return bool(self._audience and (named := self._of(product).audience()) and not named & self._audience)


class TopicFinder:
    """Finds the evidence for a theme in the index."""

    def __init__(self, index: ProductIndex, industries: Sequence[IndustryEntry] = ()) -> None:
        self._index = index
        self._industries = industries

    def find(
        self, keywords: Iterable[str], subjects: Iterable[str], where: Eligibility, size: int = POOL_SIZE, *, audience: str = ""
    ) -> Topic:
        """Return the topic of these keywords, anchored in the subjects that name goods in a language of the catalogue.

        `audience`: whom the brief is for, in the operator's words.

        Raises what the index raises (TransientError). Cost: one search, one get, and one filter per industry named.
        """
        spoken = languages_of(self._index, where)
        said = clean_words(subjects, limit=_MAX_SUBJECTS)
        at = {without_generic(bare): place for subject in said if (place := place_in(subject)) and (bare := self._bare(subject))}
        anchors = [phrase for phrase in self._phrases(map(self._bare, said)) if not spoken or detect_language(phrase) in (None, *spoken)]
        kept = self._phrases(clean_words(keywords, limit=_MAX_KEYWORDS))
        pool = self._pool(list(dict.fromkeys([*kept, *anchors])), where, size)
        words = {product_id: ProductWords(product) for product_id, product in pool.items()}
        known = list(words.values())
        return Topic(
            [self._phrase(phrase, known) for phrase in kept],
            _without_later_fragments([self._phrase(phrase, known, at.get(phrase, ())) for phrase in anchors]),
            pool,
            words,
            audience=audience_in((*said, audience)),
            cut=len(pool) >= size,
        )

    def _bare(self, subject: str) -> str:
        """Without scenes and people; the name of an industry stays whole, "men's clothing" is no clothing for everybody."""
        return subject if self._industry(fold(subject)) else without_scenes(subject)

    def _phrases(self, raw: Iterable[str]) -> list[str]:
        cores = [without_generic(word) for word in raw]
        return list(dict.fromkeys(core for core in cores if _says_something(core)))

    def _phrase(self, phrase: str, pool: Sequence[ProductWords], place: tuple[str, ...] = ()) -> Phrase:
        parts: list[str] = []
        for run in han_runs(phrase):
            if len(run) > 1:
                parts += _best_cut(run[:MAX_RUN], pool)
        parts += content_words(phrase)
        return Phrase(phrase, tuple(dict.fromkeys(parts)), self._industry(phrase), self._industries_of_word(phrase), place)

    def _industry(self, phrase: str) -> str | None:
        for industry in self._industries:
            if phrase in set(map(fold, (industry.code, industry.zh, industry.en, *industry.names))):
                return industry.code
        return None

    def _industries_of_word(self, phrase: str) -> frozenset[str]:
        """Industries of which a simple word is one of their own words, or begins or ends with one (锅具: 锅)."""
        runs = han_runs(phrase)
        if len(runs) + len(content_words(phrase)) != 1 or (runs and len(phrase) > _SIMPLE):
            return frozenset()

        def own(word: str) -> bool:
            said = fold(word)
            if runs:
                return bool(han_runs(said)) and (phrase.startswith(said) or phrase.endswith(said))
            return content_words(said) == content_words(phrase)

        return frozenset(industry.code for industry in self._industries if any(map(own, industry.words)))

    def _pool(self, phrases: Sequence[str], where: Eligibility, size: int) -> dict[str, Product]:
        if not phrases:
            return {}
        asked = list(phrases)
        for phrase in phrases:
            # The parts by themselves too: a product that lacks one of them teaches on which shelf it is at home.
            for run in han_runs(phrase):
                asked += [run[:MAX_RUN][i : i + 2] for i in range(min(len(run), MAX_RUN) - 1)] if len(run) > 3 else []
            words = content_words(phrase)
            asked += words if len(words) > 1 else ()
        hits = self._index.search(by_language(dict.fromkeys(asked)), where, size)
        ids = [hit.product_id for hit in hits]
        for code in dict.fromkeys(filter(None, map(self._industry, phrases))):
            narrowed = where.model_copy(update={"industries": (code,)})
            ids += [hit.product_id for hit in self._index.filter(narrowed, size)]
        ids = list(dict.fromkeys(ids))[:size]
        found = promoted(self._index.get(ids), where.promotion)
        return {product_id: found[product_id] for product_id in ids if product_id in found}


def _without_later_fragments(anchors: Sequence[Phrase]) -> list[Phrase]:
    """Without subjects that are pieces of a more important one: (飞船零件, 零件) means 飞船零件."""
    return [anchor for place, anchor in enumerate(anchors) if not any(anchor.is_fragment_of(earlier) for earlier in anchors[:place])]


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
    return any(len(run) > 1 for run in han_runs(phrase)) or any(len(word) > 1 and not word.isdigit() for word in content_words(phrase))


def _best_cut(run: str, pool: Sequence[ProductWords]) -> tuple[str, ...]:
    """Cut a Chinese run into parts of two or more characters, the way whose rarest part is commonest in the pool.

    A run of two or three characters is one part. Where no cut has all its parts in the pool, the run stays whole.
    """
    if len(run) < 4:
        return (run,)
    counts: dict[str, int] = {}

    def count(part: str) -> int:
        if part not in counts:
            counts[part] = sum(words.has(part) for words in pool)
        return counts[part]

    best: tuple[int, int, tuple[str, ...]] = (0, -1, (run,))
    for cut in cuts_of(run):
        if len(cut) > 1:
            weakest = min(count(part) for part in cut)
            if weakest > 0:
                best = max(best, (weakest, -len(cut), cut))
    return best[2]
