"""First images: other pictures that placements may show a venue with, made of what its page already shows.

A venue's default picture is its share poster. Beside it there are up to three, each of another style and led by other goods. They say only
what the page says (so whatever judges the page's words judges theirs), show only goods that are on it, and lie beside the page: its hash
does not know them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.model import Model
from huichang.pages.model import Card, PageModel
from huichang.pages.typesetting.formats import FORMATS, Box, Format
from huichang.pages.typesetting.layout import Words
from huichang.pages.typesetting.poster import Colours
from huichang.pages.words import words

Style = Literal["goods", "shelf", "scene"]
"""One thing, large; several beside each other; one in the venue's own scene."""
STYLES: tuple[Style, ...] = ("goods", "shelf", "scene")
_ON_SHELF = 3
ImageId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]

# As wide to high as the share poster, which it takes turns with; placements show it at most half as large. The words and their contrast are
# set as on a poster, the picture is complete when they come: it does not melt into the ground.
FEED: Format = FORMATS["share"].model_copy(
    update={"width": 960, "height": 504, "budget": 90_000, "window": Box(x=0, y=0, width=1, height=1), "melt": 0.001}
)


class FirstImageMade(Model):
    """A first image of one version. Its id is its style and the hash of its bytes: the same picture keeps its id and what was learnt of it.

    `product_ids`: whose goods it shows. `says`: every text that stands on it. `contrast`: of its least legible text. `alt`: what screen
    readers say.
    """

    image_id: ImageId
    style: Style
    media_key: str
    width: int
    height: int
    bytes: int
    contrast: float
    alt: str
    product_ids: tuple[str, ...]
    says: tuple[str, ...]


class LeftOut(Model):
    """One that could not be made, or that the gate refused."""

    style: Style
    why: str


class FirstImages(Model):
    """Those of a version. Written once, before anybody is asked to review it: what was looked at cannot change afterwards."""

    images: tuple[FirstImageMade, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class Wanted(Model):
    """A first image that is to be made: its goods, first one leading, and its words."""

    style: Style
    cards: tuple[Card, ...]
    said: Words


class Composed(Model):
    """PNGs of the format's size: `background` lies under the words and what helps them, the goods (RGBA, `over`) above it."""

    background: bytes
    over: bytes


class Composer(Protocol):
    """Puts goods together before any word is set."""

    def compose(self, style: Style, goods: Sequence[bytes], background: bytes | None, form: Format, colours: Colours) -> Composed:
        """The goods (SVG drawings of ours, or photos) on the palette's ground, or in the background.

        The words' safe area stays free of goods. The same arguments give the same bytes. Raises PermanentError for what is no picture.
        """
        ...


def first_images_key(venue_id: str, version_id: str) -> str:
    """Key of the first images that belong to a version."""
    return f"venues/{venue_id}/versions/{version_id}-first-images"


def image_id_of(style: Style, media_key: str) -> str:
    """goods-1f3a5b7c9d"""
    return f"{style}-{media_key.rsplit('/', 1)[-1].partition('.')[0][:10]}"


def wanted_of(page: PageModel) -> tuple[Wanted, ...]:
    """What can be made of a page. Each leads with other goods; goods that are only illustrated are on none."""
    cards = [card for card in page.hero_cards if card.picture and not card.picture_note and not card.state]
    if not cards:
        return ()
    floors = {card.product_id: floor.title for floor in page.floors for card in floor.cards}
    label = words(page.language)["ai_short"]

    def said(subtitle: str, badge: str) -> Words:
        return Words(title=page.title, subtitle=subtitle, badge=badge, ai_label=label, language=page.language)

    lead, *rest = cards
    found = [Wanted(style="goods", cards=(lead,), said=said(floors.get(lead.product_id, "") or page.subtitle, page.slogan))]
    if len(rest) >= 2:
        found.append(Wanted(style="shelf", cards=tuple(rest[:_ON_SHELF]), said=said(page.subtitle, "")))
    if page.hero_image and (other := rest[_ON_SHELF:] or rest[-1:]):
        found.append(Wanted(style="scene", cards=(other[0],), said=said("", page.slogan)))
    return tuple(found)


def holds_on(image: FirstImageMade, page: PageModel) -> bool:
    """Whether what the image shows and says is what the page shows and says now: every word still there, all of its goods to be had."""
    texts = {page.title, page.subtitle, page.slogan, *(floor.title for floor in page.floors)}
    there = {card.product_id for card in _cards(page) if not card.state} - {card.product_id for card in _cards(page) if card.state}
    return set(image.says) <= texts and set(image.product_ids) <= there


def _cards(page: PageModel) -> Iterable[Card]:
    return (*page.hero_cards, *(card for floor in page.floors for card in floor.cards))
