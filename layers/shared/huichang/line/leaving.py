"""The pages behind addresses that show no venue: one for each industry and language, made anew when what is on changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from huichang.delivery.model import DeliveryStore, LiveVenue
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.pages.gone import OnNow, gone_page
from huichang.pages.model import PageStore

OFFERED = 12
UNKNOWN = "unknown"
"""Name of the page for addresses that never were a venue's; the others are named by their industry, "all" for none."""


def gone_name(industry: str, language: Language) -> str:
    """Where the edge finds the page for a retired venue."""
    return f"{industry or 'all'}/{language}"


@dataclass(frozen=True)
class Farewell:
    """Keeps those pages. `written` remembers what this process has stored, so that a minute in which nothing changed writes nothing."""

    delivery: DeliveryStore
    pages: PageStore
    industries: Sequence[str]
    written: dict[str, str] = field(default_factory=dict)

    def refresh(self) -> int:
        """Store what has changed; how many pages."""
        live = self.delivery.live()
        done = 0
        for language in get_args(Language):
            for industry in ("", *self.industries):
                on_now = [_offered(venue) for venue in best_first(live, industry, language)[:OFFERED]]
                done += self._keep(gone_name(industry, language), gone_page(language, 410, on_now), 410)
                if not industry:
                    done += self._keep(f"{UNKNOWN}/{language}", gone_page(language, 404, on_now), 404)
        return done

    def _keep(self, name: str, html: str, status: int) -> bool:
        known = content_hash(html)
        if self.written.get(name) == known:
            return False
        self.pages.put_gone(name, html, status)
        self.written[name] = known
        return True


def best_first(live: Sequence[LiveVenue], industry: str, language: Language) -> list[LiveVenue]:
    """Of the same industry first, then in the reader's language, then the newest."""
    newest = sorted(live, key=lambda venue: (venue.published_at, venue.venue_id), reverse=True)
    return sorted(newest, key=lambda venue: (bool(industry) and venue.industry != industry, venue.language != language))


def _offered(venue: LiveVenue) -> OnNow:
    picture = venue.picture if venue.picture.startswith("/media/") else ""
    return OnNow(title=venue.title, subtitle=venue.subtitle, href=venue.href, picture=picture, language=venue.language)
