"""Pages to inspect, from the sample catalogue: sound ones of every preset and language, and sound ones that are hard to call sound."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args

from huichang.adapters.posters import PillowStudio
from huichang.catalog.product import Product
from huichang.kernel.errors import NotFoundError
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.materials.policy.labels import ContentMaker
from huichang.materials.styles.packages import load_presets
from huichang.pages.hero_shots import hung
from huichang.pages.model import PageModel
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.rendering import build_page, checked_style, render
from huichang.pages.typesetting.poster import Colours
from huichang.selection.model import Floor, FloorPlan
from huichang.themes.model import Theme
from huichang.venues.model import Venue
from infra.bench.defects import Subject, raster
from infra.pictures.backgrounds import HOSTILE, scene
from infra.sample.generate import products as sample_products

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
LANGUAGES: tuple[Language, ...] = get_args(Language)
_NAMES: dict[Language, str] = {"zh": "秋日好物一站配齐", "en": "Autumn goods in one place"}
_SUBTITLES: dict[Language, str] = {"zh": "换季上新，整单包邮", "en": "New for the season, shipped together"}
_LONG: dict[Language, str] = {
    "zh": "中秋国庆双节团购福利专场全品类特惠",
    "en": "Everything-a-wholesale-buyer-could-want for two festivals",
}


class Shelf:
    """Media in memory; it keeps what PageStore promises of them."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[bytes, str]] = {}

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        """Store; return the key."""
        key = f"media/{content_hash(data)[:32]}.{suffix}"
        self.held[f"/{key}"] = (data, content_type)
        return key

    def read_media(self, key: str) -> bytes:
        """Raises NotFoundError."""
        if f"/{key}" not in self.held:
            raise NotFoundError(f"nothing is stored under {key}")
        return self.held[f"/{key}"][0]

    def media_exists(self, key: str) -> bool:
        """Whether it is there."""
        return f"/{key}" in self.held


@dataclass(frozen=True)
class Wanted:
    """What a page should be made of."""

    name: str
    language: Language
    preset: str = "linen_home"
    floors: tuple[int, ...] = (8, 7, 9, 6)
    hero: str = "painted"  # or a kind of infra/pictures/backgrounds.py, or "" for none
    title: str = ""
    subtitle: str = ""
    photographs: bool = False
    pictures: bool = True
    changes: Mapping[str, Any] = field(default_factory=dict)


HARD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("minimalist", {"preset": "linen_home", "floors": (3,), "hero": "", "subtitle": "Less, but better"}),
    ("white hero", {"preset": "linen_home", "hero": "white"}),
    ("black hero", {"preset": "urban_slate", "hero": "black"}),
    ("no hero picture", {"preset": "camp_ridge", "hero": ""}),
    ("long title", {"title": "long"}),
    ("no product pictures", {"preset": "tea_house", "pictures": False}),
    ("photographs", {"preset": "sport_track", "photographs": True}),
    ("dark preset", {"preset": "night_circuit"}),
    ("dark preset, photographs", {"preset": "night_circuit", "photographs": True}),
    ("three floors", {"preset": "maple_harvest", "floors": (4, 3, 5)}),
    ("twelve floors", {"preset": "market_orange", "floors": (8,) * 12}),
    ("one product", {"preset": "petal_pink", "floors": (1,)}),
    ("long product titles", {"preset": "paw_garden", "changes": {"title": "long"}}),
    ("large prices", {"preset": "winter_fir", "changes": {"price": "large"}}),
)


def hard(language: Language) -> Iterator[Wanted]:
    """Sound pages that a careless inspection takes for broken ones."""
    for name, wanted in HARD:
        title = _LONG[language] if wanted.get("title") == "long" else ""
        yield Wanted(name=f"{name}/{language}", language=language, **(wanted | {"title": title}))


def plain() -> Iterator[Wanted]:
    """One page of each preset and language."""
    for preset in load_presets():
        for language in LANGUAGES:
            yield Wanted(name=f"{preset}/{language}", language=language, preset=preset)


