"""Create and queue the material tasks of the whole page; waits for its token. State: RequestMaterials (statemachines/venue.asl.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.line.keys import VenueStep
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Parse the references, call the station, return references."""
    return bootstrap.request_materials()(VenueStep.model_validate(event))
