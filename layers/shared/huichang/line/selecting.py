"""From a theme to the products of its venue: expand, three recalls, fuse, recruit where it falls short, floors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huichang.catalog.product import promoted
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, PermanentError
from huichang.kernel.events import EventBus, ProductsSelected, SupplyGapFound
from huichang.kernel.language import Language, both
from huichang.line.floors import VenueFloors
from huichang.line.journal import Journal
from huichang.line.keys import VenueStep
from huichang.line.runs import Runs
from huichang.merchants.gaps import supply_gap
from huichang.selection.conditions import in_words
from huichang.selection.fusion import Fusion, enough
from huichang.selection.index import ProductIndex
from huichang.selection.model import Recall, Selection
from huichang.selection.recall import Recaller, RulesRecall
from huichang.themes.expanding import Expander
from huichang.themes.model import CampaignBrief, Expansion
from huichang.themes.promises import Promises, kept_to
from huichang.venues.model import CampaignStore, Documents, Failure, Venue, VenueStore

_LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True)
class Records:
    """What every venue station reads and writes."""

    campaigns: CampaignStore
    venues: VenueStore
    documents: Documents
    journal: Journal
    bus: EventBus
    clock: Clock

    def brief(self, step: VenueStep) -> CampaignBrief:
        """The brief that this venue was planned from, narrowed to the one subject it serves where it serves one.

        Of 厨房+收纳+宠物 a venue of pet beds has to speak of 宠物 only; a brief that was corrected since is another plan's.
        """
        campaign, venue = self.campaigns.get(step.campaign_id), self.venues.get(step.venue_id)
        brief = next((earlier.brief for earlier in campaign.earlier if earlier.plan == venue.plan), campaign.brief)
        if brief is None:
            raise PermanentError("the campaign has no brief", where=step.campaign_id, code="defect")
        return brief.model_copy(update={"subjects": (venue.theme.about,)}) if venue.theme.about else brief

    def at(self) -> str:
        """Now."""
        return iso(self.clock.now())


@dataclass(frozen=True)
class ExpandTheme:
    """Theme to text and search words."""

    records: Records
    expander: Expander

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {words}: how many."""
        venue = self.records.venues.get(step.venue_id)
        if venue.run != step.run:
            # Edited before its campaign came to it: the run that the edit started is the one that counts.
            raise ConflictError(f"run {step.run} was superseded by run {venue.run}", where="ExpandTheme")
        if venue.superseded:
            raise ConflictError("a corrected brief took this venue's place", where="ExpandTheme")
        with self.records.journal.step(step, "ExpandTheme") as entry:
            self.records.venues.update(step.venue_id, status="selecting")
            expansion = self.expander.expand(venue.theme.as_planned, self.records.brief(step), step.venue_id)
            self.records.documents.put(step.key("expansion"), expansion)
            words = sum(len(of_language) for of_language in expansion.words.values())
            entry.note = ", ".join(word for of_language in expansion.words.values() for word in of_language[:8])
            if expansion.dropped:
                entry.note += " · −" + ", ".join(f"{each.word} ({each.why})" for each in expansion.dropped[:6])
        return {"words": words}


@dataclass(frozen=True)
class RecallBySearch:
    """BM25."""

    records: Records
    recaller: Recaller

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {hits}."""
        with self.records.journal.step(step, "RecallBySearch") as entry:
            venue = self.records.venues.get(step.venue_id)
            expansion = self.records.documents.get(step.key("expansion"), Expansion)
            recall = self.recaller.by_search(self.records.brief(step), expansion, venue.edits_in_force)
            self.records.documents.put(step.key("recall-search"), recall)
            entry.note = f"{len(recall.hits)}"
        return {"hits": len(recall.hits)}


@dataclass(frozen=True)
class RecallByVector:
    """k-NN."""

    records: Records
    recaller: Recaller

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {hits}."""
        with self.records.journal.step(step, "RecallByVector") as entry:
            venue = self.records.venues.get(step.venue_id)
            expansion = self.records.documents.get(step.key("expansion"), Expansion)
            recall = self.recaller.by_vector(self.records.brief(step), expansion, venue.edits_in_force, step.venue_id)
            self.records.documents.put(step.key("recall-vector"), recall)
            entry.note = f"{len(recall.hits)}"
        return {"hits": len(recall.hits)}


