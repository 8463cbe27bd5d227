"""How the columns of a foreign file become a Product: a YAML mapping, checked when it is read (catalog/reading.py applies it).

A field is a column name, or a source (`column`, `constant`, `template`, `first` non-empty of several, `all` of several
true) followed by steps (`then`): regex, replace, split, item, limit, drop_first, drop_last, join, map, decimal, count,
multiply, integer, json, pick, pairs, sum, length, days, html_text, truncate; catalog/steps.py says what each does. Columns
of a joined file are named `join.column`; `join` alone is all its rows. catalog/mappings/ holds three that are in use.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from huichang.catalog.product import Benefit
from huichang.catalog.steps import Step
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Language
from huichang.kernel.model import Model

MAX_MAPPING = 64_000
_FOLDER = Path(__file__).with_name("mappings")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Source(Model):
    """Where a field's value comes from and what is done to it."""

    column: str | None = None
    constant: Any = None
    template: str | None = None
    first: tuple[Spec, ...] | None = None
    all: tuple[Spec, ...] | None = None
    then: tuple[Step, ...] = ()
    on_error: Literal["reject", "drop"] = "reject"
    """Whether a value that does not fit costs the row or only the field (and is noted)."""

    @model_validator(mode="after")
    def _one_source(self) -> Source:
        given = self.model_fields_set & {"column", "constant", "template", "first", "all"}
        if len(given) != 1:
            raise ValueError(f"give exactly one of column, constant, template, first, all, not {', '.join(sorted(given)) or 'none'}")
        return self

    def columns(self) -> set[str]:
        """Every column the value is made of."""
        named = {self.column} if self.column else set()
        named |= set(PLACEHOLDER.findall(self.template or ""))
        return named.union(*(spec.columns() for spec in (*(self.first or ()), *(self.all or ()))))


def _column_shorthand(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Spec = Annotated[Source, BeforeValidator(_column_shorthand)]


class MerchantFields(Model):
    """The merchant's fields."""

    id: Spec
    name: Spec | None = None
    years: Spec | None = None
    factory_verified: Spec | None = None


class TextFields(Model):
    """A product's words in one more language."""

    title: Spec
    category_path: Spec | None = None
    attributes: Spec | None = None
    description: Spec | None = None


class ProductFields(Model):
    """The product's fields. `price` is one price at the smallest order, `tiers` a list of {min_quantity, price}, `enrolments`
    a list of {promotion, price, benefits, starts_at, ends_at} or of promotions' names."""

    id: Spec
    title: Spec
    merchant: Annotated[MerchantFields | Source, BeforeValidator(_column_shorthand)]
    price: Spec | None = None
    tiers: Spec | None = None
    language: Spec | None = None
    currency: Spec | None = None
    category_path: Spec | None = None
    industry: Spec | None = None
    brand: Spec | None = None
    attributes: Spec | None = None
    description: Spec | None = None
    reviews: Spec | None = None
    list_price: Spec | None = None
    moq: Spec | None = None
    stock: Spec | None = None
    sales_30d: Spec | None = None
    sales_growth_7d: Spec | None = None
    rating: Spec | None = None
    review_count: Spec | None = None
    repurchase_rate: Spec | None = None
    return_rate: Spec | None = None
    ship_within_hours: Spec | None = None
    listed_days: Spec | None = None
    benefits: Annotated[dict[Benefit, Spec] | Source | None, BeforeValidator(_column_shorthand)] = None
    enrolled: Spec | None = None
    enrolments: Spec | None = None
    pictures: Spec | None = None
    url: Spec | None = None
    localized: Annotated[dict[Language, TextFields] | Source | None, BeforeValidator(_column_shorthand)] = None

    @model_validator(mode="after")
    def _one_price(self) -> ProductFields:
        if (self.price is None) == (self.tiers is None):
            raise ValueError("map either price or tiers")
        return self


class Join(Model):
    """A second file whose rows belong to the main one's: those whose `key` equals its `main_key`.

    With `parent` the rows form a tree (categories): the join is the path from the root to the row found. `where` keeps
    only rows with these values. Where the main file holds an id that does not exist, the join is empty.
    """

    key: str
    main_key: str
    many: bool = False
    parent: str | None = None
    where: dict[str, str] = {}
    optional: bool = False

    @model_validator(mode="after")
    def _tree_or_many(self) -> Join:
        if self.many and self.parent:
            raise ValueError("a tree (parent) finds one row; leave many out")
        return self


class CatalogueMapping(Model):
    """A whole mapping. Texts in `missing` count as empty in every column."""

    catalogue: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    language: Language
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    about: str = ""
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    missing: tuple[str, ...] = ()
    infer_industry: bool = True
    joins: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Join] = {}
    fields: ProductFields

    @field_validator("joins")
    @classmethod
    def _main_is_taken(cls, joins: dict[str, Join]) -> dict[str, Join]:
        if "main" in joins:
            raise ValueError("main is the name of the main file")
        return joins

    def columns(self) -> set[str]:
        """Columns of the main file that the mapping reads."""
        named = {join.main_key for join in self.joins.values()}.union(*(source.columns() for source in _sources(self.fields)))
        return {name for name in named if name.partition(".")[0] not in self.joins}


