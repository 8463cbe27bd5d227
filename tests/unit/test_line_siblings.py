"""Pages of buyer segments through the whole line: made, looked at, listed, released, kept true, proved; switched off at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from huichang.kernel.errors import NotFoundError, PermanentError, TransientError
from huichang.line.living_siblings import LiveSiblings
from huichang.line.policing import policy_key
from huichang.line.proof.model import FinishedPictures
from huichang.line.proof.recording import RecordedRender
from huichang.line.proof.replaying import Replay
from huichang.line.proof.sandbox import KeptPictures
from huichang.line.publishing import page_key
from huichang.line.refreshing import Refresher
from huichang.line.segmenting import SegmentDesk, SegmentSetting
from huichang.line.siblings import Siblings, look_at_siblings, siblings_of
from huichang.materials.policy import BrandBook, BrandRules, Verdict
from huichang.pages.model import Design, Finding, Inspection, PageModel
from huichang.pages.releases import Slot
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.offers import Offer
from tests.support.line_fakes import OPERATOR, FakePixels, Line
from tests.support.memory_living import MemoryClaims, MemoryLive, MemoryShown

ON = SegmentSetting(segments=("dropship", "fresh", "export"))


class Venue:
    """The line's venue of three floors; what stands on the last can be dropshipped, on the second it is new, and nothing is exported."""

    def __init__(self, *, on: bool = True, recorded: bool = False) -> None:
        self.line = line = Line()
        if recorded:
            line.render_page = RecordedRender(line.render_page)  # type: ignore[assignment]
        for n, name in enumerate(sorted(line.index.items)):
            product = line.index.items[name].product
            changes: list[dict[str, Any]] = [{}, {"listed_days": 3}, {"benefits": ("dropshipping",)}]
            line.index.add(product.model_copy(update=changes[n % 3]))
        self.desk = SegmentDesk(line.campaigns, line.venues, line.documents, line.releases, line.audit, line.clock)
        if on:
            self.desk.set_campaign("c-1", ON, OPERATOR)
        line.select()
        line.stage()

    def publish(self) -> None:
        self.line.approve()
        self.line.publish_venue(self.line.step())

    def next_edition(self) -> None:
        """A second version, approved; a price differs."""
        line = self.line
        line.edit(MerchandisingEdits(rules=({"action": "boost", "scope": "attribute", "attribute": "材质", "value": "棉", "level": 2},)))  # type: ignore[arg-type]
        product = line.index.items["p-05"].product
        line.index.add(product.at_price(Decimal("77.70")))
        line.select()
        line.stage("again", materials_token="more")
        line.approve()

    def seen_by(self, segment: str = "") -> str:
        """The document that a buyer gets."""
        return self.line.pages.stood[self.line.pages.edge.shows("v-1", segment=segment)]

    def order(self, segment: str = "") -> list[str]:
        """The floors that a buyer sees, in their order."""
        html = self.seen_by(segment)
        return sorted((floor.floor_id for floor in self.page.floors), key=lambda name: html.index(f'id="{name}"'))

    @property
    def page(self) -> PageModel:
        return self.line.documents.get(page_key("v-1", self.line.venue.staged_version), PageModel)

    @property
    def siblings(self) -> Siblings:
        return siblings_of(self.line.documents, "v-1", self.line.venue.staged_version)

    def slot(self, venue_id: str) -> Slot | None:
        release = self.line.release_store.current("c-1")
        return next((slot for slot in release.slots if slot.venue_id == venue_id), None) if release else None

    def floor_of(self, test: Callable[[Any], bool]) -> str:
        """The floor with most goods that pass."""
        counts = {
            floor.floor_id: sum(test(self.line.index.items[card.product_id].product) for card in floor.cards) for floor in self.page.floors
        }
        return max(counts, key=lambda name: counts[name])


@pytest.fixture
def venue() -> Venue:
    return Venue()


def dropshipped(product: Any) -> bool:
    return "dropshipping" in product.benefits


