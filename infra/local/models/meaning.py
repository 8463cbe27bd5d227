"""What a few words of a brief are about, and which shelves of a shop hold it. Planning and expansion share it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infra.local.models.words import (
    HAN,
    Group,
    Match,
    contains,
    find,
    group_named,
    holds,
    lexicon,
    plural,
    stems,
    titled,
)


@dataclass(frozen=True)
class Wanted:
    """The meaning of subjects or keywords: kinds of goods, what they show, and the occasion they are bought for."""

    words: tuple[str, ...]
    goods: tuple[Group, ...]
    motifs: tuple[Group, ...]
    occasions: tuple[Group, ...]

    @property
    def kinds(self) -> tuple[Group, ...]:
        """Kinds of goods looked for: those named, or those that the occasion calls for."""
        return self.goods or tuple(dict.fromkeys(group_named(name) for group in self.occasions for name in group.members))

    def fits(self, text: str) -> int:
        """How well a shelf (or a trend's word) fits, 0 to 5. What shows another animal does not fit at all."""
        matches = find(text)
        shown = [match.group for match in matches if match.group.kind == "motif"]
        named = [match.group for match in matches if match.group.names_goods]
        same_kind = any(group in self.goods for group in named)
        if self.motifs:
            if any(group in self.motifs for group in shown):
                if same_kind or not self.goods or not named:
                    return 5
                # 熊猫手偶 are near 熊猫玩偶; 熊猫马克杯 show the panda and are something else.
                return 3 if self._same_trade(named) else 0
            return 2 if same_kind and not shown else 0
        # A wider shelf holds it as well: 耳机 for 无线耳机.
        wider = [match.word for match in matches if match.group.kind == "goods" and HAN.search(match.word)]
        if same_kind or any(word.endswith(shelf) for word in self.words for shelf in wider):
            return 4
        if any(contains(text, word) for word in self._unknown):
            return 4
        if any(holds(wide, narrow) for wide in self.goods if wide.kind == "broad" for narrow in named):
            return 3
        if not self.goods and any(group in self.kinds for group in named):
            return 2
        return 0

    def _same_trade(self, named: Iterable[Group]) -> bool:
        trades = {group.industry for group in self.goods}
        return any(group.industry in trades for group in named)

    @property
    def _unknown(self) -> tuple[str, ...]:
        """Words that the lexicon does not know: letters are all there is to compare by."""
        return tuple(word for word in self.words if len(word) > 1 and not find(word))


def understood(words: Sequence[str]) -> Wanted:
    """Read subjects or keywords. The head of a phrase says what it is; goods before it only narrow it (猫 in 猫玩具)."""
    goods: list[Group] = []
    motifs: list[Group] = []
    occasions: list[Group] = []
    for word in words:
        matches = find(word)
        named = [match.group for match in matches if match.group.names_goods]
        goods += named[-1:]
        motifs += [match.group for match in matches if match.group.kind == "motif"]
        occasions += [match.group for match in matches if match.group.kind in ("season", "scene")]
    return Wanted(tuple(words), _once(goods), _once(motifs), _once(occasions))


def _once(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(dict.fromkeys(groups))


def in_language(phrase: str, zh: bool) -> str:
    """A phrase of the lexicon's words in this language: 熊猫玩偶 gives "panda plush toys". "" where it knows no goods in it."""
    if bool(HAN.search(phrase)) == zh:
        return phrase
    matches = find(phrase)
    if not any(match.group.names_goods or match.group.kind == "motif" for match in matches):
        return ""
    kept = [match for match in matches if match.group.kind not in ("audience", "scene")]
    named = [match for match in kept if match.group.names_goods]
    if named:
        kept = [match for match in kept if not match.group.names_goods or match is named[-1]]
    return ("" if zh else " ").join((match.group.zh if zh else match.group.en)[0] for match in kept)


def shelf_name(shelf: str, zh: bool) -> str:
    """A shelf as a venue or tab is named in this language; "" where it cannot be said in it."""
    matches = find(shelf)
    named = [match for match in matches if match.group.names_goods]
    if bool(HAN.search(shelf)) == zh:
        # Imported shelves carry brand names and rubble: where words stand that nobody knows, the goods' own name is better.
        return shelf if zh or not named or _all_known(shelf, matches) else named[-1].group.word(zh)
    if not named:
        return ""
    shown = [match.group for match in matches if match.group.kind in ("motif", "audience")]
    if zh:
        return "".join([group.zh[0] for group in shown] + [named[-1].group.zh[0]])
    words = " & ".join(dict.fromkeys(titled(plural(match.group.en[0])) for match in named[-2:]))
    return " ".join([*(titled(group.en[0]) for group in shown), words])


def _all_known(shelf: str, matches: Sequence[Match]) -> bool:
    known = {word for match in matches for word in stems(match.word)}
    return set(stems(shelf)) <= known | {"and", "cover", "accessory", "set", "kit", "women", "woman", "man", "kid", "baby", "of"}


def synonyms(phrase: str) -> list[str]:
    """The phrase with its goods said in other words, both languages: 熊猫玩偶, 熊猫公仔, panda plush toys, panda plush."""
    found = [phrase]
    for zh in (True, False) if HAN.search(phrase) else (False, True):
        said = in_language(phrase, zh)
        if not said:
            continue
        found.append(said)
        named = [match for match in find(said) if match.group.names_goods]
        if len(named) == 1 or (len(named) > 1 and named[-2].end != named[-1].start):  # 围巾丝巾 are two kinds
            last = named[-1]
            others = last.group.zh if zh else last.group.en
            found += [said[: last.start] + other + said[last.end :] for other in others[:4]]
    return list(dict.fromkeys(found))


def all_members_known() -> list[str]:
    """Members named in the lexicon that are no group; a test holds this to be empty."""
    first = {group.zh[0] for group in lexicon()}
    return [member for group in lexicon() for member in group.members if member not in first]
