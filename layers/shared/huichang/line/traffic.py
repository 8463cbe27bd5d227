"""Operators' orders over traffic: looked at before they hold, given, withdrawn, and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huichang.delivery.control.gate import NO_ESTIMATE, Gate, Judged
from huichang.delivery.control.orders import (
    MOST_ORDERS,
    Order,
    OrderState,
    OrderTerms,
    Subject,
    Withdrawal,
    against,
    changes,
    checked,
    members,
    raises_traffic,
)
from huichang.delivery.control.planning import Conflict
from huichang.delivery.control.rules import Controls
from huichang.delivery.control.wording import worded
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement, Placements
from huichang.delivery.serving.outlook import Outlook, Outlooks
from huichang.delivery.serving.ports import Rebuilds
from huichang.delivery.serving.rulebook import OrderBook
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, PermanentError, in_both
from huichang.kernel.ids import derived_id, new_id
from huichang.kernel.language import Text, Told, both, pick
from huichang.kernel.model import Model
from huichang.selection.words import IndustryEntry
from huichang.venues.model import Actor, AuditTrail, CampaignStore, VenueStore

# An audit entry names so many of the rules an order changes; the rest is a number.
_AUDITED = 20
# An order for all placements is judged in one after the other until somebody would have waited this long.
_JUDGE_SECONDS = 10.0
# Letters of a reason; fewer say nothing.
_LEAST_WORDS = 3


class OverrideNeededError(PermanentError):
    """The gate did not say "ship", and nobody took it upon themselves. HTTP 422."""

    code = "override_needed"


class OrderView(Model):
    """An order as it is shown: what became of it, its subject's name, how many live venues it touches."""

    order: Order
    state: OrderState
    name: Told
    touches: int


class ConflictView(Model):
    """A rule that cannot hold, and the same in words."""

    conflict: Conflict
    new: bool
    words: Told


class OrderPreview(Model):
    """What would become of traffic. `terms`: as they would be kept. `judged`: of orders that raise traffic; None: of the others.
    `others`: placements besides the one looked at where it would hold as well."""

    terms: OrderTerms
    touches: int
    outlook: Outlook
    conflicts: tuple[ConflictView, ...]
    judged: Judged | None
    needs_override: bool
    others: tuple[str, ...]


class PlacementRules(Model):
    """What holds in a placement now: what all orders come to, what could not hold, and the orders themselves."""

    placement: str
    controls: Controls
    conflicts: tuple[ConflictView, ...]
    outlook: Outlook
    orders: tuple[OrderView, ...]


class Named(Model):
    """Somebody an order can be about. `venues`: how many of its venues are live."""

    id: str
    name: Told
    venues: int = 1


class Subjects(Model):
    """Whom orders can be about, of those who have live venues, and where they can hold."""

    placements: tuple[Named, ...]
    venues: tuple[Named, ...]
    campaigns: tuple[Named, ...]
    merchants: tuple[Named, ...]
    industries: tuple[Named, ...]