def test_each_segment_gets_its_own_order_at_the_same_address(venue: Venue) -> None:
    venue.publish()
    default = venue.order()
    assert venue.order("dropship")[0] == venue.floor_of(dropshipped)
    assert venue.order("fresh")[0] == venue.floor_of(lambda product: product.listed_days == 3)
    assert len({venue.order(name)[0] for name in ("", "dropship", "fresh")}) > 1
    # Nobody exports anything: no page was made for it, and whatever a cookie says leads to the default.
    for name in ("export", "nobody", "Bulk", ""):
        assert venue.order(name) == default
    assert [each.segment for each in venue.siblings.kept] == ["export"]
    assert 'rel="canonical" href="https://venues.example/v/v-1/"' in venue.seen_by("dropship")


def test_without_a_setting_the_page_is_as_ever() -> None:
    plain = Venue(on=False)
    plain.publish()
    assert plain.siblings == Siblings()
    assert "|" not in plain.line.pages.edge.values["c/c-1"]
    assert plain.seen_by("dropship") == plain.seen_by()
    assert "/s/" not in plain.seen_by()
    # Hashes of manifests and page models that were kept before there were segments hold.
    manifest = plain.line.proofs.kept(plain.line.venue, plain.line.venue.live_version)
    assert "siblings" not in manifest.model_dump(mode="json")
    assert "choices" not in plain.page.model_dump(mode="json")


def test_a_roll_back_and_a_retirement_are_everybodys(venue: Venue) -> None:
    venue.publish()
    first = {name: venue.seen_by(name) for name in ("", "dropship", "fresh")}
    orders, slot = {name: venue.order(name) for name in first}, venue.slot("v-1")
    venue.next_edition()
    venue.line.publish_venue(venue.line.step())
    second = {name: venue.seen_by(name) for name in first}
    assert all("77.7" in html for html in second.values())
    assert all(second[name] != first[name] for name in first)
    venue.line.review.roll_back("v-1", OPERATOR)
    assert venue.slot("v-1") == slot
    assert {name: venue.order(name) for name in first} == orders
    assert all("77.7" in venue.seen_by(name) for name in first), "the earlier edition has the facts of now, for every segment"
    venue.line.review.retire("v-1", OPERATOR)
    assert {venue.line.pages.edge.shows("v-1", segment=name) for name in first} == {"/gone/toys/zh.html"}


def test_no_release_is_a_mix_for_any_segment(venue: Venue) -> None:
    """Whoever dies at any write of a release leaves one edition or the other, for every buyer alike."""
    venue.publish()
    line = venue.line
    editions = {line.venue.live_version: {name: venue.seen_by(name) for name in ("", "dropship", "fresh")}}
    venue.next_edition()

    class Died(BaseException):
        pass

    for place, name in ((line.pages, "open_version"), (line.release_store, "add"), (line.pages.edge, "update")):
        real, count = getattr(place, name), 0
        while True:
            count += 1
            left = count

            def dies(*given: Any, real: Any = real, **more: Any) -> Any:
                nonlocal left
                left -= 1
                if not left:
                    raise Died
                return real(*given, **more)

            setattr(place, name, dies)
            try:
                line.publisher.publish(line.venue, line.venue.approved_version)
                done = True
            except Died:
                done = False
            setattr(place, name, real)
            seen = {segment: venue.seen_by(segment) for segment in ("", "dropship", "fresh")}
            number = line.pages.edge.values["c/c-1"].split(":")[1]
            assert (seen == next(iter(editions.values()))) is (number == "1"), f"a mix after {name} {count}"
            if done or count > 4:
                break
    assert "77.7" in venue.seen_by("dropship")


