"""Divide the selection into floors. State: PlanFloors (statemachines/venue.asl.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.line.keys import VenueStep
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Parse the references, call the station, return references."""
    return bootstrap.plan_floors()(VenueStep.model_validate(event))
