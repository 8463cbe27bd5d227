"""Enrolments: a product within a promotion, and how offers and imports say it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from huichang.catalog.product import Enrolment, promoted
from huichang.catalog.steps import FieldError
from huichang.selection.eligibility import ineligible, opening, window_of
from huichang.selection.model import Eligibility
from huichang.selection.offers import Offer, apply_offer, latest, offered_product
from tests.support.products import make_product
from tests.unit.test_catalog_mapping import product as mapped

TERMS = Enrolment(promotion="2026-1212", price=Decimal("2.50"), benefits=("free_shipping",))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def offer(at: str, **changes: Any) -> Offer:
    return Offer.model_validate({"product_id": "p00001", "at": f"2026-09-01T{at}:00Z", **changes})


def test_price_and_benefits_are_those_of_the_promotion_where_it_states_them() -> None:
    product = make_product(1, enrolments=(TERMS, Enrolment(promotion="spring")), benefits=("customizable",))
    there = product.in_promotion("2026-1212")
    assert (there.price.amount, there.benefits, len(there.tiers)) == (Decimal("2.50"), ("free_shipping",), 1)
    assert there.indicators()["free_shipping"] is True
    assert there.indicators()["customizable"] is False
    assert product.in_promotion("spring") == product == product.in_promotion("unknown") == product.in_promotion(None)
    assert promoted({"a": product}, "2026-1212") == {"a": there}
    assert there.embedding_hash() == product.embedding_hash()


def test_a_list_price_below_the_price_of_the_promotion_is_none() -> None:
    dear = make_product(1, list_price=None).at_price(Decimal(20)).model_copy(update={"list_price": Decimal(30)})
    assert dear.at_price(Decimal(10)).discount_rate == pytest.approx(2 / 3)
    assert dear.at_price(Decimal(31)).list_price is None


@pytest.mark.parametrize(
    "enrolments",
    [
        [{"promotion": "Double 12"}],
        [{"promotion": "a"}, {"promotion": "a"}],
        [{"promotion": "a", "price": 0}],
        [{"promotion": "a", "benefits": ["gold"]}],
        [{"promotion": "a", "starts_at": 20261212}],
        [{"promotion": "a", "starts_at": "20261301"}],
        [{"promotion": "a", "ends_at": "2026-12-12T00:00:00"}],
        [{"promotion": "a", "starts_at": "2026-12-12T00:00:00Z", "ends_at": "2026-12-12T08:00:00+08:00"}],
    ],
)
def test_enrolments_that_cannot_be(enrolments: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        make_product(1).model_validate(make_product(1).model_dump() | {"enrolments": enrolments})


def test_an_enrolment_holds_from_its_start_until_just_before_its_end() -> None:
    terms = Enrolment(promotion="a", starts_at=_at("2026-12-12T00:00:00+08:00"), ends_at=_at("2026-12-13T00:00:00+08:00"))
    moments = ("2026-12-11T15:59:59Z", "2026-12-11T16:00:00Z", "2026-12-12T15:59:59Z", "2026-12-12T16:00:00Z")
    assert [terms.holds_at(_at(moment)) for moment in moments] == [False, True, True, False]
    assert Enrolment(promotion="a").holds_at(_at("1999-01-01T00:00:00Z"))
    product = make_product(1, enrolments=(terms, TERMS))
    assert product.promoted_indicators()["a"]["ends_at"] == _at("2026-12-12T16:00:00Z").timestamp()
    assert product.promoted_indicators()["2026-1212"]["starts_at"] is None
    assert type(product).model_validate_json(product.model_dump_json()) == product


@pytest.mark.parametrize(
    ("window", "told"),
    [
        ({"starts_at": "2026-12-13T00:00:00Z", "ends_at": "2026-12-12T00:00:00Z"}, r"enrolments\.0: ends_at .* is not after starts_at"),
        ({"starts_at": "next week"}, r"enrolments\.0\.starts_at: .*write it like 2026-12-12T00:00:00\+08:00.*next week"),
        ({"ends_at": "2026-12-12"}, r"enrolments\.0\.ends_at: .*no time zone.*2026-12-12"),
        ({"ends_at": 1_765_500_000}, r"enrolments\.0\.ends_at: .*no moment.*1765500000"),
    ],
)
def test_a_row_with_a_bad_window_says_which_field_and_how_to_write_it(window: dict[str, Any], told: str) -> None:
    with pytest.raises(FieldError, match=told):
        mapped("enrolments: promo", {"promo": [{"promotion": "2026-1212", **window}]})


def test_a_window_has_its_words() -> None:
    terms = Enrolment(promotion="a", starts_at=_at("2026-12-12T00:00:00+08:00"), ends_at=_at("2026-12-13T00:00:00+08:00"))
    assert window_of(terms) == "2026-12-12T00:00+08:00 – 2026-12-13T00:00+08:00"
    assert window_of(Enrolment(promotion="a", ends_at=_at("2026-12-13T00:00:00+08:00"))) == "– 2026-12-13T00:00+08:00"
    assert window_of(TERMS) == window_of(None) == ""


def test_a_promotion_that_begins_tomorrow_holds_tomorrows_goods() -> None:
    terms = Enrolment(promotion="a", starts_at=_at("2026-12-12T00:00:00-08:00"))
    product = make_product(1, stock=5, enrolments=(terms,))
    now = _at("2026-12-01T00:00:00Z")
    assert ineligible(product, Eligibility(promotion="a"), now) == "not_open"
    assert ineligible(product, Eligibility(promotion="a", opens_at=opening(date(2026, 12, 12))), now) is None
    assert ineligible(product, Eligibility(promotion="a", opens_at=opening(date(2026, 12, 11))), now) == "not_open"
    assert ineligible(product, Eligibility(promotion="b"), now) == "not_enrolled"
    assert ineligible(product, Eligibility(), now) is None


def test_each_promotion_is_a_field_of_its_own_in_offers() -> None:
    first = offer("08:00", promotions={"2026-1212": {"price": "2.50"}, "spring": {}})
    second = offer("09:00", promotions={"2026-1212": None})
    late = offer("07:00", promotions={"2026-1212": {"price": "9"}}, stock=4)
    (merged,) = latest([second, late, first])
    assert (merged.promotions["2026-1212"], merged.stock) == (None, 4)
    assert merged.over(merged) is None
    assert Offer.model_validate_json(merged.model_dump_json()) == merged
    product = apply_offer(make_product(1, enrolments=(TERMS,)), merged)
    assert [each.promotion for each in product.enrolments] == ["spring"]
    assert product.price == make_product(1).price


def test_a_catalogue_from_before_the_enrolment_does_not_undo_it() -> None:
    said = latest([offer("08:00", promotions={"spring": {}})])[0]
    assert offered_product(make_product(1), "2026-09-01T07:00:00Z", said).enrolment("spring")
    assert not offered_product(make_product(1), "2026-09-01T08:30:00Z", said).enrolments


def test_an_offer_that_says_nothing_of_a_promotion_is_refused() -> None:
    with pytest.raises(ValidationError, match="promotions"):
        offer("08:00", promotions={})
    with pytest.raises(ValidationError):
        offer("08:00", promotions={"Spring!": {}})


def test_a_mapping_reads_enrolments_as_names_or_with_their_terms() -> None:
    names, _ = mapped('enrolments: {column: promo, then: [{split: "|"}]}', {"promo": "spring|2026-1212"})
    assert [each.promotion for each in names.enrolments] == ["2026-1212", "spring"]
    whole, _ = mapped("enrolments: promo", {"promo": [{"promotion": "2026-1212", "price": "2.50", "benefits": ["free_shipping"]}]})
    assert whole.enrolments == (TERMS,)
    none, _ = mapped("enrolments: promo", {"promo": None})
    assert none.enrolments == ()
