"""A released page made true again: the same page with the facts of now. Pure; line/refreshing.py reads the facts and puts it live.

The reviewed page is the ground, and what may differ from it is little: figures of cards are taken anew from their products; a product
that cannot be bought gives its place to a reserve of the same floor; a text whose claims do not hold any more becomes plain; what lacks
all this is left off. Nothing is added that no person has seen but the reserves' own cards, and `check_living` holds every page to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from huichang.catalog.product import Product
from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.pages.model import Card, PageFloor, PageModel
from huichang.pages.rendering import make_card
from huichang.pages.tree import parse
from huichang.pages.wording import benefit_claims, clean_text
from huichang.selection.model import LeftOutCode

FLOOR_MIN = 3
"""A floor with fewer goods to buy is closed; one that was released with fewer needs all that it had."""
_MAY_DIFFER = frozenset(
    {"title", "subtitle", "slogan", "share_text", "benefits", "benefit_kinds", "hero_cards", "posters", "floors", "as_of"}
)
_FLOOR_MAY_DIFFER = frozenset({"title", "subtitle", "point", "layout", "cards"})
_HERO_TEXTS = ("title", "subtitle", "slogan")
_FLOOR_TEXTS = ("title", "subtitle", "point")
_LAYOUT_NEEDS = {"feature": 5, "shelf": 5, "ranked": 3}
_A_PRICE = re.compile(r"(?:[¥￥$€£₹]|(?:CNY|RMB|USD|EUR|GBP|INR|JPY)\s)\s*\d|\d\s*[元块]")


class TakenOff(Model):
    """What is not on the page any more, and why. `place`: hero.title, floor-2.point, floor-2/p-01, floor-2, posters, page.

    `says`: what is known instead, in English as checks tell it. `instead`: the text or the product in its place.
    """

    what: Literal["text", "product", "floor", "posters", "prices"]
    place: str
    code: str
    words: str = ""
    says: str = ""
    instead: str = ""


class Living(Model):
    """The page as it is true now. `swaps`: "floor/product" -> the reserve in its place."""

    page: PageModel
    taken_off: tuple[TakenOff, ...] = ()
    swaps: dict[str, str] = {}


class Wording(Protocol):
    """What the page's texts may still say."""

    def untrue(self, component: str, text: str, goods: Sequence[Product]) -> str:
        """What the facts of these goods say instead; "" where the text holds."""
        ...

    def plain(self, component: str, slot: str, text: str, goods: Sequence[Product]) -> str:
        """What stands there without the text."""
        ...


@dataclass(frozen=True)
class Now:
    """What is known of the goods at this moment. `why_not`: of those that this page may not sell, the code of selection's LeftOut."""

    products: Mapping[str, Product]
    why_not: Mapping[str, LeftOutCode]

    def on_sale(self, product_id: str) -> bool:
        """Whether this page may sell it."""
        return product_id in self.products and product_id not in self.why_not


@dataclass
class _Work:
    """One page on its way."""

    base: PageModel
    now: Now
    reserves: Mapping[str, Sequence[str]]
    wording: Wording
    pictures: Callable[[Product], tuple[str, str]]
    earlier: Mapping[str, str]
    taken: list[TakenOff] = field(default_factory=list)
    swaps: dict[str, str] = field(default_factory=dict)

    def fresh(self, card: Card) -> Card:
        """The card with the figures of now and the picture that was reviewed."""
        made = make_card(self.now.products[card.product_id], self.base.language, lambda _: (card.picture, ""))
        return made.model_copy(update={"picture_note": card.picture_note})

    def reserve(self, product_id: str) -> Card:
        """A reserve's card."""
        return make_card(self.now.products[product_id], self.base.language, self.pictures)

    def said(self, component: str, slot: str, text: str, goods: Sequence[Product]) -> str:
        """The text, or what is plain in its place."""
        if not text or not (says := self.wording.untrue(component, text, goods)):
            return text
        plain = clean_text(self.wording.plain(component, slot, text, goods))
        self.taken.append(TakenOff(what="text", place=f"{component}.{slot}", code="no_longer_true", words=text, says=says, instead=plain))
        return plain


