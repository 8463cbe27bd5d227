"""Titles of floors that a buyer understands at a glance: short, in the page's language, no codes, no brand standing alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from huichang.kernel.language import Language
from huichang.selection.floors.scoring import config
from huichang.selection.floors.translating import without_scene
from huichang.selection.words import clean, content_words, english_words, fold, han_runs, say, singular

MAX_HAN = 8
MAX_WORDS = 4
MAX_LETTERS, MAX_SIGNS = 24, 12  # the templates' slots, en and zh
_SMALL = frozenset({"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"})
_WORD = re.compile(r"[^\s/]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LATIN_RUN = re.compile(r"[A-Za-z0-9]+(?:[.'’-][A-Za-z0-9]+)*")
_UNIT = (
    r"(?:cm|mm|m|km|ml|cl|l|g|kg|oz|lb|inch|in|w|v|mah|gb|tb|mb|hz|pcs?|pieces?|packs?|years?|months?|d|k|"
    r"寸|英寸|码|支|粒|片|只装?|个装?|件装?|条装?|双装?|岁|岁以上|个月|升|毫升|克|人|色|层|格|抽|卷|色装?)"
)
_MEASURE = re.compile(rf"^\d+(?:[.,]\d+)?(?:\s*[-–~x×*]\s*\d+(?:[.,]\d+)?)*\s*{_UNIT}?\+?$", re.IGNORECASE)
_CODE = re.compile(r"(?=[A-Za-z0-9./_-]*\d)(?=[A-Za-z0-9./_-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9./_-]{2,}|\d{4,}|[A-Za-z0-9]*_[A-Za-z0-9_]+")
_WORN = re.compile(r"(?:with|in)\s+(?:an?\s+|the\s+)?(\S.*)$", re.IGNORECASE)
_PREPOSITION = re.compile(r"^(?:with|in)\s+(?:an?\s+|the\s+)?(?=\S)", re.IGNORECASE)
_KNOWN_CODES = frozenset({"3d", "2d", "4k", "8k", "mp3", "mp4", "t-shirt", "5g", "4g", "u盘"})
_PRICE = re.compile(r"[¥$€£₹₩฿]\s?\d|\d+\s?元|(?:^|\s)[A-Z]{3}\s\d")
_MARKUP = re.compile(r"[<>{}\[\]\\|`~^=#@*]+")
_NAMED = re.compile(r"\s*[/,，、&]\s*|\s+and\s+", re.IGNORECASE)
_EDGES = " \t-–—·,，.。!！?？:：;；、/&+()（）\"'“”‘’「」【】"


def is_code(text: str) -> bool:
    """Whether a word of the text is an article number, a standard or another code (units such as 30cm are none)."""
    if _PRICE.search(text):
        return False
    if re.search(r"\b[A-Z]{2,}\s*/\s*[A-Z]\b", text):
        return True  # GB/T, FZ/T: a standard
    for match in _LATIN_RUN.finditer(text):
        word = match.group()
        if word.lower() in _KNOWN_CODES or _MEASURE.match(word):
            continue
        plain = re.sub(r"[.'’-]", "", word)
        if _CODE.fullmatch(word) or (plain.isdigit() and len(plain) >= 4):
            return True
    return "_" in text


def speaks(text: str, language: Language) -> bool:
    """Whether a title reads in this language: with a Chinese character, or with a Latin word and none."""
    if language == "zh":
        return bool(_HAN.search(text))
    return not _HAN.search(text) and any(not word.isdigit() for word in content_words(text))


def fits(title: str) -> bool:
    """Whether a title is short enough: 8 Chinese characters (a Latin word counts as two), or 4 English words; with a price 12 or 24."""
    if _PRICE.search(title):
        return len(title) <= (MAX_SIGNS if _HAN.search(title) else MAX_LETTERS)
    if _HAN.search(title):
        return len(_HAN.findall(title)) + 2 * len(_LATIN_RUN.findall(_without_letters(title))) <= MAX_HAN
    words = _WORD.findall(title.replace("&", " "))
    return 0 < len(words) <= MAX_WORDS and len(title) <= MAX_LETTERS


def _without_letters(title: str) -> str:
    """A lone Latin letter is part of the word behind it (T恤) and counts for nothing."""
    return re.sub(r"(?<![A-Za-z0-9])[A-Za-z](?![A-Za-z0-9])", "", title)


def tidy(raw: str, said: Mapping[str, int] | None = None) -> str:
    """A catalogue's own name made fit for a title; "" where nothing readable is left.

    Markup goes, the part behind a colon or bracket goes, English gets title case; of a name that is too long one part
    of an enumeration is kept where that alone says something: the one whose words are `said` most often of the goods.
    """
    text = clean(raw, 80)
    text = re.sub(r"[（(【\[].*?[)）】\]]", " ", text)
    text = _MARKUP.sub(" ", re.split(r"[:：]\s*\S", text)[0])
    text = " ".join(text.split()).strip(_EDGES)
    if _HAN.search(text):
        text = re.sub(r"\s+", "", text) if not _LATIN_RUN.search(text) else text
    else:
        text = title_case(text)
    if text and not fits(text):
        text = _shorter(text, said or {})
    return "" if is_code(text) else text


def _shorter(text: str, said: Mapping[str, int]) -> str:
    for separator in (r"\s*[/／,，、;；&]\s*|\s+and\s+", r"\s+(?:with|for|in|from)\s+|\s+[-–—]\s+"):
        split = [piece.strip(_EDGES) for piece in re.split(separator, text)]
        usable = [piece for piece in split if piece and fits(piece) and (content_words(piece) or _HAN.search(piece))]
        if len(split) > 1 and usable:
            # Of "Geometry, Pen & Pencil Boxes" only what is a plural by itself is a name of goods.
            plural = [piece for piece in usable if _HAN.search(piece) or is_plural(piece)] or usable[-1:]
            return max(plural, key=lambda piece: (min((said.get(word, 0) for word in key(piece).split()), default=0), -plural.index(piece)))
    return ""


def is_plural(text: str) -> bool:
    """Whether an English name ends in a plural."""
    return text.lower().endswith("s") and not text.lower().endswith(("ss", "us", "is"))


def singular_name(name: str) -> str:
    """An English name before another noun: Deodorants, but Deodorant Combos."""
    words = name.split()
    return " ".join((*words[:-1], words[-1][:1] + words[-1][1:].removesuffix("s"))) if words and is_plural(name) else name


def shorter_names(name: str) -> tuple[str, ...]:
    """A category's title and shorter ways to say it: Wrist Watches, Watches; Necklaces & Chains, Necklaces; 汽车内饰, 内饰."""
    pieces = [piece.strip(_EDGES) for piece in re.split(r"\s*[/,、&]\s*|\s+and\s+", name)]
    # "Mobiles" is no shorter way to say "Mobiles & Accessories": the goods may be the accessories.
    whole = not any(fold(piece) in config()["vague"] for piece in pieces)
    first = [pieces[0]] if len(pieces) > 1 and whole and (is_plural(pieces[0]) or _HAN.search(pieces[0])) else []
    if _HAN.search(name):
        return tuple(dict.fromkeys((name, *first, without_scene(name))))
    words = name.split()
    last = [words[-1]] if len(pieces) == 1 and len(words) > 1 and is_plural(name) and fold(words[-1]) not in config()["vague"] else []
    return tuple(dict.fromkeys((name, *first, *last)))


