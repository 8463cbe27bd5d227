"""The stations of selection: what each hands to the next, and what a shortage becomes."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.kernel.errors import ConflictError, PermanentError, TransientError
from huichang.kernel.events import ProductsSelected, SupplyGapFound, VenueFailed
from huichang.line.floors import VenueFloors
from huichang.line.keys import StepError
from huichang.line.selecting import (
    ExpandTheme,
    FuseRecall,
    PlanFloors,
    RecallByRules,
    RecallBySearch,
    RecallByVector,
    RecruitMerchants,
)
from huichang.merchants.gaps import SupplyGap
from huichang.selection.floors import FloorPlanner
from huichang.selection.fusion import Fusion
from huichang.selection.model import Condition, FloorPlan, Recall, RuleSet, Selection
from huichang.selection.recall import Recaller, RulesRecall
from huichang.themes.model import CampaignBrief, Expansion, Theme
from huichang.venues.model import VENUE_STEPS
from tests.support.edits import edits as edited
from tests.support.fakes import FakeEmbeddings
from tests.support.line_fakes import Line
from tests.support.memory_floors import MemoryFloorLibrary

EXPANSION = Expansion(text="熊猫玩偶 毛绒 公仔", words={"zh": ("熊猫", "玩偶")}, categories=("毛绒玩偶",))


class FakeExpander:
    def __init__(self) -> None:
        self.asked: list[tuple[Theme, CampaignBrief, str]] = []

    def expand(self, theme: Theme, brief: CampaignBrief, venue_id: str = "") -> Expansion:
        self.asked.append((theme, brief, venue_id))
        return EXPANSION


class NoRules:
    """A rule writer without wishes."""

    def write(self, *_: Any, **__: Any) -> RuleSet:
        return RuleSet()


class Selecting(Line):
    """The line's first half, real recall and fusion over the fake index."""

    def __init__(self, *, products: int = 24, minimum: int = 8) -> None:
        super().__init__(products=products)
        self.venues.update("v-1", status="planned")
        recaller = Recaller(self.index, FakeEmbeddings(), NoRules())  # type: ignore[arg-type]
        self.expander = FakeExpander()
        self.expand = ExpandTheme(self.records, self.expander)  # type: ignore[arg-type]
        self.by_search = RecallBySearch(self.records, recaller)
        self.by_vector = RecallByVector(self.records, recaller)
        self.by_rules = RecallByRules(self.records, recaller, minimum)
        self.fuse = FuseRecall(self.records, Fusion(self.index), minimum)
        self.recruit = RecruitMerchants(self.records, self.runs, minimum)
        self.floors = PlanFloors(self.records, VenueFloors(FloorPlanner(), MemoryFloorLibrary(), self.index), self.index)

    def recall(self) -> None:
        self.expand(self.step())
        self.by_search(self.step())
        self.by_vector(self.step())
        # What the rules path finds is the selection room's matter; here it finds nothing.
        empty = RulesRecall(recall=Recall(path="rules", hits=()), rules=RuleSet())
        self.documents.put(self.step().key("recall-rules"), empty)


def test_from_theme_to_floors() -> None:
    line = Selecting()
    assert line.expand(line.step()) == {"words": 2}
    assert line.venue.status == "selecting"
    ((theme, brief, venue_id),) = line.expander.asked
    assert (theme, brief.campaign_id, venue_id) == (line.venue.theme, "c-1", "v-1")
    assert line.by_search(line.step())["hits"] == 24
    assert line.by_vector(line.step())["hits"] == 24
    line.recall()
    answer = line.fuse(line.step())
    assert answer == {"products": line.venue.products, "enough": True}
    assert line.bus.last(ProductsSelected).products == answer["products"]
    selection = line.documents.get(line.step().key("selection"), Selection)
    assert len(selection.products) == answer["products"] >= 8
    assert all(chosen.reason.ranks for chosen in selection.products)
    plan = line.documents.get(line.step().key("floors"), FloorPlan) if line.floors(line.step()) else None
    assert plan
    assert {pid for floor in plan.floors for pid in floor.product_ids} <= {chosen.product_id for chosen in selection.products}


def test_what_stations_return_are_references_and_counts() -> None:
    """Step Functions' state is 256 KiB; the bodies are in S3."""
    line = Selecting()
    line.recall()
    for station in (line.expand, line.by_search, line.by_vector, line.fuse, line.floors):
        answer = station(line.step())
        assert all(isinstance(value, (int, bool, str)) for value in answer.values())
        assert len(str(answer)) < 200


def test_every_station_writes_under_its_run_and_into_the_journal() -> None:
    line = Selecting()
    line.recall()
    line.fuse(line.step())
    line.floors(line.step())
    assert all(key.startswith("venues/v-1/run-1/") for key in line.documents.bodies)
    steps = [record.step for record in line.venues.steps("v-1")]
    assert steps == [name for name in VENUE_STEPS if name in steps]
    assert {record.status for record in line.venues.steps("v-1")} == {"done"}


