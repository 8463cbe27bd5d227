"""First images with real pixels: goods where no words stand, undimmed, the same bytes each time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from huichang.adapters.first_images import PillowComposer
from huichang.adapters.image_memory import S3ImageMemory
from huichang.adapters.posters import PillowStudio
from huichang.kernel.errors import NotFoundError, PermanentError
from huichang.materials.policy.labels import ContentMaker, picture_findings
from huichang.materials.styles.model import TypeStyle
from huichang.materials.styles.packages import load_presets
from huichang.pages.first_images import FEED, STYLES, Style
from huichang.pages.typesetting.layout import Words
from huichang.pages.typesetting.poster import LEAST_CONTRAST, Colours
from huichang.pictures import draw
from tests.support.moto_aws import make_bucket, moto_aws

COLOURS = Colours.of(load_presets()["spring_lantern"].style())
XMP = ContentMaker().label("a-task").xmp
LONG = Words(title="年货大集：囤好礼回家", subtitle="年味零食、灯笼春联一站备齐，源头工厂直发", badge="新春将至", ai_label="AI 生成")


def photo(colour: str = "#3366cc", size: tuple[int, int] = (800, 520)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "WEBP")
    return out.getvalue()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA"), dtype=np.int16)


GOODS = {"goods": 1, "shelf": 3, "scene": 1}


@pytest.mark.parametrize("style", STYLES)
def test_goods_stand_beside_the_words_and_no_veil_dims_them(style: Style) -> None:
    goods = [draw("panda-plush", (), 0).encode(), photo(), photo("#22aa66")][: GOODS[style]]
    made = PillowComposer().compose(style, goods, photo("#884422", (1680, 600)), FEED, COLOURS)
    assert PillowComposer().compose(style, goods, photo("#884422", (1680, 600)), FEED, COLOURS) == made
    over = pixels(made.over)
    assert over.shape == (FEED.height, FEED.width, 4)
    right = FEED.words.pixels(FEED.width, FEED.height)[2]
    assert over[:, :right, 3].max() < 160  # nothing but the edge of a shadow
    drawn = PillowStudio().poster(made.background, LONG, FEED, COLOURS, TypeStyle(), xmp=XMP, over=made.over)
    assert min(each.contrast for each in drawn.measured) >= LEAST_CONTRAST
    assert picture_findings(drawn.data, "x") == ()
    assert len(drawn.data) <= FEED.budget
    opaque = over[..., 3] == 255
    opaque[: FEED.height // 8] = False  # the AI label lies there
    assert np.abs(pixels(drawn.data)[opaque][:, :3] - over[opaque][:, :3]).mean() < 6


def test_what_is_no_picture_is_refused() -> None:
    for data in (b"<svg", b"<svg \xff", b"nothing", b""):
        with pytest.raises(PermanentError):
            PillowComposer().compose("goods", [data], None, FEED, COLOURS)


def test_what_shares_are_built_from_is_kept_for_each_placement() -> None:
    with moto_aws():
        memory = S3ImageMemory(make_bucket())
        with pytest.raises(NotFoundError):
            memory.get("home")
        memory.put("home", b"one")
        memory.put("home", b"two")
        memory.put("search", b"other")
        assert (memory.get("home"), memory.get("search")) == (b"two", b"other")
