"""A campaign of several approved venues on the line's fakes: each page is the line's own, under the venue's name and edition."""

from __future__ import annotations

from functools import cache
from typing import Any

from huichang.line.living import LivingRecipe, recipe_key
from huichang.line.releases import page_key
from huichang.pages.model import Card, PageModel
from huichang.selection.offers import Offer
from huichang.venues.model import Venue
from tests.support.line_fakes import Line

MARK = "data-edition="


@cache
def staged() -> tuple[str, PageModel, dict[str, bytes]]:
    """A page as the line makes it, its model and its pictures."""
    line = Line()
    line.select()
    version = line.stage().staged_version
    return line.pages.read_version("v-1", version), line.documents.get(page_key("v-1", version), PageModel), line.pages.media


class Shown:
    """`line` with venues v-1 … v-N, approved at edition 1."""

    def __init__(self, venues: int = 4) -> None:
        self.line = Line()
        self._offers = 0
        self._html, self._page, media = staged()
        self.line.pages.media |= media
        self.ids = [f"v-{number}" for number in range(1, venues + 1)]
        for venue_id in self.ids[1:]:
            changes = {"venue_id": venue_id, "status": "planned", "staged_version": "", "approved_version": ""}
            self.line.venues.create(Venue.model_validate(self.line.venue.model_dump() | changes))
        for venue_id in self.ids:
            self.edition(venue_id, 1)

    def edition(self, venue_id: str, number: int) -> str:
        """A new approved version of a venue; its version id."""
        html = self._html.replace("<body", f'<body {MARK}"{number}"', 1).replace("v-1", venue_id)
        version = self.line.pages.put_version(venue_id, html)
        self.line.documents.put(page_key(venue_id, version), self._page.model_copy(update={"venue_id": venue_id}))
        self.line.documents.put(recipe_key(venue_id, version), LivingRecipe(template_id="everyday_goods"))
        venue = self.line.venues.get(venue_id)
        reviewed = (*(venue.reviewed_versions or ()), version)
        status = venue.status if venue.status in ("published", "retired") else "approved"
        self.line.venues.update(venue_id, status=status, approved_version=version, reviewed_versions=reviewed)
        return version

    def editions(self, number: int) -> None:
        """The next edition of every venue."""
        for venue_id in self.ids:
            self.edition(venue_id, number)

    @property
    def cards(self) -> list[Card]:
        """Of every venue's page: they show the same goods."""
        return [card for floor in self._page.floors for card in floor.cards]

    def offer(self, product_id: str, **changes: Any) -> None:
        """What its merchant says of it from now on."""
        self._offers += 1
        self.line.index.update([Offer(product_id=product_id, at=f"2026-09-02T00:00:{self._offers:02d}Z", **changes)])

    @property
    def buyers_see(self) -> dict[str, int]:
        """venue id -> edition."""
        return {venue_id: int(html.split(f'{MARK}"', 1)[1].split('"', 1)[0]) for venue_id, html in self.line.pages.live.items()}
