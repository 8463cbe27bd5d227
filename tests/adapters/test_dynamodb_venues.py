"""Campaigns and venues on the state table."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from datetime import timedelta

import pytest

from huichang.adapters.dynamodb.campaigns import DynamoCampaigns, DynamoDueEdits, DynamoVenues
from huichang.adapters.dynamodb.table import Table
from huichang.kernel.clock import iso
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.materials.model import ReviewConstraint
from huichang.venues.model import Failure, StepRecord
from tests.support.edits import edits as edited
from tests.support.edits import rule
from tests.support.line_fakes import START, TickingClock, a_brief, a_campaign, a_venue
from tests.support.moto_aws import make_table, moto_aws


@pytest.fixture
def table() -> Iterator[Table]:
    with moto_aws():
        yield make_table()


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def campaigns(table: Table, clock: TickingClock) -> DynamoCampaigns:
    return DynamoCampaigns(table, clock)


@pytest.fixture
def venues(table: Table, clock: TickingClock) -> DynamoVenues:
    return DynamoVenues(table, clock)


def test_a_campaign_is_created_once(campaigns: DynamoCampaigns) -> None:
    first = a_campaign(requested_by="first")
    assert campaigns.create(first)
    assert not campaigns.create(a_campaign(requested_by="second"))
    assert campaigns.get("c-1") == first


def test_a_campaign_is_updated_field_by_field(campaigns: DynamoCampaigns) -> None:
    campaigns.create(a_campaign(brief=None))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pydantic warns where a field holds what its type does not say
        campaigns.update("c-1", status="planning")
        changed = campaigns.update("c-1", brief=a_brief().model_dump())
        campaigns.update("c-1", failure=Failure(code="x", message="y").model_dump(), venue_ids=("v-1",))
    assert (changed.status, changed.brief) == ("planning", a_brief())
    stored = campaigns.get("c-1")
    assert stored.brief == a_brief()
    assert stored.failure == Failure(code="x", message="y")
    assert stored.updated_at > changed.updated_at > iso(START)


def test_a_campaign_is_updated_only_on_the_plan_that_was_seen(campaigns: DynamoCampaigns) -> None:
    campaigns.create(a_campaign())
    assert campaigns.update("c-1", expect_plan=1, plan=2).plan == 2
    with pytest.raises(ConflictError) as caught:
        campaigns.update("c-1", expect_plan=1, plan=2, note={"zh": "晚了一步", "en": "too late"})
    assert (caught.value.code, caught.value.where) == ("brief_changed", "plan")
    assert caught.value.mend
    assert campaigns.get("c-1").note == {}


def test_an_unknown_campaign_is_not_found_by_its_id(campaigns: DynamoCampaigns) -> None:
    with pytest.raises(NotFoundError, match="there is no campaign c-9"):
        campaigns.get("c-9")
    with pytest.raises(NotFoundError, match="there is no campaign c-9"):
        campaigns.update("c-9", status="failed")


def test_an_update_that_makes_no_valid_campaign_is_not_stored(campaigns: DynamoCampaigns) -> None:
    campaigns.create(a_campaign())
    with pytest.raises(ValueError, match="status"):
        campaigns.update("c-1", status="nonsense")
    assert campaigns.get("c-1") == a_campaign()


def test_campaigns_newest_first_and_by_status(campaigns: DynamoCampaigns) -> None:
    for number in range(4):
        campaigns.create(a_campaign(f"c-{number}", created_at=iso(START + timedelta(hours=number))))
    assert [c.campaign_id for c in campaigns.recent()] == ["c-3", "c-2", "c-1", "c-0"]
    assert [c.campaign_id for c in campaigns.recent(2)] == ["c-3", "c-2"]
    for campaign_id in ("c-2", "c-0"):
        campaigns.update(campaign_id, status="building")
    assert [c.campaign_id for c in campaigns.with_status("building")] == ["c-2", "c-0"]
    campaigns.update("c-2", execution="arn")  # now it is the one that changed last
    assert [c.campaign_id for c in campaigns.with_status("building")] == ["c-0", "c-2"]
    assert [c.campaign_id for c in campaigns.with_status("building", 1)] == ["c-0"]
    assert sorted(c.campaign_id for c in campaigns.with_status("requested")) == ["c-1", "c-3"]


def test_a_venue_is_created_once(venues: DynamoVenues) -> None:
    assert venues.create(a_venue())
    assert not venues.create(a_venue(round=9))
    assert venues.get("v-1") == a_venue()
    with pytest.raises(NotFoundError, match="there is no venue v-9"):
        venues.get("v-9")


def test_every_update_of_a_venue_raises_its_revision(venues: DynamoVenues) -> None:
    venues.create(a_venue())
    first = venues.update("v-1", status="selecting")
    second = venues.update("v-1", products=24, constraints={"hero.copy": (ReviewConstraint(code="tone", text="x").model_dump(),)})
    assert (first.revision, second.revision) == (1, 2)
    assert first.updated_at < second.updated_at
    stored = venues.get("v-1")
    assert stored == second
    assert (stored.status, stored.products) == ("selecting", 24)
    assert stored.constraints["hero.copy"][0].text == "x"
    with pytest.raises(NotFoundError, match="there is no venue v-9"):
        venues.update("v-9", products=1)


def test_an_update_can_expect_the_revision_that_was_read(venues: DynamoVenues) -> None:
    venues.create(a_venue())
    read = venues.get("v-1")
    arrangement = {"floors": [{"title": "甲", "product_ids": ["p1"]}], "arranged_by": "mei", "arranged_at": "2026-09-01T00:00:00.000Z"}
    arranged = venues.update("v-1", expect_revision=read.revision, arrangement=arrangement)
    assert arranged.arrangement is not None
    assert arranged.arrangement.floors[0].product_ids == ("p1",)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        venues.update("v-1", expect_revision=read.revision, arrangement=None)
    assert venues.get("v-1") == arranged
    assert venues.update("v-1", expect_revision=arranged.revision, arrangement=None).arrangement is None


def test_an_update_expects_its_status(venues: DynamoVenues) -> None:
    venues.create(a_venue(status="in_review"))
    approved = venues.update("v-1", expect_status=("in_review",), status="approved", approved_version="abc")
    assert approved.status == "approved"
    with pytest.raises(ConflictError, match="approved, this needs in_review or staged") as caught:
        venues.update("v-1", expect_status=("in_review", "staged"), status="generating")
    assert caught.value.where == "venue v-1"
    assert venues.get("v-1") == approved


def test_venues_of_a_campaign_in_their_order(venues: DynamoVenues) -> None:
    for number in (2, 0, 1):
        created = iso(START + timedelta(milliseconds=number))
        venues.create(a_venue(f"v-{number}", created_at=created))
    venues.create(a_venue("v-other", campaign_id="c-2"))
    assert [v.venue_id for v in venues.of_campaign("c-1")] == ["v-0", "v-1", "v-2"]
    assert venues.of_campaign("c-9") == []


def test_venues_by_status_longest_unchanged_first(venues: DynamoVenues) -> None:
    for number in range(3):
        venues.create(a_venue(f"v-{number}"))
    for venue_id in ("v-2", "v-0", "v-1"):
        venues.update(venue_id, status="generating")
    assert [v.venue_id for v in venues.with_status("generating")] == ["v-2", "v-0", "v-1"]
    assert [v.venue_id for v in venues.with_status("generating", 2)] == ["v-2", "v-0"]
    venues.update("v-0", status="staged")
    assert [v.venue_id for v in venues.with_status("generating")] == ["v-2", "v-1"]
    assert venues.with_status("planned") == []


def test_recent_venues_come_through_their_campaigns(campaigns: DynamoCampaigns, venues: DynamoVenues) -> None:
    for number in range(3):
        created = iso(START + timedelta(hours=number))
        campaigns.create(a_campaign(f"c-{number}", created_at=created))
        for half in range(2):
            made = iso(START + timedelta(hours=number, milliseconds=half))
            venues.create(a_venue(f"v-{number}{half}", campaign_id=f"c-{number}", created_at=made))
    assert [v.venue_id for v in venues.recent()] == ["v-21", "v-20", "v-11", "v-10", "v-01", "v-00"]
    assert [v.venue_id for v in venues.recent(3)] == ["v-21", "v-20", "v-11"]


def test_steps_are_replaced_and_sorted_by_their_start(venues: DynamoVenues) -> None:
    venues.create(a_venue())
    venues.record_step("v-1", StepRecord(step="RecallBySearch", status="running", started_at="2026-09-01T08:00:02.000Z"))
    venues.record_step("v-1", StepRecord(step="ExpandTheme", status="running", started_at="2026-09-01T08:00:01.000Z"))
    done = StepRecord(step="ExpandTheme", status="done", started_at="2026-09-01T08:00:01.000Z", attempt=2, note="24")
    venues.record_step("v-1", done)
    assert [(s.step, s.status) for s in venues.steps("v-1")] == [("ExpandTheme", "done"), ("RecallBySearch", "running")]
    assert venues.step("v-1", "ExpandTheme") == done
    assert venues.step("v-1", "PublishVenue") is None
    assert venues.steps("v-9") == []


def test_two_writers_do_not_lose_each_others_fields(venues: DynamoVenues, table: Table) -> None:
    venues.create(a_venue())
    other = DynamoVenues(table, TickingClock())
    real = table.change

    def raced(pk: str, sk: str, edit: object) -> object:
        table.change = real  # type: ignore[method-assign]

        def after_the_other(item: dict[str, object]) -> dict[str, object]:
            if "products" not in seen:
                seen.append("products")
                other.update("v-1", products=7)
            return edit(item)  # type: ignore[operator,no-any-return]

        seen: list[str] = []
        return real(pk, sk, after_the_other)

    table.change = raced  # type: ignore[method-assign,assignment]
    venues.update("v-1", materials_total=3)
    stored = venues.get("v-1")
    assert (stored.products, stored.materials_total, stored.revision) == (7, 3, 2)


def test_edits_are_written_only_over_the_version_that_was_read(venues: DynamoVenues) -> None:
    venues.create(a_venue())
    first = venues.update("v-1", expect_edits=0, edits=edited(pins=["p-1"]).model_dump(), edits_version=1, edits_by="olga")
    with pytest.raises(ConflictError, match="olga has saved version 1") as caught:
        venues.update("v-1", expect_edits=0, edits=edited().model_dump(), edits_version=1)
    assert caught.value.code == "edits_changed"
    assert venues.get("v-1") == first


def test_rules_keep_their_time_zone(venues: DynamoVenues) -> None:
    venues.create(a_venue())
    wanted = edited(rule("boost", "膳魔师", "brand", starts_at="2026-11-10T20:00:00+08:00"))
    venues.update("v-1", edits=wanted.model_dump(), edits_at="2026-11-10T13:00:00.000Z")
    stored = venues.get("v-1")
    assert stored.edits == wanted
    assert stored.edits.rules[0].model_dump(mode="json")["starts_at"] == "2026-11-10T20:00:00+08:00"
    assert stored.edits_in_force == wanted
    assert venues.update("v-1", edits_at="2026-11-10T11:59:59.999Z").edits_in_force.rules == ()


def test_due_edits_come_when_their_moment_has_come(table: Table) -> None:
    due = DynamoDueEdits(table)
    for name, hour in (("v-late", 9), ("v-soon", 8), ("v-never", 7), ("v-tomorrow", 23)):
        due.set(name, f"2026-09-01T{hour:02d}:00:00.000Z")
    due.set("v-never", None)
    due.set("v-never", None)
    assert due.due("2026-09-01T09:00:00.000Z") == ["v-soon", "v-late"]
    due.set("v-soon", "2026-09-02T00:00:00.000Z")
    assert due.due("2026-09-01T09:00:00.000Z") == ["v-late"]
    assert due.due("2026-09-01T07:59:59.999Z") == []


def test_a_venue_that_was_edited_before_there_were_rules_can_still_be_read(table: Table, venues: DynamoVenues) -> None:
    venues.create(a_venue())
    item = table.get("VENUE#v-1", "META")
    assert item
    body = json.loads(item["body"]) | {"edits": {"pins": ["p-1"], "excludes": ["p-2"]}}
    table.put(item | {"body": json.dumps(body)})
    assert venues.get("v-1").edits == edited(pins=["p-1"], excludes=["p-2"])
    assert venues.update("v-1", products=3).edits == edited(pins=["p-1"], excludes=["p-2"])
