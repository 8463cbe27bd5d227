"""A page before the gate: every word with its element, merchants' words by their own measure, and labels that must be there."""

from __future__ import annotations

import pytest

from huichang.kernel.errors import NotFoundError
from huichang.materials.policy import BrandRules, Verdict, the_gate, the_policy
from huichang.pages.model import PageModel
from huichang.pages.policing import as_findings, page_verdict
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from huichang.pages.words import WORDS
from tests.support.browser import make_page
from tests.support.line_fakes import labelled_webp

TEMPLATES = sorted(load_templates())
PICTURE = labelled_webp()


def judged(html: str, page: PageModel, *, picture: bytes | None = PICTURE, brands: tuple[BrandRules, ...] = ()) -> Verdict:
    def read(_: str) -> bytes:
        if picture is None:
            raise NotFoundError("gone")
        return picture

    colours = tuple(colour for brand in brands for colour in brand.colours)
    return page_verdict(html, page, the_policy("toys", brands), read, colours)


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(finding.rule, finding.place) for finding in verdict.findings]


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("offline", [True, False])
def test_a_good_page_passes(template_id: str, language: str, offline: bool) -> None:
    page = make_page(language).model_copy(update={"offline_models": offline})  # type: ignore[arg-type]
    assert judged(render(page, template_id), page).findings == ()


def test_every_fixed_word_of_ours_passes() -> None:
    told = {key: [f.words for f in the_gate().text(text).findings] for key, texts in WORDS.items() for text in texts.values()}
    assert {key: words for key, words in told.items() if words} == {}


def test_every_word_that_designers_wrote_passes() -> None:
    """Template text: the manifests, and a page of each template rendered with nothing but neutral data."""
    for manifest in load_templates().values():
        for text in manifest.name.values():
            assert the_gate().text(text).findings == ()


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"title": "顶级熊猫"}, "top h1"),
        ({"subtitle": "全网最低价"}, "top p"),
        ({"slogan": "行业第一"}, "top p"),
        ({"share_text": "最好的熊猫"}, "share"),
        ({"hero_alt": "国家级背景"}, "top img"),
        ({"benefits": ("顶级权益",), "benefit_kinds": ("goods",)}, "p"),
    ],
)
def test_a_word_of_ours_is_found_where_it_stands(template_id: str, changes: dict[str, str], place: str) -> None:
    page = make_page().model_copy(update=changes)
    verdict = judged(render(page, template_id), page)
    assert verdict.blocked
    assert any(where.endswith(place) or place == "p" for _, where in found(verdict)), found(verdict)


def test_a_word_that_is_cut_by_elements_is_read_whole() -> None:
    page = make_page()
    html = render(page, "festival").replace("</main>", "<p>国<b>家</b>级</p><div>全网<em>第</em>一<ul><li>x</li></ul></div></main>")
    assert [finding.words for finding in judged(html, page).findings] == ["国家级", "全网第一"]


def test_what_a_title_says_counts_as_its_merchants() -> None:
    page = make_page(titles={2: "The best unbeatable panda", 3: "象牙手镯"}, floors=(5,))
    verdict = judged(render(page, "everyday_goods"), page)
    assert {finding.rule for finding in verdict.findings} == {"denied.wildlife"}
    assert {finding.place.split()[0] for finding in verdict.findings} <= {"p00003", "p00004", "p00002", "floor-1-4", "floor-1-3"}


@pytest.mark.parametrize("template_id", TEMPLATES)
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("data-ai-label", "data-nothing", "label.visible"),
        (
            "data-ai-label><b>离线模型</b> 本页文案与背景图由人工智能离线模型按规则自动生成",
            "data-ai-label><b>离线模型</b> 由规则制作",
            "label.visible",
        ),
        ('<meta name="AIGC"', '<meta name="something"', "label.meta"),
        ("ProduceID", "Produce", "label.meta"),
        ("data-ai-mark>AI 生成", "data-ai-mark>风景", "label.picture"),
        ("data-ai-mark", "data-nothing", "label.picture"),
    ],
)
def test_a_label_that_is_missing_blocks(template_id: str, old: str, new: str, rule: str) -> None:
    page = make_page()
    html = render(page, template_id)
    assert old in html
    verdict = judged(html.replace(old, new), page)
    assert verdict.blocked
    assert rule in {finding.rule for finding in verdict.findings}
    assert {finding.rule for finding in as_findings(verdict, page)} == {"ai-label"}


def test_a_picture_without_its_metadata_blocks_and_so_does_one_that_is_gone() -> None:
    page = make_page()
    html = render(page, "festival")
    assert found(judged(html, page, picture=b"RIFFxxxxWEBP")) == [("label.aigc", "hero.image"), ("label.iptc", "hero.image")]
    assert found(judged(html, page, picture=None)) == [("label.lost", "hero.image")]


def test_a_page_without_a_generated_picture_needs_no_mark_on_one() -> None:
    page = make_page(images={})
    assert judged(render(page, "festival"), page, picture=None).findings == ()


def test_the_brands_words_and_colours() -> None:
    page = make_page()
    brand = BrandRules(owner="everywhere", competitors=(page.title[:4],), colours=("#123456",))
    verdict = judged(render(page, "festival"), page, brands=(brand,))
    assert {"brand.competitor", "brand.colour"} <= {finding.rule for finding in verdict.findings}
    own = BrandRules(owner="everywhere", colours=(page.style["hero"].upper(), page.style["accent"]))
    assert judged(render(page, "festival"), page, brands=(own,)).findings == ()


def test_reviewers_are_told_in_the_pages_language() -> None:
    page = make_page("en").model_copy(update={"subtitle": "The best pandas"})
    (told, *_) = as_findings(judged(render(page, "festival"), page), page)
    assert (told.severity, told.rule) == ("blocker", "policy")
    assert "'The best' a superlative without proof (FTC Act" in told.message
    assert told.mend.endswith("→ good")
