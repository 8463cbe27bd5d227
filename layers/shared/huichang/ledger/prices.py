"""Prices as data: what a call may cost at most before it is made, and what it cost afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_CEILING, Decimal
from importlib import resources
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from huichang.kernel.errors import InvalidInputError, PermanentError
from huichang.kernel.model import Model

UNIT = Decimal("0.00000001")
"""The ledger counts in hundred-millionths of a dollar: one token of the cheapest model is two of them."""
REFUSE = "refuse"
_MILLION = Decimal(1_000_000)
_DATED = re.compile(r"-20\d\d-?\d\d-?\d\d$")
Amount = Annotated[Decimal, Field(ge=0)]


class Price(Model):
    """One entry, in its own currency. `image` None: the model makes no pictures."""

    currency: str
    as_of: date
    input_per_million: Amount = Decimal(0)
    output_per_million: Amount = Decimal(0)
    image: Amount | None = None


class Rate(Model):
    """How many USD one unit of a currency was worth on a day."""

    rate: Annotated[Decimal, Field(gt=0)]
    as_of: date


class PriceOf(Model):
    """A model's price in USD. `told` says which entry of which day it is, and whether it is another model's."""

    told: str
    input_per_million: Decimal
    output_per_million: Decimal
    image: Decimal

    def most(self, *, input_tokens: int, output_tokens: int, images: int) -> Decimal:
        """What a call may cost at most, rounded up."""
        return (self._tokens(input_tokens, output_tokens) + images * self.image).quantize(UNIT, rounding=ROUND_CEILING)

    def cost(self, *, input_tokens: int, output_tokens: int, images: int) -> Decimal:
        """What it cost. A picture costs its tokens where the list prices them and the provider told them."""
        tokens = self._tokens(input_tokens, output_tokens)
        if images and not (self.output_per_million and output_tokens):
            tokens += images * self.image
        return tokens.quantize(UNIT)

    def _tokens(self, input_tokens: int, output_tokens: int) -> Decimal:
        return (input_tokens * self.input_per_million + output_tokens * self.output_per_million) / _MILLION


class PriceList:
    """All entries. `unknown`: the entry that stands for a model without one, or "refuse"."""

    def __init__(
        self,
        entries: Mapping[str, Price],
        *,
        rates: Mapping[str, Rate],
        aliases: Mapping[str, str],
        output_limits: Mapping[str, int],
        unknown: str = REFUSE,
    ) -> None:
        self._entries = entries
        self._rates = rates
        self._aliases = aliases
        self._limits = output_limits
        self._unknown = unknown
        for name, entry in entries.items():
            if entry.currency not in rates:
                raise InvalidInputError(
                    f"price of {name}: no rate of {entry.currency} to USD is known", where="prices", mend="add it to rates_to_usd"
                )
        for name, target in [*aliases.items(), *([("UnknownModelPrice", unknown)] if unknown != REFUSE else [])]:
            if target not in entries:
                raise InvalidInputError(f"{name} is priced as {target}, which has no price", where="prices", mend="name an entry")

    def of(self, model: str) -> PriceOf:
        """The model's price. Raises PermanentError (code price_unknown) where there is none and none may stand for it."""
        name = next((each for each in (model, _DATED.sub("", model)) if each in self._entries or each in self._aliases), "")
        if name:
            entry = self._aliases.get(name, name)
            return self._priced(entry, f"{entry} of {self._entries[entry].as_of}")
        if self._unknown == REFUSE:
            raise PermanentError(
                f"nobody knows what a call of {model} costs, so none is made",
                where=f"prices: {model}",
                mend="add the model to ledger/prices.yaml or to the parameter ModelPrices, or let UnknownModelPrice name an entry",
                code="price_unknown",
            )
        return self._priced(self._unknown, f"{self._unknown} of {self._entries[self._unknown].as_of}, standing for the unknown {model}")

    def output_limit(self, prompt: str) -> int:
        """The most tokens an answer to this prompt may take."""
        return self._limits.get(prompt, self._limits["default"])

    def _priced(self, name: str, told: str) -> PriceOf:
        entry = self._entries[name]
        rate = self._rates[entry.currency]
        if entry.currency != "USD":
            told += f", {entry.currency} at {rate.rate} of {rate.as_of}"
        return PriceOf(
            told=told,
            input_per_million=entry.input_per_million * rate.rate,
            output_per_million=entry.output_per_million * rate.rate,
            image=(entry.image or Decimal(0)) * rate.rate,
        )


def load_prices(more: str = "", *, unknown: str = REFUSE) -> PriceList:
    """The file's entries, and `more` (the deployment's own YAML) over them. Raises InvalidInputError naming entry and field."""
    text = resources.files("huichang.ledger").joinpath("prices.yaml").read_text(encoding="utf-8")
    read = yaml.safe_load(text)
    try:
        own = yaml.safe_load(more) or {}
    except yaml.YAMLError as error:
        raise InvalidInputError(f"the prices are no YAML: {error}", where="ModelPrices", mend="write it as prices.yaml shows") from error
    if not isinstance(own, dict):
        raise InvalidInputError("the prices are no mapping of models", where="ModelPrices", mend="write it as prices.yaml shows")
    entries: dict[str, Price] = {}
    aliases: dict[str, str] = {}
    for name, entry in {**read["models"], **own}.items():
        if isinstance(entry, dict) and set(entry) == {"priced_as"}:
            aliases[str(name)] = str(entry["priced_as"])
        else:
            entries[str(name)] = _entry(str(name), entry)
    rates = {code: Rate.model_validate(rate) for code, rate in read["rates_to_usd"].items()}
    return PriceList(entries, rates=rates, aliases=aliases, output_limits=read["output_limits"], unknown=unknown or REFUSE)


def free() -> PriceList:
    """For calls that are nobody's: every model costs nothing."""
    day = date(2026, 1, 1)
    price = Price(currency="USD", as_of=day, image=Decimal(0))
    rate = Rate(rate=Decimal(1), as_of=day)
    return PriceList({"free": price}, rates={"USD": rate}, aliases={}, output_limits={"default": 32768}, unknown="free")


def _entry(name: str, entry: Any) -> Price:
    try:
        return Price.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(
            f"price of {name}: {field or 'the entry'}: {first['msg']}", where="ModelPrices", mend="write it as ledger/prices.yaml shows"
        ) from error
