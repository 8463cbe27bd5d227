"""Released pages are looked at again: what is broken goes back or is hidden, nothing silently, nothing for what nobody saw."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from huichang.kernel.errors import PermanentError, TransientError
from huichang.kernel.events import VenueBroken, VenueRolledBack
from huichang.line.evidence import picture_key, read_picture
from huichang.line.inspecting import EVERY, PAGE_BROKEN, InspectLive
from huichang.line.living import Refreshed
from huichang.line.mending import broken_goods
from huichang.line.publishing import page_key
from huichang.line.releases import refreshed_key
from huichang.line.releasing import reviewed_with
from huichang.pages.model import Finding, Inspection, PageModel
from huichang.pages.templates import load_templates
from huichang.venues.model import Venue
from tests.support.line_fakes import OPERATOR, Line
from tests.support.memory_looks import MemoryLooks

WHITE = Finding(
    severity="blocker", rule="white-screen", place="phone", screen="phone", message="nothing", picture="data:image/webp;base64,AAAA"
)


class Eyes:
    """A browser that sees what it is told of each document; "not_run" where there is none."""

    def __init__(self) -> None:
        self.faults: Callable[[str], tuple[Finding, ...]] = lambda _: ()
        self.blind = False
        self.crashes = 0
        self.looked = 0

    def look(self, html: str, base_url: str, page: Any = None) -> tuple[Any, str, tuple[Finding, ...]]:
        self.looked += 1
        if self.crashes:
            self.crashes -= 1
            raise TransientError("the browser failed")
        if self.blind:
            return "not_run", "no browser", ()
        found = self.faults(html)
        return ("failed" if any(each.severity == "blocker" for each in found) else "passed"), "eyes", found


class Street:
    """A line whose venue v-1 has been released `times` times, and who inspects it."""

    def __init__(self, times: int = 1) -> None:
        self.line = Line()
        self.line.select()
        self.eyes, self.looks = Eyes(), MemoryLooks()
        venue = self.line.stage()
        self.line.review.approve("v-1", venue.staged_version, OPERATOR)
        self.line.publish_venue(self.line.step())
        for number in range(1, times):
            self._release_another(number)
        line = self.line
        self.live = InspectLive(
            venues=line.venues,
            documents=line.documents,
            pages=line.pages,
            delivery=line.delivery,
            publisher=line.publisher,
            index=line.index,
            pixels=self.eyes,
            templates=load_templates(),
            looks=self.looks,
            audit=line.audit,
            bus=line.bus,
            clock=line.clock,
            read_live=line.pages.live.get,
            hide=lambda venue_id: line.publisher.retire(line.venues.get(venue_id), by="inspection", note=PAGE_BROKEN),
        )

    def _release_another(self, number: int) -> None:
        """Another version of the page, reviewed and released: as sound as the first."""
        line, venue = self.line, self.line.venue
        html = line.pages.read_version("v-1", venue.live_version).replace("</body>", f"<!-- {number} --></body>")
        version_id = line.pages.put_version("v-1", html)
        line.documents.put(page_key("v-1", version_id), line.documents.get(page_key("v-1", venue.live_version), PageModel))
        reviewed = line.venues.update("v-1", approved_version=version_id, reviewed_versions=reviewed_with(venue, version_id))
        line.publisher.publish(reviewed, version_id)

    @property
    def venue(self) -> Venue:
        return self.line.venue

    def tick(self, minutes: float = 0) -> dict[str, int]:
        self.line.clock.pass_time(minutes * 60)
        return self.live.take(json.dumps({"detail-type": "Scheduled Event", "detail": {}}))

    def actions(self) -> list[str]:
        return [entry.action for entry in self.line.audit.entries if entry.actor == "live inspection"]

    def refresh(self, html: str) -> None:
        """As whoever keeps claims true puts another page live (line/truth.py)."""
        version = self.line.pages.put_version("v-1", html, refreshed=True)
        lineage = Refreshed(base_version=self.venue.live_version, at="2026-09-01T08:00:00Z")
        self.line.documents.put(refreshed_key("v-1", version, "lineage"), lineage)
        self.line.pages.live["v-1"] = html

    @property
    def page(self) -> PageModel:
        return self.line.documents.get(page_key("v-1", self.venue.live_version), PageModel)

    def reprice(self, amount: int) -> str:
        """The first product of the page at another price; its id."""
        product_id = self.page.floors[0].cards[0].product_id
        held = self.line.index.items[product_id]
        self.line.index.upsert([held.model_copy(update={"product": held.product.at_price(Decimal(amount))})])
        return product_id


def test_a_sound_page_is_looked_at_on_a_schedule_and_left_alone() -> None:
    street = Street()
    before = street.venue
    assert street.tick() == {"looked": 1, "broken": 0, "told": 0, "rolled_back": 0, "hidden": 0}
    assert street.venue == before
    assert street.tick(1)["looked"] == 0  # not yet again
    assert street.tick(EVERY.total_seconds() / 60)["looked"] == 1
    kept = street.line.documents.get("venues/v-1/live-inspection", Inspection)
    assert (kept.version_id, kept.findings, kept.pixels) == (before.live_version, (), "passed")
    assert street.actions() == []


def test_a_broken_page_goes_back_to_the_last_sound_version_and_everybody_is_told() -> None:
    street = Street(times=2)
    good, bad = street.venue.previous_versions[-1], street.venue.live_version
    assert good != bad
    broken_html = street.line.pages.read_version("v-1", bad)
    street.eyes.faults = lambda html: (WHITE,) if html == broken_html else ()
    assert street.tick()["rolled_back"] == 1
    venue = street.venue
    assert (venue.status, venue.live_version) == ("published", good)
    assert street.line.pages.live["v-1"] == street.line.pages.read_version("v-1", good)
    assert venue.broken
    assert (venue.broken.action, venue.broken.version_id, venue.broken.rolled_to) == ("rolled_back", bad, good)
    event = street.line.bus.last(VenueBroken)
    assert (event.action, event.version_id, event.rolled_to, event.code) == ("rolled_back", bad, good, "white-screen")
    assert street.line.bus.last(VenueRolledBack).version_id == good
    assert street.actions() == ["roll_back_broken"]
    told = len(street.line.bus.events)
    assert street.tick(5)["looked"] == 1
    assert len(street.line.bus.events) == told  # the version it went back to is sound: nothing more is said


def test_without_a_sound_version_the_page_is_hidden_and_its_venue_says_why() -> None:
    street = Street(times=2)
    street.eyes.faults = lambda _: (WHITE,)
    assert street.tick()["hidden"] == 1
    venue = street.venue
    assert venue.status == "failed"
    assert venue.failure
    assert venue.failure.code == PAGE_BROKEN
    assert venue.failure.mend
    assert street.line.pages.live == {}
    assert street.line.delivery.live() == []
    assert street.line.bus.last(VenueBroken).action == "hidden"
    assert street.actions() == ["hide_broken"]
    assert street.looks.known() == set()
    street.eyes.faults = lambda _: ()
    street.line.review.publish("v-1", OPERATOR)  # a person may put it back
    assert street.venue.status == "published"


def test_one_look_takes_no_page_down() -> None:
    street = Street()
    answers = [(WHITE,), ()]
    street.eyes.faults = lambda _: answers.pop(0)
    assert street.tick() == {"looked": 1, "broken": 0, "told": 0, "rolled_back": 0, "hidden": 0}
    assert street.venue.status == "published"
    (found,) = street.line.documents.get("venues/v-1/live-inspection", Inspection).findings
    assert (found.rule, found.severity) == ("white-screen", "warning")  # seen once: kept, and not acted upon


def test_what_nobody_saw_takes_no_page_down() -> None:
    street = Street()
    street.eyes.blind = True
    assert street.tick()["broken"] == 0
    assert street.venue.status == "published"
    assert street.line.documents.get("venues/v-1/live-inspection", Inspection).pixels == "not_run"


def test_a_browser_that_crashes_is_no_verdict_and_keeps_nobody_waiting() -> None:
    street = Street()
    street.eyes.crashes = 1
    assert street.tick()["looked"] == 0
    assert "browser failed" in street.looks.items["v-1"].trouble
    assert street.tick(7)["looked"] == 1


def test_where_most_pages_are_broken_at_once_they_stay_and_people_are_told() -> None:
    street = Street()
    for number in range(2, 6):  # the same page under other names
        venue_id = f"v-{number}"
        first = street.venue
        street.line.venues.create(first.model_copy(update={"venue_id": venue_id}))
        html = street.line.pages.read_version("v-1", first.live_version)
        street.line.pages.versions[venue_id, first.live_version] = html
        street.line.documents.put(f"venues/{venue_id}/versions/{first.live_version}", street.page)
        live = street.line.delivery.items["v-1"].model_copy(update={"venue_id": venue_id})
        street.line.delivery.put_live(live)
        street.line.publisher.publish(street.line.venues.get(venue_id), first.live_version)
    street.eyes.faults = lambda _: (WHITE,)
    done = street.tick()
    assert (done["broken"], done["told"], done["hidden"]) == (5, 5, 0)
    assert len(street.line.pages.live) == 5
    assert street.tick(35)["told"] == 0  # said once


def test_a_tick_is_bounded_in_time_and_the_rest_waits_for_the_next() -> None:
    slow = Street()
    slow.eyes.faults = lambda _: (slow.line.clock.pass_time(90), (WHITE,))[1]
    assert slow.tick()["hidden"] == 0
    assert slow.venue.status == "published"
    assert [look.venue_id for look in slow.looks.due("2027", 9)] == ["v-1"]


def test_a_stale_price_has_time_to_be_refreshed_and_is_then_told() -> None:
    street = Street()
    product = street.reprice(999)
    assert street.tick()["told"] == 0
    assert street.tick(1)["looked"] == 0
    assert street.tick(4)["told"] == 1
    assert street.venue.status == "published"  # told, not hidden: whoever refreshes prices may be behind
    assert street.venue.broken
    assert (street.venue.broken.action, street.venue.broken.rules) == ("told", ("price-stale",))
    found = street.line.documents.get("venues/v-1/live-inspection", Inspection).findings
    assert {each.place for each in found if each.rule == "price-stale"} == {product}
    assert street.tick(31)["told"] == 0  # once
    html = street.line.pages.live["v-1"]
    now = str(street.line.index.items[product].product.price)
    before = next(each for each in found if each.rule == "price-stale").told["en"].split("the page says ")[1].split(",")[0]
    start = html.index("data-floor")
    street.refresh(html[:start] + refreshed(html[start:], product, before, now))
    assert street.tick(31)["looked"] == 1
    assert street.venue.broken is None  # and no longer shown once it is true again


def refreshed(html: str, product: str, before: str, now: str) -> str:
    """The card with another price, as one who keeps claims true would write it."""
    start = html.index(f'data-product="{product}"')
    card = re.sub(r'<b class="now">.*?</b>', f'<b class="now">{now}</b>', html[start:], count=1, flags=re.DOTALL)
    assert before
    return html[:start] + card


def test_a_page_whose_claims_were_refreshed_is_not_held_against_its_first_model() -> None:
    street = Street()
    product = street.reprice(77)
    html = street.line.pages.live["v-1"]
    start = html.index("data-floor")
    street.refresh(html[:start] + refreshed(html[start:], product, "-", str(street.line.index.items[product].product.price)))
    assert street.tick() == {"looked": 1, "broken": 0, "told": 0, "rolled_back": 0, "hidden": 0}


def test_a_card_that_names_no_price_claims_none() -> None:
    street = Street()
    product = street.reprice(77)
    html = street.line.pages.live["v-1"]
    start = html.index("data-floor")
    street.refresh(html[:start] + refreshed(html[start:], product, "-", "已售罄"))
    street.tick()
    assert street.line.documents.get("venues/v-1/live-inspection", Inspection).findings == ()


def test_a_page_that_is_gone_is_put_there_again_and_told() -> None:
    street = Street()
    del street.line.pages.live["v-1"]
    assert street.tick()["told"] == 1
    assert street.line.pages.live["v-1"] == street.line.pages.read_version("v-1", street.venue.live_version)
    assert street.line.bus.last(VenueBroken).code == "page-gone"


def test_a_venue_that_somebody_changed_meanwhile_is_theirs() -> None:
    street = Street(times=2)
    bad = street.line.pages.read_version("v-1", street.venue.live_version)

    def faults(html: str) -> tuple[Finding, ...]:
        if html != bad:  # while earlier versions are looked at, an operator retires the page
            street.line.review.retire("v-1", OPERATOR)
            return ()
        return (WHITE,)

    street.eyes.faults = faults
    done = street.tick()
    assert (done["rolled_back"], done["hidden"]) == (0, 0)
    assert street.venue.status == "retired"
    assert street.actions() == []


def test_a_worker_that_dies_before_telling_is_told_by_the_next() -> None:
    street = Street(times=2)
    bad = street.line.pages.read_version("v-1", street.venue.live_version)
    street.eyes.faults = lambda html: (WHITE,) if html == bad else ()
    street.line.bus.failures = 2  # what publishing says, and what is said of it
    with pytest.raises(TransientError):
        street.tick()
    with pytest.raises(TransientError):
        street.tick(7)
    assert "VenueBroken" not in street.line.bus.names
    street.tick(7)
    assert street.line.bus.last(VenueBroken).action == "rolled_back"
    assert street.venue.live_version == street.line.bus.last(VenueBroken).rolled_to


def test_a_worker_that_dies_while_hiding_is_finished_by_the_next() -> None:
    street = Street()
    street.eyes.faults = lambda _: (WHITE,)
    street.line.delivery.failures = 1
    with pytest.raises(TransientError):
        street.tick()
    assert street.venue.status == "failed"
    assert street.line.pages.live  # not yet down
    street.tick(7)
    assert street.line.pages.live == {}
    assert street.line.bus.last(VenueBroken).action == "hidden"


def test_events_bring_a_look_forward() -> None:
    street = Street()
    street.tick()
    street.live.take(json.dumps({"detail-type": "VenuePublished", "detail": {"venue_id": "v-1"}}))
    assert street.tick(2)["looked"] == 1
    product = street.reprice(55)
    assert street.live.take(json.dumps({"detail-type": "OffersChanged", "detail": {"product_ids": ["nobody-shows-this"]}})) == {
        "brought_forward": 0
    }
    assert street.live.take(json.dumps({"detail-type": "OffersChanged", "detail": {"product_ids": [product]}})) == {"brought_forward": 1}
    assert street.tick(2)["looked"] == 1


@pytest.mark.parametrize("body", ["no json", "[]", '{"detail-type": "Other", "detail": {}}'])
def test_a_message_that_is_no_event_is_said_to_be_none(body: str) -> None:
    with pytest.raises(PermanentError, match=r"event|expects"):
        Street().live.take(body)


def test_pictures_of_findings_are_kept_apart_from_the_public_media() -> None:
    street = Street()
    street.eyes.faults = lambda _: (WHITE,)
    street.tick()
    (found,) = street.line.documents.get("venues/v-1/live-inspection", Inspection).findings
    assert len(found.picture) == 32
    assert street.line.documents.exists(picture_key("v-1", found.picture))
    assert read_picture(street.line.documents, "v-1", found.picture).data == WHITE.picture
    with pytest.raises(PermanentError):
        read_picture(street.line.documents, "v-1", "../../secrets")


def test_a_page_that_somebody_wrote_over_is_put_back_and_not_an_older_one() -> None:
    street = Street(times=2)
    sound, version = street.line.pages.live["v-1"], street.venue.live_version
    street.line.pages.live["v-1"] = sound[: len(sound) // 2]
    street.eyes.faults = lambda html: (WHITE,) if html != sound else ()
    assert street.tick()["put_back"] == 1
    assert (street.line.pages.live["v-1"], street.venue.live_version, street.venue.status) == (sound, version, "published")
    assert street.venue.broken
    assert (street.venue.broken.action, street.venue.broken.rules) == ("put_back", ("page-altered", "white-screen"))
    assert street.line.bus.last(VenueBroken).action == "put_back"
    assert street.actions() == ["put_back_altered"]
    assert street.tick(2) == {"looked": 1, "broken": 0, "told": 0, "rolled_back": 0, "hidden": 0}


def test_what_is_put_back_says_the_prices_of_now() -> None:
    street = Street()
    street.reprice(999)
    street.line.pages.live["v-1"] = "<p>defaced</p>"
    assert street.tick()["put_back"] == 1
    assert re.search(r">\s*999\s*<", street.line.pages.live["v-1"])


def lost(street: Street, place: int) -> str:
    """This card is broken wherever it is shown; its product."""
    product = [card for floor in street.page.floors for card in floor.cards][place].product_id
    blank = Finding(severity="blocker", rule="blank-card", place="li", message="", path=f'[data-floor] [data-product="{product}"]')
    street.eyes.faults = lambda html: (blank,) if f'data-product="{product}"' in html else ()
    return product


def test_goods_whose_cards_are_broken_are_taken_off_and_everything_else_stays() -> None:
    street = Street(times=2)
    version = street.venue.live_version
    product = lost(street, 5)
    assert street.tick()["set_aside"] == 1
    assert (street.venue.live_version, street.venue.set_aside) == (version, {version: (product,)})
    html = street.line.pages.live["v-1"]
    assert f'data-product="{product}"' not in html
    assert (
        len(set(re.findall(r'data-product="([^"]+)"', html))) == len({card.product_id for f in street.page.floors for card in f.cards}) - 1
    )
    assert street.actions() == ["set_goods_aside"]
    assert street.tick(2)["broken"] == 0
    # Another version is made with them again: what was broken was the page and not the goods.
    assert street.line.truth.facts(street.venue, street.venue.previous_versions[-1]).why_not == {}  # type: ignore[union-attr]


def test_where_taking_goods_off_does_not_help_the_next_step_follows() -> None:
    street = Street(times=2)
    good, bad = street.venue.previous_versions[-1], street.venue.live_version
    lost(street, 5)
    faults = street.eyes.faults
    assert street.tick()["set_aside"] == 1
    sound = street.line.pages.read_version("v-1", good)
    street.eyes.faults = lambda html: () if html == sound else (WHITE, *faults(html))
    assert street.tick(2)["rolled_back"] == 1
    assert (street.venue.live_version, street.venue.previous_versions[-1]) == (good, bad)


def test_goods_alone_are_blamed_only_where_they_explain_everything() -> None:
    street = Street()
    cards = [card for floor in street.page.floors for card in floor.cards]

    def on(card: int, **changes: Any) -> Finding:
        path = f'[data-floor] [data-product="{cards[card].product_id}"] > a'
        return Finding.model_validate({"severity": "blocker", "rule": "blank-card", "place": "li", "message": "", "path": path} | changes)

    assert broken_goods(street.page, [on(0), on(0), on(3)]) == (cards[0].product_id, cards[3].product_id)
    assert broken_goods(street.page, [on(0, path="", place=f"floor-1/{cards[0].product_id}")]) == (cards[0].product_id,)
    assert broken_goods(street.page, [on(0), WHITE]) == ()
    alike = tuple(card.product_id for card in cards if card.picture == cards[0].picture)  # goods that share a drawing
    gone = on(0, path=cards[0].picture, place=f"phone: {cards[0].picture}", rule="broken-picture")
    assert broken_goods(street.page, [gone]) == (alike if len(alike) <= 3 else ())
    assert broken_goods(street.page, [on(0), on(1), on(2), on(3)]) == ()
    assert broken_goods(street.page, [on(0, path='[data-product="somebody else\'s"]')]) == ()
