"""CampaignStore and VenueStore on the state table."""

from __future__ import annotations

from typing import Any

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.venues.model import Campaign, StepRecord, Venue, VenueStatus, brief_changed, edits_changed


class DynamoCampaigns:
    """pk CAMPAIGN#<id>, sk META; newest first on gsi1 CAMPAIGNS."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    @staticmethod
    def _item(campaign: Campaign) -> Item:
        return {
            "pk": f"CAMPAIGN#{campaign.campaign_id}",
            "sk": "META",
            "gsi1pk": "CAMPAIGNS",
            "gsi1sk": f"{campaign.created_at}#{campaign.campaign_id}",
            "gsi2pk": f"CAMPAIGN-STATUS#{campaign.status}",
            "gsi2sk": campaign.updated_at,
            "body": campaign.model_dump_json(),
        }

    def create(self, campaign: Campaign) -> bool:
        """See CampaignStore."""
        return self._table.put_new(self._item(campaign))

    def get(self, campaign_id: str) -> Campaign:
        """See CampaignStore."""
        item = self._table.get(f"CAMPAIGN#{campaign_id}", "META")
        if item is None:
            raise NotFoundError(f"there is no campaign {campaign_id}", where="campaign_id")
        return body_of(item, Campaign)

    def update(self, campaign_id: str, *, expect_plan: int | None = None, **changes: Any) -> Campaign:
        """See CampaignStore."""

        def edit(item: Item) -> Item:
            campaign = body_of(item, Campaign)
            if expect_plan is not None and campaign.plan != expect_plan:
                raise brief_changed(campaign, expect_plan)
            changed = campaign.model_dump() | changes | {"updated_at": iso(self._clock.now())}
            return item | self._item(Campaign.model_validate(changed))

        try:
            return body_of(self._table.change(f"CAMPAIGN#{campaign_id}", "META", edit), Campaign)
        except NotFoundError as error:
            raise NotFoundError(f"there is no campaign {campaign_id}", where="campaign_id") from error

    def recent(self, limit: int = 50) -> list[Campaign]:
        """See CampaignStore."""
        return [body_of(item, Campaign) for item in self._table.query("CAMPAIGNS", index="gsi1", newest_first=True, limit=limit)]

    def with_status(self, status: str, limit: int = 50) -> list[Campaign]:
        """Longest unchanged first."""
        return [body_of(item, Campaign) for item in self._table.query(f"CAMPAIGN-STATUS#{status}", index="gsi2", limit=limit)]


class DynamoVenues:
    """pk VENUE#<id>, sk META or STEP#<name>; on gsi1 by campaign, on gsi2 by status."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    @staticmethod
    def _item(venue: Venue) -> Item:
        return {
            "pk": f"VENUE#{venue.venue_id}",
            "sk": "META",
            "gsi1pk": f"CAMPAIGN-VENUES#{venue.campaign_id}",
            "gsi1sk": f"{venue.created_at}#{venue.venue_id}",
            "gsi2pk": f"VENUE-STATUS#{venue.status}",
            "gsi2sk": venue.updated_at,
            "body": venue.model_dump_json(),
        }

    def create(self, venue: Venue) -> bool:
        """See VenueStore."""
        return self._table.put_new(self._item(venue))

    def get(self, venue_id: str) -> Venue:
        """See VenueStore."""
        item = self._table.get(f"VENUE#{venue_id}", "META")
        if item is None:
            raise NotFoundError(f"there is no venue {venue_id}", where="venue_id")
        return body_of(item, Venue)

    def update(
        self,
        venue_id: str,
        *,
        expect_status: tuple[VenueStatus, ...] = (),
        expect_edits: int | None = None,
        expect_revision: int | None = None,
        **changes: Any,
    ) -> Venue:
        """See VenueStore."""

        def edit(item: Item) -> Item:
            venue = body_of(item, Venue)
            if expect_status and venue.status not in expect_status:
                raise ConflictError(
                    f"the venue is {venue.status}, this needs {' or '.join(expect_status)}",
                    where=f"venue {venue_id}",
                    mend="reload and look at its state",
                )
            if expect_edits is not None and venue.edits_version != expect_edits:
                raise edits_changed(venue, expect_edits)
            if expect_revision is not None and venue.revision != expect_revision:
                raise ConflictError("the venue was changed meanwhile", where=f"venue {venue_id}", mend="reload it and try again")
            changed = venue.model_dump() | changes | {"updated_at": iso(self._clock.now()), "revision": venue.revision + 1}
            return item | self._item(Venue.model_validate(changed))

        try:
            return body_of(self._table.change(f"VENUE#{venue_id}", "META", edit), Venue)
        except NotFoundError as error:
            raise NotFoundError(f"there is no venue {venue_id}", where="venue_id") from error

    def of_campaign(self, campaign_id: str) -> list[Venue]:
        """See VenueStore."""
        return [body_of(item, Venue) for item in self._table.query(f"CAMPAIGN-VENUES#{campaign_id}", index="gsi1")]

    def with_status(self, status: VenueStatus, limit: int = 200) -> list[Venue]:
        """See VenueStore."""
        return [body_of(item, Venue) for item in self._table.query(f"VENUE-STATUS#{status}", index="gsi2", limit=limit)]

    def recent(self, limit: int = 100) -> list[Venue]:
        """See VenueStore. Found through the newest campaigns, so that no partition holds every venue ever made."""
        found: list[Venue] = []
        for item in self._table.query("CAMPAIGNS", index="gsi1", newest_first=True, limit=50):
            found += self.of_campaign(body_of(item, Campaign).campaign_id)
            if len(found) >= limit:
                break
        return sorted(found, key=lambda venue: venue.created_at, reverse=True)[:limit]

    def record_step(self, venue_id: str, step: StepRecord) -> None:
        """See VenueStore."""
        self._table.put({"pk": f"VENUE#{venue_id}", "sk": f"STEP#{step.step}", "body": step.model_dump_json()})

    def step(self, venue_id: str, name: str) -> StepRecord | None:
        """One step's record, or None."""
        item = self._table.get(f"VENUE#{venue_id}", f"STEP#{name}")
        return body_of(item, StepRecord) if item else None

    def steps(self, venue_id: str) -> list[StepRecord]:
        """See VenueStore."""
        records = [body_of(item, StepRecord) for item in self._table.query(f"VENUE#{venue_id}", prefix="STEP#")]
        return sorted(records, key=lambda record: record.started_at)


class DynamoDueEdits:
    """pk EDITS-DUE, sk <venue>; by moment on gsi2."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def set(self, venue_id: str, at: str | None) -> None:
        """See DueEdits."""
        if at is None:
            self._table.delete("EDITS-DUE", venue_id)
        else:
            self._table.put({"pk": "EDITS-DUE", "sk": venue_id, "gsi2pk": "EDITS-DUE", "gsi2sk": at})

    def due(self, now: str, limit: int = 100) -> list[str]:
        """See DueEdits."""
        # The table compares with "below"; "~" sorts after every moment that begins like this one.
        return [str(item["sk"]) for item in self._table.query("EDITS-DUE", index="gsi2", before=f"{now}~", limit=limit)]
