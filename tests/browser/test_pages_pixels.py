"""A real browser looks at pages: the good ones pass, and every fault it knows is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huichang.adapters.browser import ChromiumInspector, NoBrowser
from huichang.pages.rendering import render
from tests.support.browser import browser_or_skip, make_page, resolve

SAYS = "<!DOCTYPE html><html><body><h1>A venue that says something here</h1>"
BASE = "http://venue.test/v/venue-1/"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def inspector() -> Iterator[ChromiumInspector]:
    looking = ChromiumInspector(browser_or_skip(), resolve)
    yield looking
    looking.close()


@pytest.mark.parametrize("template_id", ["festival", "wholesale_price_list"])  # all of them: `make bench-inspection`
def test_a_good_page_passes_on_phone_and_desktop(inspector: ChromiumInspector, template_id: str) -> None:
    verdict, note, findings = inspector.look(render(make_page(floors=(10, 7, 9, 6)), template_id), BASE)
    assert (verdict, findings) == ("passed", ())
    assert "390x844" in note
    assert "1440x900" in note


@pytest.mark.parametrize("template_id", ["deep_dive", "flash_sale", "gift_guide"])  # all of them: `make bench-inspection`
def test_long_english_words_many_floors_and_a_missing_hero_still_fit(inspector: ChromiumInspector, template_id: str) -> None:
    titles = dict.fromkeys(range(1, 9), "Supercalifragilisticexpialidocious" * 4)
    titles |= {2: "無" * 400, 3: "W" * 400, 4: "دمية باندا ناعمة للأطفال هدية", 5: "p" + "\u0301\u0302\u0303" * 40 + "anda"}
    page = make_page("en", floors=(4,) * 12, titles=titles, name="Everything-a-wholesale-buyer-could-want from one shop", images={})
    assert inspector.look(render(page, template_id), BASE)[0] == "passed"


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ("<!DOCTYPE html><html><body></body></html>", "white-screen"),
        (
            "<!DOCTYPE html><body style='background:#eee'><div style='height:3000px'></div>",
            "white-screen",
        ),
        ("<!DOCTYPE html><html><body><p hidden>" + "words " * 40 + "</p></body></html>", "white-screen"),
        (
            SAYS + "<div style='height:1500px'></div><p>End</p></body></html>",
            "blank-band",
        ),
        (
            SAYS + "<script>nothing()</script></body></html>",
            "console-error",
        ),
        (
            "<!DOCTYPE html><head><meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\"></head>"
            "<body><h1>A venue that says something here</h1><script>1</script></body></html>",
            "policy-violation",
        ),
        (
            SAYS + "<img src='/media/gone.svg' loading='lazy'></body></html>",
            "broken-picture",
        ),
        (
            SAYS + "<div style='width:2000px'>wide</div></body></html>",
            "sideways-scroll",
        ),
        (
            SAYS + "<script src='https://elsewhere.example/x.js'></script></body></html>",
            "missing-file",
        ),
        (
            SAYS
            + "<div style='overflow-x:auto;display:flex;width:300px'>"
            + "".join(
                f"<article data-product='p{n}' style='flex:0 0 200px'><b class=now style='color:{ink}'>¥{n}9.90</b></article>"
                for n, ink in ((1, "#111"), (2, "#111"), (3, "#f4f4f4"))
            )
            + "</div></body></html>",
            "low-contrast",
        ),
    ],
)
def test_faults_are_seen(inspector: ChromiumInspector, html: str, rule: str) -> None:
    verdict, _, findings = inspector.look(html, BASE)
    assert verdict == "failed"
    assert rule in {finding.rule for finding in findings}


def test_words_that_drown_in_the_hero_picture_are_told(inspector: ChromiumInspector) -> None:
    html = (
        "<!DOCTYPE html><html lang='en'><body><header style='padding:20px'><h1 style='color:#eee'>Pale on white</h1>"
        "<p style='color:#222'>Readable</p></header><main>Goods and more goods</main></body></html>"
    )
    verdict, _, findings = inspector.look(html, BASE)
    assert verdict == "failed"  # 1.2 to 1: nobody can read it
    assert "hard-to-read" in {finding.rule for finding in findings} <= {"hard-to-read", "text-unseen"}
    assert all("Pale on white" in finding.message for finding in findings)


def test_a_quiet_design_is_no_white_screen(inspector: ChromiumInspector) -> None:
    html = (
        "<!DOCTYPE html><html lang='en'><body style='margin:0;background:#fff'>"
        "<main style='padding:40vh 10vw'><h1 style='font:300 18px sans-serif;color:#555'>Less, but better. Autumn.</h1>"
        "</main></body></html>"
    )
    assert inspector.look(html, BASE)[0] == "passed"


def test_the_browser_reaches_nothing_but_what_it_is_served() -> None:
    asked: list[str] = []

    def listening(path: str) -> tuple[bytes, str] | None:
        asked.append(path)
        return resolve(path)

    page = make_page(floors=(5,))
    looking = ChromiumInspector(browser_or_skip(), listening)
    looking.look(render(page, "festival"), BASE)
    looking.close()
    assert asked
    assert all(path.startswith("/media/") for path in asked)  # and no beacon: an inspection is no visit


def test_without_a_browser_the_pixels_are_not_run() -> None:
    for blind in (NoBrowser(), ChromiumInspector(None, resolve)):
        verdict, note, findings = blind.look("<html></html>", BASE)
        assert verdict == "not_run"
        assert note
        assert findings == ()
