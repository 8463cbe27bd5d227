"""Where ports meet adapters: one factory for each function. Only this room reads settings.

    parts               what stations share: stores, queues, the index, the models
    campaign_stations   from a sentence to its themes
    venue_stations      from a theme to its published page
    catalogue           catalogues, offers and trends that come in
    releases            what carries out releases that come by themselves
    living              released pages that stay true
    edge                the API, the console
    policies            ranking policies: the gate, and what was released
    delivery            buyers: the feed, what they report, and what it is counted in
    standing            verdicts on a schedule, and who leaves a placement
    results             what came of it

Everything is made at first use and kept for the life of the process. Imports of what only some functions carry in their
layers (openai, opensearch-py, numpy, Pillow, PyJWT) stand inside the factories that need them.
"""

from __future__ import annotations

from huichang.bootstrap.campaign_stations import close_campaign, fail_campaign, interpret_brief, plan_themes, start_scheduled_campaign
from huichang.bootstrap.catalogue import apply_offers, import_catalogue, index_products, sort_trends
from huichang.bootstrap.delivery import (
    accept_beacons,
    build_snapshot,
    count_beacons,
    feed,
    live_pages,
    plan_snapshots,
    recount,
    rotate_decision_key,
    shop_secrets,
)
from huichang.bootstrap.edge import services
from huichang.bootstrap.living import refresh_claims
from huichang.bootstrap.policies import judge_policy
from huichang.bootstrap.releases import keep_releases
from huichang.bootstrap.results import pack_closed_days
from huichang.bootstrap.standing import judge_venues
from huichang.bootstrap.venue_stations import (
    collect_material,
    expand_theme,
    fail_venue,
    fuse_recall,
    generate_copy,
    generate_image,
    inspect_live,
    inspect_page,
    match_template,
    plan_floors,
    publish_venue,
    recall_by_rules,
    recall_by_search,
    recall_by_vector,
    recruit_merchants,
    render_page,
    request_materials,
    request_review,
    sweep_stale_work,
)

__all__ = [
    "accept_beacons",
    "apply_offers",
    "build_snapshot",
    "close_campaign",
    "collect_material",
    "count_beacons",
    "expand_theme",
    "fail_campaign",
    "fail_venue",
    "feed",
    "fuse_recall",
    "generate_copy",
    "generate_image",
    "import_catalogue",
    "index_products",
    "inspect_live",
    "inspect_page",
    "interpret_brief",
    "judge_policy",
    "judge_venues",
    "keep_releases",
    "live_pages",
    "match_template",
    "pack_closed_days",
    "plan_floors",
    "plan_snapshots",
    "plan_themes",
    "publish_venue",
    "recall_by_rules",
    "recall_by_search",
    "recall_by_vector",
    "recount",
    "recruit_merchants",
    "refresh_claims",
    "render_page",
    "request_materials",
    "request_review",
    "rotate_decision_key",
    "services",
    "shop_secrets",
    "sort_trends",
    "start_scheduled_campaign",
    "sweep_stale_work",
]
