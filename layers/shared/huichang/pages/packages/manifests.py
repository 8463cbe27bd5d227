"""The manifest of a package: read strictly, and every rule of docs/page-templates.md that it breaks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from huichang.catalog.industries import load_industries
from huichang.pages.model import ImageSlot, TemplateManifest
from huichang.pages.packages.locks import FLOORS, LAWFUL, regions_of, slot_paths
from huichang.pages.packages.model import MANIFEST, Tag, TemplateProblem
from huichang.pages.packages.telling import problem
from huichang.pages.templates import manifest_problem
from huichang.pages.wording import text_width

ID = re.compile(r"[a-z][a-z0-9_]{2,39}")
MAX_VERSION = 99_999
_WORDS = ("hero.title", "hero.subtitle", "hero.slogan", "hero.alt", "floor.title", "floor.subtitle", "floor.point", "share.text")
KNOWN_SLOTS = (*_WORDS, "hero.background")
REQUIRED_SLOTS = ("hero.title", "floor.title", "share.text")
_TAGS: TypeAdapter[tuple[Tag, ...]] = TypeAdapter(tuple[Tag, ...])


def read_manifest(text: str) -> tuple[TemplateManifest | None, list[TemplateProblem]]:
    """(the manifest, what is wrong with it)."""
    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        return None, [problem("no_yaml", MANIFEST, mark.line + 1 if mark else 0)]
    if not isinstance(raw, dict):
        return None, [problem("no_yaml", MANIFEST, 1)]
    try:
        manifest = TemplateManifest.model_validate(raw)
    except ValidationError as error:
        return None, [_key_problem(each, text) for each in error.errors(include_url=False, include_input=False)[:50]]
    return manifest, list(_rules(manifest, text))


def _key_problem(error: ErrorDetails, text: str) -> TemplateProblem:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location)
    line = _line(text, next((part for part in reversed(location) if not part.isdigit()), ""))
    if error["type"] == "extra_forbidden":
        return problem("unknown_key", MANIFEST, line, key=key)
    if error["type"] == "missing":
        return problem("missing_key", MANIFEST, 0, key=key)
    return problem("manifest_key", MANIFEST, line, key=key, said=str(error["msg"]).removeprefix("Value error, ")[:160])


def _rules(manifest: TemplateManifest, text: str) -> Iterator[TemplateProblem]:
    if not ID.fullmatch(manifest.id):
        yield problem("manifest_key", MANIFEST, _line(text, "id"), key="id", said="3 to 40 small letters, digits and _, a letter first")
    if not 1 <= manifest.version <= MAX_VERSION:
        yield problem("manifest_key", MANIFEST, _line(text, "version"), key="version", said=f"1 to {MAX_VERSION}")
    if missing := [language for language in ("zh", "en") if not manifest.name.get(language)]:
        yield problem("manifest_key", MANIFEST, _line(text, "name"), key="name", said=f"no name in {' and '.join(missing)}")
    said = manifest_problem(manifest)
    if said:
        yield problem("manifest_rule", MANIFEST, 0, said=said, said_zh=f"清单不成立：{said}")
    try:
        _TAGS.validate_python(manifest.tags)
    except ValidationError:
        yield problem("manifest_key", MANIFEST, _line(text, "tags"), key="tags", said="letters, digits, - and _, at most 24 each")
    known = {industry.code for industry in load_industries()}
    for rule in manifest.rules:
        for code in rule.industries:
            if code not in known:
                yield problem("manifest_key", MANIFEST, _line(text, code), key="rules.industries", said=f"there is no industry {code!r}")
    yield from _slots(manifest, text)
    yield from _regions(manifest, text)


def _slots(manifest: TemplateManifest, text: str) -> Iterator[TemplateProblem]:
    slots = slot_paths(manifest)
    for path in slots:
        if path not in KNOWN_SLOTS or (path == "hero.background") != isinstance(slots[path], ImageSlot):
            yield problem("unknown_slot", MANIFEST, _line(text, path.partition(".")[2]), slot=path, known=", ".join(KNOWN_SLOTS))
    for path in REQUIRED_SLOTS:
        if path not in slots or not slots[path].required:
            yield problem("missing_slot", MANIFEST, 0, slot=path)


def _regions(manifest: TemplateManifest, text: str) -> Iterator[TemplateProblem]:
    for name, count in Counter(region.name for region in manifest.regions).items():
        if count > 1:
            yield problem("region_twice", MANIFEST, _line(text, name), region=name)
    regions, slots = regions_of(manifest), slot_paths(manifest)
    for name in LAWFUL:
        if name not in regions or not regions[name].locked:
            yield problem("must_lock", MANIFEST, _line(text, "locked_regions"), region=name)
    for region in regions.values():
        for path in {*region.holds, *region.words}:
            if path != FLOORS and path not in slots:
                yield problem("region_holds", MANIFEST, _line(text, path), region=region.name, slot=path)
        for path in region.holds if region.locked else ():
            slot = slots.get(path)
            if path == FLOORS or slot is None:
                continue
            if isinstance(slot, ImageSlot):
                yield problem("locked_picture", MANIFEST, _line(text, path), region=region.name, slot=path)
            elif path.startswith("floor."):
                yield problem("locked_floor", MANIFEST, _line(text, path), slot=path)
            else:
                words = region.words.get(path, {})
                if not all(words.get(language, "").strip() for language in ("zh", "en")):
                    yield problem("locked_words", MANIFEST, _line(text, path), region=region.name, slot=path)
                elif any(text_width(said) > slot.max_chars for said in words.values()):
                    yield problem("locked_long", MANIFEST, _line(text, path), slot=path, most=slot.max_chars)


def _line(text: str, key: str) -> int:
    """The first line on which a word of the manifest stands; 0 where it does not."""
    if not key:
        return 0
    found = re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0
