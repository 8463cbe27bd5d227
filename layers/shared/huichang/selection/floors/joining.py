"""A broad venue's departments, the small ones side by side: 男装、女装, Toys & Menswear.

A venue by price or by a promotion (9.9包邮) has two or three products of each of a dozen departments. No level of the category path
divides it: most would be left over. Bands of prices would, and mix bolts with T-shirts on every floor. Shops put two small departments on
one floor and name both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from huichang.kernel.language import Language
from huichang.selection.floors import naming
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.partitions import Part, Partition
from huichang.selection.floors.scoring import MIN_FLOOR, config
from huichang.selection.words import say

_BROAD = 5
"""Departments from which a venue is of no one kind."""
_PREFERENCE = 0.88  # of a category's: a floor of two departments says less than one of one


def joined_departments(goods: Goods) -> Iterator[Partition]:
    """The first level of the category path, departments of under MIN_FLOOR products joined with what they are most like.

    Nothing where the goods are of fewer than _BROAD departments, or where each has enough for a floor of its own. What finds no
    partner whose name fits beside its own is the rest.
    """
    named: dict[str, list[str]] = {}
    rest = []
    for product_id in goods.ids:
        path = goods.paths[product_id]
        if path:
            named.setdefault(path[0], []).append(product_id)
        else:
            rest.append(product_id)
    if len(named) < _BROAD or min(map(len, named.values())) >= MIN_FLOOR:
        return
    # No name twice on a page, and one for two departments: nobody reads three.
    open_to = {name: ids for name, ids in named.items() if len(ids) < MIN_FLOOR}
    parts = [Part(title=name, value=name, own=tuple(ids), name=name) for name, ids in named.items() if name not in open_to]
    for name in sorted(open_to, key=lambda each: (len(open_to[each]), each)):
        if name not in open_to:
            continue
        ids = open_to.pop(name)
        title, other = _partner(name, ids, open_to, goods)
        if other:
            both = sorted([*ids, *open_to.pop(other)], key=goods.rank.__getitem__)
            parts.append(Part(title=title, value=f"{name}&{other}", own=tuple(both), name=title))
        else:
            rest += ids
    yield Partition(
        by="category:joined",
        kind="category",
        parts=tuple(parts),
        rest=tuple(sorted(rest, key=goods.rank.__getitem__)),
        preference=_PREFERENCE * config()["preference"]["category"],
    )


def _partner(name: str, ids: Sequence[str], others: dict[str, list[str]], goods: Goods) -> tuple[str, str]:
    """(title, name) of the small department with which these make a floor, the likest of those; ("", "") where there is none."""
    titles = {
        other: title
        for other, theirs in others.items()
        if len(ids) + len(theirs) >= MIN_FLOOR and (title := _both(other, name, goods.language))
    }
    if not titles:
        return "", ""
    names = [*titles]
    likeness = dict.fromkeys(names, 0.0)
    for product_id in ids:
        place, much = goods.nearest(product_id, [others[other] for other in names])
        likeness[names[place]] += much
    best = max(names, key=lambda each: (likeness[each], len(others[each]), each))
    return titles[best], best


def _both(one: str, other: str, language: Language) -> str:
    """Two names as one title, each shortened to the first thing it names where both in full are too long; "" where that is too."""
    for first, second in ((one, other), (one, _short(other)), (_short(one), other), (_short(one), _short(other))):
        title = say(language, f"{first}、{second}", f"{first} & {second}")
        if naming.fits(title):
            return title
    return ""


def _short(name: str) -> str:
    return naming.pieces(name)[0] if naming.pieces(name) else name