def living_page(
    base: PageModel,
    now: Now,
    reserves: Mapping[str, Sequence[str]],
    wording: Wording,
    pictures: Callable[[Product], tuple[str, str]],
    earlier: Mapping[str, str] | None = None,
) -> Living:
    """The reviewed page `base` as it is true now.

    `reserves`: floor id -> product ids, best first. `earlier`: the swaps of before, which stay where they can: a page must not shuffle.
    """
    work = _Work(base, now, reserves, wording, pictures, earlier or {})
    arranged = _arranged(work)
    floors = [_floor(work, floor, cards) for floor, cards in arranged]
    shown = list({card.product_id: card for floor in floors for card in floor.cards if not card.state})
    goods = [now.products[product_id] for product_id in shown]
    claims = benefit_claims(goods, base.language)
    texts = {slot: work.said("hero", slot, getattr(base, slot), goods) for slot in _HERO_TEXTS}
    # Posters carry title, subtitle and slogan as pixels: nobody can mend a word in them.
    posters = base.posters
    if base.posters and any(texts[slot] != getattr(base, slot) for slot in _HERO_TEXTS):
        posters = ()
        work.taken.append(TakenOff(what="posters", place="posters", code="no_longer_true"))
    page = base.model_copy(
        update={
            **texts,
            "share_text": work.said("share", "text", base.share_text, goods) or texts["title"],
            "benefits": tuple(text for _, text in claims),
            "benefit_kinds": tuple(kind for kind, _ in claims),
            "hero_cards": _hero_cards(base, floors),
            "posters": posters,
            "floors": tuple(floors),
        }
    )
    return Living(page=page, taken_off=tuple(work.taken), swaps=work.swaps)


def withheld_page(shown: PageModel, wording: Wording, before: Iterable[TakenOff] = (), swaps: Mapping[str, str] | None = None) -> Living:
    """The page as it was last true, without a single claim about goods: nobody can say now whether they hold.

    `before`, `swaps`: what had been taken off it and changed already.
    """
    taken = [*(each for each in before if each.code != "unconfirmed"), TakenOff(what="prices", place="page", code="unconfirmed")]

    def said(component: str, slot: str, text: str) -> str:
        if not text or not (says := wording.untrue(component, text, ())):
            return text
        plain = clean_text(wording.plain(component, slot, text, ()))
        taken.append(TakenOff(what="text", place=f"{component}.{slot}", code="unconfirmed", words=text, says=says, instead=plain))
        return plain

    floors = tuple(
        floor.model_copy(
            update={
                **{slot: said(floor.floor_id, slot, getattr(floor, slot)) for slot in _FLOOR_TEXTS},
                "layout": "grid" if floor.layout == "ranked" else floor.layout,
                "cards": tuple(_bare(card, "unconfirmed") for card in floor.cards),
            }
        )
        for floor in shown.floors
    )
    texts = {slot: said("hero", slot, getattr(shown, slot)) for slot in _HERO_TEXTS}
    posters = shown.posters if all(texts[slot] == getattr(shown, slot) for slot in _HERO_TEXTS) else ()
    page = shown.model_copy(
        update={
            **texts,
            "share_text": said("share", "text", shown.share_text) or texts["title"],
            "benefits": (),
            "benefit_kinds": (),
            "hero_cards": tuple(_bare(card, "unconfirmed") for card in shown.hero_cards),
            "posters": posters,
            "floors": floors,
        }
    )
    return Living(page=page, taken_off=tuple(taken), swaps=dict(swaps or {}))


