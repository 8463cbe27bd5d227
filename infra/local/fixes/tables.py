"""DynamoDB through CloudFormation: time to live.

AWS: `TimeToLiveSpecification` of `AWS::DynamoDB::Table` is applied. The emulator knows the property only through
UpdateTimeToLive.
"""

from __future__ import annotations

from typing import Any

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners as pv

EXPECTED = {
    "services.cloudformation.provisioners:_ddb_create": "277586e016c6",
    "services.cloudformation.provisioners:_ddb_update": "0665980ffdd0",
    "services.dynamodb:_update_ttl": "e8243a4fbbb8",
    "services.dynamodb:_ttl_reaper": "66841bfd6027",
}


def install() -> None:
    """Apply the fix."""
    handlers = pv._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create, update = handlers["create"], handlers["update"]
    if create is not pv._ddb_create or update is not pv._ddb_update:
        raise RuntimeError("the provisioner table no longer holds the functions that the guard checked")

    def create_with_ttl(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        result = create(logical_id, props, stack)
        _apply(result[0], {}, props)
        return result

    def update_with_ttl(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str | None = None) -> Any:
        result = update(physical_id, old, new, stack, logical_id)
        _apply(result[0], old, new)
        return result

    handlers["create"], handlers["update"] = create_with_ttl, update_with_ttl


def _apply(table: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    wanted = new.get("TimeToLiveSpecification")
    if wanted == old.get("TimeToLiveSpecification"):
        return
    if wanted is None:
        wanted = {**old["TimeToLiveSpecification"], "Enabled": False}
    enabled = str(wanted.get("Enabled", True)).lower() == "true"
    specification = {"AttributeName": wanted["AttributeName"], "Enabled": enabled}
    status, _, body = dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": specification})
    if status >= 400:
        raise ValueError(f"AWS::DynamoDB::Table time to live failed: {body!r}")
