"""The hero's cuts, stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from huichang.pages.model import HeroShot
from huichang.pages.renditions import kept
from huichang.pages.typesetting.poster import HeroCrop


def hung(crops: Iterable[HeroCrop], keep: Callable[[bytes, str, str], str]) -> tuple[HeroShot, ...]:
    """Each cut with its renditions, stored by `keep` (data, content type, suffix -> key)."""
    return tuple(
        HeroShot(
            path="/" + keep(crop.data, "image/webp", "webp"),
            renditions=kept(crop.renditions, keep),
            **crop.model_dump(exclude={"data", "renditions"}),
        )
        for crop in crops
    )
