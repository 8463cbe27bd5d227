"""Which industry a product belongs to, told by the words of catalog/industries.yaml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from huichang.catalog.industries import load_industries

_HAN = re.compile(r"[\u3400-\u9fff]")
_Patterns = tuple[tuple[re.Pattern[str], float], ...]


def infer_industry(category_path: Sequence[str], title: str) -> str | None:
    """Return the code whose words fit the category steps and the title best, None where no word fits.

    A step counts the more the deeper it is (1 at the root, 2 at the leaf), as roots are shared: 居家 > 被枕 is home
    textiles. The title counts like a root. Long words count a little more than short ones; of industries that fit
    alike the first of the file wins. A word of one Chinese character counts only at the end: 双肩包 is a bag, while
    面包机 is not.
    """
    steps = len(category_path)
    texts = [(step, 1 + depth / max(steps - 1, 1)) for depth, step in enumerate(category_path)] + [(title, 1.0)]
    best, found = 0.0, None
    for code, patterns in _industry_patterns():
        score = sum(weight * _fit(patterns, text) for text, weight in texts)
        if score > best:
            best, found = score, code
    return found


def _fit(patterns: _Patterns, text: str) -> float:
    return max((worth for pattern, worth in patterns if pattern.search(text)), default=0.0)


@cache
def _industry_patterns() -> tuple[tuple[str, _Patterns], ...]:
    return tuple((industry.code, tuple(_pattern(word) for word in industry.words)) for industry in load_industries())


def _pattern(word: str) -> tuple[re.Pattern[str], float]:
    if _HAN.search(word):
        # A Chinese character says about as much as three Latin letters.
        return re.compile(re.escape(word) + (r"\W*$" if len(word) == 1 else "")), 1 + 0.3 * len(word)
    words = re.escape(word).replace("'", "['’]?")
    return re.compile(rf"(?<![A-Za-z]){words}(?:e?s)?(?![A-Za-z])", re.IGNORECASE), 1 + 0.1 * len(word)
