"""What the floors benchmark counts."""

from __future__ import annotations

import yaml

from huichang.selection.model import Floor, FloorCandidate, FloorPlan
from infra.bench.floors import THEMES, judge, report, show
from tests.support.fakes import a_product

ENTRY = {"name": "Mugs", "catalogue": "sample", "language": "en"}


def made(*floors: tuple[str, int], by: str = "category") -> FloorPlan:
    number = iter(range(1000))
    return FloorPlan(
        by=by,
        floors=tuple(
            Floor(floor_id=f"f-{n}", title=title, value="", product_ids=tuple(f"p{next(number)}" for _ in range(size)))
            for n, (title, size) in enumerate(floors)
        ),
        score=0.8,
        reason="",
        candidates=(FloorCandidate(by=by, parts=dict.fromkeys(("coverage", "balance", "purity", "size", "naming"), 0.5)),),
    )


def test_faults_of_titles_small_floors_and_what_stands_aside_are_counted() -> None:
    products = [a_product("p0", brand="Sonata")]
    result = judge(ENTRY, made(("Mugs", 10), ("mug", 3), ("Sonata", 4), ("AB1234 Cups", 4), ("More to Explore", 4)), products)
    assert result["violations"] == ["mug: capitals", "mug: duplicate", "Sonata: brand", "AB1234 Cups: code"]
    assert (result["too_small"], result["aside"], result["largest"]) == (1, 0.16, 0.4)
    assert "!!" in show(result)
    figures = report([result, judge(ENTRY, made(("Mugs", 8), by="one"), products), judge(ENTRY, made(), [])])
    assert (figures["themes"], figures["with_products"], figures["divided"]) == (3, 2, 1)
    assert (figures["title_violations"], figures["too_small"], figures["aside_share_max"]) == (4, 1, 0.16)


def test_there_are_forty_themes_in_two_languages() -> None:
    themes = yaml.safe_load(THEMES.read_text(encoding="utf-8"))
    assert len(themes) == 40
    assert {theme["language"] for theme in themes} == {"zh", "en"}
    assert {theme["catalogue"] for theme in themes} == {"sample", "flipkart_20k", "litemall_yanxuan"}
