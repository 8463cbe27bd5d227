"""Hashes of what ships with the code, or was uploaded, and shapes a page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from huichang.kernel.errors import NotFoundError
from huichang.kernel.ids import content_hash
from huichang.line.proof.model import Ingredient
from huichang.materials.styles.packages import STYLES, load_presets
from huichang.pages.model import TemplateChoice
from huichang.pages.packages.model import TemplatePackage, package_key
from huichang.pages.templates import TEMPLATES, load_templates
from huichang.prompts import VERSIONS
from huichang.venues.model import Documents

PACKAGE = Path(__file__).parents[2]
_ASIDE = frozenset({"page_templates", "style_presets", "__pycache__"})
_CODE = frozenset({".py", ".yaml", ".txt", ".j2"})


def ingredients_of(choice: TemplateChoice, style_id: str, documents: Documents) -> tuple[Ingredient, ...]:
    """As they are today: template, the parts all templates share, style preset, prompts, code.

    The template is one that ships, or an uploaded package as it lies among the documents; its hash is "" where it is gone.
    """
    style = load_presets().get(style_id)
    found = [
        _template(choice, documents),
        Ingredient(kind="template_parts", id="_parts", sha256=folder_hash(TEMPLATES / "_parts")),
        Ingredient(kind="style", id=style_id, version=style.version if style else 0, sha256=folder_hash(STYLES / style_id)),
    ]
    found += [
        Ingredient(kind="prompt", id=name, version=version, sha256=_hash_of([PACKAGE / f"prompts/{name}.v{version}.j2"]))
        for name, version in sorted(VERSIONS.items())
    ]
    return (*found, Ingredient(kind="code", id="huichang", sha256=_code_hash()))


def _template(choice: TemplateChoice, documents: Documents) -> Ingredient:
    if not choice.package:
        shipped = load_templates().get(choice.template_id)
        sha256 = folder_hash(TEMPLATES / choice.template_id)
        return Ingredient(kind="template", id=choice.template_id, version=shipped.version if shipped else 0, sha256=sha256)
    try:
        package = documents.get(package_key(choice.template_id, choice.package), TemplatePackage)
    except (NotFoundError, ValueError):  # gone, or no package any more: it cannot be held against anything
        return Ingredient(kind="template", id=choice.template_id, version=choice.version, sha256="")
    return Ingredient(kind="template", id=choice.template_id, version=choice.version, sha256=content_hash(dict(package.files)))


def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's files; "" where there is none."""
    return _hash_of(sorted(path for path in folder.rglob("*") if path.is_file())) if folder.is_dir() else ""


@cache
def _code_hash() -> str:
    return _hash_of(_code_files())


def _code_files() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in _CODE and path.is_file() and not _ASIDE & set(path.relative_to(PACKAGE).parts):
            yield path


def _hash_of(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        data = path.read_bytes()
        digest.update(f"{path.relative_to(PACKAGE).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()
