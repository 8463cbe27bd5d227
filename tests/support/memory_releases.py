"""Releases, their plans and the edge's store in memory, and what buyers see through them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from huichang.kernel.errors import ConflictError, NotFoundError, TransientError
from huichang.pages.release_plans import ReleasePlan, plan_changed
from huichang.pages.releases import Release, code_of
from infra.local.edge_function import Rewritten, route


class MemoryReleases:
    """ReleaseStore. `before_add` is called before each conditional write, as a rival would come."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, int], Release] = {}
        self.codes: dict[tuple[str, str], str] = {}
        self.owed: dict[str, str] = {}
        self.ever: set[str] = set()
        self.before_add = lambda release: None

    def current(self, campaign_id: str) -> Release | None:
        return next(iter(self.recent(campaign_id, 1)), None)

    def get(self, campaign_id: str, number: int) -> Release:
        if (campaign_id, number) not in self.items:
            raise NotFoundError(f"this campaign has no release {number}", where="to")
        return self.items[campaign_id, number]

    def recent(self, campaign_id: str, limit: int = 50) -> list[Release]:
        return [self.items[key] for key in sorted(self.items, reverse=True) if key[0] == campaign_id][:limit]

    def add(self, release: Release) -> bool:
        self.before_add(release)
        return self.items.setdefault((release.campaign_id, release.number), release) is release

    def code(self, venue_id: str, version_id: str) -> str:
        for salt in range(16):
            code = code_of(version_id, salt)
            if self.codes.setdefault((venue_id, code), version_id) == version_id:
                return code
        raise TransientError("no short name is left")

    def owe(self, campaign_id: str, token: str) -> None:
        self.owed[campaign_id] = token
        self.ever.add(campaign_id)

    def settled(self, campaign_id: str, token: str) -> None:
        if self.owed.get(campaign_id) == token:
            del self.owed[campaign_id]

    def owing(self) -> list[tuple[str, str]]:
        return list(self.owed.items())

    def campaigns(self) -> list[str]:
        return sorted(self.ever)


class MemoryPlans:
    """ReleasePlans."""

    def __init__(self) -> None:
        self.items: dict[str, ReleasePlan] = {}

    def get(self, campaign_id: str) -> ReleasePlan | None:
        return self.items.get(campaign_id)

    def put(self, plan: ReleasePlan, expect: int) -> ReleasePlan:
        current = self.items.get(plan.campaign_id)
        if (current.revision if current else 0) != expect:
            raise plan_changed(current, expect)
        self.items[plan.campaign_id] = plan.model_copy(update={"revision": expect + 1})
        return self.items[plan.campaign_id]

    def all(self) -> list[ReleasePlan]:
        return list(self.items.values())


class MemoryEdge:
    """EdgeStore. `failures`: so many calls fail as if the store were away."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.writes = 0
        self.failures = 0

    def version(self) -> str:
        if self.failures:
            self.failures -= 1
            raise TransientError("the store is away")
        return str(self.writes)

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def all(self) -> dict[str, str]:
        return dict(self.values)

    def update(self, puts: Mapping[str, str], deletes: Iterable[str], if_version: str) -> str:
        assert len(puts) <= 50
        assert all(len(value.encode()) <= 1024 for value in puts.values())
        if if_version != str(self.writes):
            raise ConflictError("the store has moved", code="edge_moved")
        self.values |= puts
        for key in deletes:
            self.values.pop(key, None)
        self.writes += 1
        return str(self.writes)

    def shows(self, venue_id: str, language: str = "", segment: str = "") -> str:
        """The object that a buyer of this venue gets, as the front door finds it."""
        led = route(f"/v/{venue_id}/", language, self.values.get, f"hc_seg={segment}" if segment else "")
        assert isinstance(led, Rewritten)
        return led.path
