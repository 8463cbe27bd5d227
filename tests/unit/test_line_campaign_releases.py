"""A whole campaign at once: all or nothing, one wins, nothing half done, and what stands in the way is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, TransientError
from huichang.line import truth
from huichang.line.promoting import ReleaseBlockedError
from huichang.materials.policy import BrandRules
from huichang.pages.releases import Release
from tests.support.line_fakes import OPERATOR
from tests.support.shown_campaign import Shown


@pytest.fixture
def shown() -> Shown:
    return Shown()


def release(shown: Shown, kind: Any = "release", **how: Any) -> Release:
    return shown.line.campaign_releases.apply("c-1", kind, OPERATOR, **how)


def everywhere(shown: Shown, edition: int) -> dict[str, int]:
    return dict.fromkeys(shown.ids, edition)


def test_one_release_turns_every_venue(shown: Shown) -> None:
    made = release(shown, note="开卖")
    assert (made.number, made.kind, made.by, made.note, set(made.changed)) == (1, "release", "olga", "开卖", set(shown.ids))
    assert shown.buyers_see == everywhere(shown, 1)
    assert {venue.status for venue in shown.line.venues.of_campaign("c-1")} == {"published"}
    assert {venue.release for venue in shown.line.venues.of_campaign("c-1")} == {1}
    assert {live.href for live in shown.line.delivery.live()} == {f"/v/{venue_id}/" for venue_id in shown.ids}
    facts = {(live.venue_id, live.industry, live.kind) for live in shown.line.delivery.live()}
    assert facts == {(venue.venue_id, venue.theme.industry, venue.theme.kind) for venue in shown.line.venues.of_campaign("c-1")}
    shown.editions(2)
    assert shown.buyers_see == everywhere(shown, 1), "an approved version is seen by nobody before it is released"
    writes = shown.line.pages.edge.writes
    assert release(shown).number == 2
    assert shown.buyers_see == everywhere(shown, 2)
    assert shown.line.pages.edge.writes == writes + 1, "one key"
    assert [entry.action for entry in shown.line.audit.entries[-2:]] == ["release_campaign", "release_campaign"]
    assert shown.line.audit.entries[-1].detail["number"] == 2


def test_a_rollback_and_a_retirement_are_releases_too(shown: Shown) -> None:
    release(shown)
    shown.editions(2)
    release(shown)
    back = release(shown, "rollback")
    assert (back.number, back.restores, shown.buyers_see) == (3, 1, everywhere(shown, 1))
    forth = release(shown, "rollback", to=2)
    assert (forth.number, forth.restores, shown.buyers_see) == (4, 2, everywhere(shown, 2))
    release(shown, "retire")
    assert (shown.buyers_see, shown.line.delivery.live()) == ({}, [])
    assert {venue.status for venue in shown.line.venues.of_campaign("c-1")} == {"retired"}
    assert shown.line.pages.edge.shows("v-1") == "/gone/toys/zh.html"
    release(shown, "rollback", to=4)
    assert shown.buyers_see == everywhere(shown, 2)
    with pytest.raises(NotFoundError):
        release(shown, "rollback", to=99)


def test_a_dry_run_says_what_would_change_and_changes_nothing(shown: Shown) -> None:
    release(shown, only=["v-1", "v-2"])
    shown.edition("v-2", 2)
    shown.line.venues.update("v-4", status="in_review", approved_version="")
    preview = shown.line.campaign_releases.preview("c-1", "release")
    assert {each.venue_id: each.effect for each in preview.venues} == {"v-1": "kept", "v-2": "replaced", "v-3": "new", "v-4": "left_out"}
    left = next(each for each in preview.venues if each.venue_id == "v-4")
    assert (left.code, left.told["zh"]) == ("not_approved", "还在制作或审核中")
    assert (preview.number, set(preview.changes)) == (1, {"v-2", "v-3"})
    assert shown.buyers_see == {"v-1": 1, "v-2": 1}
    with pytest.raises(InvalidInputError, match="no venue v-77"):
        shown.line.campaign_releases.preview("c-1", "release", only=["v-77"])


def test_one_venue_that_may_not_go_live_keeps_all_back_and_is_named(shown: Shown) -> None:
    release(shown)
    shown.editions(2)
    shown.line.venues.update("v-2", reviewed_versions=())
    with pytest.raises(ReleaseBlockedError, match="no person has approved") as caught:
        release(shown)
    assert caught.value.code == "release_blocked"
    assert [where for where, _ in caught.value.details] == ["venues.v-2"]
    assert "没有人审核通过" in caught.value.told["zh"]
    assert shown.buyers_see == everywhere(shown, 1)
    assert shown.line.release_store.current("c-1").number == 1
    release(shown, leave_out_blocked=True)
    assert shown.buyers_see == everywhere(shown, 2) | {"v-2": 1}


def test_the_rules_of_today_judge_every_version_again(shown: Shown) -> None:
    shown.line.brands = shown.line.brands.model_copy(update={"brands": (BrandRules(owner="everywhere", forbidden=("熊猫来了",)),)})
    with pytest.raises(ReleaseBlockedError) as caught:
        release(shown)
    assert len(caught.value.details) == 4
    assert all(said.startswith("policy_blocked") for _, said in caught.value.details)
    assert shown.buyers_see == {}


def test_a_version_most_of_whose_goods_are_gone_stops_a_release_and_a_rollback_with_their_names(shown: Shown) -> None:
    release(shown)
    shown.editions(2)
    release(shown)
    cards = shown.cards
    for card in cards[: len(cards) // 2 + 1]:
        del shown.line.index.items[card.product_id]
    with pytest.raises(ReleaseBlockedError) as caught:
        release(shown, "rollback")
    assert cards[0].title in caught.value.details[0][1]
    with pytest.raises(ConflictError, match="do not exist any more") as one:
        shown.line.review.roll_back("v-1", OPERATOR)
    assert one.value.code == "goods_gone"
    assert "已不存在" in one.value.told["zh"]
    assert shown.buyers_see == everywhere(shown, 2)


def test_a_release_shows_the_facts_of_its_moment_and_no_goods_that_are_gone(shown: Shown) -> None:
    """Not the claims of the day of the approval, and for a rollback not those of the day on which it was last live."""
    release(shown)
    shown.editions(2)
    first, second, third = shown.cards[:3]
    shown.offer(first.product_id, price="7.77")
    del shown.line.index.items[second.product_id]
    preview = shown.line.campaign_releases.preview("c-1", "release")
    assert {each.lost for each in preview.venues} == {1}
    assert second.title in preview.venues[0].told["zh"]
    made = release(shown)
    for venue_id, html in shown.line.pages.live.items():
        assert "¥7.77" in html
        assert second.title not in html
        live = shown.line.venues.get(venue_id).live_version
        assert live == made.version_of(venue_id), "a release names what a person approved"
        assert "¥7.77" not in shown.line.pages.read_version(venue_id, live)
    shown.offer(third.product_id, price="6.66")
    release(shown, "rollback")
    assert all("¥6.66" in html and second.title not in html for html in shown.line.pages.live.values())
    shown.offer(third.product_id, price="5.55")
    shown.line.review.publish("v-1", OPERATOR)
    assert "¥5.55" in shown.line.pages.live["v-1"]
    assert "¥6.66" in shown.line.pages.live["v-2"], "nobody else's page was touched"


def test_a_page_that_cannot_be_made_true_is_not_released(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    release(shown)
    shown.editions(2)
    shown.offer(shown.cards[0].product_id, stock=0)
    real = truth.render
    leak = f'<li data-product="{shown.cards[0].product_id}">¥12.00</li>'
    monkeypatch.setattr(truth, "render", lambda page, *how: real(page, *how) + (leak if page.venue_id == "v-2" else ""))
    with pytest.raises(ReleaseBlockedError) as caught:
        release(shown)
    assert [where for where, _ in caught.value.details] == ["venues.v-2"]
    assert "claims_leak" in caught.value.details[0][1]
    assert shown.buyers_see == everywhere(shown, 1)


def test_facts_that_cannot_be_read_release_nothing_and_are_asked_for_again(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    release(shown)
    shown.editions(2)

    def away(*_: object) -> Any:
        raise TransientError("the index is away")

    with monkeypatch.context() as patch:
        patch.setattr(shown.line.index, "get", away)
        with pytest.raises(TransientError):
            release(shown)
    assert shown.buyers_see == everywhere(shown, 1)
    release(shown)
    assert shown.buyers_see == everywhere(shown, 2)


def test_the_same_facts_are_rendered_once(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    shown.offer(shown.cards[0].product_id, price="7.77")
    shown.line.campaign_releases.preview("c-1", "release")
    monkeypatch.setattr(truth, "render", dies)
    release(shown)
    assert all("¥7.77" in html for html in shown.line.pages.live.values())


def test_records_that_take_too_long_are_left_to_the_tick(shown: Shown) -> None:
    moments = iter([0.0, *[1.0] * 6, *[99.0] * 20])  # the beginning, four pages put at their addresses, two records
    hurried = replace(shown.line.campaign_releases, releases=replace(shown.line.releases, seconds=lambda: next(moments)))
    assert hurried.apply("c-1", "release", OPERATOR).number == 1
    assert shown.buyers_see == everywhere(shown, 1), "buyers see it all the same"
    assert sorted(venue.release for venue in shown.line.venues.of_campaign("c-1")) == [0, 0, 1, 1]
    assert hurried.settling("c-1")
    assert shown.line.releases.settle_owing() == 1
    assert {venue.release for venue in shown.line.venues.of_campaign("c-1")} == {1}
    assert not hurried.settling("c-1")


def test_pages_that_take_too_long_to_be_put_at_their_addresses_release_nothing(shown: Shown) -> None:
    moments = iter([0.0, 1.0, *[99.0] * 20])
    hurried = replace(shown.line.campaign_releases, releases=replace(shown.line.releases, seconds=lambda: next(moments)))
    with pytest.raises(TransientError, match="1 of 4 versions are done") as caught:
        hurried.apply("c-1", "release", OPERATOR)
    assert caught.value.code == "still_checking"
    assert (shown.buyers_see, shown.line.release_store.items) == ({}, {})
    release(shown)
    assert shown.buyers_see == everywhere(shown, 1)


def test_the_tick_goes_through_what_is_behind_and_nothing_else(shown: Shown) -> None:
    release(shown)
    shown.line.release_store.owe("c-1", "token")
    shown.line.venues.update("v-2", release=0)  # its record was not written
    shown.line.delivery.remove_live("v-3")  # its placement was not
    before = {venue.venue_id: venue.revision for venue in shown.line.venues.of_campaign("c-1")}
    shown.line.releases.settle_owing()
    after = {venue.venue_id: venue.revision for venue in shown.line.venues.of_campaign("c-1")}
    assert [each for each in before if before[each] != after[each]] == ["v-2", "v-3"]
    assert {each.venue_id for each in shown.line.delivery.live()} == set(shown.ids)


def test_of_two_releases_at_one_moment_one_wins_and_the_other_is_told(shown: Shown) -> None:
    release(shown)
    shown.editions(2)

    def rival(made: Release) -> None:
        shown.line.release_store.before_add = lambda _: None
        shown.line.campaign_releases.apply("c-1", "retire", OPERATOR, note="faster")

    shown.line.release_store.before_add = rival
    with pytest.raises(ConflictError, match="olga has made release 2") as caught:
        release(shown)
    assert caught.value.code == "release_changed"
    assert shown.buyers_see == {}, "the winner's, whole"
    assert [made.kind for made in shown.line.campaign_releases.history("c-1")] == ["retire", "release"]
    with pytest.raises(ConflictError) as late:
        release(shown, expect=1)
    assert late.value.code == "release_changed"


def test_changes_of_different_venues_do_not_hinder_each_other(shown: Shown) -> None:
    release(shown)
    shown.editions(2)

    def rival(made: Release) -> None:
        shown.line.release_store.before_add = lambda _: None
        shown.line.publisher.publish(shown.line.venues.get("v-2"), shown.line.venues.get("v-2").approved_version)

    shown.line.release_store.before_add = rival
    shown.line.publisher.publish(shown.line.venues.get("v-3"), shown.line.venues.get("v-3").approved_version)
    assert shown.buyers_see == {"v-1": 1, "v-2": 2, "v-3": 2, "v-4": 1}
    assert shown.line.release_store.current("c-1").number == 3


def test_nothing_to_change_is_said_and_makes_no_release(shown: Shown) -> None:
    release(shown)
    with pytest.raises(ConflictError) as caught:
        release(shown)
    assert caught.value.code == "nothing_to_release"
    with pytest.raises(ConflictError) as first:
        release(shown, "rollback")
    assert first.value.code == "nothing_to_release"


def test_a_check_that_takes_too_long_says_so_and_goes_on_where_it_stopped(shown: Shown) -> None:
    moments = iter([0.0, 1.0, *[99.0] * 20])
    hurried = replace(shown.line.campaign_releases, seconds=lambda: next(moments))
    with pytest.raises(TransientError, match="1 of 4 versions are done") as caught:
        hurried.apply("c-1", "release", OPERATOR)
    assert (caught.value.code, caught.value.retry_after_seconds) == ("still_checking", 1.0)
    assert (shown.buyers_see, shown.line.release_store.items) == ({}, {})
    release(shown)
    assert shown.buyers_see == everywhere(shown, 1)


# --- interrupted ------------------------------------------------------------------------------------------------------


class Died(BaseException):
    """kill -9: nothing after it runs, and nobody catches it."""


def dies(*_: Any, **__: Any) -> None:
    raise Died


def test_a_release_that_dies_before_its_write_leaves_the_old_one(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    release(shown)
    shown.editions(2)
    for place in ("open_version", "add"):
        with monkeypatch.context() as patch:
            patch.setattr(shown.line.pages if place == "open_version" else shown.line.release_store, place, dies)
            with pytest.raises(Died):
                release(shown)
        assert shown.buyers_see == everywhere(shown, 1)
        shown.line.releases.settle_owing()
        assert shown.buyers_see == everywhere(shown, 1)
        assert shown.line.release_store.owing() == []
    release(shown)
    assert shown.buyers_see == everywhere(shown, 2)


@pytest.mark.parametrize("place", ["edge", "record", "delivery"])
def test_a_release_that_dies_after_its_write_is_completed_by_the_tick(shown: Shown, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    release(shown)
    shown.editions(2)
    things = {
        "edge": (shown.line.pages.edge, "update"),
        "record": (shown.line.venues, "update"),
        "delivery": (shown.line.delivery, "put_live"),
    }
    with monkeypatch.context() as patch:
        patch.setattr(*things[place], dies)
        with pytest.raises(Died):
            release(shown)
    whole = 1 if place == "edge" else 2
    assert shown.buyers_see == everywhere(shown, whole), "never a mix"
    assert shown.line.releases.settle_owing() == 1
    assert shown.buyers_see == everywhere(shown, 2)
    assert {venue.release for venue in shown.line.venues.of_campaign("c-1")} == {2}
    assert {venue.live_version for venue in shown.line.venues.of_campaign("c-1")} == set(
        shown.line.release_store.current("c-1").live.values()
    )
    assert shown.line.releases.settle_owing() == 0


def test_an_edge_that_is_away_is_told_by_the_tick(shown: Shown) -> None:
    shown.line.pages.edge.failures = 1
    with pytest.raises(TransientError):
        release(shown)
    assert shown.line.release_store.current("c-1").number == 1
    assert shown.buyers_see == {}
    shown.line.releases.settle_owing()
    assert shown.buyers_see == everywhere(shown, 1)


def test_a_campaign_that_cannot_be_completed_keeps_no_other_waiting(shown: Shown) -> None:
    shown.line.pages.edge.failures = 1
    with pytest.raises(TransientError):
        release(shown)
    shown.line.release_store.owe("c-0", "token")
    assert len(shown.line.release_store.owing()) == 2
    shown.line.pages.edge.failures = 1  # whichever comes first
    with pytest.raises(TransientError):
        shown.line.releases.settle_owing()
    assert len(shown.line.release_store.owing()) == 1
    shown.line.releases.settle_owing()
    assert (shown.line.release_store.owing(), shown.buyers_see) == ([], everywhere(shown, 1))


def test_a_slow_writer_never_takes_the_edge_back(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has read release 1 and is about to write it, when release 2 is made and told."""
    edge = shown.line.pages.edge
    real = edge.update

    def overtaken(puts: Any, deletes: Any, if_version: str) -> str:
        monkeypatch.setattr(edge, "update", real)
        shown.editions(2)
        release(shown)
        return real(puts, deletes, if_version)

    monkeypatch.setattr(edge, "update", overtaken)
    release(shown)
    assert shown.buyers_see == everywhere(shown, 2)


def test_an_older_settlement_does_not_overwrite_a_record(shown: Shown) -> None:
    first = release(shown)
    shown.editions(2)
    release(shown)
    slot = next(slot for slot in first.slots if slot.venue_id == "v-1")
    assert shown.line.releases._record(first, slot) is False
    assert shown.line.venue.release == 2


def test_a_store_that_was_lost_is_made_again(shown: Shown) -> None:
    release(shown)
    shown.line.pages.edge.values.clear()
    assert shown.buyers_see == {}
    assert shown.line.releases.edge.audit() == 5
    assert shown.buyers_see == everywhere(shown, 1)
    assert shown.line.releases.edge.audit() == 0


def test_a_venue_on_its_way_to_another_version_goes_on(shown: Shown) -> None:
    release(shown)
    shown.editions(2)
    release(shown)
    shown.line.venues.update("v-2", status="generating")
    release(shown, "rollback")
    venue = shown.line.venues.get("v-2")
    assert (venue.status, shown.buyers_see["v-2"]) == ("generating", 1)
