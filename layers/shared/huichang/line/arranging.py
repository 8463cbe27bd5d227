"""Operators arrange a venue's floors: rename, reorder, move goods, split, merge. What they make is kept for the venues to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huichang.catalog.product import Product, promoted
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from huichang.kernel.language import Language
from huichang.line.keys import VenueStep
from huichang.line.locking import OPEN, Locks
from huichang.line.policing import Policing
from huichang.line.runs import Runs
from huichang.materials.policy import Passage, Policy, PolicyError, the_policy
from huichang.pages.packages.locks import FLOORS
from huichang.pages.wording import clean_text, text_width
from huichang.selection.floors import naming
from huichang.selection.floors.goods import Goods
from huichang.selection.floors.library import ANY_INDUSTRY, FloorLibrary, KeptFloors, describe
from huichang.selection.index import ProductIndex
from huichang.selection.model import ArrangedFloor, FloorArrangement, FloorPlan
from huichang.themes.model import Theme
from huichang.venues.model import Actor, AuditTrail, Documents, Venue, VenueStore

MAX_FLOORS = 12
MAX_TITLE_WIDTH = 24
"""In Latin letters, as the templates' slot: 12 Chinese characters."""
_NAMED = 5


def industry_of(theme: Theme, products: Mapping[str, Product]) -> str:
    """The industry under which floors of these goods are kept: the theme's, else that of most goods, else "any"."""
    counts = Counter(product.industry for product in products.values() if product.industry)
    return theme.industry or (counts.most_common(1)[0][0] if counts else ANY_INDUSTRY)


