"""Words: what they mean (lexicon.yaml), where they stand in a text, how they look on a banner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["goods", "broad", "motif", "material", "style", "audience", "season", "scene"]
HAN = re.compile(r"[\u4e00-\u9fff]")
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_LINE = re.compile(r"(?P<zh>[^/>]+) / (?P<en>[^>]+?)(?: > (?P<members>.+))?")
_SECTIONS: dict[str, Kind] = {
    "motifs": "motif",
    "materials": "material",
    "styles": "style",
    "audiences": "audience",
    "seasons": "season",
    "scenes": "scene",
}
_IRREGULAR = {
    "knives": "knife",
    "shelves": "shelf",
    "scarves": "scarf",
    "mice": "mouse",
    "men": "man",
    "women": "woman",
    "children": "child",
    "ladies": "lady",
    "accessories": "accessory",
    "series": "series",
    "lens": "lens",
    "ties": "tie",
    "kurtis": "kurti",
    "lingeries": "lingerie",
}
# Last words that have no plural: a banner says "Camping gear" and "Womenswear".
_UNCOUNTED = re.compile(
    r"(?:wear|ware|gear|equipment|furniture|luggage|stationery|jewellery|jewelry|clothing|bedding|linen|makeup|skincare|footwear|lighting|"
    r"storage|decor|denim|lingerie|fruit|food|bread|seafood|tea|coffee|honey|candy|chocolate|seasoning|jerky|rice|milk|wine|care|supplies|"
    r"maternity|fitness|gaming|cycling|hiking|fishing|swimming|automotive|hygiene|perfume|shampoo|baking|gardening|tissue|glue|soap|"
    r"camping|yoga|picnic|badminton|cricket|ski|barbecue|football|fragrance|underwear|knitwear|foundation|nutrition|deodorant|lace|fabric)$"
)


@dataclass(frozen=True)
class Group:
    """One meaning: its words in both languages, the plainest first. `members` are first Chinese words of what it holds."""

    kind: Kind
    industry: str | None
    zh: tuple[str, ...]
    en: tuple[str, ...]
    members: tuple[str, ...] = ()

    @property
    def names_goods(self) -> bool:
        """Whether it says what is sold, and not only how, when or for whom."""
        return self.kind in ("goods", "broad")

    def word(self, zh: bool) -> str:
        """The word for a banner or a tab."""
        return self.zh[0] if zh else titled(plural(self.en[0]))


@dataclass(frozen=True)
class Match:
    """A word of the lexicon in a text."""

    start: int
    end: int
    word: str
    group: Group


@cache
def lexicon() -> tuple[Group, ...]:
    """Every group, goods first, so that a word of two meanings is taken for goods."""
    raw: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "lexicon.yaml").read_text(encoding="utf-8"))
    found: list[Group] = []
    for section, lines in raw.items():
        if section == "broad":
            found += [_group(line, "broad", industry) for industry, own in lines.items() for line in own]
        elif section not in _SECTIONS:
            found += [_group(line, "goods", section) for line in lines]
    for section, kind in _SECTIONS.items():
        found += [_group(line, kind, None) for line in raw[section]]
    return tuple(found)


def _group(line: str, kind: Kind, industry: str | None) -> Group:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise ValueError(f"lexicon.yaml: {line!r} is not 'Chinese / English'")
    return Group(kind, industry, _split(parts["zh"]), tuple(map(str.lower, _split(parts["en"]))), _split(parts["members"] or ""))


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


@cache
def _by_han() -> dict[str, Group]:
    table: dict[str, Group] = {}
    for group in lexicon():
        for word in group.zh:
            table.setdefault(word.lower(), group)
    return table


@cache
def _by_stems() -> dict[tuple[str, ...], Group]:
    table: dict[tuple[str, ...], Group] = {}
    for group in lexicon():
        for word in group.en:
            table.setdefault(stems(word), group)
    return table


@cache
def _longest() -> tuple[int, int]:
    return max(map(len, _by_han())), max(map(len, _by_stems()))


@cache
def group_named(zh: str) -> Group:
    """The group whose first Chinese word this is. Raises KeyError."""
    return {group.zh[0]: group for group in reversed(lexicon())}[zh]


def singular(word: str) -> str:
    """An English word without plural or possessive; the same on both sides of every comparison."""
    word = word.removesuffix("'s").removesuffix("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def plural(phrase: str) -> str:
    """An English name as a shelf would carry it: "dress" gives "dresses", "camping gear" stays."""
    last = phrase.rsplit(maxsplit=1)[-1] if phrase.strip() else ""
    if not last or (last.endswith("s") and not last.endswith("ss")) or _UNCOUNTED.search(phrase):
        return phrase
    for many, one in _IRREGULAR.items():
        if last == one:
            return phrase[: len(phrase) - len(last)] + many
    if re.search(r"[^aeiou]y$", last):
        return phrase[:-1] + "ies"
    return phrase + ("es" if re.search(r"(?:s|x|z|ch|sh)$", last) else "s")


def titled(phrase: str) -> str:
    """First letter of every word upper case, the rest as it is (USB stays USB); small words stay small inside."""
    small = {"and", "or", "of", "for", "the", "a", "an", "in", "on", "to", "with", "at", "by", "from"}
    upper = {"usb", "tv", "led", "diy", "bbq", "rc", "pc", "3d", "4k", "5g"}
    words = []
    for place, word in enumerate(phrase.split()):
        if word.lower() in upper:
            words.append(word.upper())
        elif place and word.lower() in small:
            words.append(word.lower())
        else:
            words.append(word[:1].upper() + word[1:])
    return " ".join(words)


def tokens(text: str) -> list[tuple[int, int, str]]:
    """(start, end, singular) of every English word; a hyphen separates words."""
    return [(found.start(), found.end(), singular(found[0])) for found in _TOKEN.finditer(text.lower().replace("’", "'"))]


def stems(text: str) -> tuple[str, ...]:
    """The English words of a text, singular."""
    return tuple(word for _, _, word in tokens(text))


def contains(text: str, word: str) -> bool:
    """Whether a text has this word: as a substring for Chinese, as whole words (plural or not) for English."""
    if HAN.search(word):
        return word.lower() in text.lower()
    whole, part = stems(text), stems(word)
    return bool(part) and any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def find(text: str) -> list[Match]:
    """Words of the lexicon in a text, in order, the longest from the left; they do not overlap."""
    found = _find_han(text.lower()) if HAN.search(text) else []
    found = [Match(match.start, match.end, text[match.start : match.end], match.group) for match in found]
    taken = [(match.start, match.end) for match in found]
    words = tokens(text)
    table, longest = _by_stems(), _longest()[1]
    place = 0
    while place < len(words):
        for size in range(min(longest, len(words) - place), 0, -1):
            start, end = words[place][0], words[place + size - 1][1]
            group = table.get(tuple(word for _, _, word in words[place : place + size]))
            if group is None or re.search(r"[^\w\s'’-]", text[start:end]):  # a comma stands between
                continue
            if any(start < other_end and other < end for other, other_end in taken):
                continue
            found.append(Match(start, end, text[start:end], group))
            place += size - 1
            break
        place += 1
    return sorted(found, key=lambda match: match.start)


_GLUE = "的和与及或、"


def _find_han(lowered: str) -> list[Match]:
    table, longest = _by_han(), _longest()[0]
    found: list[Match] = []
    place = 0
    while place < len(lowered):
        for size in range(min(longest, len(lowered) - place), 0, -1):
            word = lowered[place : place + size]
            group = table.get(word)
            if group is None:
                continue
            # A single character proves something only as the end of a run that is known up to it: 熊猫笔 is a 笔, but
            # neither 包装 nor 大礼包 is a 包.
            before, after = lowered[max(0, place - 1) : place], lowered[place + size : place + size + 1]
            if size == 1 and (HAN.match(after) and after not in "的和与及或类"):
                continue
            if size == 1 and HAN.match(before) and before not in _GLUE and (not found or found[-1].end != place):
                continue
            # The Latin letter of T恤 and U盘 begins a word.
            if not HAN.match(word[0]) and place and lowered[place - 1].isascii() and lowered[place - 1].isalnum():
                continue
            found.append(Match(place, place + size, word, group))
            place += size - 1
            break
        place += 1
    return found


def groups_in(texts: Sequence[str]) -> list[Group]:
    """Groups found in the texts, in order, each once."""
    return list(dict.fromkeys(match.group for text in texts for match in find(text)))


def goods_in(texts: Sequence[str]) -> list[Group]:
    """Only the groups that name goods."""
    return [group for group in groups_in(texts) if group.names_goods]


def holds(wide: Group, narrow: Group) -> bool:
    """Whether a broad name or an occasion holds these goods (台灯 are no 数码; 连衣裙 are 女装)."""
    if wide.members:
        return narrow.zh[0] in wide.members
    return wide.kind == "broad" and narrow.names_goods and wide.industry == narrow.industry and wide != narrow
