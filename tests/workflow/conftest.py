"""Fixtures of the workflow tests."""

from tests.support.cloud import cloud, probe, probe_cloud
from tests.support.line import healthy, line

__all__ = ["cloud", "healthy", "line", "probe", "probe_cloud"]