def title_case(text: str) -> str:
    """English capitals: Panda Key Rings, Lying on Its Tummy, USB Gadgets, T-Shirts. What has inner capitals stays."""
    words = text.split(" ")
    shouted = sum(word.isupper() and len(word) > 3 for word in words) > 1 or (len(words) == 1 and text.isupper() and len(text) > 4)

    def cased(word: str, place: int) -> str:
        plain = word.lower() if shouted and len(word) > 3 else word
        if any(char.isupper() for char in plain[1:]) or (place and len(plain) == 1 and plain.isupper()):
            return plain
        if place and (
            plain.lower() in _SMALL or (len(plain) <= 3 and words[place - 1][-1:].isdigit() and re.fullmatch(_UNIT, plain, re.IGNORECASE))
        ):
            return plain.lower()
        return "-".join(
            part if number and part.lower() in _SMALL else part[:1].upper() + part[1:] for number, part in enumerate(plain.split("-"))
        )

    return " ".join(cased(word, place) for place, word in enumerate(words))


def key(title: str) -> str:
    """Titles with one key are one title: case, spaces, plural and a 款 at the end make no difference."""
    if _HAN.search(title):
        return fold(title).replace(" ", "").removesuffix("款")
    return " ".join(singular(word) for word in english_words(title)) or fold(title)


def pieces(title: str) -> tuple[str, ...]:
    """What a title enumerates: Necklaces & Chains names Necklaces, Chains."""
    return tuple(piece for piece in (each.strip(_EDGES) for each in _NAMED.split(title)) if piece)


