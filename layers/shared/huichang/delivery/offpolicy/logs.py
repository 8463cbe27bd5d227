"""Reading logs: rows of text in Open Bandit's columns, and decisions with their beacons.

A reader passes over the rows once and keeps counts, so the size of a log costs time and not memory: eight bytes a row to find
repeated ones, nothing else. Every error names the row (the first line below the head is row 1) and says what to do.
"""

from __future__ import annotations

import csv
import hashlib
import math
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping

from huichang.delivery.model import Beacon, Decision
from huichang.delivery.offpolicy.model import FOLDS, Arm, Log, LoggedRow, Part, Stretch, TargetPolicy
from huichang.delivery.offpolicy.targets import of_log, of_table
from huichang.kernel.errors import InvalidInputError

COLUMNS = ("item_id", "position", "click", "propensity_score")
TABLE_COLUMNS = ("item_id", "position", "probability")
POSITIONS = 100
# More counts than this and propensities are cut to four, three, then two significant digits (an error of 0.5 % at most).
PARTS = 200_000
DIGITS = (4, 3, 2)
MOST_PARTS = 2_000_000
STRETCHES = 8
_BUCKETS = 64


class LogBuilder:
    """Counts rows. `keep_repeated`: a row that is there twice counts twice, as it must in a bootstrap sample."""

    def __init__(self, *, keep_repeated: bool = False, parts: int = PARTS) -> None:
        self.rows = 0
        self.rounded: int | None = None
        self._most = parts
        self._keep = keep_repeated
        self._parts: dict[tuple[str, str, float, int], list[float]] = {}
        self._largest = 0.0
        self._seen = [array("Q") for _ in range(_BUCKETS)]
        self._stretches: list[dict[Arm, list[float]]] = [{}]
        self._stretch_rows = 1024
        self._in_stretch = 0

    def add(self, row: LoggedRow, where: str = "") -> None:
        """Count it. InvalidInputError for a propensity that is none, or a reward that is negative or no number."""
        self.rows += 1
        where = where or f"row {self.rows}"
        chance, reward = row.propensity, row.reward
        if not 0 < chance <= 1:
            raise InvalidInputError(
                f"{where}: the propensity is {chance:g}; an action that was shown had a probability above 0 and at most 1",
                where=where,
                code="propensity",
                mend="log the probability with which the policy chose what it showed; rows whose probability is not known cannot be used",
            )
        if not 0 <= reward < math.inf:
            raise InvalidInputError(
                f"{where}: the reward is {reward:g}; it must be a number from 0",
                where=where,
                code="reward",
                mend="0 for no click, 1 for a click; leave out rows whose outcome is not known",
            )
        if self.rounded is not None:
            chance = _cut(chance, self.rounded)
        place = (row.context, row.action, chance, row.key % FOLDS)
        found = self._parts.get(place)
        if found is None:
            found = self._parts[place] = [0, 0.0, 0.0]
            if len(self._parts) > self._most:
                self._coarsen()
                found = self._parts[(row.context, row.action, _cut(chance, self.rounded or DIGITS[-1]), row.key % FOLDS)]
        found[0] += 1
        if reward:
            found[1] += reward
            found[2] += reward * reward
            self._largest = max(self._largest, reward)
        if not self._keep:
            self._seen[row.key % _BUCKETS].append(row.key)
        self._stretch(row)

    def build(self, possible: Container[Arm] = frozenset(), unseen: Mapping[Arm, float] | None = None) -> Log:
        """The log. `possible`, `unseen`: see Log. InvalidInputError for one without rows."""
        if not self.rows:
            raise InvalidInputError("the log has no rows", where="row 1", code="empty_log", mend="give a log of at least one decision")
        parts = tuple(Part(*place, int(n), r, s) for place, (n, r, s) in sorted(self._parts.items()))
        stretches = tuple({arm: Stretch(int(n), r, s) for arm, (n, r, s) in one.items()} for one in self._stretches if one)
        return Log(parts, self.rows, self._largest, stretches, self.rounded, 0, possible, unseen or {})

    def repeated(self) -> int | None:
        """The key of a row that is there more than once, None where there is none."""
        for bucket in self._seen:
            if len(set(bucket)) < len(bucket):
                once: set[int] = set()
                for key in bucket:
                    if key in once:
                        return key
                    once.add(key)
        return None

    def _stretch(self, row: LoggedRow) -> None:
        if self._in_stretch == self._stretch_rows:
            if len(self._stretches) == STRETCHES:
                self._stretches = [_merged(*pair) for pair in zip(self._stretches[::2], self._stretches[1::2], strict=True)]
                self._stretch_rows *= 2
            self._stretches.append({})
            self._in_stretch = 0
        self._in_stretch += 1
        sums = self._stretches[-1].setdefault((row.context, row.action), [0, 0.0, 0.0])
        sums[0] += 1
        sums[1] += row.reward
        sums[2] += row.reward / row.propensity

    def _coarsen(self) -> None:
        for digits in DIGITS:
            if self.rounded is not None and digits >= self.rounded:
                continue
            self.rounded = digits
            counts: dict[tuple[str, str, float, int], list[float]] = {}
            for (context, action, chance, fold), sums in self._parts.items():
                into = counts.setdefault((context, action, _cut(chance, digits), fold), [0, 0.0, 0.0])
                for i in range(3):
                    into[i] += sums[i]
            self._parts = counts
            if len(counts) <= self._most / 2:
                return
        self._most *= 2
        if self._most > MOST_PARTS:
            raise InvalidInputError(
                f"more than {MOST_PARTS:,} pairs of context and action by row {self.rows}",
                where=f"row {self.rows}",
                code="too_many_arms",
                mend="group the actions or the contexts, or judge one placement at a time",
            )


