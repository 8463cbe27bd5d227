"""Bodies and pages in S3: whole objects, private versions, one live copy, pictures once."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import IncompleteReadError

from huichang.adapters import aws
from huichang.adapters import s3 as s3_module
from huichang.adapters.s3 import Bucket, S3CallAnswers, S3Documents, S3Pages, json_lines
from huichang.kernel.errors import NotFoundError, PermanentError, TransientError
from huichang.materials.model import CopyResult
from tests.support.moto_aws import BUCKET, Failing, client_error, make_bucket, moto_aws


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with moto_aws():
        yield make_bucket()


def test_bytes_come_back_as_they_went(bucket: Bucket) -> None:
    bucket.put("a/b", b"\x00\xff" * 1000, "application/octet-stream")
    assert bucket.get("a/b") == b"\x00\xff" * 1000
    assert bucket.exists("a/b")
    bucket.put("a/b", b"new", "text/plain")
    assert bucket.get("a/b") == b"new"
    bucket.delete("a/b")
    bucket.delete("a/b")
    assert not bucket.exists("a/b")


def test_what_is_not_there_is_not_found_and_named(bucket: Bucket) -> None:
    for missing in (lambda: bucket.get("no/such"), lambda: bucket.stream("no/such")):
        with pytest.raises(NotFoundError) as caught:
            missing()
        assert caught.value.where == "no/such"


def test_a_bucket_that_is_not_there_is_a_defect_and_not_an_empty_one(bucket: Bucket) -> None:
    with pytest.raises(PermanentError) as caught:
        Bucket("huichang-other").get("a")
    assert not isinstance(caught.value, NotFoundError)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("SlowDown", 503, TransientError), ("InternalError", 500, TransientError), ("AccessDenied", 403, PermanentError)],
)
def test_errors_are_translated(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, code: str, status: int, kind: type[Exception]) -> None:
    real = aws.client("s3")
    for call, use in (
        ("get_object", lambda: bucket.get("a")),
        ("get_object", lambda: bucket.stream("a")),
        ("put_object", lambda: bucket.put("a", b"", "text/plain")),
        ("head_object", lambda: bucket.exists("a")),
        ("delete_object", lambda: bucket.delete("a")),
    ):
        failing = Failing(real, call, client_error(code, status))
        monkeypatch.setattr(s3_module, "client", lambda _, failing=failing: failing)
        with pytest.raises(kind) as caught:
            use()
        assert type(caught.value) is kind
        assert failing.calls == 1


def test_a_stream_is_read_in_pieces(bucket: Bucket) -> None:
    bucket.put("big", b"0123456789" * 1000, "text/plain")
    stream = bucket.stream("big")
    assert stream.read(4) == b"0123"
    assert len(stream.read()) == 9996
    assert stream.read(1) == b""


def test_a_stream_that_breaks_is_transient(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def read(self, _: int | None = None) -> bytes:
            raise IncompleteReadError(actual_bytes=1, expected_bytes=2)

    class Client:
        def get_object(self, **_: str) -> dict[str, Broken]:
            return {"Body": Broken()}

    monkeypatch.setattr(s3_module, "client", lambda _: Client())
    with pytest.raises(TransientError):
        bucket.stream("a").read(10)
    with pytest.raises(TransientError):
        bucket.get("a")


def test_presigned_addresses_are_signed_for_one_key_and_an_hour(bucket: Bucket) -> None:
    for url, verb in ((bucket.upload_url("imports/i-1/files/main"), "PUT"), (bucket.download_url("imports/i-1/files/main"), "GET")):
        parts = urllib.parse.urlsplit(url)
        asked = urllib.parse.parse_qs(parts.query)
        assert parts.path.endswith("/imports/i-1/files/main"), verb
        # Version 2 signatures are refused by every bucket made since June 2020.
        assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
        assert asked["X-Amz-Expires"] == ["3600"]
        # Without the region S3 answers a new bucket's address with a redirect, which a signed PUT does not survive.
        assert "eu-west-1" in str(parts.hostname)


def test_documents_are_validated_when_they_are_read(bucket: Bucket) -> None:
    documents = S3Documents(bucket)
    body = CopyResult(texts={"title": "熊猫来了"}, fallback=True, note="title is missing")
    assert documents.put("materials/v-1/k/result", body) == "materials/v-1/k/result"
    assert documents.get("materials/v-1/k/result", CopyResult) == body
    assert documents.exists("materials/v-1/k/result")
    assert not documents.exists("materials/v-1/k")
    with pytest.raises(NotFoundError):
        documents.get("materials/v-1/k", CopyResult)
    bucket.put("documents/spoiled.json", b'{"texts": 3}', "application/json")
    with pytest.raises(ValueError, match="texts"):
        documents.get("spoiled", CopyResult)


def test_call_answers(bucket: Bucket) -> None:
    answers = S3CallAnswers(bucket)
    assert answers.get("k") is None
    answers.put("k", b"{}")
    assert answers.get("k") == b"{}"


def test_an_answer_that_cannot_be_read_is_not_taken_for_none(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """None means "pay for it"."""
    failing = Failing(object(), "get_object", client_error("AccessDenied", 403))
    monkeypatch.setattr(s3_module, "client", lambda _: failing)
    with pytest.raises(PermanentError):
        S3CallAnswers(bucket).get("k")


def test_versions_are_private_and_named_by_their_content(bucket: Bucket) -> None:
    pages = S3Pages(bucket)
    first = pages.put_version("v-1", "<p>一</p>")
    assert pages.put_version("v-1", "<p>一</p>") == first
    second = pages.put_version("v-1", "<p>二</p>")
    assert second != first
    assert pages.read_version("v-1", first) == "<p>一</p>"
    with pytest.raises(NotFoundError):
        pages.read_version("v-2", first)
    third = pages.put_version("v-3", "<p>三</p>", refreshed=True)
    assert (pages.read_version("v-3", third), bucket.exists(f"refreshed/v-3/{third}.html")) == ("<p>三</p>", True)
    bucket.delete(f"refreshed/v-3/{third}.html")
    keys = [entry["Key"] for entry in boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert len(keys) == 2
    assert not [key for key in keys if key.startswith("public/")]


def test_a_version_stands_under_its_short_name_until_another_is_put_there(bucket: Bucket) -> None:
    pages = S3Pages(bucket)
    first, second = pages.put_version("v-1", "<p>一</p>"), pages.put_version("v-1", "<p>二</p>")
    assert pages.opened("v-1", "AbC_") is None
    pages.open_version("v-1", second, "AbC_")
    pages.open_version("v-1", first, "AbC_")  # the same page with the facts of now
    pages.open_version("v-1", second, "XyZ-")
    assert [S3Pages(bucket).opened("v-1", code) for code in ("AbC_", "XyZ-")] == [first, second]
    assert bucket.get("public/r/v-1/AbC_.html").decode() == "<p>一</p>"
    assert bucket.get("public/r/v-1/XyZ-.html").decode() == "<p>二</p>"
    head = boto3.client("s3").head_object(Bucket=BUCKET, Key="public/r/v-1/AbC_.html")
    assert head["ContentType"] == "text/html; charset=utf-8"
    assert head["CacheControl"].startswith("public, max-age=0, s-maxage=20")  # part of the minute in which a page becomes true
    with pytest.raises(NotFoundError):
        pages.open_version("v-1", "unknown", "AAAA")
    assert not bucket.exists("public/r/v-1/AAAA.html")


def test_whoever_puts_a_page_there_between_look_and_write_is_not_overwritten(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = S3Pages(bucket)
    one, two, three = (pages.put_version("v-1", f"<p>{number}</p>") for number in "一二三")
    read = pages.read_version

    def overtaken(venue_id: str, version_id: str) -> str:
        monkeypatch.setattr(pages, "read_version", read)
        S3Pages(bucket).open_version("v-1", three, "AbC_")
        return read(venue_id, version_id)

    for mine in (one, two):  # where nothing stood, and over what stood there
        monkeypatch.setattr(pages, "read_version", overtaken)
        pages.open_version("v-1", mine, "AbC_")
        assert pages.opened("v-1", "AbC_") == three
        pages.open_version("v-1", one, "AbC_")
    bucket.put("public/r/v-1/AbC_.html", b"\xff\x00 no page of ours", "text/html")
    assert pages.opened("v-1", "AbC_") not in (one, two, three)
    pages.open_version("v-1", one, "AbC_")
    assert bucket.get("public/r/v-1/AbC_.html").decode() == "<p>一</p>"


def test_what_is_told_instead_of_a_page_carries_its_status(bucket: Bucket) -> None:
    S3Pages(bucket).put_gone("toys/zh", "<p>结束了</p>", 410)
    head = boto3.client("s3").head_object(Bucket=BUCKET, Key="public/gone/toys/zh.html")
    assert (head["Metadata"], head["ContentType"]) == ({"status": "410"}, "text/html; charset=utf-8")


def test_a_picture_is_stored_once(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = S3Pages(bucket)
    key = pages.put_media(b"webp", "image/webp", "webp")
    assert key.startswith("media/")
    assert key.endswith(".webp")
    head = boto3.client("s3").head_object(Bucket=BUCKET, Key=f"public/{key}")
    assert (head["ContentType"], head["CacheControl"]) == ("image/webp", "public, max-age=31536000, immutable")
    real = aws.client("s3")
    no_writing = Failing(real, "put_object", AssertionError("written again"))
    monkeypatch.setattr(s3_module, "client", lambda _: no_writing)
    assert pages.put_media(b"webp", "image/webp", "webp") == key
    assert pages.media_exists(key)
    assert not pages.media_exists("media/other.webp")
    assert pages.read_media(key) == b"webp"


def test_json_lines() -> None:
    assert json_lines([{"a": "熊"}, {"b": 1}]).decode() == '{"a": "熊"}\n{"b": 1}\n'
