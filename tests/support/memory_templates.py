"""Template packages for tests: a store over a dict, and a small package of its own that can be broken in every way."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from huichang.kernel.errors import ConflictError
from huichang.pages.packages.model import TemplateRecord, no_template
from huichang.pages.templates import TEMPLATES

FOLDER = Path(__file__).with_name("template_package")


class MemoryTemplates:
    """TemplateStore in memory; held to the same contract as DynamoDB's (tests/contract/test_template_store.py)."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, int], TemplateRecord] = {}

    def create(self, record: TemplateRecord) -> bool:
        return self.found.setdefault((record.template_id, record.version), record) is record

    def get(self, template_id: str, version: int) -> TemplateRecord:
        if (template_id, version) not in self.found:
            raise no_template(template_id, version)
        return self.found[template_id, version]

    def change(self, record: TemplateRecord) -> TemplateRecord:
        if self.get(record.template_id, record.version).revision != record.revision:
            raise ConflictError("changed meanwhile", where="revision")
        changed = record.model_copy(update={"revision": record.revision + 1})
        self.found[record.template_id, record.version] = changed
        return changed

    def versions(self, template_id: str) -> list[TemplateRecord]:
        return [record for record in self.all() if record.template_id == template_id]

    def all(self) -> list[TemplateRecord]:
        return sorted(self.found.values(), key=lambda record: (record.template_id, -record.version))


@cache
def _files() -> Mapping[str, str]:
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir() if path.is_file()}
    # Any page model will do as a sample: one that ships cannot fall behind the model.
    return found | {"sample.json": (TEMPLATES / "festival" / "sample.json").read_text(encoding="utf-8")}


def a_package(
    version: int = 1, *, template_id: str = "lantern", replace: Mapping[str, tuple[str, str]] | None = None, **files: str
) -> dict[str, str]:
    """The files of a good package. `replace`: file -> (old, new), which must be there; `files`: whole new ones, "_" for "."."""
    made = dict(_files())
    made["manifest.yaml"] = made["manifest.yaml"].replace("id: lantern", f"id: {template_id}").replace("version: 1", f"version: {version}")
    for name, (old, new) in (replace or {}).items():
        assert old in made[name], f"{name} does not hold {old!r}"
        made[name] = made[name].replace(old, new, 1)
    return made | {name.replace("__", "."): text for name, text in files.items()}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


LOCKING = {
    "manifest.yaml": (
        "regions:\n",
        "regions:\n"
        "  - {name: rhythm, locked: true, holds: [floors]}\n"
        "  - {name: motto, locked: true, holds: [hero.slogan], words: {hero.slogan: {zh: 源头好货, en: Made at the source}}}\n",
    ),
    "page.html.j2": ('<p class="ribbon">', '<p class="ribbon" data-region="motto">'),
    "shelf.html.j2": ("data-floor", 'data-floor data-region="rhythm"'),
}
"""`a_package(replace=LOCKING)` locks the floors, and fixes the hero's slogan."""
