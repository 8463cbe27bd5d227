"""Put the approved version at its public address. State: PublishVenue (statemachines/venue.asl.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.line.keys import VenueStep
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Parse the references, call the station, return references."""
    return bootstrap.publish_venue()(VenueStep.model_validate(event))
