"""The page editor for browser tests: the real use case and the real renderer over the line's fakes, venue v-1 in review."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from huichang.kernel.errors import HuichangError
from huichang.kernel.models import Prompt
from huichang.line.editing import PageEditor
from huichang.line.editor.asking import OtherWords
from huichang.line.editor.page import PageReader
from huichang.line.floors import VenueFloors
from huichang.line.locking import TemplateLocks
from huichang.line.selecting import PlanFloors
from huichang.materials.copywriting import write_copy
from huichang.pages.drafts import PageDraft
from huichang.pages.packages.shelf import Templates
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.templates import load_templates
from huichang.selection.floors import FloorPlanner
from huichang.venues.model import Actor
from infra.local.models import copywriter
from tests.support.fakes import FakeChatModel
from tests.support.line_fakes import Line, reference_to
from tests.support.memory_floors import MemoryFloorLibrary


class EditedShop:
    """One venue, its editor, and the routes of web/editor.py."""

    def __init__(self, **lock: Any) -> None:
        self.line = line = Line()
        templates = {name: each.model_copy(update=lock) for name, each in load_templates().items()}
        self.plan_floors = PlanFloors(line.records, VenueFloors(FloorPlanner(), MemoryFloorLibrary(), line.index), line.index)
        shelf = Templates(documents=line.documents, shipped=templates)
        self.editor = PageEditor(
            reader=PageReader(line.venues, line.materials, line.documents, line.index, shelf),
            pages=line.pages,
            pictures=PictureShelf(line.pages),
            merchandising=line.merchandising,
            runs=line.runs,
            audit=line.audit,
            clock=line.clock,
            policing=line.policing,
            locks=TemplateLocks(line.documents, shelf),
        )
        self.words = OtherWords(self.editor.reader, line.desk, line.policing, self.editor.locks, line.audit)
        self.build()

    def build(self) -> None:
        """The venue's run, up to its review."""
        for one in self.line.venue.edits.excludes:
            self.line.index.items.pop(one, None)
        self.line.select()
        self.plan_floors(self.line.step())
        self.line.stage(f"token of run {self.line.venue.run}")

    @property
    def draft(self) -> PageDraft:
        """The page as it stands."""
        return self.editor.open("v-1").draft

    def answer(
        self, method: str, rest: list[str], body: Any, actor: Actor, query: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[int, Any]:
        """Status and body of a request below /api/venues/v-1/page. Raises HuichangError."""
        match [method, *rest]:
            case ["GET"]:
                return 200, self.editor.open("v-1")
            case ["GET", "history"]:
                return 200, {"saves": self.editor.history("v-1")}
            case ["POST", "check"]:
                return 200, {"findings": self.editor.check("v-1", PageDraft.model_validate(body["draft"]))}
            case ["POST", "preview"]:
                look = self.editor.look("v-1", PageDraft.model_validate(body["draft"]))
                shown = look.model_dump(mode="json", include={"findings", "blocked", "notes", "version_id"})
                return 200, {"url": f"/preview/draft.{look.version_id}", "expires_at": "2099-01-01T00:00:00Z", **shown}
            case ["POST", "merge"]:
                return 200, self.editor.merge("v-1", PageDraft.model_validate(body["base"]), PageDraft.model_validate(body["draft"]))
            case ["POST", "ask"]:
                return 202, self.words.ask("v-1", PageDraft.model_validate(body["draft"]), body["place"], body["seen"], actor)
            case ["GET", "ask", ask_id]:
                self._write()
                return 200, self.words.shown("v-1", ask_id, query["place"])
            case ["PUT"]:
                two = [PageDraft.model_validate(body[name]) for name in ("base", "draft")]
                return 202, self.editor.save("v-1", *two, actor)
        raise HuichangError(f"{method} {rest} is no route of the editor")

    def _write(self) -> None:
        """What is asked of the model, done by the one that runs offline."""

        def offline(prompt: Prompt) -> dict[str, Any]:
            data = json.loads(prompt.user.partition("<data>")[2].partition("</data>")[0])
            return copywriter.answer(data, prompt.user, embedder=None)  # type: ignore[arg-type] - copy asks for no meaning

        policy = self.line.policing.of(self.line.venue)
        for task, _ in self.line.queue.take():
            self.line.desk.work(reference_to(task), lambda request: write_copy(request, FakeChatModel(*[offline] * 2), policy))

    def html(self, version_id: str) -> str:
        """A rendered draft."""
        return self.line.pages.read_version("drafts/v-1", version_id)
