"""Operators arrange floors: checked, recorded, kept, and built again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from huichang.line.arranging import FloorDesk, industry_of
from huichang.line.floors import VenueFloors
from huichang.line.publishing import page_key
from huichang.line.selecting import PlanFloors
from huichang.pages.model import PageModel
from huichang.selection.floors import FloorPlanner
from huichang.selection.model import ArrangedFloor, FloorPlan
from huichang.themes.model import Theme
from tests.support.fakes import a_product
from tests.support.line_fakes import OPERATOR, Line
from tests.support.memory_floors import MemoryFloorLibrary


class Shop:
    """A venue in review, and the desk where its floors are arranged."""

    def __init__(self) -> None:
        self.line = Line()
        self.line.select()
        self.library = MemoryFloorLibrary()
        self.plan_floors = PlanFloors(self.line.records, VenueFloors(FloorPlanner(), self.library, self.line.index), self.line.index)
        self.plan_floors(self.line.step())
        self.line.stage()
        line = self.line
        self.desk = FloorDesk(line.venues, line.documents, line.index, self.library, line.runs, line.audit, line.clock, line.policing)

    @property
    def plan(self) -> FloorPlan:
        return self.line.documents.get(self.line.step().key("floors"), FloorPlan)

    def swapped(self) -> list[ArrangedFloor]:
        """The plan's floors the other way round, the first renamed."""
        floors = [ArrangedFloor(title=floor.title, product_ids=floor.product_ids) for floor in reversed(self.plan.floors)]
        return [floors[0].model_copy(update={"title": "先看这里"}), *floors[1:]]

    def arrange(self, floors: Sequence[ArrangedFloor], plan_id: str | None = None) -> Any:
        return self.desk.arrange("v-1", plan_id or self.plan.plan_id, floors, OPERATOR)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_an_arrangement_is_stored_recorded_kept_and_built_again(shop: Shop) -> None:
    before, staged = shop.plan, shop.line.venue.staged_version
    wanted = shop.swapped()
    venue = shop.arrange(wanted)
    assert (venue.run, venue.status, venue.round) == (2, "planned", 1)
    assert venue.arrangement is not None
    assert (venue.arrangement.floors, venue.arrangement.arranged_by) == (tuple(wanted), OPERATOR.name)
    (entry,) = shop.line.audit.of("v-1")
    assert (entry.action, entry.actor, entry.saw) == ("arrange_floors", OPERATOR.name, staged)
    assert entry.detail["before"] == [f"{floor.title} ({len(floor.product_ids)})" for floor in before.floors]
    (kept,) = shop.library.recent()
    assert (kept.venue_id, kept.kept_by) == ("v-1", OPERATOR.name)
    assert [floor.title for floor in kept.floors] == [floor.title for floor in wanted]


def test_the_next_page_shows_the_operators_floors_and_titles(shop: Shop) -> None:
    wanted = shop.swapped()
    shop.arrange(wanted)
    shop.line.select()
    shop.plan_floors(shop.line.step())
    shop.line.stage("second token")
    page = shop.line.documents.get(page_key("v-1", shop.line.venue.staged_version), PageModel)
    assert [floor.title for floor in page.floors] == [floor.title for floor in wanted]
    assert shop.plan.by == "operator"
    with pytest.raises(ConflictError, match="changed since"):
        shop.arrange(wanted, plan_id="the one before")


def test_floors_can_be_split_and_merged(shop: Shop) -> None:
    ids = [product_id for floor in shop.plan.floors for product_id in floor.product_ids]
    venue = shop.arrange([ArrangedFloor(title="甲", product_ids=tuple(ids[:5])), ArrangedFloor(title="乙", product_ids=tuple(ids[5:]))])
    assert venue.arrangement is not None
    assert [len(floor.product_ids) for floor in venue.arrangement.floors] == [5, len(ids) - 5]


def test_an_emptied_floor_is_gone(shop: Shop) -> None:
    venue = shop.arrange([*shop.swapped(), ArrangedFloor(title="空的", product_ids=())])
    assert venue.arrangement is not None
    assert "空的" not in [floor.title for floor in venue.arrangement.floors]


def change(floors: list[ArrangedFloor], place: int, **changes: Any) -> list[ArrangedFloor]:
    return [floor.model_copy(update=changes) if number == place else floor for number, floor in enumerate(floors)]


def test_what_cannot_be_is_refused_and_nothing_changes(shop: Shop) -> None:
    good = shop.swapped()
    ids = good[0].product_ids
    wrong: list[tuple[list[ArrangedFloor], str, str]] = [
        (change(good, 0, title="  "), "has no title", "floors[1].title"),
        (change(good, 1, title="很长很长很长很长很长很长很长的标题"), "too long", "floors[2].title"),
        (change(good, 1, title="先看 这里"), "two floors are called", "floors[2].title"),
        (change(good, 0, product_ids=ids[1:]), f"{ids[0]} are on no floor", "floors.product_ids"),
        (change(good, 0, product_ids=(*ids, "p-99")), "p-99 are not in this venue", "floors.product_ids"),
        (change(good, 0, product_ids=(*ids, good[1].product_ids[0])), "stand on two floors", "floors.product_ids"),
        ([], "0 floors", "floors"),
    ]
    for floors, said, where in wrong:
        with pytest.raises(InvalidInputError, match=said) as caught:
            shop.arrange(floors)
        assert caught.value.where == where
        assert caught.value.mend
    assert (shop.line.venue.run, shop.line.venue.arrangement, shop.line.audit.entries, shop.library.recent()) == (1, None, [], [])


