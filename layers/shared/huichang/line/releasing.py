"""Nothing goes live that no person has looked at, unless an admin has set its campaign so; and then its page says so."""

from __future__ import annotations

from dataclasses import dataclass

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, in_both
from huichang.kernel.language import both
from huichang.kernel.model import Model
from huichang.pages.model import PageModel
from huichang.pages.policing import says_unreviewed
from huichang.venues.model import Actor, AuditTrail, Campaign, CampaignStore, Venue

NOT_REVIEWED = "pictures_unreviewed"
# A venue that is edited every day for years keeps a record that fits; older versions are approved again before they go live.
_KEPT = 100


class ReviewTerms(Model):
    """`unreviewed_pictures`: pages of the campaign go live without a person having looked at their generated pictures."""

    unreviewed_pictures: bool


def reviewed_versions(venue: Venue) -> tuple[str, ...]:
    """Versions that a person approved. A version is named by the hash of its page, which names each picture by its own hash."""
    if venue.reviewed_versions is not None:
        return venue.reviewed_versions
    # Before this was written down nothing was ever approved but by a person.
    known = (*venue.previous_versions, venue.live_version, venue.approved_version)
    return tuple(dict.fromkeys(version for version in known if version))


def reviewed_with(venue: Venue, version_id: str) -> tuple[str, ...]:
    """The venue's reviewed versions and this one."""
    return tuple(dict.fromkeys((*reviewed_versions(venue), version_id)))[-_KEPT:]


def check_release(venue: Venue, campaign: Campaign, version_id: str, page: PageModel, html: str) -> None:
    """Raises ConflictError (code pictures_unreviewed) for a version that may not go live."""
    if version_id in reviewed_versions(venue):
        return
    if campaign.unreviewed_pictures and page.unreviewed and says_unreviewed(html, page.language):
        return
    if campaign.unreviewed_pictures:
        why = both("页面也没有注明未经审核", "its page does not say so")
    elif page.unreviewed:
        why = both("活动已不再允许不审核发布", "its campaign does not let anything go live without a review any more")
    else:
        why = both("活动不允许不审核发布", "its campaign does not let anything go live without a review")
    told = both(
        f"版本 {version_id[:12]} 和其中生成的图片没有人审核通过，{why['zh']}",
        f"no person has approved version {version_id[:12]} and its generated pictures, and {why['en']}",
    )
    todo = both("保存一次商品调整：页面重新生成后会送审", "save the venue's edits: its page is made again and comes to a review")
    raise in_both(ConflictError(told["en"], where="version_id", mend=todo["en"], code=NOT_REVIEWED), told, todo)


@dataclass(frozen=True)
class ReleaseDesk:
    """The setting of a campaign. Who may call it is for the edge to say (web/campaigns.py: admins)."""

    campaigns: CampaignStore
    audit: AuditTrail
    clock: Clock

    def change(self, campaign_id: str, terms: ReviewTerms, actor: Actor) -> Campaign:
        """Holds for pages that are rendered from now on: what waits for its reviewer goes on waiting. Repeating it changes nothing.

        Raises NotFoundError.
        """
        before = self.campaigns.get(campaign_id)
        if before.unreviewed_pictures == terms.unreviewed_pictures:
            return before
        # Told first: nothing may go live unseen on a setting that nobody can be named for.
        self.audit.record(
            actor.did(
                "set_unreviewed_pictures",
                campaign_id,
                at=iso(self.clock.now()),
                detail={"from": before.unreviewed_pictures, "to": terms.unreviewed_pictures},
            )
        )
        return self.campaigns.update(
            campaign_id, unreviewed_pictures=terms.unreviewed_pictures, unreviewed_by=actor.name if terms.unreviewed_pictures else ""
        )
