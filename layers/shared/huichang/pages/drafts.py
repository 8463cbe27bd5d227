"""What somebody edits of a page: the draft, what two drafts differ in, and what becomes of one page that two people edit.

Pure. A draft is compared by its content, so its hash is its version: who saves says from what they started, and is told what others
changed meanwhile instead of writing over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from huichang.kernel.ids import content_hash
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.pages.wording import clean_text

Words = Annotated[str, Field(max_length=400)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
What = Literal["text", "title", "order", "added", "removed", "moved", "sorted", "picture", "floor_added", "floor_gone", "again"]
Decide = Callable[[str, Text, str, str, str], str]
"""(place, label, base, mine, theirs) -> what stays; a clash is noted."""
_LIKE = 0.5
"""From this share of common goods on, two floors are the same floor."""


class DraftFloor(Model):
    """A floor as it is edited. `key` names it while it is edited, whatever it is called; `texts` by slot, without the title."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
    title: Annotated[str, Field(max_length=120)]
    texts: Annotated[dict[str, Words], Field(max_length=12)] = {}
    product_ids: Annotated[tuple[Name, ...], Field(max_length=500)] = ()


class PageDraft(Model):
    """Everything of a page that is not locked. `texts` by component and slot, `pictures` by component (the key of what was made).

    `again`: materials that are to be made anew.
    """

    texts: Annotated[dict[str, dict[str, Words]], Field(max_length=24)] = {}
    floors: Annotated[tuple[DraftFloor, ...], Field(max_length=24)] = ()
    pictures: Annotated[dict[str, Annotated[str, Field(max_length=200)]], Field(max_length=24)] = {}
    again: Annotated[tuple[Name, ...], Field(max_length=40)] = ()

    @property
    def product_ids(self) -> tuple[str, ...]:
        """Of all floors, in page order."""
        return tuple(product_id for floor in self.floors for product_id in floor.product_ids)

    def floor(self, key: str) -> DraftFloor | None:
        """The floor of this key."""
        return next((floor for floor in self.floors if floor.key == key), None)

    @property
    def etag(self) -> str:
        """Hash of what is shown; the names that floors have while they are edited are no part of it."""
        floors = [[floor.title, sorted(floor.texts.items()), list(floor.product_ids)] for floor in self.floors]
        texts = sorted((component, sorted(slots.items())) for component, slots in self.texts.items())
        return content_hash([texts, floors, sorted(self.pictures.items()), sorted(self.again)])[:24]

    def cleaned(self) -> PageDraft:
        """As it will stand on the page: no direction marks, no runs of blanks; floors that were emptied are gone."""
        floors = tuple(
            floor.model_copy(update={"title": clean_text(floor.title), "texts": _clean(floor.texts)})
            for floor in self.floors
            if floor.product_ids
        )
        return self.model_copy(update={"floors": floors, "texts": {name: _clean(slots) for name, slots in self.texts.items()}})


def _clean(texts: Mapping[str, str]) -> dict[str, str]:
    return {slot: clean_text(text) for slot, text in texts.items()}


class Change(Model):
    """One thing that differs. `place` is stable ("hero.title", "floor:floor-2.title", "floors", a product's id), `label` is for people."""

    what: What
    place: str
    label: Text
    before: str = ""
    after: str = ""


class Clash(Model):
    """A place that two people changed differently: what it was, what each wrote. The merge keeps mine; nothing is decided in silence."""

    place: str
    label: Text
    base: str
    mine: str
    theirs: str


class Merge(Model):
    """Mine and theirs put together. `clashes`: where both changed the same, and mine was kept. `theirs`: what the other changed."""

    merged: PageDraft
    current: PageDraft
    theirs: tuple[Change, ...]
    clashes: tuple[Clash, ...] = ()


# --- differences ------------------------------------------------------------------------------------------------------------


def differences(before: PageDraft, after: PageDraft, titles: Mapping[str, str] | None = None) -> tuple[Change, ...]:
    """What `after` changes of `before`. `titles`: product id -> title, for people. Floors are matched (`rekeyed`) first."""
    after = rekeyed(after, before)
    return tuple(_changes(before, after, titles or {}))


