"""Posters with real pixels: legible on any background by the same design, within their bytes, labelled; crops that keep what there is to see."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from huichang.adapters.crops import window
from huichang.adapters.fonts import PillowMetrics, font
from huichang.adapters.posters import VEIL_FLOOR, PillowStudio
from huichang.kernel.errors import PermanentError
from huichang.materials.policy.labels import ContentMaker, picture_findings
from huichang.materials.styles.model import TypeStyle
from huichang.materials.styles.packages import load_presets
from huichang.pages.typesetting.formats import FORMATS, Box
from huichang.pages.typesetting.layout import Words
from huichang.pages.typesetting.poster import LEAST_CONTRAST, Colours
from infra.pictures import backgrounds

STUDIO = PillowStudio()
XMP = ContentMaker().label("a-task").xmp
COLOURS = Colours.of(load_presets()["spring_lantern"].style())
SAID = Words(title="年货大集：囤好礼回家", subtitle="年味零食、灯笼春联一站备齐", badge="新春将至", ai_label="AI 生成")


def flat(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (840, 420), colour).save(out, "PNG")
    return out.getvalue()


def shown(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.int16)


@pytest.mark.parametrize("name", ["white", "stripes", "noise"])
def test_every_text_is_legible_on_what_no_designer_would_choose(name: str) -> None:
    picture = backgrounds.HOSTILE[name](random.Random(4))
    for form, effect in ((FORMATS["share"], "two_tone"), (FORMATS["phone"], "outline"))[: 1 if name == "noise" else 2]:
        drawn = STUDIO.poster(picture, SAID, form, COLOURS, TypeStyle(effect=effect), xmp=XMP)  # type: ignore[arg-type]
        assert {each.place.split(".")[0] for each in drawn.measured} == {"title", "subtitle", "badge", "ai"}
        assert all(each.contrast >= LEAST_CONTRAST for each in drawn.measured), drawn.measured
        assert len(drawn.data) <= form.budget
        assert picture_findings(drawn.data, "poster") == ()


def test_the_design_is_the_same_whatever_the_background_and_only_the_veil_helps() -> None:
    drawn = [STUDIO.poster(flat(colour), SAID, FORMATS["desktop"], COLOURS, TypeStyle(), xmp=XMP) for colour in ("#000000", "#ffffff")]
    assert drawn[0].layout == drawn[1].layout
    assert drawn[0].veil == VEIL_FLOOR < drawn[1].veil
    assert STUDIO.poster(None, SAID, FORMATS["desktop"], COLOURS, TypeStyle(), xmp=XMP).layout == drawn[0].layout


def test_the_measured_contrast_is_that_of_the_pixels() -> None:
    """Without a background the ground is the palette's own: what is measured must be what WCAG says of these two colours."""
    plain = Colours(ground="#303030", ground_2="#303030", ink="#e0e0e0", highlight="#e0e0e0")
    drawn = STUDIO.poster(None, SAID, FORMATS["share"], plain, TypeStyle(effect="plain"), xmp=XMP)
    title = next(each for each in drawn.measured if each.place == "title.1")
    assert title.contrast == pytest.approx(10.0, abs=0.2)  # (0.745 + 0.05) / (0.0296 + 0.05)
    # And the letters are there: the brightest pixels of the title's place are its ink, the darkest are no lighter than the ground.
    run = next(run for run in drawn.layout.runs if run.role == "title")
    part = shown(drawn.data)[round(run.baseline - 0.8 * run.size) : round(run.baseline), round(run.x) : round(run.x + run.width)]
    assert abs(int(np.percentile(part, 90)) - 0xE0) < 12
    assert int(np.percentile(part, 10)) <= 0x34


def test_letters_stay_inside_the_safe_area_in_pixels() -> None:
    form = FORMATS["phone"]
    words = shown(STUDIO.poster(None, SAID.model_copy(update={"ai_label": ""}), form, COLOURS, TypeStyle(effect="plain"), xmp=XMP).data)
    ground = words[:, :8].mean(axis=1, keepdims=True)  # no word stands at the edge, and along a row the ground is one colour
    rows, columns = np.nonzero(np.abs(words - ground).sum(axis=2) > 250)
    left, top, right, bottom = form.words.pixels(form.width, form.height)
    assert len(rows) > 20_000
    assert left - 3 <= columns.min()
    assert columns.max() <= right + 3
    assert top - 3 <= rows.min()
    assert rows.max() <= bottom + 3


