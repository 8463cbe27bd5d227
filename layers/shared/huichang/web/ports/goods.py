"""What the API calls for data that comes from outside: catalogues, offers, trends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.line.view_models import FestivalView, ImportCreated, TrendReport, UploadFile
from huichang.selection.offers import Offer
from huichang.themes.upcoming import UpcomingThemes
from huichang.trends.merging import MergedTrend
from huichang.trends.report import TrendSummary
from huichang.trends.trend import DropCode, Trend
from huichang.venues.model import Actor


class Imports(Protocol):
    """Catalogue imports. `start` and `status` answer with the catalogue's own status model (docs/api.md)."""

    def create(self, catalogue: str, filename: str, mapping: str, files: tuple[UploadFile, ...], actor: Actor) -> ImportCreated:
        """Check the mapping (YAML text) and reserve upload addresses. InvalidInputError says what is wrong in it."""
        ...

    def start(self, import_id: str, actor: Actor) -> Model:
        """Begin reading. Repeating is harmless. ConflictError while a file is missing."""
        ...

    def status(self, import_id: str) -> Model:
        """{import_id, status, rows_read, accepted, rejected, indexed, …, rejects_url}. Raises NotFoundError."""
        ...


class Offers(Protocol):
    """line/offers.py OfferDesk."""

    def take(self, offers: Sequence[Offer], actor: Actor) -> Model:
        """Queue them: {accepted}."""
        ...


class Trends(Protocol):
    """Trends and the festival calendar."""

    def take(self, rows: Sequence[Mapping[str, Any]], actor: Actor, mapping: str = "") -> TrendReport:
        """Check each row by itself, sort and store the good ones. `mapping`: a name or YAML (trends/mapping.py)."""
        ...

    def ranked(self) -> Sequence[MergedTrend]:
        """What can be promoted, near-duplicates once, warmest first."""
        ...

    def dropped(self, code: DropCode | None, most: int) -> Sequence[Trend]:
        """The hottest of those that were dropped."""
        ...

    def summary(self) -> TrendSummary:
        """Counts over everything that is stored."""
        ...

    def calendar(self, days: int, language: Language, catalogue: str | None) -> UpcomingThemes:
        """What is coming, and which themes have stock for it."""
        ...

    def festivals(self, days: int) -> Sequence[FestivalView]:
        """Nearest first."""
        ...
