"""Fixtures of the workflow tests."""

from tests.support.cloud import cloud, probe, probe_cloud

__all__ = ["cloud", "probe", "probe_cloud"]
