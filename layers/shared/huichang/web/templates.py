"""Template packages: listing, checking, uploading, publishing, deprecating, tagging, previewing, and moving venues to a version."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import Field

from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.line.migrating import MAX_VENUES
from huichang.line.templating import TemplateVersion
from huichang.pages.model import TemplateManifest
from huichang.pages.packages.model import Tag
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, DESIGNER, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

Version = Annotated[int, Field(ge=1, le=99_999)]
TemplateId = Annotated[str, Field(min_length=1, max_length=60)]


class Packed(Model):
    """Body of upload and check: the ZIP as base64."""

    package: Annotated[str, Field(min_length=1)]

    def data(self) -> bytes:
        """The ZIP's bytes. Raises InvalidInputError."""
        try:
            return base64.b64decode(self.package, validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidInputError("the package is no base64", where="package", mend="send the ZIP's bytes as base64") from error


class OneVersion(Model):
    """Body of publish and deprecate."""

    version: Version


class Tagging(Model):
    """Body of tag."""

    versions: Annotated[tuple[TemplateVersion, ...], Field(min_length=1, max_length=100)]
    add: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    remove: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()


class WantedPreview(Model):
    """Body of preview: with the sample (in a language, or in its own), or with the data of a venue's newest page."""

    version: Version | None = None
    venue_id: Annotated[str, Field(max_length=80)] = ""
    language: Language | None = None


class WantedMigration(Model):
    """Body of migrate. `dry_run`: only say what would change and what would be lost."""

    version: Version
    venue_ids: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(min_length=1, max_length=MAX_VENUES)]
    dry_run: bool = True
    accept_losses: bool = False


def routes(services: Services) -> Routes:
    """Everything below /api/templates."""
    on = Routes()

    @on.on("GET", "/api/templates", ANY_ROLE)
    def shown(_: Request, __: Actor) -> Answer:
        return json_answer(services.templates.shown())

    @on.on("GET", "/api/templates/schema", ANY_ROLE)
    def schema(_: Request, __: Actor) -> Answer:
        return json_answer(TemplateManifest.model_json_schema())

    @on.on("POST", "/api/templates/check", ANY_ROLE)
    def check(request: Request, _: Actor) -> Answer:
        return json_answer(services.templates.check(request.body(Packed).data()))

    @on.on("POST", "/api/templates", DESIGNER)
    def upload(request: Request, actor: Actor) -> Answer:
        return json_answer(services.templates.upload(request.body(Packed).data(), actor), 201)

    @on.on("POST", "/api/templates/tag", DESIGNER)
    def tag(request: Request, actor: Actor) -> Answer:
        wanted = request.body(Tagging)
        return json_answer({"templates": services.templates.tag(wanted.versions, wanted.add, wanted.remove, actor)})

    @on.on("POST", "/api/templates/<template_id>/publish", DESIGNER)
    def publish(request: Request, actor: Actor) -> Answer:
        return json_answer(services.templates.publish(request["template_id"], request.body(OneVersion).version, actor))

    @on.on("POST", "/api/templates/<template_id>/deprecate", DESIGNER)
    def deprecate(request: Request, actor: Actor) -> Answer:
        return json_answer(services.templates.deprecate(request["template_id"], request.body(OneVersion).version, actor))

    @on.on("POST", "/api/templates/<template_id>/preview", ANY_ROLE)
    def preview(request: Request, _: Actor) -> Answer:
        wanted = request.body(WantedPreview)
        link = services.templates.preview(request["template_id"], wanted.version, venue_id=wanted.venue_id, language=wanted.language)
        return json_answer(link)

    @on.on("GET", "/api/templates/<template_id>/venues", ANY_ROLE)
    def uses(request: Request, _: Actor) -> Answer:
        return json_answer(services.migrations.uses(request["template_id"]))

    @on.on("POST", "/api/templates/<template_id>/migrate", OPERATOR)
    def migrate(request: Request, actor: Actor) -> Answer:
        wanted = request.body(WantedMigration)
        done = services.migrations.migrate(
            request["template_id"],
            wanted.version,
            wanted.venue_ids,
            actor,
            dry_run=wanted.dry_run,
            accept_losses=wanted.accept_losses,
        )
        return json_answer(done, 200 if wanted.dry_run else 202)

    return on
