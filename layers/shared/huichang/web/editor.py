"""The page editor: opening a page, looking at a draft, checking what is typed, asking for other words, saving, merging."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.kernel.model import Model
from huichang.line.editor.asking import MOST_SEEN
from huichang.line.view_models import PreviewLink
from huichang.pages.drafts import PageDraft
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


class Drafted(Model):
    """Body of preview and check."""

    draft: PageDraft


class Two(Model):
    """Body of merge. `base`: the draft that was opened."""

    base: PageDraft
    draft: PageDraft


class Save(Two):
    """Body of PUT page."""

    note: Annotated[str, Field(max_length=500)] = ""


Place = Annotated[str, Field(min_length=3, max_length=160)]
_PLACE: TypeAdapter[str] = TypeAdapter(Place)


class Asking(Drafted):
    """Body of ask. `place`: as findings name it; `seen`: texts that are not to come again."""

    place: Place
    seen: Annotated[tuple[Annotated[str, Field(max_length=400)], ...], Field(max_length=MOST_SEEN)] = ()


def routes(services: Services) -> Routes:
    """Everything below /api/venues/<venue_id>/page."""
    on = Routes()

    @on.on("GET", "/api/venues/<venue_id>/page", ANY_ROLE)
    def opened(request: Request, _: Actor) -> Answer:
        return json_answer(services.editor.open(request["venue_id"]))

    @on.on("GET", "/api/venues/<venue_id>/page/history", ANY_ROLE)
    def history(request: Request, _: Actor) -> Answer:
        return json_answer({"saves": services.editor.history(request["venue_id"])})

    @on.on("POST", "/api/venues/<venue_id>/page/preview", ANY_ROLE)
    def preview(request: Request, _: Actor) -> Answer:
        look = services.editor.look(request["venue_id"], request.body(Drafted).draft)
        link: PreviewLink = services.previews.link(look.folder, look.version_id)
        shown = look.model_dump(mode="json", include={"findings", "blocked", "notes", "version_id"})
        return json_answer(link.model_dump(mode="json") | shown)

    @on.on("POST", "/api/venues/<venue_id>/page/check", ANY_ROLE)
    def check(request: Request, _: Actor) -> Answer:
        return json_answer({"findings": services.editor.check(request["venue_id"], request.body(Drafted).draft)})

    @on.on("POST", "/api/venues/<venue_id>/page/merge", ANY_ROLE)
    def merge(request: Request, _: Actor) -> Answer:
        two = request.body(Two)
        return json_answer(services.editor.merge(request["venue_id"], two.base, two.draft))

    @on.on("POST", "/api/venues/<venue_id>/page/ask", OPERATOR)
    def ask(request: Request, actor: Actor) -> Answer:
        wanted = request.body(Asking)
        return json_answer(services.other_words.ask(request["venue_id"], wanted.draft, wanted.place, wanted.seen, actor), 202)

    @on.on("GET", "/api/venues/<venue_id>/page/ask/<ask_id>", OPERATOR)
    def asked(request: Request, _: Actor) -> Answer:
        place = request.asked("place", _PLACE, "")
        return json_answer(services.other_words.shown(request["venue_id"], request["ask_id"], place))

    @on.on("PUT", "/api/venues/<venue_id>/page", OPERATOR)
    def save(request: Request, actor: Actor) -> Answer:
        wanted = request.body(Save)
        return json_answer(services.editor.save(request["venue_id"], wanted.base, wanted.draft, actor, wanted.note), 202)

    return on
