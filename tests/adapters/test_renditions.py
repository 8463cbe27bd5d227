"""Renditions with Pillow: several widths, smaller than what they stand for, labelled like it."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from huichang.adapters.imaging import PillowPictures, opened, webp
from huichang.adapters.posters import HERO, HERO_LIGHT, PillowStudio
from huichang.adapters.renditions import renditions
from huichang.materials.policy.labels import ContentMaker, picture_findings, read_xmp
from huichang.pages.typesetting.poster import Colours
from infra.bench.pages_venues import photograph
from infra.pictures.backgrounds import HOSTILE, scene

LABEL = ContentMaker().label("a-task")
COLOURS = Colours(ground="#7a1420", ground_2="#a82434", ink="#ffffff", highlight="#ffd98a")


def read(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_photograph_comes_in_each_width_and_smaller_than_its_first_form() -> None:
    made = photograph(0)
    found = {(each.kind, each.width): each for each in made.renditions}
    assert set(found) == {("avif", 240), ("avif", 400), ("avif", 800), ("webp", 400)}
    for (kind, width), each in found.items():
        picture = read(each.data)
        assert (picture.format, picture.size) == (kind.upper(), (width, each.height))
    sizes = [len(found["avif", width].data) for width in (240, 400, 800)]
    assert sizes == sorted(sizes)
    assert sizes[-1] < len(made.data)
    assert len(found["webp", 400].data) < len(made.data)


def test_a_picture_is_never_enlarged() -> None:
    out = io.BytesIO()
    Image.effect_mandelbrot((300, 260), (-2, -1.2, 1, 1.2), 40).convert("RGB").save(out, "PNG")
    made = PillowPictures().made(out.getvalue())
    assert {each.width for each in made.renditions} <= {240, 300}
    assert max(each.width for each in made.renditions) <= made.width == 300


def test_avif_that_saves_nothing_is_left_off() -> None:
    plain = Image.new("RGB", (400, 400), "#ffffff")
    data, _, _ = webp(plain, 50_000)
    assert not [each for each in renditions(plain, (200,), webp_widths=(), first=len(data), budget=50_000) if each.kind == "avif"]


def test_equal_pictures_give_equal_bytes() -> None:
    picture = opened(scene("camp_ridge")).resize((320, 160))
    once, again = (renditions(picture, (160,), webp_widths=(160,), first=10**6, budget=10**6) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("background", ["painted", "grain"])
def test_a_heros_renditions_are_labelled_and_light(background: str) -> None:
    data = scene("spring_lantern") if background == "painted" else HOSTILE["grain"](random.Random(1))
    for crop in PillowStudio().hero(data, COLOURS, xmp=LABEL.xmp):
        assert (crop.width, crop.height) == HERO[crop.screen] or background == "grain"
        for each in crop.renditions:
            assert picture_findings(each.data, "hero") == ()
            assert "a-task" in read_xmp(each.data)
            assert abs(each.width / each.height - crop.width / crop.height) < 0.01
            assert each.kind == "webp" or len(each.data) <= HERO_LIGHT[crop.screen]
        if background == "painted":
            kinds = [each.kind for each in crop.renditions]
            assert kinds.count("avif") >= 2
            assert kinds.count("webp") == 1


def test_an_avif_without_a_label_or_cut_off_is_found_out() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (64, 64)).save(plain, "AVIF")
    assert {each.rule for each in picture_findings(plain.getvalue(), "hero")} == {"label.aigc", "label.iptc"}
    labelled = io.BytesIO()
    Image.new("RGB", (64, 64)).save(labelled, "AVIF", xmp=LABEL.xmp)
    whole = labelled.getvalue()
    assert picture_findings(whole, "hero") == ()
    assert read_xmp(whole[: whole.index(b"<?xpacket begin=") + 100]) == ""
