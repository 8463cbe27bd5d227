"""A release proves itself: its manifest, the same page from the same inputs, and no stored input that changes unseen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from huichang.kernel.errors import NotFoundError
from huichang.kernel.ids import canonical_json, content_hash
from huichang.line.keys import VenueStep
from huichang.line.proof import replaying
from huichang.line.proof.model import (
    FinishedPictures,
    ReleaseManifest,
    RenderInputs,
    ReplayReport,
    inputs_key,
    manifest_key,
    pointer_key,
)
from huichang.line.proof.recording import RecordedRender
from huichang.line.proof.replaying import Replay
from huichang.line.proof.sandbox import KeptPictures
from huichang.line.proof.telling import WhyVenue
from huichang.line.publishing import page_key
from huichang.line.templating import TemplateDesk
from huichang.pages.mirroring import Photo
from huichang.pages.model import PageModel
from huichang.pages.packages.model import package_key
from huichang.pages.rendering import render
from huichang.pages.renditions import Rendition
from huichang.pages.templates import TEMPLATES, load_templates
from tests.support.edits import edits as edited
from tests.support.fakes import a_product
from tests.support.line_fakes import OPERATOR, Line
from tests.support.memory_templates import a_package, zipped
from tests.support.web_api import Links

ROOT = Path(__file__).parents[2]


@pytest.fixture
def line() -> Line:
    """A venue that was rendered, looked at and released."""
    line = Line()
    line.render_page = RecordedRender(line.render_page)  # type: ignore[assignment]
    line.select()
    line.stage()
    line.approve()
    line.publish_venue(line.step())
    return line


def replay(line: Line, version: str = "") -> ReplayReport:
    station = line.render_page.render  # type: ignore[attr-defined]
    kept = KeptPictures(FinishedPictures())
    return Replay(line.venues, line.documents, line.pages, replace(station, artwork=kept))("v-1", version)


def manifest_of(line: Line) -> ReleaseManifest:
    return line.proofs.kept(line.venue, line.venue.live_version)


def tamper(line: Line, key: str, change: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
    """Change a stored document as somebody with the bucket's keys could."""
    body = json.loads(line.documents.bodies[key])
    change(body)
    line.documents.bodies[key] = json.dumps(body)


def inputs_of(line: Line) -> str:
    return inputs_key("v-1", manifest_of(line).inputs_sha256)


def test_the_same_page_comes_of_its_inputs(line: Line) -> None:
    report = replay(line)
    assert (report.rebuilt, report.findings) == (line.venue.live_version, ())
    assert (report.identical, report.proved, report.deep) == (True, True, True)
    assert report.checked > 30


def test_it_comes_of_what_was_read_then_and_not_of_what_is_there_today(line: Line) -> None:
    line.clock.pass_time(90 * 86400)
    for n in range(24):
        line.index.add(a_product(f"p-{n:02d}", "别的东西", price=999))
    line.venues.update("v-1", theme=line.venue.theme.model_copy(update={"name": "另一个主题"}).model_dump())
    step = line.step()
    for key in [key for key in line.documents.bodies if key.startswith(step.key(""))]:
        del line.documents.bodies[key]
    assert replay(line).proved


def test_replay_writes_nothing(line: Line) -> None:
    before = (dict(line.documents.bodies), dict(line.pages.media), dict(line.pages.versions), line.venue, len(line.bus.events))
    replay(line)
    assert before == (line.documents.bodies, line.pages.media, line.pages.versions, line.venue, len(line.bus.events))


def test_every_part_that_is_changed_is_named(line: Line) -> None:
    """Each stored input by itself: none may change unseen, whether or not the page shows it."""
    key = inputs_of(line)
    sound = line.documents.bodies[key]
    names = list(RenderInputs.model_validate_json(sound).parts)
    assert {"venue", "campaign", "settings", "brands", "clock", "materials", "pictures", "products", "product/p-00"} <= set(names)
    for name in [name for name in names if not name.startswith("product/") or name == "product/p-07"]:
        tamper(line, key, lambda body, name=name: body["parts"].update({name: body["parts"][name] + " "}))
        report = replay(line)
        assert [(f.name, f.state) for f in report.findings if f.state != "other"][:1] == [(f"inputs/{name}", "changed")]
        assert not report.proved
        line.documents.bodies[key] = sound
    assert replay(line).proved


