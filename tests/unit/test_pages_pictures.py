"""How pages name their pictures: widths and formats, what is fetched first, what waits until it is needed."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from huichang.pages.model import HeroShot, PageModel
from huichang.pages.rendering import render
from huichang.pages.renditions import Encoded, PictureSet, Rendition, kept, srcset
from huichang.pages.templates import load_templates
from huichang.pages.tree import Node, parse
from tests.support.browser import make_page

CUTS = {
    "phone": (780, 936, (("avif", 480), ("avif", 780), ("webp", 480))),
    "desktop": (1680, 600, (("avif", 840), ("avif", 1680), ("webp", 840))),
}


def hero(screen: str) -> HeroShot:
    width, height, made = CUTS[screen]
    small = [Rendition(kind=kind, path=f"/media/{screen}-{wide}.{kind}", width=wide) for kind, wide in made]
    return HeroShot(
        screen=screen, path=f"/media/{screen}.webp", width=width, height=height, veil=0.3, contrast=5.0, renditions=tuple(small)
    )


def photographed(page: PageModel) -> PageModel:
    """Every picture a photograph with renditions, but that of the first floor's second card."""
    plain = page.floors[0].cards[1].picture
    cards = [*page.hero_cards, *(card for floor in page.floors for card in floor.cards)]
    made = (("avif", 240), ("avif", 400), ("avif", 800), ("webp", 400))
    sets = {
        card.picture: PictureSet(
            width=800,
            height=800,
            renditions=tuple(Rendition(kind=kind, path=f"{card.picture}-{wide}.{kind}", width=wide) for kind, wide in made),
        )
        for card in cards
        if card.picture != plain
    }
    shots = (hero("phone"), hero("desktop"))
    return page.model_copy(update={"pictures": sets, "hero_shots": shots, "hero_image": shots[1].path, "hero_alt": "a scene"})


@pytest.fixture(scope="module", params=sorted(load_templates()))
def shown(request: pytest.FixtureRequest) -> tuple[str, PageModel, Node]:
    page = make_page(floors=(8, 7, 9, 6))
    floors = tuple(
        floor.model_copy(
            update={"cards": tuple(card.model_copy(update={"picture": f"/media/{card.product_id}.webp"}) for card in floor.cards)}
        )
        for floor in page.floors
    )
    page = photographed(page.model_copy(update={"floors": floors, "hero_cards": tuple(floor.cards[0] for floor in floors)}))
    return request.param, page, parse(render(page, request.param))


def every(root: Node, tag: str) -> list[Node]:
    return [node for node in root.walk() if node.tag == tag]


def test_every_picture_keeps_its_place_and_says_when_it_is_fetched(shown: tuple[str, PageModel, Node]) -> None:
    _, _, root = shown
    for image in every(root, "img"):
        said = image.attributes
        assert said["width"].isdigit()
        assert said["height"].isdigit()
        assert "alt" in said
        assert said.get("loading") in (None, "lazy")
    eager = [image for image in every(root, "img") if image.attributes.get("loading") != "lazy"]
    assert len(eager) <= 16


def test_one_picture_comes_first_and_it_is_the_heros(shown: tuple[str, PageModel, Node]) -> None:
    _, page, root = shown
    first = [image for image in every(root, "img") if image.attributes.get("fetchpriority") == "high"]
    assert [image.attributes["src"] for image in first] == [page.hero_image]
    assert first[0].attributes.get("loading") is None
    early = [link for link in every(root, "link") if link.attributes.get("rel") == "preload"]
    assert early
    sources = {
        (source.attributes["srcset"], source.attributes["sizes"])
        for source in every(root, "source")
        if source.attributes.get("type") == "image/avif" and source.parent is not None and source.parent is first[0].parent
    }
    # What is asked for early is, letter for letter, what the picture then chooses from: otherwise both are fetched.
    assert {(link.attributes["imagesrcset"], link.attributes["imagesizes"]) for link in early} == sources
    assert all(link.attributes["type"] == "image/avif" and link.attributes["fetchpriority"] == "high" for link in early)
    if len(early) == 2:
        assert {link.attributes.get("media") for link in early} == {"(max-width:699px)", "(min-width:700px)"}


def test_a_photograph_offers_both_formats_and_keeps_its_own_address(shown: tuple[str, PageModel, Node]) -> None:
    _, page, root = shown
    seen = 0
    for image in every(root, "img"):
        source = image.attributes["src"]
        if source not in page.pictures:
            continue
        seen += 1
        assert image.attributes["srcset"] == f"{source}-400.webp 400w, {source} 800w"
        holder = image.parent
        assert holder is not None
        assert holder.tag == "picture"
        light = next(node for node in holder.walk() if node.tag == "source")
        assert light.attributes["srcset"] == ", ".join(f"{source}-{wide}.avif {wide}w" for wide in (240, 400, 800))
        assert light.attributes["sizes"] == image.attributes["sizes"]
        assert light.attributes["sizes"].startswith("auto, ") == (image.attributes.get("loading") == "lazy")
    assert seen >= 29


def test_a_picture_without_renditions_is_shown_as_it_is(shown: tuple[str, PageModel, Node]) -> None:
    _, page, root = shown
    plain = page.floors[0].cards[1].picture
    images = [image for image in every(root, "img") if image.attributes["src"] == plain]
    assert images
    assert all("srcset" not in image.attributes and (image.parent is None or image.parent.tag != "picture") for image in images)


def test_without_a_hero_picture_nothing_is_asked_for_early(shown: tuple[str, PageModel, Node]) -> None:
    template_id, page, _ = shown
    root = parse(render(page.model_copy(update={"hero_image": "", "hero_shots": ()}), template_id))
    assert not [link for link in every(root, "link") if link.attributes.get("rel") == "preload"]
    assert len([image for image in every(root, "img") if image.attributes.get("fetchpriority") == "high"]) <= 1


def test_renditions_are_stored_under_their_own_hash_and_named_in_order() -> None:
    stored: list[tuple[bytes, str, str]] = []

    def keep(data: bytes, content_type: str, suffix: str) -> str:
        stored.append((data, content_type, suffix))
        return f"media/{len(stored)}.{suffix}"

    made = kept((Encoded(kind="webp", width=400, height=300, data=b"w"), Encoded(kind="avif", width=800, height=600, data=b"a")), keep)
    assert stored == [(b"w", "image/webp", "webp"), (b"a", "image/avif", "avif")]
    assert [(each.kind, each.width, each.path) for each in made] == [("avif", 800, "/media/2.avif"), ("webp", 400, "/media/1.webp")]


def test_a_srcset_names_the_picture_itself_only_in_its_own_format() -> None:
    some = (Rendition(kind="avif", path="/a", width=400), Rendition(kind="webp", path="/w", width=400))
    assert srcset(some, "avif", "/x.webp", 800) == "/a 400w"
    assert srcset(some, "webp", "/x.webp", 800) == "/w 400w, /x.webp 800w"
    assert srcset((), "webp", "/x.webp", 800) == ""
    widths = [int(wide) for wide in re.findall(r"(\d+)w", srcset(some, "webp", "/x.webp", 800))]
    assert all(one < two for one, two in pairwise(widths))
