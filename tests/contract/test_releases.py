"""One contract: releases, plans and the edge's store in memory (tests), on DynamoDB, and over the HTTP API of CloudFront's store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from huichang.adapters.dynamodb.releases import DynamoReleasePlans, DynamoReleases
from huichang.adapters.edge_store import CloudFrontStore
from huichang.kernel.errors import ConflictError, NotFoundError, PermanentError
from huichang.pages.release_plans import ReleasePlan, ReleasePlans
from huichang.pages.releases import EdgeStore, ReleaseStore, code_of
from infra.local.edge_store import PREFIX, EdgeKeyValueStore, StoreError
from tests.support.memory_releases import MemoryEdge, MemoryPlans, MemoryReleases
from tests.support.moto_aws import make_table, moto_aws
from tests.support.release_shelf import a_release

ARN = "arn:aws:cloudfront::000000000000:key-value-store/local"


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[ReleaseStore, ReleasePlans]]:
    if request.param == "memory":
        yield MemoryReleases(), MemoryPlans()
        return
    with moto_aws():
        table = make_table()
        yield DynamoReleases(table), DynamoReleasePlans(table)


def test_the_newest_release_is_current_and_none_is_ever_changed(stores: tuple[ReleaseStore, ReleasePlans]) -> None:
    store, _ = stores
    assert (store.current("c-1"), store.recent("c-1"), store.campaigns()) == (None, [], [])
    assert store.add(a_release(number=1))
    assert store.add(a_release(number=2, by="lin"))
    assert not store.add(a_release(number=2, by="rival"))
    assert store.add(a_release("c-2", number=1))
    assert store.current("c-1") == a_release(number=2, by="lin")
    assert [each.number for each in store.recent("c-1")] == [2, 1]
    assert [each.number for each in store.recent("c-1", 1)] == [2]
    assert store.get("c-1", 1) == a_release(number=1)
    with pytest.raises(NotFoundError):
        store.get("c-1", 9)


def test_of_many_at_once_one_writes_a_number(stores: tuple[ReleaseStore, ReleasePlans]) -> None:
    store, _ = stores
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda number: store.add(a_release(number=1, by=f"p-{number}")), range(8)))
    assert won.count(True) == 1
    assert store.current("c-1").by == f"p-{won.index(True)}"


def test_a_short_name_is_of_one_version_for_ever(stores: tuple[ReleaseStore, ReleasePlans], monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = stores
    assert store.code("v-1", "ver-1") == store.code("v-1", "ver-1") == code_of("ver-1", 0)
    for module in ("huichang.adapters.dynamodb.releases", "tests.support.memory_releases"):
        monkeypatch.setattr(f"{module}.code_of", lambda _, salt: f"AAA{salt:x}")  # every version collides
    names = [store.code("v-1", version) for version in ("ver-2", "ver-3", "ver-2")]
    assert names == ["AAA0", "AAA1", "AAA0"]


def test_what_is_owed_stands_until_its_own_settlement(stores: tuple[ReleaseStore, ReleasePlans]) -> None:
    store, _ = stores
    store.owe("c-1", "first")
    store.owe("c-1", "second")
    store.settled("c-1", "first")
    assert store.owing() == [("c-1", "second")]
    store.settled("c-1", "second")
    store.settled("c-1", "second")
    assert (store.owing(), store.campaigns()) == ([], ["c-1"])


def test_a_plan_is_not_overwritten_unseen(stores: tuple[ReleaseStore, ReleasePlans]) -> None:
    _, plans = stores
    plan = ReleasePlan(campaign_id="c-1", by="olga", starts_at="2026-12-12T00:00:00")
    assert plans.get("c-1") is None
    assert plans.put(plan, 0).revision == 1
    with pytest.raises(ConflictError, match="olga has changed") as caught:
        plans.put(plan, 0)
    assert caught.value.code == "plan_changed"
    assert plans.put(plan.model_copy(update={"by": "lin"}), 1).revision == 2
    assert [each.by for each in plans.all()] == ["lin"]


# --- the edge's store -------------------------------------------------------------------------------------------------


class Door(BaseHTTPRequestHandler):
    """The front door's API of the store, without the front door."""

    store: EdgeKeyValueStore

    def _answer(self) -> None:
        import json

        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            status, said, etag = self.store.answer(
                self.command, parts.path, dict(parse_qsl(parts.query)), self.headers.get("if-match", ""), body
            )
            extra = ("ETag", etag)
        except StoreError as error:
            status, said, extra = error.status, {"Message": str(error)}, ("x-amzn-errortype", error.name)
        text = json.dumps(said).encode()
        self.send_response(status)
        for name, value in (("content-type", "application/json"), ("content-length", str(len(text))), extra):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        return None


