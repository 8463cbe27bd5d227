"""An operator's edits of a venue: looked at, saved, taken back, applied when their time comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from huichang.kernel.clock import iso
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, TransientError
from huichang.line.explaining import Explainer
from huichang.line.merchandising import EditsRefusedError
from huichang.line.selecting import FuseRecall, RecruitMerchants
from huichang.selection.fusion import Fusion
from huichang.selection.model import Condition, Hit, LeftOuts, Path, Recall, RuleSet, Selection
from huichang.selection.recall import RulesRecall
from huichang.themes.model import Expansion
from huichang.venues.model import Actor
from tests.support.edits import edits, rule
from tests.support.line_fakes import OPERATOR, Line

OTHER = Actor(name="wang", role="operator")


class Shelf(Line):
    """A venue whose run has recalled all 24 pandas, best first by id, and fused them."""

    def __init__(self, rules: RuleSet | None = None) -> None:
        super().__init__()
        self.fuse = FuseRecall(self.records, Fusion(self.index, clock=self.clock), 8)
        self.explain = Explainer(self.venues, self.documents, self.index, self.clock)
        self.rules = rules or RuleSet()
        self.recall()

    def recall(self) -> None:
        ids = sorted(self.index.items)
        hits = tuple(Hit(product_id=name, rank=rank, score=1.0) for rank, name in enumerate(ids, 1))
        step = self.step()
        self.documents.put(step.key("expansion"), Expansion(text="熊猫玩偶", words={"zh": ("熊猫",)}, categories=()))
        paths: tuple[Path, ...] = ("search", "vector")
        for path in paths:
            self.documents.put(step.key(f"recall-{path}"), Recall(path=path, hits=hits))
        self.documents.put(step.key("recall-rules"), RulesRecall(recall=Recall(path="rules", hits=()), rules=self.rules))
        self.fuse(step)

    @property
    def chosen(self) -> list[str]:
        found = self.documents.get(self.step().key("selection"), Selection)
        return [row.product_id for row in found.products]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


# --- saving -----------------------------------------------------------------------------------------------------------


def test_an_edit_stops_the_run_starts_the_next_and_is_in_the_trail(shelf: Shelf) -> None:
    shelf.edit(edits(pins=["p-03"]), note="主推")
    wanted = edits(rule("boost", "毛绒", "category"), pins=["p-03"], excludes=["p-05"])
    venue = shelf.edit(wanted)
    assert (venue.status, venue.run, venue.edits, venue.edits_version, venue.edits_by) == ("planned", 3, wanted, 2, "olga")
    assert shelf.machines.stopped[-1] == ("venue:v-1-run-2", "edited by olga")
    assert shelf.machines.inputs["venue:v-1-run-3"]["run"] == 3
    newest, first = shelf.audit.of("v-1")
    assert (newest.action, newest.actor, newest.detail["version"]) == ("edit", "olga", 2)
    assert (newest.detail["before"], first.detail["note"]) == (["pin product p-03"], "主推")
    assert newest.detail["after"] == ["pin product p-03", "exclude product p-05", "boost +2 category 毛绒"]
    assert [one["action"] for one in newest.detail["added"]] == ["exclude", "boost"]
    shelf.recall()
    assert shelf.chosen[0] == "p-03"
    assert "p-05" not in shelf.chosen


def test_edits_survive_every_further_run(shelf: Shelf) -> None:
    shelf.edit(edits(pins=["p-09"], excludes=["p-00"]))
    shelf.runs.start_again(shelf.venue, "died")
    shelf.recall()
    assert shelf.venue.run == 3
    assert shelf.chosen[0] == "p-09"
    assert "p-00" not in shelf.chosen


def test_whoever_comes_second_is_told_and_overwrites_nothing(shelf: Shelf) -> None:
    shelf.merchandising.save("v-1", edits(pins=["p-01"]), 0, OPERATOR)
    before = (shelf.venue, list(shelf.audit.entries), list(shelf.machines.stopped))
    with pytest.raises(ConflictError, match="olga has saved version 1") as caught:
        shelf.merchandising.save("v-1", edits(pins=["p-02"]), 0, OTHER)
    assert (caught.value.code, caught.value.status) == ("edits_changed", 409)
    assert (shelf.venue, shelf.audit.entries, shelf.machines.stopped) == before


def test_two_who_save_in_the_same_instant_are_told_apart_by_the_store(shelf: Shelf) -> None:
    """Both read version 0 and pass the first look; the conditional write lets one through, and its history stands."""
    put = shelf.documents.put

    def meanwhile(key: str, body: Any) -> str:
        shelf.documents.put = put  # type: ignore[method-assign]
        shelf.merchandising.save("v-1", edits(pins=["p-01"]), 0, OTHER)
        return put(key, body)

    shelf.documents.put = meanwhile  # type: ignore[method-assign]
    with pytest.raises(ConflictError) as caught:
        shelf.merchandising.save("v-1", edits(pins=["p-02"]), 0, OPERATOR)
    assert caught.value.code == "edits_changed"
    assert (shelf.venue.edits.pins, shelf.venue.edits_by) == (("p-01",), "wang")
    assert [record.by for record in shelf.merchandising.history("v-1").records] == ["wang"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (edits(pins=["p-01"], excludes=["p-01"]), "pinned and excluded"),
        (edits(rule("boost", "p-01"), rule("bury", "毛绒", "category")), "boosted and buried"),
        (edits(rule("pin", "p-01", position=2), rule("pin", "p-02", position=2)), "place 2"),
        (edits(pins=["sold-out"]), "out of stock"),
    ],
)
def test_contradictions_are_shown_and_saved_only_if_they_are_accepted(shelf: Shelf, wanted: Any, said: str) -> None:
    sold_out = shelf.index.items["p-01"].product.model_copy(update={"id": "sold-out", "stock": 0})
    leaf = shelf.index.items["p-01"].product.leaf_category
    wanted = wanted.model_copy(
        update={"rules": tuple(one.model_copy(update={"value": leaf}) if one.scope == "category" else one for one in wanted.rules)}
    )
    shelf.index.add(sold_out)
    before = shelf.venue
    with pytest.raises(ConflictError, match=said) as caught:
        shelf.edit(wanted)
    assert (caught.value.code, shelf.venue, shelf.audit.entries) == ("edits_contradict", before, [])
    assert caught.value.mend
    shelf.edit(wanted, accept_conflicts=True)
    assert shelf.venue.edits == wanted
    assert shelf.audit.of("v-1")[0].detail["conflicts"]


def test_a_pin_must_name_a_product(shelf: Shelf) -> None:
    with pytest.raises(InvalidInputError, match="no such product: nobody"):
        shelf.edit(edits(pins=["nobody"]))
    assert shelf.audit.entries == []


def test_an_excluded_product_need_not_exist_any_more(shelf: Shelf) -> None:
    assert shelf.edit(edits(excludes=["long-gone"])).run == 2


def test_a_pin_whose_product_has_gone_keeps_nobody_from_saving_the_rest(shelf: Shelf) -> None:
    shelf.edit(edits(pins=["p-01"]))
    del shelf.index.items["p-01"]
    shelf.edit(edits(pins=["p-01", "p-02"]), accept_conflicts=True)
    assert shelf.venue.edits.pins == ("p-01", "p-02")


def test_an_unknown_venue_is_not_found(shelf: Shelf) -> None:
    for act in (
        lambda: shelf.merchandising.save("v-9", edits(), 0, OPERATOR),
        lambda: shelf.merchandising.preview("v-9", edits()),
        lambda: shelf.merchandising.undo("v-9", 0, OPERATOR),
        lambda: shelf.merchandising.history("v-9"),
        lambda: shelf.explain.why("v-9", "p-01"),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert shelf.audit.entries == []


# --- an edit that excludes everything --------------------------------------------------------------------------------


def test_an_edit_that_excludes_everything_is_refused_with_the_figure(shelf: Shelf) -> None:
    everything = edits(rule("exclude", "玩具", "category"), allow_thin=True)
    before = (shelf.venue, dict(shelf.documents.bodies), dict(shelf.due.moments))
    with pytest.raises(EditsRefusedError, match=r"leave 0 of 24 products \(24 excluded\); a venue needs 8") as caught:
        shelf.edit(everything)
    assert (caught.value.code, caught.value.status) == ("edits_leave_nothing", 422)
    assert "exclude less" in caught.value.mend
    assert (shelf.venue, shelf.documents.bodies, shelf.due.moments) == before
    assert shelf.audit.entries == []
    preview = shelf.merchandising.preview("v-1", everything)
    assert (preview.depth_after, preview.refused_code) == (0, "edits_leave_nothing")


def test_a_thin_venue_must_be_asked_for(shelf: Shelf) -> None:
    names = sorted(shelf.index.items)
    with pytest.raises(EditsRefusedError, match="leave 4 of 24") as caught:
        shelf.edit(edits(excludes=names[:20]))
    assert caught.value.code == "edits_leave_too_few"
    assert "allow_thin" in caught.value.mend
    shelf.edit(edits(excludes=names[:20], allow_thin=True))
    shelf.recall()
    assert shelf.chosen == names[20:]
    assert shelf.fuse(shelf.step()) == {"products": 4, "enough": True}


def test_an_exclusion_that_empties_the_venue_next_week_is_refused_today(shelf: Shelf) -> None:
    later = shelf.clock.now() + timedelta(days=7)
    with pytest.raises(EditsRefusedError, match=f"leave 0 of 24 products from {iso(later)[:19]}"):
        shelf.edit(edits(rule("exclude", "玩具", "category", starts_at=iso(later))))


def test_a_venue_that_was_thin_before_may_still_be_edited(shelf: Shelf) -> None:
    for name in sorted(shelf.index.items)[5:]:
        del shelf.index.items[name]
    shelf.recall()
    assert shelf.edit(edits(pins=["p-04"])).run == 2


def test_before_anything_was_recalled_edits_are_kept_and_judged_by_the_run() -> None:
    line = Line()
    line.edit(edits(rule("exclude", "玩具", "category"), pins=["p-01"]), accept_conflicts=True)
    assert line.venue.edits_version == 1
    with pytest.raises(ConflictError, match="nothing has been recalled"):
        line.merchandising.preview("v-1", edits())


# --- preview ----------------------------------------------------------------------------------------------------------


def test_a_preview_says_what_moves_and_changes_nothing(shelf: Shelf) -> None:
    names = shelf.chosen
    before = (shelf.venue, dict(shelf.documents.bodies), list(shelf.audit.entries), dict(shelf.due.moments))
    wanted = edits(rule("boost", names[20], level=3), pins=[names[10]], excludes=[names[3]])
    seen = shelf.merchandising.preview("v-1", wanted)
    assert (shelf.venue, shelf.documents.bodies, shelf.audit.entries, shelf.due.moments) == before
    effect = seen.effect
    assert [(move.product_id, move.from_rank, move.why, move.rule) for move in effect.leaving] == [
        (names[3], 4, "excluded", f"exclude product {names[3]}")
    ]
    assert [(move.product_id, move.from_rank, move.to_rank) for move in effect.up if move.product_id == names[10]] == [(names[10], 11, 1)]
    assert {move.product_id for move in effect.up} == {names[10], names[20]}
    assert (effect.entering, effect.down) == ((), ())
    assert effect.shifted > 0, "those that only make room are counted, not listed"
    assert (seen.depth_before, seen.depth_after, seen.minimum, seen.version, seen.run) == (24, 23, 8, 0, 1)
    assert sum(floor.after - floor.before for floor in seen.floors) == -1
    assert seen.products[names[10]].title
    assert seen.refused == ""


def test_a_preview_is_what_the_next_run_selects(shelf: Shelf) -> None:
    was = {name: rank for rank, name in enumerate(shelf.chosen, 1)}
    wanted = edits(rule("bury", sorted(was)[0], level=3), rule("pin", "p-15", position=4), excludes=["p-07"])
    effect = shelf.merchandising.preview("v-1", wanted).effect
    shelf.edit(wanted)
    shelf.recall()
    now = {name: rank for rank, name in enumerate(shelf.chosen, 1)}
    for move in (*effect.up, *effect.down):
        assert (was[move.product_id], now[move.product_id]) == (move.from_rank, move.to_rank)
    assert {move.product_id for move in effect.leaving} == set(was) - set(now)
    assert shelf.chosen[3] == "p-15"


def test_lifting_an_exclusion_brings_the_product_back_in_the_preview(shelf: Shelf) -> None:
    shelf.edit(edits(excludes=["p-07"]))
    shelf.recall()
    seen = shelf.merchandising.preview("v-1", edits())
    assert [move.product_id for move in seen.effect.entering] == ["p-07"]


def test_a_preview_can_look_at_a_later_moment(shelf: Shelf) -> None:
    later = shelf.clock.now() + timedelta(days=1)
    wanted = edits(rule("pin", "p-15", starts_at=iso(later)))
    now = shelf.merchandising.preview("v-1", wanted)
    assert (now.effect.up, now.changes_at) == ((), (iso(later),))
    assert [move.to_rank for move in shelf.merchandising.preview("v-1", wanted, later).effect.up] == [1]


def test_notices_are_told_and_keep_nobody_from_saving(shelf: Shelf) -> None:
    past = iso(shelf.clock.now() - timedelta(days=1))
    wanted = edits(rule("boost", "无此品牌", "brand"), rule("boost", "p-01", ends_at=past))
    assert [(one.code, one.contradiction) for one in shelf.merchandising.preview("v-1", wanted).conflicts] == [
        ("matches_nothing", False),
        ("over", False),
    ]
    assert shelf.edit(wanted).edits_version == 1


# --- undo -------------------------------------------------------------------------------------------------------------


def test_undo_goes_back_step_by_step_and_keeps_the_whole_history(shelf: Shelf) -> None:
    for name in ("p-01", "p-02", "p-03"):
        shelf.edit(edits(pins=[name]))
    undone = shelf.merchandising.undo("v-1", 3, OPERATOR)
    assert (undone.edits.pins, undone.edits_version, undone.run) == (("p-02",), 4, 5)
    assert shelf.merchandising.undo("v-1", 4, OPERATOR).edits.pins == ("p-01",)
    assert shelf.merchandising.undo("v-1", 5, OPERATOR).edits.pins == ()
    with pytest.raises(ConflictError, match="no earlier version"):
        shelf.merchandising.undo("v-1", 6, OPERATOR)
    history = shelf.merchandising.history("v-1")
    assert [(record.version, record.restores) for record in history.records] == [(6, 0), (5, 1), (4, 2), (3, None), (2, None), (1, None)]
    assert shelf.audit.actions == ["edit", "edit", "edit", "undo_edit", "undo_edit", "undo_edit"]
    assert shelf.audit.of("v-1")[0].detail["restores"] == 0
    assert shelf.merchandising.undo("v-1", 6, OPERATOR, to=3).edits.pins == ("p-03",)


def test_undo_needs_the_newest_version_and_something_to_undo(shelf: Shelf) -> None:
    with pytest.raises(ConflictError, match="never edited"):
        shelf.merchandising.undo("v-1", 0, OPERATOR)
    shelf.edit(edits(pins=["p-01"]))
    with pytest.raises(ConflictError) as caught:
        shelf.merchandising.undo("v-1", 0, OTHER)
    assert caught.value.code == "edits_changed"
    with pytest.raises(ConflictError, match="version 7"):
        shelf.merchandising.undo("v-1", 1, OPERATOR, to=7)


# --- time windows -------------------------------------------------------------------------------------------------------


def test_a_window_is_applied_when_it_opens_and_when_it_closes(shelf: Shelf) -> None:
    start = shelf.clock.now() + timedelta(hours=1)
    shelf.edit(edits(rule("pin", "p-20", starts_at=iso(start), ends_at=iso(start + timedelta(hours=2)))))
    shelf.recall()
    assert shelf.chosen[0] != "p-20"
    assert shelf.due_edits.apply() == 0
    shelf.clock.pass_time(3_700)
    assert shelf.due_edits.apply() == 1
    assert shelf.due_edits.apply() == 0, "once"
    shelf.recall()
    assert (shelf.venue.run, shelf.chosen[0]) == (3, "p-20")
    entry = shelf.audit.of("v-1")[0]
    assert (entry.action, entry.actor) == ("edits_due", "schedule")
    assert [one["value"] for one in entry.detail["began"]] == ["p-20"]
    shelf.clock.pass_time(7_200)
    assert shelf.due_edits.apply() == 1
    shelf.recall()
    assert shelf.chosen[0] != "p-20"
    assert [one["value"] for one in shelf.audit.of("v-1")[0].detail["ended"]] == ["p-20"]
    assert shelf.due.moments == {}


def test_the_sweep_applies_what_is_due_and_goes_on_when_that_fails(shelf: Shelf) -> None:
    shelf.edit(edits(rule("pin", "p-20", starts_at=iso(shelf.clock.now() + timedelta(hours=1)))))
    shelf.clock.pass_time(3_700)
    due = shelf.due.due

    def away(*_: Any) -> list[str]:
        raise TransientError("the table is away")

    shelf.due.due = away  # type: ignore[method-assign]
    before = shelf.venue.run
    with pytest.raises(TransientError):
        shelf.runs.sweep(shelf.collect, shelf.desk, shelf.due_edits, shelf.ledger)
    shelf.due.due = due  # type: ignore[method-assign]
    assert shelf.venue.run == before
    assert shelf.runs.sweep(shelf.collect, shelf.desk, shelf.due_edits, shelf.ledger)["edits"] == 1
    assert shelf.venue.run == before + 1


def test_a_run_judges_windows_by_one_moment_however_often_its_steps_are_repeated(shelf: Shelf) -> None:
    start = shelf.clock.now() + timedelta(minutes=5)
    shelf.edit(edits(rule("pin", "p-20", starts_at=iso(start))))
    shelf.recall()
    first = shelf.documents.get(shelf.step().key("selection"), Selection)
    shelf.clock.pass_time(600)
    shelf.fuse(shelf.step())
    assert shelf.documents.get(shelf.step().key("selection"), Selection) == first


def test_a_save_that_died_before_its_run_is_completed_by_the_sweep(shelf: Shelf) -> None:
    start_venue = shelf.machines.start_venue

    def away(*_: Any) -> str:
        raise TransientError("Step Functions is away")

    shelf.machines.start_venue = away  # type: ignore[method-assign,assignment]
    stop = shelf.machines.stop
    shelf.machines.stop = away  # type: ignore[method-assign,assignment]
    with pytest.raises(TransientError):
        shelf.edit(edits(pins=["p-20"]))
    assert (shelf.venue.edits_version, shelf.venue.run) == (1, 1)
    shelf.machines.start_venue, shelf.machines.stop = start_venue, stop  # type: ignore[method-assign]
    assert shelf.due_edits.apply() == 1
    assert (shelf.venue.run, shelf.due.moments) == (2, {})


def test_one_venue_in_trouble_does_not_keep_the_others(shelf: Shelf) -> None:
    shelf.due.set("v-gone", iso(shelf.clock.now() - timedelta(days=1)))
    shelf.venues.create(shelf.venue.model_copy(update={"venue_id": "v-2", "edits_run": 2}))
    shelf.venues.update("v-1", edits_run=2)
    for name in ("v-1", "v-2"):
        shelf.due.set(name, iso(shelf.clock.now()))
    stop = shelf.machines.stop

    def stuck(execution: str, reason: str) -> None:
        if execution.startswith("venue:v-1"):
            raise TransientError("throttled")
        stop(execution, reason)

    shelf.machines.stop = stuck  # type: ignore[method-assign]
    with pytest.raises(TransientError):
        shelf.due_edits.apply()
    assert shelf.venues.get("v-2").run == 2
    assert set(shelf.due.moments) == {"v-1"}


def test_a_retired_venue_is_not_built_again(shelf: Shelf) -> None:
    shelf.edit(edits(rule("pin", "p-20", starts_at=iso(shelf.clock.now() + timedelta(hours=1)))))
    shelf.venues.update("v-1", status="retired")
    shelf.clock.pass_time(3_700)
    assert shelf.due_edits.apply() == 0
    assert shelf.venue.run == 2
    assert shelf.due.moments["v-1"] > iso(shelf.clock.now())


# --- why --------------------------------------------------------------------------------------------------------------


def test_why_is_it_there_and_why_is_it_not(shelf: Shelf) -> None:
    shelf.rules = RuleSet(conditions=(Condition(indicator="price", op="<=", value=30.0),))
    shelf.edit(edits(pins=["p-02"], excludes=["p-05"]))
    shelf.recall()
    there = shelf.explain.why("v-1", "p-02")
    assert (there.code, there.rank, there.run) == ("chosen", 1, 2)
    assert there.reason
    assert there.reason.pinned_by == "olga"
    assert "search #3" in there.text["en"]
    assert "12" in there.text["zh"], "its price beside the threshold"
    excluded = shelf.explain.why("v-1", "p-05")
    assert (excluded.code, excluded.left_out and excluded.left_out.by) == ("excluded", "exclude product p-05")
    dear = shelf.explain.why("v-1", "p-23")
    assert dear.code == "condition"
    assert "33" in dear.text["en"]
    assert dear.mend["zh"]


def test_why_is_answered_for_goods_that_no_path_recalled(shelf: Shelf) -> None:
    template = shelf.index.items["p-01"].product
    shelf.index.add(
        template.model_copy(update={"id": "fresh"}),
        template.model_copy(update={"id": "quiet", "enrolled": False}),
    )
    assert shelf.explain.why("v-1", "fresh").code == "not_recalled"
    assert shelf.explain.why("v-1", "quiet").code == "not_enrolled"
    with pytest.raises(NotFoundError, match="no product nobody"):
        shelf.explain.why("v-1", "nobody")


def test_why_waits_for_a_selection() -> None:
    line = Line()
    with pytest.raises(ConflictError, match="nothing has been selected"):
        Explainer(line.venues, line.documents, line.index, line.clock).why("v-1", "p-01")


def test_what_was_left_out_is_kept_beside_the_selection(shelf: Shelf) -> None:
    shelf.edit(edits(excludes=["p-05"]))
    shelf.recall()
    step = shelf.step()
    left = shelf.documents.get(step.key("left-out"), LeftOuts).products
    selection = shelf.documents.get(step.key("selection"), Selection)
    assert sum(selection.dropped.values()) == len(left) == 24 - len(selection.products)


def test_a_shortage_that_operators_made_says_so(shelf: Shelf) -> None:
    names = sorted(shelf.index.items)
    shelf.venues.update("v-1", edits=edits(excludes=names[:20]).model_dump())
    shelf.recall()
    RecruitMerchants(shelf.records, shelf.runs, 8)(shelf.step())
    failure = shelf.venue.failure
    assert failure
    assert failure.mend.startswith("运营排除了 20 件：撤销部分排除，或向商家招商")
