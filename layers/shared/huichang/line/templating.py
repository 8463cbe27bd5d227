"""What designers do with template packages. Every change is in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, in_both
from huichang.kernel.language import Language, both
from huichang.kernel.model import Model
from huichang.line.publishing import page_key
from huichang.line.view_models import PreviewLink
from huichang.materials.policy import the_gate
from huichang.pages.model import PageModel, PageStore, TemplateManifest
from huichang.pages.packages.archive import read_zip
from huichang.pages.packages.checking import checked, page_refused, sample_of
from huichang.pages.packages.locks import with_locked_words
from huichang.pages.packages.model import TemplatePackage, TemplatePackageError, TemplateProblem, TemplateRecord, package_key
from huichang.pages.packages.shelf import Templates
from huichang.pages.rendering import render
from huichang.pages.templates import read_sample
from huichang.venues.model import Actor, AuditTrail, Documents, Venue, VenueStore

_PLACEHOLDER = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path fill="#e7e3dd" d="M0 0h40v40H0z"/>'
    '<path fill="#b9b2a8" d="M8 31l8-11 6 7 4-5 7 9z"/><circle cx="28" cy="13" r="3.5" fill="#b9b2a8"/></svg>'
)


class TemplateChecked(Model):
    """What a check found: usable, or everything that is to be mended."""

    usable: bool
    template_id: str = ""
    version: int = 0
    package: str = ""
    problems: tuple[TemplateProblem, ...] = ()


class TemplatesShown(Model):
    """Every version there is, and which of them matching may choose (id -> version)."""

    templates: tuple[TemplateRecord, ...]
    chosen: dict[str, int]


class TemplateVersion(Model):
    """One version of a template."""

    template_id: str
    version: int


class PreviewLinks(Protocol):
    """Signed, expiring addresses of stored pages (web/preview.py)."""

    def link(self, owner: str, version_id: str) -> PreviewLink:
        """An address that shows this version for a while."""
        ...


@dataclass(frozen=True)
class TemplateDesk:
    """Listing, checking, uploading, publishing, deprecating, tagging, previewing. Venues are moved in line/migrating.py."""

    templates: Templates
    documents: Documents
    venues: VenueStore
    pages: PageStore
    audit: AuditTrail
    clock: Clock
    links: PreviewLinks

    # --- looking ----------------------------------------------------------------------------------------------------

    def shown(self) -> TemplatesShown:
        """Every version, by id, newest first."""
        records = sorted(self.templates.records(), key=lambda record: (record.template_id, -record.version))
        return TemplatesShown(templates=tuple(records), chosen={name: record.version for name, record in self.templates.offered().items()})

    def check(self, data: bytes) -> TemplateChecked:
        """Every problem of a ZIP; nothing is kept."""
        try:
            package = checked(read_zip(data))
        except TemplatePackageError as error:
            return TemplateChecked(usable=False, problems=error.problems)
        manifest = package.manifest
        return TemplateChecked(usable=True, template_id=manifest.id, version=manifest.version, package=package.hash)

    def preview(self, template_id: str, version: int | None, *, venue_id: str = "", language: Language | None = None) -> PreviewLink:
        """An address that shows the template with its sample, or with the data of a venue's newest page. Never public, never indexed.

        Raises NotFoundError, and ConflictError for a venue that has no page yet.
        """
        record = self.templates.record(template_id, version)
        package = self.templates.load(template_id, record.package) if record.package else None
        if venue_id:
            page = self._page_of(self.venues.get(venue_id), record.manifest)
        else:
            page = pictured(sample_of(package, language) if package else read_sample(template_id, language))
        html = render(page, template_id, package)
        if package and (refused := page_refused(html, page)):
            raise TemplatePackageError(refused, where=f"template {template_id} v{record.version}")
        owner = f"template-{template_id}"
        return self.links.link(owner, self.pages.put_version(owner, html))

    def _page_of(self, venue: Venue, manifest: TemplateManifest) -> PageModel:
        shown = venue.staged_version or venue.live_version
        if not shown:
            raise ConflictError("this venue has no page yet", where="venue_id", mend="wait until its page is staged", code="no_page")
        page = self.documents.get(page_key(venue.venue_id, shown), PageModel)
        texts = with_locked_words(manifest, venue.language, {})
        fields = {"title": "title", "subtitle": "subtitle", "slogan": "slogan", "alt": "hero_alt"}
        update = {fields[slot]: said for slot, said in texts.get("hero", {}).items() if slot in fields}
        if said := texts.get("share", {}).get("text"):
            update["share_text"] = said
        return page.model_copy(update=update)

    # --- versions ---------------------------------------------------------------------------------------------------

    def upload(self, data: bytes, actor: Actor) -> TemplateRecord:
        """Check a ZIP and keep it as a draft. The same content again is the same version.

        Raises TemplatePackageError with all problems; ConflictError for the id of a template that ships, and for a version number
        that is taken or not above the newest.
        """
        package = checked(read_zip(data))
        manifest = package.manifest
        if manifest.id in self.templates.shipped:
            raise _reserved(manifest.id, "id")
        newest = next(iter(self.templates.store.versions(manifest.id)), None)
        same = self._same(manifest.id, manifest.version, package)
        if same is not None:
            return same
        if newest is not None and newest.version >= manifest.version:
            raise _taken(manifest, newest.version)
        self.documents.put(package_key(manifest.id, package.hash), package)
        record = TemplateRecord(
            template_id=manifest.id,
            version=manifest.version,
            package=package.hash,
            manifest=manifest,
            tags=manifest.tags,
            bytes=sum(len(text.encode()) for text in package.files.values()),
            rules=the_gate().hash,
            uploaded_by=actor.name,
            uploaded_at=iso(self.clock.now()),
        )
        if not self.templates.store.create(record):
            same = self._same(manifest.id, manifest.version, package)  # two uploads at once
            if same is None:
                raise _taken(manifest, manifest.version)
            return same
        self._record(actor, "upload_template", record, {"bytes": record.bytes, "files": sorted(package.files)})
        return record

    def publish(self, template_id: str, version: int, actor: Actor) -> TemplateRecord:
        """Let matching choose a draft, or a deprecated version again. Its content stays as it is; repeating is harmless.

        It is checked once more: the rules may have changed since. Raises TemplatePackageError, NotFoundError, ConflictError.
        """
        record = self._own(template_id, version)
        if record.state == "published":
            return record
        files = self.templates.load(template_id, record.package).files
        checked((files, []))
        changed = {"state": "published", "published_by": actor.name, "published_at": iso(self.clock.now()), "rules": the_gate().hash}
        stored = self.templates.store.change(record.model_copy(update=changed))
        self._record(actor, "publish_template", stored, {"before": record.state})
        return stored

    def deprecate(self, template_id: str, version: int, actor: Actor) -> TemplateRecord:
        """Matching no longer chooses it; venues that have it keep it. Repeating is harmless. Raises NotFoundError, ConflictError."""
        record = self._own(template_id, version)
        if record.state == "deprecated":
            return record
        changed = {"state": "deprecated", "deprecated_by": actor.name, "deprecated_at": iso(self.clock.now())}
        stored = self.templates.store.change(record.model_copy(update=changed))
        self._record(actor, "deprecate_template", stored, {"before": record.state})
        return stored

    def tag(
        self, versions: Sequence[TemplateVersion], add: Sequence[str], remove: Sequence[str], actor: Actor
    ) -> tuple[TemplateRecord, ...]:
        """Add and remove tags of many versions. All must exist, else nothing is changed."""
        if not add and not remove:
            raise InvalidInputError("no tag was named", where="add", mend="name tags to add, or to remove")
        records = [self._own(each.template_id, each.version) for each in versions]
        done = []
        for record in records:
            tags = tuple(dict.fromkeys([*(tag for tag in record.tags if tag not in remove), *add]))
            if len(tags) > 20:
                raise InvalidInputError(f"{record.template_id} would have {len(tags)} tags", where="add", mend="at most 20 are possible")
            if tags != record.tags:
                before = record.tags
                record = self.templates.store.change(record.model_copy(update={"tags": tags}))
                self._record(actor, "tag_template", record, {"before": list(before), "after": list(tags)})
            done.append(record)
        return tuple(done)

    # --- parts ------------------------------------------------------------------------------------------------------

    def _own(self, template_id: str, version: int) -> TemplateRecord:
        if template_id in self.templates.shipped:
            raise _reserved(template_id, "template_id")
        return self.templates.store.get(template_id, version)

    def _same(self, template_id: str, version: int, package: TemplatePackage) -> TemplateRecord | None:
        try:
            stored = self.templates.store.get(template_id, version)
        except NotFoundError:
            return None
        return stored if stored.package == package.hash else None

    def _record(self, actor: Actor, action: str, record: TemplateRecord, detail: dict[str, Any]) -> None:
        subject = f"{record.template_id}@{record.version}"
        self.audit.record(actor.did(action, subject, at=iso(self.clock.now()), saw=record.package, detail=detail))


def pictured(page: PageModel) -> PageModel:
    """The sample with something to see where its pictures would be: they are nowhere."""

    def shown(path: str) -> str:
        return _PLACEHOLDER if path.startswith("/media/") else path

    def cards(some: Any) -> Any:
        return tuple(card.model_copy(update={"picture": shown(card.picture)}) for card in some)

    floors = tuple(floor.model_copy(update={"cards": cards(floor.cards)}) for floor in page.floors)
    return page.model_copy(
        update={
            "floors": floors,
            "hero_cards": cards(page.hero_cards),
            "hero_image": "" if page.hero_image.startswith("/media/") else page.hero_image,
            "hero_shots": (),
        }
    )


def _reserved(template_id: str, where: str) -> ConflictError:
    error = ConflictError(
        f"{template_id} ships with the product", where=where, mend="upload a copy of it under an id of its own", code="template_reserved"
    )
    return _told(error, f"{template_id} 是随产品附带的模板", "换一个自己的 id 上传一份副本")


def _taken(manifest: TemplateManifest, newest: int) -> ConflictError:
    return _told(
        ConflictError(
            f"{manifest.id} has version {newest} already", where="version", mend=f"make it version {newest + 1}", code="version_taken"
        ),
        f"{manifest.id} 已有版本 {newest}，版本一经上传不能更改",
        f"把 version 改为 {newest + 1}",
    )


def _told(error: ConflictError, zh: str, todo: str) -> ConflictError:
    return in_both(error, both(zh, error.message), both(todo, error.mend))