def test_what_the_rules_did_is_written_beside_the_step_in_both_languages() -> None:
    line = Selecting()
    line.expand(line.step())
    rules = RuleSet(conditions=(Condition(indicator="price", op="<=", value=30.0),))
    notes = ({"zh": "「包邮」（包邮）已放弃：符合的商品不够", "en": "gave up '包邮' (free shipping): too few products meet it"},)
    found = RulesRecall(recall=Recall(path="rules", hits=(), notes=notes), rules=rules)  # type: ignore[arg-type]
    line.by_rules.recaller.by_rules = lambda *_: found  # type: ignore[method-assign]
    line.by_rules(line.step())
    record = next(step for step in line.venues.steps("v-1") if step.step == "RecallByRules")
    assert record.note == "0"
    assert record.told == ({"zh": "价格 ≤ 30", "en": "Price ≤ 30"}, *notes)


def test_a_name_that_promises_what_was_given_up_is_corrected_told_and_found_again_by_a_replay() -> None:
    line = Selecting()
    line.venues.update("v-1", theme=line.venue.theme.model_copy(update={"name": "低价熊猫玩偶"}).model_dump())
    line.recall()
    rules = RuleSet(broken=(Condition(indicator="price", op="<=", value=1.0, because="低价"),))
    line.documents.put(line.step().key("recall-rules"), RulesRecall(recall=Recall(path="rules", hits=()), rules=rules))
    for _ in range(2):
        line.fuse(line.step())
        assert line.venue.theme.name == "熊猫玩偶"
        assert line.venue.theme.as_planned.name == "低价熊猫玩偶"
        notes = line.documents.get(line.step().key("selection"), Selection).notes
        assert [note["zh"] for note in notes if "低价" in note["zh"]] == [
            "名称由「低价熊猫玩偶」改为「熊猫玩偶」：「低价」对选中的商品不成立"
        ]
    line.expand(line.step())
    assert line.expander.asked[-1][0].name == "低价熊猫玩偶"  # the same question, so that a replay costs no call


def test_a_run_that_was_superseded_does_not_begin() -> None:
    """Edited before its campaign's Map came to it: run 2 is on its way when the Map starts run 1."""
    line = Selecting()
    line.edit(edited(excludes=["p-01"]))
    before = line.venue
    with pytest.raises(ConflictError, match="run 1 was superseded by run 2"):
        line.expand(line.step(run=1))
    assert line.fail_venue(line.step(run=1), StepError(Error="PermanentError")) == {"code": "superseded"}
    assert (line.venue, line.venues.steps("v-1")) == (before, [])
    assert line.expand(line.step())
    assert line.venue.run == 2


def test_excluded_products_are_not_recalled() -> None:
    line = Selecting()
    line.venues.update("v-1", edits=edited(excludes=["p-01"]).model_dump())
    line.recall()
    line.fuse(line.step())
    selection = line.documents.get(line.step().key("selection"), Selection)
    assert "p-01" not in {chosen.product_id for chosen in selection.products}


def test_a_path_that_is_away_is_tried_again() -> None:
    line = Selecting()
    line.expand(line.step())

    def away(*_: Any) -> Any:
        raise TransientError("no answer from the index")

    search = line.index.search
    line.index.search = away  # type: ignore[method-assign,assignment]
    with pytest.raises(TransientError):
        line.by_search(line.step())
    assert line.venues.statuses("RecallBySearch") == ["running", "retrying"]
    line.index.search = search  # type: ignore[method-assign]
    line.by_search(line.step())
    assert line.venues.statuses("RecallBySearch")[-1] == "done"


def test_a_shortage_becomes_a_brief_for_merchants_and_ends_the_venue() -> None:
    line = Selecting(products=3)
    line.recall()
    assert line.fuse(line.step()) == {"products": 3, "enough": False}
    assert line.recruit(line.step()) == {"missing": 5}
    gap = line.documents.get("venues/v-1/supply-gap", SupplyGap)
    assert (gap.found, gap.needed, gap.missing, gap.venue_id) == (3, 8, 5, "v-1")
    failure = line.venue.failure
    assert line.venue.status == "failed"
    assert failure
    assert (failure.code, failure.step) == ("short_of_stock", "FuseRecall")
    assert failure.message == "「熊猫玩偶专场」只有 3 件合格商品，至少需要 8 件。"
    assert failure.mend.startswith("向商家招商：")
    assert line.bus.last(SupplyGapFound).missing == 5
    assert line.bus.last(VenueFailed).code == "short_of_stock"


def test_the_reason_is_in_the_venues_language() -> None:
    line = Selecting(products=3)
    line.venues.update("v-1", language="en")
    line.recall()
    line.fuse(line.step())
    line.recruit(line.step())
    failure = line.venue.failure
    assert failure
    assert failure.message == '"熊猫玩偶专场" has 3 eligible products; a venue needs 8.'
    assert failure.mend.startswith("Recruit merchants: ")


def test_nobody_is_recruited_where_there_is_no_shortage() -> None:
    line = Selecting()
    line.recall()
    line.fuse(line.step())
    with pytest.raises(PermanentError) as caught:
        line.recruit(line.step())
    assert caught.value.code == "defect"
    assert line.venue.status == "selecting"


def test_a_campaign_without_a_brief_is_a_defect_that_is_told() -> None:
    line = Selecting()
    line.campaigns.update("c-1", brief=None)
    with pytest.raises(PermanentError, match="no brief"):
        line.expand(line.step())
    record = line.venues.step("v-1", "ExpandTheme")
    assert record
    assert record.status == "failed"
