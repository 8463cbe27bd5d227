"""What is kept of pages that stay true: how to make a version anew, what its claims came to, which page shows which product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from huichang.catalog.product import Product
from huichang.kernel.errors import NotFoundError
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.materials.model import MaterialTask
from huichang.pages.living import TakenOff
from huichang.pages.model import PageModel, TemplateChoice
from huichang.selection.conditions import meets
from huichang.selection.floors.goods import Goods
from huichang.selection.model import Condition, FloorPlan, LeftOutCode, LeftOuts
from huichang.venues.model import Documents

_IN_RESERVE: tuple[LeftOutCode, ...] = ("over_limit", "look_alike", "near_duplicate", "merchant_share", "subtheme_share")
"""Goods that passed every check and for which the page had no room, in the order in which they are taken."""
_MOST_RESERVES = 48
_ALIKE = 0.4
"""So like a floor's goods (Goods.nearest) a reserve must be: the same leaf category alone is 0.5."""


class LivingRecipe(Model):
    """How a version was made, beside its page model. `package`: content hash of an uploaded template, "" for one that ships. Floors by
    their ids on the page.

    `requests`: component -> key of the copy request whose facts its texts were held against. `conditions`: what the goods were chosen
    by and all met: names and texts rest on it ("低价" holds because every price is below it), so who does not meet it any more must go.
    """

    template_id: str
    package: str = ""
    conditions: tuple[Condition, ...] = ()
    requests: dict[str, str] = {}
    reserves: dict[str, tuple[str, ...]] = {}


class Refreshed(Model):
    """Lineage of a version that no person looked at by itself: the reviewed one it is, with the facts of a moment."""

    base_version: str
    at: str
    taken_off: tuple[TakenOff, ...] = ()
    swaps: dict[str, str] = {}


class MadeTrue(Model):
    """What a reviewed version came to with the facts of a moment; kept so that the same facts are not rendered twice.

    `version_id`: the page that says them, the reviewed one itself where it does. `on_sale`: how many of its goods can be bought.
    """

    facts: str
    at: str
    version_id: str
    on_sale: int
    taken_off: tuple[TakenOff, ...] = ()


class ClaimsState(Model):
    """What a live page claims and since when that is known. Moments are ISO 8601, "" where there was none.

    `base_version`: the reviewed one; `shown_version`: what buyers get. `facts`: hash of the facts that it was made from.
    `confirmed_at`: the last moment at which the facts could be read and the page said the same. `unread_since`: they could not be since
    then. `problem`: why the page could not be made true; empty where it is. `watched`: products whose changes are about this page.
    `page`: hash of the page model shown; `rendered_at`: when what is shown was last stored (refreshed versions expire). `siblings`: buyer
    segment -> version id of what its buyers get (line/living_siblings.py). `renders`, `changes`: how often it was made anew, and how often
    buyers got another page.
    """

    venue_id: str
    base_version: str
    shown_version: str
    facts: str = ""
    confirmed_at: str = ""
    changed_at: str = ""
    unread_since: str = ""
    withheld: bool = False
    taken_off: tuple[TakenOff, ...] = ()
    swaps: dict[str, str] = {}
    problem: str = ""
    page: str = ""
    rendered_at: str = ""
    renders: int = 0
    changes: int = 0
    watched: tuple[str, ...] = ()
    siblings: dict[str, str] = {}
    revision: int = 0


class ClaimsStore(Protocol):
    """States of live pages, and who is about to look at them."""

    def get(self, venue_id: str) -> ClaimsState | None:
        """None for a page that was never looked at."""
        ...

    def put(self, state: ClaimsState) -> bool:
        """Store as revision + 1; False, and nothing is written, if somebody else stored one since this was read."""
        ...

    def forget(self, venue_id: str) -> None:
        """The page is not live any more."""
        ...

    def ask(self, venue_id: str, seconds: float) -> bool:
        """Whether the caller is to send for a look: nobody has asked for one that was not begun, in the last `seconds`."""
        ...

    def begin(self, venue_id: str) -> None:
        """A look begins: what changes from here on needs another one."""
        ...