def read_log(lines: Iterable[str], *, keep_repeated: bool = False, parts: int = PARTS) -> Log:
    """A log in Open Bandit's columns. InvalidInputError with the code `repeated_row` names a key as `where`: see `row_of_key`."""
    builder = LogBuilder(keep_repeated=keep_repeated, parts=parts)
    for row, where in _rows(lines):
        builder.add(row, where)
    log = builder.build()
    key = builder.repeated()
    if key is not None:
        raise RepeatedRowError(key)
    return log


class RepeatedRowError(InvalidInputError):
    """A row is in the log more than once. Which, only a second reading can tell: the first kept no rows."""

    code = "repeated_row"

    def __init__(self, key: int, row: int = 0) -> None:
        where = f"row {row}" if row else ""
        super().__init__(
            f"{where or 'a row'}: the same row was there before; a click that counts twice makes every interval too narrow",
            where=where,
            mend="take repeated rows out; where they are meant (a bootstrap sample), ask for them to be kept",
        )
        self.key = key


def row_of_key(lines: Iterable[str], key: int) -> int:
    """The number of the second row with this key, 0 where there is none."""
    seen = 0
    for number, (row, _) in enumerate(_rows(lines), 1):
        if row.key == key:
            seen += 1
            if seen == 2:
                return number
    return 0


def read_target(lines: Iterable[str], *, keep_repeated: bool = False) -> tuple[TargetPolicy, Log | None]:
    """A target policy: from a log that it wrote (given back too, for comparison), or a table item_id, position, probability."""
    stream = iter(lines)
    head = next(stream, "")
    names = _split_head(head)
    if "probability" in names and "propensity_score" not in names:
        return of_table(_table(head, stream)), None
    log = read_log(_chained(head, stream), keep_repeated=keep_repeated)
    return of_log(log), log


def read_decisions(decisions: Iterable[Decision], beacons: Iterable[Beacon], *, until: str = "") -> Log:
    """What the feed decided, with what was clicked: a row per venue that a buyer saw.

    Context: placement and position. Only venues with an impression beacon count: at a given position, being seen must not depend on
    which venue is there. A click without an impression is no row. Repeated beacons and repeated decisions count once. `until`, ISO 8601
    as decisions carry it, leaves out younger decisions, whose clicks may still be under way.
    """
    seen: set[tuple[str, str]] = set()
    clicked: set[tuple[str, str]] = set()
    for beacon in beacons:
        (clicked if beacon.kind == "click" else seen).add((beacon.decision_id, beacon.venue_id))
    builder = LogBuilder(keep_repeated=True)
    known: set[str] = set()
    for decision in decisions:
        if decision.decision_id in known or (until and decision.at > until):
            continue
        known.add(decision.decision_id)
        for item in decision.items:
            key = (decision.decision_id, item.venue_id)
            if key in seen:
                context = f"{decision.placement}/{item.position}"
                reward = 1.0 if key in clicked else 0.0
                fold = _key(decision.decision_id)  # a decision's rows stay in one fold: one buyer saw them together
                builder.add(LoggedRow(context, item.venue_id, item.propensity, reward, fold), f"decision {decision.decision_id}")
    return builder.build()


