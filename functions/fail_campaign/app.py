"""End a campaign with its reason. State: FailCampaign (statemachines/campaign.asl.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.line.keys import CampaignStep, StepError
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Parse the references and the error that Step Functions caught, write the reason down."""
    return bootstrap.fail_campaign()(CampaignStep.model_validate(event), StepError.model_validate(event.get("error") or {}))