@dataclass(frozen=True)
class TrafficDesk:
    """Orders as operators handle them. `gate` None: there is nobody to judge, which is no yes. `elapsed`: see Outlooks."""

    book: OrderBook
    placements: Placements
    live: Callable[[], Sequence[LiveVenue]]
    venues: VenueStore
    campaigns: CampaignStore
    industries: Sequence[IndustryEntry]
    outlooks: Outlooks
    rebuilds: Rebuilds
    audit: AuditTrail
    clock: Clock
    elapsed: Callable[[], float]
    gate: Gate | None = None

    # --- looking ------------------------------------------------------------------------------------------------------

    def listed(self, placement: str = "", *, finished: bool = False) -> Sequence[OrderView]:
        """Newest first; of one placement (those for all included) or of all. `finished`: those that ended or were withdrawn too."""
        if placement:
            self._placement(placement)
        now, live = self.clock.now(), self.live()
        found = [order for order in self.book.orders.all() if not placement or order.placement in ("", placement)]
        shown = [order for order in found if finished or order.state(now) in ("holds", "waiting")]
        names = self._names([order.subject for order in shown], live)
        return [self._view(order, live, names, now) for order in reversed(shown)]

    def rules(self, placement: str) -> PlacementRules:
        """What holds there at this moment. Raises InvalidInputError, TransientError."""
        here, now, live = self._placement(placement), self.clock.now(), self.live()
        controls = self.book.controls(placement, now)
        outlook = self.outlooks(here, live, controls, controls, now)
        orders = [view for view in self.listed(placement) if view.state == "holds"]
        return PlacementRules(
            placement=placement,
            controls=controls,
            conflicts=self._worded(outlook, live),
            outlook=outlook,
            orders=tuple(orders),
        )

    def preview(self, terms: OrderTerms, look: str = "") -> OrderPreview:
        """What this order would do in a placement: its own, or for one that holds in all, `look` or the first by priority.

        Nothing is written. Raises InvalidInputError, ConflictError, TransientError.
        """
        now = self.clock.now()
        terms, orders = self._admissible(terms, now)
        order = _made(terms, "preview", now, "")
        here = self._placement(terms.placement or look) if terms.placement or look else self._first()
        before, after = self._before_and_after(orders, order, here.name, now)
        if self._given(terms, order.order_id) is not None:
            # The same order again is the same order: nothing would change.
            after = before
        live = self.live()
        outlook = self.outlooks(here, live, before, after, now)
        judged = self._judged(orders, order, now) if raises_traffic(terms) else None
        return OrderPreview(
            terms=terms,
            touches=len(members(terms.subject, live)),
            outlook=outlook,
            conflicts=self._worded(outlook, live),
            judged=judged,
            needs_override=judged is not None and judged.kind != "ship",
            others=tuple(each.name for each in self._where(terms) if each.name != here.name),
        )

    def without(self, order_id: str, look: str = "") -> Outlook:
        """What withdrawing an order would do. Raises NotFoundError, TransientError."""
        now, orders = self.clock.now(), self.book.orders.all()
        order = next((each for each in orders if each.order_id == order_id), None)
        if order is None:
            raise NotFoundError(f"there is no order {order_id}", where="order_id", mend="huichang delivery rules list")
        here = self._placement(order.placement or look) if order.placement or look else self._first()
        rest = [each for each in orders if each.order_id != order_id]
        before, after = (self.book.come_to(each, here.name, now) for each in (orders, rest))
        return self.outlooks(here, self.live(), before, after, now)

    def subjects(self) -> Subjects:
        """For whoever picks one."""
        live = self.live()
        venues = sorted(live, key=lambda venue: (venue.published_at, venue.venue_id), reverse=True)
        counted: dict[str, dict[str, int]] = {"campaign": {}, "merchant": {}, "industry": {}}
        for venue in venues:
            for kind, name in (("campaign", venue.campaign_id), ("merchant", venue.merchant), ("industry", venue.industry or "")):
                if name:
                    counted[kind][name] = counted[kind].get(name, 0) + 1
        subjects = [Subject.model_validate({"kind": kind, "id": name}) for kind, found in counted.items() for name in found]
        names = self._names(subjects, live)

        def named(kind: str) -> tuple[Named, ...]:
            return tuple(Named(id=name, name=names[f"{kind}:{name}"], venues=number) for name, number in sorted(counted[kind].items()))

        return Subjects(
            placements=tuple(Named(id=each.name, name=each.what) for each in self.placements.all() if each.offered),
            venues=tuple(Named(id=venue.venue_id, name=_same(venue.title)) for venue in venues),
            campaigns=named("campaign"),
            merchants=named("merchant"),
            industries=named("industry"),
        )

    # --- doing --------------------------------------------------------------------------------------------------------

    def order(self, terms: OrderTerms, actor: Actor, *, override: str = "", key: str = "") -> Order:
        """Give it: it holds from now on (or from its start), and the snapshots it changes are asked for.

        The same order again, or the same `key`, is the same order. One that raises traffic needs the gate's "ship" or `override`, the
        reason why it holds without. Raises InvalidInputError, ConflictError, OverrideNeededError, TransientError.
        """
        now = self.clock.now()
        order_id = derived_id("o", actor.name, key) if key else new_id("o", now)
        known = self._given(checked(terms, now), order_id)
        if known is not None:
            return self._settled(known, actor)
        terms, orders = self._admissible(terms, now)
        standing = sum(order.state(now) in ("holds", "waiting") for order in orders)
        if standing >= MOST_ORDERS:
            told = both(
                f"已有 {standing} 条规则，最多 {MOST_ORDERS} 条", f"there are {standing} orders, and at most {MOST_ORDERS} at a time"
            )
            todo = both(
                "先撤回不再需要的，或对整个活动、商家、行业下一条",
                "withdraw what is not needed, or order for a whole campaign, merchant or industry",
            )
            raise in_both(ConflictError(told["en"], where="orders", mend=todo["en"], code="too_many_orders"), told, todo)
        order = _made(terms, order_id, now, actor.name)
        if raises_traffic(terms):
            judged = self._judged(orders, order, now)
            if judged.kind != "ship" and len(override.strip()) < _LEAST_WORDS:
                raise _override_needed(judged)
            order = order.model_copy(
                update={"judged": judged.kind, "judged_words": judged.words, "override": override if judged.kind != "ship" else ""}
            )
        if not self.book.orders.add(order):
            known = self._given(terms, order_id)
            return self._settled(known or order, actor)
        return self._settled(order, actor)

    def withdraw(self, order_id: str, why: str, actor: Actor) -> Order:
        """Take it back; everything is as if it had never been given. Again: nothing more happens.

        No gate: going back to what was is always allowed. Raises NotFoundError, TransientError.
        """
        now = self.clock.now()
        withdrawal = Withdrawal(at=iso(now), by=actor.name, why=why)
        order = self.book.orders.withdraw(order_id, withdrawal)
        if order.withdrawn == withdrawal:
            orders = self.book.orders.all()
            standing = [each if each.order_id != order_id else each.model_copy(update={"withdrawn": None}) for each in orders]
            self._record(actor, "withdraw_order", order, why, standing, orders, now)
        self.rebuilds.ask(order.placement)
        return order

    # --- inside -------------------------------------------------------------------------------------------------------

    def _settled(self, order: Order, actor: Actor) -> Order:
        """Audited once and asked for, also where the one who stored it died before that."""
        if not self.audit.of(order.order_id, 1):
            now, orders = self.clock.now(), self.book.orders.all()
            rest = [each for each in orders if each.order_id != order.order_id]
            self._record(actor, "order_traffic", order, order.why, rest, orders, now)
        self.rebuilds.ask(order.placement)
        return order

    def _record(
        self, actor: Actor, action: str, order: Order, why: str, before: Sequence[Order], after: Sequence[Order], now: datetime
    ) -> None:
        """Who, what, why, and the rules before and after, in the order's placement or the first it holds in."""
        here = order.placement or self._first().name
        at = max(now, datetime.fromisoformat(order.starts))
        moved = changes(*(self.book.come_to(each, here, now, at=at) for each in (before, after)))
        detail: dict[str, Any] = order.model_dump(include={"placement", "subject", "kind", "value", "starts", "ends", "judged", "override"})
        detail |= {
            "why": why,
            "in": here,
            "before": {name: old for name, (old, _) in list(moved.items())[:_AUDITED]},
            "after": {name: new for name, (_, new) in list(moved.items())[:_AUDITED]},
            "changed": len(moved),
        }
        self.audit.record(actor.did(action, order.order_id, at=iso(now), detail=detail))

    def _given(self, terms: OrderTerms, order_id: str) -> Order | None:
        """The very order that is asked for, if it stands. ConflictError where its key was used for another."""
        now = self.clock.now()
        for order in self.book.orders.all():
            if order.order_id == order_id:
                if not order.same(terms):
                    raise ConflictError("this Idempotency-Key was used for another order", where="Idempotency-Key", mend="send a new key")
                return order
            if order.state(now) in ("holds", "waiting") and order.same(terms):
                return order
        return None

    def _admissible(self, terms: OrderTerms, now: datetime) -> tuple[OrderTerms, list[Order]]:
        terms = checked(terms, now)
        if terms.placement:
            self._placement(terms.placement)
        self._subject(terms.subject)
        orders = self.book.orders.all()
        other = against(terms, orders, now)
        if other is not None:
            names = {"floor": ("保底", "floor"), "cap": ("上限", "cap")}
            (mine_zh, mine_en), (zh, en) = names[terms.kind], names[other.kind]
            told = both(
                f"{mine_zh} {terms.value:g} 与 {other.by} 的{zh} {other.value:g} 矛盾（{other.order_id}）",
                f"a {mine_en} of {terms.value:g} contradicts the {en} of {other.value:g} by {other.by} ({other.order_id})",
            )
            todo = both("改数值，或先撤回那一条", "change the value, or withdraw the other one first")
            raise in_both(ConflictError(told["en"], where="value", mend=todo["en"], code="floor_above_cap"), told, todo)
        return terms, orders

    def _subject(self, subject: Subject) -> None:
        """A venue and a campaign may not be live yet; a merchant is known by a live venue of mostly its goods."""
        known = {
            "venue": lambda: _there(self.venues.get, subject.id),
            "campaign": lambda: _there(self.campaigns.get, subject.id),
            "industry": lambda: any(each.code == subject.id for each in self.industries),
            "merchant": lambda: bool(members(subject, self.live())),
        }
        if known[subject.kind]():
            return
        name = subject.id
        told = {
            "venue": both(f"没有会场“{name}”", f"there is no venue {name}"),
            "campaign": both(f"没有活动“{name}”", f"there is no campaign {name}"),
            "industry": both(f"没有行业“{name}”", f"there is no industry {name}"),
            "merchant": both(f"没有一个在线会场以商家“{name}”的商品为主", f"no live venue sells mostly goods of merchant {name}"),
        }[subject.kind]
        todo = both("从列表里选一个", "pick one of those that GET /api/delivery/subjects lists")
        raise in_both(InvalidInputError(told["en"], where="subject.id", mend=todo["en"], code="order_subject_unknown"), told, todo)

    def _placement(self, name: str) -> Placement:
        found = self.placements.get(name)
        if found is None or not found.offered:
            offered = ", ".join(each.name for each in self.placements.all() if each.offered)
            told = both(f"没有投放位“{name}”", f"there is no placement {name}" if name else "no placement was named")
            todo = both(f"可选：{offered}", f"one of {offered}")
            raise in_both(InvalidInputError(told["en"], where="placement", mend=todo["en"], code="placement_unknown"), told, todo)
        return found

    def _first(self) -> Placement:
        """Of those that are offered, the one of highest priority; among equals the marketplace's front page, then by name."""
        offered = [each for each in self.placements.all() if each.offered]
        if not offered:
            raise InvalidInputError("no placement is offered", where="placement", mend="huichang placements", code="placement_unknown")
        return min(offered, key=lambda each: (-each.priority, each.name != "home", each.name))

    def _where(self, terms: OrderTerms) -> list[Placement]:
        return [each for each in self.placements.all() if each.offered and terms.placement in ("", each.name)]

    def _before_and_after(self, orders: Sequence[Order], order: Order, placement: str, now: datetime) -> tuple[Controls, Controls]:
        """As of the moment from which it holds."""
        at = max(now, datetime.fromisoformat(order.starts))
        before = self.book.come_to(orders, placement, now, at=at)
        return before, self.book.come_to([*orders, order], placement, now, at=at)

    def _judged(self, orders: Sequence[Order], order: Order, now: datetime) -> Judged:
        """Of all placements where something changes: "ship" if it is that everywhere, else the first that is not."""
        if self.gate is None:
            return NO_ESTIMATE
        began, shipped = self.elapsed(), None
        for placement in self._where(order):
            before, after = self._before_and_after(orders, order, placement.name, now)
            if before == after:
                continue
            if self.elapsed() - began > _JUDGE_SECONDS:
                return NO_ESTIMATE
            said = self.gate.judge(placement.name, before, after)
            judged = Judged(kind=said.kind, words=said.words) if said is not None else NO_ESTIMATE
            if judged.kind != "ship":
                return judged
            shipped = judged
        return shipped or NO_ESTIMATE

    def _names(self, subjects: Sequence[Subject], live: Sequence[LiveVenue]) -> dict[str, Text]:
        """What people call them, by node."""
        titles = {venue.venue_id: venue.title for venue in live}
        industries = {each.code: both(each.zh, each.en) for each in self.industries}
        names: dict[str, Text] = {}
        for subject in subjects:
            if subject.node in names:
                continue
            name = _same(titles.get(subject.id, subject.id))
            if subject.kind == "industry":
                name = industries.get(subject.id, _same(subject.id))
            elif subject.kind == "campaign":
                try:
                    name = _same(self.campaigns.get(subject.id).request.sentence)
                except NotFoundError:
                    name = _same(subject.id)
            names[subject.node] = name
        return names

    def _view(self, order: Order, live: Sequence[LiveVenue], names: Mapping[str, Text], now: datetime) -> OrderView:
        return OrderView(order=order, state=order.state(now), name=names[order.subject.node], touches=len(members(order.subject, live)))

    def _worded(self, outlook: Outlook, live: Sequence[LiveVenue]) -> tuple[ConflictView, ...]:
        nodes = {node for each in outlook.conflicts for node in each.because} | {
            f"venue:{e.subject}" for e in outlook.conflicts if e.subject
        }
        subjects = [Subject.model_validate({"kind": kind, "id": name}) for kind, _, name in (n.partition(":") for n in nodes) if name]
        texts = self._names(subjects, live)
        new = {(each.kind, each.subject) for each in outlook.new}
        return tuple(
            ConflictView(
                conflict=each,
                new=(each.kind, each.subject) in new,
                words=both(*(worded(each, language, _called(texts, language)) for language in ("zh", "en"))),
            )
            for each in outlook.conflicts
        )


def _there(get: Callable[[str], object], name: str) -> bool:
    try:
        get(name)
    except NotFoundError:
        return False
    return True


def _called(texts: Mapping[str, Text], language: Any) -> dict[str, str]:
    return {node.partition(":")[2]: pick(text, language) for node, text in texts.items()}


def _same(text: str) -> Text:
    return both(text, text)


def _made(terms: OrderTerms, order_id: str, now: datetime, by: str) -> Order:
    return Order(**terms.model_dump(exclude={"starts"}), starts=terms.starts or iso(now), order_id=order_id, at=iso(now), by=by)


def _override_needed(judged: Judged) -> OverrideNeededError:
    told = both(
        f"这条规则会给一方更多流量，而估计的结论不是“可以上线”：{pick(judged.words, 'zh')}",
        f"this order gives somebody more traffic, and the estimate does not say ship: {pick(judged.words, 'en')}",
    )
    todo = both(
        "写明为什么仍要执行（override），会记入审计", "say why it shall hold all the same (override); that is kept in the audit trail"
    )
    return in_both(OverrideNeededError(told["en"], where="override", mend=todo["en"]), told, todo)
