"""All templates there are: those that ship, and those that were uploaded. The line chooses from it and renders with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from huichang.kernel.errors import NotFoundError
from huichang.pages.model import TemplateChoice, TemplateManifest
from huichang.pages.packages.model import TemplatePackage, TemplateRecord, TemplateStore, no_template, package_key
from huichang.pages.templates import load_templates
from huichang.venues.model import Documents


class NoUploads:
    """A TemplateStore in which nothing was ever put: only what ships."""

    def create(self, record: TemplateRecord) -> bool:
        """See TemplateStore."""
        raise no_template(record.template_id)

    def get(self, template_id: str, version: int) -> TemplateRecord:
        """See TemplateStore."""
        raise no_template(template_id, version)

    def change(self, record: TemplateRecord) -> TemplateRecord:
        """See TemplateStore."""
        raise no_template(record.template_id)

    def versions(self, template_id: str) -> list[TemplateRecord]:  # noqa: ARG002 - the port's
        """See TemplateStore."""
        return []

    def all(self) -> list[TemplateRecord]:
        """See TemplateStore."""
        return []


@dataclass(frozen=True)
class Templates(Mapping[str, TemplateManifest]):
    """As a mapping: id -> manifest of what matching may choose, the newest published version of each id, read anew each time.

    An id that ships with us is taken: nothing that was uploaded replaces it (docs/decisions/0026).
    """

    store: TemplateStore = field(default_factory=NoUploads)
    documents: Documents | None = None
    shipped: Mapping[str, TemplateManifest] = field(default_factory=load_templates)

    def offered(self) -> dict[str, TemplateRecord]:
        """What matching may choose, by id."""
        found: dict[str, TemplateRecord] = {}
        for record in self.records():
            known = found.get(record.template_id)
            if record.state == "published" and (known is None or record.version > known.version):
                found[record.template_id] = record
        return found

    def records(self) -> list[TemplateRecord]:
        """Every version there is, those that ship first."""
        ours = [builtin_record(manifest) for manifest in self.shipped.values()]
        return [*ours, *(record for record in self.store.all() if record.template_id not in self.shipped)]

    def record(self, template_id: str, version: int | None = None) -> TemplateRecord:
        """A version; None: the newest published one, else the newest. Raises NotFoundError."""
        if template_id in self.shipped:
            ours = builtin_record(self.shipped[template_id])
            if version not in (None, ours.version):
                raise no_template(template_id, version)
            return ours
        if version is not None:
            return self.store.get(template_id, version)
        versions = self.store.versions(template_id)
        if not versions:
            raise no_template(template_id)
        return next((record for record in versions if record.state == "published"), versions[0])

    def pinned(self, pin: str) -> TemplateRecord:
        """The version that "<id>@<version>" names; of a template that ships the one there is. Raises NotFoundError."""
        template_id, _, version = pin.partition("@")
        return self.record(template_id, None if template_id in self.shipped else int(version))

    def of(self, choice: TemplateChoice) -> TemplateManifest:
        """The manifest of the very version that a venue got. Of those that ship there is only the newest. Raises NotFoundError."""
        if choice.package:
            return self.load(choice.template_id, choice.package).manifest
        if choice.template_id not in self.shipped:
            raise no_template(choice.template_id, choice.version)
        return self.shipped[choice.template_id]

    def package(self, choice: TemplateChoice) -> TemplatePackage | None:
        """What render() needs beside the id: the files of an uploaded version; None for one that ships. Raises NotFoundError."""
        return self.load(choice.template_id, choice.package) if choice.package else None

    def load(self, template_id: str, package: str) -> TemplatePackage:
        """The stored package of that content. Raises NotFoundError."""
        if self.documents is None:
            raise no_template(template_id)
        try:
            return self.documents.get(package_key(template_id, package), TemplatePackage)
        except NotFoundError as error:
            raise no_template(template_id) from error

    def __getitem__(self, template_id: str) -> TemplateManifest:
        return self.offered()[template_id].manifest

    def __iter__(self) -> Iterator[str]:
        return iter(self.offered())

    def __len__(self) -> int:
        return len(self.offered())


def builtin_record(manifest: TemplateManifest) -> TemplateRecord:
    """The record of a template that ships: always published."""
    return TemplateRecord(
        template_id=manifest.id, version=manifest.version, state="published", builtin=True, manifest=manifest, tags=manifest.tags
    )