def test_another_price_in_the_inputs_gives_another_page_and_is_named(line: Line) -> None:
    def cheaper(body: dict) -> None:  # type: ignore[type-arg]
        product = json.loads(body["parts"]["product/p-03"])
        product["tiers"][0]["price"] = "1.00"
        body["parts"]["product/p-03"] = canonical_json(product)

    tamper(line, inputs_of(line), cheaper)
    report = replay(line)
    assert (report.identical, report.proved) == (False, False)
    assert report.rebuilt not in ("", line.venue.live_version)
    assert [f.name for f in report.findings] == ["inputs/product/p-03", "page"]
    assert "floors" in report.findings[1].text["en"]


def test_a_part_that_is_gone_is_missing_and_what_is_left_still_gives_the_page(line: Line) -> None:
    tamper(line, inputs_of(line), lambda body: body["parts"].pop("brands"))
    report = replay(line)
    assert [(f.name, f.state) for f in report.findings] == [("inputs/brands", "missing"), ("render", "failed")]
    assert (report.identical, report.proved) == (True, False)  # from the page model


def test_inputs_that_are_gone_leave_the_page_model(line: Line) -> None:
    del line.documents.bodies[inputs_of(line)]
    report = replay(line)
    assert [(f.name, f.state) for f in report.findings] == [("inputs", "missing")]
    assert (report.identical, report.proved, report.deep) == (True, False, False)


def test_a_changed_page_model_html_or_picture_is_named(line: Line) -> None:
    version = line.venue.live_version
    tamper(line, page_key("v-1", version), lambda body: body.update(subtitle="改过的"))
    line.pages.versions["v-1", version] += "<!-- x -->"
    shared = line.documents.get(page_key("v-1", version), PageModel).poster("share")
    assert shared
    line.pages.media[shared.media_key] += b"x"
    drawing = next(key for key in line.pages.media if key.endswith(".svg"))
    del line.pages.media[drawing]
    found = {(f.name, f.state) for f in replay(line).findings}
    assert {("page_model", "changed"), ("html", "changed"), (shared.media_key, "changed"), (drawing, "missing")} <= found


def test_a_manifest_that_was_changed_does_not_match_the_record(line: Line) -> None:
    manifest = manifest_of(line)
    key = manifest_key("v-1", line.venue.live_version, manifest.sha256)
    tamper(line, key, lambda body: body["reviews"][0].update(actor="mallory"))
    report = replay(line)
    assert [(f.name, f.state) for f in report.findings] == [("manifest", "changed")]
    assert not report.proved


