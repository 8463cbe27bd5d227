"""Drafts: compared by content, told in words, and two people's put together."""

from __future__ import annotations

import random

from huichang.pages.drafts import DraftFloor, PageDraft, differences, merge, rekeyed


def a_draft(*floors: tuple[str, str], **texts: str) -> PageDraft:
    """Floors as (title, products by letter); texts of the hero."""
    rows = tuple(
        DraftFloor(key=f"floor-{number}", title=title, texts={"subtitle": ""}, product_ids=tuple(ids))
        for number, (title, ids) in enumerate(floors, 1)
    )
    return PageDraft(texts={"hero": {"title": "好货", "subtitle": "", **texts}}, floors=rows, pictures={"hero": "media/a.webp"})


BASE = a_draft(("甲", "abcd"), ("乙", "efgh"), ("丙", "ijkl"))


def shape(draft: PageDraft) -> list[tuple[str, str]]:
    return [(floor.title, "".join(floor.product_ids)) for floor in draft.floors]


def test_the_etag_is_of_what_is_shown_and_not_of_how_floors_are_numbered() -> None:
    renumbered = BASE.model_copy(update={"floors": tuple(f.model_copy(update={"key": f"x{n}"}) for n, f in enumerate(BASE.floors))})
    assert renumbered.etag == BASE.etag
    assert a_draft(("甲", "abdc"), ("乙", "efgh"), ("丙", "ijkl")).etag != BASE.etag
    assert a_draft(("甲", "abcd"), ("乙", "efgh"), ("丙", "ijkl"), title="别的").etag != BASE.etag


def test_floors_are_known_again_by_title_and_else_by_their_goods() -> None:
    built = a_draft(("丙", "ijkl"), ("新名", "abc"), ("别的", "xyz"))
    assert [floor.key for floor in rekeyed(built, BASE).floors] == ["floor-3", "floor-1", "floor-3.2"]


def test_differences_are_told_by_kind_and_in_both_languages() -> None:
    after = a_draft(("丙", "ijkl"), ("甲甲", "abd"), ("乙", "cehgf"), title="竹林")
    changes = differences(BASE, after, {"c": "大熊猫"})
    kinds = {(change.what, change.place) for change in changes}
    assert kinds == {
        ("text", "hero.title"),
        ("title", "floor:floor-1.title"),
        ("sorted", "floor:floor-2"),
        ("order", "floors"),
        ("moved", "c"),
    }
    assert next(change for change in changes if change.what == "moved").label == {"zh": "移动「大熊猫」", "en": "moved 大熊猫"}
    assert differences(BASE, BASE) == ()


def test_changes_that_do_not_touch_are_both_kept() -> None:
    mine = a_draft(("甲", "bacd"), ("乙", "efgh"), ("丙", "ijkl"), title="竹林")
    theirs = a_draft(("乙", "efg"), ("甲", "abcd"), ("丙丙", "ijklh"), subtitle="都在这里")
    result = merge(BASE, mine, theirs)
    assert result.clashes == ()
    assert shape(result.merged) == [("乙", "efg"), ("甲", "bacd"), ("丙丙", "ijklh")]
    assert result.merged.texts["hero"] == {"title": "竹林", "subtitle": "都在这里"}


def test_where_both_changed_the_same_mine_stays_and_it_is_told() -> None:
    mine = a_draft(("乙", "efgh"), ("我的", "abcd"), ("丙", "ijkl"), title="竹林")
    theirs = a_draft(("甲", "abcd"), ("丙", "ijkl"), ("乙", "efgh"), title="森林")
    theirs = theirs.model_copy(update={"floors": (theirs.floors[0].model_copy(update={"title": "他的"}), *theirs.floors[1:])})
    result = merge(BASE, mine, theirs)
    assert {clash.place for clash in result.clashes} == {"hero.title", "floor:floor-1.title", "floors"}
    assert next(clash for clash in result.clashes if clash.place == "hero.title").theirs == "森林"
    assert shape(result.merged)[0][0] == "乙"
    assert result.merged.texts["hero"]["title"] == "竹林"


def test_no_product_is_lost_or_doubled_whatever_two_people_do() -> None:
    dice = random.Random(7)
    for _ in range(300):
        two = []
        for _ in range(2):
            rows = [(floor.title, list(floor.product_ids)) for floor in BASE.floors]
            for _ in range(dice.randrange(4)):
                source, target = dice.choice(rows)[1], dice.choice(rows)[1]
                if source:
                    target.insert(dice.randrange(len(target) + 1), source.pop(dice.randrange(len(source))))
            dice.shuffle(rows)
            gone = dice.choice(BASE.product_ids) if dice.random() < 0.4 else ""
            kept = [(title, "".join(one for one in ids if one != gone)) for title, ids in rows]
            two.append((a_draft(*[row for row in kept if row[1]]), gone))
        (mine, i_took), (theirs, they_took) = two
        ids = merge(BASE, mine, theirs).merged.product_ids
        assert len(ids) == len(set(ids))
        assert set(BASE.product_ids) - {i_took, they_took} <= set(ids)
        # What one of us took off comes back only if the other one put it somewhere else.
        for gone, other in ((i_took, theirs), (they_took, mine)):
            if gone and gone in ids:
                assert gone in other.product_ids
