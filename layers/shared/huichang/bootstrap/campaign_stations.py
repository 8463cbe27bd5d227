"""The stations of a campaign: from a sentence to its themes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from huichang.bootstrap.parts import (
    audit,
    bus,
    campaigns,
    clock,
    documents,
    index,
    is_offline,
    ledger,
    machines,
    models,
    run_keeper,
    settings,
    theme_rules,
    trends,
    venues,
)

if TYPE_CHECKING:
    from huichang.line import campaign
    from huichang.line.budgets import BudgetDesk


@cache
def start_campaign() -> campaign.StartCampaign:
    """A sentence becomes a campaign."""
    from huichang.catalog.industries import load_industries
    from huichang.line.campaign import StartCampaign

    return StartCampaign(
        campaigns=campaigns(),
        machines=machines(),
        audit=audit(),
        bus=bus(),
        clock=clock(),
        industries=load_industries(),
        budgets=budget_desk(),
    )


@cache
def budget_desk() -> BudgetDesk:
    """What campaigns may spend."""
    from huichang.line.budgets import BudgetDesk

    return BudgetDesk(
        ledger=ledger(),
        campaigns=campaigns(),
        venues=venues(),
        machines=machines(),
        runs=run_keeper(),
        audit=audit(),
        clock=clock(),
        operators_cap=settings().campaign_cap_operators_usd,
    )


def start_scheduled_campaign() -> Callable[[campaign.ScheduledStart], dict[str, Any]]:
    """For functions/start_campaign."""
    return start_campaign().scheduled


@cache
def interpret_brief() -> campaign.InterpretBrief:
    """For functions/interpret_brief."""
    from huichang.catalog.industries import load_industries
    from huichang.line.campaign import InterpretBrief
    from huichang.themes.interpreting import Interpreter

    return InterpretBrief(campaigns=campaigns(), interpreter=Interpreter(models(), load_industries(), clock()), offline=is_offline())


@cache
def plan_themes() -> campaign.PlanThemes:
    """For functions/plan_themes."""
    from huichang.catalog.industries import load_industries
    from huichang.line.campaign import PlanThemes
    from huichang.themes.planning import Planner, PlanningLimits

    known = settings()
    limits = PlanningLimits(
        min_products=known.min_products_per_venue,
        min_floor=known.min_products_per_floor,
        min_merchants=known.min_merchants_per_venue,
        min_price_ratio=known.min_price_ratio_per_venue,
        same_name=known.same_venue_name,
        same_products=known.same_venue_products,
    )
    planner = Planner(models(), index(), trends(), clock(), load_industries(), theme_rules(), limits=limits)
    return PlanThemes(campaigns=campaigns(), venues=venues(), documents=documents(), planner=planner, bus=bus(), clock=clock())


@cache
def close_campaign() -> campaign.CloseCampaign:
    """For functions/close_campaign."""
    from huichang.line.campaign import CloseCampaign

    return CloseCampaign(campaigns=campaigns(), venues=venues())


@cache
def fail_campaign() -> campaign.FailCampaign:
    """For functions/fail_campaign."""
    from huichang.line.campaign import FailCampaign

    return FailCampaign(campaigns=campaigns(), machines=machines(), ledger=ledger())
