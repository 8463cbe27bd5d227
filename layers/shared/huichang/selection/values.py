"""Which of the catalogue's own brands, categories and attribute values stand in a sentence.

A brand is asked for by its name; a category where it is called one, or where it narrows the pool (what a theme is about is its
pool already); of attributes, the material, colour and origin by their bare value (catalog/indicators.yaml,
`implied_attributes`), any other with its name. A value that is denied (不要涤纶) is no condition: the schema has none that
excludes, and it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from huichang.catalog.indicators import implied_attributes, same_values
from huichang.kernel.model import Model
from huichang.selection.conditions import with_conditions
from huichang.selection.model import Condition, Eligibility
from huichang.selection.words import fold, han_runs

TextIndicator = Literal["brand", "category", "attribute"]
_LONGEST_ZH, _LONGEST_EN = 8, 4
_MAX_SAID = 600
_DENIED = re.compile(
    r"(?:不要|不含|不是|非|无|除了|排除|拒绝|不用|不想要|不收|without|no|not|except|excluding|non|avoid)(?:任何|any)?[\s-]*$"
)
_JOINT = re.compile(r"\s*(?:[:：=]|为|是|is|are|of|in)?\s*")
_BRAND = re.compile(r"(?:品牌|牌子|brand|brands|by|from)\s*(?:[:：=]|为|是|is|of)?\s*$|(?:only|只要|仅限)\s*$")
_BRAND_AFTER = re.compile(r"\s*(?:品牌|牌(?![子照])|家的|brand|branded)")
_CATEGORY = re.compile(r"(?:类目|分类|品类|categor(?:y|ies))\s*(?:[:：=]|为|是|is|of)?\s*$")
_CATEGORY_AFTER = re.compile(r"\s*(?:类目|分类|品类|categor(?:y|ies))")


class CatalogueValue(Model):
    """A value of the catalogue in a sentence. Several `values` are alternatives; `denied` where it is not wanted.

    `names`: of a bare attribute value, the attributes that have it (纯棉 is a 材质).
    """

    indicator: TextIndicator
    values: tuple[str, ...]
    because: str
    denied: bool = False
    names: tuple[str, ...] = ()


class KnowsValues(Protocol):
    """The part of the product index that is asked."""

    def count(self, where: Eligibility) -> int:
        """How many products are eligible."""
        ...

    def known_values(self, indicator: TextIndicator, terms: Sequence[str], where: Eligibility) -> dict[str, int]:
        """How many eligible products have each of the terms; terms that none has are left out."""
        ...


class _Spot(NamedTuple):
    start: int
    end: int
    text: str


def values_in(sentence: str, index: KnowsValues, pool: Eligibility, *, narrowing: bool = True) -> tuple[CatalogueValue, ...]:
    """The values, in the order of the sentence, each phrase read once; the longest wins. Raises what the index raises.

    Attributes are looked for in the theme's own pool, brands and categories in its whole catalogue. `narrowing`: a category
    that only a part of the pool belongs to is asked for (女装里挑半身裙); not where the sentence speaks of other themes too.
    """
    said = fold(sentence[:_MAX_SAID])
    where = Eligibility(catalogue=pool.catalogue, enrolled=False, min_stock=0)
    spots = _spots(said)
    if not spots:
        return ()
    terms = sorted({spot.text for spot in spots})
    attributes = index.known_values("attribute", terms, pool)
    brands = index.known_values("brand", terms, where)
    categories = index.known_values("category", sorted({*terms, *(many for term in terms for many in _plurals(term))}), where)
    narrower = _narrower(spots, categories, index, pool) if narrowing else []
    # A word inside the name of a category is part of that name: 帆布 in 帆布包, cream in "face cream" where Creams are sold.
    named = [spot for spot in spots if spot.text in categories]
    spots = [
        spot
        for spot in spots
        if not any(many in categories for many in _plurals(spot.text))
        and not any(other.start <= spot.start and spot.end <= other.end and other != spot for other in named)
    ]
    found = [*_named(said, spots, index, pool), *_implied(said, spots, attributes, index, pool)]
    found += [(spot, _value("category", (term,), spot, said)) for spot, term in narrower]
    for spot in spots:
        if spot.text in brands and _is_brand(spot, sentence, said, attributes, categories):
            found.append((spot, _value("brand", (spot.text,), spot, said)))
        elif spot.text in categories and _called(spot, said, _CATEGORY, _CATEGORY_AFTER):
            found.append((spot, _value("category", (spot.text,), spot, said)))
    kept: list[tuple[_Spot, CatalogueValue]] = []
    for spot, value in sorted(found, key=lambda one: (one[0].start - one[0].end, one[0].start)):
        if all(spot.end <= other.start or other.end <= spot.start for other, _ in kept):
            kept.append((spot, value))
    in_order = [value for _, value in sorted(kept, key=lambda one: one[0].start)]
    return _united([value.model_copy(update={"because": _verbatim(value.because, sentence)}) for value in in_order])


def _plurals(word: str) -> tuple[str, ...]:
    return () if han_runs(word) else (f"{word}s", f"{word}es")


def _narrower(spots: Sequence[_Spot], categories: Mapping[str, int], index: KnowsValues, pool: Eligibility) -> list[tuple[_Spot, str]]:
    """The categories in the sentence that hold a part of the pool, with the catalogue's word; of nested ones the innermost."""
    words = {spot: next((term for term in (spot.text, *_plurals(spot.text)) if term in categories), "") for spot in spots}
    named = {spot: term for spot, term in words.items() if term}
    outer = [spot for spot in named if not any(one != spot and one.start <= spot.start and spot.end <= one.end for one in named)]
    counts = index.known_values("category", sorted({named[spot] for spot in outer}), pool) if outer else {}
    size = index.count(pool) if counts else 0
    parts = {term: count for term, count in counts.items() if 0 < count < size}
    place = {named[spot]: spot.start for spot in outer}

    def holds(wide: str, narrow: str) -> bool:
        """Whether all of `narrow` is in `wide`; of two that are the same goods, the later word is the noun (男装T恤)."""
        conditions = [Condition(indicator="category", op="in", value=(term,)) for term in (wide, narrow)]
        return (parts[wide], place[narrow]) > (parts[narrow], place[wide]) and index.count(with_conditions(pool, conditions)) == parts[
            narrow
        ]

    innermost = sorted(term for term in parts if not any(holds(term, other) for other in parts if other != term))
    together = Condition(indicator="category", op="in", value=tuple(innermost))
    if innermost and index.count(with_conditions(pool, [together])) == size:
        return []  # together they are the whole pool
    return [(spot, named[spot]) for spot in outer if named[spot] in innermost]


