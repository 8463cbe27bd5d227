"""What operators made of the placements: changed ones over those that ship with the product, and added ones beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from huichang.delivery.placements.model import Placement
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, in_both
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model

_FIELDS: dict[str, Text] = {
    "kind": both("公域或私域", "public or private"),
    "what": both("说明", "what it is"),
    "offered": both("是否提供会场", "whether it offers venues"),
    "slots": both("每次展示的会场", "slots"),
    "capacity": both("容量", "capacity"),
    "priority": both("优先级", "priority"),
    "busy": both("各小时的忙闲", "how busy each hour is"),
    "per_buyer_day": both("每位买家每天的次数", "times a day for one buyer"),
    "margin": both("结论的余量", "margin"),
    "alpha": both("结论允许的错误", "alpha"),
    "eligible.industries": both("行业", "industries"),
    "eligible.languages": both("语言", "languages"),
    "eligible.regions": both("地区", "regions"),
    "eligible.merchants": both("商家", "merchants"),
    "eligible.buyers": both("买家", "buyers"),
}


class PlacementRecord(Model):
    """A placement, and who made it so. `placement.version` counts changes, removals among them, and never goes back: what somebody
    looked at is told apart from everything that came after it. `changes`: the fields of the last change. `removed`: a shipped one is as
    it ships again, an added one is not there. `shipped`: it comes with the product.
    """

    placement: Placement
    by: str = ""
    at: str = ""
    changes: tuple[str, ...] = ()
    removed: bool = False
    shipped: bool = False


class PlacementShelf(Protocol):
    """Placements with their history. It is a `Placements` as well."""

    def all(self) -> list[Placement]:
        """See Placements."""
        ...

    def get(self, name: str) -> Placement | None:
        """See Placements."""
        ...

    def records(self) -> list[PlacementRecord]:
        """Of all that are there, sorted by name. Raises TransientError."""
        ...

    def ever(self) -> frozenset[str]:
        """Names of all that operators ever changed or added, removed ones too: things were counted under them. Raises TransientError."""
        ...

    def put(self, placement: Placement, by: str, at: str) -> PlacementRecord:
        """Change or add it. `placement.version`: of the one that was looked at, 0 where it is new. Raises ConflictError (placement_changed)
        where that is not the newest any more, TransientError."""
        ...

    def remove(self, name: str, version: int, by: str, at: str) -> PlacementRecord:
        """Take an added one away, or make a shipped one as it ships. Raises NotFoundError, ConflictError, TransientError."""
        ...


def overlaid(stored: Iterable[PlacementRecord]) -> dict[str, PlacementRecord]:
    """What is there, by name, sorted: the shipped ones under what is stored."""
    known = {name: PlacementRecord(placement=placement, shipped=True) for name, placement in PLACEMENTS.items()}
    for record in stored:
        name, version = record.placement.name, record.placement.version
        if not record.removed:
            known[name] = record.model_copy(update={"shipped": name in PLACEMENTS})
        elif name in PLACEMENTS:
            as_shipped = PLACEMENTS[name].model_copy(update={"version": version})
            known[name] = record.model_copy(update={"placement": as_shipped, "shipped": True})
    return dict(sorted(known.items()))


def next_record(stored: PlacementRecord | None, placement: Placement, by: str, at: str) -> PlacementRecord:
    """What to store for a change, given what is stored under the name (None: nothing); `stored` itself where this very change stands
    already, because somebody sent it again. Raises ConflictError."""
    before = _seen(stored, placement.name)
    if stored and not stored.removed and stored.by == by and stored.placement == _following(placement):
        return stored
    if placement.version != (before.placement.version if before else 0):
        raise placement_changed(stored, placement.version)
    changes = differences(before.placement if before else None, placement)
    # After one that was removed, versions go on: the old one must not be mistaken for this one.
    version = stored.placement.version if stored else 0
    return PlacementRecord(placement=placement.model_copy(update={"version": version + 1}), by=by, at=at, changes=changes)


def removal(stored: PlacementRecord | None, name: str, version: int, by: str, at: str) -> PlacementRecord:
    """The same for taking it away. Raises NotFoundError, ConflictError, InvalidInputError where there is nothing to take away."""
    before = _seen(stored, name)
    if before is None:
        raise no_placement(name)
    if version != before.placement.version:
        raise placement_changed(stored, version)
    if stored is None or stored.removed:
        told = both(f"“{name}” 就是出厂的样子，没有改动可以撤销", f"{name} is as it ships; there is no change to take back")
        todo = both("不想用它时，把它设为“不提供会场”", "to do without it, set it to offer no venues")
        raise in_both(InvalidInputError(told["en"], where="name", mend=todo["en"], code="placement_as_shipped"), told, todo)
    changes = differences(before.placement, PLACEMENTS[name]) if name in PLACEMENTS else ()
    gone = stored.placement.model_copy(update={"version": version + 1})
    return PlacementRecord(placement=gone, by=by, at=at, changes=changes, removed=True)


def differences(before: Placement | None, after: Placement) -> tuple[str, ...]:
    """Names of the fields that differ, `eligible` by its parts; () where there was nothing before."""
    if before is None:
        return ()
    flat = _flat(before), _flat(after)
    return tuple(name for name in flat[1] if flat[0][name] != flat[1][name])


def placement_changed(stored: PlacementRecord | None, expected: int) -> ConflictError:
    """What somebody is told whose change another one came before."""
    who, version = (stored.by, stored.placement.version) if stored else ("", 0)
    who = who or "?"
    if stored is None:
        told = both(f"您依据的是第 {expected} 版，而它没有改动过", f"yours was made from version {expected}, and it was never changed")
    elif stored.removed:
        told = both(f"{who} 已经把它删除或恢复出厂（{stored.at}）", f"{who} removed it or took its changes back ({stored.at})")
    else:
        fields = [_FIELDS.get(each, both(each, each)) for each in stored.changes]
        zh, en = "、".join(each["zh"] for each in fields), ", ".join(each["en"] for each in fields)
        told = both(
            f"您依据的是第 {expected} 版，{who} 已经改成第 {version} 版（{stored.at}{'：' if zh else ''}{zh}）",
            f"yours was made from version {expected}, and {who} made version {version} ({stored.at}{': ' if en else ''}{en})",
        )
    todo = both("重新载入，看看变了什么，再保存", "load it again, look at what changed, and save once more")
    return in_both(ConflictError(told["en"], where="version", mend=todo["en"], code="placement_changed"), told, todo)


def no_placement(name: str) -> NotFoundError:
    """Nobody knows it."""
    told, todo = (
        both(f"没有叫“{name}”的投放位", f"there is no placement {name}"),
        both("在列表里查看有哪些投放位", "look at the list of placements"),
    )
    return in_both(NotFoundError(told["en"], where="name", mend=todo["en"], code="placement_unknown"), told, todo)


def _following(placement: Placement) -> Placement:
    return placement.model_copy(update={"version": placement.version + 1})


def _seen(stored: PlacementRecord | None, name: str) -> PlacementRecord | None:
    return overlaid([stored] if stored else []).get(name)


def _flat(placement: Placement) -> Mapping[str, object]:
    whole = placement.model_dump(exclude={"version", "name"})
    parts: dict[str, object] = whole.pop("eligible")
    return whole | {f"eligible.{name}": value for name, value in parts.items()}