@dataclass(frozen=True)
class FloorDesk:
    """What operators do with floors. Every change is in the audit trail."""

    venues: VenueStore
    documents: Documents
    index: ProductIndex
    library: FloorLibrary
    runs: Runs
    audit: AuditTrail
    clock: Clock
    policing: Policing
    locks: Locks = OPEN

    def arrange(self, venue_id: str, plan_id: str, floors: Sequence[ArrangedFloor], actor: Actor) -> Venue:
        """Give the venue these floors, in this order, and build its page again; a live page stays until the new one is approved.

        `floors` is the whole new state: each product of the plan exactly once. `plan_id` is the plan that the operator saw.
        Raises ConflictError where the venue has another plan by now (or none yet, or is retired), InvalidInputError for titles
        and products that cannot be, PolicyError for titles that may not be shown, RegionLockedError where its template locks the
        floors, NotFoundError.
        """
        venue = self.venues.get(venue_id)
        self.locks.refuse(venue, [FLOORS])
        plan = self._plan(venue, plan_id)
        wanted = self._checked(plan, floors, venue.language)
        _lawful([floor.title for floor in wanted], self.policing.of(venue), venue.language, "floors")
        now = iso(self.clock.now())
        arrangement = FloorArrangement(floors=wanted, arranged_by=actor.name, arranged_at=now)
        changed = self._change(venue, arrangement)
        detail = {
            "floors": [f"{floor.title} ({len(floor.product_ids)})" for floor in wanted],
            "before": [f"{floor.title} ({len(floor.product_ids)})" for floor in plan.floors],
        }
        self._record(actor, "arrange_floors", venue_id, venue.staged_version, detail)
        self._keep(changed, wanted, actor, now)
        return self.runs.start_again(changed, f"floors arranged by {actor.name}")

    def automatic(self, venue_id: str, actor: Actor) -> Venue:
        """Drop the operator's floors; the venue is divided by its goods again. ConflictError where nobody had arranged them."""
        venue = self.venues.get(venue_id)
        self.locks.refuse(venue, [FLOORS])
        if venue.arrangement is None:
            raise ConflictError("nobody arranged these floors", where="venue", mend="they are divided automatically already")
        changed = self._change(venue, None)
        self._record(actor, "automatic_floors", venue_id, venue.staged_version, {})
        return self.runs.start_again(changed, f"floors given back to the planner by {actor.name}")

    def kept(self) -> Sequence[KeptFloors]:
        """Latest first, retired ones too."""
        return self.library.recent()

    def change_kept(self, entry_id: str, revision: int, actor: Actor, *, titles: Sequence[str] | None, status: str | None) -> KeptFloors:
        """Rename the floors of an entry (all titles, in its order), retire it or bring it back.

        Raises ConflictError where somebody changed it since `revision`, InvalidInputError, NotFoundError.
        """
        entry = self.library.get(entry_id)
        if entry.revision != revision:
            raise ConflictError(f"somebody changed it meanwhile: it is at revision {entry.revision}", where="revision", mend="reload it")
        changes: dict[str, object] = {"changed_by": actor.name, "changed_at": iso(self.clock.now())}
        if titles is not None:
            if len(titles) != len(entry.floors):
                raise InvalidInputError(f"{len(titles)} titles for {len(entry.floors)} floors", where="titles", mend="one for each floor")
            checked = _titles(titles, entry.language, "titles")
            _lawful(checked, the_policy(entry.industry), entry.language, "titles")
            changes["floors"] = [
                floor.model_copy(update={"title": title}) for floor, title in zip(entry.floors, checked, strict=True)
            ]  # fmt: skip
        if status is not None:
            changes["status"] = status
        changed = self.library.change(KeptFloors.model_validate({**entry.model_dump(), **_plain(changes)}))
        detail = {"titles": list(titles or ()), "status": status or ""}
        self._record(actor, "change_kept_floors", entry_id, "", detail)
        return changed

    # --- checks -----------------------------------------------------------------------------------------------------

    def _plan(self, venue: Venue, plan_id: str) -> FloorPlan:
        if venue.status == "retired":
            raise ConflictError("the venue is retired", where="venue", mend="publish it first")
        step = VenueStep(campaign_id=venue.campaign_id, venue_id=venue.venue_id, run=venue.run, round=venue.round)
        try:
            plan = self.documents.get(step.key("floors"), FloorPlan)
        except NotFoundError as error:
            raise ConflictError("its floors are being planned", where="venue", mend="wait until they are there") from error
        if plan.plan_id != plan_id:
            raise ConflictError("the floors changed since you looked", where="plan_id", mend="reload the floors and arrange them again")
        return plan

    @staticmethod
    def _checked(plan: FloorPlan, floors: Sequence[ArrangedFloor], language: Language) -> tuple[ArrangedFloor, ...]:
        filled = [floor for floor in floors if floor.product_ids]
        if not 1 <= len(filled) <= MAX_FLOORS:
            raise InvalidInputError(f"{len(filled)} floors with products", where="floors", mend=f"1 to {MAX_FLOORS} are possible")
        titles = _titles([floor.title for floor in filled], language, "floors")
        known = {product_id for floor in plan.floors for product_id in floor.product_ids}
        placed = Counter(product_id for floor in filled for product_id in floor.product_ids)
        for wrong, said, mend in (
            ([one for one, count in placed.items() if count > 1], "stand on two floors", "leave each on one"),
            ([one for one in placed if one not in known], "are not in this venue", "pin them first: PUT /api/venues/{id}/edits"),
            (sorted(known - placed.keys()), "are on no floor", "put them on a floor, or exclude them: PUT /api/venues/{id}/edits"),
        ):
            if wrong:
                more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
                raise InvalidInputError(f"{', '.join(wrong[:_NAMED])}{more} {said}", where="floors.product_ids", mend=mend)
        return tuple(floor.model_copy(update={"title": title}) for floor, title in zip(filled, titles, strict=True))

    # --- writing ----------------------------------------------------------------------------------------------------

    def _change(self, venue: Venue, arrangement: FloorArrangement | None) -> Venue:
        """Written only if the venue is as it was read: of two operators at once the second is told."""
        stored = None if arrangement is None else arrangement.model_dump()
        return self.venues.update(venue.venue_id, expect_revision=venue.revision, arrangement=stored, round=1)

    def _keep(self, venue: Venue, floors: Sequence[ArrangedFloor], actor: Actor, now: str) -> None:
        products = promoted(self.index.get([product_id for floor in floors for product_id in floor.product_ids]), venue.promotion)
        entry = describe(
            [(floor.title, floor.product_ids) for floor in floors],
            Goods(products, venue.language),
            venue_id=venue.venue_id,
            venue_name=venue.theme.name,
            industry=industry_of(venue.theme, products),
            by=actor.name,
            at=now,
        )
        if entry is not None:
            self.library.keep(entry)

    def _record(self, actor: Actor, action: str, subject: str, saw: str, detail: Mapping[str, object]) -> None:
        at = iso(self.clock.now())
        entry = actor.did(action, subject, at=at, saw=saw, detail=dict(detail))
        self.audit.record(entry)


def _plain(changes: Mapping[str, object]) -> dict[str, object]:
    return {name: [each.model_dump() for each in value] if name == "floors" else value for name, value in changes.items()}  # type: ignore[attr-defined]  # floors are models


def _lawful(titles: Sequence[str], policy: Policy, language: Language, where: str) -> None:
    """Raises PolicyError naming every title that may not stand on a page."""
    verdict = policy.check(
        Passage(text=title, place=f"{where}[{number}].title", sector=policy.sector) for number, title in enumerate(titles, 1)
    )
    if verdict.blocked:
        raise PolicyError(verdict, language)


def _titles(titles: Sequence[str], language: Language, where: str) -> list[str]:
    """Titles as they will stand on the page. Raises InvalidInputError for empty, long and doubled ones."""
    checked: list[str] = []
    for number, raw in enumerate(titles, 1):
        title = clean_text(raw)
        place = f"{where}[{number}].title"
        if not title:
            raise InvalidInputError(f"floor {number} has no title", where=place, mend="name it")
        if text_width(title) > MAX_TITLE_WIDTH:
            limit = "12 个汉字" if language == "zh" else f"{MAX_TITLE_WIDTH} letters"
            raise InvalidInputError(f"the title {title!r} is too long", where=place, mend=f"at most {limit}")
        if any(naming.key(title) == naming.key(other) for other in checked):
            raise InvalidInputError(f"two floors are called {title!r}", where=place, mend="give each its own title")
        checked.append(title)
    return checked
