"""The chosen products of a venue, made ready to be divided: their words in the page's language, and how alike two of them are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import mul

from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.selection.floors.naming import fits, key, says_nothing, singular_name, tidy
from huichang.selection.floors.scoring import config
from huichang.selection.floors.translating import translated
from huichang.selection.lookalikes import families, maker_of
from huichang.selection.words import clean, english_words, fold, terms

_SEPARATORS = "、，,;；|/"
_WORDS, _FLAT = 0.4, 1e-6
_ALIKE = {"category": 0.5, "attributes": 0.25, "words": 0.25}


class Goods:
    """The products in the order of the selection. Pure and deterministic."""

    def __init__(self, products: Mapping[str, Product], language: Language, vectors: Mapping[str, Sequence[float]] | None = None) -> None:
        self.products = dict(products)
        self.language = language
        self.ids = tuple(self.products)
        self.rank = {product_id: place for place, product_id in enumerate(self.ids)}
        self.brands = frozenset(fold(product.brand) for product in self.products.values() if product.brand)
        self._said = Counter(
            word for product in self.products.values() for word in {*key(product.text(language).title).split(), *_deep(product, language)}
        )
        self.paths = {product_id: self._path(product) for product_id, product in self.products.items()}
        self.values = {product_id: self._values(product) for product_id, product in self.products.items()}
        self._words = {product_id: terms(product.text(language).title) for product_id, product in self.products.items()}
        self._kin: dict[tuple[str, str], float] = {}
        self._alike: dict[tuple[str, str], float] = {}
        self._near: dict[str, dict[str, float]] = {}
        self._vectors = vectors if vectors and all(product_id in vectors for product_id in self.ids) else {}
        family = families(self.products.values())
        self.marks = {
            product_id: {
                "family": family[product_id],
                "picture": product.pictures[0] if product.pictures else "",
                "maker": maker_of(product),
                "merchant": product.merchant.id,
            }
            for product_id, product in self.products.items()
        }

    def of(self, ids: Iterable[str]) -> list[Product]:
        """These products."""
        return [self.products[product_id] for product_id in ids]

    # --- category paths ----------------------------------------------------------------------------------------------

    def _path(self, product: Product) -> tuple[str, ...]:
        """Titles of the path's steps: without brands ("StyleStuffs Coffee Mugs" is "Coffee Mugs"), repeats and unreadable ones."""
        steps: list[str] = []
        foreign, above = self._foreign(product), ""
        for raw in product.text(self.language).category_path:
            name = self._without_brand(clean(raw, 80))
            if foreign:
                longer = f"{singular_name(above)} {name}" if fold(name) in config()["vague"] else name
                above, name = name, translated(longer, self.language) or translated(name, self.language)
            title = tidy(name, self._said)
            if title and steps and self.language == "en" and fold(title) in config()["vague"]:
                longer = f"{singular_name(steps[-1])} {title}"
                title = longer if fits(longer) else title
            if title and (not steps or key(title) != key(steps[-1])) and fold(title) not in self.brands:
                steps.append(title)
        return tuple(steps)

    def _foreign(self, product: Product) -> bool:
        """Whether its words are in another language than the page's: then only what the glossary knows can be a title."""
        return self.language != product.language and self.language not in product.localized

    def _without_brand(self, name: str) -> str:
        words = name.split()
        for length in range(len(words) - 1, 0, -1):
            if fold(" ".join(words[:length])) in self.brands:
                return " ".join(words[length:])
        return name

    # --- attributes --------------------------------------------------------------------------------------------------

    def _values(self, product: Product) -> dict[str, str]:
        """Attribute name to its main value (the first of several), where it says something."""
        found: dict[str, str] = {}
        foreign = self._foreign(product)
        for name, text in product.text(self.language).attributes.items():
            for sign in _SEPARATORS:
                text = text.partition(sign)[0]
            value = translated(clean(text, 60), self.language) if foreign else clean(text, 60)
            if not says_nothing(value):
                found[name] = value
        return found

    # --- likeness ----------------------------------------------------------------------------------------------------

    def kinship(self, one: str, other: str) -> float:
        """How much of their category paths two products share, 0..1; the same path is 1."""
        left, right = self.paths[one], self.paths[other]
        pair = ("/".join(left), "/".join(right))
        if pair not in self._kin:
            shared = 0
            for a, b in zip(left, right, strict=False):
                if a != b:
                    break
                shared += 1
            longest = max(len(left), len(right))
            self._kin[pair] = shared / longest if longest else 1.0
        return self._kin[pair]

    def alikeness(self, one: str, other: str) -> float:
        """Likeness of two products as their words say it, 0..1: category path, attribute values, words of the title."""
        pair = (one, other) if one < other else (other, one)
        if pair not in self._alike:
            mine, yours = set(self.values[one].items()), set(self.values[other].items())
            attributes = len(mine & yours) / len(mine | yours) if mine | yours else 0.0
            words = self._words[one] | self._words[other]
            said = len(self._words[one] & self._words[other]) / len(words) if words else 0.0
            kin = self.kinship(one, other)
            self._alike[pair] = _ALIKE["category"] * kin + _ALIKE["attributes"] * attributes + _ALIKE["words"] * said
        return self._alike[pair]

    def nearest(self, product_id: str, floors: Sequence[Sequence[str]]) -> tuple[int, float]:
        """The floor whose goods are most like this product, and how much (mean of its five best), ties to the first.

        By words, and by meaning where the embeddings of all goods are known. Cosines of small models lie close together: they are
        stretched over the venue's goods, so that only their order and their distances count, never their height.
        """
        near = self._meaning(product_id)

        def likeness(other: str) -> float:
            said = self.alikeness(product_id, other)
            return _WORDS * said + (1 - _WORDS) * near[other] if near else said

        best, most = 0, -1.0
        for place, ids in enumerate(floors):
            scores = sorted((likeness(other) for other in ids if other != product_id), reverse=True)[:5]
            mean = sum(scores) / len(scores) if scores else 0.0
            if mean > most + 1e-12:
                best, most = place, mean
        return best, max(most, 0.0)

    def _meaning(self, product_id: str) -> Mapping[str, float]:
        """Cosine to each of the others, stretched to 0..1; empty where embeddings are not known or all the same."""
        mine = self._vectors.get(product_id)
        if mine is None:
            return {}
        if product_id not in self._near:
            cosines = {other: sum(map(mul, mine, self._vectors[other])) for other in self.ids if other != product_id}
            least, most = min(cosines.values(), default=0.0), max(cosines.values(), default=0.0)
            stretched = {other: (cosine - least) / (most - least) for other, cosine in cosines.items()} if most - least > _FLAT else {}
            self._near[product_id] = stretched
        return self._near[product_id]

    def within(self, ids: Sequence[str]) -> float:
        """Mean kinship of the pairs among these products, 0..1; 1 for fewer than two."""
        counts = Counter(self.paths[product_id] for product_id in ids)
        sample = {path: next(one for one in ids if self.paths[one] == path) for path in counts}
        pairs = total = 0.0
        for one, many in counts.items():
            for other, more in counts.items():
                number = many * more if one != other else many * (many - 1)
                pairs += number
                total += number * self.kinship(sample[one], sample[other])
        return total / pairs if pairs else 1.0


def _deep(product: Product, language: Language) -> frozenset[str]:
    """The words of the finer half of its path."""
    path = product.text(language).category_path
    return frozenset(word for step in path[(len(path) + 1) // 2 :] for word in key(clean(step, 80)).split())


def words_of(text: str) -> frozenset[str]:
    """Words of a theme for comparison with values and brands."""
    return frozenset(english_words(text)) | terms(text)
