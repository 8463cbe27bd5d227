"""Personalised structure: for a buyer segment, another order of a page's floors and another lead. Nothing else ever differs.

A variant is a permutation of the page that was reviewed (`arranged_for`): the same floors, the same cards, the same words. So whatever
makes the page true makes its variants true, and no variant says anything that nobody has looked at. Pure; line/siblings.py renders them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from huichang.catalog.product import Product
from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.pages.model import Card, PageFloor, PageModel, SegmentLink, TemplateManifest
from huichang.pages.packages.locks import FLOORS, locked_by
from huichang.pages.segments import DEFAULT, Segment, suits

HERO = "hero_cards"
"""The pictures in the hero. A locked region of this name, or called "hero", keeps them as they are."""
_STEPS = 4
"""Floors are told apart by quarters of their goods: what is nearly the same keeps the order that the page was planned in."""
_LEAST_GAIN = 4
"""Another floor leads where at least a quarter more of its goods suit; a page is not turned around for less."""
_HERO_DEPTH = 12
_MAY_DIFFER = frozenset({"floors", HERO, "choices"})
# Words that are true of a place and of no other: who says them stays where they were written.
_PLACE = re.compile(
    r"第[一二三四五六七八九十\d]+[层楼]|[一二三四五六七八九十\d]+楼|首层|首楼|楼[上下]|[上下]一?层|(?<![A-Za-z\d])\d{1,2}F(?![A-Za-z])|"
    r"\b(?:first|second|third|last|next|previous|ground)\s+(?:floor|section)s?\b|\b(?:floor|section)\s+\d+\b|\b(?:above|below)\b",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(r"更多|more\b", re.IGNORECASE)
"""How floors of what is left of others are called (selection/floors/naming.py): none of them leads a page."""


class Variant(Model):
    """A page for one segment. `order`: ids of all floors; `hero`: products of the hero, the lead first; `why`: what is told of it."""

    segment: str
    order: tuple[str, ...]
    hero: tuple[str, ...]
    why: Text


class NoVariant(Model):
    """A segment whose buyers get the default, and why."""

    segment: str
    why: Text


class Variants(Model):
    """What a page's segments come to."""

    made: tuple[Variant, ...] = ()
    kept: tuple[NoVariant, ...] = ()


def plan_variants(
    page: PageModel, products: Mapping[str, Product], segments: Sequence[Segment], manifest: TemplateManifest, *, by_hand: bool = False
) -> Variants:
    """Order of the floors and hero for each segment; no variant where the buyers it is for would not be led by anything else.

    `products`: those that the page shows. `by_hand`: a person has set the order of this page's floors, and it is kept.
    """
    goods = [products[name] for name in dict.fromkeys(card.product_id for floor in page.floors for card in floor.cards) if name in products]
    fixed = _fixed(page, manifest, by_hand)
    made: list[Variant] = []
    kept: list[NoVariant] = []
    for segment in segments:
        fitting = suits(segment, goods)
        planned = _planned(page, segment, fitting, fixed, hero_open=not locked_by(manifest, HERO) and not locked_by(manifest, "hero"))
        if isinstance(planned, Variant):
            made.append(planned)
        else:
            kept.append(NoVariant(segment=segment.id, why=planned))
    return Variants(made=tuple(made), kept=tuple(kept))


def _fixed(page: PageModel, manifest: TemplateManifest, by_hand: bool) -> frozenset[str]:
    """Floors that keep their places: all, where the template or a person has set them or the page's own words speak of places."""
    head = (page.title, page.subtitle, page.slogan, page.share_text)
    if by_hand or locked_by(manifest, FLOORS) or any(map(_PLACE.search, head)):
        return frozenset(floor.floor_id for floor in page.floors)
    return frozenset(
        floor.floor_id
        for floor in page.floors
        if _LEFT_OVER.match(floor.title) or any(map(_PLACE.search, (floor.title, floor.subtitle, floor.point)))
    )


def _planned(page: PageModel, segment: Segment, fitting: frozenset[str], fixed: frozenset[str], *, hero_open: bool) -> Variant | Text:
    floors = page.floors
    counts = {floor.floor_id: sum(card.product_id in fitting for card in floor.cards) for floor in floors}
    if not fitting:
        return both(f"本场没有商品符合：{segment.because['zh']}", f"no product of this page is {segment.because['en']}")
    order = _order(floors, counts, fixed)
    ordered = _in_order(floors, order)
    if not _gains(ordered[0], floors[0], counts):
        order, ordered = tuple(floor.floor_id for floor in floors), list(floors)
    hero = tuple(card.product_id for card in _hero(page, ordered, fitting)) if hero_open else tuple(c.product_id for c in page.hero_cards)
    lead, was = ordered[0], floors[0]
    old_lead, new_lead = (next(iter(each), "") for each in ([card.product_id for card in page.hero_cards], hero))
    better_hero = new_lead in fitting and old_lead not in fitting
    if lead is was and not better_hero:
        return both(
            f"没有明显更适合开头的楼层：默认的「{was.title}」有 {counts[was.floor_id]}/{len(was.cards)} 款{segment.because['zh']}",
            f"no other floor would clearly lead better: on “{was.title}”, which leads by default, {counts[was.floor_id]} of "
            f"{len(was.cards)} goods are {segment.because['en']}",
        )
    if lead is was:
        why = both(
            f"楼层顺序不变；首图换成符合的商品（{segment.because['zh']}），原来打头的那款不符合",
            f"the floors keep their order; the hero shows goods {segment.because['en']} first, the one that led it is not",
        )
    else:
        why = both(
            f"「{lead.title}」排到最前：{counts[lead.floor_id]}/{len(lead.cards)} 款{segment.because['zh']}；"
            f"默认打头的「{was.title}」是 {counts[was.floor_id]}/{len(was.cards)} 款",
            f"“{lead.title}” leads: {counts[lead.floor_id]} of {len(lead.cards)} goods are {segment.because['en']}; on “{was.title}”, "
            f"which leads by default, {counts[was.floor_id]} of {len(was.cards)}",
        )
    return Variant(segment=segment.id, order=order, hero=hero, why=why)