@pytest.mark.parametrize("where", ["document", "screen"])
def test_one_that_fails_its_inspection_is_not_listed_and_people_are_told(where: str) -> None:
    venue = Venue(on=False)
    line = venue.line
    venue.desk.set_campaign("c-1", ON, OPERATOR)
    line.render_page(line.step())
    broken = next(each for each in venue.siblings.siblings if each.segment == "dropship")
    if where == "document":
        html = line.pages.versions["v-1", broken.version_id]
        line.pages.versions["v-1", broken.version_id] = html.replace(venue.page.floors[0].floor_id + '"', 'lost"')
    else:
        lead = broken.variant.order[0]

        class Eyes(FakePixels):
            def look(self, html: str, base_url: str, page: Any = None) -> Any:
                theirs = page.floors[0].floor_id == lead and any(each.current and each.segment == "dropship" for each in page.choices)
                blocker = Finding(severity="blocker", rule="white-screen", place="page", message="nothing can be read")
                return ("failed" if theirs else "passed"), "", ((blocker,) if theirs else ())

        line.inspect_page = replace(line.inspect_page, pixels=Eyes())
    answer = line.inspect_page(line.step())
    assert answer == {"blocked": False}
    told = [each for each in line.documents.get("venues/v-1/inspection", Inspection).findings if each.rule == "sibling-left-out"]
    assert [(each.severity, each.place) for each in told] == [("warning", "segment/dropship")]
    assert "「一件代发」" in told[0].told["zh"]
    line.venues.update("v-1", status="in_review")
    venue.publish()
    assert venue.seen_by("dropship") == venue.seen_by()
    assert venue.seen_by("fresh") != venue.seen_by()
    shown = {each.id: each for each in venue.desk.view("v-1").pages}
    assert (shown["dropship"].blocked, shown["dropship"].live, shown["fresh"].live) == (True, False, True)


def test_one_that_nobody_had_the_time_to_look_at_is_not_listed(venue: Venue) -> None:
    line = venue.line
    moments = iter([0.0, 1.0, 999.0])
    version = line.venue.staged_version
    manifest = line.templates.of(line.documents.get(line.step().key("design"), Design).template)
    told = look_at_siblings(
        line.documents, line.pages, FakePixels(), manifest, "v-1", version, venue.page, seconds=lambda: next(moments)
    )  # fmt: skip
    assert [each.place for each in told] == ["segment/fresh"]
    venue.publish()
    assert venue.seen_by("dropship") != venue.seen_by("fresh") == venue.seen_by()


def test_one_that_cannot_be_rendered_leaves_the_page_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    venue = Venue(on=False)
    venue.desk.set_campaign("c-1", ON, OPERATOR)
    from huichang.line import building

    real = building.render

    def sometimes(page: PageModel, *given: Any) -> str:
        if any(each.current and each.segment == "dropship" for each in page.choices):
            raise PermanentError("too long", where="template")
        return real(page, *given)

    monkeypatch.setattr(building, "render", sometimes)
    venue.line.render_page(venue.line.step())
    venue.line.inspect_page(venue.line.step())
    (lost,) = (each for each in venue.siblings.siblings if not each.version_id)
    assert (lost.segment, lost.problem["en"]) == ("dropship", "too long")
    assert venue.line.venue.staged_version


# --- settings -----------------------------------------------------------------------------------------------------------


def test_what_is_switched_off_is_off_at_once_and_comes_back(venue: Venue) -> None:
    venue.publish()
    mine = venue.seen_by("dropship")
    shown = venue.desk.set_venue("v-1", SegmentSetting(segments=("fresh",)), OPERATOR)
    assert (shown.own, shown.campaign, shown.on) == (("fresh",), ON.segments, ("fresh",))
    assert venue.seen_by("dropship") == venue.seen_by()
    assert venue.seen_by("fresh") != venue.seen_by()
    number = venue.line.venue.release
    venue.desk.set_venue("v-1", SegmentSetting(segments=("fresh",)), OPERATOR)
    assert venue.line.release_store.current("c-1").number == number, "nothing changed, nothing is released"
    venue.desk.set_venue("v-1", SegmentSetting(segments=None), OPERATOR)
    assert venue.seen_by("dropship") == mine
    venue.desk.set_campaign("c-1", SegmentSetting(segments=()), OPERATOR)
    assert venue.seen_by("dropship") == venue.seen_by("fresh") == venue.seen_by()
    assert [entry.action for entry in venue.line.audit.entries].count("set_segments") == 4
    # New rules judge siblings with their page, before anything is released.
    venue.desk.set_campaign("c-1", ON, OPERATOR)
    line = venue.line
    line.brands = BrandBook(brands=(BrandRules(owner="campaign:c-1", forbidden=("清仓",)),))
    line.publisher.check(line.venue, line.venue.live_version)
    rules = {line.documents.get(policy_key("v-1", each.version_id), Verdict).rules for each in venue.siblings.siblings}
    assert rules == {line.policing.rules(line.venue, venue.page)}