def test_the_same_poster_has_the_same_bytes() -> None:
    picture = backgrounds.photograph(random.Random(2))
    one, two = (STUDIO.poster(picture, SAID, FORMATS["share"], COLOURS, TypeStyle(), xmp=XMP).data for _ in range(2))
    assert one == two


def test_a_font_that_does_not_ship_and_a_palette_nobody_can_read_are_told() -> None:
    with pytest.raises(PermanentError, match="comic_sans") as raised:
        STUDIO.poster(None, SAID, FORMATS["share"], COLOURS, TypeStyle(family="comic_sans"), xmp=XMP)
    assert raised.value.code == "font_missing"
    # Both inks read on the ground, and the ground does not read on the badge's colour.
    grey = Colours(ground="#777777", ground_2="#777777", ink="#000000", highlight="#808080")
    with pytest.raises(PermanentError, match="contrast of") as raised:
        STUDIO.poster(None, SAID, FORMATS["share"], grey, TypeStyle(), xmp=XMP)
    assert raised.value.code == "not_legible"


def test_the_fonts_letters_are_chinese_and_heavy() -> None:
    widths = PillowMetrics()
    assert widths.width("年货", "Noto Sans CJK SC", 900) == pytest.approx(2.0, abs=0.01)
    ink = [sum(font("Noto Sans CJK SC", weight, 100).getmask("货").histogram()[128:]) for weight in (300, 900)]
    assert ink[1] > ink[0] * 1.6
    assert font("Noto Sans CJK SC", 900, 60).getname()[0].endswith("SC")


def test_what_the_font_cannot_draw_is_left_off_and_a_title_of_nothing_else_is_told() -> None:
    with_emoji = SAID.model_copy(update={"title": "🎁年货大集🎉\u200b"})
    drawn = STUDIO.poster(None, with_emoji, FORMATS["share"], COLOURS, TypeStyle(), xmp=XMP)
    assert "".join(run.text for run in drawn.layout.runs if run.role == "title") == "年货大集"
    for nothing in ("🎁🎉", " ", ""):
        with pytest.raises(PermanentError) as raised:
            STUDIO.poster(None, SAID.model_copy(update={"title": nothing}), FORMATS["share"], COLOURS, TypeStyle(), xmp=XMP)
        assert raised.value.code == "nothing_to_set"


# --- the hero ---------------------------------------------------------------------------------------------------------


def test_the_heros_veil_is_what_its_pixels_ask_for() -> None:
    dark, light = (STUDIO.hero(flat(colour), COLOURS, xmp=XMP) for colour in ("#400808", "#ffffff"))
    assert [crop.screen for crop in light] == ["phone", "desktop"]
    assert [(crop.width, crop.height) for crop in light] == [(780, 936), (1680, 600)]
    for calm, bright in zip(dark, light, strict=True):
        assert calm.veil == VEIL_FLOOR < bright.veil < 1
        assert min(calm.contrast, bright.contrast) >= LEAST_CONTRAST
        assert picture_findings(bright.data, "hero") == ()


# --- crops ------------------------------------------------------------------------------------------------------------


def scene_with_a_disc(x: int, y: int) -> Image.Image:
    picture = Image.new("RGB", (1200, 600), "#172449")
    ImageDraw.Draw(picture).ellipse((x - 90, y - 90, x + 90, y + 90), fill="#f0c970")
    return picture


@pytest.mark.parametrize("x", [150, 420, 800, 1050])
def test_a_crop_keeps_what_there_is_to_see(x: int) -> None:
    left, top, right, bottom = window(scene_with_a_disc(x, 300), 0.8)
    assert (right - left) / (bottom - top) == pytest.approx(0.8)
    assert left <= x - 90
    assert x + 90 <= right


def test_a_crop_gives_the_words_the_quiet_side() -> None:
    left, _, right, _ = window(scene_with_a_disc(600, 300), 1.2, Box(x=0, y=0, width=0.45, height=1))
    assert (600 - left) / (right - left) > 0.5


def test_a_picture_that_is_the_same_everywhere_is_cut_in_its_middle() -> None:
    assert window(Image.new("RGB", (1200, 600), "#888888"), 1.0) == (300.0, 0.0, 900.0, 600.0)
    assert window(Image.new("RGB", (600, 600), "#888888"), 1.0) == (0.0, 0.0, 600.0, 600.0)