def overlap(one: str, other: str) -> bool:
    """Whether two titles name the same goods: equal keys, or all that one names is named by the other (Sweaters & Pullovers)."""
    mine, yours = (frozenset(map(key, pieces(title))) for title in (one, other))
    return mine <= yours or yours <= mine


def readable(title: str, language: Language) -> float:
    """How well a title reads, 0..1: 1 for two to six characters or one to three words of the page's language."""
    if not title or is_code(title) or not fits(title):
        return 0.0
    if _PRICE.search(title):
        return 0.9
    if not speaks(title, language):
        return 0.35  # another language, a bare number: a buyer can guess
    if language == "zh":
        length = len(_HAN.findall(title)) + len(_LATIN_RUN.findall(title))
        score = 0.6 if length < 2 else 1.0 if length <= 6 else 0.85
    else:
        score = 1.0 if len(title.split()) <= 3 else 0.85
    return score * (0.75 if re.search(r"\d", title) else 1.0)


def composed(value: str, kind: str, label: str, language: Language) -> str:
    """The title of a part of a category: 抱竹 + 熊猫公仔 = 抱竹熊猫公仔, Sitting + Panda Plush = Sitting Panda Plush.

    `kind` is the category's title, "" where the page has one kind only; `label` the attribute's name, put before a value that says
    too little alone (尺码 36). The value alone is the last resort.
    """
    bare = not speaks(value, language) or (language == "zh" and len(value) < 2)
    tries: list[str] = []
    for name in shorter_names(kind) if kind else ():
        short = value[:-1] if value.endswith("款") and len(value) > 2 else value
        if fold(short) in fold(name) or fold(name) in fold(short):
            break
        if _HAN.search(name):
            tries.append(f"{short}{name}" if _HAN.search(short) or bare else f"{short} {name}")
        elif (worn := _WORN.match(value)) and len(worn[1].split()) <= 2:
            tries.append(f"{worn[1]} {name}")  # With a Red Scarf: Red Scarf Panda Plush; in plain colour: Plain Colour T-Shirts
        elif bare or not re.match(r"(?:with|in|for|as|on|from|safe|ready|made)\b|\w+ing\s", value, re.IGNORECASE):
            tries.append(f"{value} {name}")
        else:
            tries.append(f"{name} {value[:1].lower()}{value[1:]}")
    if bare and label:
        tries.append(f"{label} {value}" if language == "zh" or not _HAN.search(label) else "")
    if fold(label) in ("款式", "造型") and not value.endswith("款"):
        tries.append(f"{value}款")  # 碎花短袖中长 is half a word, 碎花短袖中长款 a kind of dress
    tries.append(_PREPOSITION.sub("", value))  # In Polka-Dot Chiffon says no more than Polka-Dot Chiffon
    for title in tries:
        tidied = title if _HAN.search(title) or _PRICE.search(title) else title_case(title)
        if tidied and fits(tidied):
            return tidied
    return ""


def more_of(name: str, language: Language) -> str:
    """The title of what is left of a category beside its own floors: 更多熊猫公仔, More Panda Plush."""
    for title in ((f"更多{name}" if language == "zh" else f"More {name}"), name):
        if fits(title):
            return title
    return explore(language)


def explore(language: Language) -> str:
    """The title of the last floor for what belongs to no other."""
    return say(language, "更多好货", "More to Explore")


def violations(title: str, language: Language, brands: Collection[str] = (), others: Iterable[str] = ()) -> tuple[str, ...]:
    """What is wrong with a title: empty, too_long, code, brand, language, capitals, duplicate. `brands` are folded."""
    found = []
    if not title.strip():
        return ("empty",)
    if not fits(title):
        found.append("too_long")
    if is_code(title):
        found.append("code")
    if fold(title) in brands:
        found.append("brand")
    if not speaks(title, language) and not _PRICE.search(title):
        found.append("language")
    if language == "en" and not _HAN.search(title) and title[:1].islower():
        found.append("capitals")
    if any(key(title) == key(other) for other in others):
        found.append("duplicate")
    return tuple(found)


def says_nothing(value: str) -> bool:
    """Whether a value is no value: "", "other", "n/a", "均码"."""
    return fold(value) in {
        "",
        "-",
        "--",
        "/",
        "other",
        "others",
        "n/a",
        "na",
        "none",
        "no",
        "yes",
        "其他",
        "通用",
        "通用型",
        "universal",
        "general",
        "general purpose",
        "其它",
        "无",
        "否",
        "是",
        "均码",
        "均色",
        "默认",
        "见详情",
        "如图",
    } or (not han_runs(value) and not any(char.isalnum() for char in value))
