"""Rows of a foreign file become products: a mapping applied row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from huichang.catalog.inference import infer_industry
from huichang.catalog.mapping import PLACEHOLDER, CatalogueMapping, MerchantFields, ProductFields, Source, TextFields
from huichang.catalog.product import Product
from huichang.catalog.steps import FieldError, applied, short


class FieldReader:
    """Reads fields from a row. `joined` gives what belongs to a main row by a join's name; `today` dates `days`."""

    def __init__(
        self, missing: Iterable[str], joins: Collection[str], joined: Callable[[str, Mapping[str, Any]], Any], today: date
    ) -> None:
        self._missing = frozenset(missing)
        self._joins = joins
        self._joined = joined
        self._today = today

    def field(self, row: Mapping[str, Any], name: str, spec: Source, notes: list[str]) -> Any:
        """The value of a field. Raises FieldError where it does not fit and the mapping does not drop it."""
        try:
            return self._value(row, spec)
        except FieldError as error:
            reason = error.reason
        except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
            reason = str(error) or type(error).__name__
        if spec.on_error == "drop":
            notes.append(f"{name}_dropped")
            return None
        raise FieldError(name, reason)

    def _value(self, row: Mapping[str, Any], spec: Source) -> Any:
        value = self._from_source(row, spec)
        for step in spec.then:
            if value is None:
                return None
            value = self._empty_to_none(applied(step, value, self._today))
        return value

    def _from_source(self, row: Mapping[str, Any], spec: Source) -> Any:
        if spec.column is not None:
            return self._column(row, spec.column)
        if spec.template is not None:
            parts = {name: self._column(row, name) for name in PLACEHOLDER.findall(spec.template)}
            if any(part is None for part in parts.values()):
                return None
            return PLACEHOLDER.sub(lambda found: str(parts[found.group(1)]), spec.template)
        if spec.first is not None:
            values = (self._value(row, alternative) for alternative in spec.first)
            return next((value for value in values if value is not None), None)
        if spec.all is not None:
            return all(self._value(row, part) is True for part in spec.all)
        return spec.constant

    def _column(self, row: Mapping[str, Any], column: str) -> Any:
        join, _, rest = column.partition(".")
        if join not in self._joins:
            return self._empty_to_none(row.get(column))
        found = self._joined(join, row)
        if rest and isinstance(found, Mapping):
            found = found.get(rest)
        return self._empty_to_none(found)

    def _empty_to_none(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip()
            return None if not value or value in self._missing else value
        if isinstance(value, (list, tuple, dict)) and not value:
            return None
        return value


class RowMapper(FieldReader):
    """Applies a mapping to make products."""

    def __init__(self, mapping: CatalogueMapping, joined: Callable[[str, Mapping[str, Any]], Any], today: date) -> None:
        super().__init__(mapping.missing, mapping.joins, joined, today)
        self._mapping = mapping

    def product(self, row: Mapping[str, Any]) -> tuple[Product, tuple[str, ...]]:
        """Return the product and what was left out (notes). Raises FieldError for the first value that does not fit."""
        fields = self._mapping.fields
        notes: list[str] = []

        def value(name: str, spec: Source | None) -> Any:
            return None if spec is None else self.field(row, name, spec, notes)

        made: dict[str, Any] = {"catalogue": self._mapping.catalogue}
        for name in ProductFields.model_fields:
            if name not in ("price", "tiers", "merchant", "benefits", "localized"):
                made[name] = value(name, getattr(fields, name))
        if isinstance(made["enrolments"], (list, tuple)):
            made["enrolments"] = [{"promotion": each} if isinstance(each, str) else each for each in made["enrolments"]]
        made["language"] = made["language"] or self._mapping.language
        made["currency"] = made["currency"] or self._mapping.currency
        if isinstance(fields.merchant, MerchantFields):
            merchant = {name: value(f"merchant.{name}", spec) for name, spec in fields.merchant}
            made["merchant"] = {name: content for name, content in merchant.items() if content is not None}
        else:
            made["merchant"] = value("merchant", fields.merchant)
        if isinstance(fields.benefits, dict):
            made["benefits"] = [name for name, spec in fields.benefits.items() if value(f"benefits.{name}", spec) is True]
        else:
            made["benefits"] = value("benefits", fields.benefits)
        if isinstance(fields.localized, dict):
            made["localized"] = {
                language: texts
                for language, spec in fields.localized.items()
                if (texts := self._texts(row, f"localized.{language}", spec, notes))
            }
        else:
            made["localized"] = value("localized", fields.localized)
        if fields.tiers is not None:
            made["tiers"] = value("tiers", fields.tiers)
        else:
            price = value("price", fields.price)
            if price is None:
                raise FieldError("price", "missing")
            made["tiers"] = [{"min_quantity": 1, "price": price}]
        for name in ("id", "title", "tiers", "merchant"):
            if not made.get(name):
                raise FieldError(name, "missing")
        return self._validated(made, notes), tuple(notes)

    def _texts(self, row: Mapping[str, Any], name: str, spec: TextFields, notes: list[str]) -> dict[str, Any]:
        texts = {part: self.field(row, f"{name}.{part}", source, notes) for part, source in spec if source is not None}
        return {part: content for part, content in texts.items() if content is not None} if texts.get("title") else {}

    def _validated(self, made: dict[str, Any], notes: list[str]) -> Product:
        content = {name: value for name, value in made.items() if value is not None}
        if content.get("list_price") is not None and self._price_above(content):
            # An undiscounted price below the price is a merchant's slip; the product can be sold all the same.
            del content["list_price"]
            notes.append("list_price_below_price")
        try:
            product = Product.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "product"
            raise FieldError(field, f"{first['msg'].removeprefix('Value error, ')}: {short(first['input'])}") from error
        if product.industry is None and self._mapping.infer_industry:
            product = product.model_copy(update={"industry": infer_industry(product.category_path, product.title)})
        return product

    @staticmethod
    def _price_above(content: Mapping[str, Any]) -> bool:
        try:
            first = min(content["tiers"], key=lambda tier: int(tier["min_quantity"]))
            return Decimal(str(content["list_price"])) < Decimal(str(first["price"]))
        except (InvalidOperation, KeyError, TypeError, ValueError):
            return False  # the product's own validation will say what is wrong
