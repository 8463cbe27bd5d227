"""Turn a brief into themes that have stock and evidence behind them. State: PlanThemes (statemachines/campaign.asl.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.line.keys import CampaignStep
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Parse the references, call the station, return references."""
    return bootstrap.plan_themes()(CampaignStep.model_validate(event))
