"""Ways to divide a venue's goods: by levels of the category path, each attribute, sub-themes, brands, price bands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from huichang.kernel.language import Language
from huichang.selection.floors import bands, naming
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.scoring import MIN_FLOOR, config
from huichang.selection.product_words import ProductWords, speaks
from huichang.selection.words import fold, singular
from huichang.themes.model import Theme

MIN_SHARE_OF_ATTRIBUTE = 0.5
_LONGEST_NAME = 24
_STRAY = 0.15
_TOKEN = re.compile(r"[a-z0-9][a-z0-9'-]*")
_AUDIENCES = {
    "Men's": ("men", "man", "gents"), "Women's": ("women", "woman", "ladies"), "Girls'": ("girl", "girls"), "Boys'": ("boy", "boys"),
    "Kids'": ("kid", "kids", "children"), "Baby": ("baby", "infant", "infants"),
}  # fmt: skip
_AUDIENCE_TITLES: Mapping[str, Mapping[str, str]] = {
    "zh": {"women": "女士", "men": "男士", "girls": "女童", "boys": "男童"},
    "en": {"women": "Women", "men": "Men", "girls": "Girls", "boys": "Boys"},
}
_ONE_KIND = 0.8
_COARSER = 0.97  # a step up the path says less: Ethnic Wear, where Kurtas could stand
_HEAD_OF_FAMILY = 0.4
_AUDIENCES_ZH = {"儿童": ("童",), "婴儿": ("婴", "宝宝"), "男士": ("男",), "女士": ("女",)}


@dataclass(frozen=True)
class Part:
    """A floor to be: its title, the value it stands for, the goods that have the value and those that were only put there."""

    title: str
    value: str
    own: tuple[str, ...]
    guests: tuple[str, ...] = ()
    beside: bool = False  # what was left of a category beside its own floors
    name: str = ""  # of the category, where the title says more than that
    priced: bool = False  # a price band of its family
    family: str = ""  # the larger part that this one was divided from: its pieces stand together on the page

    @property
    def ids(self) -> tuple[str, ...]:
        """All its goods."""
        return self.own + self.guests

    @property
    def size(self) -> int:
        """How many."""
        return len(self.own) + len(self.guests)


@dataclass(frozen=True)
class Partition:
    """A way to divide: parts, and goods that belong to none. `preference` as in floors.yaml."""

    by: str
    kind: str
    parts: tuple[Part, ...]
    rest: tuple[str, ...] = ()
    preference: float = 1.0
    label: str = ""
    ordered: bool = field(default=False)  # price bands read from cheap to dear
    distinct: float = 1.0  # of kept floors: how different they are from each other in what is known of goods


def grouped(by: str, kind: str, ids: Sequence[str], value_of: Callable[[str], str], **more: object) -> Partition:
    """Products with one value (in any spelling) together, under the spelling that is commonest; those without to the rest."""
    spelled: dict[str, dict[str, int]] = {}
    groups: dict[str, list[str]] = {}
    rest: list[str] = []
    for product_id in ids:
        value = value_of(product_id)
        if not value:
            rest.append(product_id)
            continue
        name = naming.key(value)
        spelled.setdefault(name, {}).setdefault(value, 0)
        spelled[name][value] += 1
        groups.setdefault(name, []).append(product_id)
    parts = []
    for name, members in groups.items():
        # Of two spellings as common as each other the longer: the plural of a floor's goods.
        title = max(spelled[name], key=lambda text: (spelled[name][text], len(text)))
        parts.append(Part(title=title, value=title, own=tuple(members)))
    base = Partition(by=by, kind=kind, parts=tuple(parts), rest=tuple(rest), preference=config()["preference"].get(kind, 1.0))
    return replace(base, **more)  # type: ignore[arg-type]  # fields of Partition


# --- categories ------------------------------------------------------------------------------------------------------


def category_levels(goods: Goods) -> Iterator[Partition]:
    """One partition for each level of the category path that divides, the finest first."""
    shared = _shared_prefix(list(goods.paths.values()))
    depths = {len(path) for path in goods.paths.values()}
    seen: set[frozenset[tuple[str, ...]]] = set()
    for depth in range(max(depths, default=0), shared, -1):
        found = _category(goods, depth, shared)
        shape = frozenset(part.own for part in found.parts)
        if len(found.parts) > 1 and shape not in seen:
            seen.add(shape)
            coarser = found.preference * _COARSER ** (len(seen) - 1)
            yield replace(found, by="category" if len(seen) == 1 else f"category:{depth - shared}", preference=coarser)
        elif depth == max(depths) and found.parts:
            return  # one kind of goods: where a catalogue keeps it in two departments, that is no choice for a buyer


def _shared_prefix(paths: Sequence[tuple[str, ...]]) -> int:
    """How many steps all products have in common: they divide nothing."""
    if not paths:
        return 0
    length = 0
    while all(len(path) > length for path in paths) and len({path[length] for path in paths}) == 1:
        length += 1
    return length


def _category(goods: Goods, depth: int, shared: int) -> Partition:
    """Floors by the path cut at `depth`; what is too small joins its parent, the root's leftovers are the rest."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for product_id in goods.ids:
        groups.setdefault(goods.paths[product_id][:depth], []).append(product_id)
    for length in range(depth, shared, -1):
        for node in [node for node in groups if len(node) == length and len(groups[node]) < MIN_FLOOR]:
            groups.setdefault(node[:-1], []).extend(groups.pop(node))
    # A few goods of another department ("Clothing 4" among jewellery), or of none, are no floor of this venue.
    one_kind = max(map(len, groups.values())) >= _ONE_KIND * len(goods.ids) and max(map(len, goods.paths.values())) > 1
    deep = one_kind or any(len(node) > 1 for node in groups)
    stray = [
        node for node, members in groups.items()
        if len(node) <= shared or (len(node) == 1 and deep and len(members) < _STRAY * len(goods.ids))
    ]  # fmt: skip
    rest = [product_id for node in stray for product_id in groups.pop(node)]
    parts = []
    for node, members in groups.items():
        # The largest part of a category may bear its name; a smaller one is "more" of it.
        family = sum(len(others) for other, others in groups.items() if other[: len(node)] == node)
        beside = len(members) < _HEAD_OF_FAMILY * family
        title = naming.more_of(node[-1], goods.language) if beside else node[-1]
        parts.append(Part(title=title, value="/".join(node), own=_in_order(goods, members), beside=beside, name=node[-1]))
    made = Partition(
        by="category", kind="category", parts=_distinct(parts, goods.language), rest=_in_order(goods, rest),
        preference=config()["preference"]["category"],
    )  # fmt: skip
    return _adopted(made, goods)