def _arranged(work: _Work) -> list[tuple[PageFloor, list[Card]]]:
    """Floors that stay, with their cards: fresh ones and reserves in their places, sold-out ones behind them."""
    used = {card.product_id for floor in work.base.floors for card in floor.cards}
    # The swaps of before first, on every floor, so that no other place takes their reserve.
    kept: dict[str, str] = {}
    for floor in work.base.floors:
        for card in floor.cards:
            key = f"{floor.floor_id}/{card.product_id}"
            reserve = work.earlier.get(key, "")
            known = reserve in work.reserves.get(floor.floor_id, ()) and reserve not in used
            if known and work.now.on_sale(reserve) and not work.now.on_sale(card.product_id):
                kept[key] = reserve
                used.add(reserve)
    arranged = []
    for floor in work.base.floors:
        cards, sold_out = _cards(work, floor, kept, used)
        if len(cards) >= min(FLOOR_MIN, len(floor.cards)):
            # A rank says that more was sold than of the next: what cannot be bought has none.
            arranged.append((floor, cards if floor.layout == "ranked" else [*cards, *sold_out]))
        else:
            work.taken.append(
                TakenOff(what="floor", place=floor.floor_id, code="too_few_goods", words=floor.title, says=f"{len(cards)} left")
            )
    if not arranged:
        # A page without a floor is a blank one: the fullest floor says what it had.
        floor = max(work.base.floors, key=lambda each: len(each.cards))
        cards = [work.fresh(card) if work.now.on_sale(card.product_id) else _bare(card, "sold_out") for card in floor.cards]
        work.taken[:] = [each for each in work.taken if each.place != floor.floor_id]
        arranged = [(floor, sorted(cards, key=lambda card: bool(card.state)))]
    stay = {floor.floor_id for floor, _ in arranged}
    work.swaps = {key: reserve for key, reserve in work.swaps.items() if key.partition("/")[0] in stay}
    return arranged


def _cards(work: _Work, floor: PageFloor, kept: Mapping[str, str], used: set[str]) -> tuple[list[Card], list[Card]]:
    cards: list[Card] = []
    sold_out: list[Card] = []
    goods = [work.now.products[card.product_id] for card in floor.cards if work.now.on_sale(card.product_id)]
    for card in floor.cards:
        if work.now.on_sale(card.product_id):
            cards.append(work.fresh(card))
            continue
        key = f"{floor.floor_id}/{card.product_id}"
        code = work.now.why_not.get(card.product_id, "gone")
        reserve = kept.get(key) or _next_reserve(work, floor, goods, used)
        if reserve:
            used.add(reserve)
            goods.append(work.now.products[reserve])
            work.swaps[key] = reserve
            cards.append(work.reserve(reserve))
        elif code == "out_of_stock":
            sold_out.append(_bare(card, "sold_out"))
        work.taken.append(TakenOff(what="product", place=key, code=code, words=card.title, instead=reserve))
    return cards, sold_out


def _next_reserve(work: _Work, floor: PageFloor, goods: Sequence[Product], used: set[str]) -> str:
    """The best one that can be bought and does not make untrue what the floor says; "" where there is none."""
    said = [text for slot in _FLOOR_TEXTS if (text := getattr(floor, slot)) and not work.wording.untrue(floor.floor_id, text, goods)]
    for reserve in work.reserves.get(floor.floor_id, ()):
        if reserve in used or not work.now.on_sale(reserve):
            continue
        with_it = [*goods, work.now.products[reserve]]
        if not any(work.wording.untrue(floor.floor_id, text, with_it) for text in said):
            return reserve
    return ""


def _floor(work: _Work, floor: PageFloor, cards: list[Card]) -> PageFloor:
    goods = [work.now.products[card.product_id] for card in cards if not card.state]
    layout = floor.layout
    if layout == "ranked":
        cards = sorted(cards, key=lambda card: -(work.now.products[card.product_id].sales_30d or 0))
        layout = layout if all(product.sales_30d for product in goods) else "grid"
    if len(cards) < _LAYOUT_NEEDS.get(layout, 0):
        layout = "grid"
    texts = {slot: work.said(floor.floor_id, slot, getattr(floor, slot), goods) for slot in _FLOOR_TEXTS}
    return floor.model_copy(update={**texts, "layout": layout, "cards": tuple(cards)})


def _hero_cards(base: PageModel, floors: Iterable[PageFloor]) -> tuple[Card, ...]:
    """Those that were there, as they are now; the first of the page in the place of what is gone."""
    shown = {card.product_id: card for floor in floors for card in floor.cards if not card.state}
    taken = {card.product_id for card in base.hero_cards}
    spare = iter([card for card in shown.values() if card.picture and card.product_id not in taken])
    chosen = [shown.get(card.product_id) or next(spare, None) for card in base.hero_cards]
    return tuple(card for card in chosen if card)


