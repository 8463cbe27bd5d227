"""Templates as managed objects, on the API: uploaded, published, tagged, deprecated, previewed; venues moved; locked regions kept."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest

from huichang.kernel.errors import TransientError
from huichang.line.arranging import FloorDesk
from huichang.line.constraining import ConstraintDesk
from huichang.line.editing import PageEditor
from huichang.line.editor.asking import OtherWords
from huichang.line.editor.page import PageReader
from huichang.line.locking import choice_of
from huichang.line.migrating import Migrations
from huichang.line.templating import TemplateDesk
from huichang.materials.model import MaterialRequest
from huichang.pages.model import Design, PageModel
from huichang.pages.packages.shelf import Templates
from huichang.pages.picture_shelf import PictureShelf
from huichang.selection.model import FloorPlan
from huichang.web.app import build_app
from tests.support.line_fakes import Line, a_venue
from tests.support.memory_floors import MemoryFloorLibrary
from tests.support.memory_templates import LOCKING, a_package, zipped
from tests.support.web_api import Api, Links

HEAVY = ("base_weight: 0.5", "base_weight: 9")


def editor_of(line: Line) -> PageEditor:
    """The page editor of a line."""
    reader = PageReader(line.venues, line.materials, line.documents, line.index, line.templates)
    return PageEditor(
        reader=reader, pages=line.pages, pictures=PictureShelf(line.pages), merchandising=line.merchandising, runs=line.runs,
        audit=line.audit, clock=line.clock, policing=line.policing, locks=line.locks,
    )  # fmt: skip


def words_of(line: Line) -> OtherWords:
    """The editor's asking for other words."""
    return OtherWords(editor_of(line).reader, line.desk, line.policing, line.locks, line.audit)


class House:
    """The API over the whole line of one venue, v-1."""

    def __init__(self) -> None:
        self.line = Line()
        line, api = self.line, Api()
        floors = FloorDesk(
            line.venues, line.documents, line.index, MemoryFloorLibrary(), line.runs, line.audit, line.clock, line.policing, line.locks
        )
        known = {"template": line.templates, "style": (), "industry": ()}
        constraints = ConstraintDesk(line.constraints, line.venues, line.audit, line.clock, known, line.lessons.place_of, line.locks)
        templates = TemplateDesk(line.templates, line.documents, line.venues, line.pages, line.audit, line.clock, links=Links())
        migrations = Migrations(line.templates, line.documents, line.venues, line.audit, line.clock, line.runs, line.merchandising)
        real: dict[str, Any] = {
            "editor": editor_of(line), "other_words": words_of(line), "floors": floors, "constraints": constraints, "templates": templates, "migrations": migrations, "merchandising": line.merchandising, "review": line.review,
        }  # fmt: skip
        api.services = dataclasses.replace(api.services, **real)
        api.app = build_app(api.services)
        self.api = api

    def post(self, path: str, body: Any, role: str = "admin", status: int | None = None) -> Any:
        answer = self.api("POST", path, role=role, body=body)
        if status is not None:
            assert answer.status == status, answer.text
        return answer.json

    def upload(self, **how: Any) -> Any:
        package = base64.b64encode(zipped(a_package(**how))).decode()
        return self.post("/api/templates", {"package": package}, "designer")

    def published(self, version: int = 1, **how: Any) -> Any:
        uploaded = self.upload(version=version, **how)
        assert uploaded["state"] == "draft", uploaded
        return self.post(f"/api/templates/{uploaded['template_id']}/publish", {"version": version}, "designer", 200)

    def staged(self) -> None:
        self.line.select()
        self.line.stage()

    @property
    def design(self) -> Design:
        return self.line.documents.get(self.line.step().key("design"), Design)

    @property
    def html(self) -> str:
        return self.line.pages.read_version("v-1", self.line.venue.staged_version)


@pytest.fixture
def house() -> House:
    return House()


