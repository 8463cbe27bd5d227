"""Which drawing, colours and details suit a product, told from its words (zh and en); the table is keywords.py."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from huichang.pictures.colours import find_colours
from huichang.pictures.keywords import CATEGORY_WORDS, KIND_WORDS, PRINT_BLOCKERS

GENERIC = "generic-box"
_COLOUR_ATTRIBUTE = re.compile(r"colou?r|颜色|花色|色系|shade", re.IGNORECASE)
_PATTERNS = (
    ("stripe", "条纹 海魂 striped stripes stripe"),
    ("dots", "波点 圆点 polka"),
    ("floral", "碎花 印花 花卉 floral"),
    ("plaid", "格纹 格子 千鸟格 checkered plaid checked tartan"),
    ("leopard", "豹纹 leopard animal-print"),
)
_CLOTH = {
    "dress", "slip-dress", "skirt", "blouse", "shirt", "t-shirt", "kurta", "saree", "pyjamas", "bedding", "quilt",
    "pillow",
    "curtain", "scarf", "tote", "backpack", "mug", "notebook", "umbrella", "socks", "baby-romper", "kids-dress",
    "towel",
    "tie", "phone-case", "polo-shirt", "pet-bed", "rug", "leggings", "bra", "tank-top", "hoodie", "lunch-box",
    "pencil-case",
}  # fmt: skip
_SLEEVES = (
    ("none", "无袖 吊带 sleeveless"), ("short", "短袖 short-sleeve half-sleeve"), ("puff", "泡泡袖 puff-sleeve"),
    ("long", "长袖 long-sleeve full-sleeve"),
)  # fmt: skip
_LENGTHS = (("mini", "短裙 短款 mini"), ("maxi", "长裙 长款 maxi"), ("midi", "中长 midi"))
_NECKS = (("v", "v领 v-neck"), ("square", "方领 square-neck"), ("round", "圆领 round-neck"))
_FORMS = (
    ("keyring", "钥匙扣 挂件 挂饰 key-ring keychain keyring"), ("puppet", "手偶 puppet"),
    ("soother", "安抚巾 comforter soother"), ("pillow", "抱枕 靠垫 午睡枕 pillow cushion"), ("lying", "趴 lying"),
    ("bamboo", "抱竹 竹子 bamboo"),
)  # fmt: skip
_ANIMALS = (
    ("panda-plush", "熊猫 panda"), ("rabbit-plush", "兔 rabbit bunny"), ("cat-plush", "猫 cat kitten"),
    ("dog-plush", "狗 柴犬 dog puppy"), ("dinosaur-plush", "恐龙 dinosaur"),
)  # fmt: skip
_CHILDREN = "婴童 女童 男童 儿童 宝宝 baby-girl baby-boy baby-girl's baby-boy's infant infants-wear infant-wear"
_WEAR = (("scarf", "围巾 scarf"), ("bow", "蝴蝶结 bow"), ("hat", "帽 hat"))


def infer_kind(title: str, category_path: Sequence[str] = (), attributes: Mapping[str, str] | None = None) -> str:
    """The drawing for a product: the words of its title first (the last named thing wins in both languages), then its
    category from leaf to root, then its type attribute; "generic-box" where nothing is recognised."""
    found = _from_words(title, KIND_WORDS)
    if found and not (found == "panda-plush" and _blocked(title)):
        return _animal(found, title) or _for_children(found, " ".join((title, *category_path)))
    for name in reversed(category_path):
        by_category = _from_words(name, KIND_WORDS) or _from_words(name, CATEGORY_WORDS)
        if by_category:
            return by_category
    for name, value in (attributes or {}).items():
        if name.lower() in ("type", "类型", "品类", "分类", "适用对象"):
            by_type = _from_words(value, KIND_WORDS)
            if by_type:
                return by_type
    return _from_words(title, CATEGORY_WORDS) or GENERIC


def infer_colours(title: str, attributes: Mapping[str, str] | None = None) -> list[str]:
    """Canonical colour names, at most three: from a colour attribute if any, otherwise from the title; may be empty."""
    for name, value in (attributes or {}).items():
        if _COLOUR_ATTRIBUTE.search(name):
            found = find_colours(value, whole_value=True)
            if found:
                return found
    return find_colours(title)


def infer_detail(kind: str, title: str, attributes: Mapping[str, str] | None = None) -> dict[str, str]:
    """What else the words say about how it looks: pattern, print, sleeve, length, neck, form, wear."""
    text = " ".join((title, *(attributes or {}).values()))
    detail: dict[str, str] = {}
    if kind in _CLOTH:
        detail |= _first("pattern", _PATTERNS, text)
    if kind in ("dress", "blouse", "shirt", "t-shirt", "kurta"):
        detail |= _first("sleeve", _SLEEVES, text)
        detail |= _first("neck", _NECKS, text)
    if kind in ("dress", "skirt"):
        detail |= _first("length", _LENGTHS, text)
    if kind == "panda-plush":
        detail |= _first("form", _FORMS, title) | _first("wear", _WEAR, title)
    if kind in ("mug", "t-shirt", "thermos", "hoodie") and _matches(text, "熊猫 panda"):
        detail |= {"print": "panda"}
        detail.pop("pattern", None)
    return detail


def _animal(kind: str, title: str) -> str | None:
    """Which animal a plush toy is, where the title ends on the general word: 熊猫公仔 … 儿童安抚布娃娃."""
    if kind not in ("doll", "bear-plush"):
        return None
    return next((animal for animal, words in _ANIMALS if _matches(title, words)), None)


def _for_children(kind: str, text: str) -> str:
    """Children's clothes have drawings of their own."""
    if kind not in ("dress", "skirt", "t-shirt", "shirt") or not _matches(text, _CHILDREN):
        return kind
    return "kids-dress" if kind in ("dress", "skirt") or "裙" in text else "baby-romper"


