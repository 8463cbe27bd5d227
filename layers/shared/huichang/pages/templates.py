"""Template packages of page_templates/: loaded, validated, and the slots they ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Language
from huichang.materials.model import CopySlot
from huichang.materials.policy import Passage, the_gate
from huichang.pages.model import PageModel, TemplateComponent, TemplateManifest

TEMPLATES = Path(__file__).parent.parent / "page_templates"
_FILLED_IN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
PAGE = "page.html.j2"
_FILES = ("manifest.yaml", PAGE, "style.css", "sample.json")


@cache
def load_templates() -> dict[str, TemplateManifest]:
    """Every template package by id, in alphabetical order. Raises PermanentError naming what is wrong and where."""
    return read_templates(TEMPLATES)


def read_templates(folder: Path) -> dict[str, TemplateManifest]:
    """The packages of one folder; names with an underscore in front are shared parts, not packages."""
    manifests: dict[str, TemplateManifest] = {}
    for package in sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._"):
        missing = [name for name in _FILES if not (package / name).is_file()]
        if missing:
            raise PermanentError(f"the package has no {', '.join(missing)}", where=f"page_templates/{package.name}")
        try:
            manifest = TemplateManifest.model_validate(yaml.safe_load((package / "manifest.yaml").read_text(encoding="utf-8")))
        except (yaml.YAMLError, ValidationError) as error:
            raise PermanentError(f"the manifest cannot be used: {error}", where=f"page_templates/{package.name}/manifest.yaml") from error
        problem = manifest_problem(manifest)
        if manifest.id != package.name:
            problem = f"the id {manifest.id!r} is not the folder's name {package.name!r}"
        if problem:
            raise PermanentError(problem, where=f"page_templates/{package.name}/manifest.yaml")
        verdict = the_gate().check(own_words(manifest, {PAGE: (package / PAGE).read_text(encoding="utf-8")}))
        if verdict.blocked:
            said = "; ".join(finding.said("en") for finding in verdict.blocking)
            raise PermanentError(f"its words may not be shown: {said}", where=f"page_templates/{package.name}", code="policy_blocked")
        manifests[manifest.id] = manifest
    return manifests


def read_sample(template_id: str, language: Language | None = None) -> PageModel:
    """The sample page of a template that ships; in a language, or in its own."""
    sample = PageModel.model_validate_json((TEMPLATES / template_id / "sample.json").read_text(encoding="utf-8"))
    return sample.model_copy(update={"language": language or sample.language})


def own_words(manifest: TemplateManifest, layouts: Mapping[str, str]) -> Iterator[Passage]:
    """What a designer wrote: the package's names, the words of its locked regions, and those that stand in its layouts (name -> source)
    beside what is filled in."""
    for language, name in manifest.name.items():
        yield Passage(text=name, place=f"manifest.yaml name.{language}")
    for region in manifest.regions:
        for path, said in region.words.items():
            for language, text in said.items():
                yield Passage(text=text, place=f"manifest.yaml regions.{region.name}.{path}.{language}")
    for name, source in layouts.items():
        for line, text in enumerate(_FILLED_IN.sub(lambda match: "\n" * match[0].count("\n"), source).splitlines(), 1):
            yield Passage(text=" ".join(_TAG.sub(" ", text).split()), place=f"{name} line {line}")


def manifest_problem(manifest: TemplateManifest) -> str:
    """What is wrong with the parts of a manifest taken together, "" where nothing is."""
    names = [component.name for component in manifest.components]
    if len(set(names)) != len(names):
        return "two components share a name"
    if not any(component.name == "hero" and not component.per_floor for component in manifest.components):
        return "there is no hero component"
    if sum(component.per_floor for component in manifest.components) != 1:
        return "exactly one component must be per floor"
    for component in manifest.components:
        slots = [slot.name for slot in component.copy_slots] + [slot.name for slot in component.image_slots]
        if len(set(slots)) != len(slots):
            return f"two slots of {component.name} share a name"
    if not 1 <= manifest.min_floors <= manifest.max_floors:
        return "min_floors must lie between 1 and max_floors"
    return ""


def copy_slots(component: TemplateComponent, language: Language) -> tuple[CopySlot, ...]:
    """The component's texts as they are asked for in a language.

    Manifests count in Latin letters; a Chinese character is as wide as two of them.
    """
    if language != "zh":
        return component.copy_slots
    return tuple(slot.model_copy(update={"max_chars": max(4, (slot.max_chars + 1) // 2)}) for slot in component.copy_slots)
