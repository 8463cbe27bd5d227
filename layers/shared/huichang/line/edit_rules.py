"""What a save of a page may and may not be: locked regions, floors, the goods' rules that it comes to, blocked texts."""

from __future__ import annotations

from collections.abc import Sequence

from huichang.kernel.errors import ConflictError, InvalidInputError, PermanentError, in_both
from huichang.kernel.language import both
from huichang.line.typed import TypedFinding
from huichang.pages.drafts import Change, PageDraft
from huichang.pages.model import TemplateManifest
from huichang.selection.edits import MAX_RULES, EditRule, MerchandisingEdits

OF_GOODS = ("added", "removed", "moved", "sorted")


def of_floors(change: Change) -> bool:
    """Whether the change is about floors or their goods."""
    return change.place == "floors" or change.place.startswith("floor:") or change.what in OF_GOODS


def locked_things(manifest: TemplateManifest) -> frozenset[str]:
    """Names of what the template locks: regions, slots by path ("hero.title"), components, "floors"."""
    found = set(manifest.locked_regions)
    for region in getattr(manifest, "regions", ()):  # packages name regions and what they hold
        if region.locked:
            found |= {region.name, *region.holds}
    return frozenset(found)


def refuse_locked(manifest: TemplateManifest, changes: Sequence[Change]) -> None:
    """Raises ConflictError (code region_locked) for the first change of something that the template locks."""
    locked = locked_things(manifest)
    for change in changes:
        floors = of_floors(change)
        slot = change.place.rpartition(".")[2]
        of_text = change.what in ("text", "title")
        names = {"floors"} if floors and not (of_text and slot != "title") else set()
        if of_text:
            owner = "floor" if floors else change.place.partition(".")[0]
            names |= {owner, f"{owner}.{slot}"}
        if change.what == "picture":
            names |= {change.place, *(f"{change.place}.{image.name}" for each in manifest.components for image in each.image_slots)}
        if change.what == "again":
            names |= {change.place.partition(".")[0]}
        hit = sorted(names & locked)
        if hit:
            said = both(
                f"模板 {manifest.id} v{manifest.version} 锁定了 {hit[0]}：{change.label['zh']}",
                f"the template {manifest.id} v{manifest.version} locks {hit[0]}: {change.label['en']}",
            )
            todo = both("保持它不变", "leave it as it is")
            raise in_both(ConflictError(said["en"], where=change.place, mend=todo["en"], code="region_locked"), said, todo)


def check_floors(draft: PageDraft, most: int) -> None:
    """Raises InvalidInputError for no floors, or too many."""
    if not 1 <= len(draft.floors) <= most:
        raise InvalidInputError(f"{len(draft.floors)} floors with products", where="draft.floors", mend=f"1 to {most} are possible")


def edits_of(edits: MerchandisingEdits, base: PageDraft, draft: PageDraft) -> MerchandisingEdits:
    """The operator's rules with those that take goods off the page and put reserves on it."""
    before, after = set(base.product_ids), set(draft.product_ids)
    added = [one for one in draft.product_ids if one not in before]
    removed = [one for one in base.product_ids if one not in after]
    if not added and not removed:
        return edits
    undone = {("exclude", one) for one in added} | {(action, one) for one in removed for action in ("pin", "boost")}
    rules = [rule for rule in edits.rules if rule.scope != "product" or (rule.action, rule.value) not in undone]
    pinned = {rule.value for rule in rules if (rule.action, rule.scope) == ("pin", "product")}
    rules += [EditRule(action="exclude", value=one) for one in removed]
    rules += [EditRule(action="pin", value=one) for one in added if one not in pinned]
    if len(rules) > MAX_RULES:
        raise InvalidInputError(
            f"{len(rules)} rules for goods", where="draft.floors", mend=f"at most {MAX_RULES}: take old ones back first"
        )
    return edits.model_copy(update={"rules": tuple(rules)})


def blocked(findings: Sequence[TypedFinding]) -> PermanentError:
    """What a save of blocked texts is refused with (code typed_blocked), every place in its details."""
    stop = [each for each in findings if each.severity == "block"]
    said = {
        language: "; ".join(f"{each.place}: {each.words} {each.message[language]}".replace("  ", " ") for each in stop[:5])
        for language in ("zh", "en")
    }
    mends = {language: "; ".join(dict.fromkeys(each.mend[language] for each in stop[:5])) for language in ("zh", "en")}
    error = PermanentError(said["en"], where=stop[0].place, mend=mends["en"], code="typed_blocked")
    error.details = tuple((each.place, f"{each.code}: {each.words}") for each in stop[:50])
    return in_both(error, both(said["zh"], said["en"]), both(mends["zh"], mends["en"]))
