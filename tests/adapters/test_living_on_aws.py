"""LivePages on moto: a live page is replaced only while it is the one that was looked at."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from huichang.adapters import s3
from huichang.adapters.live_pages import S3LivePages
from huichang.adapters.s3 import Bucket, S3Pages
from huichang.kernel.errors import PermanentError
from huichang.pages.releases import Slot
from tests.support.moto_aws import BUCKET, Failing, client_error, make_bucket, moto_aws


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with moto_aws():
        yield make_bucket()


def test_a_live_page_is_replaced_only_while_it_is_the_one_looked_at(bucket: Bucket) -> None:
    codes: dict[str, Slot] = {}
    pages, live = S3Pages(bucket), S3LivePages(bucket, codes.get)
    one, two, three = (pages.put_version("v-1", f"<p>{number}</p>") for number in "一二三")
    assert (live.current("v-1"), live.replace("v-1", one, one, two)) == (None, False)
    pages.open_version("v-1", one, "AbC_")
    assert live.current("v-1") is None  # no release points to it
    codes["v-1"] = Slot(venue_id="v-1", version_id=one, code="AbC_")
    assert live.current("v-1") == one
    assert not live.replace("v-1", three, one, two)  # made of another version than the released one
    assert live.replace("v-1", one, one, two)
    assert live.released("v-1") == one
    assert live.current("v-1") == two
    head = boto3.client("s3").head_object(Bucket=BUCKET, Key="public/r/v-1/AbC_.html")
    assert (head["ContentType"], "s-maxage=20" in head["CacheControl"]) == ("text/html; charset=utf-8", True)
    assert live.read("v-1") == "<p>二</p>"
    assert not live.replace("v-1", one, one, three)
    del codes["v-1"]
    assert (live.current("v-1"), live.replace("v-1", one, two, three)) == (None, False)


def test_the_page_of_a_segment_is_replaced_beside_it_under_the_same_conditions(bucket: Bucket) -> None:
    slots: dict[str, Slot] = {}
    pages, live = S3Pages(bucket), S3LivePages(bucket, slots.get)
    one, mine, newer = (pages.put_version("v-1", f"<p>{number}</p>") for number in "一二三")
    assert live.siblings("v-1") == {}
    pages.open_version("v-1", one, "AbC_")
    pages.open_version("v-1", mine, "AbC_.bulk")
    slots["v-1"] = Slot(venue_id="v-1", version_id=one, code="AbC_", siblings={"bulk": mine, "value": mine})
    assert live.siblings("v-1") == {"bulk": mine, "value": ""}  # one that the release lists is not there
    assert live.replace_sibling("v-1", one, "bulk", mine, newer)
    assert not live.replace_sibling("v-1", one, "bulk", mine, one)
    assert not live.replace_sibling("v-1", newer, "bulk", newer, one)
    assert not live.replace_sibling("v-1", one, "fresh", "", one)
    assert live.replace_sibling("v-1", one, "value", "", newer)
    assert (live.siblings("v-1"), live.current("v-1")) == ({"bulk": newer, "value": newer}, one)
    head = boto3.client("s3").head_object(Bucket=BUCKET, Key="public/r/v-1/AbC_.value.html")
    assert (head["ContentType"], "s-maxage=20" in head["CacheControl"]) == ("text/html; charset=utf-8", True)


@pytest.mark.parametrize("code", ["PreconditionFailed", "NoSuchKey", "ConditionalRequestConflict"])
def test_a_page_that_changes_between_look_and_write_stays(bucket: Bucket, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pages, live = S3Pages(bucket), S3LivePages(bucket, lambda _: Slot(venue_id="v-1", version_id=one, code="AbC_"))
    one, two = pages.put_version("v-1", "<p>一</p>"), pages.put_version("v-1", "<p>二</p>")
    pages.open_version("v-1", one, "AbC_")
    failing = Failing(boto3.client("s3"), "put_object", client_error(code, 412))
    monkeypatch.setattr(s3, "client", lambda _: failing)
    assert not live.replace("v-1", one, one, two)
    failing = Failing(boto3.client("s3"), "put_object", client_error("AccessDenied", 403))
    with pytest.raises(PermanentError):
        live.replace("v-1", one, one, two)
