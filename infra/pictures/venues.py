"""Venues of the sample catalogue for every template: real goods, drawn pictures, a painted hero cut as the line cuts it.

For contact sheets, benches and the samples of packages. The words stand in venues.yaml; a template that it does not name gets the default.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from huichang.adapters.posters import PillowStudio
from huichang.catalog.product import Product
from huichang.kernel.language import Language, Text
from huichang.kernel.model import Model
from huichang.kernel.zones import DEFAULT_ZONE
from huichang.materials.policy.labels import ContentMaker
from huichang.materials.styles.packages import load_presets
from huichang.pages.ends import end_of
from huichang.pages.hero_shots import hung
from huichang.pages.model import PageModel, RelatedLink
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.rendering import build_page
from huichang.pages.typesetting.poster import Colours
from huichang.selection.model import Floor, FloorPlan
from huichang.themes.model import Theme, Window
from huichang.venues.model import Venue
from infra.pictures.backgrounds import scene
from infra.sample.generate import products as sample_products

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
PLANS = Path(__file__).with_name("venues.yaml")


class Planned(Model):
    """One entry of venues.yaml. `shelves`: Chinese names of leaf categories, a floor each; `divide`: the first by this attribute,
    before the others."""

    style: str
    title: Text
    subtitle: Text
    slogan: Text
    shelves: tuple[str, ...]
    divide: str = ""
    until: date | None = None


@dataclass
class Shelf:
    """Media by address, as the pages bucket would hold them."""

    media: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        """See MediaShelf."""
        key = f"media/{sha256(data).hexdigest()[:20]}.{suffix}"
        self.media[f"/{key}"] = (data, content_type)
        return key

    def resolve(self, path: str) -> tuple[bytes, str] | None:
        """What a browser asks for."""
        return self.media.get(path)


@cache
def plans() -> Mapping[str, Planned]:
    """venues.yaml by template id."""
    read: Any = yaml.safe_load(PLANS.read_text(encoding="utf-8"))
    return {name: Planned.model_validate(entry) for name, entry in read.items()}


@cache
def _shelves() -> Mapping[str, list[Product]]:
    found: dict[str, list[Product]] = defaultdict(list)
    for record in sample_products():
        product = Product.model_validate(record)
        found[product.leaf_category].append(product)
    return found


def make_venue(
    template_id: str, language: Language, shelf: Shelf, *, floors: int = 6, per_floor: int = 8, style: str = "", filled: bool = False
) -> PageModel:
    """A page of the sample's goods for this template, its pictures on the shelf. `style` replaces the plan's preset. `filled`: floors whose
    shelves hold more make up for those that hold less, so that the page has floors x per_floor products.

    Raises KeyError for an unknown preset; fewer floors than asked for where the plan's shelves hold no more.
    """
    plan = plans().get(template_id, plans()["default"])
    preset = load_presets()[style or plan.style]
    groups = list(_groups(plan, floors, language))
    sizes = _sizes([len(goods) for _, goods in groups], per_floor, floors * per_floor if filled else 0)
    groups = [(name, goods[:size]) for (name, goods), size in zip(groups, sizes, strict=True)]
    title = plan.title[language]
    page = build_page(
        Venue(
            venue_id=f"sample-{template_id.replace('_', '-')}",
            campaign_id="sample",
            language=language,
            theme=Theme(name=title, slogan=plan.subtitle[language], keywords=()),
            created_at=NOW.isoformat(),
            updated_at=NOW.isoformat(),
        ),
        FloorPlan(
            by=_by(plan, groups, language),
            floors=tuple(
                Floor(floor_id=f"floor-{number}", title=name, value="", product_ids=tuple(product.id for product in goods))
                for number, (name, goods) in enumerate(groups, 1)
            ),
            score=1.0,
            reason="sample",
        ),
        {product.id: product for _, goods in groups for product in goods},
        {"hero": {"title": title, "subtitle": plan.subtitle[language], "slogan": plan.slogan[language]}},
        {"hero": "/media/hero"},
        preset.style(),
        PictureShelf(shelf).address,
        True,
        NOW,
        related=[RelatedLink(title=other.title[language], href=f"/v/{name}/") for name, other in list(plans().items())[:3]],
        ends_at=end_of(Window(start=NOW.date(), end=plan.until), DEFAULT_ZONE) if plan.until else "",
    )
    return with_hero(page, scene(preset.id), shelf)


def with_hero(page: PageModel, background: bytes, shelf: Shelf) -> PageModel:
    """The page with this background cut for both screens."""
    label = ContentMaker(trained=False).label(page.venue_id)
    shots = hung(PillowStudio().hero(background, Colours.of(page.style), xmp=label.xmp), shelf.put_media)
    return page.model_copy(update={"hero_image": next(shot.path for shot in shots if shot.screen == "desktop"), "hero_shots": shots})


def _sizes(held: list[int], per_floor: int, least: int) -> list[int]:
    """How many goods each floor shows: `per_floor`, and one more in turn while there are fewer than `least` and a shelf holds more."""
    sizes = [min(count, per_floor) for count in held]
    while sum(sizes) < least:
        at = min((at for at, count in enumerate(held) if sizes[at] < count), key=lambda at: sizes[at])
        sizes[at] += 1
    return sizes


def _groups(plan: Planned, floors: int, language: Language) -> Iterator[tuple[str, list[Product]]]:
    if plan.divide:
        by_value: dict[str, list[Product]] = defaultdict(list)
        for product in _shelves()[plan.shelves[0]]:
            by_value[product.text("zh").attributes.get(plan.divide, "")].append(product)
        largest = sorted((value for value in by_value if value), key=lambda value: (-len(by_value[value]), value))
        for value in largest[:floors]:
            goods = by_value[value]
            yield _value(goods[0], plan.divide, language), goods
        floors -= min(floors, len(largest))
    for name in plan.shelves[1 if plan.divide else 0 :][:floors]:
        goods = _shelves()[name]
        yield goods[0].text(language).category_path[-1], goods


def _value(product: Product, name: str, language: Language) -> str:
    """The attribute's value in this language; both list their attributes in one order."""
    at = list(product.text("zh").attributes).index(name)
    said = list(product.text(language).attributes.values())[at]
    return said[:1].upper() + said[1:]


def _by(plan: Planned, groups: list[tuple[str, list[Product]]], language: Language) -> str:
    if not plan.divide:
        return "category"
    product = groups[0][1][0]
    at = list(product.text("zh").attributes).index(plan.divide)
    return f"attribute:{list(product.text(language).attributes)[at]}"