def _spots(said: str) -> list[_Spot]:
    """Every stretch that may be a value: 2 to 8 characters with Chinese in them (T恤, 925银: Latin runs stay whole), or 1 to 4
    other words."""
    spots: list[_Spot] = []
    for stretch in re.finditer(r"(?:[\u3400-\u9fff]|[a-z0-9.]+(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])[a-z0-9.]+)+", said):
        units = [unit.span() for unit in re.finditer(r"[\u3400-\u9fff]|[a-z0-9.]+", stretch[0])]
        for number, (start, _) in enumerate(units):
            for _, end in units[number : number + _LONGEST_ZH]:
                text = stretch[0][start:end]
                if 2 <= len(text) <= _LONGEST_ZH and han_runs(text):
                    spots.append(_Spot(start=stretch.start() + start, end=stretch.start() + end, text=text))
    words = list(re.finditer(r"[a-z0-9][a-z0-9.&'+-]*[a-z0-9]|[a-z0-9]", said))
    for place, first in enumerate(words):
        for last in words[place : place + _LONGEST_EN]:
            text = said[first.start() : last.end()]
            if len(text) > 1 and re.fullmatch(r"[a-z0-9.&'+ -]+", text):
                spots.append(_Spot(start=first.start(), end=last.end(), text=text))
    return spots


