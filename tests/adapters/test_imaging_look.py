"""The look of a picture: the same for the same picture however it is encoded, another for another picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from huichang.adapters.imaging import PillowEncoder
from huichang.adapters.imaging_look import PillowEyes
from huichang.kernel.errors import PermanentError
from huichang.materials.checks import Region
from huichang.materials.likeness import lightness, near_copy, shows_colour
from huichang.materials.styles.packages import load_presets
from huichang.materials.styles.prompting import hero_image_prompt
from infra.local.models.painting import paint
from tests.support.line_fakes import a_theme

EYES, ENCODER = PillowEyes(), PillowEncoder()


def painted(preset: str, seed: str) -> bytes:
    return paint(f"{hero_image_prompt(load_presets()[preset], a_theme().name)}\nseed: {seed}; no text", 480, 200)


def encoded(png: bytes, width: int = 480, height: int = 200, budget: int = 180_000) -> str:
    return EYES.look(ENCODER.encode(png, width=width, height=height, budget=budget)[0])


@pytest.mark.parametrize("preset", ["linen_home", "night_circuit"])
def test_a_picture_is_recognised_and_the_next_one_is_another(preset: str) -> None:
    first = painted(preset, "0")
    look = encoded(first)
    assert near_copy(look, encoded(first, budget=4_000))  # at the lowest quality
    assert near_copy(look, encoded(first, 360, 150))
    out = io.BytesIO()
    with Image.open(io.BytesIO(first)) as picture:
        width, height = picture.size
        picture.convert("RGB").crop((5, 2, width - 5, height - 2)).save(out, "JPEG", quality=60)
    assert near_copy(look, EYES.look(out.getvalue()))
    later = [encoded(painted(preset, seed)) for seed in ("1", "2")]
    assert not any(near_copy(look, other) for other in later)


def test_a_marked_part_is_recognised_in_another_picture() -> None:
    look, other = encoded(painted("bamboo_grove", "0")), encoded(painted("summer_wave", "0"))
    right = Region(x=0.6, y=0.0, width=0.4, height=1.0)
    assert near_copy(look, look, right)
    assert not near_copy(look, other, right)
    flat = Region(x=0.0, y=0.0, width=0.2, height=0.2)  # plain ground says nothing, and must not forbid every picture with a plain ground
    assert not near_copy(look, look, flat)


def test_light_and_colours() -> None:
    def plain(colour: str) -> str:
        out = io.BytesIO()
        Image.new("RGB", (64, 64), colour).save(out, "PNG")
        return EYES.look(out.getvalue())

    assert lightness(plain("#ffffff")) == pytest.approx(1.0)
    assert lightness(plain("#000000")) == pytest.approx(0.0)
    assert lightness("") is None
    assert lightness("not base64!") is None
    assert shows_colour(plain("#d01818"), "#c02020")
    assert not shows_colour(plain("#1870d0"), "#c02020")


def test_what_is_no_picture_has_no_look() -> None:
    with pytest.raises(PermanentError):
        EYES.look(b"<html>")
