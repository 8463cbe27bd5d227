"""The head of a product's name: what the thing is, apart from what it is for, made of, or comes with.

A search for "mouse" matches mouse pads as well as mice, and BM25 cannot tell them apart: both say the word once. In both languages the
noun phrase ends with its head (mouse *pad*, 鼠标*垫*), and what follows after "for", a comma or a size is no longer the phrase. Heads are
kept in a field of their own, and a product with the question's head there comes before one that has it anywhere else.
"""

from __future__ import annotations

import re

from huichang.catalog.product import Product
from huichang.pictures.colours import canonical

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Where a noun phrase ends: punctuation, a preposition, and whatever tells a purpose or what is included.
_BREAKS = re.compile(
    r"[,，、;；:：()（）【】\[\]|+/–—。!！]|\s-\s|\b(?:for|with|without|w|to|in|of|from|by|on|incl|including|replaces|compatible)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}](?:[\w'’®™.-]*[^\W_{_CJK}])?[®™]?")
_NOISE = re.compile(r"[®™'’.]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SHORTEST = 3
"""Letters: shorter words are units, sizes and codes."""
_CHINESE_PHRASE = 3
"""Characters from which a Chinese run is a noun phrase of its own; shorter ones (韩版, 新款) stand before it."""
_DESCRIPTION = 120
"""Characters of a description that may still be another name of the product and not yet prose."""
_NO_HEADS = frozenset({"original", "metallic", "color", "colour", "款", "装"})


def heads(product: Product) -> tuple[str, ...]:
    """The heads of the title, the first phrase of the description and the leaf category, each once, in every language it has.

    A Latin head is one lower-case word; a Chinese one its last two characters, because words are not marked (玩偶 of 熊猫玩偶).
    """
    brand = set((product.brand or "").lower().split())
    spoken = [product.text(language) for language in dict.fromkeys((product.language, *product.localized))]
    names = [name for text in spoken for name in (text.title, text.description[:_DESCRIPTION], *text.category_path[-1:])]
    return tuple(dict.fromkeys(head for name in names if (head := head_of(name, brand))))


def head_of(name: str, brand: set[str] | frozenset[str] = frozenset()) -> str | None:
    """The head of the first phrase of a name that has one; None for names of numbers, colours and codes alone."""
    for phrase in _BREAKS.split(name):
        head = None
        for word in _WORDS.findall(phrase):
            plain = _NOISE.sub("", word.lower())
            if head and _NUMBER.fullmatch(plain):
                break  # what follows a number are measures: "projector lamp 400 W"
            if _names_goods(plain, brand):
                head = plain
                if len(plain) >= _CHINESE_PHRASE and not plain.isascii():
                    break  # Chinese titles put a space where English puts a comma
        if head:
            return head if head.isascii() or len(head) <= 2 else _tail(head)
    return None


def _names_goods(word: str, brand: set[str] | frozenset[str]) -> bool:
    if word in _NO_HEADS or word in brand or any(char.isdigit() for char in word) or canonical(word):
        return False
    return len(word) >= _SHORTEST or not word.isascii()


def _tail(word: str) -> str:
    return word[-2:] if re.match(f"[{_CJK}]", word) else word
