"""What changes for a venue between two versions of a template, and what its people would lose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from huichang.kernel.language import Language, Text, both
from huichang.kernel.model import Model
from huichang.pages.model import ImageSlot, TemplateManifest
from huichang.pages.packages.locks import FLOORS, locked_by, regions_of, slot_paths
from huichang.pages.templates import copy_slots

What = Literal["region", "slot", "floors", "name"]
How = Literal["added", "removed", "changed", "locked", "unlocked"]


class Change(Model):
    """One difference: a region or a slot by its path, and how it changed; `before` and `after` in a few words."""

    what: What
    name: str
    how: How
    before: str = ""
    after: str = ""


class Loss(Model):
    """Something that people did to a venue and that the new version has no place for."""

    code: Literal["floors_locked", "pins_locked", "remarks_lost", "too_many_floors", "words_locked", "typed_lost"]
    thing: str
    said: Text


class Written(Model):
    """A text that somebody typed for a slot ("hero.title", of any floor "floor.subtitle"); "" for a picture that somebody chose."""

    path: str
    text: str


class TemplateDiff(Model):
    """From one version to another."""

    before: str
    after: str
    changes: tuple[Change, ...]


def template_name(manifest: TemplateManifest) -> str:
    """ "festival v1"."""
    return f"{manifest.id} v{manifest.version}"


def diff(before: TemplateManifest, after: TemplateManifest) -> TemplateDiff:
    """Regions, slots and floors that were added, removed or changed."""
    changes: list[Change] = []
    was, now = regions_of(before), regions_of(after)
    for name in dict.fromkeys((*was, *now)):
        if name not in now:
            changes.append(Change(what="region", name=name, how="removed"))
        elif name not in was:
            changes.append(Change(what="region", name=name, how="added", after="locked" if now[name].locked else "open"))
        else:
            if was[name].locked != now[name].locked:
                changes.append(Change(what="region", name=name, how="locked" if now[name].locked else "unlocked"))
            if (was[name].holds, was[name].words) != (now[name].holds, now[name].words):
                said = [", ".join(sorted({*each.holds, *each.words})) for each in (was[name], now[name])]
                changes.append(Change(what="region", name=name, how="changed", before=said[0], after=said[1]))
    old, new = slot_paths(before), slot_paths(after)
    for path in dict.fromkeys((*old, *new)):
        if path not in new:
            changes.append(Change(what="slot", name=path, how="removed"))
        elif path not in old:
            changes.append(Change(what="slot", name=path, how="added", after=_slot(new[path])))
        elif _slot(old[path]) != _slot(new[path]):
            changes.append(Change(what="slot", name=path, how="changed", before=_slot(old[path]), after=_slot(new[path])))
    floors = [f"{each.min_floors}-{each.max_floors}" for each in (before, after)]
    if floors[0] != floors[1]:
        changes.append(Change(what="floors", name="floors", how="changed", before=floors[0], after=floors[1]))
    return TemplateDiff(before=template_name(before), after=template_name(after), changes=tuple(changes))


def losses(
    after: TemplateManifest,
    *,
    arranged: int = 0,
    pins: Sequence[str] = (),
    remarks: Iterable[tuple[str, str]] = (),
    written: Sequence[Written] = (),
    language: Language = "zh",
) -> tuple[Loss, ...]:
    """What a venue would lose. `arranged`: floors its operator arranged (0: none); `pins`: pinned product ids; `remarks`: (component,
    slot) of what reviewers said, slot "" for all of a component; `written`: what people wrote and chose, in the page's `language`."""
    found: list[Loss] = []
    locked = locked_by(after, FLOORS)
    if arranged and locked:
        said = both(
            f"运营排好的 {arranged} 个楼层（新版本锁定了区域 {locked}）", f"the {arranged} floors that were arranged ({locked} is locked)"
        )
        found.append(Loss(code="floors_locked", thing=FLOORS, said=said))
    elif arranged > after.max_floors:
        said = both(
            f"运营排好的 {arranged} 个楼层（新版本最多 {after.max_floors} 个）",
            f"the {arranged} floors arranged (it takes {after.max_floors})",
        )
        found.append(Loss(code="too_many_floors", thing=FLOORS, said=said))
    if pins and locked:
        said = both(f"{len(pins)} 个固定位置的商品（区域 {locked} 已锁定）", f"{len(pins)} pinned products ({locked} is locked)")
        found.append(Loss(code="pins_locked", thing=FLOORS, said=said))
    slots = slot_paths(after)
    owners = {path.partition(".")[0] for path in slots}
    for component, slot in dict.fromkeys(remarks):
        owner = "floor" if component.startswith("floor") else component
        path = f"{owner}.{slot}" if slot else owner
        if owner not in owners or (slot and path not in slots):
            said = both(f"审核员对 {path} 的要求（新版本没有它）", f"what reviewers asked of {path} (it is gone)")
            found.append(Loss(code="remarks_lost", thing=path, said=said))
        elif slot and locked_by(after, path):
            said = both(f"审核员对 {path} 的要求（新版本锁定了它）", f"what reviewers asked of {path} (it is locked)")
            found.append(Loss(code="words_locked", thing=path, said=said))
    room = _room(after, language)
    for each in dict.fromkeys(written):
        what = both(f"「{each.text}」", f"{each.text!r}") if each.text else both("选定的图片", "the picture that was chosen")
        if each.path not in slots:
            why = both("新版本没有这个位置", "it is gone")
        elif locked_by(after, each.path):
            why = both("新版本锁定了这个位置", "it is locked")
        elif each.text and len(each.text) > room.get(each.path, len(each.text)):
            why = both(f"新版本最多 {room[each.path]} 字", f"it takes {room[each.path]} characters")
        else:
            continue
        said = both(f"运营写在 {each.path} 的{what['zh']}（{why['zh']}）", f"{what['en']} at {each.path} ({why['en']})")
        found.append(Loss(code="typed_lost", thing=each.path, said=said))
    return tuple(found)


def _room(manifest: TemplateManifest, language: Language) -> dict[str, int]:
    """Characters that each text may have, by its slot's path."""
    return {
        f"{'floor' if component.per_floor else component.name}.{slot.name}": slot.max_chars
        for component in manifest.components
        for slot in copy_slots(component, language)
    }


def _slot(slot: object) -> str:
    if isinstance(slot, ImageSlot):
        size = f"{slot.width}×{slot.height}"
    else:
        size = f"≤ {getattr(slot, 'max_chars', 0)}"
    return f"{size}{' required' if getattr(slot, 'required', False) else ''}"