class ShownProducts(Protocol):
    """Which live pages show a product. An entry too many costs a look, one too few is found by the next tick."""

    def watch(self, venue_id: str, product_ids: Iterable[str], at: str) -> None:
        """This page shows these."""
        ...

    def unwatch(self, venue_id: str, product_ids: Iterable[str], at: str) -> None:
        """It does not any more; what was watched after `at` stays."""
        ...

    def showing(self, product_ids: Sequence[str]) -> set[str]:
        """Venues whose live pages show one of these."""
        ...


class LivePages(Protocol):
    """What buyers get at a venue's address. The seam to however a release becomes live."""

    def current(self, venue_id: str) -> str | None:
        """Version id of the page that buyers get now; None where there is none."""
        ...

    def released(self, venue_id: str) -> str:
        """Version id that the current release shows of the venue; "" where it shows none. The venue's record follows it."""
        ...

    def siblings(self, venue_id: str) -> dict[str, str]:
        """Of the segments that the current release lists: version id of the page that their buyers get now; "" where it is not there."""
        ...

    def replace_sibling(self, venue_id: str, base: str, segment: str, from_version: str, to_version: str) -> bool:
        """As `replace`, for the buyers of a listed segment; one that is not there ("") is put there."""
        ...

    def replace(self, venue_id: str, base: str, from_version: str, to_version: str) -> bool:
        """Give buyers `to_version`, which was made of the released version `base`; False, and nothing changes, if another one is released
        by now or they do not get `from_version` any more."""
        ...


def recipe_key(venue_id: str, version_id: str) -> str:
    """Key of a version's recipe."""
    return f"venues/{venue_id}/versions/{version_id}-living"


def recipe_of(
    page: PageModel,
    template: TemplateChoice,
    floors: FloorPlan,
    products: Mapping[str, Product],
    tasks: Iterable[MaterialTask],
    conditions: Sequence[Condition],
    spare: Mapping[str, Product],
) -> LivingRecipe:
    """The recipe of a page that was just built from these. `spare`: products in reserve, best first."""
    shown = [products[card.product_id] for floor in page.floors for card in floor.cards]
    kept = tuple(rule for rule in conditions if all(meets(product, rule) for product in shown))
    reserves = reserves_by_floor(floors, kept, products, spare, page.language)
    planned = [floor.floor_id for floor in floors.floors if any(each in products for each in floor.product_ids)]
    on_page = dict(zip(planned, (floor.floor_id for floor in page.floors), strict=True))
    return LivingRecipe(
        template_id=template.template_id,
        package=template.package,
        conditions=kept,
        requests={on_page.get(task.component, task.component): task.request_key for task in tasks if task.kind == "copy"},
        reserves={on_page[name]: tuple(ids) for name, ids in reserves.items() if name in on_page and ids},
    )


def reserve_ids(documents: Documents, key: str) -> list[str]:
    """Products left out of the selection under `key` only for want of room, best first."""
    try:
        left = documents.get(key, LeftOuts).products
    except NotFoundError:
        return []
    spare = [each for each in left if each.code in _IN_RESERVE]
    spare.sort(key=lambda each: (_IN_RESERVE.index(each.code), each.place or 0))
    return [each.product_id for each in spare[:_MOST_RESERVES]]


def reserves_by_floor(
    floors: FloorPlan, conditions: Sequence[Condition], shown: Mapping[str, Product], spare: Mapping[str, Product], language: Language
) -> dict[str, tuple[str, ...]]:
    """Each spare product with the floor whose goods are most like it, where one is; it meets what the goods were chosen by."""
    fitting = {each: spare[each] for each in spare if each not in shown and all(meets(spare[each], rule) for rule in conditions)}
    if not fitting:
        return {}
    goods = Goods({**shown, **fitting}, language)
    present = [tuple(each for each in floor.product_ids if each in shown) for floor in floors.floors]
    found: dict[str, list[str]] = {}
    for product_id in fitting:
        place, alike = goods.nearest(product_id, present)
        if alike >= _ALIKE:
            found.setdefault(floors.floors[place].floor_id, []).append(product_id)
    return {name: tuple(ids) for name, ids in found.items()}
