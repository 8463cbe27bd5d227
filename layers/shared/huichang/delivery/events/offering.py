"""The feed's answer with a signed token in each item and in its address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from huichang.delivery.events.tokens import Keys, Offer, sign
from huichang.delivery.model import FeedItem
from huichang.delivery.serving.model import Screen
from huichang.kernel.errors import TransientError
from huichang.kernel.language import Language


class Offers(Protocol):
    """What answers a feed request: delivery/serving/feed.py Feed, and SignedOffers around it."""

    def __call__(
        self,
        placement: str,
        slots: int,
        language: Language | None = None,
        segment: str = "none",
        *,
        cursor: str = "",
        memory: str = "",
    ) -> Screen:
        """Choose and log; with tokens where somebody signs. Raises InvalidInputError."""
        ...


@dataclass(frozen=True)
class SignedOffers:
    """What the feed decides, signed. If the key cannot be read buyers still get their venues: unsigned, and counted as direct."""

    offers: Offers
    keys: Keys

    def __call__(
        self,
        placement: str,
        slots: int,
        language: Language | None = None,
        segment: str = "none",
        *,
        cursor: str = "",
        memory: str = "",
    ) -> Screen:
        """See Feed."""
        decision = self.offers(placement, slots, language, segment, cursor=cursor, memory=memory)
        try:
            key = self.keys.signing()
        except TransientError:
            return decision
        at = datetime.fromisoformat(decision.at)
        signed = []
        for item in decision.items:
            token = sign(
                key,
                Offer(
                    decision_id=decision.decision_id,
                    placement=decision.placement,
                    segment=decision.segment,
                    venue_id=item.venue_id,
                    position=item.position,
                    image=item.image,
                    explored=item.explored,
                    propensity=item.propensity,
                    at=at,
                ),
            )
            signed.append(item.model_copy(update={"token": token, "href": _with(item, decision.placement, token)}))
        return decision.model_copy(update={"items": tuple(signed)})


def _with(item: FeedItem, placement: str, token: str) -> str:
    joint = "&" if "?" in item.href else "?"
    return f"{item.href}{joint}{urlencode({'p': placement, 'd': token}, safe='~')}"
