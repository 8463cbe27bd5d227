"""Finished pictures on the line: made from the reviewed background and the accepted words, stored by content, shown to people and crawlers."""

from __future__ import annotations

import pytest

from huichang.line.artwork import Artwork, Posters, posters_key
from huichang.line.publishing import page_key
from huichang.materials.policy.labels import ContentMaker, picture_findings, read_xmp
from huichang.materials.styles.model import TypeStyle
from huichang.pages.model import PageModel
from huichang.pages.rendering import render
from huichang.pages.tree import parse
from tests.support.browser import make_page
from tests.support.line_fakes import FakePages, FakeStudio, Line


@pytest.fixture
def line() -> Line:
    line = Line()
    line.select()
    return line


def test_a_staged_page_has_a_poster_for_every_place_and_a_hero_for_both_screens(line: Line) -> None:
    line.stage()
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    assert [poster.format for poster in page.posters] == ["share", "phone", "desktop"]
    assert [shot.screen for shot in page.hero_shots] == ["phone", "desktop"]
    assert page.hero_image == page.hero_shots[1].path
    assert line.documents.get(posters_key("v-1", line.venue.staged_version), Posters).posters == page.posters
    task = line.materials.get("v-1", "hero.image")
    for key in [poster.media_key for poster in page.posters] + [shot.path.lstrip("/") for shot in page.hero_shots]:
        assert picture_findings(line.pages.media[key], key) == ()
        assert task.task_key in read_xmp(line.pages.media[key])  # the label names the background's own id


def test_the_words_of_the_posters_are_those_that_were_accepted(line: Line) -> None:
    studio = FakeStudio()
    line.render_page = line.render_page.__class__(**{**vars(line.render_page), "artwork": Artwork(studio, line.pages)})
    line.stage()
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    assert {(said.title, said.subtitle, said.badge) for said in studio.set} == {(page.title, page.subtitle, page.slogan)}
    assert {said.ai_label for said in studio.set} == {"AI 生成"}


def test_a_page_without_a_picture_still_has_posters(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.make("hero.image")
    version = line.render_page(line.step())["version"]
    page = line.documents.get(page_key("v-1", version), PageModel)
    assert (page.hero_image, page.hero_shots) == ("", ())
    assert len(page.posters) == 3


def test_other_sites_find_the_share_picture_by_its_whole_address(line: Line) -> None:
    line.stage()
    html = line.pages.read_version("v-1", line.venue.staged_version)
    said = {
        node.attributes.get("property"): node.attributes.get("content")
        for node in parse(html).walk()
        if node.tag == "meta" and node.attributes.get("property", "").startswith("og:image")
    }
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    share = page.poster("share")
    assert share
    assert said["og:image"] == f"https://venues.example/{share.media_key}"
    assert (said["og:image:width"], said["og:image:height"], said["og:image:alt"]) == ("1200", "630", page.title)


def test_placements_show_the_poster(line: Line) -> None:
    line.stage()
    line.approve()
    line.publish_venue(line.step())
    page = line.documents.get(page_key("v-1", line.venue.live_version), PageModel)
    share = page.poster("share")
    assert share
    assert line.delivery.live()[0].picture == f"/{share.media_key}"


def test_the_title_stands_on_as_much_ground_as_was_measured() -> None:
    shelf, label = FakePages(), ContentMaker().label("x")
    key = shelf.put_media(b"background", "image/webp", "webp")
    page = Artwork(FakeStudio(), shelf).on(make_page(images={"hero": f"/{key}"}), label, TypeStyle())
    ground = page.style["hero"]
    assert f"--veil-phone:{ground}99;--veil-desktop:{ground}66" in render(page, "festival")  # 0.6 and 0.4 of 255
    # Without a picture, or with one that nobody measured, the ground is opaque.
    assert f"--veil-phone:{ground}ff;--veil-desktop:{ground}ff" in render(page.model_copy(update={"hero_shots": ()}), "festival")


def test_phones_get_their_own_cut_where_the_template_is_higher_than_wide() -> None:
    shelf, label = FakePages(), ContentMaker().label("x")
    key = shelf.put_media(b"background", "image/webp", "webp")
    page = Artwork(FakeStudio(), shelf).on(make_page(images={"hero": f"/{key}"}), label, TypeStyle())
    sources = {
        t: [n.attributes.get("srcset") for n in parse(render(page, t)).walk() if n.tag == "source"] for t in ("festival", "everyday_goods")
    }
    assert sources == {"festival": [page.hero_shots[0].path], "everyday_goods": []}