def _rows(lines: Iterable[str]) -> Iterator[tuple[LoggedRow, str]]:
    stream = iter(lines)
    head = next(stream, "")
    names = _split_head(head)
    places = _places(names, COLUMNS)
    item, position, click, propensity = places
    indexed = names[0] in ("", "Unnamed: 0")  # pandas' row number is no part of the row
    contexts: dict[str, str] = {}
    number = 0
    for line in stream:
        line = line.rstrip("\r\n")
        if not line:
            continue
        number += 1
        fields = next(csv.reader([line])) if '"' in line else line.split(",")
        if len(fields) != len(names):
            raise InvalidInputError(
                f"row {number} has {len(fields)} fields, the head names {len(names)}",
                where=f"row {number}",
                code="fields",
                mend="write every row with all columns; the file may have been cut off here",
            )
        spot = fields[position]
        context = contexts.get(spot)
        if context is None:
            context = contexts[spot] = _context(spot, number)
        action = fields[item].strip()
        if not action:
            raise InvalidInputError(f"row {number} names no item_id", where=f"row {number}", code="item", mend="say what was shown")
        row = line.partition(",")[2] if indexed else line
        yield (
            LoggedRow(
                context, action, _number(fields[propensity], number, "propensity_score"), _number(fields[click], number, "click"), _key(row)
            ),
            f"row {number}",
        )


def _table(head: str, lines: Iterable[str]) -> Mapping[str, Mapping[str, float]]:
    names = _split_head(head)
    item, position, probability = _places(names, TABLE_COLUMNS)
    table: dict[str, dict[str, float]] = {}
    for number, fields in enumerate((f for f in csv.reader(lines) if f), 1):
        if len(fields) != len(names):
            raise InvalidInputError(
                f"row {number} has {len(fields)} fields, the head names {len(names)}", where=f"row {number}", code="fields"
            )
        chances = table.setdefault(_context(fields[position], number), {})
        action = fields[item].strip()
        if action in chances:
            raise InvalidInputError(
                f"row {number}: item {action} is there twice at its position",
                where=f"row {number}",
                code="repeated_row",
                mend="keep one of them",
            )
        chances[action] = _number(fields[probability], number, "probability")
    if not table:
        raise InvalidInputError(
            "the table has no rows", where="row 1", code="empty_log", mend="list the probability of every item by position"
        )
    return table


def _split_head(head: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([head.lstrip("\ufeff").rstrip("\r\n")]), [])]


def _places(names: list[str], wanted: tuple[str, ...]) -> list[int]:
    missing = [name for name in wanted if name not in names]
    if not names:
        raise InvalidInputError(
            "the file is empty", where="head", code="empty_log", mend=f"write a CSV with the columns {', '.join(wanted)}"
        )
    if missing:
        raise InvalidInputError(
            f"the head has no {', '.join(missing)}",
            where="head",
            code="columns",
            mend=f"write a CSV with the columns {', '.join(wanted)}; others are ignored",
        )
    return [names.index(name) for name in wanted]


def _context(spot: str, number: int) -> str:
    try:
        position = float(spot)
    except ValueError:
        position = math.nan
    if not (1 <= position <= POSITIONS and position == int(position)):
        raise InvalidInputError(
            f"row {number}: position {spot!r} is not a whole number from 1 to {POSITIONS}",
            where=f"row {number}",
            code="position",
            mend="number the places of a screen from 1",
        )
    return str(int(position))


def _number(text: str, number: int, column: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInputError(
            f"row {number}: {column} {text!r} is not a number",
            where=f"row {number}",
            code=column,
            mend=f"write {column} as a decimal number",
        ) from None


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _cut(chance: float, digits: int) -> float:
    return float(f"{chance:.{digits - 1}e}")


def _chained(head: str, lines: Iterable[str]) -> Iterator[str]:
    yield head
    yield from lines


def _merged(left: dict[Arm, list[float]], right: dict[Arm, list[float]]) -> dict[Arm, list[float]]:
    for arm, sums in right.items():
        into = left.setdefault(arm, [0, 0.0, 0.0])
        for i in range(3):
            into[i] += sums[i]
    return left