def test_operators_see_each_page_and_its_reason(venue: Venue) -> None:
    shown = venue.desk.view("v-1")
    assert {each.id: bool(each.version_id) for each in shown.pages} == {"dropship": True, "fresh": True, "export": False}
    assert all(each.why["zh"] and each.why["en"] for each in shown.pages)
    version = venue.desk.version_of("v-1", "dropship")
    assert venue.line.pages.read_version("v-1", version)
    for name in ("export", "nobody"):
        with pytest.raises(NotFoundError, match="none of its own"):
            venue.desk.version_of("v-1", name)
    venue.line.pages.versions["v-1", version] += "<!-- somebody was here -->"
    venue.publish()
    assert venue.seen_by("dropship") == venue.seen_by(), "what is not what was looked at is not released"


# --- kept true ----------------------------------------------------------------------------------------------------------


class Living:
    """The refresher on a released venue."""

    def __init__(self, venue: Venue) -> None:
        self.venue, line = venue, venue.line
        self.live = MemoryLive(line.pages, lambda name: slot.version_id if (slot := venue.slot(name)) else "", venue.slot)
        self.claims = MemoryClaims(line.clock)
        self.refresher = Refresher(
            venues=line.venues, documents=line.documents, truth=line.truth, live=self.live,
            siblings=LiveSiblings(line.documents, line.truth, self.live), claims=self.claims, shown=MemoryShown(),
            delivery=line.delivery, audit=line.audit, clock=line.clock, unread_seconds=30,
        )  # fmt: skip
        self.moment = 0

    def offer(self, name: str, **changes: Any) -> None:
        self.moment += 1
        self.venue.line.index.update([Offer(product_id=name, at=f"2026-09-02T00:00:{self.moment:02d}Z", **changes)])

    def look(self) -> str:
        return self.refresher.refresh("v-1")


@pytest.fixture
def living(venue: Venue) -> Living:
    venue.publish()
    return Living(venue)


EVERYBODY = ("", "dropship", "fresh")


def test_a_price_that_changed_changes_for_every_segment_and_comes_back(living: Living) -> None:
    venue = living.venue
    assert living.look() == "confirmed"
    before = {name: venue.seen_by(name) for name in EVERYBODY}
    orders = {name: venue.order(name) for name in EVERYBODY}
    product = venue.page.floors[0].cards[0]
    living.offer(product.product_id, price="77.70")
    assert living.look() == "refreshed"
    for name in EVERYBODY:
        assert "77.7" in venue.seen_by(name)
        assert venue.order(name) == orders[name]
    assert living.look() == "confirmed"
    living.offer(product.product_id, price=str(product.price.amount))
    living.look()
    assert {name: venue.seen_by(name) for name in EVERYBODY} == before


