"""What a save of a page may and may not be: locked regions, floors, the goods' rules that it comes to, blocked texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huichang.catalog.product import Product
from huichang.kernel.errors import InvalidInputError, PermanentError, in_both
from huichang.kernel.language import both
from huichang.line.editor.typed import TypedFinding
from huichang.line.locking import Locks
from huichang.pages.drafts import Change, PageDraft
from huichang.pages.model import TemplateManifest
from huichang.pages.packages.locks import FLOORS, things_at
from huichang.selection.edits import MAX_RULES, EditRule, MerchandisingEdits
from huichang.venues.model import Venue

OF_GOODS = ("added", "removed", "moved", "sorted")


def of_floors(change: Change) -> bool:
    """Whether the change is about floors or their goods."""
    return change.place == "floors" or change.place.startswith("floor:") or change.what in OF_GOODS


def refuse_locked(locks: Locks, venue: Venue, manifest: TemplateManifest, changes: Sequence[Change]) -> None:
    """Raises RegionLockedError for the first change of something that the venue's template locks. `manifest`: the page's."""
    for change in changes:
        locks.refuse(venue, _things(manifest, change))


def _things(manifest: TemplateManifest, change: Change) -> list[str]:
    """What a change touches, as locks name it: the floors, a component, slots by their path."""
    place, slot = change.place, change.place.rpartition(".")[2]
    pictures = {each.name: [f"{each.name}.{image.name}" for image in each.image_slots] for each in manifest.components}
    if change.what == "picture":
        return [place, *pictures.get(place, ())]
    if change.what == "again":
        component = place.rpartition(".")[0]
        owner = "floor" if component.startswith("floor-") else component
        return [owner, *(pictures.get(component, ()) if slot == "image" else ())]
    if change.what in ("text", "title"):
        return things_of(place)
    return [FLOORS]


def things_of(place: str) -> list[str]:
    """The same of a text's place ("hero.title", "floor:<key>.title")."""
    component, _, slot = place.rpartition(".")
    return things_at(component, slot)


def known_goods(now: PageDraft, draft: PageDraft, products: Mapping[str, Product]) -> Mapping[str, Product]:
    """`products` of the draft. Raises InvalidInputError for those that nobody knows, and for those that stand there twice."""
    ids = draft.product_ids
    # What was on the page and has gone from the catalogue since is no mistake of who edits: the page does without it.
    unknown = [one for one in dict.fromkeys(ids) if one not in products and one not in now.product_ids]
    double = [one for one in dict.fromkeys(ids) if ids.count(one) > 1]
    for wrong, said, mend in (
        (unknown, "are no products", "take them off the draft"),
        (double, "stand on two floors", "leave each on one"),
    ):
        if wrong:
            raise InvalidInputError(f"{', '.join(wrong[:5])} {said}", where="draft.floors.product_ids", mend=mend)
    return products


def not_made(component: str, media: str) -> InvalidInputError:
    """What a picture that was not made for the place is refused with."""
    return InvalidInputError(
        f"{media} was not made for this page", where=f"draft.pictures.{component}", mend="choose one that the editor lists"
    )


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
