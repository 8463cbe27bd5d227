"""What an operator's edits would do, before they are saved: contradictions among them, and what moves. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.selection.edits import Action, EditRule, MerchandisingEdits, Verdicts
from huichang.selection.eligibility import HARD
from huichang.selection.model import LeftOutCode
from huichang.selection.pool import Arrangement, Pool
from huichang.selection.telling import CONFLICTS, WHY

_SHOWN = 12
ConflictCode = Literal[
    "pin_excluded",
    "boost_and_bury",
    "pin_and_bury",
    "same_target",
    "same_position",
    "pin_unavailable",
    "pin_overrules_check",
    "excludes_all_of_a_pin",
    "matches_nothing",
    "over",
]
# What contradicts itself must be accepted by name; what is only worth knowing is told and keeps nobody from saving.
_CONTRADICTIONS: frozenset[ConflictCode] = frozenset(
    {"pin_excluded", "boost_and_bury", "pin_and_bury", "same_target", "same_position", "pin_unavailable", "excludes_all_of_a_pin"}
)


class EditConflict(Model):
    """Rules that want different things, or a rule that cannot be met. `rules`: their places in the edits, from 0, winner first.

    `products`: up to 12 of the `count` products they disagree about. `winner`: what happens, "" where nothing does.
    """

    code: ConflictCode
    contradiction: bool
    rules: tuple[int, ...]
    winner: Action | Literal[""] = ""
    products: tuple[str, ...] = ()
    count: int = 0
    message: Text
    mend: Text


class Moved(Model):
    """A product's place before and after; None where it is not on the page. `rule` is what moved it, "" where others did."""

    product_id: str
    from_rank: int | None = None
    to_rank: int | None = None
    why: LeftOutCode | Literal[""] = ""
    rule: str = ""


class EditEffect(Model):
    """What an edit moves. `shifted`: how many others keep their order and only make room."""

    entering: tuple[Moved, ...] = ()
    leaving: tuple[Moved, ...] = ()
    up: tuple[Moved, ...] = ()
    down: tuple[Moved, ...] = ()
    shifted: int = 0


def conflicts_of(edits: MerchandisingEdits, pool: Pool, now: datetime) -> tuple[EditConflict, ...]:
    """Every contradiction among rules that are at some moment in force together, and rules that cannot do what they say.

    Judged on the goods that were recalled for the venue and on the pinned ones. In order of the rules.
    """
    found: list[EditConflict] = []
    verdicts = Verdicts(edits)
    rules = edits.rules
    about: dict[int, set[str]] = {place: {rule.value} if rule.scope == "product" else set() for place, rule in enumerate(rules)}
    for product_id in sorted(pool.products):
        for place, _ in verdicts.rules_for(pool.products[product_id]):
            about[place].add(product_id)
    spoken = {place: frozenset(ids) for place, ids in about.items()}
    found += _between(rules, spoken, pool)
    for place, rule in enumerate(rules):
        if rule.ends_at is not None and rule.ends_at <= now:
            found.append(_conflict("over", (place,), "", ()))
        elif rule.action == "pin" and rule.scope == "product":
            found += _unavailable(pool, place, rule)
        elif pool.ranks and rule.action != "exclude" and spoken[place].isdisjoint(pool.ranks):
            found.append(_conflict("matches_nothing", (place,), "", ()))
    return tuple(sorted(found, key=lambda conflict: (not conflict.contradiction, min(conflict.rules), conflict.code)))


def _between(rules: Sequence[EditRule], spoken: Mapping[int, frozenset[str]], pool: Pool) -> Iterable[EditConflict]:
    for one in range(len(rules)):
        for other in range(one + 1, len(rules)):
            first, second = rules[one], rules[other]
            if not first.overlaps(second):
                continue
            if first.position and first.position == second.position and first.value != second.value:
                yield _conflict("same_position", (one, other), "pin", (first.value, second.value), place=str(first.position))
            shared = sorted(spoken[one] & spoken[other])
            if shared or first.key == second.key:
                yield from _disagreement(rules, one, other, spoken, shared, pool)


