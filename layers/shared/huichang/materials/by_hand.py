"""What operators put on a page with their own hands: texts, pictures they chose, materials they want made anew.

It is kept with the venue and reaches the page as materials do (a request that carries it is answered without a model), so reviewers
see it, send it back and approve it like anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from huichang.kernel.model import Model
from huichang.materials.model import ImageResult, MaterialRequest, ReviewConstraint


class ByHand(Model):
    """`texts` by component: its slots as they were looked at; what is missing a model writes. `floors`: the same, by the floor's title
    (floors are renumbered with every build).

    `again`: what a new try must not repeat, by material. `rejections`: how often each material had been sent back when this was saved;
    what is sent back later takes the operator's text or picture with it. `run`: the run that this save began. `key`: its record.
    """

    version: Annotated[int, Field(ge=0)] = 0
    texts: dict[str, dict[str, str]] = {}
    floors: dict[str, dict[str, str]] = {}
    pictures: dict[str, ImageResult] = {}
    again: dict[str, tuple[ReviewConstraint, ...]] = {}
    rejections: dict[str, int] = {}
    run: int = 0
    by: str = ""
    at: str = ""
    key: str = ""


def given(
    by_hand: ByHand, requests: Sequence[MaterialRequest], titles: Mapping[str, str], sent_back: Mapping[str, int]
) -> list[MaterialRequest]:
    """The requests with what people wrote and chose for them. `titles`: component of a floor -> its title. `sent_back`: by material."""
    return [_given(by_hand, request, titles.get(request.component), sent_back.get(request.material_id, 0)) for request in requests]


def _given(by_hand: ByHand, request: MaterialRequest, title: str | None, sent_back: int) -> MaterialRequest:
    if sent_back > by_hand.rejections.get(request.material_id, 0):
        return request
    if request.kind == "image":
        picked = by_hand.pictures.get(request.component)
        return request.model_copy(update={"picked": picked}) if picked else request
    written = by_hand.texts.get(request.component) if title is None else by_hand.floors.get(title)
    if not written:
        return request
    return request.model_copy(update={"written": {slot.name: written[slot.name] for slot in request.slots if slot.name in written}})


def asked_again(by_hand: ByHand, requests: Sequence[MaterialRequest]) -> list[MaterialRequest]:
    """The requests with what a new try must not repeat. Repeating it changes nothing."""
    return [_asked_again(request, by_hand.again.get(request.material_id, ())) for request in requests]


def _asked_again(request: MaterialRequest, more: Sequence[ReviewConstraint]) -> MaterialRequest:
    fresh = tuple(each for each in more if each not in request.constraints)
    return request.model_copy(update={"constraints": (*request.constraints, *fresh)}) if fresh else request