def test_when_nothing_can_be_confirmed_no_segments_page_claims_anything(living: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    living.look()
    before = {name: living.venue.seen_by(name) for name in EVERYBODY}

    def away(_: Any) -> Any:
        raise TransientError("the index is away")

    with monkeypatch.context() as patch:
        patch.setattr(living.venue.line.index, "get", away)
        outcomes = []
        for _ in range(5):
            living.venue.line.clock.moment += timedelta(seconds=20)
            outcomes.append(living.look())
    assert outcomes[-1] == "withheld"
    for name in EVERYBODY:
        assert living.venue.seen_by(name).count("价格确认中") > 20
    living.look()
    assert {name: living.venue.seen_by(name) for name in EVERYBODY} == before


def test_who_dies_between_two_pages_finds_the_rest_untrue_at_the_next_look(living: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    living.look()
    product = living.venue.page.floors[0].cards[0]
    living.offer(product.product_id, price="77.70")

    class Died(BaseException):
        pass

    def dies(*_: Any) -> bool:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(living.live, "replace", dies)
        with pytest.raises(Died):
            living.look()
    assert "77.7" not in living.venue.seen_by()
    assert living.look() == "refreshed"
    assert all("77.7" in living.venue.seen_by(name) for name in EVERYBODY)


def test_one_that_is_not_what_it_should_be_is_mended_by_the_next_look(living: Living) -> None:
    living.look()
    good = living.venue.seen_by("dropship")
    path = living.venue.line.pages.edge.shows("v-1", segment="dropship")
    living.venue.line.pages.stood[path] = "<html>stale</html>"
    assert living.look() == "confirmed"
    assert living.venue.seen_by("dropship") == good
    del living.venue.line.pages.stood[path]
    living.look()
    assert living.venue.seen_by("dropship") == good
    released = living.venue.line.venue.live_version
    assert not living.live.replace_sibling("v-1", released, "dropship", "older", "newer"), "somebody else's is never overwritten"
    assert not living.live.replace_sibling("v-1", "another", "dropship", living.live.siblings("v-1")["dropship"], "newer")
    assert not living.live.replace_sibling("v-1", released, "export", "", "newer")


def test_one_that_cannot_be_made_true_gives_way_to_the_default(living: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    living.look()
    from huichang.line import truth

    def refuses(*_: Any) -> str:
        raise PermanentError("too long", where="template")

    monkeypatch.setattr(truth, "arranged_for", refuses)
    living.offer(living.venue.page.floors[0].cards[0].product_id, price="77.70")
    assert living.look() == "refreshed"
    assert living.venue.seen_by("dropship") == living.venue.seen_by()
    assert "77.7" in living.venue.seen_by("dropship")


# --- proved -------------------------------------------------------------------------------------------------------------


def replayed(venue: Venue) -> Any:
    line = venue.line
    station = replace(line.render_page.render, artwork=KeptPictures(FinishedPictures()))  # type: ignore[attr-defined]
    return Replay(line.venues, line.documents, line.pages, station)("v-1")


def test_the_manifest_names_every_sibling_and_a_replay_makes_them_again() -> None:
    venue = Venue(recorded=True)
    before = venue.siblings
    venue.line.render_page(venue.line.step())  # rendered twice: the same siblings, and the proof holds
    assert venue.siblings == before
    venue.line.inspect_page(venue.line.step())
    venue.line.venues.update("v-1", status="in_review")
    venue.publish()
    manifest = venue.line.proofs.kept(venue.line.venue, venue.line.venue.live_version)
    assert [(each.segment, each.sound) for each in manifest.siblings] == [("dropship", True), ("fresh", True)]
    assert all(each.html_sha256.startswith(each.version_id) for each in manifest.siblings)
    report = replayed(venue)
    assert (report.proved, report.findings) == (True, ())
    mine = manifest.siblings[0]
    html = venue.line.pages.versions["v-1", mine.version_id]
    venue.line.pages.versions["v-1", mine.version_id] = html.replace("玩偶", "玩具", 1)
    changed = replayed(venue)
    assert not changed.proved
    assert [(each.name, each.state) for each in changed.findings] == [("sibling/dropship", "changed")]
    del venue.line.pages.versions["v-1", mine.version_id]
    assert [(each.name, each.state) for each in replayed(venue).findings] == [("sibling/dropship", "missing")]
