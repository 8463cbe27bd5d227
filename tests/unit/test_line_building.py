"""From selected goods to a page in review: tokens are answered once, and a replay asks nobody twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from huichang.catalog.product import Enrolment
from huichang.kernel.errors import PermanentError, TransientError
from huichang.kernel.events import MaterialsRequested, PageStaged, ReviewRequested
from huichang.line.facts import facts_of
from huichang.line.publishing import page_key
from huichang.materials.model import CopyResult, MaterialRequest
from huichang.pages.model import Design, Finding, Inspection, PageModel
from huichang.pages.templates import copy_slots, load_templates
from huichang.selection.model import Condition, FloorPlan, RuleSet
from huichang.themes.model import Window
from huichang.themes.promises import Promises
from tests.support.edits import edits as edited
from tests.support.fakes import a_product
from tests.support.line_fakes import Line, a_brief, a_theme, a_venue, produced, reference_to


@pytest.fixture
def line() -> Line:
    line = Line()
    line.select()
    return line


# --- template ---------------------------------------------------------------------------------------------------------


def test_the_template_is_chosen_and_the_reasons_are_kept(line: Line) -> None:
    design = line.documents.get(line.step().key("design"), Design)
    assert line.venue.template == design.template.template_id in load_templates()
    assert line.venue.template_reason == "; ".join(design.template.reasons)
    assert design.image_prompt
    assert design.style_choice is not None
    assert design.style_choice.style_id == design.style_id == design.style["preset"]
    assert set(design.style_choice.said()) == {"zh", "en"}
    assert line.venues.statuses("MatchTemplate") == ["running", "done"]


def test_a_design_made_before_reasons_were_kept_can_still_be_read(line: Line) -> None:
    design = line.documents.get(line.step().key("design"), Design)
    old = design.model_dump(mode="json", exclude={"style_choice"}) | {"style_reason": "Bamboo grove: the name says 熊猫"}
    assert Design.model_validate(old).style_choice is None


# --- facts ------------------------------------------------------------------------------------------------------------


def test_page_and_copy_speak_of_the_prices_and_benefits_of_the_promotion(line: Line) -> None:
    terms = Enrolment(promotion="2026-1212", price=Decimal("7.77"), benefits=("free_shipping",))
    line.index.upsert(
        [
            each.model_copy(update={"product": each.product.model_copy(update={"enrolments": (terms,)})})
            for each in line.index.items.values()
        ]
    )
    line.venues.update("v-1", promotion="2026-1212")
    line.select()
    line.stage()
    facts = line.documents.get(line.materials.get("v-1", "floor-1.copy").request_key, MaterialRequest).facts
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    cards = [card for floor in page.floors for card in floor.cards]
    assert {card.price.amount for card in cards} == {Decimal("7.77")}
    assert (facts["price_min"], facts["price_max"]) == ("7.77", "7.77")
    assert facts["benefits"] == [{"code": "free_shipping", "share": 1.0, "count": 8}]


def test_facts_are_counted_and_not_estimated() -> None:
    products = [a_product(f"p{n}", price=price, benefits=benefits) for n, (price, benefits) in enumerate(
        [(12, ("free_shipping",)), (8, ()), (99, ("free_shipping", "dropshipping"))]
    )]  # fmt: skip
    facts = facts_of(a_venue(), products, ["熊猫热"], Promises(a_brief(), RuleSet(), products))
    assert (facts["product_count"], facts["price_min"], facts["price_max"], facts["currency"]) == (3, "8", "99", "CNY")
    assert facts["benefits"] == [
        {"code": "dropshipping", "share": 0.33, "count": 1},
        {"code": "free_shipping", "share": 0.66, "count": 2},
    ]
    assert facts["trend_titles"] == ["熊猫热"]


def test_facts_withhold_what_was_asked_for_and_does_not_hold() -> None:
    products = [a_product(f"p{n}", price=20 + n) for n in range(3)]
    rules = RuleSet(broken=(Condition(indicator="price", op="<=", value=9.0, because="低价"),))
    venue = a_venue(theme=a_theme("连衣裙").model_copy(update={"keywords": ("连衣裙", "低价连衣裙")}))
    facts = facts_of(venue, products, [], Promises(a_brief(constraints=("低价",)), rules, products))
    assert facts["keywords"] == ["连衣裙"]
    assert {"低价", "平价", "特价"} <= set(facts["withheld"])
    assert not {"高端", "cheap"} & set(facts["withheld"])


def test_facts_about_nothing_claim_nothing() -> None:
    facts = facts_of(a_venue(), [], [], Promises(a_brief(), RuleSet(), []))
    assert (facts["product_count"], facts["price_min"], facts["currency"], facts["benefits"]) == (0, None, None, [])


# --- requesting -------------------------------------------------------------------------------------------------------


def test_every_component_of_the_page_gets_its_materials(line: Line) -> None:
    assert line.request_materials(line.step("t1"))["materials"] == line.venue.materials_total
    floors = line.documents.get(line.step().key("floors"), FloorPlan).floors
    manifest = load_templates()[line.venue.template]
    wanted = set()
    for component in manifest.components:
        for name in [floor.floor_id for floor in floors] if component.per_floor else [component.name]:
            wanted |= {f"{name}.copy"} if component.copy_slots else set()
            wanted |= {f"{name}.image"} if component.image_slots else set()
    assert {task.material_id for task in line.materials.of_venue("v-1")} == wanted
    assert {task.material_id for task, _ in line.queue.take()} == wanted
    venue = line.venue
    assert (venue.status, venue.materials_ready) == ("generating", 0)
    assert line.tokens.kept == {("v-1", "materials"): "t1"}
    assert line.bus.last(MaterialsRequested).materials == len(wanted)
    assert line.venues.statuses("RequestMaterials") == ["running", "running"]  # it waits for its token


def test_what_is_asked_of_the_copywriter(line: Line) -> None:
    line.request_materials(line.step("t1"))
    task = line.materials.get("v-1", "floor-1.copy")
    request = line.documents.get(task.request_key, MaterialRequest)
    floor = line.documents.get(line.step().key("floors"), FloorPlan).floors[0]
    assert request.facts["floor_title"] == floor.title
    assert request.facts["product_count"] == len(floor.product_ids)
    component = next(c for c in load_templates()[line.venue.template].components if c.per_floor)
    # A Chinese character is as wide as two Latin letters: the room for texts is the language's.
    assert request.slots == copy_slots(component, "zh")
    assert request.slots != component.copy_slots


def test_cited_trends_are_facts_and_others_are_not(line: Line) -> None:
    from datetime import date

    from huichang.trends.trend import Trend

    cited = Trend(source="feed", title="熊猫热", kind="event", heat=9, observed_on=date(2026, 9, 1), language="zh")
    other = cited.model_copy(update={"title": "露营热"})
    line.trends.put_many([cited, other])
    line.venues.update("v-1", theme=a_theme(trend_ids=(cited.id,)).model_dump())
    line.request_materials(line.step("t1"))
    request = line.documents.get(line.materials.get("v-1", "hero.copy").request_key, MaterialRequest)
    assert request.facts["trend_titles"] == ["熊猫热"]


def test_with_everything_ready_the_state_answers_its_own_token(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.make()
    line.request_materials(line.step("t2"))
    total = line.venue.materials_total
    assert [(purpose, token) for purpose, token, _ in line.tokens.told] == [("materials", "t1"), ("materials", "t2")]
    assert line.tokens.told[-1][2] == {"ready": total}
    assert line.queue.take() == []
    record = line.venues.step("v-1", "RequestMaterials")
    assert record
    assert (record.status, record.note) == ("done", f"{total}/{total}")


def test_materials_that_are_ready_before_the_token_is_kept_are_not_forgotten(line: Line) -> None:
    """A quick worker: everything is made while the tasks are still being queued."""
    send = line.queue.send

    def at_once(tasks: list, delay_seconds: int = 0) -> None:  # type: ignore[type-arg]
        send(tasks, delay_seconds)
        line.make()

    line.queue.send = at_once  # type: ignore[method-assign]
    line.request_materials(line.step("t1"))
    assert [(purpose, token) for purpose, token, _ in line.tokens.told] == [("materials", "t1")]
    record = line.venues.step("v-1", "RequestMaterials")
    assert record
    assert record.status == "done"


def test_a_late_message_about_the_round_before_does_not_wake_the_new_one(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.make()
    line.venues.update("v-1", round=2, status="generating")
    line.venues.update("v-1", edits=edited(excludes=["p-01"]).model_dump(), theme=a_theme("别的熊猫").model_dump())
    create = line.materials.create

    def late_message(task: object) -> bool:
        line.collect.collect("v-1")  # all tasks of the round before are still there, and ready
        return create(task)  # type: ignore[arg-type]

    line.materials.create = late_message  # type: ignore[method-assign]
    line.request_materials(line.step("t2"))
    assert [token for _, token, _ in line.tokens.told] == ["t1"]
    assert line.tokens.kept == {("v-1", "materials"): "t2"}


def test_a_queue_that_is_away_is_tried_again(line: Line) -> None:
    line.queue.failures = 1
    with pytest.raises(TransientError):
        line.request_materials(line.step("t1"))
    record = line.venues.step("v-1", "RequestMaterials")
    assert record
    assert (record.status, record.error) == ("retrying", "the queue is away")
    line.request_materials(line.step("t2"))
    assert len(line.queue.take()) == line.venue.materials_total
    record = line.venues.step("v-1", "RequestMaterials")
    assert record
    assert record.attempt == 2


# --- collecting -------------------------------------------------------------------------------------------------------


def test_the_last_material_wakes_the_page_once(line: Line) -> None:
    line.request_materials(line.step("t1"))
    queued = [task for task, _ in line.queue.take()]
    for number, task in enumerate(queued, 1):
        line.desk.work(reference_to(task), produced)
        assert line.collect.collect("v-1") == (number == len(queued))
        assert line.venue.materials_ready == number
    assert not line.collect.collect("v-1")
    assert line.tokens.told == [("materials", "t1", {"ready": len(queued)})]


def test_a_page_without_a_picture_is_built_and_one_without_words_is_not(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.make("hero.image")
    assert line.tokens.told == [("materials", "t1", {"ready": line.venue.materials_total - 1})]

    line = Line()
    line.select()
    line.request_materials(line.step("t1"))
    line.make("hero.copy")
    ((_, _, said),) = line.tokens.told
    assert said["error"] == "PermanentError"  # the name that the machine's Retry and Catch know
    assert said["cause"] == "materials could not be made: hero.copy: no copy for hero"


@pytest.mark.parametrize("status", ["planned", "selecting", "staged", "in_review", "published", "failed"])
def test_messages_about_a_venue_that_does_not_wait_change_nothing(line: Line, status: str) -> None:
    line.request_materials(line.step("t1"))
    for task, _ in line.queue.take():
        line.desk.work(reference_to(task), produced)
    line.venues.update("v-1", status=status)
    before = line.venue
    assert not line.collect.collect("v-1")
    assert line.venue == before
    assert line.tokens.told == []


def test_a_state_that_waits_no_more_is_not_told_and_not_written_down_as_done(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.tokens.gone.add("t1")
    line.make()
    assert line.tokens.told == []
    record = line.venues.step("v-1", "RequestMaterials")
    assert record
    assert record.status == "running"


# --- rendering and inspecting -----------------------------------------------------------------------------------------


def test_a_staged_page_holds_the_texts_and_pictures_that_were_made(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.make()
    version = line.render_page(line.step())["version"]
    venue = line.venue
    assert (venue.status, venue.staged_version) == ("staged", version)
    assert venue.materials_ready == venue.materials_total
    page = line.documents.get(page_key("v-1", version), PageModel)
    assert page.title.startswith("熊猫来了")
    assert page.hero_image.startswith("/media/")
    assert "熊猫来了" in line.pages.read_version("v-1", version)
    assert line.bus.last(PageStaged).version_id == version
    assert line.pages.live == {}


def test_rendering_again_on_the_same_day_gives_the_same_version(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.make()
    assert line.render_page(line.step()) == line.render_page(line.step())
    assert len(line.pages.versions) == 1


def test_a_lost_picture_is_left_out(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.make("hero.image")
    version = line.render_page(line.step())["version"]
    assert line.documents.get(page_key("v-1", version), PageModel).hero_image == ""
    assert line.venue.materials_ready == line.venue.materials_total - 1


def test_a_fallback_text_is_on_the_page(line: Line) -> None:
    line.request_materials(line.step("t1"))
    task = line.materials.get("v-1", "hero.copy")
    line.desk.work(reference_to(task), lambda _: CopyResult(texts={"title": "熊猫玩偶专场"}, fallback=True, note="x"))
    line.make()
    version = line.render_page(line.step())["version"]
    assert line.documents.get(page_key("v-1", version), PageModel).title == "熊猫玩偶专场"


def test_inspection_lets_a_sound_page_pass(line: Line) -> None:
    line.request_materials(line.step("t1"))
    line.make()
    version = line.render_page(line.step())["version"]
    assert line.inspect_page(line.step()) == {"blocked": False}
    inspection = line.documents.get("venues/v-1/inspection", Inspection)
    assert (inspection.version_id, inspection.pixels) == (version, "passed")


def test_inspection_stops_a_white_page_and_says_where() -> None:
    white = Finding(severity="blocker", rule="white_screen", place="phone", message="nothing to be seen", mend="look at the styles")
    line = Line(white)
    line.select()
    line.request_materials(line.step("t1"))
    line.make()
    line.render_page(line.step())
    assert line.inspect_page(line.step()) == {"blocked": True}
    assert white in line.documents.get("venues/v-1/inspection", Inspection).findings
    record = line.venues.step("v-1", "InspectPage")
    assert record
    assert "nothing to be seen" in record.note


# --- review -----------------------------------------------------------------------------------------------------------


def test_a_staged_page_waits_for_its_reviewer(line: Line) -> None:
    venue = line.stage("review-1")
    assert venue.status == "in_review"
    assert line.tokens.kept == {("v-1", "review"): "review-1"}
    assert line.bus.last(ReviewRequested).version_id == venue.staged_version
    assert line.venues.statuses("RequestReview") == ["running", "running"]


def test_nobody_is_asked_twice_about_the_same_version(line: Line) -> None:
    line.stage("review-1")
    line.approve()
    line.tokens.told.clear()
    line.venues.update("v-1", status="staged", run=2)  # the run died after the approval, and another one came here
    line.request_review(line.step("review-2"))
    assert line.venue.status == "approved"
    assert line.tokens.told == [("review", "review-2", {"decision": "approved", "round": 1})]
    record = line.venues.step("v-1", "RequestReview")
    assert record
    assert (record.status, record.note) == ("done", "此前已由 rita 批准")


def test_another_version_is_reviewed_again(line: Line) -> None:
    line.stage("review-1")
    line.approve()
    line.tokens.told.clear()
    line.venues.update("v-1", status="staged", staged_version="another")
    line.request_review(line.step("review-2"))
    assert line.venue.status == "in_review"
    assert line.venue.decision == ""
    assert line.tokens.told == []


def test_a_station_without_its_inputs_fails_the_venue_and_not_silently() -> None:
    line = Line()
    for station in (line.match_template, line.request_materials, line.render_page, line.inspect_page):
        with pytest.raises(PermanentError):
            station(line.step("t"))
    assert {record.status for record in line.venues.steps("v-1")} == {"failed"}


def test_a_page_ends_when_its_campaigns_plan_does_else_after_its_last_day_in_the_campaigns_zone(line: Line) -> None:
    campaign = line.campaigns.get("c-1")
    brief = campaign.brief
    assert brief
    window = Window(start=date(2026, 11, 1), end=date(2026, 11, 1))
    request = campaign.request.model_copy(update={"timezone": "America/New_York"})
    line.campaigns.items["c-1"] = campaign.model_copy(update={"request": request, "brief": brief.model_copy(update={"window": window})})
    line.select()
    line.stage()
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    assert (page.ends_at, page.ends_zone) == ("2026-11-02T00:00:00-05:00", "America/New_York")
    line.campaigns.update("c-1", timezone="Europe/Paris", ends_at="2026-11-03T12:00:00+01:00")
    line.render_page(line.step())
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    assert (page.ends_at, page.ends_zone) == ("2026-11-03T12:00:00+01:00", "Europe/Paris")