def _changes(before: PageDraft, after: PageDraft, titles: Mapping[str, str]) -> Iterator[Change]:
    for component, slot, was, now in _slots(before.texts, after.texts):
        yield Change(what="text", place=f"{component}.{slot}", label=_slot_label(component, slot), before=was, after=now)
    for component in sorted({*before.pictures, *after.pictures}):
        was, now = before.pictures.get(component, ""), after.pictures.get(component, "")
        if was != now:
            yield Change(what="picture", place=component, label=both("背景图", "background picture"), before=was, after=now)
    for material in after.again:
        if material not in before.again:
            yield Change(what="again", place=material, label=both(f"重新生成 {material}", f"{material} made anew"))
    for key, floor, changed in _paired(before, after):
        yield from _floor_changes(key, floor, changed)
    stay = [floor.key for floor in before.floors if after.floor(floor.key)]
    now_order = [floor.key for floor in after.floors if before.floor(floor.key)]
    if stay != now_order:
        said = [" / ".join(floor.title for floor in draft.floors) for draft in (before, after)]
        yield Change(what="order", place="floors", label=both("楼层顺序", "order of the floors"), before=said[0], after=said[1])
    yield from _moves(before, after, titles)


def _floor_changes(key: str, was: DraftFloor | None, now: DraftFloor | None) -> Iterator[Change]:
    if was is None and now is not None:
        yield Change(what="floor_added", place=f"floor:{key}", label=both("新楼层", "new floor"), after=now.title)
    elif now is None and was is not None:
        yield Change(what="floor_gone", place=f"floor:{key}", label=both("楼层没有了", "floor gone"), before=was.title)
    elif was is not None and now is not None:
        if was.title != now.title:
            label = both(f"楼层「{was.title}」的名称", f"name of floor {was.title!r}")
            yield Change(what="title", place=f"floor:{key}.title", label=label, before=was.title, after=now.title)
        for slot in sorted({*was.texts, *now.texts}):
            if was.texts.get(slot, "") != now.texts.get(slot, ""):
                yield Change(
                    what="text",
                    place=f"floor:{key}.{slot}",
                    label=both(f"楼层「{now.title}」的{_slot_zh(slot)}", f"{slot} of floor {now.title!r}"),
                    before=was.texts.get(slot, ""),
                    after=now.texts.get(slot, ""),
                )
        common = set(was.product_ids) & set(now.product_ids)
        if [one for one in was.product_ids if one in common] != [one for one in now.product_ids if one in common]:
            yield Change(
                what="sorted", place=f"floor:{key}", label=both(f"楼层「{now.title}」的商品顺序", f"order of goods in {now.title!r}")
            )


def _moves(before: PageDraft, after: PageDraft, titles: Mapping[str, str]) -> Iterator[Change]:
    was, now = _places(before), _places(after)
    named = {floor.key: floor.title for draft in (before, after) for floor in draft.floors}
    for product_id in dict.fromkeys((*was, *now)):
        name = titles.get(product_id, product_id)
        old, new = was.get(product_id), now.get(product_id)
        if old is None and new is not None:
            yield Change(what="added", place=product_id, label=both(f"加入「{name}」", f"added {name}"), after=named[new])
        elif new is None and old is not None:
            yield Change(what="removed", place=product_id, label=both(f"移除「{name}」", f"removed {name}"), before=named[old])
        elif old != new and old is not None and new is not None:
            yield Change(
                what="moved", place=product_id, label=both(f"移动「{name}」", f"moved {name}"), before=named[old], after=named[new]
            )


