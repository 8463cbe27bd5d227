"""What a picture model may send instead of a picture: every one ends in a clear error, or in a sound picture within its budget."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from huichang.adapters.imaging import MAX_BYTES, PillowEncoder, opened, webp
from huichang.adapters.openai_models import check_picture
from huichang.kernel.errors import ModelRefusedError, PermanentError
from huichang.materials.policy.labels import ContentMaker, picture_findings

XMP = ContentMaker().label("a-task").xmp
ENCODER = PillowEncoder()


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def half(mode: str = "RGB", size: tuple[int, int] = (640, 320)) -> Image.Image:
    """Left half dark, right half light, in any mode."""
    picture = Image.new("L", size, 40)
    picture.paste(220, (size[0] // 2, 0, size[0], size[1]))
    return picture.convert("RGB").convert(mode)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are width x height pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 4096)) + chunk(b"IEND", b"")


WHOLE = saved(half())
NO_PICTURE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no picture"),
    "html": (b"<!doctype html><title>429</title>", "no picture"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320"><script>alert(1)</script></svg>', "no picture"),
    "json": (b'{"error": {"message": "content policy"}}', "no picture"),
    "a gif, which pages do not carry": (saved(half(), "GIF"), "no picture"),
    "an icon file": (saved(half(size=(256, 256)), "ICO"), "no picture"),
    "cut in the middle": (saved(Image.effect_noise((640, 320), 60))[:20_000], "no picture"),
    "cut after its header": (WHOLE[:60], "no picture"),
    "a jpeg cut off": (saved(Image.effect_noise((640, 320), 60).convert("RGB"), "JPEG")[:9_000], "no picture"),
    "a webp cut off": (saved(Image.effect_noise((640, 320), 60).convert("RGB"), "WEBP")[:9_000], "no picture"),
    "a bomb": (bomb(60_000, 60_000), "60000x60000|bomb"),
    "a bomb below Pillow's own limit": (bomb(9_000, 9_000), "9000x9000"),
    "one pixel": (saved(Image.new("RGB", (1, 1))), "1x1"),
    "an icon's size": (saved(half(size=(100, 100))), "100x100"),
    "a strip": (saved(half(size=(2000, 200))), "strip of 2000x200"),
    "40 MB": (WHOLE + b"\0" * 40_000_000, "40 MB"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(NO_PICTURE))
def test_no_picture_ends_in_an_error_that_says_what_is_wrong(name: str) -> None:
    data, said = NO_PICTURE[name]
    with pytest.raises(PermanentError, match=said) as raised:
        ENCODER.encode(data, width=320, height=160, budget=50_000, xmp=XMP)
    assert raised.value.where
    assert raised.value.mend


@pytest.mark.parametrize("name", [name for name in NO_PICTURE if name not in ("an icon's size", "a strip")])
def test_the_model_seam_refuses_it_before_it_is_kept(name: str) -> None:
    with pytest.raises(ModelRefusedError):
        check_picture(NO_PICTURE[name][0])


def test_too_many_bytes_are_seen_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(Image, "open", never)
    with pytest.raises(PermanentError, match="MB"):
        opened(b"\x89PNG" + b"\0" * MAX_BYTES)


def transparent() -> Image.Image:
    picture = half("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return picture


def deep() -> Image.Image:
    values = np.full((320, 640), 40 * 257, np.uint16)
    values[:, 320:] = 220 * 257
    return Image.fromarray(values)


def turned() -> bytes:
    """A phone's photograph: stored on its side, with a note of how to hold it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(half().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)


SOUND: dict[str, Callable[[], bytes]] = {
    "plain": lambda: WHOLE,
    "transparent": lambda: saved(transparent()),
    "palette with a transparent colour": lambda: saved(half("P"), transparency=0),
    "grey with alpha": lambda: saved(half("LA")),
    "one bit": lambda: saved(half("1")),
    "sixteen bits": lambda: saved(deep()),
    "cmyk": lambda: saved(half("CMYK"), "JPEG", quality=92),
    "held sideways": turned,
    "animated": lambda: saved(half(), "WEBP", save_all=True, append_images=[Image.new("RGB", (640, 320), "red")], lossless=True),
    "an animated png": lambda: saved(half(), save_all=True, append_images=[Image.new("RGB", (640, 320), "red")]),
    "another shape": lambda: saved(half(size=(512, 512))),
    "smaller than asked": lambda: saved(half(size=(200, 140))),
    "with something behind its end": lambda: WHOLE + b"<script>alert(1)</script>",
}


@pytest.mark.parametrize("name", list(SOUND))
def test_an_odd_picture_becomes_a_sound_one(name: str) -> None:
    data, width, height = ENCODER.encode(SOUND[name](), width=320, height=160, budget=50_000, xmp=XMP)
    assert len(data) <= 50_000
    assert picture_findings(data, "hero.image") == ()
    assert b"<script" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.mode, picture.size, getattr(picture, "n_frames", 1)) == ("WEBP", "RGB", (width, height), 1)
        assert (width, height) == (320, 160)
        left, right = (np.asarray(picture.crop(box)).mean() for box in ((0, 0, 140, 160), (180, 0, 320, 160)))
    assert right > left + 15, (left, right)  # it still shows what it showed: dark left, light right


def test_a_picture_of_one_colour_stays_one() -> None:
    data, *_ = ENCODER.encode(saved(Image.new("RGB", (640, 320), "#b3201c")), width=320, height=160, budget=50_000)
    with Image.open(io.BytesIO(data)) as picture:
        (low, high), *_ = picture.convert("RGB").getextrema()
        assert high - low <= 6


def test_transparency_is_filled_with_the_ground_it_will_lie_on() -> None:
    picture = opened(saved(Image.new("RGBA", (300, 300), (0, 0, 0, 0))), ground="#112233")
    assert picture.getpixel((150, 150)) == (0x11, 0x22, 0x33)


def test_what_no_quality_brings_into_the_budget_is_shown_smaller_and_never_over_it() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (300, 600, 3), np.uint8))
    whole, *_ = webp(noise, 10_000_000)
    data, width, height = webp(noise, len(whole) // 6, XMP)
    assert len(data) <= len(whole) // 6
    assert 300 <= width < 600
    assert width == height * 2
    with pytest.raises(PermanentError, match="lowest quality") as raised:
        webp(noise, 2_000)
    assert raised.value.code == "picture_too_large"
