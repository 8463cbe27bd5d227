"""Ledger on the state table: bookings, reservations, and the counters that change with them in one transaction."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from huichang.adapters.dynamodb.table import Item, Table, body_of, encode
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import CapReachedError, ThrottledError, TransientError
from huichang.ledger.model import Budget, DaySpend, LedgerTotals, ModelCall, Reservation, is_campaign, total
from huichang.ledger.prices import UNIT

_TRIES = 40
_HOLD = timedelta(days=1)
_HELD_SECONDS = 4.0
# Stands for "no cap", so that one condition serves both: more than any campaign will ever spend (ten trillion dollars).
_NO_CAP = 10**21
_MOST_RECLAIMED = 100


class Answers(Protocol):
    """The call log as the ledger needs it."""

    def booking(self, key: str) -> ModelCall | None:
        """The booking that was kept with a call's answer, or None."""
        ...


class DynamoLedger:
    """Amounts are whole hundred-millionths of a dollar.

    LEDGER#<campaign> / <venue>#<call key>: bookings. RESERVATION#<call key> / META: money held, by expiry on gsi2.
    SPEND#<campaign> / META: cap, left, spent, reserved, unclear and totals; / VENUE#<venue> and / DAY#<date>: totals.
    SPEND-DAYS / <date>: everybody's.
    """

    def __init__(
        self, table: Table, clock: Clock, *, default_cap: Decimal | None, answers: Answers, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._table = table
        self._clock = clock
        self._default_cap = default_cap
        self._answers = answers
        self._sleep = sleep

    # --- before a call ------------------------------------------------------------------------------------------------

    def reserve(self, reservation: Reservation) -> None:
        """See Ledger."""
        key, most = reservation.call_key, units(reservation.most_usd)
        item = _reservation_item(reservation, most)
        for attempt in range(_TRIES):
            held = {
                "UpdateExpression": "SET #left = #left - :most ADD #reserved :most",
                "ConditionExpression": "#left >= :most",
                "ExpressionAttributeNames": {"#left": "left", "#reserved": "reserved"},
                "ExpressionAttributeValues": encode({":most": most}),
            }
            reasons = self._table.transact([{"Put": self._table.new(item)}, self._update(f"SPEND#{reservation.campaign_id}", "META", held)])
            if not reasons:
                return
            if reasons[0] == "ConditionalCheckFailed":
                if self._renew(key, reservation.expires_at):
                    return
            elif reasons[1] == "ConditionalCheckFailed":
                self._refuse(reservation, most)
                continue  # there was no budget yet, or there is room again
            self._pause(attempt)
        raise TransientError("the budget is being changed by too many at once", where=reservation.campaign_id)

    def _renew(self, key: str, expires_at: str) -> bool:
        """A try before this one left its reservation: it is this one's now."""
        item = self._table.get(f"RESERVATION#{key}", "META")
        if item is None:
            return False
        # The later of the two: money that is held for a day stays so if this try dies as well.
        changed = item | {"gsi2sk": max(expires_at, item["gsi2sk"])}
        return self._table.put(changed, condition="#until = :until AND amount = :amount", names={"#until": "gsi2sk"}, values=_as_read(item))

    def _refuse(self, reservation: Reservation, most: int) -> None:
        campaign_id = reservation.campaign_id
        item = self._table.get(f"SPEND#{campaign_id}", "META")
        if item is None:
            self._open(campaign_id)
            return
        left, reserved = int(item["left"]), int(item.get("reserved", 0))
        if left >= most:
            return
        budget = _budget(campaign_id, item)
        if left + reserved >= most:
            raise ThrottledError(
                f"${budget.reserved_usd:.4f} of the campaign's cap of ${budget.cap_usd:.2f} are held for calls under way",
                retry_after=_HELD_SECONDS * (1 + random.random()),
                where=campaign_id,
                code="budget_held",
            )
        if not item.get("reached_at"):
            self._table.transact(
                [
                    self._update(
                        f"SPEND#{campaign_id}",
                        "META",
                        {
                            "UpdateExpression": "SET reached_at = :now",
                            "ConditionExpression": "#left < :most",
                            "ExpressionAttributeNames": {"#left": "left"},
                            "ExpressionAttributeValues": encode({":now": iso(self._clock.now()), ":most": most}),
                        },
                    )
                ]
            )
        raise CapReachedError(
            f"the campaign's cap of ${budget.cap_usd:.2f} is reached: ${budget.spent_usd:.4f} spent, "
            f"${budget.reserved_usd + budget.unclear_usd:.4f} held, and this call may cost ${usd(most):.4f}",
            where=campaign_id,
            mend="raise the campaign's cap; the work goes on where it stopped, and nothing is paid again",
        )

    # --- after a call -------------------------------------------------------------------------------------------------

    def settle(self, call: ModelCall) -> bool:
        """See Ledger."""
        cost = units(call.cost_usd)
        for attempt in range(_TRIES):
            item = self._table.get(f"RESERVATION#{call.call_key}", "META")
            amount = int(item["amount"]) if item else 0
            totals = {
                "spent": cost,
                "calls": 1,
                "input_tokens": call.input_tokens,
                "output_tokens": call.output_tokens,
                "images": call.images,
            }
            campaign, day = f"SPEND#{call.campaign_id}", call.at[:10]
            actions = [
                {"Put": self._table.new(_booking_item(call))},
                self._update(
                    campaign, "META", _adding(totals | {"reserved": -amount, "left": amount - cost}, condition="attribute_exists(pk)")
                ),
                self._update(campaign, f"VENUE#{call.venue_id or '-'}", _adding(totals)),
                self._update(campaign, f"DAY#{day}", _adding(totals)),
                self._update("SPEND-DAYS", day, _adding(totals)),
            ]
            reasons = self._table.transact(actions + ([self._dropping(item)] if item else []))
            if not reasons:
                return True
            if reasons[0] == "ConditionalCheckFailed":
                self.release(call.call_key)  # it was booked, and a later try had reserved for it again
                return False
            if reasons[1] == "ConditionalCheckFailed":
                self._open(call.campaign_id)
                continue
            self._pause(attempt)
        raise TransientError("the ledger is being changed by too many at once", where=call.campaign_id)

    def release(self, call_key: str) -> None:
        """See Ledger."""
        self._end(call_key, lambda amount: {"reserved": -amount, "left": amount})

    def write_off(self, call_key: str) -> None:
        """See Ledger."""
        self._end(call_key, lambda amount: {"reserved": -amount, "unclear": amount})

    def hold(self, call_key: str) -> None:
        """See Ledger."""
        item = self._table.get(f"RESERVATION#{call_key}", "META")
        if item is not None:
            until = iso(self._clock.now() + _HOLD)
            self._table.put(
                item | {"gsi2sk": until, "unclear": True},
                condition="#until = :until AND amount = :amount",
                names={"#until": "gsi2sk"},
                values=_as_read(item),
            )

    def _end(self, call_key: str, changes: Callable[[int], dict[str, int]], *, read: Item | None = None) -> bool:
        """Take a reservation away and move its amount. `read`: only the very one that was read."""
        for attempt in range(_TRIES):
            item = read or self._table.get(f"RESERVATION#{call_key}", "META")
            if item is None:
                return False
            moved = _adding(changes(int(item["amount"])), condition="attribute_exists(pk)")
            reasons = self._table.transact([self._dropping(item), self._update(f"SPEND#{item['campaign']}", "META", moved)])
            if not reasons:
                return True
            if read is not None and reasons[0] == "ConditionalCheckFailed":
                return False  # somebody works with it
            self._pause(attempt)
        raise TransientError("the budget is being changed by too many at once", where=call_key)

    def reclaim(self) -> int:
        """See Ledger."""
        ended = 0
        now = iso(self._clock.now())
        for item in list(self._table.query("RESERVATIONS", index="gsi2", before=now, limit=_MOST_RECLAIMED)):
            key = str(item["pk"]).removeprefix("RESERVATION#")
            # Its worker may have died between the answer and the booking.
            booking = self._answers.booking(key)
            if booking is not None:
                ended += self.settle(booking)
            elif item.get("unclear"):
                ended += self._end(key, lambda amount: {"reserved": -amount, "unclear": amount}, read=item)
            else:
                ended += self._end(key, lambda amount: {"reserved": -amount, "left": amount}, read=item)
        return ended

    # --- terms and sums -----------------------------------------------------------------------------------------------

    def budget(self, campaign_id: str) -> Budget:
        """See Ledger."""
        item = self._table.get(f"SPEND#{campaign_id}", "META")
        return _budget(campaign_id, item) if item else Budget(campaign_id=campaign_id, cap_usd=self._cap_of(campaign_id))

    def set_terms(self, campaign_id: str, *, cap_usd: Decimal | None, rush: bool) -> Budget:
        """See Ledger."""
        self._open(campaign_id)
        wanted = _NO_CAP if cap_usd is None else units(cap_usd)
        for attempt in range(_TRIES):
            item = self._table.get(f"SPEND#{campaign_id}", "META") or {}
            known = int(item["cap"])
            change = {
                "UpdateExpression": "SET cap = :cap, rush = :rush"
                + (", reached_at = :none" if wanted > known else "")
                + " ADD #left :more",
                "ConditionExpression": "cap = :known",
                "ExpressionAttributeNames": {"#left": "left"},
                "ExpressionAttributeValues": encode(
                    {":cap": wanted, ":rush": rush, ":more": wanted - known, ":known": known} | ({":none": ""} if wanted > known else {})
                ),
            }
            if not self._table.transact([self._update(f"SPEND#{campaign_id}", "META", change)]):
                return self.budget(campaign_id)
            self._pause(attempt)
        raise TransientError("the budget is being changed by too many at once", where=campaign_id)

    def of_venue(self, campaign_id: str, venue_id: str) -> list[ModelCall]:
        """See Ledger."""
        return self._calls(campaign_id, f"{venue_id or '-'}#")

    def of_campaign(self, campaign_id: str) -> list[ModelCall]:
        """See Ledger."""
        return self._calls(campaign_id, "")

    def _calls(self, campaign_id: str, prefix: str) -> list[ModelCall]:
        calls = [body_of(item, ModelCall) for item in self._table.query(f"LEDGER#{campaign_id}", prefix=prefix)]
        return sorted(calls, key=lambda call: call.at)

    def totals(self, campaign_id: str, venue_id: str = "") -> LedgerTotals:
        """See Ledger."""
        item = self._table.get(f"SPEND#{campaign_id}", f"VENUE#{venue_id}" if venue_id else "META")
        if item is None:  # nothing yet, or booked before there were counters
            return total(self.of_venue(campaign_id, venue_id) if venue_id else self.of_campaign(campaign_id))
        return _totals(item)

    def days(self, campaign_id: str = "") -> list[DaySpend]:
        """See Ledger."""
        if campaign_id:
            items = self._table.query(f"SPEND#{campaign_id}", prefix="DAY#")
        else:
            items = self._table.query("SPEND-DAYS")
        return [DaySpend(day=str(item["sk"]).removeprefix("DAY#"), totals=_totals(item)) for item in items]

    # --- items --------------------------------------------------------------------------------------------------------

    def _cap_of(self, campaign_id: str) -> Decimal | None:
        return self._default_cap if is_campaign(campaign_id) else None

    def _open(self, campaign_id: str) -> None:
        """Make the campaign's budget if there is none. What was booked before there were budgets counts."""
        if self._table.get(f"SPEND#{campaign_id}", "META") is not None:
            return
        default = self._cap_of(campaign_id)
        cap = _NO_CAP if default is None else units(default)
        before = total(self.of_campaign(campaign_id))
        spent = units(before.cost_usd)
        counts = before.model_dump(include={"calls", "input_tokens", "output_tokens", "images"})
        budget = {"cap": cap, "left": cap - spent, "spent": spent, "reserved": 0, "unclear": 0, **counts}
        self._table.put_new({"pk": f"SPEND#{campaign_id}", "sk": "META", **budget})

    def _update(self, pk: str, sk: str, change: dict[str, Any]) -> dict[str, Any]:
        return {"Update": {"TableName": self._table.name, "Key": encode({"pk": pk, "sk": sk}), **change}}

    def _dropping(self, item: Item) -> dict[str, Any]:
        """Delete the reservation as it was read, and no other that may stand there meanwhile."""
        return {
            "Delete": {
                "TableName": self._table.name,
                "Key": encode({"pk": item["pk"], "sk": item["sk"]}),
                "ConditionExpression": "#until = :until AND amount = :amount",
                "ExpressionAttributeNames": {"#until": "gsi2sk"},
                "ExpressionAttributeValues": encode(_as_read(item)),
            }
        }

    def _pause(self, attempt: int) -> None:
        self._sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))


