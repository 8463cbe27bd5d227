"""First images on the line: nothing is handed out that did not pass the gate, was not looked at, was refused, or is not true any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from huichang.delivery.events.cells import CellKey, Counts, window_of
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, PermanentError
from huichang.kernel.ids import content_hash
from huichang.line.first_image_desk import FirstImageDesk
from huichang.line.first_images import SEEN, FirstImageMaker, left_out_of, made_for, shown_as
from huichang.line.living_siblings import LiveSiblings
from huichang.line.publishing import page_key
from huichang.line.refreshing import Refresher
from huichang.line.review import Looked
from huichang.materials.policy import BrandBook, BrandRules
from huichang.materials.policy.labels import picture_findings
from huichang.materials.styles.model import TypeStyle
from huichang.pages.first_images import FEED, Composed, FirstImageMade, Style, first_images_key, holds_on, wanted_of
from huichang.pages.model import PageModel
from huichang.pages.typesetting.formats import Format
from huichang.pages.typesetting.layout import Words
from huichang.pages.typesetting.poster import Colours, Drawn
from huichang.pictures import drawing_url
from huichang.selection.offers import Offer
from tests.support.line_fakes import OPERATOR, REVIEWER, FakeStudio, Line
from tests.support.memory_living import MemoryClaims, MemoryLive, MemoryShown


class Composer:
    """Names what it was given."""

    def __init__(self) -> None:
        self.asked: list[tuple[Style, int, bool]] = []

    def compose(self, style: Style, goods: Sequence[bytes], background: bytes | None, form: Format, colours: Colours) -> Composed:
        self.asked.append((style, len(goods), background is not None))
        return Composed(background=background or b"", over=b"".join(goods))


class Studio(FakeStudio):
    """Whose bytes follow what they are made of."""

    def poster(
        self,
        background: bytes | None,
        words: Words,
        form: Format,
        colours: Colours,
        style: TypeStyle,
        *,
        xmp: bytes,
        known: Iterable[str] = (),
        over: bytes | None = None,
    ) -> Drawn:
        made = super().poster(background, words, form, colours, style, xmp=xmp, known=known, over=over)
        return made.model_copy(update={"data": made.data + content_hash([words.model_dump(), str(over)]).encode()})


def a_line(studio: Studio | None = None) -> Line:
    line = Line()
    for number, item in enumerate(list(line.index.items.values())):
        pictures = (drawing_url("panda-plush", (), number % 3),)
        line.index.add(item.product.model_copy(update={"pictures": pictures}))
    maker = FirstImageMaker(Composer(), studio or Studio(), line.pages, line.documents, line.policing)
    line.render_page = replace(line.render_page, first_images=maker)
    line.select()
    return line


def desk_of(line: Line, cells: dict[CellKey, Counts] | None = None) -> FirstImageDesk:
    class Cells:
        def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
            return {key: counts for key, counts in (cells or {}).items() if (key.placement, key.window) == (placement, window)}

    class Pages:
        def current(self, venue_id: str) -> str | None:
            return line.venue.live_version or None

    return FirstImageDesk(line.venues, line.documents, line.delivery, Pages(), Cells(), line.audit, line.clock)


def images_of(line: Line) -> tuple[FirstImageMade, ...]:
    return made_for(line.documents, "v-1", line.venue.staged_version)


def looking(line: Line) -> Looked:
    return Looked(saw=shown_as(images_of(line)))


def published(line: Line, looked: Looked | None = None) -> Line:
    line.stage()
    line.review.approve("v-1", line.venue.staged_version, REVIEWER, "", looked or looking(line))
    line.publish_venue(line.step())
    return line


def handed_out(line: Line) -> set[str]:
    (live,) = line.delivery.live()
    return {image.image_id for image in live.images}


def test_a_page_has_three_of_other_styles_and_other_goods_that_say_what_it_says() -> None:
    line = a_line()
    line.stage()
    images = images_of(line)
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    assert [image.style for image in images] == ["goods", "shelf", "scene"]
    assert len({image.product_ids[0] for image in images}) == 3
    texts = {page.title, page.subtitle, page.slogan, *(floor.title for floor in page.floors)}
    for image in images:
        assert set(image.says) <= texts
        assert picture_findings(line.pages.media[image.media_key], "x") == ()
        assert image.image_id.startswith(f"{image.style}-")
        assert (image.width, image.height) == (FEED.width, FEED.height)
        assert holds_on(image, page)


def test_the_page_is_the_same_with_and_without_them() -> None:
    line, plain = a_line(), a_line()
    plain.render_page = replace(plain.render_page, first_images=None)
    assert line.stage().staged_version == plain.stage().staged_version
    assert images_of(plain) == ()


def test_only_what_was_looked_at_is_handed_out() -> None:
    line = published(a_line())
    assert handed_out(line) == {image.image_id for image in images_of(line)}
    assert len(handed_out(line)) == 3


def test_who_does_not_say_what_was_seen_approves_the_page_alone() -> None:
    assert handed_out(published(a_line(), Looked())) == set()


def test_what_was_not_on_the_screen_is_not_approved() -> None:
    line = a_line()
    line.stage()
    some = {name: seen for name, seen in shown_as(images_of(line)).items() if "goods-" in name}
    line.review.approve("v-1", line.venue.staged_version, REVIEWER, "", Looked(saw=some))
    line.publish_venue(line.step())
    assert {image.partition("-")[0] for image in handed_out(line)} == {"goods"}


def test_an_approval_of_another_picture_is_refused() -> None:
    line = a_line()
    line.stage()
    with pytest.raises(ConflictError) as refused:
        line.review.approve("v-1", line.venue.staged_version, REVIEWER, "", Looked(saw=dict.fromkeys(shown_as(images_of(line)), "another")))
    assert refused.value.code == "changed_since_shown"
    assert line.venue.images_seen == ()


def test_one_that_was_refused_is_never_handed_out_also_not_of_the_next_version() -> None:
    line = a_line()
    line.stage()
    refused = images_of(line)[0].image_id
    desk_of(line).switch("v-1", refused, False, REVIEWER)
    line.review.approve("v-1", line.venue.staged_version, REVIEWER, "", looking(line))
    line.publish_venue(line.step())
    assert refused not in handed_out(line)
    assert len(handed_out(line)) == 2
    line.publisher.publish(line.venue, line.venue.live_version, by="olga")
    assert refused not in handed_out(line)


def test_a_campaign_that_goes_live_unreviewed_hands_out_none() -> None:
    line = a_line()
    line.campaigns.update("c-1", unreviewed_pictures=True, unreviewed_by="ada")
    line.stage()
    line.publish_venue(line.step())
    assert len(images_of(line)) == 3
    assert handed_out(line) == set()


def test_what_the_gate_refuses_is_not_made_and_told() -> None:
    line = a_line()
    line.stage()
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    floor = images_of(line)[0].says[1]
    line.brands = BrandBook(brands=(BrandRules(owner="campaign:c-1", forbidden=(floor,)),))
    maker = FirstImageMaker(Composer(), Studio(), line.pages, line.documents, line.policing)
    maker.make(line.venue, "other", page, line.render_page.maker.label("x"), TypeStyle(), ())
    assert [image.style for image in made_for(line.documents, "v-1", "other")] == ["shelf", "scene"]
    (left,) = left_out_of(line.documents, "v-1", "other")
    assert left.style == "goods"
    assert floor in left.why


def test_one_without_its_label_is_not_made() -> None:
    line = a_line()
    maker = FirstImageMaker(Composer(), Studio(forgets=True), line.pages, line.documents, line.policing)
    line.render_page = replace(line.render_page, first_images=maker)
    line.stage()
    assert images_of(line) == ()
    assert {left.style for left in desk_of(line).view("v-1").left_out} == {"goods", "shelf", "scene"}


def test_one_that_cannot_be_drawn_leaves_the_others() -> None:
    class Half(Composer):
        def compose(self, style: Style, *rest: Any) -> Composed:
            if style == "scene":
                raise PermanentError("no picture", where="x")
            return super().compose(style, *rest)

    line = a_line()
    line.render_page = replace(line.render_page, first_images=FirstImageMaker(Half(), Studio(), line.pages, line.documents, line.policing))
    line.stage()
    assert [image.style for image in images_of(line)] == ["goods", "shelf"]


def test_what_was_looked_at_is_not_made_again() -> None:
    line = published(a_line())
    before = images_of(line)
    composer = Composer()
    maker = FirstImageMaker(composer, Studio(), line.pages, line.documents, line.policing)
    page = line.documents.get(page_key("v-1", line.venue.live_version), PageModel)
    maker.make(line.venue, line.venue.live_version, page, line.render_page.maker.label("x"), TypeStyle(), ())
    # Approved before there were any: nobody looked at them, so there are none.
    line.venues.update("v-1", reviewed_versions=("old",))
    maker.make(line.venue, "old", page, line.render_page.maker.label("x"), TypeStyle(), ())
    assert composer.asked == []
    assert images_of(line) == before
    assert not line.documents.exists(first_images_key("v-1", "old"))


def test_illustrations_are_not_posed_as_goods() -> None:
    line = Line()
    line.select()
    line.stage()
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    assert page.hero_cards[0].picture_note
    assert wanted_of(page) == ()


def test_an_image_goes_while_its_goods_are_sold_out_or_its_words_are_gone() -> None:
    line = a_line()
    line.stage()
    page = line.documents.get(page_key("v-1", line.venue.staged_version), PageModel)
    goods = images_of(line)[0]
    assert goods.style == "goods"

    def sold_out(state: str) -> PageModel:
        floors = tuple(
            floor.model_copy(
                update={
                    "cards": tuple(
                        card.model_copy(update={"state": state}) if card.product_id in goods.product_ids else card for card in floor.cards
                    )
                }
            )
            for floor in page.floors
        )
        return page.model_copy(update={"floors": floors})

    assert holds_on(goods, page)
    assert not holds_on(goods, sold_out("sold_out"))
    assert not holds_on(goods, sold_out("unconfirmed"))
    assert not holds_on(goods, page.model_copy(update={"title": "别的", "subtitle": "", "slogan": ""}))
    assert not holds_on(goods, page.model_copy(update={"floors": (), "hero_cards": ()}))


def test_a_live_venue_loses_the_image_of_goods_that_are_sold_out_and_gets_it_back() -> None:
    line = published(a_line())

    def released(venue_id: str) -> str:
        release = line.release_store.current("c-1")
        return release.version_of(venue_id) if release else ""

    live = MemoryLive(line.pages, released)
    refresher = Refresher(
        venues=line.venues, documents=line.documents, truth=line.truth, live=live, siblings=LiveSiblings(line.documents, line.truth, live),
        claims=MemoryClaims(line.clock), shown=MemoryShown(), delivery=line.delivery, audit=line.audit, clock=line.clock,
        unread_seconds=30,
    )  # fmt: skip
    goods = images_of(line)[0]

    def stock(count: int, second: int) -> None:
        line.index.update([Offer(product_id=goods.product_ids[0], at=f"2026-09-02T00:00:{second:02d}Z", stock=count)])
        assert refresher.refresh("v-1") == "refreshed"

    stock(0, 1)
    assert goods.image_id not in handed_out(line)
    assert handed_out(line)
    desk_of(line).switch("v-1", goods.image_id, True, OPERATOR)  # it is on; its goods are not there
    stock(50, 2)
    assert goods.image_id in handed_out(line)


def test_an_operator_switches_an_approved_one_off_and_on_and_it_is_told() -> None:
    line = published(a_line())
    desk, image = desk_of(line), images_of(line)[1].image_id
    asked: list[str] = []
    desk = replace(desk, ask=asked.append)
    found = desk.switch("v-1", image, False, OPERATOR)
    assert image not in handed_out(line)
    assert [each.off for each in found.images] == [False, True, False]
    desk.switch("v-1", image, False, OPERATOR)
    desk.switch("v-1", image, True, OPERATOR)
    assert image in handed_out(line)
    assert [entry.action for entry in line.audit.entries if "first_image" in entry.action] == ["first_image_off", "first_image_on"]
    assert asked == ["", ""]


def test_only_a_reviewer_approves_what_nobody_looked_at() -> None:
    line = published(a_line(), Looked())
    desk, image = desk_of(line), images_of(line)[0].image_id
    with pytest.raises(ConflictError) as refused:
        desk.switch("v-1", image, True, OPERATOR)
    assert refused.value.code == "not_approved"
    assert handed_out(line) == set()
    desk.switch("v-1", image, True, REVIEWER)
    assert handed_out(line) == {image}
    with pytest.raises(NotFoundError):
        desk.switch("v-1", "goods-unknown", True, REVIEWER)


def test_the_screen_says_what_was_seen_and_clicked_of_each_by_whom() -> None:
    line = published(a_line())
    image = images_of(line)[0].image_id
    window = window_of(line.clock.now())

    def cell(**more: Any) -> CellKey:
        return CellKey.model_validate({"window": window, "placement": "home", "segment": "bulk", "position": 1, "venue_id": "v-1"} | more)

    cells = {
        cell(image=image): Counts(impressions=9, clicks=2), cell(image=image, position=2, explored=True): Counts(impressions=1),
        cell(): Counts(impressions=5), cell(venue_id="other"): Counts(impressions=99), cell(placement="search"): Counts(impressions=7),
    }  # fmt: skip
    found = desk_of(line, cells).view("v-1")
    assert {(each.segment, each.image_id): (each.impressions, each.clicks) for each in found.counts} == {
        ("bulk", ""): (5, 0),
        ("bulk", image): (10, 2),
    }
    assert [each.live for each in found.images] == [True, True, True]
    with pytest.raises(InvalidInputError):
        desk_of(line).view("v-1", "nowhere")


def test_the_manifest_names_them_and_the_review_says_which_were_seen() -> None:
    line = published(a_line())
    manifest = line.proofs.kept(line.venue, line.venue.live_version)
    assert [image.image_id for image in manifest.first_images] == [image.image_id for image in images_of(line)]
    assert {name for name in manifest.reviews[-1].saw if name.startswith(SEEN)} == {SEEN + image.image_id for image in images_of(line)}
