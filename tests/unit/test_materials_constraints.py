"""Lasting constraints: for whom they hold, what a prompt carries of them, what contradicts what."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from huichang.materials.checks import Checks, Region
from huichang.materials.constraints import (
    Constraint,
    Level,
    contradictions,
    holding,
    overlap,
    own_contradictions,
    within_budget,
)
from huichang.materials.model import CopySlot, ReviewConstraint
from huichang.prompts.budgets import tokens_of
from tests.support.memory_constraints import a_constraint, a_place


def checked(constraint_id: str = "cst-1", level: Level = "venue", slot: str = "", origin: Any = None, **checks: Any) -> Constraint:
    said = {"checks": checks, "slot": slot}
    return a_constraint(constraint_id, level=level, said=said, origin=origin or a_place())


def test_the_most_specific_speaks_first_and_of_equals_the_oldest() -> None:
    order = ("everywhere", "industry", "style", "template", "venue", "component")
    constraints = [a_constraint(f"cst-{level}", level=level) for level in order]
    constraints.append(a_constraint("cst-older", level="venue", created_at="2026-08-01T08:00:00.000Z"))
    found = [each.constraint_id for each in holding(constraints, a_place())]
    assert found == ["cst-component", "cst-older", "cst-venue", "cst-template", "cst-style", "cst-industry", "cst-everywhere"]


@pytest.mark.parametrize(
    ("level", "elsewhere"),
    [
        ("component", {"component": "share"}),
        ("component", {"venue_id": "v-2"}),
        ("venue", {"venue_id": "v-2"}),
        ("template", {"template": "festival"}),
        ("style", {"style": "summer_wave"}),
        ("industry", {"industry": "home"}),
        ("everywhere", {"kind": "image"}),
        ("everywhere", {"language": "en"}),
    ],
)
def test_it_holds_for_its_scope_and_nowhere_else(level: Level, elsewhere: dict[str, Any]) -> None:
    constraint = a_constraint(level=level)
    assert constraint.holds_for(a_place())
    assert not constraint.holds_for(a_place(**elsewhere))
    assert not constraint.model_copy(update={"status": "retired"}).holds_for(a_place())


def test_a_prompt_carries_what_the_budget_allows_once_each() -> None:
    long = [ReviewConstraint(code="tone", text=f"{number}" + "太长" * 100) for number in range(10)]
    carried = within_budget([long[0], long[0].model_copy(update={"constraint_id": "another"}), *long[1:]], budget=500)
    assert carried == tuple(long[: len(carried)])
    assert 2 <= len(carried) <= 4
    assert sum(tokens_of(str(each.told())) for each in carried) <= 500
    short = ReviewConstraint(code="tone", text="短")
    assert within_budget([*long, short], budget=500)[-1] == short  # a long one that does not fit keeps no short one out


def test_what_was_not_said_is_not_told() -> None:
    assert ReviewConstraint(code="ugly").told() == {"code": "ugly", "text": "", "rejected_text": {}}
    marked = ReviewConstraint(code="ugly", region=Region(x=0.7, y=0.0, width=0.3, height=0.3), checks=Checks(min_light=0.4))
    assert marked.told()["where"].startswith("in the upper right (70%-100% from the left")
    assert marked.told()["rules"] == ["bright: mean lightness at least 40%"]


@pytest.mark.parametrize(
    "region",
    [
        {"x": 0.8, "y": 0, "width": 0.3, "height": 0.1},
        {"x": 0, "y": 0, "width": 0, "height": 1},
        {"x": -1, "y": 0, "width": 1, "height": 1},
    ],
)
def test_a_region_lies_in_the_picture(region: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Region.model_validate(region)


@pytest.mark.parametrize(
    ("one", "other", "named"),
    [
        ({"must_say": ("包邮",)}, {"never_say": ("包邮",)}, "never say"),
        ({"must_say": ("全场包邮",)}, {"never_say": ("包邮",)}, "never say"),
        ({"must_say": ("24小时发货",)}, {"no_numbers": True}, "no numbers"),
        ({"must_say": ("七天无理由退货",)}, {"max_chars": 5}, "5 are allowed"),
        ({"min_light": 0.6}, {"max_light": 0.4}, "lighter than 60%"),
    ],
)
def test_contradictions_name_both(one: dict[str, Any], other: dict[str, Any], named: str) -> None:
    first, second = checked("cst-1", **one), checked("cst-2", **other)
    for new, old in ((first, second), (second, first)):
        (found,) = contradictions(new, [old, new])
        assert found.other == old.constraint_id
        assert named in found.message["en"]
        assert old.constraint_id in found.message["en"]
        assert old.label() in found.message["en"]
        assert new.label("zh") in found.message["zh"]
        assert found.mend["zh"]
    assert contradictions(first, [second.model_copy(update={"status": "retired"})]) == ()


def test_what_never_meets_does_not_contradict() -> None:
    must = checked("cst-1", must_say=("包邮",))
    for other in (
        checked("cst-2", origin=a_place(venue_id="v-2"), never_say=("包邮",)),
        checked("cst-2", level="industry", origin=a_place(venue_id="v-2", industry="home"), never_say=("包邮",)),
        checked("cst-2", level="template", origin=a_place(template="festival"), never_say=("包邮",)),
        a_constraint("cst-2", language="en", said={"checks": {"never_say": ("包邮",)}}),
    ):
        assert not overlap(must, other)
        assert contradictions(must, [other]) == ()
    title, subtitle = checked("cst-1", slot="title", must_say=("包邮",)), checked("cst-2", slot="subtitle", never_say=("包邮",))
    assert contradictions(title, [subtitle]) == ()
    # A template and an industry meet on some page.
    assert contradictions(checked("cst-1", "template", must_say=("包邮",)), [checked("cst-2", "industry", never_say=("包邮",))])


@pytest.mark.parametrize(
    ("checks", "named"),
    [
        ({"must_say": ("包邮",), "never_say": ("包邮",)}, "must say"),
        ({"max_chars": 2}, "needs at least 4"),
        ({"must_say": ("七天无理由退货包邮支持拿样",)}, "no slot is that long: title (12)"),
        ({"min_light": 0.7, "max_light": 0.3}, "lighter and darker"),
        ({"must_say": ("全国第一",)}, "第一"),
    ],
)
def test_a_constraint_that_nothing_can_meet(checks: dict[str, Any], named: str) -> None:
    (found, *_) = own_contradictions(checked(**checks), (CopySlot(name="title", max_chars=12, what="headline"),))
    assert (found.other, named in found.message["en"]) == ("", True)
    assert own_contradictions(checked(must_say=("包邮",), max_chars=8)) == ()


@pytest.mark.parametrize(
    ("must", "never", "language"),
    [
        ("Hello Kitty", {"only_language": True}, "zh"),
        ("特价", {"only_language": True}, "en"),
        ("两件包邮", {"no_numbers": True}, "zh"),
        ("buy two", {"no_numbers": True}, "en"),
    ],
)
def test_what_must_be_said_may_be_a_word_that_another_one_forbids(must: str, never: dict[str, Any], language: Any) -> None:
    one = a_constraint("cst-1", level="everywhere", language=language, said={"checks": {"must_say": (must,)}})
    other = a_constraint("cst-2", level="industry", language=language, said={"checks": never})
    (found,) = contradictions(one, [other])
    assert must in found.message["en"]
    assert must in found.message["zh"]
