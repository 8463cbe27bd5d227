"""Why a product is in a venue, or why it is not: answered from what the run wrote down, and from the product as it is today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huichang.catalog.product import Product, promoted
from huichang.kernel.clock import Clock
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.kernel.language import Language, Text
from huichang.kernel.model import Model
from huichang.line.keys import VenueStep
from huichang.selection.eligibility import ineligible, opening, window_of
from huichang.selection.index import ProductIndex
from huichang.selection.model import (
    Condition,
    Eligibility,
    FloorPlan,
    LeftOut,
    LeftOutCode,
    LeftOuts,
    Measured,
    Path,
    Reason,
    SelectedProduct,
    Selection,
)
from huichang.selection.rules import in_words, meets
from huichang.selection.telling import MEND, WHY, rule_words
from huichang.selection.words import say
from huichang.venues.model import Documents, Venue, VenueStore

_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_PATHS: Mapping[Path, Text] = {
    "search": {"zh": "搜索", "en": "search"},
    "vector": {"zh": "语义", "en": "meaning"},
    "rules": {"zh": "规则", "en": "rules"},
}


class ProductWhy(Model):
    """One product and one venue. `code`: "chosen", a LeftOutCode, or "not_recalled". `text` and `mend` say it in both languages.

    `run`: the run whose selection this is.
    """

    product_id: str
    title: str
    run: int
    code: LeftOutCode | Literal["chosen", "not_recalled"]
    rank: int | None = None
    floor: str = ""
    reason: Reason | None = None
    left_out: LeftOut | None = None
    text: Text
    mend: Text


@dataclass(frozen=True)
class Explainer:
    """Answers for any product of the catalogue."""

    venues: VenueStore
    documents: Documents
    index: ProductIndex
    clock: Clock

    def why(self, venue_id: str, product_id: str) -> ProductWhy:
        """Why this product is, or is not, in the newest selection of the venue.

        Raises NotFoundError for an unknown venue, and for a product that neither the run nor the index knows; ConflictError while
        nothing was selected yet.
        """
        venue = self.venues.get(venue_id)
        step = self._selected(venue)
        selection = self.documents.get(step.key("selection"), Selection)
        product = promoted(self.index.get([product_id]), venue.promotion).get(product_id)
        title = product.text(venue.language).title if product else ""
        chosen = next((row for row in selection.products if row.product_id == product_id), None)
        if chosen is not None:
            return ProductWhy(
                product_id=product_id,
                title=title,
                run=step.run,
                code="chosen",
                rank=chosen.rank,
                floor=self._floor(step, product_id),
                reason=chosen.reason,
                text={language: _chosen_text(chosen, language) for language in _LANGUAGES},
                mend={},
            )
        left = self.documents.get(step.key("left-out"), LeftOuts).products if self.documents.exists(step.key("left-out")) else ()
        found = next((out for out in left if out.product_id == product_id), None)
        if found is None:
            if product is None:
                raise NotFoundError(f"there is no product {product_id}", where="product_id", mend="GET /api/products?q=")
            found = _today(product, venue, selection, self.clock.now())
        code: LeftOutCode | Literal["not_recalled"] = found.code if found else "not_recalled"
        return ProductWhy(
            product_id=product_id,
            title=title,
            run=step.run,
            code=code,
            left_out=found,
            text={language: self._left_text(found, product, language) for language in _LANGUAGES},
            mend=MEND[code],
        )

    def _selected(self, venue: Venue) -> VenueStep:
        for run in range(venue.run, 0, -1):
            step = VenueStep(campaign_id=venue.campaign_id, venue_id=venue.venue_id, run=run, round=venue.round)
            if self.documents.exists(step.key("selection")):
                return step
        raise ConflictError(
            "nothing has been selected for this venue yet", where="venue", mend="wait until its products are selected", code="not_selected"
        )

    def _floor(self, step: VenueStep, product_id: str) -> str:
        if not self.documents.exists(step.key("floors")):
            return ""
        floors = self.documents.get(step.key("floors"), FloorPlan).floors
        return next((floor.title for floor in floors if product_id in floor.product_ids), "")

    def _left_text(self, out: LeftOut | None, product: Product | None, language: Language) -> str:
        if out is None:
            return WHY["not_recalled"][language]
        said = WHY[out.code][language]
        more = ""
        if out.measured:
            more = _measured_text(out.measured, language)
        elif out.code == "price_outlier" and out.low is not None and out.high is not None:
            price = f"{float(product.price.amount):,.10g}" if product else "?"
            more = say(
                language, f"价格 {price}，{out.by}一般 {out.low:,.4g}–{out.high:,.4g}", f"{price}; {out.by}: {out.low:,.4g}–{out.high:,.4g}"
            )
        elif out.code in ("near_duplicate", "look_alike"):
            kept = self.index.get([out.by]).get(out.by)
            more = f"{kept.text(language).title} ({out.by})" if kept else out.by
        elif out.by:
            more = rule_words(out.by, language) if out.code == "excluded" else out.by
        ranks = _ranks_text(out.ranks, language)
        place = say(language, f"第 {out.place} 位", f"place {out.place}") if out.place else ""
        tail = say(language, "；", "; ").join(filter(None, (more, place, ranks)))
        return say(language, f"{said}（{tail}）" if tail else said, f"{said} ({tail})" if tail else said)


def _today(product: Product, venue: Venue, selection: Selection, now: datetime) -> LeftOut | None:
    """Why no path could have recalled it, judged on the product as it is now; None where nothing forbids it."""
    where = Eligibility(catalogue=venue.catalogue, promotion=venue.promotion, opens_at=opening(venue.opens_on))
    code = ineligible(product, where, now)
    if code is not None:
        enrolment = product.enrolment(venue.promotion) if code == "not_open" and venue.promotion else None
        return LeftOut(product_id=product.id, code=code, by=window_of(enrolment))
    failed = next((condition for condition in selection.rules.conditions if not meets(product, condition)), None)
    if failed is None:
        return None
    measured = Measured(indicator=failed.indicator, op=failed.op, threshold=failed.value, value=product.indicators().get(failed.indicator))
    return LeftOut(product_id=product.id, code="condition", measured=measured)


def _chosen_text(chosen: SelectedProduct, language: Language) -> str:
    reason = chosen.reason
    said = [say(language, f"第 {chosen.rank} 位", f"place {chosen.rank}")]
    if reason.pinned_by:
        said.append(say(language, f"{reason.pinned_by} 置顶", f"pinned by {reason.pinned_by}"))
    elif reason.edit:
        said.append(rule_words(reason.edit, language))
    said.append(_ranks_text(reason.ranks, language) or say(language, "没有召回路径找到它", "no path recalled it"))
    if reason.matched_words:
        said.append(say(language, f"提到{'、'.join(reason.matched_words)}", f"speaks of {', '.join(reason.matched_words)}"))
    if reason.subtheme:
        said.append(say(language, f"子主题「{reason.subtheme}」", f'sub-theme "{reason.subtheme}"'))
    said += [_measured_text(measured, language) for measured in reason.measured]
    if reason.collapsed:
        said.append(say(language, f"代表 {len(reason.collapsed)} 个重复报价", f"repeated offers left out: {len(reason.collapsed)}"))
    return say(language, "；", "; ").join(said)


def _ranks_text(ranks: Mapping[Path, int], language: Language) -> str:
    ordered = sorted(ranks.items(), key=lambda item: item[1])
    return say(language, "、", ", ").join(f"{_PATHS[path][language]} #{rank}" for path, rank in ordered)


def _measured_text(measured: Measured, language: Language) -> str:
    condition = Condition(indicator=measured.indicator, op=measured.op, value=measured.threshold)
    wanted = in_words(condition, language)
    if isinstance(measured.threshold, (bool, str, tuple)):
        return wanted
    unknown = say(language, "未知", "not known")
    has = unknown if measured.value is None else f"{float(measured.value):,.10g}"
    return say(language, f"{wanted}，它是 {has}", f"{wanted}, it has {has}")
