"""A typed query becomes the words that the index is asked for."""

from __future__ import annotations

import re
from itertools import pairwise

from huichang.kernel.language import Language, detect_language
from huichang.selection.measures import split_measures
from huichang.selection.words import clean

MAX_QUERY = 200
MAX_PARTS = 24
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


def query_words(text: str) -> dict[Language, tuple[str, ...]]:
    """The whole query as one word, then each of its parts: any part matches, and what has all of them comes first.

    Parts are what spaces divide. Chinese has none, so there also sizes, Latin words and every pair of neighbouring characters are
    parts: 能躺的办公椅 finds 可躺办公椅, and a pair that spans two words is in next to no product and costs nothing.
    Returns nothing for a query without a visible character.
    """
    whole = clean(text, MAX_QUERY)
    if not whole:
        return {}
    parts = dict.fromkeys(part for piece in whole.split() for part in _parts(piece) if part != whole)
    return {detect_language(whole) or "en": (whole, *list(parts)[:MAX_PARTS])}


def _parts(piece: str) -> list[str]:
    if not _HAN.search(piece):
        return [piece]
    rest, sizes = split_measures(piece)
    others = _HAN.sub(" ", rest).split()
    return [piece, *sizes, *others, *(pair for run in _HAN.findall(rest) for pair in _pairs(run))]


def _pairs(run: str) -> list[str]:
    return ["".join(pair) for pair in pairwise(run)] or [run]