@cache
def _shelves() -> tuple[tuple[Product, ...], ...]:
    found: dict[tuple[str, ...], list[Product]] = defaultdict(list)
    for record in sample_products():
        product = Product.model_validate(record)
        found[product.category_path].append(product)
    return tuple(tuple(goods) for _, goods in sorted(found.items()) if len(goods) >= 12)


@cache
def _scene(preset: str) -> bytes:
    return scene(preset)


def _background(wanted: Wanted, dice: random.Random) -> bytes | None:
    if not wanted.hero:
        return None
    return _scene(wanted.preset) if wanted.hero == "painted" else HOSTILE[wanted.hero](dice)


@dataclass(frozen=True)
class Made:
    """A page, its products as the catalogue has them, and its pictures."""

    page: PageModel
    products: Mapping[str, Product]
    media: Mapping[str, tuple[bytes, str]]

    def subject(self, template_id: str) -> Subject:
        """As this template shows it."""
        return Subject(html=render(self.page, template_id), page=self.page, media=self.media)


def make(wanted: Wanted, seed: int) -> Made:
    """The page; equal arguments give equal bytes."""
    dice = random.Random(f"{seed}/{wanted.name}")
    shelf = Shelf()
    language = wanted.language
    shelves = dice.sample(_shelves(), len(wanted.floors))
    goods = [[_changed(each, wanted) for each in shelf_[:size]] for shelf_, size in zip(shelves, wanted.floors, strict=True)]
    products = {product.id: product for floor in goods for product in floor}

    def picture(product: Product) -> tuple[str, str]:
        if not wanted.pictures:
            return "", ""
        if wanted.photographs:
            return "/" + shelf.put_media(raster(800, 800, random.Random(product.id)), "image/webp", "webp"), ""
        address, note = PictureShelf(shelf).address(product)
        return address, note

    background = _background(wanted, dice)
    images = {"hero": "/" + shelf.put_media(background, "image/webp", "webp")} if background else {}
    title, subtitle = wanted.title or _NAMES[language], wanted.subtitle or _SUBTITLES[language]
    stamp = NOW.isoformat()
    venue = Venue(
        venue_id="bench", campaign_id="bench", language=language, created_at=stamp, updated_at=stamp,
        theme=Theme(name=title, slogan=subtitle, keywords=()),
    )  # fmt: skip
    floors = tuple(
        Floor(floor_id=f"floor-{n}", title=floor[0].text(language).category_path[-1], value="", product_ids=tuple(p.id for p in floor))
        for n, floor in enumerate(goods, 1)
    )
    copy = {"hero": {"title": title, "subtitle": subtitle}, "share": {"text": title}}
    style = load_presets()[wanted.preset].style()
    plan = FloorPlan(by="leaf_category", floors=floors, score=1.0, reason="bench")
    page = build_page(venue, plan, products, copy, images, style, picture, True, NOW)
    page = page.model_copy(update={"public_base": "https://venue.invalid"})
    if background:
        page = _with_hero(page, background, shelf)
    return Made(page=page, products=products, media=shelf.held)


def _with_hero(page: PageModel, background: bytes, shelf: Shelf) -> PageModel:
    """The hero cut for both screens and veiled where the title stands, as line/artwork.py does it; without the posters."""
    colours = Colours.of(checked_style(page.style))
    shots = hung(PillowStudio().hero(background, colours, xmp=ContentMaker().label("bench").xmp), shelf.put_media)
    wide = next(shot.path for shot in shots if shot.screen == "desktop")
    return page.model_copy(update={"hero_image": wide, "hero_shots": shots})


def _changed(product: Product, wanted: Wanted) -> Product:
    if wanted.changes.get("price") == "large":
        return product.at_price(product.price.amount + 128_000)
    if wanted.changes.get("title") == "long":
        long = {
            "zh": "加厚保暖防风防水多功能便携式可折叠家用商用两用款" * 3,
            "en": "Extraordinarily comfortable hand-finished heavyweight " * 4,
        }
        localized = {each: text.model_copy(update={"title": f"{text.title} {long[each]}"}) for each, text in product.localized.items()}
        return product.model_copy(update={"title": f"{product.title} {long['zh']}"[:190], "localized": localized})
    return product
