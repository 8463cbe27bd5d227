"""Goods of one page side by side: what can be compared at all, and which sell most. Everything is from the cards; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from huichang.kernel.language import Language, detect_language
from huichang.kernel.money import Money
from huichang.pages.model import Card, PageModel
from huichang.pages.terms import in_hours, pieces_of, sold_count
from huichang.pages.words import words

COMPARED = 4
_TRAIT_ROWS = 4
_TOP = 5
_TELLING = 2


@dataclass(frozen=True)
class Row:
    """One line: a name, and a value for every card; "" where it is not known."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Cards side by side and the lines in which they can be compared."""

    cards: tuple[Card, ...]
    rows: tuple[Row, ...]


def comparison(page: PageModel) -> Comparison | None:
    """The best-selling pictured product of each floor, up to four, the floors with the most sales first.

    A line is there where at least two of them say something; price has its own place. None on a page too small
    to repeat itself, with two currencies, or where fewer than two products or lines are left.
    """
    shown = {card.product_id: card for floor in page.floors for card in floor.cards if not card.state}
    if len(shown) < 2 * COMPARED or len({card.price.currency for card in shown.values()}) != 1:
        return None
    cards = _one_of_each(page)
    rows = tuple(row for row in _rows(cards, page.language) if sum(map(bool, row.values)) >= min(_TELLING, len(cards)))
    return Comparison(cards, rows) if len(cards) >= _TELLING and len(rows) >= _TELLING else None


def most_sold(page: PageModel, limit: int = _TOP) -> tuple[Card, ...]:
    """The products that sold most in 30 days, ties by id; () where the page is too small to repeat itself or too few sales are known."""
    cards = list({card.product_id: card for floor in page.floors for card in floor.cards if not card.state}.values())
    known = [card for card in cards if card.sold]
    if len(cards) < 3 * limit or len(known) < 2 * limit:
        return ()
    return tuple(sorted(known, key=lambda card: (-(card.sold or 0), card.product_id))[:limit])


def facet_of(by: str, language: Language) -> str:
    """The attribute that divides the floors (FloorPlan.by), where one alone does and its name is in the page's language; "" otherwise."""
    kind, _, name = by.partition(":")
    if kind != "attribute" or "+" in name or detect_language(name) not in (language, None):
        return ""
    return name


def _one_of_each(page: PageModel) -> tuple[Card, ...]:
    best: list[Card] = []
    for floor in page.floors:
        fresh = [
            card for card in floor.cards if card.picture and not card.state and card.product_id not in {other.product_id for other in best}
        ]
        if fresh:
            best.append(min(fresh, key=lambda card: (-(card.sold or 0), card.product_id)))
    ranked = sorted(best, key=lambda card: (-(card.sold or 0), card.product_id))[:COMPARED]
    if len(ranked) < COMPARED:  # few floors: more of the same ones, by their sales
        taken = {card.product_id for card in ranked}
        others = {
            card.product_id: card
            for floor in page.floors
            for card in floor.cards
            if card.picture and not card.state and card.product_id not in taken
        }
        ranked += sorted(others.values(), key=lambda card: (-(card.sold or 0), card.product_id))[: COMPARED - len(ranked)]
    return tuple(ranked)


def _rows(cards: Sequence[Card], language: Language) -> Iterator[Row]:
    said = words(language)

    def row(name: str, values: Sequence[str]) -> Row:
        return Row(name, tuple(values))

    yield row(said["least_order"], [pieces_of(card.moq, language) if card.moq else "" for card in cards])
    yield row(said["tiers"], [_last_step(card, said["from_pieces"]) for card in cards])
    yield row(said["ship_time"], [in_hours(card.ships_within, language) for card in cards])
    yield row(said["sold_column"], [sold_count(card, language) for card in cards])
    yield row(said["rating"], [f"{card.rating:.1f} / 5" if card.rating else "" for card in cards])
    counts: dict[str, int] = {}
    for card in cards:
        for name, _ in card.traits:
            counts[name] = counts.get(name, 0) + 1
    # A product without a translation states its traits in its own language; a line of the page's own is read by everybody.
    shared = [name for name, count in counts.items() if count >= _TELLING and detect_language(name) in (language, None)]
    shared.sort(key=lambda name: -counts[name])
    for name in shared[:_TRAIT_ROWS]:
        yield row(name, [dict(card.traits).get(name, "") for card in cards])


def _last_step(card: Card, words_for: str) -> str:
    if len(card.tiers) < _TELLING:
        return ""
    last = card.tiers[-1]
    price: Money = last.price
    return f"{words_for.format(n=f'{last.pieces:,}')} {price}"
