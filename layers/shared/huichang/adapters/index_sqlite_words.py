"""The words of the embedded product index: FTS5 tables, what matches a question, and the order of what matches.

`words` has all fields in one table: it tells what matches. FTS5 weighs a match there by the length of the whole product, though, so that
a title that says little else counts for nothing where the product has a long table of attributes. Each field therefore has an index of
its own besides (`words_title`, ...; without a copy of the text), with its own lengths and its own rarity of words, and the products that
match best by all fields together are ranked by those: a phrase counts where it says most, and TIE_BREAKER of what its other fields say.
This is what Lucene's multi_match does, so that both product indexes rank alike.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from huichang.adapters.index_text import (
    FIELD_WEIGHTS,
    HEAD_FIELD,
    HEAD_WEIGHT,
    SEARCH_FIELDS,
    TIE_BREAKER,
    Question,
    Unit,
    Wording,
    closest,
    head_token,
    spellable,
    stored_tokens,
)

RANKED = 600
"""So many of the best matches by all fields together, and all that are asked for, are ranked field by field."""
_CORRECTIONS_LOOKED_AT = 20_000
_FIELDS = (*SEARCH_FIELDS, HEAD_FIELD)
_TOKENIZE = "tokenize = 'porter unicode61 remove_diacritics 2'"
Scores = npt.NDArray[np.float64]


def schema() -> list[str]:
    """Statements that make the tables."""
    apart = (f"CREATE VIRTUAL TABLE words_{field} USING fts5({field}, content = 'words', {_TOKENIZE})" for field in _FIELDS)
    return [
        f"CREATE VIRTUAL TABLE words USING fts5({', '.join(_FIELDS)}, {_TOKENIZE})",
        "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row)",
        *apart,
    ]


def store(db: sqlite3.Connection, row: int | None, texts: Mapping[str, str]) -> None:
    """Index the texts (of every search field and of the head) of a product that has none yet."""
    marks = ", ".join("?" * (len(_FIELDS) + 1))
    tokens = {field: stored_tokens(texts[field]) for field in _FIELDS}
    db.execute(f"INSERT INTO words (rowid, {', '.join(_FIELDS)}) VALUES ({marks})", [row, *tokens.values()])  # noqa: S608
    for field, text in tokens.items():
        if text:  # a field's rarity of words is among the products that have the field
            db.execute(f"INSERT INTO words_{field} (rowid, {field}) VALUES (?, ?)", (row, text))  # noqa: S608


def forget(db: sqlite3.Connection, row: int) -> None:
    """Remove a product's words."""
    for field in _FIELDS:  # an index without its own text must be told what to remove
        db.execute(
            f"INSERT INTO words_{field} (words_{field}, rowid, {field}) "  # noqa: S608
            f"SELECT 'delete', rowid, {field} FROM words WHERE rowid = ? AND {field} <> ''",
            (row,),
        )
    db.execute("DELETE FROM words WHERE rowid = ?", (row,))


def settle(db: sqlite3.Connection) -> None:
    """One segment in the place of many."""
    for table in ("words", *(f"words_{field}" for field in _FIELDS)):
        db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608


def best(db: sqlite3.Connection, asked: Question, condition: str, values: Sequence[Any], size: int) -> list[tuple[str, float]]:
    """(product id, score) of the best `size` products that match, ties by id. `condition` on `facts f` says which may be found."""
    asked = asked.corrected(_meant(db, spellable(asked)))
    weights = ", ".join(str(weight) for weight in (*(FIELD_WEIGHTS[field] for field in SEARCH_FIELDS), HEAD_WEIGHT))
    found = db.execute(
        f"SELECT words.rowid, f.id FROM words JOIN facts f ON f.row = words.rowid "  # noqa: S608
        f"WHERE words MATCH ? AND {condition} ORDER BY bm25(words, {weights}), f.id LIMIT ?",
        [_match_expression(asked), *values, max(RANKED, size)],
    ).fetchall()
    scores = _Ranking(db, [row for row, _ in found]).of(asked).tolist()
    ranked = sorted(zip((name for _, name in found), scores, strict=True), key=lambda hit: (-hit[1], hit[0]))
    return ranked[:size]


# --- order --------------------------------------------------------------------------------------------------------------


