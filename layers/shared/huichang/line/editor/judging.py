"""What is wrong with the texts of a draft, beside the goods that the draft shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huichang.line.arranging import MAX_TITLE_WIDTH
from huichang.line.editor.page import EditedPage, PageReader
from huichang.line.editor.typed import TypedFinding, check_texts, stale, too_wide, twice
from huichang.line.facts import counted
from huichang.line.policing import Policing
from huichang.materials.model import MaterialRequest
from huichang.materials.policy import Policy
from huichang.pages.drafts import DraftFloor, PageDraft
from huichang.selection.floors import naming


@dataclass(frozen=True)
class Judging:
    """Judges drafts, and says what a place would be asked for with a draft's goods. Writes nothing."""

    reader: PageReader
    policing: Policing

    def findings(self, page: EditedPage, draft: PageDraft) -> tuple[TypedFinding, ...]:
        """Of every text that the draft changes, and of those that its goods no longer carry."""
        policy = self.policing.of(page.venue)
        facts = self._facts(page, draft)
        found: list[TypedFinding] = []
        same_goods = set(draft.product_ids) == set(page.draft.product_ids)
        for component, texts in draft.texts.items():
            before = page.draft.texts.get(component)
            request = _asked(page, component, facts(draft.product_ids))
            if request is not None and not (same_goods and texts == before):
                found += _judged(component, request, texts, before, policy)
        seen: list[str] = []
        for floor in draft.floors:
            place, title = f"floor:{floor.key}", f"floor:{floor.key}.title"
            was = page.draft.floor(floor.key)
            if any(naming.key(floor.title) == naming.key(other) for other in seen):
                found.append(twice(title, floor.title))
            seen.append(floor.title)
            if was is not None and (was.title, was.texts, set(was.product_ids)) == (floor.title, floor.texts, set(floor.product_ids)):
                continue
            wide = too_wide(title, floor.title, MAX_TITLE_WIDTH) if was is None or was.title != floor.title else None
            found += [wide] if wide else []
            request = _asked_of_floor(page, floor, facts(floor.product_ids))
            if request is not None:
                before = {**was.texts, "title": was.title} if was else None
                told = _judged(place, request, {**floor.texts, "title": floor.title}, before, policy)
                found += [each for each in told if not (wide and each.code == "typed.length" and each.place == title)]
        return tuple(found)

    def request(self, page: EditedPage, draft: PageDraft, place: str) -> MaterialRequest | None:
        """What the component of a place ("hero.title", "floor:floor-2.subtitle") would be asked for with the draft's goods.

        None for a place that is not asked for (one that the page does not have, or that is locked).
        """
        owner, _, _ = place.rpartition(".")
        facts = self._facts(page, draft)
        if owner.startswith("floor:"):
            floor = draft.floor(owner.removeprefix("floor:"))
            return _asked_of_floor(page, floor, facts(floor.product_ids)) if floor else None
        return _asked(page, owner, facts(draft.product_ids))

    def _facts(self, page: EditedPage, draft: PageDraft) -> _FactsOf:
        return _FactsOf(page, self.reader.products(page.venue, draft.product_ids))


@dataclass(frozen=True)
class _FactsOf:
    page: EditedPage
    products: Mapping[str, Any]

    def __call__(self, ids: Sequence[str]) -> dict[str, Any]:
        return counted([self.products[one] for one in ids if one in self.products], self.page.venue.language)


def _asked(page: EditedPage, component: str, facts: Mapping[str, Any]) -> MaterialRequest | None:
    request = page.requests.get(component)
    return request.model_copy(update={"facts": {**request.facts, **facts}}) if request is not None else None


def _asked_of_floor(page: EditedPage, floor: DraftFloor, facts: Mapping[str, Any]) -> MaterialRequest | None:
    """A title that an operator types is no evidence for itself: `floor_title` is left empty."""
    like = next((page.requests[name] for name in page.requests if name.startswith("floor-")), None)
    if like is None:
        return None
    return like.model_copy(update={"facts": {**like.facts, **facts, "floor_title": ""}, "component": f"floor:{floor.key}"})


def _judged(
    place: str, request: MaterialRequest, now: Mapping[str, str], before: Mapping[str, str] | None, policy: Policy
) -> list[TypedFinding]:
    found = check_texts(place, request, now, policy)
    unchanged = {f"{place}.{slot}" for slot, text in now.items() if before is not None and before.get(slot) == text}
    kept = [each for each in found if each.place not in unchanged]
    # One line for a text that nobody touched: it is not the operator's to mend.
    gone = {each.place: stale(each) for each in reversed(found) if each.place in unchanged and each.severity == "block"}
    return [*kept, *gone.values()]
