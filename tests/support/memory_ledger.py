"""The ledger in memory, with the rules of the one on DynamoDB (tests/contract/test_ledger.py holds both to them)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import CapReachedError, ThrottledError, TransientError
from huichang.ledger.model import Budget, DaySpend, LedgerTotals, ModelCall, Reservation, is_campaign, total


class MemoryLedger:
    """Ledger. `fail`: every settlement finds the table away."""

    def __init__(
        self, clock: Clock, *, default_cap: Decimal | None = Decimal(50), answers: Callable[[str], ModelCall | None] = lambda _: None
    ) -> None:
        self.clock = clock
        self.default_cap = default_cap
        self.answers = answers
        self.calls: dict[str, ModelCall] = {}
        self.held: dict[str, tuple[Reservation, bool]] = {}
        self.budgets: dict[str, Budget] = {}
        self.fail = False
        self._lock = threading.RLock()

    def _budget(self, campaign_id: str) -> Budget:
        return self.budgets.setdefault(
            campaign_id, Budget(campaign_id=campaign_id, cap_usd=self.default_cap if is_campaign(campaign_id) else None)
        )

    def _move(self, campaign_id: str, **by: Decimal) -> None:
        budget = self._budget(campaign_id)
        self.budgets[campaign_id] = budget.model_copy(update={name: getattr(budget, name) + amount for name, amount in by.items()})

    def reserve(self, reservation: Reservation) -> None:
        with self._lock:
            known = self.held.get(reservation.call_key)
            if known:
                until = max(known[0].expires_at, reservation.expires_at)
                self.held[reservation.call_key] = (known[0].model_copy(update={"expires_at": until}), known[1])
                return
            budget = self._budget(reservation.campaign_id)
            left = budget.left_usd
            if left is not None and left < reservation.most_usd:
                if left + budget.reserved_usd >= reservation.most_usd:
                    raise ThrottledError("held", retry_after=4, code="budget_held")
                at = budget.reached_at or iso(self.clock.now())
                self.budgets[reservation.campaign_id] = budget.model_copy(update={"reached_at": at})
                raise CapReachedError(f"the campaign's cap of ${budget.cap_usd} is reached", mend="raise it")
            self.held[reservation.call_key] = (reservation, False)
            self._move(reservation.campaign_id, reserved_usd=reservation.most_usd)

    def settle(self, call: ModelCall) -> bool:
        with self._lock:
            if self.fail:
                raise TransientError("the table is away")
            if call.call_key in self.calls:
                self.release(call.call_key)
                return False
            self.release(call.call_key)
            self.calls[call.call_key] = call
            self._move(call.campaign_id, spent_usd=call.cost_usd)
            return True

    def release(self, call_key: str) -> None:
        with self._lock:
            known = self.held.pop(call_key, None)
            if known:
                self._move(known[0].campaign_id, reserved_usd=-known[0].most_usd)

    def hold(self, call_key: str) -> None:
        with self._lock:
            known = self.held.get(call_key)
            if known:
                until = iso(self.clock.now() + timedelta(days=1))
                self.held[call_key] = (known[0].model_copy(update={"expires_at": until}), True)

    def write_off(self, call_key: str) -> None:
        with self._lock:
            known = self.held.get(call_key)
            self.release(call_key)
            if known:
                self._move(known[0].campaign_id, unclear_usd=known[0].most_usd)

    def reclaim(self) -> int:
        with self._lock:
            now = iso(self.clock.now())
            due = [(key, unclear) for key, (held, unclear) in self.held.items() if held.expires_at < now]
            for key, unclear in due:
                booking = self.answers(key)
                if booking:
                    self.settle(booking)
                elif unclear:
                    self.write_off(key)
                else:
                    self.release(key)
            return len(due)

    def budget(self, campaign_id: str) -> Budget:
        return self._budget(campaign_id)

    def set_terms(self, campaign_id: str, *, cap_usd: Decimal | None, rush: bool) -> Budget:
        with self._lock:
            budget = self._budget(campaign_id)
            raised = cap_usd is None or (budget.cap_usd is not None and cap_usd > budget.cap_usd)
            changes = {"cap_usd": cap_usd, "rush": rush} | ({"reached_at": ""} if raised else {})
            self.budgets[campaign_id] = budget.model_copy(update=changes)
            return self.budgets[campaign_id]

    def of_venue(self, campaign_id: str, venue_id: str) -> list[ModelCall]:
        return [call for call in self.of_campaign(campaign_id) if call.venue_id == venue_id]

    def of_campaign(self, campaign_id: str) -> list[ModelCall]:
        return sorted((call for call in self.calls.values() if call.campaign_id == campaign_id), key=lambda call: call.at)

    def totals(self, campaign_id: str, venue_id: str = "") -> LedgerTotals:
        return total(self.of_venue(campaign_id, venue_id) if venue_id else self.of_campaign(campaign_id))

    def days(self, campaign_id: str = "") -> list[DaySpend]:
        calls = self.of_campaign(campaign_id) if campaign_id else list(self.calls.values())
        days = sorted({call.at[:10] for call in calls})
        return [DaySpend(day=day, totals=total([call for call in calls if call.at[:10] == day])) for day in days]
