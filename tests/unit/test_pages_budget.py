"""Bytes and colours of every template: what a phone has to fetch before pictures, and what can be read in every style preset."""

from __future__ import annotations

import gzip
import random
import re
from itertools import pairwise

import pytest

from huichang.kernel.colours import contrast
from huichang.materials.styles.model import MIN_CONTRAST, READ
from huichang.materials.styles.packages import load_presets
from huichang.pages.model import PageModel
from huichang.pages.rendering import render
from huichang.pages.templates import TEMPLATES, load_templates
from huichang.pages.tree import Node, parse
from tests.support.browser import make_page

PAGE_BYTES = 60 * 1024
SCRIPT_BYTES = 10 * 1024
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_NAMED = re.compile(r"^var\(--([a-z0-9-]+)\)$")


def full_page() -> PageModel:
    """12 floors, 96 products, and no title or address like another: what compresses badly."""
    dice = random.Random(7)
    words = ["".join(chr(dice.randint(0x4E00, 0x9000)) for _ in range(2)) for _ in range(1500)]
    titles = {number: "".join(dice.sample(words, 16)) for number in range(1, 97)}
    page = make_page(floors=(8,) * 12, titles=titles)

    def scattered(number: int) -> dict[str, str]:
        picture = f"/media/{dice.getrandbits(256):064x}.webp"
        return {"picture": picture, "href": f"https://shop.example.com/offer/{dice.getrandbits(64)}.html"}

    floors = tuple(
        floor.model_copy(update={"cards": tuple(card.model_copy(update=scattered(at)) for at, card in enumerate(floor.cards))})
        for floor in page.floors
    )
    return page.model_copy(update={"floors": floors})


@pytest.mark.parametrize("template_id", sorted(load_templates()))
def test_a_full_page_is_small_before_its_pictures(template_id: str) -> None:
    html = render(full_page(), template_id)
    assert len(set(re.findall(r'data-product="([^"]+)"', html))) == 96
    assert len(gzip.compress(html.encode(), 6)) <= PAGE_BYTES
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert 0 < sum(len(script.encode()) for script in scripts) <= SCRIPT_BYTES


@pytest.mark.parametrize("template_id", sorted(load_templates()))
def test_headings_go_down_one_step_at_a_time_and_landmarks_are_there(template_id: str) -> None:
    page = make_page(floors=(9, 8, 8, 8))
    root = parse(render(page, template_id))
    nodes = list(root.walk())
    levels = [int(node.tag[1]) for node in nodes if re.fullmatch("h[1-6]", node.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    tags = [node.tag for node in nodes]
    assert (tags.count("main"), tags.count("header"), tags.count("footer")) == (1, 1, 1)
    named = [node for node in nodes if node.tag == "nav" or (node.tag == "section" and "data-floor" in node.attributes)]
    assert len(named) >= 5
    assert all(node.attributes.get("aria-label") or node.attributes.get("aria-labelledby") for node in named)


@pytest.mark.parametrize("template_id", sorted(load_templates()))
def test_a_floor_without_a_picture_and_a_page_of_one_card_stay_whole(template_id: str) -> None:
    page = make_page(floors=(1,))
    bare = page.floors[0].model_copy(update={"cards": tuple(card.model_copy(update={"picture": ""}) for card in page.floors[0].cards)})
    root = parse(render(page.model_copy(update={"floors": (bare,), "hero_cards": (), "hero_image": ""}), template_id))
    floor = root.find(lambda node: node.attributes.get("id") == bare.floor_id)
    assert floor is not None
    assert [node.attributes["data-product"] for node in floor.walk() if "data-product" in node.attributes] == ["p00001"]
    assert not [node for node in root.walk() if node.tag == "img" and not node.attributes.get("src")]
    assert not _empty_lists(root)


def _empty_lists(root: Node) -> list[Node]:
    return [node for node in root.walk() if node.tag in ("ul", "ol") and not any(isinstance(piece, Node) for piece in node.content)]


@pytest.mark.parametrize("template_id", sorted(load_templates()))
def test_a_rule_that_sets_words_and_their_ground_can_be_read_in_every_preset(template_id: str) -> None:
    """Palettes guarantee their own pairs (READ); this finds pairs that only a template makes."""
    sheet = (TEMPLATES / template_id / "style.css").read_text(encoding="utf-8")
    pairs = set()
    for selector, body in _RULE.findall(re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)):
        said = dict(each.split(":", 1) for each in body.split(";") if ":" in each)
        ink = _NAMED.match(said.get("color", "").strip())
        for ground in re.findall(r"var\(--([a-z0-9-]+)\)", said.get("background", "") + said.get("background-color", "")):
            if ink and "color-mix" not in said.get("background", ""):
                pairs.add((selector.strip(), ink[1].replace("-", "_"), ground.replace("-", "_")))
    assert pairs
    known = {preset_id: preset.palette for preset_id, preset in load_presets().items()}
    poor = [
        (preset_id, selector, ink, ground, round(contrast(palette[ink], palette[ground]), 2))
        for preset_id, palette in known.items()
        for selector, ink, ground in pairs
        if (ink, ground) not in READ and ink in palette and ground in palette and contrast(palette[ink], palette[ground]) < MIN_CONTRAST
    ]
    assert poor == []


@pytest.mark.parametrize("preset_id", sorted(load_presets()))
def test_goods_without_a_box_can_be_read_on_the_tint(preset_id: str) -> None:
    """The film strip of `season` sets names on the tint, a pair that palettes do not promise (READ)."""
    palette = load_presets()[preset_id].palette
    assert contrast(palette["ink"], palette["tint"]) >= MIN_CONTRAST