def _disagreement(
    rules: Sequence[EditRule], one: int, other: int, spoken: Mapping[int, frozenset[str]], shared: Sequence[str], pool: Pool
) -> Iterable[EditConflict]:
    """What two rules that speak of the same products, or name the same thing, want differently."""
    actions = {rules[one].action, rules[other].action}

    def won_by(action: Action) -> tuple[int, int]:
        return (one, other) if rules[one].action == action else (other, one)

    if actions == {"exclude", "pin"}:
        order = won_by("exclude")
        whole = rules[order[1]].scope != "product" and spoken[order[1]] <= spoken[order[0]]
        yield _conflict("excludes_all_of_a_pin" if whole else "pin_excluded", order, "exclude", shared)
    elif rules[one].key == rules[other].key and (len(actions) == 1 or "exclude" in actions):
        winner = "exclude" if "exclude" in actions else rules[one].action
        yield _conflict("same_target", won_by(winner), winner, shared)
    elif actions == {"bury", "pin"}:
        yield _conflict("pin_and_bury", won_by("pin"), "pin", shared)
    elif actions == {"boost", "bury"}:
        known = next((pool.products[product_id] for product_id in shared if product_id in pool.products), None)
        verdict = Verdicts(MerchandisingEdits(rules=(rules[one], rules[other]))).of(known) if known else None
        order = won_by("bury") if verdict is None else (one, other) if verdict.rule == 0 else (other, one)
        yield _conflict("boost_and_bury", order, rules[order[0]].action, shared)


def _unavailable(pool: Pool, place: int, rule: EditRule) -> Iterable[EditConflict]:
    problem = pool.problems.get(rule.value)
    if problem is not None and problem.code in HARD:
        yield _conflict("pin_unavailable", (place,), "", (rule.value,), why=problem.code)
    elif problem is not None:
        yield _conflict("pin_overrules_check", (place,), "pin", (rule.value,), why=problem.code)


def _conflict(
    code: ConflictCode, rules: tuple[int, ...], winner: Action | Literal[""], products: Sequence[str], why: str = "", place: str = ""
) -> EditConflict:
    values = {"count": str(len(products)), "place": place, "why_zh": WHY[why]["zh"] if why else "", "why_en": WHY[why]["en"] if why else ""}
    message, mend = CONFLICTS[code]
    return EditConflict(
        code=code,
        contradiction=code in _CONTRADICTIONS,
        rules=rules,
        winner=winner,
        products=tuple(products[:_SHOWN]),
        count=len(products),
        message={language: text.format(**values) for language, text in message.items()},
        mend={language: text.format(**values) for language, text in mend.items()},
    )


def effect_of(before: Arrangement, after: Arrangement) -> EditEffect:
    """What differs between two arrangements of one pool.

    Who moved is told apart from who only made room: the longest run of products that keep their order stands still, the
    others have moved.
    """
    was = {row.product_id: row.rank for row in before.selection.products}
    now = {row.product_id: row.rank for row in after.selection.products}
    rules = {row.product_id: row.reason.edit for row in after.selection.products}
    earlier = {row.product_id: row.reason.edit for row in before.selection.products}
    entering = [Moved(product_id=key, to_rank=rank, rule=rules[key]) for key, rank in now.items() if key not in was]
    leaving = []
    for key, rank in was.items():
        if key not in now:
            out = after.left.get(key)
            rule = out.by if out and out.code == "excluded" else earlier[key]
            leaving.append(Moved(product_id=key, from_rank=rank, why=out.code if out else "", rule=rule))
    both = [key for key in was if key in now]
    still = _in_order([now[key] for key in both])
    moved = [
        Moved(product_id=key, from_rank=was[key], to_rank=now[key], rule=rules[key] or earlier[key])
        for place, key in enumerate(both)
        if place not in still
    ]
    moved.sort(key=lambda move: -abs((move.from_rank or 0) - (move.to_rank or 0)))
    return EditEffect(
        entering=tuple(entering),
        leaving=tuple(leaving),
        up=tuple(move for move in moved if (move.to_rank or 0) < (move.from_rank or 0)),
        down=tuple(move for move in moved if (move.to_rank or 0) >= (move.from_rank or 0)),
        shifted=sum(was[key] != now[key] for place, key in enumerate(both) if place in still),
    )


def _in_order(ranks: Sequence[int]) -> frozenset[int]:
    """Places of a longest increasing run (patience sorting)."""
    tails: list[int] = []
    places: list[int] = []
    before: list[int | None] = []
    for place, rank in enumerate(ranks):
        at = bisect_left(tails, rank)
        before.append(places[at - 1] if at else None)
        if at == len(tails):
            tails.append(rank)
            places.append(place)
        else:
            tails[at], places[at] = rank, place
    kept: set[int] = set()
    last = places[-1] if places else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return frozenset(kept)
