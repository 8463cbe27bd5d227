"""A browser for tests, pages worth looking at, and the pictures on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huichang.adapters.browser import find_browser
from huichang.catalog.product import Product
from huichang.kernel.language import Language
from huichang.materials.styles.packages import load_presets
from huichang.pages.model import PageModel
from huichang.pages.rendering import build_page
from huichang.selection.model import Floor, FloorPlan
from huichang.themes.model import Theme
from huichang.venues.model import Venue
from tests.support.edits import edits as edited
from tests.support.products import make_product

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
SQUARE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="400" height="400">'
    b'<rect width="8" height="8" fill="#dfe8d8"/><circle cx="4" cy="4" r="3" fill="#476"/></svg>'
)


def browser_or_skip() -> Path:
    """A browser's path; the test is reported as skipped where none is found."""
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium or Chrome on PATH")
    return found


def resolve(path: str) -> tuple[bytes, str] | None:
    """Every picture below /media/ is the same drawing, except those that are gone."""
    if path.startswith("/media/") and "gone" not in path:
        return SQUARE, "image/svg+xml"
    return None


def picture_of(product: Product) -> tuple[str, str]:
    """An address on our own origin."""
    return f"/media/{product.id}.svg", ""


def make_venue(language: Language = "zh", *, name: str = "熊猫玩偶会场", pins: Sequence[str] = ()) -> Venue:
    """A venue that is being built."""
    return Venue(
        venue_id="venue-1",
        campaign_id="campaign-1",
        language=language,
        theme=Theme(name=name, slogan="", industry="toys", kind="event", keywords=("熊猫",)),
        created_at="2026-09-01T00:00:00.000Z",
        updated_at="2026-09-01T00:00:00.000Z",
        edits=edited(pins=pins),
    )


def make_page(
    language: Language = "zh",
    *,
    floors: Sequence[int] = (10, 10, 10, 10),
    style: str = "bamboo_grove",
    titles: Mapping[int, str] | None = None,
    name: str = "",
    texts: Mapping[str, Mapping[str, str]] | None = None,
    images: Mapping[str, str] | None = None,
    pins: Sequence[str] = (),
    offline: bool = True,
    changes: Mapping[str, Any] | None = None,
) -> PageModel:
    """A page of the given floor sizes; `titles` replaces titles by product number, `changes` fields of all products."""
    name = name or ("熊猫玩偶会场" if language == "zh" else "The panda plush fair")
    number = 0
    products: dict[str, Product] = {}
    plan: list[Floor] = []
    for position, size in enumerate(floors, 1):
        ids: list[str] = []
        for _ in range(size):
            number += 1
            product = make_product(number, **(changes or {}))
            title = (titles or {}).get(number)
            if title is not None:
                product = product.model_copy(update={"title": title, "localized": {}})
            products[product.id] = product
            ids.append(product.id)
        title_of_floor = f"楼层{position}" if language == "zh" else f"Floor {position}"
        plan.append(Floor(floor_id=f"floor-{position}", title=title_of_floor, value="", product_ids=tuple(ids)))
    copy = {
        "hero": {
            "title": name,
            "subtitle": "圆滚滚的好伙伴" if language == "zh" else "Soft friends for every shelf",
            "slogan": "可爱上新" if language == "zh" else "New in",
        },
        "share": {"text": "一起来看" if language == "zh" else "Have a look"},
    }
    return build_page(
        make_venue(language, name=name, pins=pins),
        FloorPlan(by="leaf_category", floors=tuple(plan), score=1.0, reason="test"),
        products,
        texts if texts is not None else copy,
        images if images is not None else {"hero": "/media/hero.webp"},
        load_presets()[style].style(),
        picture_of,
        offline,
        NOW,
    )