def test_of_two_operators_at_once_the_second_is_told(shop: Shop) -> None:
    update = shop.line.venues.update

    def other_first(*arguments: Any, **changes: Any) -> Any:
        shop.line.venues.update = update  # type: ignore[method-assign]
        shop.arrange(shop.swapped())
        return update(*arguments, **changes)

    shop.line.venues.update = other_first  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="changed meanwhile"):
        shop.arrange(shop.swapped())
    assert shop.line.audit.actions == ["arrange_floors"]
    assert shop.line.venue.run == 2


def test_floors_that_are_being_planned_or_of_a_retired_venue_cannot_be_arranged(shop: Shop) -> None:
    wanted, plan_id = shop.swapped(), shop.plan.plan_id
    shop.arrange(wanted)
    with pytest.raises(ConflictError, match="being planned"):
        shop.arrange(wanted, plan_id)
    shop.line.venues.update("v-1", status="retired")
    with pytest.raises(ConflictError, match="retired"):
        shop.arrange(wanted, plan_id)
    with pytest.raises(NotFoundError):
        shop.desk.arrange("v-9", plan_id, wanted, OPERATOR)


def test_the_planner_gets_its_floors_back(shop: Shop) -> None:
    with pytest.raises(ConflictError, match="nobody arranged"):
        shop.desk.automatic("v-1", OPERATOR)
    shop.arrange(shop.swapped())
    venue = shop.desk.automatic("v-1", OPERATOR)
    assert (venue.arrangement, venue.run) == (None, 3)
    assert shop.line.audit.actions == ["arrange_floors", "automatic_floors"]


def test_a_venues_own_entry_is_not_suggested_back_to_it_but_to_the_next(shop: Shop) -> None:
    ids = [product_id for floor in shop.plan.floors for product_id in floor.product_ids]
    shop.arrange([ArrangedFloor(title="前半场", product_ids=tuple(ids[::2])), ArrangedFloor(title="后半场", product_ids=tuple(ids[1::2]))])
    shop.desk.automatic("v-1", OPERATOR)
    shop.line.select()
    shop.plan_floors(shop.line.step())
    assert not any(candidate.by.startswith("library") for candidate in shop.plan.candidates)
    (entry,) = shop.library.recent()
    shop.library.entries = {entry.entry_id: entry.model_copy(update={"venue_id": "v-0"})}
    shop.plan_floors(shop.line.step())
    assert any(candidate.by == f"library:{entry.entry_id}" for candidate in shop.plan.candidates)


def test_kept_floors_are_renamed_retired_and_brought_back(shop: Shop) -> None:
    shop.arrange(shop.swapped())
    (entry,) = shop.desk.kept()
    titles = [f"第{number}层" for number, _ in enumerate(entry.floors)]
    renamed = shop.desk.change_kept(entry.entry_id, entry.revision, OPERATOR, titles=titles, status=None)
    assert ([floor.title for floor in renamed.floors], renamed.revision, renamed.changed_by) == (titles, 2, OPERATOR.name)
    assert [floor.features for floor in renamed.floors] == [floor.features for floor in entry.floors]
    retired = shop.desk.change_kept(entry.entry_id, 2, OPERATOR, titles=None, status="retired")
    assert (retired.status, shop.library.matching(entry.industry, "zh")) == ("retired", [])
    assert shop.desk.change_kept(entry.entry_id, 3, OPERATOR, titles=None, status="active").status == "active"
    assert shop.line.audit.actions[-3:] == ["change_kept_floors"] * 3
    with pytest.raises(ConflictError, match="revision 4"):
        shop.desk.change_kept(entry.entry_id, 1, OPERATOR, titles=None, status="retired")
    with pytest.raises(InvalidInputError, match="titles for"):
        shop.desk.change_kept(entry.entry_id, 4, OPERATOR, titles=["一"], status=None)
    with pytest.raises(NotFoundError):
        shop.desk.change_kept("fl-9", 1, OPERATOR, titles=None, status="retired")


def test_floors_are_kept_under_the_themes_industry_else_that_of_most_goods() -> None:
    products = {f"p{n}": a_product(f"p{n}", industry="toys" if n else "pet") for n in range(3)}
    assert industry_of(Theme(name="x", keywords=("x",), industry="food"), products) == "food"
    assert industry_of(Theme(name="x", keywords=("x",)), products) == "toys"
    assert industry_of(Theme(name="x", keywords=("x",)), {}) == "any"
