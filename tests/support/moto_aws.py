"""AWS as moto plays it, with the state table exactly as template.yaml describes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from moto import mock_aws

from huichang.adapters import aws
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.s3 import Bucket

ROOT = Path(__file__).parents[2]
REGION = "eu-west-1"
TABLE, BUCKET = "huichang-state", "huichang-bodies"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!GetAtt A.Arn` becomes {"GetAtt": "A.Arn"}."""


def _intrinsic(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def load_template() -> dict[str, Any]:
    """template.yaml as a dict."""
    template: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    return template


@contextmanager
def moto_aws() -> Iterator[None]:
    """An empty AWS account in this process. No call leaves the machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        with mock_aws():
            aws.client.cache_clear()
            try:
                yield
            finally:
                aws.client.cache_clear()


def make_table() -> Table:
    """The state table of the template, in the account of the moment."""
    described = load_template()["Resources"]["StateTable"]["Properties"]
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        **{name: described[name] for name in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")},
    )
    return Table(TABLE)


def make_bucket(name: str = BUCKET) -> Bucket:
    """A bucket, in the account of the moment."""
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Bucket(name)


class Failing:
    """A client whose named call fails the given number of times (for ever by default) before the real one answers."""

    def __init__(self, real: Any, call: str, error: Exception, times: int = 10_000) -> None:
        self.real, self.call, self.error, self.left = real, call, error, times
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        if name != self.call:
            return getattr(self.real, name)

        def failing(**arguments: Any) -> Any:
            self.calls += 1
            if self.left > 0:
                self.left -= 1
                raise self.error
            return getattr(self.real, name)(**arguments)

        return failing


def client_error(code: str, status: int = 400, **more: Any) -> ClientError:
    """What botocore raises for this code."""
    return ClientError({"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}, "Call")  # type: ignore[typeddict-item]
