"""Other words for one place of a page: asked of the model as copy is, and proposed to the operator, who may take one into the draft.

Nothing of the page changes here. What is taken is typed text like any other: judged, undone, merged and saved with the draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from huichang.kernel.errors import ConflictError, InvalidInputError, in_both
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.line.budgets import NO_MONEY
from huichang.line.editor.judging import Judging
from huichang.line.editor.page import PageReader
from huichang.line.editor.rules import known_goods, things_of
from huichang.line.editor.typed import TypedFinding, check_texts, refusal
from huichang.line.locking import Locks
from huichang.line.policing import Policing
from huichang.materials.model import CopyResult, MaterialRequest, MaterialTask
from huichang.materials.proposals import proposal_request, proposed, shelf_of
from huichang.pages.drafts import PageDraft, rekeyed
from huichang.venues.model import Actor, AuditTrail

MOST_SEEN = 30
Status = Literal["waiting", "ready", "failed"]


class Proposal(Model):
    """Other words for the place, and what the checks say of them (warnings: what would block is never proposed)."""

    text: str
    findings: tuple[TypedFinding, ...] = ()


class Asked(Model):
    """What came of an asking. `refused`: what the checks took out of the model's answers. `why`: of a failure, and of an empty answer."""

    ask_id: str
    place: str
    status: Status
    proposals: tuple[Proposal, ...] = ()
    refused: tuple[TypedFinding, ...] = ()
    why: Text = {}


class MaterialAsks(Protocol):
    """The material desk, as far as it takes what no page waits for (materials/desk.py)."""

    def ask(self, request: MaterialRequest, shelf: str) -> MaterialTask:
        """Queue it, once. Raises TransientError."""
        ...


@dataclass(frozen=True)
class OtherWords:
    """Asks, and shows what came."""

    reader: PageReader
    desk: MaterialAsks
    policing: Policing
    locks: Locks
    audit: AuditTrail

    def ask(self, venue_id: str, draft: PageDraft, place: str, seen: Sequence[str], actor: Actor) -> Asked:
        """Ask for other words than `seen` and than the draft's at a place ("hero.title", "floor:<key>.subtitle"), for its goods.

        The same asking again is the same material, and costs nothing. Raises ConflictError (region_locked, being_built, or a retired
        venue), InvalidInputError for a place that no words are asked for.
        """
        page = self.reader.page(venue_id)
        if page.venue.status == "retired":
            raise ConflictError("the venue is retired", where="venue", mend="publish it first")
        self.locks.refuse(page.venue, things_of(place))
        owner, _, name = place.rpartition(".")
        number = next((n for n, floor in enumerate(draft.floors) if owner == f"floor:{floor.key}"), None)
        draft = rekeyed(draft, page.draft)
        known_goods(page.draft, draft, self.reader.products(page.venue, draft.product_ids))
        floor = draft.floors[number] if number is not None else None
        request = Judging(self.reader, self.policing).request(page, draft, f"floor:{floor.key}.{name}" if floor else place)
        slot = next((each for each in request.slots if each.name == name), None) if request else None
        if request is None or slot is None:
            raise in_both(
                InvalidInputError(f"no words are asked for at {place}", where="place", mend="name a text that the editor lists"),
                both(f"{place} 没有可以请模型写的文字", f"no words are asked for at {place}"),
                both("选编辑器里列出的文字", "name a text that the editor lists"),
            )
        if floor:  # the model is told what the floor is called; the judging is not, see Judging
            was = page.draft.floor(floor.key)
            facts = {**request.facts, "floor_title": was.title if was else ""}
            request = request.model_copy(update={"component": floor.key if was else "floor", "facts": facts})
        now = ({**floor.texts, "title": floor.title} if floor else draft.texts.get(owner, {})).get(name, "")
        wanted = proposal_request(request, slot, (now, *seen))
        task = self.desk.ask(wanted, shelf_of(venue_id))
        detail = {"place": place, "ask_id": wanted.material_id}
        self.audit.record(actor.did("ask_words", venue_id, at=task.updated_at, saw=page.venue.staged_version, detail=detail))
        return self._shown(venue_id, place, task)

    def shown(self, venue_id: str, ask_id: str, place: str) -> Asked:
        """What came of it by now. Raises NotFoundError."""
        return self._shown(venue_id, place, self.reader.materials.get(shelf_of(venue_id), ask_id))

    def _shown(self, venue_id: str, place: str, task: MaterialTask) -> Asked:
        asked = Asked(ask_id=task.material_id, place=place, status="waiting")
        if task.status == "failed":
            return asked.model_copy(update={"status": "failed", "why": _why(task)})
        if task.status != "ready":
            return asked
        documents = self.reader.documents
        request, result = documents.get(task.request_key, MaterialRequest), documents.get(task.result_key, CopyResult)
        policy = self.policing.of(self.reader.venues.get(venue_id))
        owner, _, name = place.rpartition(".")
        one = request.model_copy(update={"slots": (request.slots[0].model_copy(update={"name": name}),)})
        # Rules may have changed since it was written: what would block now is not proposed.
        judged = [(text, check_texts(owner, one, {name: text}, policy)) for text in proposed(request, result)]
        sound = tuple(Proposal(text=text, findings=found) for text, found in judged if all(each.severity != "block" for each in found))
        refused = tuple({(each.code, each.words): each for each in (refusal(place, one) for one in result.refused)}.values())
        empty = both("模型没有写出可以用的新说法", "the model wrote nothing new that may be shown")
        return asked.model_copy(update={"status": "ready", "proposals": sound, "refused": refused, "why": {} if sound else empty})


def _why(task: MaterialTask) -> Text:
    if task.code in NO_MONEY:
        return both("活动的模型费用已达到预算上限，提高上限后可以再问", "the campaign's cap for models is reached: raise it and ask again")
    return both(f"没有问到：{task.error}", f"it could not be asked: {task.error}")
