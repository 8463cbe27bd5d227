"""Catalogue imports: the API takes names and hashes, the files go straight to storage."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.kernel.model import Model
from huichang.line.view_models import UploadFile
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer, printable
from huichang.web.routing import Routes
from huichang.web.services import Services

Catalogue = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
CATALOGUE: TypeAdapter[str | None] = TypeAdapter(Catalogue | None)
MAX_FILE_BYTES = 5 * 1024**3  # one S3 PUT takes no more


class DeclaredFile(Model):
    """A file of the import, as the client describes it."""

    role: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    filename: Annotated[str, Field(min_length=1, max_length=200)]
    bytes: Annotated[int, Field(ge=1, le=MAX_FILE_BYTES)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class WantedImport(Model):
    """Body of POST /api/imports."""

    catalogue: Catalogue
    filename: Annotated[str, Field(min_length=1, max_length=200)]
    mapping: Annotated[str, Field(min_length=1, max_length=100_000)]
    files: Annotated[tuple[DeclaredFile, ...], Field(min_length=1, max_length=20)]


def routes(services: Services) -> Routes:
    """POST /api/imports, POST /api/imports/<import_id>/start, GET /api/imports/<import_id>, GET /api/products."""
    on = Routes()

    @on.on("POST", "/api/imports", OPERATOR)
    def create(request: Request, actor: Actor) -> Answer:
        wanted = request.body(WantedImport)
        files = tuple(UploadFile.model_validate(file.model_dump()) for file in wanted.files)
        created = services.imports.create(wanted.catalogue, wanted.filename, wanted.mapping, files, actor)
        return json_answer(created, 201)

    @on.on("POST", "/api/imports/<import_id>/start", OPERATOR)
    def start(request: Request, actor: Actor) -> Answer:
        return json_answer(services.imports.start(request["import_id"], actor), 202)

    @on.on("GET", "/api/imports/<import_id>", OPERATOR)
    def status(request: Request, _: Actor) -> Answer:
        return json_answer(services.imports.status(request["import_id"]))

    @on.on("GET", "/api/products", ANY_ROLE)
    def products(request: Request, _: Actor) -> Answer:
        words = printable(request.query.get("q", "").strip(), "q", 200)
        found = services.reader.products(words, request.asked("catalogue", CATALOGUE, None), 50)
        return json_answer({"products": found})

    return on
