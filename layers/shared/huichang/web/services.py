"""What build_app is given: the ports of web/ports, each with what stands behind it. bootstrap builds it; tests build it from fakes."""

from __future__ import annotations

from dataclasses import dataclass

from huichang.line.view_models import PublicConfig
from huichang.web.access import TokenVerifier
from huichang.web.ports.goods import Imports, Offers, Trends
from huichang.web.ports.houses import Brands, Constraints, FeedbackShelf, Migrations, SynonymFiles, TemplateShelf
from huichang.web.ports.promotions import (
    Budgets,
    EditBrief,
    Limits,
    Pace,
    Release,
    Releases,
    ReleaseSchedule,
    Schedules,
    Spending,
    StartCampaign,
)
from huichang.web.ports.results import Results
from huichang.web.ports.venues import (
    Editor,
    Explainer,
    Floors,
    LiveClaims,
    Merchandising,
    OtherWords,
    Previews,
    Proof,
    Reader,
    Replaying,
    Review,
    Segments,
)


@dataclass(frozen=True)
class Services:
    """What build_app is given."""

    config: PublicConfig
    verifier: TokenVerifier
    start_campaign: StartCampaign
    edit_brief: EditBrief
    review: Review
    pace: Pace
    release: Release
    releases: Releases
    release_schedule: ReleaseSchedule
    merchandising: Merchandising
    explainer: Explainer
    reader: Reader
    results: Results
    previews: Previews
    imports: Imports
    offers: Offers
    synonyms: SynonymFiles
    brands: Brands
    trends: Trends
    schedules: Schedules
    floors: Floors
    editor: Editor
    constraints: Constraints
    feedback: FeedbackShelf
    budgets: Budgets
    spending: Spending
    limits: Limits
    templates: TemplateShelf
    claims: LiveClaims
    segments: Segments
    proof: Proof
    replay: Replaying
    other_words: OtherWords
    migrations: Migrations
