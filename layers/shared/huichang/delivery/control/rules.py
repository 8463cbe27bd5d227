"""What operators and the system ask of a placement's traffic, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from huichang.kernel.model import Model

Share = Annotated[float, Field(ge=0, le=1)]


class VenueRule(Model):
    """One venue's. Shares are of *answers*: 0.1 = it is in every tenth one.

    `boost` multiplies what is believed of it (an operator's thumb on the scale); `hold` keeps it out of everything; `priority` is its
    campaign's: whose floor goes first, and a nudge (a tenth for each step) in ranking. `why` says where a floor or cap comes from.
    """

    floor: Share = 0.0
    cap: Share = 1.0
    boost: Annotated[float, Field(ge=0.25, le=4)] = 1.0
    hold: bool = False
    priority: Annotated[int, Field(ge=0, le=3)] = 1
    why: str = ""


class CampaignCap(Model):
    """A campaign's share of the places at most, and its venues."""

    cap: Share
    venues: tuple[str, ...]


class Controls(Model):
    """A placement's rules. Merchants', industries' and campaigns' caps are shares of its *places* (answers x slots), over all answers. A
    merchant's and an industry's also bound every single answer, rounded up: of ten places with a cap of 0.25 no answer has more than three
    of that industry. (Explored answers: see control/evenly.py.)"""

    venues: dict[str, VenueRule] = {}
    merchant_caps: dict[str, Share] = {}
    industry_caps: dict[str, Share] = {}
    merchant_cap: Share = 1.0
    industry_cap: Share = 1.0
    campaign_caps: dict[str, CampaignCap] = {}

    def rule(self, venue_id: str) -> VenueRule:
        """The venue's, or one that asks for nothing."""
        return self.venues.get(venue_id, _NOTHING)

    def with_shares(self, floors: Mapping[str, float], caps: Mapping[str, float], why: Mapping[str, str] | None = None) -> Controls:
        """With newcomers' floors and paced caps put in: the higher floor, the lower cap, and the operator's words stay."""
        reasons = why or {}
        venues = dict(self.venues)
        for name in {*floors, *caps}:
            old = self.rule(name)
            venues[name] = old.model_copy(
                update={
                    "floor": max(old.floor, floors.get(name, 0.0)),
                    "cap": min(old.cap, caps.get(name, 1.0)),
                    "why": old.why or reasons.get(name, ""),
                }
            )
        return self.model_copy(update={"venues": venues})

    def cap_of_industry(self, name: str) -> float:
        """Its own, or everybody's; an unknown industry ("") is not bounded."""
        return self.industry_caps.get(name, self.industry_cap) if name else 1.0

    def cap_of_merchant(self, name: str) -> float:
        """Its own, or everybody's; an unknown merchant ("") is not bounded."""
        return self.merchant_caps.get(name, self.merchant_cap) if name else 1.0

    def cap_of_campaign(self, name: str) -> float:
        """Its own; a campaign without one, and "", is not bounded."""
        return self.campaign_caps[name].cap if name in self.campaign_caps else 1.0

    def campaigns(self) -> dict[str, str]:
        """Venue to campaign, for campaigns that have a cap."""
        return {venue_id: name for name, capped in self.campaign_caps.items() for venue_id in capped.venues}


_NOTHING = VenueRule()
