"""ReleaseStore and ReleasePlans on the state table."""

from __future__ import annotations

from huichang.adapters.dynamodb.table import Table, body_of
from huichang.kernel.errors import NotFoundError, TransientError
from huichang.pages.release_plans import ReleasePlan, plan_changed
from huichang.pages.releases import Release, code_of

_SALTS = 16


def _number(number: int) -> str:
    return f"RELEASE#{number:08d}"


class DynamoReleases:
    """pk CAMPAIGN#<id>, sk RELEASE#<number>: releases, never changed. pk RELEASED: campaigns that have any; pk RELEASE-OWING: those
    whose consequences may be missing. pk VENUE#<id>, sk EDGE-CODE#<code>: which version has this short name."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def current(self, campaign_id: str) -> Release | None:
        """See ReleaseStore."""
        return next(iter(self.recent(campaign_id, 1)), None)

    def get(self, campaign_id: str, number: int) -> Release:
        """See ReleaseStore."""
        item = self._table.get(f"CAMPAIGN#{campaign_id}", _number(number))
        if item is None:
            raise NotFoundError(f"this campaign has no release {number}", where="to", mend="one of those that are listed")
        return body_of(item, Release)

    def recent(self, campaign_id: str, limit: int = 50) -> list[Release]:
        """See ReleaseStore."""
        found = self._table.query(f"CAMPAIGN#{campaign_id}", prefix="RELEASE#", newest_first=True, limit=limit)
        return [body_of(item, Release) for item in found]

    def add(self, release: Release) -> bool:
        """See ReleaseStore."""
        return self._table.put_new(
            {"pk": f"CAMPAIGN#{release.campaign_id}", "sk": _number(release.number), "body": release.model_dump_json()}
        )

    def code(self, venue_id: str, version_id: str) -> str:
        """See ReleaseStore."""
        for salt in range(_SALTS):
            code = code_of(version_id, salt)
            key = {"pk": f"VENUE#{venue_id}", "sk": f"EDGE-CODE#{code}"}
            if self._table.put_new({**key, "version": version_id}):
                return code
            held = self._table.get(key["pk"], key["sk"])
            if held and held["version"] == version_id:
                return code
        raise TransientError(f"no short name is left for version {version_id}", where=f"venue {venue_id}")

    def owe(self, campaign_id: str, token: str) -> None:
        """See ReleaseStore."""
        self._table.put({"pk": "RELEASE-OWING", "sk": campaign_id, "token": token})
        self._table.put_new({"pk": "RELEASED", "sk": campaign_id})

    def settled(self, campaign_id: str, token: str) -> None:
        """See ReleaseStore."""
        names, values = {"#token": "token"}, {":token": token}
        self._table.delete("RELEASE-OWING", campaign_id, condition="#token = :token", names=names, values=values)

    def owing(self) -> list[tuple[str, str]]:
        """See ReleaseStore."""
        return [(str(item["sk"]), str(item["token"])) for item in self._table.query("RELEASE-OWING")]

    def campaigns(self) -> list[str]:
        """See ReleaseStore."""
        return [str(item["sk"]) for item in self._table.query("RELEASED")]


class DynamoReleasePlans:
    """pk RELEASE-PLANS, sk <campaign>."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, campaign_id: str) -> ReleasePlan | None:
        """See ReleasePlans."""
        item = self._table.get("RELEASE-PLANS", campaign_id)
        return body_of(item, ReleasePlan) if item else None

    def put(self, plan: ReleasePlan, expect: int) -> ReleasePlan:
        """See ReleasePlans."""
        written = plan.model_copy(update={"revision": expect + 1})
        item = {"pk": "RELEASE-PLANS", "sk": plan.campaign_id, "revision": expect + 1, "body": written.model_dump_json()}
        if expect:
            done = self._table.put(item, condition="#revision = :expect", names={"#revision": "revision"}, values={":expect": expect})
        else:
            done = self._table.put_new(item)
        if not done:
            raise plan_changed(self.get(plan.campaign_id), expect)
        return written

    def all(self) -> list[ReleasePlan]:
        """See ReleasePlans."""
        return [body_of(item, ReleasePlan) for item in self._table.query("RELEASE-PLANS")]
