"""Decision tokens: what is ours is read back, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huichang.delivery.events.offering import SignedOffers
from huichang.delivery.events.tokens import MAX_BYTES, Key, Offer, TokenRefusedError, read, sign
from huichang.delivery.segments import SEGMENTS, cookie, segment_of
from huichang.kernel.errors import TransientError
from tests.support.memory_delivery import AT, MemoryKeys, a_token, an_offer, live_venue
from tests.support.memory_snapshots import Delivery

KEYS = MemoryKeys()
slug = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=20)
offers = st.builds(
    Offer,
    decision_id=slug,
    placement=slug,
    segment=slug,
    venue_id=slug,
    position=st.integers(1, 999),
    image=st.one_of(st.just(""), slug),
    explored=st.booleans(),
    propensity=st.floats(0, 1),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
)


def built(*names: str) -> Delivery:
    made = Delivery(*map(live_venue, names))
    made.clock.moment = AT
    made.build("home")
    return made


@given(offer=offers)
def test_what_was_signed_is_read_back(offer: Offer) -> None:
    token = sign(KEYS.signing(), offer)
    assert len(token.encode()) <= MAX_BYTES
    back = read(KEYS, token, offer.at + timedelta(minutes=1))
    assert back.model_copy(update={"propensity": 0.0}) == offer.model_copy(update={"propensity": 0.0})
    assert back.propensity == pytest.approx(offer.propensity, rel=1e-5)


@given(data=st.data())
def test_no_changed_token_is_believed(data: st.DataObject) -> None:
    token = a_token()
    at = data.draw(st.integers(0, len(token) - 1))
    changed = token[:at] + data.draw(st.sampled_from("~.-_09azAZ+")) + token[at + data.draw(st.integers(0, 2)) :]
    if changed != token:
        with pytest.raises(TokenRefusedError):
            read(KEYS, changed, AT)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "token_malformed"),
        ("x" * 300, "token_malformed"),
        ("1~~~~~~~~~~~", "token_unknown_key"),
        (a_token() + "~", "token_malformed"),
        ("2" + a_token()[1:], "token_malformed"),
        (a_token().replace("~home~", "~cart~"), "token_forged"),
        (a_token().replace("~v-1~1~", "~v-1~2~"), "token_forged"),
        (sign(Key(b"somebody else's"), an_offer()), "token_unknown_key"),
        (a_token(at=AT - timedelta(hours=25)), "token_expired"),
        (a_token(at=AT + timedelta(minutes=6)), "token_of_the_future"),
        ("\u00e9" * 20, "token_malformed"),
    ],
)
def test_what_is_not_ours_is_refused_with_a_reason(token: str, code: str) -> None:
    with pytest.raises(TokenRefusedError) as caught:
        read(KEYS, token, AT)
    assert caught.value.code == code


def test_a_mac_under_another_key_of_the_same_name_does_not_fit() -> None:
    class Named(MemoryKeys):
        def named(self, name: str) -> Key:
            return Key(b"another")

    with pytest.raises(TokenRefusedError) as caught:
        read(Named(), a_token(), AT)
    assert caught.value.code == "token_forged"


def test_the_key_before_is_believed_and_the_one_before_that_is_not() -> None:
    old, older = sign(KEYS.keys[1], an_offer()), sign(Key(b"long ago"), an_offer())
    assert read(KEYS, old, AT).venue_id == "v-1"
    with pytest.raises(TokenRefusedError):
        read(KEYS, older, AT)


def test_names_that_do_not_fit_are_a_defect_and_no_longer_token() -> None:
    with pytest.raises(ValueError, match="too long"):
        sign(KEYS.signing(), an_offer(venue_id="v" * 64, placement="p" * 40, decision_id="d" * 64))


def test_the_feed_hands_each_item_out_with_its_token_and_the_log_has_none() -> None:
    made = built("v-1", "v-2")
    decision = SignedOffers(made.feed, KEYS)("home", 2, segment="bulk")
    for item in decision.items:
        assert item.href == f"/v/{item.venue_id}/?p=home&d={item.token}"
        said = read(KEYS, item.token, AT)
        assert (said.decision_id, said.placement, said.segment) == (decision.decision_id, "home", "bulk")
        assert (said.venue_id, said.position, said.explored) == (item.venue_id, item.position, item.explored)
        assert said.propensity == pytest.approx(item.propensity, rel=1e-5)
    (logged,) = made.store.decisions
    assert logged.segment == "bulk"
    assert "token" not in logged.model_dump_json() or all(item.token == "" for item in logged.items)


def test_without_a_key_buyers_still_get_their_venues() -> None:
    class Away(MemoryKeys):
        def signing(self) -> Key:
            raise TransientError("no secrets today")

    decision = SignedOffers(built("v-1").feed, Away())("home", 1)
    assert [(item.token, item.href) for item in decision.items] == [("", "/v/v-1/")]


@pytest.mark.parametrize(
    ("declared", "observed", "segment"),
    [
        ("bulk", "", "bulk"),
        ("bulk", "back", "bulk"),
        ("", "back", "back"),
        ("", "new", "new"),
        ("", "", "none"),
        ("invented", "", "none"),
        ("BULK", "back", "back"),
        ("x" * 999, "", "none"),
        ("../../etc", "", "none"),
    ],
)
def test_a_segment_is_one_of_few(declared: str, observed: object, segment: str) -> None:
    assert segment_of(declared, observed) == segment  # type: ignore[arg-type]
    assert segment in SEGMENTS


def test_a_cookie_that_is_there_twice_is_nobodys() -> None:
    assert cookie("a=1; hc_seg=bulk; b=2", "hc_seg") == "bulk"
    assert cookie("hc_seg=bulk; hc_seg=value", "hc_seg") == ""
    assert cookie("", "hc_seg") == ""
