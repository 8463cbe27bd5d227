"""What a browser saw, judged: every rule says yes to its fault and no to what merely looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.pages.finding_words import finding, rule_words
from huichang.pages.seeing import Band, Card, Covered, FloorSeen, Line, Part, Shot, Sight, Target, Wide, judge
from tests.support.browser import make_page

BOX = (10, 900, 200, 20)


def line(**changes: Any) -> Line:
    values: dict[str, Any] = {
        "path": "#floor-1 > p", "text": "soft friends for every shelf", "size": 14.0, "weight": 400, "box": BOX, "kind": "text", "alpha": 1.0,
        "own": False, "heard": False, "pinned": False, "scrolls": False, "designed": False, "seen_across": 1.0, "seen_down": 1.0,
    }  # fmt: skip
    return Line(**(values | changes))


def shot(**changes: Any) -> Shot:
    values: dict[str, Any] = {
        "path": "img", "box": (0, 900, 200, 200), "source": "/media/a.webp", "natural": (400, 400), "fit": "cover", "done": True,
        "visible": True, "product": "p1",
    }  # fmt: skip
    return Shot(**(values | changes))


def target(**changes: Any) -> Target:
    values: dict[str, Any] = {"path": "a", "box": (0, 0, 120, 44), "text": "Share", "named": True, "inline": False}
    return Target(**(values | changes))


def sight(screen: Any = "phone", **changes: Any) -> Sight:
    values: dict[str, Any] = {"screen": screen, "height": 4000, "width": 390, "screen_height": 844, "letters": 200, "elsewhere": {}}
    return Sight(**(values | changes))


def told(seen: Sight, page: Any = None) -> list[tuple[str, str]]:
    return [(each.rule, each.severity) for each in judge(seen, page)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"uniform": 0.999, "letters": 0}, [("white-screen", "blocker")]),
        ({"uniform": 0.999, "letters": 40}, []),  # minimalist: it says something
        ({"uniform": 0.999, "letters": 0, "pictures": 1}, []),
        ({"bands": (Band(top=800, rows=700),)}, [("blank-band", "blocker")]),
        ({"bands": (Band(top=800, rows=300),)}, []),  # a designer's pause
        ({"bands": (Band(top=800, rows=300),), "lines": (line(),)}, [("unpainted", "blocker")]),  # the document says there is text
        ({"bands": (Band(top=800, rows=300),), "lines": (line(heard=True),)}, []),
        ({"bands": (Band(top=800, rows=300),), "images": (shot(),)}, [("unpainted", "blocker")]),
        ({"noise": ("TypeError: x",)}, [("console-error", "blocker")]),
        ({"noise": ("Refused to apply: Content Security Policy",)}, [("policy-violation", "blocker")]),
        ({"missing": ("/media/x.webp",)}, [("missing-file", "blocker")]),
        ({"missing": ("/media/a.webp",), "images": (shot(natural=(0, 0)),)}, [("broken-picture", "blocker")]),
        ({"elsewhere": {"shop.example": 3}}, [("picture-elsewhere", "warning")]),
        ({"dead": ("/v/gone/",)}, [("dead-link", "warning")]),
        ({"images": (shot(fit="fill", box=(0, 0, 300, 100)),)}, [("picture-distorted", "blocker")]),
        ({"images": (shot(fit="cover", box=(0, 0, 300, 100)),)}, []),
        ({"images": (shot(natural=(90, 90)),)}, [("picture-coarse", "warning")]),
        ({"images": (shot(natural=(16, 16)),)}, [("picture-coarse", "blocker")]),
        ({"images": (shot(natural=(16, 16), drawn=True),)}, []),
        ({"images": (shot(natural=(1, 1), foreign=True),)}, []),  # not loaded, so nothing is known of it
        ({"images": (shot(uniform=1.0),)}, [("picture-blank", "warning")]),
        ({"overflow": 40, "wide": (Wide(path="h2", box=BOX, name="h2"),)}, [("sideways-scroll", "blocker")]),
        ({"shift": 0.02}, [("layout-shift", "warning")]),
        ({"shift": 0.3}, [("layout-shift", "blocker")]),
        ({"shift": 0.009}, []),
        ({"lines": (line(seen_across=0.8),)}, [("text-cut", "warning")]),
        ({"lines": (line(seen_across=0.8, kind="price"),)}, [("text-cut", "blocker")]),
        ({"lines": (line(seen_across=0.8, designed=True),)}, []),  # it ends with "…"
        ({"lines": (line(seen_down=0.5, kind="title"),)}, [("text-cut", "blocker")]),
        ({"lines": (line(seen_down=0.0),)}, []),  # a row of badges that has no room is left out whole
        ({"lines": (line(size=7.0),)}, [("small-type", "warning")]),
        ({"overlaps": ((line(), line(text="other")),)}, [("text-overlap", "blocker")]),
        ({"covered": (Covered(path="h2", by="#banner", box=BOX, text="Floor"),)}, [("text-covered", "blocker")]),
        ({"lines": (line(inked=0.0),)}, [("text-unseen", "blocker")]),
        ({"lines": (line(inked=0.0, text="🎁"),)}, []),  # an emoji has its own colours
        ({"lines": (line(inked=0.08),)}, []),
        ({"lines": (line(contrast=3.2),)}, [("low-contrast", "warning")]),
        ({"lines": (line(contrast=1.3, kind="price"),)}, [("low-contrast", "blocker")]),
        ({"lines": (line(contrast=3.2, size=30.0),)}, []),
        ({"lines": (line(contrast=1.3, own=True),)}, []),  # filled with a gradient: its colour says nothing
        ({"lines": (line(contrast=3.2, hero=True),)}, [("hard-to-read", "warning")]),
        ({"targets": (target(box=(0, 0, 120, 30)),)}, [("small-target", "warning")]),
        ({"targets": (target(box=(0, 0, 20, 20)),)}, [("small-target", "blocker")]),
        ({"targets": (target(box=(0, 0, 60, 18), inline=True),)}, []),  # a link within a sentence
        ({"targets": (target(named=False),)}, [("nameless-target", "warning")]),
        ({"scripted": (10, 1000), "scriptless": (10, 990)}, []),
        ({"scripted": (10, 1000), "scriptless": (4, 990)}, [("needs-script", "blocker")]),
        ({"scripted": (10, 1000), "scriptless": (10, 300)}, [("needs-script", "blocker")]),
    ],
)  # fmt: skip
def test_a_fault_is_told_and_its_double_is_not(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert told(sight(**changes)) == expected


def test_a_pointer_needs_less_room_than_a_thumb() -> None:
    small = (target(box=(0, 0, 120, 30)),)
    assert told(sight("desktop", targets=small)) == []
    assert told(sight("phone", targets=small)) == [("small-target", "warning")]


def whole(**changes: Any) -> Sight:
    """All that the page of one floor should show."""
    page = make_page(floors=(3,))
    seen = Part(text="x", visible=True, path="h1", box=BOX, size=14.0)
    cards = tuple(
        Card(
            path=f"#{card.product_id}",
            product=card.product_id,
            floor="floor-1",
            box=BOX,
            visible=True,
            clear=True,
            scrolls=False,
            name=seen,
            price=seen,
        )
        for card in page.floors[0].cards
    )
    values: dict[str, Any] = {
        "title": seen, "label": seen, "cards": cards, "floors": (FloorSeen(id="floor-1", path="#floor-1", box=BOX, title=seen, visible=True),),
    }  # fmt: skip
    return sight(**(values | changes))


def test_what_was_planned_must_be_there_for_the_eye() -> None:
    page = make_page(floors=(3,))
    good = whole()
    assert told(good, page) == []
    hidden = Part(text="x", visible=False, path="h1")
    first, *others = good.cards
    for changes, rule in (
        ({"title": hidden}, "slot-hidden"),
        ({"label": hidden}, "label-hidden"),
        ({"label": good.label.model_copy(update={"size": 1.0})}, "label-hidden"),
        ({"floors": ()}, "floor-hidden"),
        ({"floors": (good.floors[0].model_copy(update={"title": hidden}),)}, "slot-hidden"),
        ({"cards": tuple(others)}, "card-hidden"),
        ({"cards": (first.model_copy(update={"clear": False}), *others)}, "card-hidden"),
        ({"cards": (first.model_copy(update={"price": hidden}), *others)}, "slot-hidden"),
        ({"cards": (first.model_copy(update={"uniform": 1.0}), *others)}, "blank-card"),
    ):
        assert told(whole(**changes), page) == [(rule, "blocker")], changes
    assert told(whole(unreviewed=hidden), page.model_copy(update={"unreviewed": True})) == [("label-hidden", "blocker")]


def test_a_fault_of_the_template_is_told_a_few_times_and_counted() -> None:
    found = judge(sight(lines=tuple(line(size=7.0, path=f"#p{n}") for n in range(30))), None)
    assert len(found) == 6
    assert "24" in found[-1].told["zh"]
    assert "24" in found[-1].told["en"]


def test_every_finding_has_a_place_and_speaks_both_languages() -> None:
    found = judge(sight(lines=(line(seen_across=0.5),), overflow=40), None)
    for each in found:
        assert each.screen == "phone"
        assert each.told["zh"]
        assert each.told["en"]
        assert each.todo["zh"]
    assert found[-1].box == BOX or found[0].box == BOX


def test_every_rule_has_words_without_holes() -> None:
    for rule, words in rule_words().items():
        fields = {part.split("}")[0].split("!")[0] for part in words.en.split("{")[1:]}
        assert fields == {part.split("}")[0].split("!")[0] for part in words.zh.split("{")[1:]}, rule
        assert set(words.todo) == {"zh", "en"}, rule
    with pytest.raises(KeyError):
        finding("no-such-rule", "warning", "x")
