"""Pages in the look of a style preset, filled with products of the sample catalogue that suit it; each is one file without references."""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import infra.product  # noqa: F401 - makes the product importable
from huichang.catalog.product import Product
from huichang.kernel.language import Language, holds_word
from huichang.materials.styles.goods import GoodsMix
from huichang.materials.styles.matching import score_styles
from huichang.materials.styles.model import StylePreset
from huichang.materials.styles.prompting import hero_image_prompt
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.rendering import build_page, render
from huichang.pages.templates import load_templates
from huichang.selection.model import Floor, FloorPlan
from huichang.themes.model import Theme
from huichang.trends.calendar import festival_goods, festival_words
from huichang.venues.model import Venue
from infra.sample.generate import products as sample_products

FLOORS, PER_FLOOR = 4, 8
HERO = (1680, 600)
_NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
_SLOGAN = {"zh": "一页看完，一次配齐", "en": "Everything in one place"}


class _Inline:
    """Pictures stand in the page itself; `put_media` keeps the one that is wanted next."""

    def __init__(self) -> None:
        self.address = ""

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        self.address = _data(data, content_type)
        return suffix

    def of(self, product: Product) -> tuple[str, str]:
        _, note = PictureShelf(self).address(product)
        return self.address, note


def write_previews(preset: StylePreset, out: Path) -> list[Path]:
    """Write a page for each template and language into `out` (made if missing); return the files."""
    out.mkdir(parents=True, exist_ok=True)
    floors = _goods(preset)
    written = []
    for language in get_args(Language):
        for template_id in load_templates():
            path = out / f"{preset.id}-{template_id}-{language}.html"
            path.write_text(_page(preset, template_id, language, floors), encoding="utf-8")
            written.append(path)
    return written


def _page(preset: StylePreset, template_id: str, language: Language, floors: list[list[Product]]) -> str:
    name = preset.name[language]
    venue = Venue(
        venue_id="preview",
        campaign_id="preview",
        language=language,
        theme=Theme(name=name, slogan=_SLOGAN[language], keywords=()),
        created_at=_NOW.isoformat(),
        updated_at=_NOW.isoformat(),
    )
    plan = [
        Floor(
            floor_id=f"floor-{number}",
            title=goods[0].text(language).category_path[-1],
            value="",
            product_ids=tuple(product.id for product in goods),
        )
        for number, goods in enumerate(floors, 1)
    ]
    page = build_page(
        venue,
        FloorPlan(by="leaf_category", floors=tuple(plan), score=1.0, reason="preview"),
        {product.id: product for goods in floors for product in goods},
        {"hero": {"title": name, "subtitle": _SLOGAN[language], "slogan": preset.id}},
        {"hero": _scene(hero_image_prompt(preset, name))},
        preset.style(),
        _Inline().of,
        True,
        _NOW,
    )
    return render(page, template_id)


def _goods(preset: StylePreset) -> list[list[Product]]:
    """Shelves of the sample catalogue that speak most for the preset; those of its own order where none does."""
    shelves: dict[tuple[str, ...], list[Product]] = defaultdict(list)
    for record in sample_products():
        product = Product.model_validate(record)
        shelves[product.category_path].append(product)

    codes = preset.tags.festivals
    spoken = {
        *preset.tags.signs,
        *preset.tags.words,
        *(word for code in codes for word in (*festival_words()[code], *festival_goods()[code])),
    }

    def worth(goods: list[Product]) -> tuple[float, float]:
        """What its category speaks for, then how many say what the preset is for, or are bought for its festivals."""
        mix = GoodsMix.of(goods)
        scores = score_styles(Theme(name="-", keywords=()), mix, presets={preset.id: preset})
        by_shelf = sum(reason.points for score in scores for reason in score.reasons if reason.code == "goods")
        return by_shelf, sum(any(holds_word(text, word) for word in spoken) for text in mix.texts) / len(goods)

    ranked = sorted(shelves.items(), key=lambda shelf: (*(-each for each in worth(shelf[1])), shelf[0]))
    return [goods[:PER_FLOOR] for _, goods in ranked[:FLOORS]]


def _scene(prompt: str) -> str:
    """The offline image model's picture, as an address."""
    from PIL import Image

    from infra.local.models.painting import paint

    with Image.open(io.BytesIO(paint(f"{prompt}\nseed: 0; no text", *HERO))) as image:
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "WEBP", quality=82)
    return _data(buffer.getvalue(), "image/webp")


def _data(data: bytes, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(data).decode()}"