def _adopted(partition: Partition, goods: Goods) -> Partition:
    """What stands on no shelf but names one in its title ("NEVI Crystal Pendant" in Jewellery) belongs to that floor."""
    shelves = [
        (part, [frozenset(naming.key(piece).split()) for piece in naming.pieces(part.title)]) for part in partition.parts if not part.beside
    ]
    adopted: dict[str, list[str]] = {}
    for product_id in partition.rest:
        words = frozenset(naming.key(goods.products[product_id].text(goods.language).title).split())
        fitting = [part.value for part, names in shelves if any(name and name <= words for name in names)]
        if len(fitting) == 1:
            adopted.setdefault(fitting[0], []).append(product_id)
    taken = {product_id for ids in adopted.values() for product_id in ids}
    return replace(
        partition,
        parts=tuple(replace(part, own=_in_order(goods, (*part.own, *adopted.get(part.value, ())))) for part in partition.parts),
        rest=tuple(product_id for product_id in partition.rest if product_id not in taken),
    )


def _distinct(parts: Sequence[Part], language: Language) -> tuple[Part, ...]:
    """T-shirts of men and of women get their audience's name; where the path names none, equal titles become one floor.

    "Sweaters" beside "Sweaters & Pullovers" is no choice for a buyer either: one of them gets an audience's name, or they are one.
    """
    kept: dict[str, Part] = {}
    for part in parts:
        title = part.title
        if any(naming.overlap(title, other.title) for other in parts if other is not part) and (
            audience := _audience(part.value, language)
        ):
            longer = f"{audience} {title}" if language == "en" else f"{audience}{title}"
            title = longer if naming.fits(longer) else title
        same = next((name for name, other in kept.items() if naming.overlap(title, other.title)), "")
        if same:
            other = kept[same]
            kept[same] = replace(
                other, title=max(title, other.title, key=len), own=other.own + part.own, beside=other.beside and part.beside
            )
        else:
            kept[naming.key(title)] = replace(part, title=title)
    return tuple(kept.values())


