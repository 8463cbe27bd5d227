"""Fuse three recalls into one selection with a reason for every product. State: FuseRecall (statemachines/venue.asl.yaml)."""

from typing import Any

from huichang import bootstrap
from huichang.line.keys import VenueStep
from huichang.observability import step_handler


@step_handler
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Parse the references, call the station, return references."""
    return bootstrap.fuse_recall()(VenueStep.model_validate(event))
