"""Ids, money, language, time, errors and events: the words every room shares."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from huichang.kernel import errors, events
from huichang.kernel.clock import SystemClock, iso
from huichang.kernel.errors import HuichangError, PermanentError, TransientError
from huichang.kernel.events import DomainEvent, MaterialReady
from huichang.kernel.ids import canonical_json, content_hash, derived_id, new_id
from huichang.kernel.language import Told, both, detect_language, holds_word, pick
from huichang.kernel.model import Model
from huichang.kernel.money import Money

NOW = datetime(2026, 9, 1, 8, 0, 0, 123_456, tzinfo=UTC)


# --- ids --------------------------------------------------------------------------------------------------------------


def test_ids_sort_by_time_and_differ() -> None:
    moments = [NOW + timedelta(milliseconds=n) for n in range(50)]
    ids = [new_id("c", moment) for moment in moments]
    assert ids == sorted(ids)
    assert len({new_id("c", NOW) for _ in range(200)}) == 200


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_an_id_is_safe_in_addresses_keys_and_file_names(moment: datetime) -> None:
    made = new_id("v", moment)
    assert len(made) == 18
    assert made.isascii()
    assert made.replace("-", "").isalnum()
    assert made == made.lower()


def test_derived_ids_repeat() -> None:
    assert derived_id("v", "c-1", "0", "熊猫") == derived_id("v", "c-1", "0", "熊猫")
    assert derived_id("v", "c-1", "0") != derived_id("v", "c-10")
    assert derived_id("v", "a", "bc") != derived_id("v", "ab", "c")


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=6))
def test_equal_values_have_equal_hashes_whatever_their_order(value: dict[str, Any]) -> None:
    backwards = dict(reversed(value.items()))
    assert canonical_json(value) == canonical_json(backwards)
    assert content_hash(value) == content_hash(backwards)


def test_hashes_of_text_and_bytes_are_their_own() -> None:
    assert content_hash("熊猫") == content_hash("熊猫".encode())
    assert content_hash("熊猫") != content_hash(["熊猫"])
    assert len(content_hash(b"")) == 64
    assert canonical_json({"熊": 1, "a": Decimal("1.50")}) == '{"a":"1.50","熊":1}'


# --- money ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "written", "parts"),
    [
        ("12.8", "CNY", "¥12.80", ("12", ".80")),
        ("1250", "CNY", "¥1,250", ("1,250", "")),
        ("1250.00", "INR", "₹1,250", ("1,250", "")),
        ("0.05", "USD", "$0.05", ("0", ".05")),
        ("3", "AED", "AED 3", ("3", "")),
        ("0.004", "USD", "$0", ("0", "")),
    ],
)
def test_how_money_is_written(amount: str, currency: str, written: str, parts: tuple[str, str]) -> None:
    money = Money(amount=Decimal(amount), currency=currency)
    assert (str(money), money.parts) == (written, parts)


# --- language ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("帮我生成一个熊猫玩偶会场", "zh"),
        ("a low-price womenswear venue", "en"),
        ("iPhone 手机壳", "zh"),
        ("the 熊 venue for all", "en"),
        ("12 × 8", None),
        ("😀😀", None),
        ("", None),
        ("X L", None),
    ],
)
def test_which_language_a_text_is_in(text: str, language: str | None) -> None:
    assert detect_language(text) == language


def test_a_text_is_given_in_the_other_language_rather_than_not_at_all() -> None:
    assert pick({"zh": "玩具", "en": "Toys"}, "en") == "Toys"
    assert pick({"zh": "玩具"}, "en") == "玩具"
    assert pick({}, "en") == ""


# --- time -------------------------------------------------------------------------------------------------------------


def test_moments_are_written_in_utc_and_sort_as_text() -> None:
    assert iso(NOW) == "2026-09-01T08:00:00.123Z"
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    assert iso(shanghai) == iso(NOW)
    moments = [NOW + timedelta(seconds=n * 0.5) for n in range(10)]
    assert [iso(m) for m in moments] == sorted(iso(m) for m in moments)
    assert SystemClock().now().tzinfo is UTC


# --- models -----------------------------------------------------------------------------------------------------------


def test_value_objects_are_frozen_and_strict_about_names() -> None:
    class Thing(Model):
        name: str

    with pytest.raises(ValidationError):
        Thing.model_validate({"name": "a", "nmae": "b"})
    thing = Thing(name="a")
    with pytest.raises(ValidationError):
        thing.name = "b"  # type: ignore[misc]


# --- errors -----------------------------------------------------------------------------------------------------------

ALL_ERRORS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, HuichangError)]


def test_every_error_is_one_of_the_two() -> None:
    """A class that were neither would leave a step under a name that no machine knows."""
    assert len(ALL_ERRORS) > 5
    for kind in ALL_ERRORS:
        assert kind is HuichangError or issubclass(kind, TransientError) != issubclass(kind, PermanentError)


@pytest.mark.parametrize("kind", ALL_ERRORS)
def test_an_error_says_what_where_and_how_to_mend(kind: type[HuichangError]) -> None:
    more: dict[str, float] = {"retry_after": 2.5} if kind is errors.ThrottledError else {}
    error = kind("too long", where="sentence", mend="shorten it", **more)
    assert (str(error), error.message, error.where, error.mend) == ("too long", "too long", "sentence", "shorten it")
    assert error.code == kind.code
    assert 400 <= error.status < 600
    assert kind("x", code="own", **more).code == "own"
    assert kind("x", **more).code == kind.code, "a code given to one error must not stick to its class"


def test_statuses_are_what_http_means() -> None:
    assert {kind.__name__: kind.status for kind in ALL_ERRORS if kind.status in (400, 401, 403, 404, 409)} == {
        "InvalidInputError": 400,
        "UnauthenticatedError": 401,
        "ForbiddenError": 403,
        "NotFoundError": 404,
        "ConflictError": 409,
    }
    assert TransientError.status == 503


# --- events -----------------------------------------------------------------------------------------------------------

ALL_EVENTS = [kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, DomainEvent) and kind is not DomainEvent]


@pytest.mark.parametrize("kind", ALL_EVENTS)
def test_events_are_small_facts_about_ids(kind: type[DomainEvent]) -> None:
    assert kind.version >= 1
    assert {"campaign_id", "venue_id", "at"} <= set(kind.model_fields)
    for name, field in kind.model_fields.items():
        assert field.annotation in (str, int) or (name.endswith("_ids") and field.annotation == tuple[str, ...]), (
            f"{name}: events carry ids and counts, bodies lie in S3"
        )


def test_an_event_is_named_after_its_class() -> None:
    event = MaterialReady(campaign_id="c-1", venue_id="v-1", at="2026", material_id="hero.copy", task_key="k")
    assert event.name == "MaterialReady"
    assert MaterialReady.model_validate_json(event.model_dump_json()) == event


class Step(Model):
    said: Told = {}


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ({"zh": "放弃", "en": "gave up"}, both("放弃", "gave up")),
        ("放弃", both("放弃", "放弃")),  # a record made before both languages were kept
        ("", {}),
        (None, {}),
    ],
)
def test_what_is_told_is_kept_in_both_languages(stored: Any, read: dict[str, str]) -> None:
    assert Step.model_validate({"said": stored}).said == read
    assert Step.model_validate_json(Step(said=read).model_dump_json()).said == read


def test_latin_words_match_whole_and_in_plural_only() -> None:
    assert holds_word("Summer dresses", "dress")
    assert holds_word("Valentine’s gifts", "valentine's")
    assert not holds_word("Address book", "dress")
    assert holds_word("低价包邮女装", "包邮")
