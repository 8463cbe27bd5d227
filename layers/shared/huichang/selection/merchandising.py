"""What an operator's edits would do, before they are saved: contradictions among them, and what moves. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.selection.edits import Action, EditRule, MerchandisingEdits, Verdicts
from huichang.selection.fusion import HARD, Arrangement, Pool
from huichang.selection.model import LeftOutCode

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
    spoken: dict[int, list[str]] = {place: [] for place in range(len(rules))}
    for product_id in sorted(pool.products):
        for place, _ in verdicts.rules_for(pool.products[product_id]):
            spoken[place].append(product_id)
    for place, rule in enumerate(rules):
        if rule.scope == "product" and rule.value not in pool.products:
            spoken[place].append(rule.value)
    found += _between(rules, spoken)
    for place, rule in enumerate(rules):
        if rule.ends_at is not None and rule.ends_at <= now:
            found.append(_conflict("over", (place,), "", ()))
        elif rule.action == "pin" and rule.scope == "product":
            found += _unavailable(pool, place, rule)
        elif rule.scope != "product" and not spoken[place]:
            found.append(_conflict("matches_nothing", (place,), "", ()))
    return tuple(sorted(found, key=lambda conflict: (not conflict.contradiction, min(conflict.rules), conflict.code)))


def _between(rules: Sequence[EditRule], spoken: Mapping[int, Sequence[str]]) -> Iterable[EditConflict]:
    for one in range(len(rules)):
        for other in range(one + 1, len(rules)):
            first, second = rules[one], rules[other]
            if not first.overlaps(second):
                continue
            actions = {first.action, second.action}
            if first.position and first.position == second.position and first.value != second.value:
                yield _conflict("same_position", (one, other), "pin", (first.value, second.value), place=str(first.position))
            same_target = first.key == second.key
            theirs = set(spoken[other])
            shared = [product_id for product_id in spoken[one] if product_id in theirs]
            if same_target and (len(actions) == 1 or "exclude" in actions):
                if actions != {"exclude", "pin"}:
                    winner: Action = "exclude" if "exclude" in actions else first.action
                    order = (one, other) if first.action == winner else (other, one)
                    yield _conflict("same_target", order, winner, shared)
                    continue
            if not shared and not same_target:
                continue
            if actions == {"exclude", "pin"}:
                order = (one, other) if first.action == "exclude" else (other, one)
                whole = rules[order[1]].scope != "product" and len(shared) == len(spoken[order[1]])
                yield _conflict("excludes_all_of_a_pin" if whole else "pin_excluded", order, "exclude", shared)
            elif actions == {"bury", "pin"}:
                yield _conflict("pin_and_bury", (one, other) if first.action == "pin" else (other, one), "pin", shared)
            elif actions == {"boost", "bury"}:
                stronger = _more_exact(rules, one, other)
                yield _conflict("boost_and_bury", (stronger, other if stronger == one else one), rules[stronger].action, shared)


def _more_exact(rules: Sequence[EditRule], one: int, other: int) -> int:
    mine, theirs = rules[one].exactness, rules[other].exactness
    if mine != theirs:
        return one if mine > theirs else other
    return one if rules[one].action == "bury" else other


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
    message, mend = _WORDS[code]
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


WHY: Mapping[str, Text] = {
    "gone": {"zh": "商品库里已没有这件商品", "en": "it is no longer in the catalogue"},
    "excluded": {"zh": "被运营排除", "en": "an operator excluded it"},
    "other_catalogue": {"zh": "属于另一个商品库", "en": "it belongs to another catalogue"},
    "not_enrolled": {"zh": "商家没有报名这次活动", "en": "its merchant has not enrolled it for the promotion"},
    "out_of_stock": {"zh": "没有库存", "en": "it is out of stock"},
    "no_price": {"zh": "没有价格", "en": "it has no price"},
    "price_outlier": {"zh": "价格远离同类商品，像占位价", "en": "its price is far from its kind's: it looks like a placeholder"},
    "condition": {"zh": "不满足会场的选品条件", "en": "it does not meet a condition of the venue"},
    "off_topic": {"zh": "与主题无关", "en": "it does not speak of the theme"},
    "unspoken": {"zh": "只有类目相近，没有提到主题", "en": "it shares only a category with the theme, and enough goods speak of it"},
    "near_duplicate": {"zh": "与另一件更靠前的商品几乎相同", "en": "it nearly repeats a better placed product"},
    "merchant_share": {"zh": "该商家的份额已满", "en": "its merchant has its whole share of the page"},
    "subtheme_share": {"zh": "位置留给了商品较少的子主题", "en": "its place went to a sub-theme with fewer goods"},
    "over_limit": {"zh": "页面已满，排名更靠后", "en": "the page was full before its rank"},
}

_WORDS: Mapping[ConflictCode, tuple[Text, Text]] = {
    "pin_excluded": (
        {"zh": "{count} 件商品同时被置顶和排除；排除优先，不会展示", "en": "{count} products are pinned and excluded: the exclusion wins"},
        {"zh": "去掉排除，或去掉置顶", "en": "take back the exclusion or the pin"},
    ),
    "excludes_all_of_a_pin": (
        {
            "zh": "排除规则盖住了整个置顶（{count} 件）；排除优先，置顶不起作用",
            "en": "an exclusion covers all {count} products of a pin: the exclusion wins and the pin does nothing",
        },
        {"zh": "去掉这条置顶，或缩小排除的范围", "en": "take back the pin, or exclude less"},
    ),
    "boost_and_bury": (
        {
            "zh": "{count} 件商品同时被提升和压低；更具体的规则优先",
            "en": "{count} products are boosted and buried: the more exact rule wins",
        },
        {"zh": "把其中一条改得更具体，或去掉一条", "en": "make one of the rules more exact, or take one back"},
    ),
    "pin_and_bury": (
        {"zh": "{count} 件商品同时被置顶和压低；置顶优先", "en": "{count} products are pinned and buried: the pin wins"},
        {"zh": "去掉压低，或去掉置顶", "en": "take back the bury or the pin"},
    ),
    "same_target": (
        {"zh": "两条规则说的是同一个对象；只有一条起作用", "en": "two rules are about the same thing: only one counts"},
        {"zh": "去掉其中一条", "en": "take one of them back"},
    ),
    "same_position": (
        {
            "zh": "两件商品都置顶到第 {place} 位；先写的在前，另一件排在它后面",
            "en": "two products are pinned to place {place}: the earlier rule has it",
        },
        {"zh": "换一个位置", "en": "choose another place for one of them"},
    ),
    "pin_unavailable": (
        {"zh": "置顶的商品不能展示：{why_zh}", "en": "a pinned product cannot be shown: {why_en}"},
        {"zh": "去掉置顶；商品可售后会重新出现", "en": "take back the pin, or let its merchant mend it: then the pin counts"},
    ),
    "pin_overrules_check": (
        {
            "zh": "这件商品本来不会入选（{why_zh}）；置顶让它入选",
            "en": "without the pin it would not be chosen ({why_en}); the pin overrules that",
        },
        {"zh": "如果不是有意的，去掉置顶", "en": "take back the pin if that is not meant"},
    ),
    "matches_nothing": (
        {"zh": "召回的商品里没有一件符合这条规则", "en": "no recalled product is what this rule is about"},
        {
            "zh": "核对写法：品牌、商家、类目或属性要与商品一致",
            "en": "check the spelling: it must be the brand, merchant, category or attribute of goods",
        },
    ),
    "over": (
        {"zh": "这条规则的时间窗已经结束", "en": "the time window of this rule is over"},
        {"zh": "去掉它，或延长时间窗", "en": "take it back or move its end"},
    ),
}
