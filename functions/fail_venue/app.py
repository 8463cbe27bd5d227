"""End a venue with its reason. State: FailVenue (statemachines/venue.asl.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.line.keys import StepError, VenueStep
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Parse the references and the error that Step Functions caught, write the reason down."""
    return bootstrap.fail_venue()(VenueStep.model_validate(event), StepError.model_validate(event.get("error") or {}))
