"""Placements of the fake origin: the real desk over memory, with venues that fit and venues that do not."""

from __future__ import annotations

from typing import Any

from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.kernel.language import both
from huichang.line.placing import PlacementDesk
from huichang.venues.model import Actor
from tests.support.fake_constraints import Now
from tests.support.memory_delivery import MemoryDelivery
from tests.support.memory_placements import MemoryPlacements

_EVENING = tuple(0.5 if hour < 7 else 2.0 if hour < 12 else 3.0 if hour < 18 else 8.0 for hour in ((each + 8) % 24 for each in range(24)))
_TITLES = ("熊猫玩偶会场", "Christmas toys for resellers", "中秋礼盒", "宠物窝垫", "户外露营", "Kitchen favourites", "秋季女装", "家纺上新")
_INDUSTRIES = ("toys", "toys", "food", "pet", "sports_outdoor", "kitchen", "womenswear", "home_textiles")


class _Rules:
    """One venue is held, one campaign goes first."""

    def controls(self, placement: str, now: Any) -> Controls:
        return Controls(venues={"v-live3": VenueRule(hold=True), "v-live0": VenueRule(priority=3)})


class FakePlacements:
    """Answers /api/placements…"""

    def __init__(self, trail: Any, industries: tuple[str, ...]) -> None:
        live = [
            LiveVenue(
                venue_id=f"v-live{n}",
                title=_TITLES[n % 8] + ("" if n < 8 else f" {n}"),
                href=f"/v/v-live{n}/",
                language="en" if n % 8 in (1, 5) else "zh",
                industry=_INDUSTRIES[n % 8],
                kind="seasonal" if n % 3 else "created",
                merchant="m-panda" if n % 4 == 0 else "",
                regions=("CN", "MY", "SG", "VN") if n % 8 == 2 else (),
                published_at=f"2026-09-{1 + n % 28:02}T0{n % 10}:00:00.000Z",
            )
            for n in range(34)
        ]
        self.shelf = MemoryPlacements(
            Placement.model_validate(
                {
                    "name": "toys-channel", "kind": "public", "what": both("玩具频道", "the toys channel"), "slots": 6, "capacity": 4,
                    "eligible": {"industries": ["toys", "pet"], "regions": ["CN"], "buyers": ["bulk", "small", "back"]},
                    "busy": _EVENING, "per_buyer_day": 3, "priority": 2, "version": 2,
                }
            ),
        )  # fmt: skip
        self.desk = PlacementDesk(self.shelf, MemoryDelivery(*live), trail, Now(), industries, rulebook=_Rules())

    def answer(self, method: str, rest: list[str], body: Any, query: dict[str, str], headers: Any, actor: Actor) -> tuple[int, Any]:
        """Status and body. Raises HuichangError."""
        match [method, *rest]:
            case ["GET"]:
                return 200, {"placements": list(self.desk.all())}
            case ["GET", name]:
                return 200, self.desk.show(name)
            case ["GET", name, "venues"]:
                which: Any = query.get("which", "all")
                limit = int(query.get("limit", "50"))
                return 200, self.desk.venues(
                    name, which=which, venue_id=query.get("venue", ""), cursor=query.get("cursor", ""), limit=limit
                )
            case ["PUT", _]:
                return 200, self.desk.put(Placement.model_validate(body), actor)
        left = self.desk.remove(rest[0], int(headers["If-Match"].strip('"')), actor)
        return (204, None) if left is None else (200, left)
