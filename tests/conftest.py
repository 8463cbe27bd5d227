"""How the suite is spread over processes (`make test` runs it in two: while one waits, the other computes)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.no_network import no_network

# No test measures time, so neither may Hypothesis: on a busy machine drawing inputs is slow, and that says nothing about us.
settings.register_profile("huichang", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("huichang")

TESTS = Path(__file__).parent
# Files that share something heavy, started once a session: a word in their text, and what they share. They run in one process.
SHARED = {"search_node_url": "the search node", "from tests.support.line import": "the line"}
# What takes longest begins first, so that no process is left with it at the end.
ORDER = ("workflow/test_line", "workflow", "browser", "adapters", "contract", "unit")


@pytest.fixture(autouse=True, scope="session")
def _no_real_calls() -> Iterator[None]:
    """Whatever a test starts in this process reaches this machine and no other."""
    with no_network():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long rooms first; within a file the order stays."""
    places = {path: _place(path) for path in {item.path for item in items}}
    items.sort(key=lambda item: places[item.path])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `--dist loadfile`: a file's tests stay together, and so do files that share something heavy.

    pytest-xdist's own groups (`--dist loadgroup`) are not read with pytest 9.2, which has no `Item._nodeid` to write them into.
    """
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByWhatIsShared(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(config.rootpath / super()._split_scope(nodeid))

    config.option.loadscopereorder = False  # it would sort by the number of tests; ours are sorted by how long they take
    return ByWhatIsShared(config, log)


@cache
def group_of(path: Path) -> str:
    """What the tests of a file stay together with."""
    text = path.read_text(encoding="utf-8")
    return next((shared for word, shared in SHARED.items() if word in text), str(path))


def _place(path: Path) -> int:
    inside = path.relative_to(TESTS).as_posix()
    return next((number for number, start in enumerate(ORDER) if inside.startswith(start)), len(ORDER))