def _order(floors: Sequence[PageFloor], counts: Mapping[str, int], fixed: frozenset[str]) -> tuple[str, ...]:
    """Most fitting first, by quarters; equal ones as they were; fixed ones in their places."""
    moving = [floor for floor in floors if floor.floor_id not in fixed]
    moving.sort(key=lambda floor: -((2 * _STEPS * counts[floor.floor_id] // len(floor.cards) + 1) // 2))
    turns = iter(moving)
    return tuple(floor.floor_id if floor.floor_id in fixed else next(turns).floor_id for floor in floors)


def _gains(lead: PageFloor, was: PageFloor, counts: Mapping[str, int]) -> bool:
    more = counts[lead.floor_id] * len(was.cards) - counts[was.floor_id] * len(lead.cards)
    return _LEAST_GAIN * more >= len(lead.cards) * len(was.cards)


def _in_order(floors: Iterable[PageFloor], order: Sequence[str]) -> list[PageFloor]:
    places = {floor_id: place for place, floor_id in enumerate(order)}
    return sorted(floors, key=lambda floor: places.get(floor.floor_id, len(places)))


def _hero(page: PageModel, ordered: Sequence[PageFloor], fitting: frozenset[str]) -> list[Card]:
    """As many as the page has: fitting ones, floor by floor in the new order, then those that are there."""
    found: dict[str, Card] = {}
    for row in range(_HERO_DEPTH):
        for floor in ordered:
            suitable = [card for card in floor.cards if card.product_id in fitting and card.picture]
            if row < len(suitable) and len(found) < len(page.hero_cards):
                found.setdefault(suitable[row].picture, suitable[row])
    for card in page.hero_cards:
        if len(found) < len(page.hero_cards):
            found.setdefault(card.picture, card)
    return list(found.values())


def arranged_for(page: PageModel, variant: Variant) -> PageModel:
    """The page as the segment's buyers get it. `page`: the reviewed one, or the same with the facts of now: floors that were closed
    meanwhile are not there, goods that can not be bought any more lead nothing."""
    shown = {card.product_id: card for floor in page.floors for card in floor.cards}
    buyable = any(not card.state for card in shown.values())
    wanted = [card for name in variant.hero if (card := shown.get(name)) and card.picture and not (buyable and card.state)]
    hero: dict[str, Card] = {}
    for card in (*wanted, *page.hero_cards):
        if len(hero) < len(page.hero_cards):
            hero.setdefault(card.product_id, card)
    choices = tuple(each.model_copy(update={"current": each.segment == variant.segment}) for each in page.choices)
    made = page.model_copy(update={"floors": tuple(_in_order(page.floors, variant.order)), HERO: tuple(hero.values()), "choices": choices})
    check_variant(page, made)
    return made


def check_variant(page: PageModel, variant: PageModel) -> None:
    """Raises PermanentError (code not_a_variant) where anything but the order of floors and the hero's products differs."""
    wrong = [name for name in type(page).model_fields if name not in _MAY_DIFFER and getattr(page, name) != getattr(variant, name)]
    if sorted(page.floors, key=lambda floor: floor.floor_id) != sorted(variant.floors, key=lambda floor: floor.floor_id):
        wrong.append("floors")
    known = [*page.hero_cards, *(card for floor in page.floors for card in floor.cards)]
    if any(card not in known for card in variant.hero_cards) or len(variant.hero_cards) != len(page.hero_cards):
        wrong.append(HERO)
    if wrong:
        raise PermanentError(f"a variant differs from its page in {', '.join(wrong)}", where="variants", code="not_a_variant")


def with_choices(page: PageModel, variants: Variants, segments: Mapping[str, Segment]) -> PageModel:
    """The page with the links by which buyers say what they need: one for each variant, and one back to the default."""
    if not variants.made:
        return page
    to = f"to=/v/{page.venue_id}/"
    names = [(each.segment, segments[each.segment].who[page.language]) for each in variants.made]
    links = tuple(SegmentLink(segment=segment, name=name, href=f"/s/{segment}?{to}") for segment, name in names)
    back = SegmentLink(segment=DEFAULT, name="", href=f"/s/{DEFAULT}?{to}", current=True)
    return page.model_copy(update={"choices": (back, *links)})