def _blocked(title: str) -> bool:
    return _matches(title, PRINT_BLOCKERS)


def _first(name: str, table: Sequence[tuple[str, str]], text: str) -> dict[str, str]:
    for value, words in table:
        if _matches(text, words):
            return {name: value}
    return {}


def _matches(text: str, words: str) -> bool:
    return any(_compiled(word).search(text.lower()) for word in words.split())


def _from_words(text: str, table: Sequence[tuple[str, str]]) -> str | None:
    """The kind whose keyword ends last in the text; of two that end together the longer wins: "pet bowl" over "bowl".

    Both languages put the head noun last: 熊猫图案马克杯 is a mug, "panda print T-shirt" a T-shirt. English tails
    such as "with strap" or "for men" are cut first.
    """
    lowered = text.lower()
    if lowered.isascii():
        lowered = re.split(r"\bwith\b|\bfor\b|\(|,|\bfrom\b|\bset of\b|\bpack of\b", lowered)[0] or lowered
    best: tuple[int, int, str] | None = None
    for kind, words in table:
        for word in words.split():
            for match in _compiled(word).finditer(lowered):
                rank = (match.end(), match.end() - match.start(), kind)
                if best is None or rank[:2] > best[:2]:
                    best = rank
    if best:
        return best[2]
    return _from_words_anywhere(text.lower(), table) if lowered != text.lower() else None


def _from_words_anywhere(text: str, table: Sequence[tuple[str, str]]) -> str | None:
    for kind, words in table:
        if any(_compiled(word).search(text) for word in words.split()):
            return kind
    return None


@lru_cache(maxsize=4096)
def _compiled(word: str) -> re.Pattern[str]:
    spaced = re.escape(word.replace("-", " ")).replace(r"\ ", r"[\s_-]*")
    return re.compile(rf"\b{spaced}(?:es|s)?\b" if word.isascii() else spaced)
