"""The page editor: what is open, a draft as it would look, what is typed, saves, and two people at once."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from huichang.kernel.errors import ConflictError, InvalidInputError, PermanentError
from huichang.kernel.ids import content_hash
from huichang.line.publishing import page_key
from huichang.line.review import MaterialRejection
from huichang.materials.copywriting import write_copy
from huichang.materials.model import CopyResult, ImageResult, MaterialRequest, ReviewConstraint
from huichang.pages.drafts import DraftFloor, PageDraft
from huichang.pages.mirroring import MirroredPicture, Remembered
from huichang.pages.model import PageModel, Region
from huichang.pages.packages.locks import RegionLockedError
from huichang.pages.picture_shelf import PictureShelf
from tests.support.fake_editor import EditedShop
from tests.support.fakes import a_product
from tests.support.line_fakes import OPERATOR, REVIEWER


class Shop(EditedShop):
    """A venue in review, and its editor."""

    @property
    def page(self) -> PageModel:
        """The page model that is staged."""
        return self.line.documents.get(page_key("v-1", self.line.venue.staged_version), PageModel)

    def save(self, draft: PageDraft, base: PageDraft | None = None, actor: Any = OPERATOR) -> Any:
        return self.editor.save("v-1", base or self.draft, draft, actor)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def told(draft: PageDraft, component: str, **texts: str) -> PageDraft:
    return draft.model_copy(update={"texts": {**draft.texts, component: {**draft.texts[component], **texts}}})


def floor(draft: PageDraft, place: int, **changes: Any) -> PageDraft:
    floors = tuple(each.model_copy(update=changes) if number == place else each for number, each in enumerate(draft.floors))
    return draft.model_copy(update={"floors": floors})


def test_the_draft_is_what_the_page_shows_and_locked_regions_are_named(shop: Shop) -> None:
    shown = shop.editor.open("v-1")
    page = shop.page
    assert shown.draft.texts["hero"]["title"] == page.title
    assert [(each.title, each.product_ids) for each in shown.draft.floors] == [
        (each.title, tuple(card.product_id for card in each.cards)) for each in page.floors
    ]
    assert set(shown.locked) >= {"prices", "legal", "ai_label", "benefits"}
    assert {slot.name for slot in shown.slots["hero"]} >= {"title", "subtitle"}
    assert shown.slots["hero"][0].max_chars == 12  # Chinese characters
    assert set(shown.cards) >= set(shown.draft.product_ids)
    assert (shown.building, shown.etag) == (False, shown.draft.etag)


def test_a_draft_is_rendered_by_the_pages_own_renderer_and_nothing_is_staged(shop: Shop) -> None:
    base, before = shop.draft, shop.line.venue
    floors = tuple(reversed(base.floors))
    look = shop.editor.look("v-1", told(base, "hero", title="竹林里的朋友").model_copy(update={"floors": floors}))
    html = shop.line.pages.read_version(look.folder, look.version_id)
    assert "竹林里的朋友" in html
    places = [html.index(f'aria-labelledby="floor-{number}-t"') for number in range(1, len(floors) + 1)]
    assert places == sorted(places)
    shown = [html.index(f">{each.title}</h2>") for each in floors]
    assert shown == sorted(shown)
    assert (look.blocked, shop.line.venue) == (False, before)
    assert shop.editor.look("v-1", base).version_id == before.staged_version  # the same model through the same renderer: the same bytes


def test_a_save_is_built_again_and_shows_what_was_looked_at(shop: Shop) -> None:
    base = shop.draft
    staged = shop.line.venue.staged_version
    wanted = told(floor(base, 0, title="先看这里", texts={"subtitle": "竹林里的几位", "point": ""}), "hero", title="竹林里的朋友")
    wanted = wanted.model_copy(update={"floors": tuple(reversed(wanted.floors))})
    venue = shop.save(wanted)
    assert (venue.run, venue.status, venue.by_hand.version) == (2, "planned", 1)
    (entry,) = [each for each in shop.line.audit.entries if each.action == "edit_page"]
    assert (entry.actor, entry.saw) == (OPERATOR.name, staged)
    texts = {change["place"]: (change["before"], change["after"]) for change in entry.detail["changes"] if change["what"] == "text"}
    assert texts["hero.title"] == (base.texts["hero"]["title"], "竹林里的朋友")
    assert {"title", "order"} <= {change["what"] for change in entry.detail["changes"]}
    shop.build()
    page = shop.page
    assert (page.title, shop.line.venue.status) == ("竹林里的朋友", "in_review")
    assert [each.title for each in page.floors] == [each.title for each in wanted.floors]
    assert page.floors[-1].subtitle == "竹林里的几位"
    assert shop.draft.etag == wanted.etag


def test_what_an_operator_wrote_is_reviewed_like_any_material_and_goes_when_it_is_sent_back(shop: Shop) -> None:
    shop.save(told(shop.draft, "hero", title="竹林里的朋友"))
    shop.build()
    said = MaterialRejection(material_id="hero.copy", constraint=ReviewConstraint(code="tone", text="直白"))
    shop.line.review.reject("v-1", shop.line.venue.staged_version, [said], REVIEWER)
    shop.line.stage("third")
    assert shop.page.title != "竹林里的朋友"


def test_goods_go_and_come_with_the_edits_of_merchandising(shop: Shop) -> None:
    base = shop.draft
    gone = base.floors[0].product_ids[0]
    venue = shop.save(floor(base, 0, product_ids=base.floors[0].product_ids[1:]))
    assert venue.edits.excludes == (gone,)
    assert venue.edits_version == 1
    assert venue.arrangement is not None
    assert gone not in venue.arrangement.floors[0].product_ids
    shop.build()
    assert gone not in shop.draft.product_ids


def test_texts_that_may_not_be_shown_cannot_be_saved_and_say_why_in_both_languages(shop: Shop) -> None:
    base = shop.draft
    cases = {
        "全网第一的熊猫": "absolute",
        "全场1元起": "typed.claim",
        "x" * 60: "typed.length",
        "加微信 abc123": "typed.markup",
        "": "typed.missing",
    }
    for text, code in cases.items():
        draft = told(base, "hero", title=text)
        found = shop.editor.check("v-1", draft)
        assert any(code in each.code and each.severity == "block" for each in found), (text, found)
        assert all(each.place == "hero.title" and set(each.message) == set(each.mend) == {"zh", "en"} for each in found)
        with pytest.raises(PermanentError) as caught:
            shop.save(draft)
        assert caught.value.code == "typed_blocked"
        assert caught.value.told["zh"]
    title = shop.editor.check("v-1", floor(base, 0, title="全场1元起"))
    assert {each.place for each in title} == {f"floor:{base.floors[0].key}.title"}
    doubled = shop.editor.check("v-1", floor(base, 0, title=base.floors[1].title))
    assert "typed.twice" in {each.code for each in doubled}
    assert (shop.line.venue.run, shop.line.audit.actions.count("edit_page")) == (1, 0)


def test_locked_regions_are_refused_on_every_kind_of_change() -> None:
    regions = tuple(
        Region(name=name, locked=True, holds=holds)
        for name, holds in {
            "headline": ("hero.title",),
            "rhythm": ("floors",),
            "sharing": ("share.text",),
            "scene": ("hero.background",),
        }.items()
    )
    shop = Shop(regions=regions)
    base = shop.draft
    assert next(slot for slot in shop.editor.open("v-1").slots["hero"] if slot.name == "title").locked
    changes = [
        told(base, "hero", title="竹林里的朋友"),
        told(base, "share", text="来看看竹林里的朋友"),
        floor(base, 0, title="先看这里"),
        base.model_copy(update={"floors": tuple(reversed(base.floors))}),
        floor(base, 0, product_ids=base.floors[0].product_ids[1:]),
        base.model_copy(update={"again": ("hero.image",)}),
    ]
    for draft, region in zip(changes, ("headline", "sharing", "rhythm", "rhythm", "rhythm", "scene"), strict=True):
        with pytest.raises(RegionLockedError) as caught:
            shop.save(draft)
        assert caught.value.where == f"region.{region}"
    assert shop.line.venue.run == 1


def test_the_second_of_two_people_is_told_what_changed_and_loses_nothing(shop: Shop) -> None:
    base = shop.draft
    mine = told(base, "hero", title="竹林里的朋友")
    shop.save(told(floor(base, 0, title="先看这里"), "share", text="来看看这些熊猫"))
    with pytest.raises(ConflictError) as caught:
        shop.editor.save("v-1", base, mine, REVIEWER)
    assert caught.value.code == "page_changed"
    assert OPERATOR.name in caught.value.told["zh"]
    together = shop.editor.merge("v-1", base, mine)
    assert together.clashes == ()
    assert {change.what for change in together.theirs} == {"title", "text"}
    assert together.merged.texts["hero"]["title"] == "竹林里的朋友"
    assert together.merged.texts["share"]["text"] == "来看看这些熊猫"
    assert together.merged.floors[0].title == "先看这里"
    venue = shop.editor.save("v-1", together.current, together.merged, REVIEWER)  # while the other's page is still being made
    assert (venue.run, venue.by_hand.version) == (3, 2)
    assert [each.by for each in shop.editor.history("v-1")] == [REVIEWER.name, OPERATOR.name]


def test_of_two_saves_at_the_same_moment_one_is_refused(shop: Shop) -> None:
    base = shop.draft
    update = shop.line.venues.update

    def other_first(*arguments: Any, **changes: Any) -> Any:
        shop.line.venues.update = update  # type: ignore[method-assign]
        shop.save(told(base, "hero", title="别人的标题"))
        return update(*arguments, **changes)

    shop.line.venues.update = other_first  # type: ignore[method-assign]
    with pytest.raises(ConflictError) as caught:
        shop.save(told(base, "hero", title="我的标题"))
    assert caught.value.code == "page_changed"
    assert (shop.line.venue.by_hand.texts["hero"]["title"], shop.line.venue.run) == ("别人的标题", 2)


def test_another_picture_that_was_made_can_be_taken_and_one_asked_for_again(shop: Shop) -> None:
    first = shop.draft.pictures["hero"]
    shop.save(shop.draft.model_copy(update={"again": ("hero.image",)}))
    shop.build()
    assert shop.draft.pictures["hero"] != first
    choices = shop.editor.open("v-1").pictures["hero"]
    assert first in {each.media_key for each in choices}
    wanted = shop.draft.model_copy(update={"pictures": {"hero": first}})
    look = shop.editor.look("v-1", wanted)
    assert look.notes == ()  # it was cut when it stood on the page
    shop.save(wanted)
    shop.build()
    task = shop.line.materials.get("v-1", "hero.image")
    assert shop.line.documents.get(task.result_key, ImageResult).media_key == first
    with pytest.raises(InvalidInputError, match="not made for this page"):
        shop.save(shop.draft.model_copy(update={"pictures": {"hero": "media/other.webp"}}))
    with pytest.raises(InvalidInputError, match="not made for this page"):
        shop.editor.look("v-1", shop.draft.model_copy(update={"pictures": {"hero": "media/other.webp"}}))


def test_what_cannot_be_is_refused(shop: Shop) -> None:
    base = shop.draft
    with pytest.raises(InvalidInputError, match="nothing was changed"):
        shop.save(base)
    with pytest.raises(InvalidInputError, match="are no products"):
        shop.save(floor(base, 0, product_ids=(*base.floors[0].product_ids, "p-99")))
    with pytest.raises(InvalidInputError, match="stand on two floors"):
        shop.save(floor(base, 0, product_ids=(*base.floors[0].product_ids, base.floors[1].product_ids[0])))
    many = tuple(DraftFloor(key=f"n{n}", title=f"第{n}层", product_ids=(one,)) for n, one in enumerate(base.product_ids))
    with pytest.raises(InvalidInputError, match="floors with products"):
        shop.save(base.model_copy(update={"floors": many}))
    shop.line.venues.update("v-1", status="selecting")
    with pytest.raises(ConflictError) as caught:
        shop.editor.open("v-1")
    assert caught.value.code == "being_built"


def test_a_request_with_written_texts_asks_no_model_unless_they_no_longer_hold(shop: Shop) -> None:
    task = shop.line.materials.get("v-1", "hero.copy")
    request = shop.line.documents.get(task.request_key, MaterialRequest)
    assert "written" not in request.model_dump_json(exclude_none=True)
    written = {"title": "竹林里的朋友", "subtitle": "", "slogan": "", "alt": ""}
    sound = request.model_copy(update={"written": {**written, "subtitle": "都在这里"}})
    chat: Any = None
    assert write_copy(sound, chat) == CopyResult(texts={**written, "subtitle": "都在这里"})
    with pytest.raises(AttributeError):  # it asks the model, which is not there
        write_copy(request.model_copy(update={"written": {**written, "subtitle": "全场1元起"}}), chat)
    assert sound.task_key != request.task_key


def test_a_text_that_the_new_goods_no_longer_carry_is_told_and_written_anew_and_the_operators_stays(shop: Shop) -> None:
    shop.save(told(shop.draft, "hero", subtitle="24款都在这里"))
    shop.build()
    base = shop.draft
    draft = told(floor(base, 0, product_ids=base.floors[0].product_ids[1:]), "hero", title="竹林里的朋友")
    found = [each for each in shop.editor.check("v-1", draft) if each.place == "hero.subtitle"]
    assert [(each.code, each.severity) for each in found] == [("typed.stale", "warn")]
    assert shop.save(draft).by_hand.texts["hero"]["title"] == "竹林里的朋友"
    assert "subtitle" not in shop.line.venue.by_hand.texts["hero"]


def test_a_product_that_is_put_on_shows_its_own_photo_or_says_that_it_comes_with_the_save(shop: Shop) -> None:
    photos = [f"https://img.example/{name}.jpg" for name in ("known", "new")]
    for number, photo in enumerate(photos):
        shop.line.index.add(a_product(f"q-{number}", f"圆圆熊猫公仔{number}", pictures=(photo,)))
    key = f"mirror/{content_hash(photos[0])}"
    shop.line.documents.put(key, MirroredPicture(address=photos[0], media_key="media/known.webp", at="2026-09-01T00:00:00Z"))
    shelf = PictureShelf(shop.line.pages, ("img.example",), Remembered(shop.line.documents).photos)
    editor = dataclasses.replace(shop.editor, pictures=shelf)
    base = shop.draft
    for number, seen in ((0, True), (1, False)):
        look = editor.look("v-1", floor(base, 0, product_ids=(f"q-{number}", *base.floors[0].product_ids)))
        assert ("/media/known.webp" in shop.line.pages.read_version(look.folder, look.version_id)) == seen
        assert bool(look.notes) != seen
