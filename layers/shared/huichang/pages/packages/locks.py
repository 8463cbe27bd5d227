"""Regions of a template: what stands in which, which are locked, and what a locked one says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from huichang.kernel.errors import ConflictError, in_both
from huichang.kernel.language import Language, both
from huichang.materials.model import CopySlot
from huichang.pages.model import ImageSlot, Region, TemplateComponent, TemplateManifest
from huichang.pages.tree import Node

FLOORS = "floors"
LAWFUL = ("ai_label", "legal", "prices", "benefits")
"""Every template locks these: what they say follows from the law and from the goods."""
FLOOR_TEXTS = ("title", "subtitle", "point")
_MARKS = {"benefits": "benefits", "prices": "price", "legal": "legal"}  # classes of the shared parts


class RegionLockedError(ConflictError):
    """A change to a region that the venue's template locks. HTTP 409; nothing was changed."""

    code = "region_locked"


def region_locked(region: str, template: str, version: int, what: str = "") -> RegionLockedError:
    """`what`: what somebody wanted to change, where that is not the region itself."""
    thing = f" ({what})" if what and what != region else ""
    error = RegionLockedError(
        f"the template {template} v{version} locks the region {region}{thing}",
        where=f"region.{region}",
        mend="leave this region as it is, or migrate the venue to a template that leaves it open: POST /api/templates/<id>/migrate",
    )
    error.details = (("region", region), ("template", f"{template} v{version}"))
    return in_both(
        error,
        both(f"模板 {template} v{version} 锁定了区域 {region}{thing}", error.message),
        both("保持这个区域不变，或把会场迁移到不锁定它的模板", error.mend),
    )


def regions_of(manifest: TemplateManifest) -> dict[str, Region]:
    """Every region by name; those that are only named in locked_regions hold nothing but themselves."""
    found = {region.name: region for region in manifest.regions}
    for name in manifest.locked_regions:
        region = found.get(name, Region(name=name))
        found[name] = region.model_copy(update={"locked": True})
    return found


def locked_by(manifest: TemplateManifest, thing: str) -> str:
    """The locked region that is, or holds, a thing: a region's name, a slot's path ("hero.title"), or "floors". "" where it is open."""
    for region in regions_of(manifest).values():
        if region.locked and (thing == region.name or thing in region.holds):
            return region.name
    return ""


def locked_things(manifest: TemplateManifest) -> frozenset[str]:
    """Names of everything that is locked: regions, and what they hold (slots by path, "floors")."""
    return frozenset(name for region in regions_of(manifest).values() if region.locked for name in (region.name, *region.holds))


def things_at(component: str, slot: str) -> list[str]:
    """What a text stands in, as locks name it: its component, its path, and the floors where it is one's title.

    `component`: as pages and drafts name it ("hero", "floor-2", "floor:<key>").
    """
    owner = "floor" if component.startswith(("floor-", "floor:")) else component
    return [owner, f"{owner}.{slot}", *([FLOORS] if (owner, slot) == ("floor", "title") else [])]


def slot_paths(manifest: TemplateManifest) -> dict[str, CopySlot | ImageSlot]:
    """Every slot by its path; those of the component that is repeated for each floor are called floor.<name>."""
    return {
        f"{'floor' if component.per_floor else component.name}.{slot.name}": slot
        for component in manifest.components
        for slot in _slots(component)
    }


def _slots(component: TemplateComponent) -> Iterator[CopySlot | ImageSlot]:
    yield from component.copy_slots
    yield from component.image_slots


def open_component(manifest: TemplateManifest, component: TemplateComponent) -> TemplateComponent:
    """The component with the slots that are asked for: those that stand in no locked region."""
    owner = "floor" if component.per_floor else component.name
    floors_locked = component.per_floor and bool(locked_by(manifest, FLOORS))
    return component.model_copy(
        update={
            "copy_slots": tuple(
                slot
                for slot in component.copy_slots
                if not locked_by(manifest, f"{owner}.{slot.name}") and not (floors_locked and slot.name == "title")
            ),
            "image_slots": tuple(slot for slot in component.image_slots if not locked_by(manifest, f"{owner}.{slot.name}")),
        }
    )


def with_locked_words(manifest: TemplateManifest, language: Language, texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """`texts` by component as the page may show them: a locked slot says what the designer wrote, whatever anybody else answered.

    Where floors are locked, their titles are the plan's: a written one is dropped.
    """
    shown = {component: dict(written) for component, written in texts.items()}
    if locked_by(manifest, FLOORS):
        fixed = {component.name for component in manifest.components if not component.per_floor}
        for component, written in shown.items():
            if component not in fixed:
                written.pop("title", None)
    for region in regions_of(manifest).values():
        for path, words in region.words.items() if region.locked else ():
            component, _, slot = path.partition(".")
            shown.setdefault(component, {})[slot] = words[language]
    return shown


def refuse(manifest: TemplateManifest, things: Collection[str]) -> None:
    """Raises RegionLockedError for the first thing that stands in a locked region."""
    for thing in things:
        region = locked_by(manifest, thing)
        if region:
            raise region_locked(region, manifest.id, manifest.version, thing)


def region_nodes(root: Node, region: str) -> Iterator[Node]:
    """The elements of a region: data-region names it (several names may stand there), or a shared part that is one."""
    for node in root.walk():
        marked = "data-ai-label" in node.attributes if region == "ai_label" else _MARKS.get(region, "-") in node.classes()
        if marked or region in node.attributes.get("data-region", "").split():
            yield node
