"""The gate on the line: nothing unlawful is staged or released, and who is to mend it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from huichang.kernel.errors import ConflictError, InvalidInputError, PermanentError, TransientError
from huichang.line.arranging import FloorDesk
from huichang.line.artwork import Artwork
from huichang.line.brands import BRANDS_KEY, BrandDesk, CurrentBrands
from huichang.line.keys import StepError
from huichang.line.policing import policy_key
from huichang.line.publishing import page_key
from huichang.materials.model import CopyResult
from huichang.materials.policy import BrandBook, BrandRules, PolicyError, Verdict
from huichang.pages.model import Inspection, PageModel
from huichang.selection.fusion import Fusion
from huichang.selection.model import ArrangedFloor, FloorPlan, Hit, Recall, RuleSet
from huichang.themes.model import Expansion
from tests.support.fakes import FakeProductIndex, a_product
from tests.support.line_fakes import (
    OPERATOR,
    FakeAudit,
    FakeFiles,
    FakeStudio,
    Line,
    TickingClock,
    a_brief,
    a_theme,
    reference_to,
)
from tests.support.memory_floors import MemoryFloorLibrary


@pytest.fixture
def line() -> Line:
    line = Line()
    line.select()
    return line


def made(line: Line, **texts: str) -> None:
    """All materials; the hero says these texts, as a worker before the rule, or one that was got at, would have it."""
    line.request_materials(line.step("t1"))
    if texts:
        line.desk.work(reference_to(line.materials.get("v-1", "hero.copy")), lambda _: CopyResult(texts=texts))
    line.make()


def retitled(line: Line, product_id: str, title: str) -> None:
    held = line.index.items[product_id]
    line.index.upsert([held.model_copy(update={"product": held.product.model_copy(update={"title": title})})])


def test_a_page_with_forbidden_words_is_not_staged_and_says_what_to_do(line: Line) -> None:
    made(line, title="顶级熊猫", subtitle="国家级玩偶")
    with pytest.raises(PolicyError) as raised:
        line.render_page(line.step())
    assert line.pages.versions == {}
    assert line.venue.staged_version == ""
    assert {finding.words for finding in raised.value.verdict.blocking} >= {"顶级", "国家级"}
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause=raised.value.message))
    failure = line.venue.failure
    assert failure
    assert (line.venue.status, failure.code, failure.step) == ("failed", "policy_blocked", "RenderPage")
    assert "「顶级」" in failure.message
    assert "→ 优质" in failure.mend


def test_a_theme_whose_own_name_may_not_be_said_still_gets_a_page(line: Line) -> None:
    line.venues.update("v-1", theme=a_theme("最好的熊猫玩偶", slogan="全网第一").model_dump())
    line.select()
    line.request_materials(line.step("t1"))
    line.make("hero.copy")  # no copy came back: names stand in
    version = line.render_page(line.step())["version"]
    page = line.documents.get(page_key("v-1", version), PageModel)
    assert (page.title, page.subtitle) == ("好的熊猫玩偶", "")


def test_a_product_whose_words_may_not_be_shown_is_left_off_and_told(line: Line) -> None:
    made(line)
    retitled(line, "p-03", "国家级熊猫公仔")
    version = line.render_page(line.step())["version"]
    page = line.documents.get(page_key("v-1", version), PageModel)
    shown = {card.product_id for floor in page.floors for card in floor.cards}
    assert "p-03" not in shown
    assert len(shown) == 23
    line.inspect_page(line.step())
    inspection = line.documents.get("venues/v-1/inspection", Inspection)
    (told,) = [finding for finding in inspection.findings if finding.rule == "policy"]
    assert (told.severity, told.place) == ("warning", "p-03")
    assert "国家级" in told.message
    assert "请商家改标题" in told.mend


def test_a_page_is_judged_again_before_it_goes_live(line: Line) -> None:
    line.stage()
    line.approve()
    line.brands = BrandBook(brands=(BrandRules(owner="campaign:c-1", forbidden=("熊猫来了",)),))
    with pytest.raises(PolicyError, match="品牌规范禁用"):
        line.publish_venue(line.step())
    assert line.pages.live == {}
    assert line.venue.live_version == ""
    verdict = line.documents.get(policy_key("v-1", line.venue.approved_version), Verdict)
    assert verdict.blocked
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause="x"))
    failure = line.venue.failure
    assert failure
    assert (failure.code, failure.step) == ("policy_blocked", "PublishVenue")
    assert "熊猫来了" in failure.message
    line.brands = BrandBook()
    line.review.publish("v-1", OPERATOR)
    assert line.venue.status == "published"


def test_a_version_that_was_tampered_with_is_not_released(line: Line) -> None:
    line.stage()
    line.approve()
    key = ("v-1", line.venue.approved_version)
    line.pages.versions[key] = line.pages.versions[key].replace("data-ai-label", "data-x").replace("</main>", "<p>包治百病</p></main>")
    with pytest.raises(PolicyError) as raised:
        line.publisher.publish(line.venue, line.venue.approved_version)
    assert {finding.rule for finding in raised.value.verdict.blocking} == {"label.visible", "zh.medical.cure"}


def test_a_finished_picture_without_its_label_is_not_staged(line: Line) -> None:
    made(line)
    line.render_page = replace(line.render_page, artwork=Artwork(FakeStudio(forgets=True), line.pages))
    with pytest.raises(PermanentError, match="AIGC") as raised:
        line.render_page(line.step())
    assert raised.value.code == "policy_blocked"
    assert line.venue.staged_version == ""


def test_a_page_whose_pictures_lost_their_labels_is_not_released(line: Line) -> None:
    line.stage()
    for key in [key for key in line.pages.media if key.endswith(".webp")]:
        line.pages.media[key] = b"RIFF\0\0\0\0WEBP"
    line.approve()
    with pytest.raises(PolicyError, match="AIGC"):
        line.publish_venue(line.step())


def test_another_campaigns_brand_rules_do_not_hold_here_and_a_merchants_only_warn(line: Line) -> None:
    merchant = next(iter(line.index.items.values())).product.merchant.id
    line.brands = BrandBook(
        brands=(
            BrandRules(owner="campaign:c-2", forbidden=("熊猫来了",)),
            BrandRules(owner=f"merchant:{merchant}", forbidden=("熊猫来了",)),
        )
    )
    line.stage()
    inspection = line.documents.get("venues/v-1/inspection", Inspection)
    told = [finding for finding in inspection.findings if finding.rule == "policy"]
    assert {finding.severity for finding in told} == {"warning"}
    assert line.venue.status == "in_review"


def test_an_operators_floor_title_is_checked_when_it_is_typed(line: Line) -> None:
    desk = FloorDesk(line.venues, line.documents, line.index, MemoryFloorLibrary(), line.runs, line.audit, line.clock, line.policing)
    plan = line.documents.get(line.step().key("floors"), FloorPlan)
    floors = [ArrangedFloor(title=floor.title, product_ids=floor.product_ids) for floor in plan.floors]
    floors[0] = floors[0].model_copy(update={"title": "全网最低价"})
    before = line.venue
    with pytest.raises(PolicyError) as raised:
        desk.arrange("v-1", plan.plan_id, floors, OPERATOR)
    assert (raised.value.status, raised.value.where) == (422, "floors[1].title")
    assert line.venue == before
    assert line.audit.entries == []


def test_selection_takes_another_product_in_place_of_one_that_may_not_be_shown() -> None:
    titles = ("云朵熊猫公仔玩偶", "星空熊猫挂件玩偶", "田园熊猫抱枕玩偶")
    goods = [a_product(f"p-{n}", title, category_path=("玩具", "公仔")) for n, title in enumerate(titles)]
    index = FakeProductIndex([*goods, a_product("p-x", "最好的熊猫玩偶", category_path=("玩具", "公仔"))])
    hits = tuple(Hit(product_id=name, rank=rank, score=1.0) for rank, name in enumerate(("p-x", "p-0", "p-1", "p-2"), 1))
    arranged = Fusion(index).fuse(
        a_theme(), a_brief(), Expansion(text="熊猫玩偶", words={"zh": ("熊猫玩偶",)}), [Recall(path="search", hits=hits)], RuleSet()
    )
    assert [chosen.product_id for chosen in arranged.selection.products] == ["p-0", "p-1", "p-2"]
    left = arranged.left["p-x"]
    assert (left.code, left.by) == ("policy", "最好 · 绝对化用语")


# --- the book of brand rules -------------------------------------------------------------------------------------------


def a_book(*owners: str, revision: int = 0) -> BrandBook:
    return BrandBook(revision=revision, brands=tuple(BrandRules(owner=owner, forbidden=("清仓",)) for owner in owners))


def test_the_book_is_kept_counted_and_audited() -> None:
    files, trail = FakeFiles(), FakeAudit()
    desk = BrandDesk(files, trail, TickingClock())
    assert desk.show() == BrandBook()
    assert desk.replace(a_book("everywhere", "campaign:c-1"), OPERATOR).revision == 1
    assert [brand.owner for brand in desk.show().brands] == ["everywhere", "campaign:c-1"]
    assert [entry.action for entry in trail.entries] == ["replace_brand_rules"]
    with pytest.raises(ConflictError):
        desk.replace(a_book(), OPERATOR)
    assert desk.show().revision == 1


@pytest.mark.parametrize(
    ("owners", "said"), [(("everywhere", "everywhere"), "twice"), (("c-1",), "no owner"), (("campaign:",), "no owner")]
)
def test_an_owner_that_cannot_be_is_named(owners: tuple[str, ...], said: str) -> None:
    desk = BrandDesk(FakeFiles(), FakeAudit(), TickingClock())
    with pytest.raises(InvalidInputError, match=said) as raised:
        desk.replace(a_book(*owners), OPERATOR)
    assert raised.value.where == f"brands.{len(owners) - 1}.owner"


def test_judges_see_a_new_book_within_half_a_minute_and_keep_the_last_when_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    files, now = FakeFiles(), [0.0]
    current = CurrentBrands(files, timer=lambda: now[0])
    assert current().brands == ()
    files.objects[BRANDS_KEY] = a_book("everywhere").model_dump_json().encode()
    assert current().brands == ()
    now[0] = 31
    assert len(current().brands) == 1

    def away(_: str) -> Any:
        raise TransientError("away")

    monkeypatch.setattr(files, "get", away)
    now[0] = 62
    assert len(current().brands) == 1
    with pytest.raises(TransientError):
        CurrentBrands(files, timer=lambda: now[0])()