def _sources(fields: Any) -> Iterable[Source]:
    if isinstance(fields, Source):
        yield fields
    elif isinstance(fields, Model):
        for name in type(fields).model_fields:
            yield from _sources(getattr(fields, name))
    elif isinstance(fields, dict):
        for value in fields.values():
            yield from _sources(value)


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases (a few bytes can stand for gigabytes), in which on, off, yes, no and dates are text."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read in a mapping")
        return super().compose_node(parent, index)


_PlainLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:merge")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False)$"), list("tTfF"))


def read_yaml(text: str) -> dict[str, Any]:
    """The YAML of a mapping, not checked yet. Raises InvalidInputError."""
    if len(text) > MAX_MAPPING:
        raise InvalidInputError(f"the mapping is longer than {MAX_MAPPING:,} characters", where="mapping")
    try:
        content = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidInputError(f"the mapping is not YAML: {error}", where="mapping") from error
    if not isinstance(content, dict):
        raise InvalidInputError("the mapping holds no fields", where="mapping", mend="see catalog/mappings/")
    return content


def load_mapping(text: str) -> CatalogueMapping:
    """Parse and check a mapping. Raises InvalidInputError that names every fault with its place."""
    try:
        return CatalogueMapping.model_validate(read_yaml(text))
    except ValidationError as error:
        faults = "; ".join(dict.fromkeys(_fault(item) for item in error.errors()))
        raise InvalidInputError(f"the mapping is not valid: {faults}", where="mapping", mend="see catalog/mappings/") from error


def _fault(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"] if part not in ("function-after[_one_source(), Source]",))
    hint = ""
    if item["type"] == "extra_forbidden" and len(item["loc"]) >= 2 and item["loc"][0] == "fields":
        near = difflib.get_close_matches(str(item["loc"][-1]), list(ProductFields.model_fields), n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
    return f"{place}: {item['msg'].removeprefix('Value error, ')}{hint}"


def named_mapping(name: str) -> CatalogueMapping:
    """One of the mappings that come with the product (catalog/mappings/<name>.yaml). Raises InvalidInputError."""
    known = sorted(file.stem for file in _FOLDER.glob("*.yaml"))
    if name not in known:
        raise InvalidInputError(f"there is no mapping {name!r}", where="mapping", mend=f"use one of {', '.join(known)}")
    return load_mapping((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def check_header(mapping: CatalogueMapping, header: Sequence[str]) -> None:
    """Raise InvalidInputError where the mapping reads columns that the file does not have."""
    missing = sorted(mapping.columns() - set(header))
    if missing:
        raise InvalidInputError(
            f"the file has no column {', '.join(missing)}",
            where="mapping",
            mend=f"its columns are {', '.join(header)[:1000]}",
        )
