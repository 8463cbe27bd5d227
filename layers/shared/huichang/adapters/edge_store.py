"""EdgeStore on CloudFront's KeyValueStore."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from huichang.adapters.aws import error_code, translated
from huichang.kernel.errors import ConflictError

PAGE = 50


@cache
def _client(endpoint: str) -> Any:
    # Its requests are signed with SigV4a, for which botocore needs awscrt (layers/deps).
    config = Config(
        connect_timeout=3,
        read_timeout=10,
        retries={"mode": "standard", "max_attempts": 4},
        signature_version=UNSIGNED if endpoint else None,
    )
    make: Any = boto3.client
    made = make("cloudfront-keyvaluestore", config=config, endpoint_url="https://kvs.invalid" if endpoint else None)
    if endpoint:
        made.meta.events.register("before-send.cloudfront-keyvaluestore", _to(endpoint))
    return made


def _to(endpoint: str) -> Any:
    """botocore puts the account before the host, which an address of this machine cannot have: the request is sent there instead."""

    def send(request: Any, **_: Any) -> None:
        request.url = endpoint.rstrip("/") + "/key-value-stores/" + request.url.split("/key-value-stores/", 1)[1]

    return send


class CloudFrontStore:
    """EdgeStore. `endpoint`: the embedded cloud's; "" on AWS."""

    def __init__(self, arn: str, endpoint: str = "") -> None:
        self._arn = arn
        self._endpoint = endpoint

    def version(self) -> str:
        """See EdgeStore."""
        with translated("edge store"):
            return str(_client(self._endpoint).describe_key_value_store(KvsARN=self._arn)["ETag"])

    def get(self, key: str) -> str | None:
        """See EdgeStore."""
        with translated("edge store"):
            try:
                return str(_client(self._endpoint).get_key(KvsARN=self._arn, Key=key)["Value"])
            except ClientError as error:
                if error_code(error) == "ResourceNotFoundException":
                    return None
                raise

    def all(self) -> dict[str, str]:
        """See EdgeStore."""
        with translated("edge store"):
            pages = _client(self._endpoint).get_paginator("list_keys").paginate(KvsARN=self._arn, PaginationConfig={"PageSize": PAGE})
            return {item["Key"]: item["Value"] for page in pages for item in page.get("Items", [])}

    def update(self, puts: Mapping[str, str], deletes: Iterable[str], if_version: str) -> str:
        """See EdgeStore."""
        asked = {
            "Puts": [{"Key": key, "Value": value} for key, value in puts.items()],
            "Deletes": [{"Key": key} for key in deletes],
        }
        with translated("edge store"):
            try:
                answer = _client(self._endpoint).update_keys(
                    KvsARN=self._arn, IfMatch=if_version, **{name: some for name, some in asked.items() if some}
                )
            except ClientError as error:
                # A store that has moved is told in either of two ways.
                moved = error_code(error) == "ValidationException" and "condition" in str(error).lower()
                if error_code(error) == "ConflictException" or moved:
                    raise ConflictError("the edge's store was written meanwhile", where="edge store", code="edge_moved") from error
                raise
        return str(answer["ETag"])