def units(amount: Decimal) -> int:
    """USD to the ledger's whole units."""
    return int((amount / UNIT).to_integral_value())


def usd(amount: int) -> Decimal:
    """The reverse."""
    exact = amount * UNIT
    cents = exact.quantize(Decimal("0.01"))
    return cents if cents == exact else exact.normalize()


def _as_read(item: Item) -> Item:
    return {":until": item["gsi2sk"], ":amount": int(item["amount"])}


def _adding(changes: dict[str, int], *, condition: str = "") -> dict[str, Any]:
    counts = {name: by for name, by in changes.items() if by} or {"calls": 0}
    found: dict[str, Any] = {
        "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in counts),
        "ExpressionAttributeNames": {f"#{name}": name for name in counts},
        "ExpressionAttributeValues": encode({f":{name}": by for name, by in counts.items()}),
    }
    return found | ({"ConditionExpression": condition} if condition else {})


def _reservation_item(reservation: Reservation, amount: int) -> Item:
    return {
        "pk": f"RESERVATION#{reservation.call_key}",
        "sk": "META",
        "campaign": reservation.campaign_id,
        "venue": reservation.venue_id,
        "amount": amount,
        "gsi2pk": "RESERVATIONS",
        "gsi2sk": reservation.expires_at,
    }


def _booking_item(call: ModelCall) -> Item:
    return {"pk": f"LEDGER#{call.campaign_id}", "sk": f"{call.venue_id or '-'}#{call.call_key}", "body": call.model_dump_json()}


def _budget(campaign_id: str, item: Item) -> Budget:
    cap = int(item["cap"])
    return Budget(
        campaign_id=campaign_id,
        cap_usd=None if cap == _NO_CAP else usd(cap),
        spent_usd=usd(int(item.get("spent", 0))),
        reserved_usd=usd(int(item.get("reserved", 0))),
        unclear_usd=usd(int(item.get("unclear", 0))),
        rush=bool(item.get("rush", False)),
        reached_at=str(item.get("reached_at", "")),
    )


def _totals(item: Item) -> LedgerTotals:
    return LedgerTotals(
        calls=int(item.get("calls", 0)),
        input_tokens=int(item.get("input_tokens", 0)),
        output_tokens=int(item.get("output_tokens", 0)),
        images=int(item.get("images", 0)),
        cost_usd=usd(int(item.get("spent", 0))),
    )
