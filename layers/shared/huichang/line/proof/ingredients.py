"""Hashes of what ships with the code and shapes a page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from huichang.line.proof.model import Ingredient
from huichang.materials.styles.packages import STYLES, load_presets
from huichang.pages.templates import TEMPLATES, load_templates
from huichang.prompts import VERSIONS

PACKAGE = Path(__file__).parents[2]
_ASIDE = frozenset({"page_templates", "style_presets", "__pycache__"})
_CODE = frozenset({".py", ".yaml", ".txt", ".j2"})


def ingredients_of(template_id: str, style_id: str) -> tuple[Ingredient, ...]:
    """As they are today: template, the parts all templates share, style preset, prompts, code."""
    template, style = load_templates().get(template_id), load_presets().get(style_id)
    found = [
        Ingredient(
            kind="template", id=template_id, version=template.version if template else 0, sha256=folder_hash(TEMPLATES / template_id)
        ),
        Ingredient(kind="template_parts", id="_parts", sha256=folder_hash(TEMPLATES / "_parts")),
        Ingredient(kind="style", id=style_id, version=style.version if style else 0, sha256=folder_hash(STYLES / style_id)),
    ]
    found += [
        Ingredient(kind="prompt", id=name, version=version, sha256=_hash_of([PACKAGE / f"prompts/{name}.v{version}.j2"]))
        for name, version in sorted(VERSIONS.items())
    ]
    return (*found, Ingredient(kind="code", id="huichang", sha256=_code_hash()))


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