class _Ranking:
    """The scores of some products for one question."""

    def __init__(self, db: sqlite3.Connection, rows: Sequence[int]) -> None:
        self._db = db
        self._places = {row: place for place, row in enumerate(rows)}
        self._phrases: dict[tuple[str, ...], Scores] = {}
        db.execute("CREATE TEMP TABLE IF NOT EXISTS ranked (row INTEGER PRIMARY KEY)")
        db.execute("DELETE FROM ranked")
        db.executemany("INSERT INTO ranked VALUES (?)", ((row,) for row in rows))

    def of(self, asked: Question) -> Scores:
        """One score for each row: the sum over the words, each by the wording that scores highest."""
        total = np.zeros(len(self._places))
        if self._places:
            for word in asked.words:
                total += _best_of(np.array([self._wording(wording) for wording in word]))
        return total

    def _wording(self, wording: Wording) -> Scores:
        return self._word(wording.units) + self._head(wording.units) if wording.head else self._word(wording.units)

    def _word(self, units: Sequence[Unit]) -> Scores:
        """The last phrase must be there, and any of the others where there are others."""
        *others, head = map(self._unit, units)
        matches = head > 0
        if others:
            matches &= reduce(np.logical_or, (other > 0 for other in others))
        return np.where(matches, sum(others, head), 0.0)

    def _head(self, units: tuple[Unit, ...]) -> Scores:
        """The head in its place and every other phrase anywhere."""
        place = HEAD_WEIGHT * self._matches(HEAD_QUERY, (head_token(units),))[0]
        parts = [place, *map(self._unit, _besides(units))]
        return np.where(reduce(np.logical_and, (part > 0 for part in parts)), sum(parts), 0.0)

    def _unit(self, unit: Unit) -> Scores:
        """The phrase, and the parts of each way to split it where both are there."""
        total = self._phrase(unit)
        for left, right in unit.splits:
            one, other = self._phrase(left), self._phrase(right)
            total = total + np.where((one > 0) & (other > 0), one + other, 0.0)
        return total

    def _phrase(self, unit: Unit) -> Scores:
        """By the field where it scores highest."""
        if unit.tokens not in self._phrases:
            self._phrases[unit.tokens] = _best_of(self._matches(FIELDS_QUERY, unit.tokens))
        return self._phrases[unit.tokens]

    def _matches(self, query: str, tokens: Sequence[str]) -> Scores:
        """BM25 of a phrase, a line for each field, a column for each product."""
        found = np.zeros((len(SEARCH_FIELDS), len(self._places)))
        for field, row, score in self._db.execute(query, (_phrase_expression(tokens),)):
            found[field, self._places[row]] = score
        return found


def _best_of(scores: Scores) -> Scores:
    """Of each column the highest, and TIE_BREAKER of the others."""
    highest = scores.max(axis=0)
    total: Scores = highest + TIE_BREAKER * (scores.sum(axis=0) - highest)
    return total


def _field_query(number: int, field: str, weight: float) -> str:
    # + keeps the planner from asking the index once for every product.
    return (
        f"SELECT {number}, rowid, {-weight} * bm25(words_{field}) FROM words_{field} "  # noqa: S608
        f"WHERE words_{field} MATCH ?1 AND +rowid IN temp.ranked"
    )


FIELDS_QUERY = " UNION ALL ".join(_field_query(number, field, FIELD_WEIGHTS[field]) for number, field in enumerate(SEARCH_FIELDS))
HEAD_QUERY = _field_query(0, HEAD_FIELD, 1.0)


# --- what matches -------------------------------------------------------------------------------------------------------


def _meant(db: sqlite3.Connection, tokens: Sequence[str]) -> dict[str, str]:
    """For every token that no product has, the nearest word that one has (as FTS5 stores it: stemmed)."""
    meant: dict[str, str] = {}
    for token in tokens:
        if db.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (f'"{token}"',)).fetchone():
            continue
        like_it = db.execute(
            "SELECT term, doc FROM vocabulary WHERE term >= ? AND term < ? LIMIT ?",
            (token[0], token[0] + "\U0010ffff", _CORRECTIONS_LOOKED_AT),
        )
        found = closest(token, ((term, doc) for term, doc in like_it if term.isascii() and term.isalpha()))
        if found:
            meant[token] = found
    return meant


_PLAIN = "{" + " ".join(SEARCH_FIELDS) + "} : "


def _match_expression(asked: Question) -> str:
    """An FTS5 query of quoted tokens; tokens are letters and digits only, so that no user text is ever syntax."""
    anywhere = " OR ".join(_word_expression(wording.units) for wording in asked.wordings)
    heads = [_head_expression(wording.units) for wording in asked.wordings if wording.head]
    return " OR ".join([f"{_PLAIN}({anywhere})", *heads])


def _head_expression(units: tuple[Unit, ...]) -> str:
    """The head in its place and every other phrase anywhere."""
    others = [f"{_PLAIN}({_unit_expression(unit)})" for unit in _besides(units)]
    return "(" + " AND ".join([f"{HEAD_FIELD} : {_phrase_expression((head_token(units),))}", *others]) + ")"


def _besides(units: Sequence[Unit]) -> Sequence[Unit]:
    """The phrases of a word besides its head; the last too where it says more than the head."""
    return units if len(units[-1].tokens) > 1 else units[:-1]


def _word_expression(units: tuple[Unit, ...]) -> str:
    *others, head = map(_unit_expression, units)
    return f"({head} AND ({' OR '.join(others)}))" if others else f"({head})"


def _unit_expression(unit: Unit) -> str:
    phrase = _phrase_expression(unit.tokens)
    if not unit.splits:
        return phrase
    split = " OR ".join(f"({_unit_expression(left)} AND {_unit_expression(right)})" for left, right in unit.splits)
    return f"({phrase} OR {split})"


def _phrase_expression(tokens: Iterable[str]) -> str:
    return '"' + " ".join(tokens) + '"'
