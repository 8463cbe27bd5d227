"""The operators' synonyms: a text file, one rule a line, applied to queries only, so that a change needs no reindexing.

    headset, headphones, 耳机        # two-way: each of them finds the others
    公仔 => 玩偶, 毛绒玩具            # one-way: who asks for 公仔 also gets 玩偶, not the reverse
    # a comment

Rules add up: `a => b` and `b => c` make a find c. One-way rules that lead back to where they began say nothing that a two-way
rule would not say better; they are refused with the lines that make the circle.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from huichang.kernel.errors import InvalidInputError

MAX_LINES = 20_000
MAX_ALTERNATIVES = 12
MAX_PHRASE = 60
BUILT_IN = Path(__file__).with_name("synonyms.txt")


class Synonyms:
    """Phrase to the other phrases that a query for it may be answered with."""

    def __init__(self, table: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._table = dict(table or {})
        self._longest = max((len(phrase.split()) for phrase in self._table), default=0)
        self._longest_run = max((len(phrase) for phrase in self._table), default=0)

    def __len__(self) -> int:
        return len(self._table)

    def alternatives(self, word: str) -> tuple[str, ...]:
        """Other wordings of a query word, nearest first, without the word: the whole replaced, or one part of it."""
        text = folded(word)
        found = dict.fromkeys(self._table.get(text, ()))
        tokens = text.split()
        for length in range(min(self._longest, len(tokens)), 0, -1):
            for start in range(len(tokens) - length + 1):
                part = " ".join(tokens[start : start + length])
                whole = length == len(tokens)
                found |= dict.fromkeys(
                    " ".join((*tokens[:start], other, *tokens[start + length :]))
                    for other in self._table.get(part, ())
                    if whole or _is_han(other) == _is_han(part)  # no half-translated phrases
                )
        found |= dict.fromkeys(self._within(text))
        found.pop(text, None)
        return tuple(found)[:MAX_ALTERNATIVES]

    def _within(self, text: str) -> Iterable[str]:
        """Chinese has no spaces: a phrase inside a run is replaced where it stands, the longest first."""
        for length in range(min(self._longest_run, len(text) - 1), 1, -1):
            for start in range(len(text) - length + 1):
                part = text[start : start + length]
                if _is_han(part):
                    for other in self._table.get(part, ()):
                        if _is_han(other):
                            yield text[:start] + other + text[start + length :]


def folded(phrase: str) -> str:
    """Width, case and spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", phrase).lower().split())


@cache
def built_in() -> Synonyms:
    """What comes with the product: the commonest pairs of wholesale goods in zh and en."""
    return parse(BUILT_IN.read_text("utf-8"))


def parse(text: str) -> Synonyms:
    """Read a synonym file. Raises InvalidInputError that names the lines: malformed ones, and one-way rules in a circle."""
    groups = _Groups()
    arrows: list[tuple[str, str, int]] = []
    lines = text.removeprefix("\ufeff").splitlines()
    if len(lines) > MAX_LINES:
        raise InvalidInputError(f"{len(lines)} lines", where="synonyms", mend=f"at most {MAX_LINES}")
    for number, line in enumerate(lines, 1):
        rule = line.partition("#")[0].strip()
        if not rule:
            continue
        left, arrow, right = rule.partition("=>")
        one, other = _phrases(left, number), _phrases(right, number) if arrow else []
        if arrow:
            if not one or not other:
                raise _malformed(number, "a one-way rule needs a phrase on both sides of =>")
            arrows += [(source, target, number) for source in one for target in other]
        elif len(one) < 2:
            raise _malformed(number, "one phrase alone is no synonym")
        else:
            groups.join(one)
    return Synonyms(_table(groups, arrows))


def _phrases(side: str, number: int) -> list[str]:
    phrases = [folded(part) for part in side.replace("，", ",").replace("、", ",").split(",")]
    kept = list(dict.fromkeys(phrase for phrase in phrases if phrase))
    if any(len(phrase) > MAX_PHRASE for phrase in kept):
        raise _malformed(number, f"a phrase is longer than {MAX_PHRASE} characters")
    if "=>" in side:
        raise _malformed(number, "=> stands twice")
    return kept


def _malformed(number: int, why: str) -> InvalidInputError:
    return InvalidInputError(f"line {number}: {why}", where="synonyms", mend='write "a, b, c" or "a => b, c"')


class _Groups:
    """Two-way groups: phrases joined by any number of lines."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, phrase: str) -> str:
        root = phrase
        while (above := self._parent.get(root, root)) != root:
            root = above
        self._parent[phrase] = root
        return root

    def join(self, phrases: list[str]) -> None:
        for phrase in phrases:
            self._parent.setdefault(phrase, phrase)
            self._parent[self.find(phrase)] = self.find(phrases[0])

    def members(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for phrase in self._parent:
            found.setdefault(self.find(phrase), []).append(phrase)
        return found


def _table(groups: _Groups, arrows: list[tuple[str, str, int]]) -> dict[str, tuple[str, ...]]:
    edges: dict[str, dict[str, int]] = {}
    for source, target, number in arrows:
        edges.setdefault(groups.find(source), {}).setdefault(groups.find(target), number)
    members = groups.members()
    for phrase in {phrase for source, target, _ in arrows for phrase in (source, target)}:
        members.setdefault(groups.find(phrase), [phrase])
    _refuse_circles(edges, members)
    table: dict[str, tuple[str, ...]] = {}
    for root, phrases in members.items():
        beyond = [phrase for group in _reached(root, edges) for phrase in members[group]]
        for phrase in phrases:
            others = tuple(dict.fromkeys([*(mate for mate in phrases if mate != phrase), *beyond]))
            if others:
                table[phrase] = others
    return table


def _reached(root: str, edges: Mapping[str, Mapping[str, int]]) -> list[str]:
    seen: dict[str, None] = {}
    waiting = list(edges.get(root, ()))
    while waiting:
        group = waiting.pop(0)
        if group not in seen and group != root:
            seen[group] = None
            waiting += edges.get(group, ())
    return list(seen)


def _refuse_circles(edges: Mapping[str, Mapping[str, int]], members: Mapping[str, list[str]]) -> None:
    done: set[str] = set()
    for start in edges:
        path: list[tuple[str, int]] = [(start, 0)]
        on_path = {start: 0}
        branches = [iter(edges.get(start, {}).items())] if start not in done else []
        while branches:
            step = next(branches[-1], None)
            if step is None:
                branches.pop()
                group, _ = path.pop()
                on_path.pop(group)
                done.add(group)
                continue
            target, number = step
            if target in on_path:
                circle = [*path[on_path[target] + 1 :], (target, number)]
                names = " => ".join([members[target][0], *(members[group][0] for group, _ in circle)])
                lines = sorted({line for _, line in circle})
                raise InvalidInputError(
                    f"lines {', '.join(map(str, lines))} go in a circle: {names}"
                    if len(lines) > 1
                    else f"line {lines[0]} goes in a circle: {names}",
                    where="synonyms",
                    mend='take one of them out, or write one two-way rule "a, b"',
                )
            if target not in done:
                on_path[target] = len(path)
                path.append((target, number))
                branches.append(iter(edges.get(target, {}).items()))


def _is_han(text: str) -> bool:
    return all("\u3400" <= char <= "\u9fff" for char in text)