def _audience(path: str, language: Language) -> str:
    if language == "zh":
        return next((name for name, marks in _AUDIENCES_ZH.items() if any(mark in path for mark in marks)), "")
    words = {word.removesuffix("'s").removesuffix("'") for word in fold(path).replace("/", " ").split()}
    return next((name for name, marks in _AUDIENCES.items() if words & set(marks)), "")


def _in_order(goods: Goods, ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(ids, key=goods.rank.__getitem__))


# --- attributes, sub-themes, brands, prices --------------------------------------------------------------------------


def attributes(goods: Goods, ids: Sequence[str], kind: str = "") -> Iterator[Partition]:
    """One partition for each attribute that half of the goods state. `kind` is the category's title, for composed titles."""
    stated: dict[str, int] = {}
    for product_id in ids:
        for name in goods.values[product_id]:
            stated[name] = stated.get(name, 0) + 1
    for name in sorted(stated):
        preference = _attribute_preference(name)
        if preference and stated[name] >= MIN_SHARE_OF_ATTRIBUTE * len(ids):
            label = naming.tidy(name)

            def title(product_id: str, name: str = name, label: str = label) -> str:
                value = _value(goods.values[product_id].get(name, ""))
                return naming.composed(value, kind, label, goods.language) if value else ""

            yield grouped(f"attribute:{name[:40]}", "attribute", ids, title,
                          label=label, preference=config()["preference"]["attribute"] * preference)  # fmt: skip


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _value(raw: str) -> str:
    text = naming.tidy(raw)
    return "" if naming.says_nothing(text) else text


def _attribute_preference(name: str) -> float:
    """How naturally a buyer shops by this attribute; 0 never."""
    lists: Mapping[str, list[str]] = config()["attributes"]
    folded = fold(name)
    if folded in map(fold, lists["never"]) or naming.is_code(name) or len(folded) > _LONGEST_NAME:
        return 0.0
    worth: Mapping[str, float] = config()["preference_of_attribute"]
    return next((worth[rank] for rank in ("best", "good", "fair") if folded in map(fold, lists[rank])), worth["other"])


def subthemes(theme: Theme, goods: Goods) -> Iterator[Partition]:
    """The theme's own tabs, where it has at least two."""
    if len(theme.subthemes) < 2:
        return
    words = {product_id: ProductWords(product) for product_id, product in goods.products.items()}

    def title(product_id: str) -> str:
        for subtheme in theme.subthemes:
            if any(speaks(words[product_id], phrase) for phrase in (*subtheme.keywords, subtheme.name)):
                return naming.tidy(subtheme.name)
        return ""

    yield grouped("subthemes", "subthemes", goods.ids, title)


def brands(theme: Theme, goods: Goods) -> Iterator[Partition]:
    """By brand, only where the theme itself speaks of brands: a brand alone tells a buyer nothing about the goods."""
    said = fold(" ".join((theme.name, *theme.keywords)))
    named = [brand for brand in goods.brands if len(brand) > 1 and brand in said]
    if "品牌" in said or "brand" in said or len(named) > 1:
        yield grouped("brand", "brand", goods.ids, lambda product_id: (goods.products[product_id].brand or "").strip())


