"""Clients and the one translation of AWS errors into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from huichang.kernel.errors import PermanentError, TransientError

# TransactionCanceledException is not here: its reasons tell a lost race from a refused condition (see dynamodb/table.py).
_TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
# Raised before anything is sent: the same call fails the same way for ever.
_NEVER_SENT = (NoCredentialsError, NoRegionError, ParamValidationError, PartialCredentialsError)


@cache
def client(service: str) -> Any:
    """One client per service and process, made at first use (never at import). Region and endpoint come from the environment."""
    # Short timeouts: a hung call must end well before its function does. `standard` retries throttles with back-off.
    config = Config(connect_timeout=3, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})
    if service == "s3":
        # botocore still presigns with version 2, which buckets made since June 2020 refuse, and for the global address,
        # which answers a new bucket with a redirect. Addresses of IPs keep the bucket in the path.
        config = config.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
    make: Any = boto3.client  # its stubs, where they are installed, want each service's name as a literal
    return make(service, config=config)


def error_code(error: ClientError) -> str:
    """The AWS error code, for instance ConditionalCheckFailedException."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn vendor errors into TransientError or PermanentError that say where it happened."""
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code in _TRANSIENT or status >= 500:
            raise TransientError(f"{code} from AWS", where=where) from error
        raise PermanentError(f"{code}: {error}", where=where, mend="check the function's rights and the resource") from error
    except _NEVER_SENT as error:
        raise PermanentError(f"the call could not be made: {error}", where=where, mend="mend the function's settings") from error
    except BotoCoreError as error:
        raise TransientError(f"no answer from AWS: {error}", where=where) from error


def secret(name: str) -> str:
    """The text of a Secrets Manager secret."""
    with translated(f"secret {name}"):
        return str(client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