def _named(said: str, spots: Sequence[_Spot], index: KnowsValues, where: Eligibility) -> list[tuple[_Spot, CatalogueValue]]:
    """口味香辣, "scent: lavender", "material is cotton": an attribute's name right before its value."""
    starting: dict[int, list[_Spot]] = {}
    for spot in spots:
        starting.setdefault(spot.start, []).append(spot)
    pairs: dict[str, list[tuple[_Spot, _Spot]]] = {}
    for name in spots:
        joint = _JOINT.match(said, name.end)
        for place in {name.end, joint.end() if joint else name.end}:
            for value in starting.get(place, ()):
                pairs.setdefault(f"{name.text}={value.text}", []).append((name, value))
    known = index.known_values("attribute", sorted(pairs), where)
    found = []
    for term in known:
        for name, value in pairs[term]:
            spot = _Spot(start=name.start, end=value.end, text=said[name.start : value.end])
            found.append((spot, _value("attribute", (term,), spot, said)))
    return found


def _implied(
    said: str, spots: Sequence[_Spot], attributes: Mapping[str, int], index: KnowsValues, where: Eligibility
) -> list[tuple[_Spot, CatalogueValue]]:
    names = [fold(name) for name in implied_attributes()]
    # The value in the words of the sentence; where the catalogue does not know them, in those of the other language.
    others: dict[str, tuple[str, ...]] = {}
    for pair in same_values():
        for word in pair.words:
            others[fold(word)] = tuple(fold(other) for other in (pair.en if word in pair.zh else pair.zh))
    wanted = {spot.text for spot in spots if spot.text in attributes or spot.text in others}
    words = wanted | {other for text in wanted if text not in attributes for other in others.get(text, ())}
    known = index.known_values("attribute", [f"{name}={word}" for name in names for word in sorted(words)], where) if words else {}
    held: dict[str, list[str]] = {}
    for name, _, word in (term.partition("=") for term in known):
        held.setdefault(word, []).append(name)
    found = []
    for spot in spots:
        values = (spot.text,) if spot.text in held else tuple(word for word in others.get(spot.text, ()) if word in held)
        if values and spot.text in wanted:
            value = _value("attribute", values, spot, said)
            found.append((spot, value.model_copy(update={"names": tuple(name for word in values for name in held[word])})))
    return found


def _value(indicator: TextIndicator, values: tuple[str, ...], spot: _Spot, said: str) -> CatalogueValue:
    denied = _DENIED.search(said[max(0, spot.start - 16) : spot.start])
    start = spot.start - len(denied[0]) if denied else spot.start
    return CatalogueValue(indicator=indicator, values=values, because=said[start : spot.end], denied=bool(denied))


def _is_brand(spot: _Spot, sentence: str, said: str, attributes: Iterable[str], categories: Iterable[str]) -> bool:
    """A brand's name that is also an ordinary word needs a capital letter, or to be called a brand."""
    if _called(spot, said, _BRAND, _BRAND_AFTER):
        return True
    if spot.text in attributes or spot.text in categories:
        return False
    if han_runs(spot.text):
        return True
    written = re.search(rf"(?<!\w){re.escape(spot.text)}(?!\w)", sentence, re.IGNORECASE)
    return written is not None and any(char.isupper() for char in written[0]) and written.start() > 0


def _called(spot: _Spot, said: str, before: re.Pattern[str], after: re.Pattern[str]) -> bool:
    return bool(before.search(said[max(0, spot.start - 14) : spot.start]) or after.match(said, spot.end))


def _united(values: Sequence[CatalogueValue]) -> tuple[CatalogueValue, ...]:
    """Two brands, or two colours, are alternatives; a material and a colour are both wanted."""
    united: list[CatalogueValue] = []
    for value in values:
        other = next((one for one in united if _of_one_kind(one, value)), None)
        if other is None:
            united.append(value)
        else:
            united[united.index(other)] = other.model_copy(update={"values": tuple(dict.fromkeys((*other.values, *value.values)))})
    return tuple(united)


def _of_one_kind(first: CatalogueValue, second: CatalogueValue) -> bool:
    if first.indicator != second.indicator or first.denied or second.denied:
        return False
    return first.indicator != "attribute" or not set(first.names).isdisjoint(second.names)


def _verbatim(phrase: str, sentence: str) -> str:
    found = re.search(re.escape(phrase), sentence, re.IGNORECASE)
    return found[0] if found else phrase
