"""Offers: the prices, stock and enrolment of products, which change by the minute while the rest of a product does not.

Every offer says when it was true. A field is changed only by what is newer, so that offers may come twice, late and out of order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from huichang.catalog.product import Enrolment, EnrolmentTerms, Product, Promotion
from huichang.kernel.model import Model

Amount = Annotated[Decimal, Field(gt=0, le=Decimal(100_000_000))]
_FIELDS = ("price", "list_price", "stock", "enrolled")
_PROMOTION = "promotion:"


class Offer(Model):
    """What changed of a product, and when. `times` is kept by the index: when each field was last said.

    `promotions`: enrolled for these by name, on these terms; null takes the enrolment back. Each counts as a field of its own.
    """

    product_id: Annotated[str, Field(min_length=1, max_length=120)]
    at: str
    price: Amount | None = None
    list_price: Amount | None = None
    stock: Annotated[int, Field(ge=0)] | None = None
    enrolled: bool | None = None
    promotions: dict[Promotion, EnrolmentTerms | None] = {}
    times: dict[str, str] = {}

    @field_validator("at")
    @classmethod
    def _in_utc(cls, at: str) -> str:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(f"{at!r} names no time zone: end it with Z or +08:00")
        return moment.astimezone(UTC).isoformat(timespec="microseconds")  # equal lengths: they sort as text

    @model_validator(mode="after")
    def _says_something(self) -> Offer:
        if not self._said():
            raise ValueError(f"an offer changes at least one of {', '.join(_FIELDS)}, promotions")
        return self

    def _said(self) -> dict[str, Any]:
        said = {name: value for name in _FIELDS if (value := getattr(self, name)) is not None}
        return said | {f"{_PROMOTION}{name}": terms for name, terms in self.promotions.items()}

    def over(self, before: Offer | None) -> Offer | None:
        """What holds after this offer, field by field the newest; None where it says nothing newer."""
        times = {} if before is None else dict(before.times)
        said = {} if before is None else before._said()
        news = {name: value for name, value in self._said().items() if self._time(name) > times.get(name, "")}
        if not news:
            return None
        times |= {name: self._time(name) for name in news}
        said |= news
        return Offer(
            product_id=self.product_id,
            at=max(times.values()),
            times=times,
            promotions=_promotions(said),
            **{name: said.get(name) for name in _FIELDS},
        )

    def _time(self, name: str) -> str:
        return self.times.get(name, self.at)

    def since(self, moment: str) -> dict[str, Any]:
        """The fields that were said after `moment` (all where it is "")."""
        return {name: value for name, value in self._said().items() if self._time(name) > moment}


def _promotions(said: Mapping[str, Any]) -> dict[str, EnrolmentTerms | None]:
    return {name.removeprefix(_PROMOTION): value for name, value in said.items() if name.startswith(_PROMOTION)}


class OfferReport(Model):
    """Ids by outcome: changed, too old to change anything, in no catalogue."""

    updated: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def latest(offers: Iterable[Offer]) -> list[Offer]:
    """One offer for each product: of several the newest word for each field."""
    merged: dict[str, Offer] = {}
    for offer in offers:
        merged[offer.product_id] = offer.over(merged.get(offer.product_id)) or merged[offer.product_id]
    return list(merged.values())


def apply_offer(product: Product, offer: Offer, since: str = "") -> Product:
    """The product with the fields of the offer that were said after `since`.

    A new price is the price of the smallest order; dearer steps above it are gone. A list price below the price is none.
    """
    said = offer.since(since)
    changes: dict[str, Any] = {name: said[name] for name in ("stock", "enrolled", "list_price") if name in said}
    promotions = _promotions(said)
    if promotions:
        kept = [each for each in product.enrolments if each.promotion not in promotions]
        taken = [Enrolment(promotion=name, **dict(terms)) for name, terms in promotions.items() if terms is not None]
        changes["enrolments"] = tuple(sorted((*kept, *taken), key=lambda each: each.promotion))
    changed = product.model_copy(update=changes)
    if "price" in said:
        return changed.at_price(said["price"])
    if changed.list_price is not None and changed.list_price < changed.tiers[0].price:
        return changed.model_copy(update={"list_price": None})
    return changed


def offered_product(product: Product, as_of: str, offer: Offer) -> Product:
    """A product that comes from a catalogue as of a moment ("" : now), with what a newer offer said since."""
    if not as_of:
        return product
    moment = datetime.fromisoformat(as_of).astimezone(UTC).isoformat(timespec="microseconds")
    return apply_offer(product, offer, moment) if offer.since(moment) else product
