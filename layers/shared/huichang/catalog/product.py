"""The wholesale product, as every room sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, field_validator, model_validator

from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.kernel.money import Money

Benefit = Literal[
    "free_shipping",
    "dropshipping",
    "sample_available",
    "customizable",
    "cross_border",
    "seven_day_return",
    "coupon_300_30",
]
_EMBEDDED, _EMBEDDED_USE, _EMBEDDED_ATTRIBUTES = 180, 120, 6
PROMOTED = (
    "price",
    "list_price",
    "discount_rate",
    "free_shipping",
    "dropshipping",
    "sample_available",
    "customizable",
    "cross_border",
)
"""The indicators that price and benefits of an enrolment decide."""
WINDOW = ("starts_at", "ends_at")
"""When an enrolment holds, beside its indicators: seconds since 1970; None where it is open on that side."""
_BARE = re.compile(r"[\d\s.,:/x×*()~-]*|true|false", re.IGNORECASE)
Promotion = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
"""How a promotion is named, everywhere."""
ShortText = Annotated[str, Field(max_length=400)]


def _a_moment(value: Any) -> Any:
    """20261212 would be read as seconds since 1970, and a time without a zone as anybody's: both are refused."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise ValueError("this is no moment: write it like 2026-12-12T00:00:00+08:00") from error
    else:
        raise ValueError("this is no moment: write it as a text like 2026-12-12T00:00:00+08:00")
    if moment.tzinfo is None:
        raise ValueError("this names no time zone: write it like 2026-12-12T00:00:00+08:00")
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_a_moment)]


class PriceTier(Model):
    """Unit price from this quantity on."""

    min_quantity: Annotated[int, Field(ge=1)]
    price: Annotated[Decimal, Field(gt=0, le=Decimal(100_000_000))]


class EnrolmentTerms(Model):
    """What a merchant offers within one promotion: the unit price at the smallest order, the benefits. None: as always.

    It holds from `starts_at` (included) to `ends_at` (not included), both with their time zone; None: no limit on that side.
    """

    price: Annotated[Decimal, Field(gt=0, le=Decimal(100_000_000))] | None = None
    benefits: tuple[Benefit, ...] | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None

    @model_validator(mode="after")
    def _window_in_order(self) -> EnrolmentTerms:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError(f"ends_at {self.ends_at.isoformat()} is not after starts_at {self.starts_at.isoformat()}")
        return self

    def holds_at(self, moment: datetime) -> bool:
        """Whether its window is open at this moment (with a time zone)."""
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)


class Enrolment(EnrolmentTerms):
    """A product that its merchant enrolled for this promotion, and on which terms."""

    promotion: Promotion


class Merchant(Model):
    """Who sells it."""

    id: str
    name: str = ""
    localized_name: dict[Language, str] = {}
    years: Annotated[float, Field(ge=0)] | None = None
    factory_verified: bool = False


class LocalizedText(Model):
    """The words of a product in one language."""

    title: ShortText
    category_path: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    description: str = ""


