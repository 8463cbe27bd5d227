"""A typed query becomes the words that the index is asked for."""

from __future__ import annotations

from huichang.kernel.language import Language, detect_language
from huichang.selection.words import clean

MAX_QUERY = 200
MAX_PARTS = 12


def query_words(text: str) -> dict[Language, tuple[str, ...]]:
    """The whole query as one word, then each of its parts: any part matches, and what has all of them comes first.

    Returns nothing for a query without a visible character.
    """
    whole = clean(text, MAX_QUERY)
    if not whole:
        return {}
    parts = whole.split()[:MAX_PARTS]
    return {detect_language(whole) or "en": tuple(dict.fromkeys((whole, *parts)))}