@dataclass(frozen=True)
class RecallByRules:
    """Closed-schema thresholds."""

    records: Records
    recaller: Recaller
    min_products: int

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {hits}."""
        with self.records.journal.step(step, "RecallByRules") as entry:
            venue = self.records.venues.get(step.venue_id)
            expansion = self.records.documents.get(step.key("expansion"), Expansion)
            brief, edits = self.records.brief(step), venue.edits_in_force
            found = self.recaller.by_rules(venue.theme, brief, expansion, self.min_products, edits, step.venue_id)
            self.records.documents.put(step.key("recall-rules"), found)
            hits = len(found.recall.hits)
            entry.note = f"{hits}"
            asked = both(*("; ".join(in_words(each, language) for each in found.rules.conditions) for language in _LANGUAGES))
            entry.told = ((asked,) if found.rules.conditions else ()) + found.recall.notes
        return {"hits": hits}


@dataclass(frozen=True)
class FuseRecall:
    """Three recalls to one selection."""

    records: Records
    fusion: Fusion
    min_products: int

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {products, enough}."""
        with self.records.journal.step(step, "FuseRecall") as entry:
            venue = self.records.venues.get(step.venue_id)
            documents = self.records.documents
            by_rules = documents.get(step.key("recall-rules"), RulesRecall)
            recalls = (
                documents.get(step.key("recall-search"), Recall),
                documents.get(step.key("recall-vector"), Recall),
                by_rules.recall,
            )
            brief = self.records.brief(step)
            # Tabs share out the page, so they are looked at before there are products; the names once there are.
            before, _ = kept_to(venue.theme, Promises(brief, by_rules.rules), brief)
            arranged = self.fusion.fuse(
                before,
                brief,
                documents.get(step.key("expansion"), Expansion),
                recalls,
                by_rules.rules,
                venue.edits_in_force,
                venue.edits_by or "operator",
            )
            theme, renamed = kept_to(venue.theme, Promises(brief, by_rules.rules, arranged.products), brief)
            theme = theme.model_copy(update={"subthemes": before.subthemes, "planned": theme.planned or before.planned})
            selection = arranged.selection.model_copy(update={"notes": (*arranged.selection.notes, *renamed)})
            documents.put(step.key("left-out"), arranged.left_outs)
            documents.put(step.key("selection"), selection)
            chosen = len(selection.products)
            self.records.venues.update(step.venue_id, products=chosen, theme=theme.model_dump())
            entry.note = f"{chosen}"
            entry.told = selection.notes
        self.records.bus.publish(
            ProductsSelected(campaign_id=step.campaign_id, venue_id=step.venue_id, at=self.records.at(), products=chosen)
        )
        # An operator who accepted a thin venue gets it; an empty one nobody gets.
        return {"products": chosen, "enough": enough(selection, 1 if venue.edits.allow_thin else self.min_products)}


@dataclass(frozen=True)
class RecruitMerchants:
    """A shortage becomes a brief for merchants, and the venue ends with that as its reason."""

    records: Records
    runs: Runs
    min_products: int

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {missing}."""
        with self.records.journal.step(step, "RecruitMerchants") as entry:
            venue = self.records.venues.get(step.venue_id)
            documents = self.records.documents
            selection = documents.get(step.key("selection"), Selection)
            gap = supply_gap(
                venue.theme,
                self.records.brief(step),
                found=len(selection.products),
                needed=self.min_products,
                rules=selection.rules,
                categories=documents.get(step.key("expansion"), Expansion).categories,
                dropped=selection.dropped,
                venue_id=step.venue_id,
            )
            if gap is None:
                raise PermanentError("there is no shortage to recruit for", where="RecruitMerchants", code="defect")
            documents.put(f"venues/{step.venue_id}/supply-gap", gap)
            entry.note = f"-{gap.missing}"
            self.records.bus.publish(
                SupplyGapFound(campaign_id=step.campaign_id, venue_id=step.venue_id, at=self.records.at(), missing=gap.missing)
            )
            excluded = selection.dropped.get("excluded", 0)
            self.runs.fail(venue, _short_of_stock(venue, gap.found, gap.needed, gap.brief[venue.language], excluded))
        return {"missing": gap.missing}


def _short_of_stock(venue: Venue, found: int, needed: int, brief: str, excluded: int) -> Failure:
    if venue.language == "zh":
        message = f"「{venue.theme.name}」只有 {found} 件合格商品，至少需要 {needed} 件。"
        mend = f"向商家招商：{brief}"
        if excluded:
            mend = f"运营排除了 {excluded} 件：撤销部分排除，或{mend}"
    else:
        message = f'"{venue.theme.name}" has {found} eligible products; a venue needs {needed}.'
        mend = f"Recruit merchants: {brief}"
        if excluded:
            mend = f"Operators excluded {excluded} products: take some exclusions back. Or {mend[0].lower()}{mend[1:]}"
    return Failure(code="short_of_stock", message=message, mend=mend[:1500], step="FuseRecall")


@dataclass(frozen=True)
class PlanFloors:
    """Selection to floors."""

    records: Records
    floors: VenueFloors
    index: ProductIndex

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {floors}."""
        with self.records.journal.step(step, "PlanFloors") as entry:
            venue = self.records.venues.get(step.venue_id)
            selection = self.records.documents.get(step.key("selection"), Selection)
            products = promoted(self.index.get([chosen.product_id for chosen in selection.products]), venue.promotion)
            plan = self.floors.plan(venue, selection, products)
            self.records.documents.put(step.key("floors"), plan)
            entry.note = plan.reason
        return {"floors": len(plan.floors)}
