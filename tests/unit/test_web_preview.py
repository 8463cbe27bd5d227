"""Preview tokens: nobody makes one up, none outlives its fifteen minutes, each shows one version."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.venues.model import Venue
from huichang.web.preview import VALID_SECONDS, PreviewPass, SignedPreviews, sign, verify
from tests.support.fakes import FakeClock
from tests.support.web_api import venue

SECRET = b"a secret of 32 bytes or more, kept"
TOKEN = sign(SECRET, "v-1", "ver-1", 1000)


def test_a_token_names_its_version_until_it_expires() -> None:
    assert verify(SECRET, TOKEN, 999) == PreviewPass(venue_id="v-1", version_id="ver-1", expires_at=1000)
    for late in (1000, 1001, 10**12):
        with pytest.raises(NotFoundError):
            verify(SECRET, TOKEN, late)


def test_another_secret_does_not_open_it() -> None:
    with pytest.raises(NotFoundError):
        verify(b"another", TOKEN, 1)


@given(place=st.integers(0, len(TOKEN) - 1), letter=st.sampled_from("ABCZabcz019-_.=~é"))
def test_one_changed_letter_is_enough(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises(NotFoundError):
            verify(SECRET, changed, 1)


@given(text=st.text(max_size=200))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(NotFoundError):
        verify(SECRET, text, 1)


def test_a_payload_with_a_later_end_and_the_old_signature_is_refused() -> None:
    payload = base64.urlsafe_b64encode(json.dumps(["v-2", "ver-9", 10**10]).encode()).decode().rstrip("=")
    with pytest.raises(NotFoundError):
        verify(SECRET, f"{payload}.{TOKEN.partition('.')[2]}", 1)


def test_forged_and_expired_look_the_same_from_outside() -> None:
    said = set()
    for token, now in ((TOKEN, 2000), (TOKEN[:-1] + "A", 1), ("x.y", 1)):
        with pytest.raises(NotFoundError) as caught:
            verify(SECRET, token, now)
        said.add((caught.value.message, caught.value.code, caught.value.where))
    assert len(said) == 1


IDS = st.text("abcxyz0189-", min_size=1, max_size=64)


@given(venue_id=IDS, version_id=IDS)
def test_any_ids_survive_the_journey(venue_id: str, version_id: str) -> None:
    opened = verify(SECRET, sign(SECRET, venue_id, version_id, 50), 1)
    assert (opened.venue_id, opened.version_id) == (venue_id, version_id)


class Shelf:
    """The two stores a preview reads."""

    def __init__(self, record: Venue) -> None:
        self.record = record

    def get(self, venue_id: str) -> Venue:
        if venue_id != self.record.venue_id:
            raise NotFoundError("no such venue")
        return self.record

    def read_version(self, venue_id: str, version_id: str) -> str:
        return f"<html>{venue_id} {version_id}"


def previews(record: Venue, clock: FakeClock) -> SignedPreviews:
    shelf = Shelf(record)
    return SignedPreviews(secret=SECRET.decode, venues=shelf, pages=shelf, clock=clock)  # type: ignore[arg-type]


def test_a_link_shows_what_was_staged_when_it_was_made() -> None:
    clock = FakeClock()
    desk = previews(venue(status="in_review", staged_version="ver-1"), clock)
    link = desk.issue("v-1")
    assert link.url.startswith("/preview/")
    assert link.expires_at == "2026-09-01T08:15:00.000Z"
    desk.venues.record = venue(status="in_review", staged_version="ver-2")  # type: ignore[attr-defined]
    token = link.url.removeprefix("/preview/")
    assert desk.open(token) == "<html>v-1 ver-1"
    clock.moment += timedelta(seconds=VALID_SECONDS)
    with pytest.raises(NotFoundError):
        desk.open(token)


def test_there_is_no_link_before_a_page_is_staged() -> None:
    with pytest.raises(ConflictError, match="no page was staged yet"):
        previews(venue(status="selecting"), FakeClock()).issue("v-1")