def test_a_template_that_was_changed_since_is_told_and_breaks_nothing_as_long_as_the_page_is_the_same(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = manifest_of(line).ingredients
    newer = tuple(each.model_copy(update={"sha256": "0" * 64, "version": 9}) if each.kind == "template" else each for each in then)
    monkeypatch.setattr(replaying, "ingredients_of", lambda *_: newer)
    report = replay(line)
    assert [(f.name, f.state) for f in report.findings] == [(f"template/{line.venue.template}", "other")]
    assert report.proved
    assert "v9" in report.findings[0].text["en"]


def test_a_page_of_an_uploaded_template_replays_and_a_package_that_was_changed_is_told() -> None:
    line = Line()
    line.render_page = RecordedRender(line.render_page)  # type: ignore[assignment]
    desk = TemplateDesk(line.templates, line.documents, line.venues, line.pages, line.audit, line.clock, links=Links())
    uploaded = desk.upload(zipped(a_package(replace={"manifest.yaml": ("base_weight: 0.5", "base_weight: 9")})), OPERATOR)
    desk.publish(uploaded.template_id, uploaded.version, OPERATOR)
    line.select()
    line.stage()
    line.approve()
    line.publish_venue(line.step())
    manifest = manifest_of(line)
    assert manifest.template is not None
    (template,) = [each for each in manifest.ingredients if each.kind == "template"]
    assert (template.id, template.version, len(template.sha256)) == ("lantern", 1, 64)
    whole = replay(line)
    assert (whole.identical, whole.proved, whole.deep, whole.findings) == (True, True, True, ())

    key = package_key(uploaded.template_id, uploaded.package)
    stored = line.documents.bodies[key]
    tamper(line, key, lambda body: body["files"].update({"style.css": body["files"]["style.css"] + ".other{}"}))
    changed = replay(line)
    assert not changed.identical
    assert "template/lantern" in {each.name for each in changed.findings}
    line.documents.bodies[key] = stored

    # Where the inputs are gone the page model is rendered with the package, and where that is gone it is said.
    del line.documents.bodies[inputs_of(line)]
    shallow = replay(line)
    assert (shallow.identical, shallow.deep) == (True, False)
    del line.documents.bodies[key]
    assert {"render", "template/lantern"} <= {each.name for each in replay(line).findings}


def test_an_earlier_version_replays_too_and_one_that_was_never_live_does_not(line: Line) -> None:
    first = line.venue.live_version
    line.edit(edited(excludes=["p-23"]))
    line.index.add(a_product("p-03", "熊猫抱枕", price=77))
    line.select()
    line.stage()
    line.approve()
    line.publish_venue(line.step())
    assert line.venue.live_version != first
    assert replay(line).proved
    assert replay(line, first).proved
    line.review.roll_back("v-1", OPERATOR)
    assert line.venue.live_version == first
    assert replay(line).proved
    assert len(line.venue.proofs) == 2
    with pytest.raises(NotFoundError, match="never live"):
        replay(line, "another")


def test_the_manifest_says_what_the_page_is_made_of(line: Line) -> None:
    manifest = manifest_of(line)
    page = line.documents.get(page_key("v-1", line.venue.live_version), PageModel)
    assert manifest.html_sha256.startswith(manifest.version_id)
    assert [p.product_id for p in manifest.products] == [card.product_id for floor in page.floors for card in floor.cards]
    assert all(p.reason and p.reason.ranks and p.rank for p in manifest.products)
    assert {m.material_id for m in manifest.materials} >= {"hero.copy", "hero.image", "share.copy"}
    assert all(m.task_key and m.result_sha256 and m.request_sha256 for m in manifest.materials)
    kinds = {each.kind for each in manifest.ingredients}
    assert kinds == {"template", "template_parts", "style", "prompt", "code"}
    assert all(len(each.sha256) == 64 for each in manifest.ingredients)
    (review,) = manifest.reviews
    assert (review.actor, review.action) == ("rita", "approve")
    assert set(review.saw) == {m.material_id for m in manifest.materials}
    assert {m.material_id: m.seen for m in manifest.materials} == review.saw
    assert [i.version_id for i in manifest.inspections] == [manifest.version_id]
    assert manifest.gate_rules
    assert line.venue.proofs == {manifest.version_id: manifest.sha256}


def test_publishing_again_writes_the_same_manifest(line: Line) -> None:
    before = dict(line.venue.proofs)
    line.review.publish("v-1", OPERATOR)
    assert line.venue.proofs == before


def test_a_version_rendered_before_there_were_inputs_says_so() -> None:
    line = Line()
    line.select()
    line.stage()
    line.approve()
    line.publish_venue(line.step())
    line.render_page = RecordedRender(line.render_page)  # type: ignore[assignment]
    assert manifest_of(line).unknown == ("inputs",)
    report = replay(line)
    assert (report.identical, report.proved, report.deep) == (True, False, False)
    assert [(f.name, f.state) for f in report.findings] == [("inputs", "missing")]


def test_why_tells_it_in_both_languages_before_and_after_the_release(line: Line) -> None:
    desk = WhyVenue(line.proofs)
    live = desk.why("v-1")
    assert live.live
    about = [told.about for told in live.told]
    assert about == ["theme", "goods", "floors", "template", "style", "copy", "gate", "inspection", "review", "hashes"]
    said = {told.about: told.text for told in live.told}
    assert "rita" in said["review"]["en"]
    assert "批准" in said["review"]["zh"]
    assert all(told.text["zh"] and told.text["en"] for told in live.told)
    assert desk.proof("v-1").sha256 == live.manifest_sha256 == line.venue.proofs[line.venue.live_version]
    fresh = Line()
    fresh.select()
    fresh.stage()
    staged = WhyVenue(fresh.proofs).why("v-1")
    assert (staged.live, staged.manifest_sha256) == (False, "")
    assert {told.about: told.text for told in staged.told}["review"]["zh"] == "没有人审核过这个版本"


_HASH = """
import json
from huichang.pages.model import PageModel
from huichang.pages.packages.model import package_key
from huichang.pages.rendering import render
from huichang.kernel.ids import content_hash
from huichang.pages.templates import TEMPLATES, load_templates
print(json.dumps({name: content_hash(render(PageModel.model_validate_json((TEMPLATES / name / "sample.json").read_text()), name))
                  for name in load_templates()}))
"""


def test_the_hash_seed_of_a_process_does_not_show_in_a_page() -> None:
    """Sets and dicts of another process have another order."""
    environment = os.environ | {"PYTHONHASHSEED": "4242", "PYTHONPATH": str(ROOT / "layers/shared")}
    told = subprocess.run([sys.executable, "-c", _HASH], env=environment, check=True, capture_output=True, text=True).stdout
    samples = {name: (TEMPLATES / name / "sample.json").read_text(encoding="utf-8") for name in load_templates()}
    here = {name: content_hash(render(PageModel.model_validate_json(text), name)) for name, text in samples.items()}
    assert len(here) >= 2
    assert json.loads(told) == here


def test_a_rendering_that_dies_before_its_inputs_are_kept_is_repeated(line: Line) -> None:
    step = VenueStep(campaign_id="c-1", venue_id="v-1", run=line.venue.run, round=line.venue.round)
    first = line.render_page(step)
    del line.documents.bodies[pointer_key("v-1", str(first["version"]))]
    assert line.render_page(step) == first
    assert pointer_key("v-1", str(first["version"])) in line.documents.bodies


def test_merchants_photos_are_inputs_and_are_not_fetched_again(line: Line) -> None:
    key = line.pages.put_media(b"a photo of ours", "image/webp", "webp")
    small = Rendition(kind="avif", path="/" + line.pages.put_media(b"the same, smaller", "image/avif", "avif"), width=400)
    asked: list[str] = []

    def mirror(addresses: Iterable[str]) -> dict[str, Photo]:
        asked.extend(addresses)
        return {"https://img.example.com/1": Photo(key=key, width=800, height=800, renditions=(small,))}

    station = line.render_page.render  # type: ignore[attr-defined]
    shelf = replace(station.pictures, allowed_hosts=("img.example.com",), mirror=mirror)
    line.render_page = RecordedRender(replace(station, pictures=shelf))  # type: ignore[assignment]
    line.index.add(a_product("p-03", "熊猫抱枕", price=77, pictures=("https://img.example.com/1",)))
    line.edit(edited(excludes=["p-23"]))
    line.select()
    line.stage()
    line.approve()
    line.publish_venue(line.step())
    assert f"/{key}" in line.pages.live["v-1"]
    assert f'srcset="{small.path} 400w"' in line.pages.live["v-1"]
    assert asked == ["https://img.example.com/1"]
    assert replay(line).proved
    assert asked == ["https://img.example.com/1"]
    line.pages.media[key] = b"another photo"
    assert [(f.name, f.state) for f in replay(line).findings] == [(key, "changed")]
