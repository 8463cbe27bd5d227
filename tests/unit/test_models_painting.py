"""Pictures of the offline server: the scene asked for, quiet where the words stand, marked as generated, no text painted."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image, ImageFilter, ImageStat

from huichang.materials.styles.packages import load_presets
from huichang.materials.styles.prompting import hero_image_prompt
from infra.local.models.painting import SCENES, paint, scene, scene_name
from infra.local.models.painting.canvas import Palette, lightness

PALETTE = "#24573a,#3a7448,#2f6b3f,#f4d774,#e4efd9"


def picture(prompt: str, width: int = 840, height: int = 300) -> Image.Image:
    return Image.open(io.BytesIO(paint(prompt, width, height))).convert("RGB")


def unrest(part: Image.Image) -> float:
    """How much goes on: the mean strength of edges, 0 to 255."""
    return float(ImageStat.Stat(part.convert("L").filter(ImageFilter.FIND_EDGES)).mean[0])


@pytest.mark.parametrize("name", sorted(SCENES))
@pytest.mark.parametrize(("width", "height"), [(630, 225), (330, 440)])
def test_words_have_a_quiet_side_and_the_scene_has_something_to_see(name: str, width: int, height: int) -> None:
    image = picture(f"motif: {SCENES[name][1][0]}; palette: {PALETTE}; mood: warm; composition: leave the left third quiet", width, height)
    assert image.size == (width, height)
    if width > height * 1.15:
        quiet, lively = image.crop((8, 8, width * 36 // 100, height - 8)), image.crop((width * 45 // 100, 8, width - 8, height - 8))
    else:
        quiet, lively = image.crop((8, 8, width - 8, height * 30 // 100)), image.crop((8, height * 45 // 100, width - 8, height - 8))
    assert unrest(quiet) < 6
    assert unrest(lively) > max(3.0, 1.5 * unrest(quiet))
    # White words must be readable there.
    assert max(ImageStat.Stat(quiet.convert("L")).mean) < 150


@pytest.mark.parametrize(
    ("motif", "expected"),
    [
        ("panda", "bamboo"),
        ("bamboo stems and leaves, misty hills, round sun", "bamboo"),
        ("large full moon, osmanthus branches, drifting clouds", "moon"),
        ("red lanterns with tassels, plum blossom branches, soft clouds", "lantern"),
        ("snowflakes, fir trees, string lights, soft hills of snow", "snow"),
        ("spring flowers", "meadow"),
        ("falling petals, soft ribbons, round arches, blossoms", "petal"),
        ("rolling waves, sun disc, palm leaves, bubbles", "wave"),
        ("maple leaves, wheat ears, low golden sun, rolling fields", "leaf"),
        ("tents, mountain ridges, camp fire", "tent"),
        ("glowing orbits, small stars, smooth light trails, round stage", "tech"),
        ("circuit glow", "tech"),
        ("layered paper planes of light, fine diagonal lines, soft studio stage", "studio"),
        ("balloons, building blocks, rounded clouds, bunting", "play"),
        ("linen folds, eucalyptus sprigs, window light, ceramic shapes", "home"),
        ("marigold blossoms, oil lamps, rangoli patterns", "diya"),
        ("pencils, paper planes, notebook lines, round clock", "pencil"),
        ("price tags, cardboard parcels, coupon shapes, bold stripes", "market"),
        ("hangers and fabric", "fabric"),
        ("paws", "paw"),
        ("kitchen table", "kitchen"),
        ("tea leaves and steam", "tea"),
        ("sport", "sport"),
        ("plush toys", "plush"),
        ("ribbons", "gift"),
        ("毛绒玩偶", "plush"),
    ],
)
def test_the_motif_named_first_decides(motif: str, expected: str) -> None:
    assert scene_name(f"motif: {motif}; palette: {PALETTE}; mood: x") == expected


def test_without_hints_the_prompt_itself_is_read() -> None:
    assert scene_name("A calm beach in summer for a banner") == "wave"
    assert scene_name("something nice") == "gift"
    assert picture("something nice", 200, 120).size == (200, 120)


def test_every_style_preset_has_a_scene_of_its_own() -> None:
    names = {}
    for preset in load_presets().values():
        prompt = hero_image_prompt(preset, "宠物玩具")
        names[preset.id] = scene_name(prompt)
    assert len(set(names.values())) == len(names), names


@pytest.fixture
def svgs() -> Iterator[str]:
    return (scene(f"motif: {words[0]}; palette: {PALETTE}; panda", 840, 300) for _, words in SCENES.values())


def test_no_text_is_painted(svgs: Iterator[str]) -> None:
    for svg in svgs:
        assert "<text" not in svg
        assert "<image" not in svg
        assert "nan" not in svg.replace("nano", "")


def test_the_same_prompt_gives_the_same_picture_and_another_seed_another() -> None:
    prompt = f"motif: maple leaves; palette: {PALETTE}; mood: warm\nseed: "
    assert paint(prompt + "0", 420, 150) == paint(prompt + "0", 420, 150)
    assert paint(prompt + "0", 420, 150) != paint(prompt + "1", 420, 150)


def test_the_file_says_that_it_was_generated() -> None:
    with Image.open(io.BytesIO(paint("motif: panda", 128, 128))) as image:
        image.load()
        assert image.info["Software"] == "huichang-offline-image"
        assert "Generated" in image.info["Description"]


def test_a_panda_sits_only_where_one_is_asked_for() -> None:
    plain = scene(f"motif: bamboo; palette: {PALETTE}", 840, 300)
    with_panda = scene(f"motif: bamboo; palette: {PALETTE}\nsubject: a page about 熊猫玩偶", 840, 300)
    assert with_panda.count("<ellipse") > plain.count("<ellipse") + 20


@pytest.mark.parametrize("colours", [[], ["#000"], ["#fff"], ["#0a5", "#fff"], ["#ffeedd", "#ffffff", "#fefefe"], ["#111", "#222", "#333"]])
def test_any_palette_gives_light_and_dark(colours: list[str]) -> None:
    palette = Palette.of(colours)
    assert lightness(palette.pale) >= 0.6
    assert all(re.fullmatch(r"#[0-9a-f]{6}", one) for one in (palette.deep, palette.base, palette.accent, palette.glow, palette.pale))


@pytest.mark.parametrize(("width", "height"), [(64, 64), (2400, 64), (64, 2400), (1536, 640)])
def test_extreme_sizes(width: int, height: int) -> None:
    assert picture("motif: lanterns", width, height).size == (width, height)


def test_a_hostile_prompt_stays_a_hint() -> None:
    prompt = 'motif: panda"/><script>alert(1)</script>; palette: #fff"><image href="file:///etc/passwd"/>,#24573a; seed: ' + "9" * 500
    svg = scene(prompt, 400, 160)
    assert "script" not in svg
    assert "passwd" not in svg
    assert picture(prompt, 400, 160).size == (400, 160)
