"""Backgrounds that a picture model might send: every painted scene, and what would break a careless typesetter. PNG bytes, seeded."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

from huichang.materials.styles.packages import load_presets
from huichang.materials.styles.prompting import hero_image_prompt
from infra.local.models.painting import paint

WIDTH, HEIGHT = 1680, 840


@lru_cache(maxsize=64)
def scene(preset: str, seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """The offline model's picture for a style preset, as the line asks for it."""
    return paint(
        f"{hero_image_prompt(load_presets()[preset], '促销')}\nseed: {seed}; no text, no letters, no logos",
        width,
        height,
    )


def white(_: random.Random) -> bytes:
    """A blank sheet."""
    return _png(np.full((HEIGHT, WIDTH, 3), 255, np.uint8))


def black(_: random.Random) -> bytes:
    """Nothing at all."""
    return _png(np.zeros((HEIGHT, WIDTH, 3), np.uint8))


def noise(dice: random.Random) -> bytes:
    """Every pixel a colour of its own."""
    return _png(_numbers(dice).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8))


def grain(dice: random.Random) -> bytes:
    """Coarse noise, as a model gives that has lost its way: patches of ten pixels."""
    cells = _numbers(dice).integers(0, 256, (HEIGHT // 10, WIDTH // 10, 3), np.uint8)
    return _png(np.asarray(Image.fromarray(cells).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)))


def stripes(dice: random.Random) -> bytes:
    """Black and white, across or along, 3 to 60 pixels wide."""
    wide = dice.randint(3, 60)
    along = (np.arange(WIDTH) // wide % 2 * 255).astype(np.uint8)
    picture = np.broadcast_to(along[None, :, None], (HEIGHT, WIDTH, 3))
    if dice.random() < 0.5:
        down = (np.arange(HEIGHT) // wide % 2 * 255).astype(np.uint8)
        picture = np.broadcast_to(down[:, None, None], (HEIGHT, WIDTH, 3))
    return _png(np.ascontiguousarray(picture))


def checkers(dice: random.Random) -> bytes:
    """A chess board of 8 to 80 pixels a field."""
    wide = dice.randint(8, 80)
    fields = (np.arange(HEIGHT)[:, None] // wide + np.arange(WIDTH)[None, :] // wide) % 2 * 255
    return _png(np.repeat(fields.astype(np.uint8)[..., None], 3, axis=2))


def photograph(dice: random.Random, bright: bool = True) -> bytes:
    """What a photograph is to a typesetter: soft masses of light, a bright window, fine grain."""
    numbers = _numbers(dice)
    coarse = Image.fromarray(numbers.integers(0, 256, (7, 13, 3), np.uint8)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    light = np.asarray(coarse.filter(ImageFilter.GaussianBlur(30)), dtype=np.float32)
    light = light * (0.45 if bright else 0.3) + (140 if bright else 0)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    spot = np.exp(-(((x - dice.uniform(0, WIDTH)) / 260) ** 2 + ((y - dice.uniform(0, HEIGHT)) / 200) ** 2))
    light += spot[..., None] * 220 + numbers.normal(0, 5, (HEIGHT, WIDTH, 1)).astype(np.float32)
    return _png(light.clip(0, 255).astype(np.uint8))


def dark_photograph(dice: random.Random) -> bytes:
    """A night scene with one lamp."""
    return photograph(dice, bright=False)


HOSTILE: dict[str, Callable[[random.Random], bytes]] = {
    "white": white,
    "black": black,
    "noise": noise,
    "grain": grain,
    "stripes": stripes,
    "checkers": checkers,
    "photograph": photograph,
    "dark_photograph": dark_photograph,
}


def _numbers(dice: random.Random) -> np.random.Generator:
    return np.random.default_rng(dice.getrandbits(64))


def _png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()