@pytest.fixture(params=["memory", "cloudfront"])
def edge(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EdgeStore]:
    if request.param == "memory":
        yield MemoryEdge()
        return
    for name, value in (("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(name, value)
    door = type("OneDoor", (Door,), {"store": EdgeKeyValueStore(tmp_path / "edge-store.json")})
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield CloudFrontStore(ARN, f"http://127.0.0.1:{server.server_port}{PREFIX}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_store_takes_all_or_nothing_of_who_saw_it_last(edge: EdgeStore) -> None:
    first = edge.version()
    assert (edge.get("v/v-1"), edge.all()) == (None, {})
    second = edge.update({"v/v-1": "c-1:0", "c/c-1": "zh:1:toys:AbC_"}, (), first)
    assert second == edge.version() != first
    with pytest.raises(ConflictError) as caught:
        edge.update({"v/v-1": "stale"}, (), first)
    assert caught.value.code == "edge_moved"
    edge.update({f"v/v-{number}": f"c-1:{number}" for number in range(2, 50)}, ["v/v-1"], second)
    assert edge.get("v/v-1") is None
    assert edge.get("c/c-1") == "zh:1:toys:AbC_"
    assert len(edge.all()) == 49, "more than one page of keys"


def test_the_local_store_survives_a_restart_and_keeps_cloudfronts_limits(tmp_path: Path) -> None:
    store = EdgeKeyValueStore(tmp_path / "store.json")
    store.update({"c/c-1": "zh:1::AAAA"}, [], store.etag)
    again = EdgeKeyValueStore(tmp_path / "store.json")
    assert (again.get("c/c-1"), again.etag) == ("zh:1::AAAA", store.etag)
    for puts in ({"k": "x" * 1025}, {"k" * 513: "x"}, {f"k{number}": "" for number in range(51)}, {}):
        with pytest.raises(StoreError) as caught:
            again.update(puts, [], again.etag)
        assert caught.value.name == "ValidationException"
    (tmp_path / "broken.json").write_text("{")
    assert EdgeKeyValueStore(tmp_path / "broken.json").get("c/c-1") is None  # keep_releases writes it again


def test_requests_on_aws_are_signed_with_sigv4a(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("awscrt", reason="not run: awscrt is not installed here; layers/deps carries it")
    from huichang.adapters import edge_store

    for name, value in (("AWS_DEFAULT_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(name, value)
    edge_store._client.cache_clear()
    sent: list[Any] = []

    def caught(request: Any, **_: Any) -> Any:
        sent.append(request)
        raise PermanentError("nothing leaves this machine")

    edge_store._client("").meta.events.register("before-send.cloudfront-keyvaluestore", caught)
    with pytest.raises(PermanentError):
        CloudFrontStore(ARN).version()
    edge_store._client.cache_clear()
    (request,) = sent
    assert request.url.startswith("https://000000000000.cloudfront-kvs.global.api.aws/key-value-stores/")
    authorization = request.headers["Authorization"]
    assert "AWS4-ECDSA-P256-SHA256" in (authorization if isinstance(authorization, str) else authorization.decode())
