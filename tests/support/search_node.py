"""A real OpenSearch node for tests marked `live`: the fixture `search_node_url` (load this module in `pytest_plugins`).

OPENSEARCH_TEST_URL names a running node. Without it the node of infra/opensearch is started, where this machine can.
With HUICHANG_REQUIRE_SEARCH_NODE=1 (continuous integration) a missing node is a failure; elsewhere a visible skip.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from infra.opensearch.node import NodeError, SearchNode, build, is_built, missing_tools


@pytest.fixture(scope="session")
def search_node_url() -> Iterator[str]:
    """Endpoint of the node; one node a test session."""
    given = os.environ.get("OPENSEARCH_TEST_URL", "")
    if given:
        yield given
        return
    required = os.environ.get("HUICHANG_REQUIRE_SEARCH_NODE") == "1"
    try:
        node = _started(required)
    except NodeError as error:
        if required:
            pytest.fail(f"HUICHANG_REQUIRE_SEARCH_NODE=1, but there is no OpenSearch node: {error}")
        pytest.skip(f"no OpenSearch node: {error}")
    try:
        yield node.url
    finally:
        node.stop()


def _started(required: bool) -> SearchNode:
    lack = missing_tools(to_build=not is_built())
    if lack:
        raise NodeError(lack)
    if not is_built():
        if not required:  # fetching 100 MB of jars is not what somebody who runs the tests asked for
            raise NodeError("not built; python -m infra.opensearch build")
        build()
    return SearchNode().start()