def prices(goods: Goods, ids: Sequence[str], kind: str = "", *, bare: bool = True) -> Iterator[Partition]:
    """Two to five bands of about equal size with round limits, where one currency is used.

    With a `kind` every title carries it (Watches from ₹900). Where one gets too long for that there are fewer bands, and at last the
    bands stand alone if `bare`, as they can where the whole venue is divided by price.
    """
    products = goods.of(ids)
    if len({product.currency for product in products}) != 1:
        return
    amounts = [float(product.price.amount) for product in products]
    for name in ((kind,) if kind else ()) + (("",) if bare else ()):
        for most in range(bands.MOST, 1, -1):
            band = bands.banded(amounts, products[0].price.symbol, goods.language, most)
            said = {product.id: band(float(product.price.amount)) for product in products}
            for shorter in naming.shorter_names(name) if name else ("",):
                titles = {text: _priced(text, shorter, goods.language) for text in said.values()}
                if all(naming.fits(title) for title in titles.values()):
                    yield grouped("price", "price", ids, lambda one: titles[said[one]], ordered=True)  # noqa: B023 - used at once
                    return


def _priced(band: str, kind: str, language: Language) -> str:
    if not kind:
        return band
    return f"{kind} {band[:1].lower()}{band[1:]}" if language == "en" else f"{band.replace(' ', '')}{kind}"


def phrases(goods: Goods, ids: Sequence[str], kind: str) -> Iterator[Partition]:
    """By the word before the kind of goods in English titles: Push-Up Bras, Round Neck T-Shirts.

    For catalogues that state no attributes. Brands, numbers and words that tell nothing are no such words.
    """
    if goods.language != "en" or not kind:
        return
    heads = {singular(word) for word in _TOKEN.findall(fold(kind)) if word not in ("and",)}
    empty = {*config()["empty_modifiers"], *heads, *(singular(word) for brand in goods.brands for word in brand.split())}
    before: dict[str, tuple[str, str]] = {}
    for product_id in ids:
        tokens = [singular(token) for token in _TOKEN.findall(fold(goods.products[product_id].text("en").title))]
        place = next((place for place in range(len(tokens) - 1, 0, -1) if tokens[place] in heads), 0)
        if place and tokens[place - 1] not in empty and not any(char.isdigit() for char in tokens[place - 1]):
            two = tokens[place - 2] if place > 1 and tokens[place - 2] not in empty else ""
            before[product_id] = (two, tokens[place - 1])
    counts = Counter(word for _, word in before.values())
    pairs = Counter(before.values())
    name = next(iter(naming.shorter_names(kind)[::-1]))

    def title(product_id: str) -> str:
        _, word = before.get(product_id, ("", ""))
        if not word or counts[word] < MIN_FLOOR:
            return ""
        usual, often = max(((pair, count) for pair, count in pairs.items() if pair[1] == word), key=lambda each: (each[1], each[0]))
        # "Neck" is half a word where "Round Neck" is what most titles say.
        said = f"{usual[0]} {word}" if usual[0] and often >= 0.6 * counts[word] else word
        longer = naming.title_case(f"{said} {name}")
        return longer if naming.fits(longer) else naming.title_case(f"{word} {name}")

    yield grouped("words", "words", ids, title)


def kind_of(goods: Goods) -> str:
    """The title of the category that (nearly) all goods are of, "" where there is none."""
    if not goods.ids:
        return ""
    path, count = Counter(goods.paths.values()).most_common(1)[0]
    return path[-1] if path and count >= _ONE_KIND * len(goods.ids) else ""


def audiences(goods: Goods, ids: Sequence[str], kind: str = "") -> Iterator[Partition]:
    """For women, men, girls, boys, where the goods' own words say so: Women's Watches, 女款. Who is for several is for none here."""
    names = _AUDIENCE_TITLES[goods.language]

    def title(product_id: str) -> str:
        named = ProductWords(goods.products[product_id]).audience()
        if len(named) != 1:
            return ""
        said = names[next(iter(named))]
        before, alone = (said, f"{said.removesuffix('士')}款") if goods.language == "zh" else (f"{_possessive(said)} ", f"For {said}")
        longer = [f"{before}{name}" for name in naming.shorter_names(kind)] if kind else []
        return next((title for title in longer if naming.fits(title)), alone)

    yield grouped("audience", "audience", ids, title)
