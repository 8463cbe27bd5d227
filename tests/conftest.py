"""How the suite is spread over processes (`make test` runs it in two: while one waits, the other computes)."""

from __future__ import annotations

from pathlib import Path

import pytest

# Fixtures that start something heavy once a session. Whoever shares one runs in the same process, so that it is started once.
HEAVY = ("line", "probe_cloud", "cloud", "search_node_url")
# What takes longest begins first, so that no process is left with it at the end.
ORDER = ("workflow", "browser", "adapters", "contract", "unit")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long rooms first; with pytest-xdist, one group for each heavy fixture and one for each other file."""
    items.sort(key=_place)  # stable: within a file the order stays
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        heavy = next((name for name in HEAVY if name in getattr(item, "fixturenames", ())), None)
        item.add_marker(pytest.mark.xdist_group(heavy or item.path.relative_to(config.rootpath).as_posix()))


def _place(item: pytest.Item) -> int:
    room = Path(item.path).relative_to(Path(__file__).parent).parts[0]
    return ORDER.index(room) if room in ORDER else len(ORDER)
