"""What operators order of traffic, as data, and what all their orders come to.

An order says one thing about one subject: boost a venue, cap a merchant, hold a campaign. Several about the same subject are
combined, and the order in which they were given never matters but for priorities:

    hold           any hold holds
    cap            the lowest (a daily limit's paced share is a cap too); above a floor, the cap wins and the conflict is told
    floor          the highest
    boost          multiplied, within a quarter and four
    priority       the newest

A venue is touched by its own orders and by those of its campaign, merchant and industry. Shares of a venue are of answers (0.1: in
every tenth), shares of a group are of places. A group's floor is dealt evenly to its live venues.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from huichang.delivery.control.rules import CampaignCap, Controls, VenueRule
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import PlacementName
from huichang.kernel.clock import iso
from huichang.kernel.errors import InvalidInputError, in_both
from huichang.kernel.language import Text, Told, both
from huichang.kernel.model import Model

# Every build of a snapshot reads all of them with one query.
MOST_ORDERS = 500
LEAST_BOOST, MOST_BOOST = 0.25, 4.0
MOST_A_DAY = 10**9
_WHY = 300

OrderKind = Literal["boost", "hold", "floor", "cap", "daily_limit", "priority"]
SubjectKind = Literal["venue", "campaign", "merchant", "industry"]
OrderState = Literal["waiting", "holds", "ended", "withdrawn"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=_WHY)]


class Subject(Model):
    """Whom an order is about: a venue's, campaign's or merchant's id, or an industry's code."""

    kind: SubjectKind
    id: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\s#]([^#]*[^\s#])?$")]

    @property
    def node(self) -> str:
        """As conflicts name it: "merchant:m-7"."""
        return f"{self.kind}:{self.id}"


class OrderTerms(Model):
    """What is ordered. `placement` "": in all. `value`: a share 0..1 (floor, cap), a factor ¼..4 (boost), impressions a UTC day
    (daily_limit), 0..3 (priority; a campaign's only), nothing (hold). `starts`, `ends`: ISO 8601 with a time zone; "" at once, and
    until withdrawn."""

    placement: PlacementName | Literal[""] = ""
    subject: Subject
    kind: OrderKind
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    starts: Annotated[str, Field(max_length=40)] = ""
    ends: Annotated[str, Field(max_length=40)] = ""
    why: Reason


class Withdrawal(Model):
    """Who took an order back, when, why."""

    at: str
    by: str
    why: str


class Order(OrderTerms):
    """One that was given. Moments are UTC with milliseconds. `judged`: what the gate said of it; `override`: why it holds all the same."""

    order_id: str
    at: str
    by: str
    judged: str = ""
    judged_words: Told = {}
    override: str = ""
    withdrawn: Withdrawal | None = None

    def state(self, now: datetime) -> OrderState:
        """At a moment."""
        moment = iso(now)
        if self.withdrawn is not None:
            return "withdrawn"
        if self.ends and self.ends <= moment:
            return "ended"
        return "waiting" if self.starts > moment else "holds"

    def holds(self, placement: str, now: datetime) -> bool:
        """Whether it says anything there and then."""
        return self.placement in ("", placement) and self.state(now) == "holds"

    def same(self, terms: OrderTerms) -> bool:
        """Whether these terms, moments checked, ask for the very thing again."""
        mine = self.model_dump(include={"placement", "subject", "kind", "value", "ends"})
        return mine == terms.model_dump(include=set(mine)) and (not terms.starts or self.starts == terms.starts)


def raises_traffic(terms: OrderTerms) -> bool:
    """Whether it can move traffic to its subject, away from where ranking would send it: what the off-policy gate is asked about."""
    value = terms.value or 0.0
    return (terms.kind == "floor" and value > 0) or (terms.kind == "boost" and value > 1) or (terms.kind == "priority" and value > 1)


def checked(terms: OrderTerms, now: datetime) -> OrderTerms:
    """The terms with moments in UTC and whole numbers whole. Raises InvalidInputError, told in both languages."""
    starts, ends = _moment(terms.starts, "starts"), _moment(terms.ends, "ends")
    if ends and ends <= max(starts, iso(now)):
        raise _wrong(
            "ends",
            "order_ends_before",
            both(f"结束时间 {terms.ends} 早于开始时间或现在", f"it would end ({terms.ends}) before it begins, or has ended already"),
            both("给一个将来的、晚于开始的结束时间，或不填", "give an end in the future and after the start, or none"),
        )
    return terms.model_copy(update={"starts": starts, "ends": ends, "value": _value(terms)})


def _value(terms: OrderTerms) -> float | None:
    kind, value = terms.kind, terms.value
    if kind == "priority" and terms.subject.kind != "campaign":
        raise _wrong(
            "kind",
            "order_kind_of_campaigns",
            both("只有活动有优先级", "only campaigns have a priority"),
            both("对会场、商家和行业请用加权、保底或上限", "for venues, merchants and industries order a boost, a floor or a cap"),
        )
    if kind == "hold":
        if value is not None:
            raise _wrong(
                "value",
                "order_value_unwanted",
                both("停发没有数值", "a hold has no value"),
                both("去掉 value", "leave value out"),
            )
        return None
    low, high, whole, what = _RANGES[kind]
    if value is None or not low <= value <= high or (whole and value != int(value)):
        said = "nothing" if value is None else f"{value:g}"
        raise _wrong(
            "value",
            "order_value_out_of_range",
            both(f"{'没有填写数值' if value is None else f'数值 {value:g} 不行'}：{what['zh']}", f"{said} will not do: {what['en']}"),
            both(f"填 {low:g} 到 {high:g}", f"give {low:g} to {high:g}"),
        )
    return float(value)


_RANGES: dict[str, tuple[float, float, bool, Text]] = {
    "boost": (
        LEAST_BOOST,
        MOST_BOOST,
        False,
        both("加权是 0.25 到 4 之间的倍数；要停发请用停发", "a boost is a factor of 0.25 to 4; to show nothing, order a hold"),
    ),
    "floor": (0, 1, False, both("保底是 0 到 1 之间的份额", "a floor is a share of 0 to 1")),
    "cap": (0, 1, False, both("上限是 0 到 1 之间的份额", "a cap is a share of 0 to 1")),
    "daily_limit": (0, MOST_A_DAY, True, both("每日限量是整数次曝光", "a daily limit is a whole number of impressions")),
    "priority": (0, 3, True, both("优先级是 0、1、2 或 3", "a priority is 0, 1, 2 or 3")),
}


def _moment(text: str, where: str) -> str:
    if not text.strip():
        return ""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return iso(moment.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise _wrong(
            where,
            "order_moment_unreadable",
            both(f"时间“{text}”读不懂", f"{text!r} is no moment"),
            both("写成 2026-12-12T00:00:00+08:00，要带时区", "write it as 2026-12-12T00:00:00+08:00, with its time zone"),
        ) from error


def _wrong(where: str, code: str, told: Text, todo: Text) -> InvalidInputError:
    return in_both(InvalidInputError(told["en"], where=where, mend=todo["en"], code=code), told, todo)


def against(terms: OrderTerms, orders: Iterable[Order], now: datetime) -> Order | None:
    """A floor of the same subject above this cap, or a cap below this floor, at some moment in some placement; the newest."""
    other = {"floor": "cap", "cap": "floor"}.get(terms.kind)
    starts = terms.starts or iso(now)
    for order in sorted(orders, key=lambda each: (each.at, each.order_id), reverse=True):
        if order.kind != other or order.subject != terms.subject or order.state(now) not in ("holds", "waiting"):
            continue
        meet_in_place = not order.placement or not terms.placement or order.placement == terms.placement
        meet_in_time = (not order.ends or order.ends > starts) and (not terms.ends or terms.ends > order.starts)
        floor, cap = (terms.value, order.value) if terms.kind == "floor" else (order.value, terms.value)
        if meet_in_place and meet_in_time and (floor or 0.0) > (1.0 if cap is None else cap):
            return order
    return None


def members(subject: Subject, venues: Iterable[LiveVenue]) -> list[LiveVenue]:
    """Live venues that an order about the subject touches."""
    name = {"venue": "venue_id", "campaign": "campaign_id", "merchant": "merchant", "industry": "industry"}[subject.kind]
    return [venue for venue in venues if getattr(venue, name) == subject.id]


def combined(orders: Iterable[Order], venues: Sequence[LiveVenue], slots: int, paced: Mapping[str, float]) -> Controls:
    """What these orders, all of which hold in the placement now, come to for its live venues.

    `slots`: places of an answer. `paced`: by order id the share that a daily limit leaves for this hour (control/limits.py); KeyError
    for a daily limit that is not in it.
    """
    given = sorted(orders, key=lambda order: (order.at, order.order_id))
    touched = {order.order_id: [venue.venue_id for venue in members(order.subject, venues)] for order in given}
    held = {name for order in given if order.kind == "hold" for name in touched[order.order_id]}
    floors: defaultdict[str, float] = defaultdict(float)
    caps: defaultdict[str, float] = defaultdict(lambda: 1.0)
    boosts: defaultdict[str, float] = defaultdict(lambda: 1.0)
    priorities: dict[str, int] = {}
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    groups: dict[SubjectKind, dict[str, float]] = {"merchant": {}, "industry": {}, "campaign": {}}
    of_campaign: dict[str, tuple[str, ...]] = {}
    for order in given:
        names, value, subject = touched[order.order_id], order.value or 0.0, order.subject
        if order.kind in ("cap", "daily_limit"):
            share = paced[order.order_id] if order.kind == "daily_limit" else value
            if subject.kind != "venue":
                capped = groups[subject.kind]
                capped[subject.id] = min(capped.get(subject.id, 1.0), share)
                if subject.kind == "campaign":
                    of_campaign[subject.id] = tuple(sorted(names))
                continue
            for name in names:
                caps[name] = min(caps[name], share)
        elif order.kind == "floor":
            showable = [name for name in names if name not in held]
            each = value if subject.kind == "venue" else min(1.0, value * slots / max(1, len(showable)))
            for name in showable:
                floors[name] = max(floors[name], each)
        elif order.kind == "boost":
            for name in names:
                boosts[name] *= value
        elif order.kind == "priority":
            priorities |= dict.fromkeys(names, int(value))
        for name in names:
            if order.why not in reasons[name]:
                reasons[name].append(order.why)
    rules = {
        name: VenueRule(
            floor=floors[name],
            cap=caps[name],
            boost=min(MOST_BOOST, max(LEAST_BOOST, boosts[name])),
            hold=name in held,
            priority=priorities.get(name, 1),
            why="; ".join(reasons[name])[:_WHY],
        )
        for name in sorted(reasons)
    }
    return Controls(
        venues=rules,
        merchant_caps=groups["merchant"],
        industry_caps=groups["industry"],
        campaign_caps={name: CampaignCap(cap=share, venues=of_campaign[name]) for name, share in groups["campaign"].items()},
    )


def changes(before: Controls, after: Controls) -> dict[str, tuple[object, object]]:
    """What differs, by whom it is about ("venue:v-1", "merchant:m-7"), as (before, after): for the audit trail."""
    found: dict[str, tuple[object, object]] = {}
    for name in sorted({*before.venues, *after.venues}):
        old, new = (each.rule(name).model_dump(exclude={"why"}) for each in (before, after))
        moved = [key for key in old if old[key] != new[key]]
        if moved:
            found[f"venue:{name}"] = ({key: old[key] for key in moved}, {key: new[key] for key in moved})
    for kind in ("merchant", "industry", "campaign"):
        caps = [_caps(each, kind) for each in (before, after)]
        for name in sorted({*caps[0], *caps[1]}):
            old_cap, new_cap = caps[0].get(name, 1.0), caps[1].get(name, 1.0)
            if old_cap != new_cap:
                found[f"{kind}:{name}"] = ({"cap": old_cap}, {"cap": new_cap})
    return found


def _caps(controls: Controls, kind: str) -> dict[str, float]:
    if kind == "campaign":
        return {name: each.cap for name, each in controls.campaign_caps.items()}
    return controls.merchant_caps if kind == "merchant" else controls.industry_caps
