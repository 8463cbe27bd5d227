"""Ways of writing a Chinese word that still are read as it: one character in pinyin, all in pinyin, one that sounds alike."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from huichang.materials.policy.reading import read_yaml

_LEAST_LETTERS = 7
"""All in pinyin only where that is long: 保过 as baoguo is a name."""


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    data = read_yaml(Path(__file__).with_name("folding.yaml"))
    spelled = {pair[0]: pair[1:] for pair in data["spelled"].split()}
    misspelt = tuple((wrong, right) for right, wrongs in data["misspelt"].items() for wrong in wrongs)
    return spelled, misspelt


def spellings(word: str) -> Iterator[str]:
    """The word, and other ways to write it. A word of one character has none: alone they mean something else."""
    yield word
    if len(word) < 2:
        return
    spelled, misspelt = _tables()
    for place, character in enumerate(word):
        if character in spelled:
            yield word[:place] + spelled[character] + word[place + 1 :]
    if all(character in spelled for character in word):
        whole = "".join(spelled[character] for character in word)
        if len(whole) >= _LEAST_LETTERS:
            yield whole
    for wrong, right in misspelt:
        if right in word:
            yield word.replace(right, wrong)
