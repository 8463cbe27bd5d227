"""Buyer segments as operators see and set them: which are on, what each one's page is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError
from huichang.kernel.language import Told
from huichang.kernel.model import Model
from huichang.line.releases import Releases
from huichang.line.siblings import SiblingLooks, looks_key, siblings_of, wanted_segments
from huichang.pages.releases import without_room
from huichang.pages.segments import Segment, SegmentId, checked, load_segments
from huichang.venues.model import Actor, AuditTrail, Campaign, CampaignStore, Documents, Venue, VenueStore

_MOST_SENT = 20


class SegmentSetting(Model):
    """Which segments are on. None: as the campaign has it (venues only)."""

    segments: Annotated[tuple[SegmentId, ...], Field(max_length=_MOST_SENT)] | None


class SegmentShown(Model):
    """A segment on the staged page. `version_id` "": its buyers get the default, and `why` says for what reason. `blocked`: its page was
    made, and its inspection keeps it from being released."""

    id: str
    who: Told
    why: Told = {}
    order: tuple[str, ...] = ()
    version_id: str = ""
    blocked: bool = False
    live: bool = False


class VenueSegments(Model):
    """`own`: set on the venue, null where its campaign's setting holds. `on`: those that hold. `pages`: what they come to on the version
    that is staged; made by the next rendering where the setting is newer. `no_room`: too many venues for a release to list them."""

    venue_id: str
    version_id: str
    own: tuple[str, ...] | None
    campaign: tuple[str, ...]
    on: tuple[str, ...]
    pages: tuple[SegmentShown, ...] = ()
    declared: tuple[Segment, ...] = ()
    no_room: bool = False


@dataclass(frozen=True)
class SegmentDesk:
    """What operators see, and the two settings."""

    campaigns: CampaignStore
    venues: VenueStore
    documents: Documents
    releases: Releases
    audit: AuditTrail
    clock: Clock

    def view(self, venue_id: str) -> VenueSegments:
        """Raises NotFoundError."""
        venue = self.venues.get(venue_id)
        campaign = self.campaigns.get(venue.campaign_id)
        declared = load_segments()
        version_id = venue.staged_version
        found = siblings_of(self.documents, venue_id, version_id)
        key = looks_key(venue_id, version_id)
        looks = self.documents.get(key, SiblingLooks).looks if found.siblings and self.documents.exists(key) else ()
        blocked = {look.version_id for look in looks if look.blocked}
        release = self.releases.store.current(venue.campaign_id)
        slot = next((each for each in release.slots if each.venue_id == venue_id), None) if release else None
        live = slot.siblings if slot and slot.version_id == version_id else {}
        shown = [
            SegmentShown(
                id=each.segment,
                who=declared[each.segment].who,
                why=each.problem or each.variant.why,
                order=each.variant.order,
                version_id=each.version_id,
                blocked=each.version_id in blocked,
                live=each.segment in live,
            )
            for each in found.siblings
            if each.segment in declared
        ]
        shown += [
            SegmentShown(id=each.segment, who=declared[each.segment].who, why=each.why) for each in found.kept if each.segment in declared
        ]
        return VenueSegments(
            venue_id=venue_id,
            version_id=version_id,
            own=venue.segments,
            campaign=campaign.segments,
            on=tuple(segment.id for segment in wanted_segments(venue, campaign)),
            pages=tuple(shown),
            declared=tuple(declared.values()),
            no_room=release is not None and without_room(release),
        )

    def version_of(self, venue_id: str, segment: str) -> str:
        """The version id of the staged page of a segment. Raises NotFoundError."""
        staged = self.venues.get(venue_id).staged_version
        for each in siblings_of(self.documents, venue_id, staged).siblings:
            if each.segment == segment and each.version_id:
                return each.version_id
        raise NotFoundError(f"the staged page has none of its own for {segment!r}", where="segment", mend="its buyers get the default page")

    def set_venue(self, venue_id: str, setting: SegmentSetting, actor: Actor) -> VenueSegments:
        """Of one venue. What is switched off is off at once, for released pages too; what is switched on comes with the next rendering.

        Raises NotFoundError, InvalidInputError (unknown_segment, too_many_segments). Repeating it changes nothing.
        """
        wanted = None if setting.segments is None else checked(setting.segments)
        before = self.venues.get(venue_id)
        if before.segments != wanted:
            self._told(actor, "set_segments", venue_id, before.segments, wanted)
            self.venues.update(venue_id, segments=wanted)
        self._release(before.campaign_id, [venue_id], actor)
        return self.view(venue_id)

    def set_campaign(self, campaign_id: str, setting: SegmentSetting, actor: Actor) -> Campaign:
        """Of all venues of a campaign that have no setting of their own. As `set_venue`."""
        wanted = checked(setting.segments or ())
        before = self.campaigns.get(campaign_id)
        if before.segments != wanted:
            self._told(actor, "set_segments", campaign_id, before.segments, wanted)
            self.campaigns.update(campaign_id, segments=wanted)
        self._release(campaign_id, [venue.venue_id for venue in self._following(campaign_id)], actor)
        return self.campaigns.get(campaign_id)

    def _following(self, campaign_id: str) -> list[Venue]:
        return [venue for venue in self.venues.of_campaign(campaign_id) if venue.segments is None]

    def _told(self, actor: Actor, action: str, subject: str, before: tuple[str, ...] | None, wanted: tuple[str, ...] | None) -> None:
        detail = {"from": None if before is None else list(before), "to": None if wanted is None else list(wanted)}
        self.audit.record(actor.did(action, subject, at=iso(self.clock.now()), detail=detail))

    def _release(self, campaign_id: str, venue_ids: list[str], actor: Actor) -> None:
        """The versions that are live once more, with the siblings that may be listed now: one write for all of them, none if all are."""
        current = self.releases.store.current(campaign_id)
        live = current.live if current else {}
        changes = {venue_id: live[venue_id] for venue_id in venue_ids if venue_id in live}
        if changes:
            self.releases.make(campaign_id, changes, kind="publish", by=actor.name, note="segments")
