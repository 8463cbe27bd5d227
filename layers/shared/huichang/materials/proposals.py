"""Other words for one text: a material that belongs to no page. It is asked for, checked, retried and paid for as any other is.

Several texts come of one asking: the slot stands several times in the request, under names of its own, so that one call answers.
Nobody waits for such a material but who asked: no event is told of it, and no page counts it (`shelf_of`).
"""

from __future__ import annotations

from collections.abc import Sequence

from huichang.kernel.ids import content_hash
from huichang.materials.likeness import near_same_text
from huichang.materials.model import CopyResult, CopySlot, MaterialRequest, ReviewConstraint

PROPOSALS = 3
_SHELF = "~asked"


def shelf_of(venue_id: str) -> str:
    """Where a venue's asked-for texts are kept: beside its page's materials, never among them."""
    return f"{venue_id}{_SHELF}"


def on_shelf(owner: str) -> bool:
    """Whether a task's owner is such a shelf, and no page."""
    return owner.endswith(_SHELF)


def proposal_request(request: MaterialRequest, slot: CopySlot, seen: Sequence[str]) -> MaterialRequest:
    """What is asked for: `slot` of the component's `request`, PROPOSALS times, and none of the texts that were `seen`.

    Equal askings are one request: they cost one call, whoever repeats them.
    """
    names = [f"{slot.name}_{number}" for number in range(1, PROPOSALS + 1)]
    what = f"{slot.what}; {PROPOSALS} different ways to say it are wanted, and this is one of them"[:400]
    slots = tuple(slot.model_copy(update={"name": name, "what": what}) for name in names)
    constraints: list[ReviewConstraint] = []
    for each in request.constraints:  # what reviewers said of this slot, or of all of the component
        if each.slot == slot.name:
            constraints += [each.model_copy(update={"slot": name}) for name in names]
        elif not each.slot:
            constraints.append(each)
    for text in dict.fromkeys(text.strip() for text in seen if text.strip()):
        constraints.append(ReviewConstraint(code="other", text="other words", rejected_text={slot.name: text}))
    changes = {"slots": slots, "constraints": tuple(constraints), "written": None, "picked": None, "rejections": 0, "material_id": ""}
    asked = request.model_copy(update=changes)
    return asked.model_copy(update={"material_id": f"{slot.name}-{content_hash(asked.model_dump(mode='json'))[:24]}"})


def proposed(request: MaterialRequest, result: CopyResult) -> tuple[str, ...]:
    """The texts that the model wrote and that may be shown, each once; what fell back to a plain name is none."""
    names = [str(request.facts.get(name) or "") for name in ("floor_title", "theme_name")]
    found: list[str] = []
    for slot in request.slots:
        text = result.texts.get(slot.name, "").strip()
        if text and slot.name not in result.plain and not any(near_same_text(text, other, names) for other in found):
            found.append(text)
    return tuple(found)