def heavy(**more: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """`replace` of a package that wins every match."""
    return {"manifest.yaml": HEAVY} | more


# --- versions -------------------------------------------------------------------------------------------------------


def test_a_draft_is_published_deprecated_and_published_again_and_its_content_never_changes(house: House) -> None:
    draft = house.upload()
    assert (draft["state"], draft["version"], draft["uploaded_by"]) == ("draft", 1, "designer@example.com")
    assert "lantern" not in house.line.templates
    body = {"version": 1}
    published = house.post("/api/templates/lantern/publish", body, "designer", 200)
    assert house.post("/api/templates/lantern/publish", body, "designer", 200) == published
    assert house.line.templates["lantern"].version == 1
    assert house.post("/api/templates/lantern/deprecate", body, "designer", 200)["state"] == "deprecated"
    assert "lantern" not in house.line.templates
    again = house.post("/api/templates/lantern/publish", body, "designer", 200)
    assert {again["package"], published["package"]} == {draft["package"]}
    assert [entry.action for entry in house.line.audit.entries] == [
        "upload_template", "publish_template", "deprecate_template", "publish_template",
    ]  # fmt: skip


def test_the_same_content_is_the_same_version_and_another_needs_a_higher_one(house: House) -> None:
    first = house.upload(version=2)
    assert house.upload(version=2) == first
    for version in (2, 1):
        told = house.upload(version=version, style__css=".other{}")
        assert (told["status"], told["code"]) == (409, "version_taken")
        assert "3" in told["todo"]["zh"]
    assert house.upload(version=3, style__css=".other{}")["version"] == 3


def test_an_id_that_ships_is_taken(house: House) -> None:
    told = house.upload(template_id="festival", version=99)
    assert (told["status"], told["code"]) == (409, "template_reserved")
    assert house.post("/api/templates/festival/deprecate", {"version": 1}, "designer")["code"] == "template_reserved"


def test_what_is_wrong_is_told_with_every_problem_and_nothing_is_kept(house: House) -> None:
    told = house.upload(replace={"page.html.j2": ("<main", "<script>1</script>\n<b onclick=x>\n<main")})
    assert (told["status"], told["code"]) == (422, "template_package")
    assert [(each["code"], each["file"]) for each in told["problems"]] == [("script", "page.html.j2"), ("handler", "page.html.j2")]
    assert all(each["what"]["zh"] and each["mend"]["en"] and each["line"] for each in told["problems"])
    assert house.line.template_store.all() == []


def test_a_check_keeps_nothing(house: House) -> None:
    package = base64.b64encode(zipped(a_package())).decode()
    assert house.post("/api/templates/check", {"package": package}, "operator", 200)["usable"]
    bad = house.post("/api/templates/check", {"package": base64.b64encode(b"no zip").decode()}, "operator", 200)
    assert (bad["usable"], bad["problems"][0]["code"]) == (False, "no_zip")
    assert house.line.template_store.all() == []
    assert house.post("/api/templates/check", {"package": "***"}, "operator")["status"] == 400


@pytest.mark.parametrize("role", ["operator", "reviewer"])
def test_only_designers_change_templates_and_only_operators_move_venues(house: House, role: str) -> None:
    for path, body in (
        ("/api/templates", {"package": "x"}),
        ("/api/templates/lantern/publish", {"version": 1}),
        ("/api/templates/lantern/deprecate", {"version": 1}),
        ("/api/templates/tag", {"versions": [{"template_id": "lantern", "version": 1}], "add": ["x"]}),
    ):
        assert house.post(path, body, role)["status"] == 403
    moving = house.post("/api/templates/lantern/migrate", {"version": 1, "venue_ids": ["v-1"]}, "designer")
    assert moving["status"] == 403


def test_tags_are_changed_for_many_or_for_none(house: House) -> None:
    house.upload()
    house.upload(template_id="tent")
    both = [{"template_id": name, "version": 1} for name in ("lantern", "tent")]
    done = house.post("/api/templates/tag", {"versions": both, "add": ["双11", "sale"], "remove": ["test"]}, "designer", 200)
    assert [each["tags"] for each in done["templates"]] == [["festival", "双11", "sale"]] * 2
    gone = [*both, {"template_id": "gone", "version": 1}]
    assert house.post("/api/templates/tag", {"versions": gone, "add": ["late"]}, "designer")["status"] == 404
    assert house.post("/api/templates/tag", {"versions": both, "add": ["two words"]}, "designer")["status"] == 400
    assert {each.tags for each in house.line.template_store.all()} == {("festival", "双11", "sale")}


def test_the_list_holds_what_ships_and_says_what_matching_may_choose(house: House) -> None:
    house.published(1)
    house.published(2)
    house.upload(version=3)
    listed = house.api("GET", "/api/templates", role="operator").json
    assert [(each["version"], each["state"]) for each in listed["templates"] if each["template_id"] == "lantern"] == [
        (3, "draft"), (2, "published"), (1, "published"),
    ]  # fmt: skip
    assert listed["chosen"]["lantern"] == 2
    assert listed["chosen"]["festival"] == 1
    assert "regions" in house.api("GET", "/api/templates/schema", role="operator").json["properties"]


# --- on the line ----------------------------------------------------------------------------------------------------


def test_the_line_chooses_and_renders_an_uploaded_version_and_a_later_one_changes_nothing(house: House) -> None:
    house.published(replace=heavy())
    house.line.select()
    assert (house.design.template.template_id, house.design.template.version) == ("lantern", 1)
    house.published(2, replace=heavy(**{"page.html.j2": ('<body class="lantern">', '<body class="lantern second">')}))
    house.line.stage()  # version 2 came in between: this venue was matched to version 1
    assert 'class="lantern"' in house.html
    assert house.line.venue.status == "in_review"


def test_a_live_venue_keeps_its_version_when_it_is_built_again(house: House) -> None:
    house.published(replace=heavy())
    house.staged()
    house.line.approve()
    house.line.publish_venue(house.line.step())
    house.published(2, replace=heavy())
    house.post("/api/templates/lantern/deprecate", {"version": 1}, "designer", 200)
    house.line.runs.start_again(house.line.venue, "edited")
    house.staged()
    assert house.design.template.version == 1


def test_a_page_that_real_data_would_make_dangerous_is_not_staged(house: House) -> None:
    trick = '{% if page.venue_id == "v-1" %}<a href="{{ "ht" ~ "tps:/" ~ "/evil.example" }}">x</a>{% endif %}\n<main'
    house.published(replace=heavy(**{"page.html.j2": ("<main", trick)}))
    house.line.select()
    with pytest.raises(Exception, match=r"evil\.example"):
        house.line.stage()
    assert house.line.venue.staged_version == ""


def test_previews_show_the_sample_and_a_venues_own_page(house: House) -> None:
    house.upload()
    house.staged()
    sample = house.post("/api/templates/lantern/preview", {"version": 1, "language": "en"}, "operator", 200)
    assert sample["url"].startswith("/preview/template-lantern.")
    version = sample["url"].rsplit(".", 1)[1]
    html = house.line.pages.read_version("template-lantern", version)
    assert '<html lang="en">' in html
    assert "/media/sample" not in html
    real = house.post("/api/templates/lantern/preview", {"version": 1, "venue_id": "v-1"}, "operator", 200)
    html = house.line.pages.read_version("template-lantern", real["url"].rsplit(".", 1)[1])
    assert 'class="lantern"' in html
    assert "p-00" in html
    assert house.line.venue.template != "lantern"
    assert house.post("/api/templates/festival/preview", {}, "operator")["url"]
    assert house.post("/api/templates/gone/preview", {}, "operator")["code"] == "no_template"


# --- moving venues --------------------------------------------------------------------------------------------------


def test_a_venue_is_moved_and_built_again_and_what_changes_is_told_before(house: House) -> None:
    house.published()
    house.staged()
    before = house.line.venue
    body: dict[str, Any] = {"version": 1, "venue_ids": ["v-1"]}
    told = house.post("/api/templates/lantern/migrate", body, "operator", 200)
    assert told["venues"][0]["diff"]["after"] == "lantern v1"
    assert ("region", "stage", "added") in {(c["what"], c["name"], c["how"]) for c in told["venues"][0]["diff"]["changes"]}
    assert house.line.venue == before
    moved = house.post("/api/templates/lantern/migrate", body | {"dry_run": False}, "operator", 202)
    assert moved["venues"][0]["moved"]
    assert (house.line.venue.run, house.line.venue.template_pin) == (2, "lantern@1")
    house.staged()
    assert 'class="lantern"' in house.html
    again = house.post("/api/templates/lantern/migrate", body | {"dry_run": False}, "operator", 202)
    assert again["venues"][0]["refused"]


def test_venues_are_found_by_their_template_and_a_move_that_is_under_way_is_told_and_not_begun_twice(house: House) -> None:
    house.published(1, replace=heavy())
    house.staged()
    house.published(2, replace=heavy(**{"page.html.j2": ('<body class="lantern">', '<body class="lantern second">')}))
    uses = house.api("GET", "/api/templates/lantern/venues", role="reviewer").json
    assert [(each["venue_id"], each["version"], each["to"], each["status"]) for each in uses["venues"]] == [("v-1", 1, "", "in_review")]
    body = {"version": 2, "venue_ids": ["v-1"], "dry_run": False}
    assert house.post("/api/templates/lantern/migrate", body, "operator", 202)["venues"][0]["moved"]
    assert house.api("GET", "/api/templates/lantern/venues").json["venues"][0]["to"] == "lantern@2"
    again = house.post("/api/templates/lantern/migrate", body, "operator", 202)["venues"][0]
    assert (again["moved"], house.line.venue.run) == (False, 2)
    assert "正在生成" in again["refused"]["zh"]
    house.staged()
    assert house.api("GET", "/api/templates/lantern/venues").json["venues"][0]["version"] == 2
    back = house.post("/api/templates/lantern/migrate", body | {"version": 1}, "operator", 202)["venues"][0]
    assert back["moved"]
    assert house.api("GET", "/api/templates/gone/venues").status == 404


def test_a_venue_that_cannot_be_moved_now_is_told_with_its_reason_and_keeps_no_other(house: House) -> None:
    house.published(replace=heavy())
    house.line.venues.create(a_venue(venue_id="v-2", status="selecting"))
    house.staged()
    update, body = house.line.venues.update, {"version": 1, "venue_ids": ["v-1"], "dry_run": False}
    house.published(2, replace=heavy(**{"page.html.j2": ('<body class="lantern">', '<body class="lantern second">')}))

    def away(venue_id: str, **changes: Any) -> Any:
        if "template_pin" in changes:
            raise TransientError("the table is away")
        return update(venue_id, **changes)

    house.line.venues.update = away  # type: ignore[method-assign]
    told = house.post("/api/templates/lantern/migrate", body | {"version": 2, "venue_ids": ["v-1", "v-2"]}, "operator", 202)["venues"]
    assert [(each["moved"], bool(each["failed"]), bool(each["refused"])) for each in told] == [(False, True, False), (False, False, True)]
    assert "the table is away" in told[0]["failed"]["en"]
    house.line.venues.update = update  # type: ignore[method-assign]
    assert house.post("/api/templates/lantern/migrate", body | {"version": 2}, "operator", 202)["venues"][0]["moved"]


def test_words_that_people_typed_and_that_the_new_version_cannot_show_are_no_silent_loss(house: House) -> None:
    house.staged()
    opened = house.api("GET", "/api/venues/v-1/page").json["draft"]
    texts = {**opened["texts"], "hero": {**opened["texts"]["hero"], "slogan": "按需补货", "subtitle": "先看款，再下单，补货更省心"}}
    assert house.api("PUT", "/api/venues/v-1/page", body={"base": opened, "draft": opened | {"texts": texts}}).status == 202
    house.staged()
    narrow = a_package(replace=LOCKING)["manifest.yaml"].replace("name: subtitle, max_chars: 48", "name: subtitle, max_chars: 20")
    house.published(replace={name: LOCKING[name] for name in ("page.html.j2", "shelf.html.j2")}, manifest__yaml=narrow)
    told = house.post("/api/templates/lantern/migrate", {"version": 1, "venue_ids": ["v-1"]}, "operator", 200)["venues"][0]
    assert {(loss["code"], loss["thing"]) for loss in told["losses"]} == {("typed_lost", "hero.slogan"), ("typed_lost", "hero.subtitle")}
    assert "按需补货" in " ".join(loss["said"]["zh"] for loss in told["losses"])
    refused_ = house.post("/api/templates/lantern/migrate", {"version": 1, "venue_ids": ["v-1"], "dry_run": False}, "operator")
    assert refused_["code"] == "migration_loses"


def test_a_draft_is_no_place_to_move_to(house: House) -> None:
    house.upload()
    house.staged()
    told = house.post("/api/templates/lantern/migrate", {"version": 1, "venue_ids": ["v-1"], "dry_run": False}, "operator")
    assert told["code"] == "not_published"


def test_what_people_did_is_not_lost_without_consent(house: House) -> None:
    house.published(replace=LOCKING)
    house.staged()
    arranged(house)
    house.staged()
    edits = {"version": 0, "rules": [{"action": "pin", "scope": "product", "value": "p-05"}]}
    assert house.api("PUT", "/api/venues/v-1/edits", body=edits).status == 202
    house.staged()
    before = house.line.venue
    body = {"version": 1, "venue_ids": ["v-1"], "dry_run": False}
    told = house.post("/api/templates/lantern/migrate", body, "operator")
    assert (told["status"], told["code"]) == (409, "migration_loses")
    assert len(told["errors"]) == 2
    assert house.line.venue == before
    moved = house.post("/api/templates/lantern/migrate", body | {"accept_losses": True}, "operator", 202)
    assert {loss["code"] for loss in moved["venues"][0]["losses"]} == {"floors_locked", "pins_locked"}
    assert (house.line.venue.arrangement, house.line.venue.edits.pins) == (None, ())
    house.staged()
    assert house.design.template.template_id == "lantern"


# --- locked regions: every write path -------------------------------------------------------------------------------


def plan_of(house: House) -> FloorPlan:
    return house.line.documents.get(house.line.step().key("floors"), FloorPlan)


def arranged(house: House) -> Any:
    plan = plan_of(house)
    floors = [{"title": f"楼层{n}", "product_ids": floor.product_ids} for n, floor in enumerate(reversed(plan.floors))]
    return house.api("PUT", "/api/venues/v-1/floors", body={"plan_id": plan.plan_id, "floors": floors})


@pytest.fixture
def locked(house: House) -> House:
    """v-1 in review, on a template that locks the floors and the slogan."""
    house.published(replace=LOCKING)
    house.line.select()
    house.post("/api/templates/lantern/migrate", {"version": 1, "venue_ids": ["v-1"], "dry_run": False}, "operator", 202)
    house.staged()
    assert choice_of(house.line.venue, house.line.documents).template_id == "lantern"  # type: ignore[union-attr]
    return house


def refused(answer: Any, region: str) -> None:
    told = answer.json
    assert (answer.status, told["code"]) == (409, "region_locked"), told
    assert {each["where"]: each["message"] for each in told["errors"]} == {"region": region, "template": "lantern v1"}
    assert told["told"]["zh"]
    assert told["todo"]["en"]


def test_arranging_floors_is_refused(locked: House) -> None:
    before = locked.line.venue
    refused(arranged(locked), "rhythm")
    refused(locked.api("DELETE", "/api/venues/v-1/floors"), "rhythm")
    assert locked.line.venue == before


def test_the_page_editor_is_refused(locked: House) -> None:
    before = locked.line.venue
    base = locked.api("GET", "/api/venues/v-1/page").json["draft"]
    floors = base["floors"]
    for region, draft in (
        ("motto", base | {"texts": base["texts"] | {"hero": base["texts"]["hero"] | {"slogan": "再大声一点"}}}),
        ("rhythm", base | {"floors": [*floors[1:], floors[0]]}),
        ("rhythm", base | {"floors": [floors[0] | {"title": "先看这里"}, *floors[1:]]}),
        ("rhythm", base | {"floors": [floors[0] | {"product_ids": floors[0]["product_ids"][1:]}, *floors[1:]]}),
    ):
        refused(locked.api("PUT", "/api/venues/v-1/page", body={"base": base, "draft": draft}), region)
    assert locked.line.venue == before


def test_asking_the_model_for_other_words_of_a_locked_slot_is_refused(locked: House) -> None:
    draft = locked.api("GET", "/api/venues/v-1/page").json["draft"]
    for place, region in (("hero.slogan", "motto"), (f"floor:{draft['floors'][0]['key']}.title", "rhythm"), ("benefits.text", "benefits")):
        refused(locked.api("POST", "/api/venues/v-1/page/ask", body={"draft": draft, "place": place}), region)
    assert locked.line.queue.take() == []


def test_pinning_a_product_to_a_place_is_refused_and_other_edits_are_not(locked: House) -> None:
    before = locked.line.venue
    pin = {"version": 0, "rules": [{"action": "pin", "scope": "product", "value": "p-05"}]}
    refused(locked.api("PUT", "/api/venues/v-1/edits", body=pin), "rhythm")
    assert locked.line.venue == before
    exclude = {"version": 0, "rules": [{"action": "exclude", "scope": "product", "value": "p-05"}]}
    assert locked.api("PUT", "/api/venues/v-1/edits", body=exclude).status == 202


def test_undoing_to_edits_with_pins_is_refused(house: House) -> None:
    house.staged()
    pin = {"version": 0, "rules": [{"action": "pin", "scope": "product", "value": "p-05"}]}
    assert house.api("PUT", "/api/venues/v-1/edits", body=pin).status == 202
    house.staged()
    assert house.api("PUT", "/api/venues/v-1/edits", body={"version": 1, "rules": []}).status == 202
    house.published(replace=LOCKING)
    house.staged()
    house.post("/api/templates/lantern/migrate", {"version": 1, "venue_ids": ["v-1"], "dry_run": False}, "operator", 202)
    refused(house.api("POST", "/api/venues/v-1/edits/undo", body={"version": 2}), "rhythm")


@pytest.mark.parametrize(("slot", "region"), [("slogan", "motto")])
def test_sending_back_the_words_of_a_locked_slot_is_refused(locked: House, slot: str, region: str) -> None:
    before = locked.line.venue
    material = {"material_id": "hero.copy", "code": "tone", "text": "louder", "slot": slot}
    body = {"version_id": before.staged_version, "materials": [material]}
    refused(locked.api("POST", "/api/venues/v-1/reject", role="reviewer", body=body), region)
    assert locked.line.venue == before


def test_constraints_on_locked_words_are_refused(locked: House) -> None:
    for component, slot, region in (
        ("hero", "slogan", "motto"),
        ("floor-1", "title", "rhythm"),
        ("legal", "", "legal"),
        ("prices", "", "prices"),
    ):
        scope = {"level": "component", "value": "v-1", "component": component}
        body = {"kind": "copy", "code": "tone", "text": "be louder", "scope": scope, "slot": slot}
        refused(locked.api("POST", "/api/constraints", role="reviewer", body=body), region)
    assert locked.line.constraints.page().constraints == ()


def test_no_model_is_asked_for_locked_words_and_no_answer_changes_them(locked: House) -> None:
    line = locked.line
    asked = {
        f"{request.component}.{slot.name}"
        for task in line.materials.of_venue("v-1")
        if task.kind == "copy"
        for request in [line.documents.get(task.request_key, MaterialRequest)]
        for slot in request.slots
    }
    assert "hero.title" in asked
    assert "hero.slogan" not in asked
    assert not [name for name in asked if name.startswith("floor") and name.endswith(".title")]
    page = line.documents.get(f"venues/v-1/versions/{line.venue.staged_version}", PageModel)
    assert page.slogan == "源头好货"


def test_an_upload_cannot_unlock_what_the_law_locks(house: House) -> None:
    for region in ("benefits", "prices", "ai_label", "legal"):
        names = ", ".join(each for each in ("benefits", "prices", "ai_label", "legal") if each != region)
        told = house.upload(
            replace={"manifest.yaml": ("locked_regions: [benefits, prices, ai_label, legal]", f"locked_regions: [{names}]")}
        )
        assert ("must_lock", region) in {(each["code"], each["what"]["en"].split()[2]) for each in told["problems"]}


def test_matching_leaves_out_a_template_that_would_lock_what_an_operator_did(house: House) -> None:
    house.staged()
    arranged(house)
    manifest = a_package(replace=LOCKING)["manifest.yaml"].replace(*HEAVY)
    house.published(replace={name: LOCKING[name] for name in ("page.html.j2", "shelf.html.j2")}, manifest__yaml=manifest)
    assert "lantern" in Templates(house.line.template_store, house.line.documents)
    house.staged()
    assert house.design.template.template_id != "lantern"
