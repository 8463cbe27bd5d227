"""Turn a sentence into a brief. State: InterpretBrief (statemachines/campaign.asl.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.line.keys import CampaignStep
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Parse the references, call the station, return references."""
    return bootstrap.interpret_brief()(CampaignStep.model_validate(event))