class Product(Model):
    """A product as merchants offer it. Unknown measures are None: never guessed, never zero."""

    id: Annotated[str, Field(min_length=1, max_length=120)]
    catalogue: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    language: Language
    title: Annotated[ShortText, Field(min_length=1)]
    category_path: tuple[str, ...] = ()
    industry: str | None = None
    brand: str | None = None
    attributes: dict[str, str] = {}
    description: Annotated[str, Field(max_length=20_000)] = ""
    reviews: tuple[str, ...] = ()
    localized: dict[Language, LocalizedText] = {}

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    tiers: Annotated[tuple[PriceTier, ...], Field(min_length=1, max_length=10)]
    list_price: Annotated[Decimal, Field(gt=0)] | None = None
    moq: Annotated[int, Field(ge=1)] = 1
    stock: Annotated[int, Field(ge=0)] | None = None

    sales_30d: Annotated[int, Field(ge=0)] | None = None
    sales_growth_7d: float | None = None
    rating: Annotated[float, Field(ge=0, le=5)] | None = None
    review_count: Annotated[int, Field(ge=0)] | None = None
    repurchase_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    return_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    ship_within_hours: Annotated[int, Field(ge=0)] | None = None
    listed_days: Annotated[int, Field(ge=0)] | None = None

    merchant: Merchant
    benefits: tuple[Benefit, ...] = ()
    # `enrolled` false: in no promotion at all. `enrolments`: those it was enrolled for by name, with their terms.
    enrolled: bool = True
    enrolments: tuple[Enrolment, ...] = ()
    pictures: tuple[str, ...] = ()
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s<>\"'\\]+$")] | None = None

    @field_validator("tiers")
    @classmethod
    def _tiers_in_order(cls, tiers: tuple[PriceTier, ...]) -> tuple[PriceTier, ...]:
        ordered = tuple(sorted(tiers, key=lambda tier: tier.min_quantity))
        if len({tier.min_quantity for tier in ordered}) != len(ordered):
            raise ValueError("two price tiers start at the same quantity")
        return ordered

    @field_validator("enrolments")
    @classmethod
    def _enrolled_once(cls, enrolments: tuple[Enrolment, ...]) -> tuple[Enrolment, ...]:
        if len({each.promotion for each in enrolments}) != len(enrolments):
            raise ValueError("it is enrolled twice for one promotion")
        return tuple(sorted(enrolments, key=lambda each: each.promotion))

    @model_validator(mode="after")
    def _list_price_above(self) -> Product:
        if self.list_price is not None and self.list_price < self.tiers[0].price:
            raise ValueError(f"list_price {self.list_price} is below the price {self.tiers[0].price}")
        return self

    @property
    def price(self) -> Money:
        """Unit price at the smallest order."""
        return Money(amount=self.tiers[0].price, currency=self.currency)

    def at_price(self, price: Decimal) -> Product:
        """At this price for the smallest order. Dearer steps above it are gone; a list price below it is none."""
        first = PriceTier(min_quantity=self.tiers[0].min_quantity, price=price)
        tiers = (first, *(tier for tier in self.tiers[1:] if tier.price < price))
        list_price = self.list_price if self.list_price is not None and self.list_price >= price else None
        return self.model_copy(update={"tiers": tiers, "list_price": list_price})

    def enrolment(self, promotion: str) -> Enrolment | None:
        """Its terms in this promotion; None where it is not enrolled for it."""
        return next((each for each in self.enrolments if each.promotion == promotion), None)

    def in_promotion(self, promotion: str | None) -> Product:
        """The product at the price and with the benefits of this promotion; as it is where none is named or it is not in it."""
        terms = self.enrolment(promotion) if promotion else None
        product = self if terms is None or terms.price is None else self.at_price(terms.price)
        return product if terms is None or terms.benefits is None else product.model_copy(update={"benefits": terms.benefits})

    @property
    def discount_rate(self) -> float | None:
        """1 - price / list price; None without a true list price."""
        if self.list_price is None:
            return None
        return float(1 - self.tiers[0].price / self.list_price)

    def promoted_indicators(self) -> dict[str, dict[str, float | bool | None]]:
        """By promotion it is enrolled for: the indicators that depend on one (PROMOTED), as they are there, and its WINDOW."""
        found: dict[str, dict[str, float | bool | None]] = {}
        for each in self.enrolments:
            measures = self.in_promotion(each.promotion).indicators()
            found[each.promotion] = {code: measures[code] for code in PROMOTED}
            for side, moment in zip(WINDOW, (each.starts_at, each.ends_at), strict=True):
                found[each.promotion][side] = None if moment is None else moment.timestamp()
        return found

    @property
    def leaf_category(self) -> str:
        """Last step of the category path, "" where there is none."""
        return self.category_path[-1] if self.category_path else ""

    def text(self, language: Language) -> LocalizedText:
        """The product's words in this language, or its own where it has no translation."""
        found = self.localized.get(language) if language != self.language else None
        return found or LocalizedText(
            title=self.title,
            category_path=self.category_path,
            attributes=self.attributes,
            description=self.description,
        )

    def indicators(self) -> Mapping[str, float | bool | None]:
        """Value of every numeric and boolean indicator of catalog/indicators.yaml; None where not known."""
        return {
            "price": float(self.tiers[0].price),
            "list_price": None if self.list_price is None else float(self.list_price),
            "discount_rate": self.discount_rate,
            "free_shipping": "free_shipping" in self.benefits,
            "sales_30d": self.sales_30d,
            "sales_growth_7d": self.sales_growth_7d,
            "stock": self.stock,
            "moq": self.moq,
            "rating": self.rating,
            "review_count": self.review_count,
            "repurchase_rate": self.repurchase_rate,
            "return_rate": self.return_rate,
            "ship_within_hours": self.ship_within_hours,
            "listed_days": self.listed_days,
            "merchant_years": self.merchant.years,
            "factory_verified": self.merchant.factory_verified,
            "dropshipping": "dropshipping" in self.benefits,
            "sample_available": "sample_available" in self.benefits,
            "customizable": "customizable" in self.benefits,
            "cross_border": "cross_border" in self.benefits,
        }

    def embedding_text(self) -> str:
        """What is embedded, at most 180 characters: title, category, use, brand, CPV attributes, a review, other languages' titles.

        In this order, and cut: a small multilingual model needs no translation, blurs long texts, and pays for each token.
        What has been said is not said again, and a bare number means nothing without its table.
        """
        parts = [self.title, " ".join(self.category_path), self.description[:_EMBEDDED_USE]]
        said = "\n".join(parts).lower()
        parts.append(self.brand if self.brand and self.brand.lower() not in said else "")
        telling = ((name, value) for name, value in self.attributes.items() if value.lower() not in said and not _BARE.fullmatch(value))
        parts.append(" ".join(f"{name} {value}" for name, value in islice(telling, _EMBEDDED_ATTRIBUTES)))
        parts += [*(review[:30] for review in self.reviews[:1]), *(other.title for other in self.localized.values())]
        return "\n".join(part for part in parts if part)[:_EMBEDDED]

    def embedding_hash(self) -> str:
        """Changes only when the embedded text changes: a price or stock update costs no embedding."""
        return content_hash(self.embedding_text())


def promoted(products: Mapping[str, Product], promotion: str | None) -> dict[str, Product]:
    """All of them `in_promotion`, by the same ids in the same order."""
    return {product_id: product.in_promotion(promotion) for product_id, product in products.items()}