def _slots(one: Mapping[str, Mapping[str, str]], other: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    for component in sorted({*one, *other}):
        was, now = one.get(component, {}), other.get(component, {})
        for slot in sorted({*was, *now}):
            if was.get(slot, "") != now.get(slot, ""):
                yield component, slot, was.get(slot, ""), now.get(slot, "")


def _paired(one: PageDraft, other: PageDraft) -> Iterator[tuple[str, DraftFloor | None, DraftFloor | None]]:
    for key in dict.fromkeys(floor.key for floor in (*one.floors, *other.floors)):
        yield key, one.floor(key), other.floor(key)


def _places(draft: PageDraft) -> dict[str, str]:
    return {product_id: floor.key for floor in draft.floors for product_id in floor.product_ids}


_ZH = {"title": "标题", "subtitle": "副标题", "slogan": "缎带语", "alt": "图片说明", "point": "卖点", "text": "分享语"}


def _slot_zh(slot: str) -> str:
    return _ZH.get(slot, slot)


def _slot_label(component: str, slot: str) -> Text:
    where = {"hero": both("头图", "hero"), "share": both("分享", "share")}.get(component, both(component, component))
    return both(f"{where['zh']}：{_slot_zh(slot)}", f"{where['en']}: {slot}")


# --- one page, two people ------------------------------------------------------------------------------------------------------


def rekeyed(draft: PageDraft, like: PageDraft) -> PageDraft:
    """The draft with the keys of the floors that are the same in `like`: of the same title, else with at least half their goods in common.

    A floor is renumbered with every build; who edits must not take "the third floor" of two builds for one.
    """
    free = {floor.key: floor for floor in like.floors}
    found: dict[int, str] = {}
    for place, floor in enumerate(draft.floors):
        match = next((key for key, other in free.items() if other.title == floor.title), None)
        if match is not None:
            found[place] = match
            del free[match]
    for place, floor in enumerate(draft.floors):
        if place in found or not free:
            continue
        share, key = max((_likeness(floor, other), key) for key, other in free.items())
        if share >= _LIKE:
            found[place] = key
            del free[key]
    taken = {*found.values(), *(floor.key for floor in like.floors)}
    floors = []
    for place, floor in enumerate(draft.floors):
        key = found.get(place) or _fresh(floor.key, taken)
        taken.add(key)
        floors.append(floor.model_copy(update={"key": key}))
    return draft.model_copy(update={"floors": tuple(floors)})


def _likeness(one: DraftFloor, other: DraftFloor) -> float:
    first, second = set(one.product_ids), set(other.product_ids)
    return len(first & second) / max(1, min(len(first), len(second)))


def _fresh(key: str, taken: set[str]) -> str:
    number = 1
    wanted = key
    while wanted in taken:
        number += 1
        wanted = f"{key}.{number}"
    return wanted


def merge(base: PageDraft, mine: PageDraft, current: PageDraft, titles: Mapping[str, str] | None = None) -> Merge:
    """Both people's changes since `base` on one page; `current` is what the other one saved.

    Where both changed the same thing differently mine stays, and the clash is told. No product is lost or shown twice.
    """
    mine, theirs = rekeyed(mine, base), rekeyed(current, base)
    clashes: list[Clash] = []

    def three(place: str, label: Text, was: str, my: str, their: str) -> str:
        if my in (was, their):
            return their
        if their != was:
            clashes.append(Clash(place=place, label=label, base=was, mine=my, theirs=their))
        return my

    texts: dict[str, dict[str, str]] = {}
    for component in dict.fromkeys((*theirs.texts, *mine.texts)):
        was, my, their = (draft.texts.get(component, {}) for draft in (base, mine, theirs))
        texts[component] = {
            slot: three(f"{component}.{slot}", _slot_label(component, slot), was.get(slot, ""), my.get(slot, ""), their.get(slot, ""))
            for slot in dict.fromkeys((*their, *my))
        }
    pictures = {
        component: three(
            component, both("背景图", "background picture"), *(draft.pictures.get(component, "") for draft in (base, mine, theirs))
        )
        for component in dict.fromkeys((*theirs.pictures, *mine.pictures))
    }
    floors = _merged_floors(base, mine, theirs, three)
    merged = PageDraft(
        texts=texts,
        floors=tuple(floor for floor in floors if floor.product_ids),
        pictures={name: key for name, key in pictures.items() if key},
        again=tuple(dict.fromkeys((*theirs.again, *mine.again))),
    )
    return Merge(merged=merged, current=current, theirs=differences(base, current, titles), clashes=tuple(clashes))


def _merged_floors(base: PageDraft, mine: PageDraft, theirs: PageDraft, decide: Decide) -> list[DraftFloor]:
    order = _order(base, mine, theirs, decide)
    was, my, their = _places(base), _places(mine), _places(theirs)
    place: dict[str, str | None] = {}
    for product_id in dict.fromkeys((*my, *their)):
        options = (was.get(product_id), my.get(product_id), their.get(product_id))
        place[product_id] = options[2] if options[1] == options[0] else options[1]
    floors: list[DraftFloor] = []
    for key in order:
        floor_was, floor_my, floor_their = base.floor(key), mine.floor(key), theirs.floor(key)
        shown = floor_my or floor_their
        if shown is None:
            continue
        title, words = shown.title, dict(shown.texts)
        if floor_my and floor_their and floor_was:
            label = both(f"楼层「{floor_was.title}」的名称", f"name of floor {floor_was.title!r}")
            title = decide(f"floor:{key}.title", label, floor_was.title, floor_my.title, floor_their.title)
            words = {
                slot: decide(
                    f"floor:{key}.{slot}",
                    both(f"楼层「{title}」的{_slot_zh(slot)}", f"{slot} of floor {title!r}"),
                    *(each.texts.get(slot, "") for each in (floor_was, floor_my, floor_their)),
                )
                for slot in dict.fromkeys((*floor_their.texts, *floor_my.texts))
            }
        here = {product_id for product_id, at in place.items() if at == key}
        ids = _sequence(floor_was, floor_my, floor_their, here)
        floors.append(DraftFloor(key=key, title=title, texts=words, product_ids=tuple(ids)))
    # A floor that one of us took away may still be where the other put something: nothing may be lost.
    kept = {product_id for floor in floors for product_id in floor.product_ids}
    lost = [product_id for product_id, at in place.items() if at is not None and product_id not in kept]
    if lost and floors:
        floors[-1] = floors[-1].model_copy(update={"product_ids": (*floors[-1].product_ids, *lost)})
    return floors


def _order(base: PageDraft, mine: PageDraft, theirs: PageDraft, decide: Decide) -> list[str]:
    """Keys in the order of the page: whoever moved floors decides; both did: mine, and it is told."""
    orders = [[floor.key for floor in draft.floors] for draft in (base, mine, theirs)]
    common = set(orders[0]) & set(orders[1]) & set(orders[2])
    moved = [[key for key in order if key in common] for order in orders]
    if moved[1] == moved[0]:
        lead, other = orders[2], orders[1]
    else:
        lead, other = orders[1], orders[2]
        named = {floor.key: floor.title for draft in (theirs, base) for floor in draft.floors}
        was, my, their = (" / ".join(named[key] for key in keys) for keys in moved)
        decide("floors", both("楼层顺序", "order of the floors"), was, my, their)
    gone = {key for key in orders[0] if key not in orders[1] or key not in orders[2]}
    order = [key for key in lead if key not in gone]
    for place, key in enumerate(other):
        if key not in order and key not in gone:
            before = next((other[earlier] for earlier in range(place - 1, -1, -1) if other[earlier] in order), None)
            order.insert(order.index(before) + 1 if before else 0, key)
    return order


def _sequence(was: DraftFloor | None, mine: DraftFloor | None, theirs: DraftFloor | None, here: set[str]) -> list[str]:
    """The goods of a floor in order: whoever sorted it decides; what the other brought in stands behind what it followed there."""
    rows: list[Sequence[str]] = [() if floor is None else floor.product_ids for floor in (was, mine, theirs)]
    stayed = [[one for one in row if all(one in each for each in rows)] for row in rows]
    lead, other = (rows[2], rows[1]) if stayed[1] == stayed[0] else (rows[1], rows[2])
    ids = [one for one in lead if one in here]
    for one in other:
        if one in here and one not in ids:
            place = list(other).index(one)
            before = next((other[earlier] for earlier in range(place - 1, -1, -1) if other[earlier] in ids), None)
            ids.insert(ids.index(before) + 1 if before else len(ids), one)
    return [*ids, *sorted(here - set(ids))]


def unknown(draft: PageDraft, known: Iterable[str]) -> tuple[str, ...]:
    """Products that stand on the draft and are not known."""
    return tuple(product_id for product_id in draft.product_ids if product_id not in set(known))
