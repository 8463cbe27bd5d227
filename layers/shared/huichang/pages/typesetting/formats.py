"""The shapes a finished picture comes in: pixels, bytes, where words may stand, how the background meets them."""

from __future__ import annotations

from typing import Literal

from huichang.kernel.model import Model

FormatName = Literal["share", "phone", "desktop"]


class Box(Model):
    """A rectangle in shares of the picture, from the upper left."""

    x: float
    y: float
    width: float
    height: float

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in a picture of that size."""
        return round(self.x * width), round(self.y * height), round((self.x + self.width) * width), round((self.y + self.height) * height)


class Format(Model):
    """One shape of poster.

    `words`: the safe area; no letter leaves it, whatever app rounds corners or lays buttons over the rest. `window`: where the background
    shows; beside it is the palette's ground, and the two melt into each other over `melt` of the window, from the side of the words
    (`side`): so a picture meets the words with its edge and not with its middle. `title`: smallest and largest type size as shares of
    the shorter side. `budget`: bytes of the finished WebP.
    """

    name: FormatName
    width: int
    height: int
    budget: int
    words: Box
    window: Box
    side: Literal["left", "top"]
    align: Literal["left", "centre"]
    anchor: Literal["top", "middle"]
    title: tuple[float, float]
    title_lines: int
    melt: float


FORMATS: dict[FormatName, Format] = {
    # What chats and feeds show beside a link: 1.91:1.
    "share": Format(
        name="share", width=1200, height=630, budget=140_000, words=Box(x=0.06, y=0.1, width=0.48, height=0.8),
        window=Box(x=0.3, y=0, width=0.7, height=1), melt=0.42, side="left", align="left", anchor="middle",
        title=(0.085, 0.19), title_lines=2,
    ),
    # A phone's placement, 3:4. Words above, scene below; the lowest 14 % belong to the app's own buttons.
    "phone": Format(
        name="phone", width=1080, height=1440, budget=170_000, words=Box(x=0.07, y=0.085, width=0.86, height=0.42),
        window=Box(x=0, y=0.32, width=1, height=0.68), melt=0.34, side="top", align="centre", anchor="top",
        title=(0.08, 0.185), title_lines=2,
    ),
    # A band above the goods of a desktop page, 14:5.
    "desktop": Format(
        name="desktop", width=1680, height=600, budget=180_000, words=Box(x=0.075, y=0.11, width=0.38, height=0.78),
        window=Box(x=0.16, y=0, width=0.84, height=1), melt=0.38, side="left", align="left", anchor="middle",
        title=(0.085, 0.205), title_lines=2,
    ),
}  # fmt: skip
