"""Offers: the prices, stock and enrolment of products, which change by the minute while the rest of a product does not.

Every offer says when it was true. A field is changed only by what is newer, so that offers may come twice, late and out of order.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from huichang.catalog.product import PriceTier, Product
from huichang.kernel.model import Model

Amount = Annotated[Decimal, Field(gt=0, le=Decimal(100_000_000))]
_FIELDS = ("price", "list_price", "stock", "enrolled")


class Offer(Model):
    """What changed of a product, and when. `times` is kept by the index: when each field was last said."""

    product_id: Annotated[str, Field(min_length=1, max_length=120)]
    at: str
    price: Amount | None = None
    list_price: Amount | None = None
    stock: Annotated[int, Field(ge=0)] | None = None
    enrolled: bool | None = None
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
        if all(getattr(self, name) is None for name in _FIELDS):
            raise ValueError(f"an offer changes at least one of {', '.join(_FIELDS)}")
        return self

    def over(self, before: Offer | None) -> Offer | None:
        """What holds after this offer, field by field the newest; None where it says nothing newer."""
        times = {} if before is None else dict(before.times)
        values: dict[str, Any] = {} if before is None else {name: getattr(before, name) for name in _FIELDS}
        news = [name for name in _FIELDS if getattr(self, name) is not None and self._time(name) > times.get(name, "")]
        if not news:
            return None
        for name in news:
            values[name], times[name] = getattr(self, name), self._time(name)
        return Offer(product_id=self.product_id, at=max(times.values()), times=times, **values)

    def _time(self, name: str) -> str:
        return self.times.get(name, self.at)

    def since(self, moment: str) -> dict[str, Any]:
        """The fields that were said after `moment` (all where it is "")."""
        said = {name: getattr(self, name) for name in _FIELDS}
        return {name: value for name, value in said.items() if value is not None and self._time(name) > moment}


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
    changes: dict[str, Any] = {name: said[name] for name in ("stock", "enrolled") if name in said}
    price = said.get("price", product.tiers[0].price)
    if "price" in said:
        first = PriceTier(min_quantity=product.tiers[0].min_quantity, price=price)
        changes["tiers"] = (first, *(tier for tier in product.tiers[1:] if tier.price < price))
    list_price = said.get("list_price", product.list_price)
    changes["list_price"] = list_price if list_price is not None and list_price >= price else None
    return product.model_copy(update=changes)


def offered_product(product: Product, as_of: str, offer: Offer) -> Product:
    """A product that comes from a catalogue as of a moment ("" : now), with what a newer offer said since."""
    if not as_of:
        return product
    moment = datetime.fromisoformat(as_of).astimezone(UTC).isoformat(timespec="microseconds")
    return apply_offer(product, offer, moment) if offer.since(moment) else product