def _bare(card: Card, state: Literal["sold_out", "unconfirmed"]) -> Card:
    """The card without a claim. Built anew: a field that is added to cards one day is a claim until somebody says otherwise."""
    return Card(
        product_id=card.product_id,
        title=card.title,
        price=Money(amount=Decimal(0), currency=card.price.currency),
        state=state,
        picture=card.picture,
        picture_note=card.picture_note,
        merchant=card.merchant,
        merchant_id=card.merchant_id,
        href=card.href,
    )


def check_living(base: PageModel, living: Living, reserves: Mapping[str, Sequence[str]]) -> None:
    """The rule by which a page may go live without a review of its own: it is a reviewed one with other facts and fewer words.

    Raises PermanentError (code not_reviewed) for anything else: a changed style, picture or label, a floor or a product from elsewhere, a
    text that is neither the reviewed one nor the plain one that was told, a poster that was not there.
    """
    page = living.page
    wrong = [name for name in type(base).model_fields if name not in _MAY_DIFFER and getattr(base, name) != getattr(page, name)]
    plain = {each.place: each.instead for each in living.taken_off if each.what == "text"}
    for slot in _HERO_TEXTS:
        if getattr(page, slot) not in (getattr(base, slot), plain.get(f"hero.{slot}")):
            wrong.append(f"hero.{slot}")
    if page.share_text not in (base.share_text, plain.get("share.text"), page.title):
        wrong.append("share.text")
    if page.posters not in (base.posters, ()):
        wrong.append("posters")
    known = {floor.floor_id: floor for floor in base.floors}
    order = [floor.floor_id for floor in page.floors]
    if [name for name in known if name in order] != order:
        wrong.append("floors")
    shown = {card.product_id for floor in page.floors for card in floor.cards}
    if not {card.product_id for card in page.hero_cards} <= shown | {card.product_id for card in base.hero_cards}:
        wrong.append("hero_cards")
    for floor in page.floors:
        if floor.floor_id in known:
            wrong += _foreign(known[floor.floor_id], floor, plain, reserves.get(floor.floor_id, ()))
    if wrong:
        raise PermanentError(
            f"a refreshed page differs from the reviewed one in {', '.join(wrong)}", where="living claims", code="not_reviewed"
        )


def _foreign(base: PageFloor, floor: PageFloor, plain: Mapping[str, str], reserves: Iterable[str]) -> list[str]:
    wrong = [
        f"{floor.floor_id}.{name}"
        for name in type(base).model_fields
        if name not in _FLOOR_MAY_DIFFER and getattr(base, name) != getattr(floor, name)
    ]
    for slot in _FLOOR_TEXTS:
        if getattr(floor, slot) not in (getattr(base, slot), plain.get(f"{floor.floor_id}.{slot}")):
            wrong.append(f"{floor.floor_id}.{slot}")
    if floor.layout not in (base.layout, "grid"):
        wrong.append(f"{floor.floor_id}.layout")
    pictures = {card.product_id: card.picture for card in base.cards}
    allowed = {*pictures, *reserves}
    for card in floor.cards:
        # A reserve's picture comes from the shelf: the merchant's from an allowed host, or one that we drew.
        if card.product_id not in allowed or card.picture != pictures.get(card.product_id, card.picture):
            wrong.append(f"{floor.floor_id}/{card.product_id}")
    return wrong


def price_leaks(html: str, page: PageModel) -> tuple[str, ...]:
    """Products whose card names a price although none is confirmed: a template that does not know Card.state would."""
    silent = {card.product_id: card for floor in page.floors for card in floor.cards if card.state}
    silent |= {card.product_id: card for card in page.hero_cards if card.state}
    if not silent:
        return ()
    leaks = []
    for node in parse(html).walk():
        card = silent.get(node.attributes.get("data-product", ""))
        if card and _A_PRICE.search(node.text().replace(card.title, "").replace(card.merchant or "\0", "")):
            leaks.append(card.product_id)
    return tuple(dict.fromkeys(leaks))
