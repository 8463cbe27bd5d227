"""The thin hand on the state table: conditions, lost races, pages, and errors in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
)

from huichang.adapters import aws
from huichang.adapters.dynamodb import table as table_module
from huichang.adapters.dynamodb.table import Table
from huichang.kernel.errors import ConflictError, NotFoundError, PermanentError, TransientError
from tests.support.moto_aws import Failing, client_error, load_template, make_table, moto_aws


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setattr("huichang.adapters.dynamodb.table.time.sleep", lambda _: None)
    with moto_aws():
        yield make_table()


def failing(monkeypatch: pytest.MonkeyPatch, call: str, error: Exception, times: int = 10_000) -> Failing:
    client = Failing(aws.client("dynamodb"), call, error, times)
    monkeypatch.setattr(table_module, "client", lambda _: client)
    return client


def test_the_template_has_both_indexes_and_expiry() -> None:
    described = load_template()["Resources"]["StateTable"]["Properties"]
    assert [index["IndexName"] for index in described["GlobalSecondaryIndexes"]] == ["gsi1", "gsi2"]
    assert described["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_items_come_back_as_they_went(table: Table) -> None:
    item = {"pk": "A", "sk": "1", "text": "熊猫", "whole": 7, "minus": -3, "part": 1.5, "yes": True, "no": False, "raw": b"\x00\x01"}
    table.put(item | {"nothing": None})
    assert table.get("A", "1") == item
    assert table.get("A", "2") is None


def test_put_new_writes_once(table: Table) -> None:
    assert table.put_new({"pk": "A", "sk": "1", "body": "first"})
    assert not table.put_new({"pk": "A", "sk": "1", "body": "second"})
    assert (table.get("A", "1") or {})["body"] == "first"


def test_put_says_false_when_its_condition_does_not_hold(table: Table) -> None:
    table.put({"pk": "A", "sk": "1", "until": 10})
    taken: dict[str, Any] = {"condition": "#u < :now", "names": {"#u": "until"}}
    assert not table.put({"pk": "A", "sk": "1", "until": 99}, values={":now": 10}, **taken)
    assert table.put({"pk": "A", "sk": "1", "until": 99}, values={":now": 11}, **taken)


def test_delete_can_be_repeated_and_conditional(table: Table) -> None:
    table.put({"pk": "A", "sk": "1", "token": "new"})
    only_old: dict[str, Any] = {"condition": "#t = :t", "names": {"#t": "token"}, "values": {":t": "old"}}
    table.delete("A", "1", **only_old)
    assert table.get("A", "1")
    table.delete("A", "1", **(only_old | {"values": {":t": "new"}}))
    assert table.get("A", "1") is None
    table.delete("A", "1")


def test_query_follows_pages_in_both_directions(table: Table) -> None:
    # 30 items of 60 kB: DynamoDB answers at most 1 MB at once, so this takes two pages.
    for number in range(30):
        table.put({"pk": "A", "sk": f"{number:02d}", "filler": "x" * 60_000})
    assert [item["sk"] for item in table.query("A")] == [f"{n:02d}" for n in range(30)]
    assert [item["sk"] for item in table.query("A", newest_first=True, limit=25)] == [f"{n:02d}" for n in range(29, 4, -1)]
    assert [item["sk"] for item in table.query("A", limit=3)] == ["00", "01", "02"]


def test_query_by_prefix_before_and_index(table: Table) -> None:
    for number in range(6):
        item = {"pk": "A", "sk": f"STEP#{number}", "gsi2pk": "OPEN", "gsi2sk": f"2026-0{number + 1}"}
        table.put(item)
    table.put({"pk": "A", "sk": "META"})
    assert len(list(table.query("A", prefix="STEP#"))) == 6
    assert [i["sk"] for i in table.query("OPEN", index="gsi2", before="2026-03")] == ["STEP#0", "STEP#1"]
    assert [i["sk"] for i in table.query("OPEN", index="gsi2", before="2026-06", limit=2)] == ["STEP#0", "STEP#1"]
    assert list(table.query("nobody")) == []


def test_change_edits_what_stands_there(table: Table) -> None:
    table.put_new({"pk": "A", "sk": "1", "count": 0})
    for _ in range(3):
        table.change("A", "1", lambda item: item | {"count": item["count"] + 1})
    assert table.get("A", "1") == {"pk": "A", "sk": "1", "count": 3, "lock": 3}
    with pytest.raises(NotFoundError):
        table.change("A", "2", dict)


@pytest.mark.parametrize("others", [1, 11])
def test_change_tries_again_after_lost_races(table: Table, others: int) -> None:
    table.put_new({"pk": "A", "sk": "1", "count": 0})
    inside = 0

    def edit(item: dict[str, Any]) -> dict[str, Any]:
        nonlocal inside
        if inside < others:  # somebody else is quicker, between our reading and our writing
            inside += 1
            Table(table.name).change("A", "1", lambda theirs: theirs | {"count": theirs["count"] + 1})
        return item | {"count": item["count"] + 1}

    # The other writer goes through the same code, hence the flag above and not a counter of calls.
    table.change("A", "1", edit)
    assert (table.get("A", "1") or {})["count"] == others + 1


def test_change_gives_up_with_a_transient_error(table: Table) -> None:
    table.put_new({"pk": "A", "sk": "1", "count": 0})
    races = 0

    def edit(item: dict[str, Any]) -> dict[str, Any]:
        nonlocal races
        races += 1
        table.put(item | {"lock": races})
        return item

    with pytest.raises(TransientError, match="too many at once"):
        table.change("A", "1", edit)
    assert races == 12


def test_change_can_be_refused_by_its_edit(table: Table) -> None:
    table.put_new({"pk": "A", "sk": "1", "count": 0})

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise ConflictError("not now")

    with pytest.raises(ConflictError):
        table.change("A", "1", refuse)
    assert table.get("A", "1") == {"pk": "A", "sk": "1", "count": 0}


def test_change_once_writes_both_or_neither(table: Table) -> None:
    table.put_new({"pk": "A", "sk": "META", "count": 0})
    mark = {"pk": "A", "sk": "CHUNK#1"}
    assert table.change_once("A", "META", mark, lambda item: item | {"count": item["count"] + 1})
    assert not table.change_once("A", "META", mark, lambda item: item | {"count": item["count"] + 1})
    assert (table.get("A", "META") or {})["count"] == 1
    with pytest.raises(NotFoundError):
        table.change_once("B", "META", {"pk": "B", "sk": "CHUNK#1"}, dict)
    assert table.get("B", "CHUNK#1") is None


def test_change_once_tries_again_after_a_lost_race(table: Table) -> None:
    table.put_new({"pk": "A", "sk": "META", "count": 0})
    raced = False

    def edit(item: dict[str, Any]) -> dict[str, Any]:
        nonlocal raced
        if not raced:
            raced = True
            table.change("A", "META", lambda theirs: theirs | {"count": 40})
        return item | {"count": item["count"] + 1}

    assert table.change_once("A", "META", {"pk": "A", "sk": "CHUNK#1"}, edit)
    assert (table.get("A", "META") or {})["count"] == 41
    assert table.get("A", "CHUNK#1")


def test_put_many_sends_again_what_was_not_processed(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    real = aws.client("dynamodb")
    sizes: list[int] = []

    class Stingy:
        """Takes only the first of each batch."""

        def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
            ((name, requests),) = RequestItems.items()
            sizes.append(len(requests))
            keep, rest = (requests[:24], requests[24:]) if len(requests) > 24 else (requests, [])
            real.batch_write_item(RequestItems={name: keep})
            return {"UnprocessedItems": {name: rest} if rest else {}}

    monkeypatch.setattr(table_module, "client", lambda _: Stingy())
    table.put_many([{"pk": "A", "sk": f"{n:03d}"} for n in range(60)])
    monkeypatch.undo()
    assert len(list(table.query("A"))) == 60
    assert sizes == [25, 1, 25, 1, 10]


def test_put_many_says_so_when_dynamodb_never_takes_all(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
            return {"UnprocessedItems": RequestItems}

    monkeypatch.setattr(table_module, "client", lambda _: Closed())
    with pytest.raises(TransientError, match="unprocessed"):
        table.put_many([{"pk": "A", "sk": "1"}])


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (client_error("ProvisionedThroughputExceededException"), TransientError),
        (client_error("ThrottlingException"), TransientError),
        (client_error("RequestLimitExceeded"), TransientError),
        (client_error("TransactionConflictException"), TransientError),
        (client_error("InternalServerError", 500), TransientError),
        (client_error("SomethingNew", 503), TransientError),
        (EndpointConnectionError(endpoint_url="http://x"), TransientError),
        (ReadTimeoutError(endpoint_url="http://x"), TransientError),
        (ConnectTimeoutError(endpoint_url="http://x"), TransientError),
        (client_error("AccessDeniedException"), PermanentError),
        (client_error("ResourceNotFoundException"), PermanentError),
        (client_error("ValidationException"), PermanentError),
        (ParamValidationError(report="wrong type"), PermanentError),
        (NoRegionError(), PermanentError),
        (NoCredentialsError(), PermanentError),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:60]),
)
def test_every_vendor_error_becomes_one_of_ours(
    table: Table, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception]
) -> None:
    failing(monkeypatch, "get_item", error)
    with pytest.raises(kind) as caught:
        table.get("A", "1")
    assert type(caught.value) is kind
    assert f"table {table.name}" in caught.value.where  # type: ignore[attr-defined]
    assert caught.value.__cause__ is error


def test_an_error_while_writing_is_not_taken_for_a_refused_condition(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "put_item", client_error("ThrottlingException"))
    with pytest.raises(TransientError):
        table.put_new({"pk": "A", "sk": "1"})


def test_a_cancelled_transaction_tells_its_reasons(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = [{"Code": "None"}, {"Code": "ThrottlingError"}]
    failing(monkeypatch, "transact_write_items", client_error("TransactionCanceledException", CancellationReasons=reasons))
    with pytest.raises(TransientError, match="ThrottlingError"):
        table.transact([])


def test_one_client_for_each_service_with_short_timeouts() -> None:
    with moto_aws():
        first = aws.client("sqs")
        assert aws.client("sqs") is first
        assert aws.client("s3") is not first
        config = first.meta.config  # botocore's own default is to wait for a minute
        assert (config.connect_timeout, config.read_timeout) == (3, 20)


def test_a_secret_is_read_or_named() -> None:
    with moto_aws():
        aws.client("secretsmanager").create_secret(Name="key", SecretString="s3cret")
        assert aws.secret("key") == "s3cret"
        with pytest.raises(PermanentError) as caught:
            aws.secret("other")
        assert caught.value.where == "secret other"
