"""One model call, paid once, at its turn and within its campaign's cap - whatever kind of call it is.

The order: is there an answer? Else the lease on the call, a place in the quota, the money for it; wait for the place; call;
keep the answer; settle. Each step that refuses gives back what the steps before it took.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import LeaseHeldError, ModelRefusedError, PermanentError, ThrottledError, TransientError
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.kernel.models import CallContext
from huichang.ledger.calls import CallLog
from huichang.ledger.model import ModelCall, Reservation, Till
from huichang.ledger.prices import PriceList, PriceOf
from huichang.quotas.model import Ask, Grant, Limiter, Priorities
from huichang.quotas.policy import HORIZON, LONGEST_WAIT_SECONDS

LEASE_MARGIN_SECONDS = 15
_SHORTEST_WAIT_SECONDS = 0.5

Kind = Literal["chat", "embedding", "image"]


class Reply(Model):
    """What is kept of a provider's answer, with its booking: a replay can book again what a dying worker could not.

    `cut`: it ended because it was as long as allowed.
    """

    body: str
    model: str = ""
    offline: bool = False
    refusal: str = ""
    cut: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    call: ModelCall | None = None


class NotSentError(TransientError):
    """The provider could not be reached: nothing was sent, so nothing can be billed."""

    code = "model_away"


class UnclearError(TransientError):
    """The call was sent, and no answer came that says what became of it. The same call may be asked again, and a provider
    that knows Idempotency-Key answers it for nothing."""

    code = "model_away"


class GarbledError(TransientError):
    """The provider answered, and the answer is useless. It may bill it."""

    code = "garbled"


@dataclass(frozen=True)
class Wanted:
    """A call that may have to be made. `endpoint` and `request` make it this call and no other."""

    kind: Kind
    model: str
    endpoint: str
    request: dict[str, Any]
    purpose: str
    prompt: str
    input_tokens: int
    input_most: int
    output_limit: int
    images: int
    repaired: bool = False


class PaidCalls:
    """Makes calls. One for each worker; what it shares with the others is in the call log, the ledger and the limiter."""

    def __init__(
        self,
        *,
        call_log: CallLog,
        ledger: Till,
        limiter: Limiter,
        priorities: Priorities,
        prices: PriceList,
        clock: Clock,
        timeout: float,
        lease_wait: float = 0.0,
        comes_back: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`timeout`, `lease_wait` in seconds: how long a call may take, how long to wait for another worker's same call.

        `comes_back`: whether a caller that is refused comes again when it is told to (see quotas.model.Ask).
        """
        self._log = call_log
        self._ledger = ledger
        self._limiter = limiter
        self._priorities = priorities
        self._prices = prices
        self._clock = clock
        self._timeout = timeout
        self._lease_wait = lease_wait
        self._comes_back = comes_back
        self._sleep = sleep

    def output_limit(self, prompt: str) -> int:
        """The most tokens an answer to this prompt may take."""
        return self._prices.output_limit(prompt)

    def once(self, wanted: Wanted, context: CallContext, call: Callable[[str], Reply]) -> Reply:
        """The answer: an earlier one, or that of `call`, which is given the idempotency key.

        `call` raises NotSentError, UnclearError, GarbledError, ThrottledError (429), ModelRefusedError (answered, unusable)
        or PermanentError (refused before any work). Raises those, LeaseHeldError, CapReachedError, and ThrottledError when it
        is not this call's turn.
        """
        # The campaign is part of the key: another campaign's call is booked on that campaign.
        key = content_hash([wanted.kind, wanted.endpoint, context.campaign_id, context.venue_id, wanted.request])[:40]
        known = self._known(key)
        if known is not None:
            return known
        price = self._prices.of(wanted.model)
        patience = time.monotonic() + self._lease_wait
        # Longer than the call can last: a lease that ends under a living call would let a second one start.
        while not self._log.claim(key, self._timeout + LEASE_MARGIN_SECONDS):
            # It works on it, and its answer is ours; or it was killed, and its lease ends.
            if time.monotonic() >= patience:
                raise LeaseHeldError(f"the same {wanted.kind} call is being made by another worker", where=wanted.purpose)
            self._sleep(min(0.5, self._lease_wait))
            known = self._known(key)
            if known is not None:
                return known
        try:
            # Between our look and our claim another worker may have finished.
            known = self._known(key) or self._made(key, wanted, context, price, call)
        finally:
            self._log.release(key)
        return known

    def _made(self, key: str, wanted: Wanted, context: CallContext, price: PriceOf, call: Callable[[str], Reply]) -> Reply:
        grant = self._limiter.acquire(
            wanted.model,
            Ask(
                campaign_id=context.campaign_id,
                purpose=wanted.prompt,
                rush=self._priorities.rush(context.campaign_id),
                input_tokens=wanted.input_tokens,
                output_limit=wanted.output_limit,
                comes_back=self._comes_back,
            ),
        )
        try:
            self._ledger.reserve(self._reservation(key, wanted, context, price))
        except BaseException:
            self._limiter.unused(grant)
            raise
        # At most what was promised: a clock that was set back meanwhile is no reason to sleep for an hour.
        self._sleep(min(max(0.0, grant.at - self._clock.now().timestamp()), HORIZON))
        started = time.monotonic()
        reply = self._called(key, wanted, grant, call)
        booking = self._booking(key, wanted, context, price, reply, time.monotonic() - started)
        kept = reply.model_copy(update={"call": booking})
        self._log.store(key, kept.model_dump_json().encode())
        # After the answer is safe: if booking fails, the retry (or the sweep) finds the answer and books then.
        self._ledger.settle(booking)
        self._limiter.answered(grant, input_tokens=reply.input_tokens, output_tokens=reply.output_tokens)
        return kept

    def _called(self, key: str, wanted: Wanted, grant: Grant, call: Callable[[str], Reply]) -> Reply:
        """What became of the call, told to those who must know: the money first, then the workers."""
        try:
            return call(key)
        except ThrottledError as error:
            self._ledger.release(key)
            said = error.retry_after_seconds or None
            self._limiter.throttled(grant, said)
            wait = min(max(said or 0.0, _SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)
            raise ThrottledError(
                error.message, retry_after=wait * (1 + random.random() / 4), where=wanted.purpose, code=error.code
            ) from error
        except NotSentError as error:
            self._ledger.release(key)
            self._limiter.failed(grant, error.message)
            raise
        except GarbledError:
            self._ledger.write_off(key)
            self._limiter.answered(grant)  # it lives: a prompt that it cannot answer must not stop all the others
            raise
        except TransientError as error:
            self._ledger.hold(key)
            if error.retry_after_seconds is not None:
                self._limiter.throttled(grant, error.retry_after_seconds)
            self._limiter.failed(grant, error.message)
            raise
        except ModelRefusedError:
            self._ledger.write_off(key)
            self._limiter.answered(grant)
            raise
        except PermanentError:
            self._ledger.release(key)
            self._limiter.answered(grant)  # it lives, and it counted the request
            raise

    def _known(self, key: str) -> Reply | None:
        stored = self._log.answer(key)
        if stored is None:
            return None
        reply = Reply.model_validate_json(stored)
        if reply.call is not None:
            self._ledger.settle(reply.call)
        return reply

    def _reservation(self, key: str, wanted: Wanted, context: CallContext, price: PriceOf) -> Reservation:
        # Past every end that the call can have while its worker lives.
        until = self._clock.now() + timedelta(seconds=self._timeout + 4 * LEASE_MARGIN_SECONDS)
        return Reservation(
            call_key=key,
            campaign_id=context.campaign_id,
            venue_id=context.venue_id,
            most_usd=price.most(input_tokens=wanted.input_most, output_tokens=wanted.output_limit, images=wanted.images),
            expires_at=iso(until),
        )

    def _booking(self, key: str, wanted: Wanted, context: CallContext, price: PriceOf, reply: Reply, seconds: float) -> ModelCall:
        return ModelCall(
            call_key=key,
            kind=wanted.kind,
            model=reply.model,
            purpose=wanted.purpose,
            campaign_id=context.campaign_id,
            venue_id=context.venue_id,
            input_tokens=reply.input_tokens,
            output_tokens=reply.output_tokens,
            images=wanted.images,
            cost_usd=price.cost(input_tokens=reply.input_tokens, output_tokens=reply.output_tokens, images=wanted.images),
            price=price.told,
            seconds=round(seconds, 3),
            repaired=wanted.repaired,
            offline=reply.offline,
            at=iso(self._clock.now()),
        )
