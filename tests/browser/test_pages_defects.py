"""A small version of infra.bench.inspection: a defect of each family in a real browser, and a hard page that is sound."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from huichang.pages.templates import load_templates
from infra.bench.defects import DEFECTS
from infra.bench.inspected import HARD, Made, Wanted, make
from infra.bench.inspection import FOUND_BY, Bench, tells, undeserved
from tests.support.browser import browser_or_skip

pytestmark = pytest.mark.browser
# Those that only a browser can tell, each by another of its senses.
FEW = ("covered_floor_title", "clipped_prices", "blank_card", "needs_javascript")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    browser_or_skip()
    made = Bench()
    yield made
    assert made.inspector
    made.inspector.close()


@pytest.fixture(scope="module")
def page() -> Made:
    return make(Wanted(name="few", language="zh", preset="maple_harvest", floors=(5, 4)), 7)


def test_every_defect_says_by_what_it_must_be_found() -> None:
    assert set(DEFECTS) == set(FOUND_BY)
    assert len(DEFECTS) >= 25


@pytest.mark.parametrize("defect", FEW)
def test_a_defect_is_found(bench: Bench, page: Made, defect: str) -> None:
    template_id = sorted(load_templates())[FEW.index(defect) % len(load_templates())]
    subject = DEFECTS[defect](page.subject(template_id), random.Random(defect))
    findings = bench.look(subject, page, template_id)
    assert tells(findings, defect), [(each.rule, each.place) for each in findings]
    if defect != "needs_javascript":  # which is nowhere in particular
        shown = [each for each in findings if each.picture]
        assert shown
        assert all(each.picture.startswith("data:image/webp;base64,") and each.box for each in shown)


def test_a_minimalist_page_is_sound(bench: Bench) -> None:
    name, wanted = HARD[0]
    made = make(Wanted(name=name, language="en", **wanted), 7)
    assert undeserved(bench.look(made.subject("festival"), made, "festival")) == []
