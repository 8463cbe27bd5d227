"""How the columns of a foreign file become a Product: a YAML mapping, checked when it is read and applied row by row.

A field is a column name, or a source (`column`, `constant`, `template`, `first` non-empty of several, `all` of several
true) followed by steps (`then`): regex, replace, split, item, limit, drop_first, drop_last, join, map, decimal, count,
multiply, integer, json, pick, pairs, sum, length, days, html_text, truncate; `Step` says what each does. Columns
of a joined file are named `join.column`; `join` alone is all its rows. catalog/mappings/ holds three that are in use.
"""

from __future__ import annotations

import difflib
import html
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from huichang.catalog.inference import infer_industry
from huichang.catalog.product import Benefit, Product
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Language
from huichang.kernel.model import Model

MAX_MAPPING = 64_000
MAX_REGEX_INPUT = 20_000
_FOLDER = Path(__file__).with_name("mappings")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_NUMBER = re.compile(r"[-+]?\d[\d,.\s\u00a0']*|[-+]?\.\d+")
_COUNT_UNITS = {"k": 1_000, "千": 1_000, "w": 10_000, "万": 10_000, "m": 1_000_000, "亿": 100_000_000}
_JSON_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\*)\]")
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


class FieldError(Exception):
    """A row's value does not fit its field."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Pairs(Model):
    """Which keys of each object hold the name and the value of an attribute."""

    name: str
    value: str


def _text_keys(table: Any) -> Any:
    """YAML reads 1 and true as they are; the values of a file are compared as text."""
    if not isinstance(table, dict):
        return table
    return {str(key).lower() if isinstance(key, bool) else str(key): value for key, value in table.items()}


class Step(Model):
    """One change to a value: exactly one field is set (`otherwise` goes with `map`). An empty value skips the rest."""

    regex: str | None = None
    """Keep group 1 (or the whole match); empty where it does not match."""
    replace: tuple[str, str] | None = None
    """Replace a text by another."""
    split: str | None = None
    """Text to a list; parts are trimmed, empty ones dropped."""
    item: int | None = None
    """One entry of a list, from 0; negative from the end."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """The first so many of a list."""
    drop_first: Annotated[int, Field(ge=1)] | None = None
    drop_last: Annotated[int, Field(ge=1)] | None = None
    join: str | None = None
    """List to a text."""
    map: Annotated[dict[str, Any] | None, BeforeValidator(_text_keys)] = None
    """Replace values; others become `otherwise`, or an error where that is not given ("keep" keeps them)."""
    otherwise: Any = None
    decimal: Literal["point", "comma"] | None = None
    """Text to a number, without currency signs, spaces and thousands separators; which sign is the decimal one."""
    count: Literal[True] | None = None
    """1.2万+, 77.7k, "3,400 sold" to whole numbers."""
    integer: Literal[True] | None = None
    """A number without a fraction."""
    multiply: Decimal | None = None
    json_path: Annotated[str | None, Field(alias="json")] = None
    """Parse JSON text and follow a path such as `a.b[0].c` or `items[*].name`; "" is the whole."""
    pick: str | None = None
    """That key of every object of a list; empty ones dropped."""
    pairs: Pairs | None = None
    """A list of objects to attributes; values of one name are joined with ", "."""
    sum: Literal[True] | None = None
    """The numbers of a list added up."""
    length: Literal[True] | None = None
    days: str | None = None
    """A date in this strptime format to the days between it and the import; a date to come is an error."""
    html_text: Literal[True] | None = None
    """HTML to plain text."""
    truncate: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_operation(self) -> Step:
        given = self.model_fields_set - {"otherwise"}
        if len(given) != 1:
            raise ValueError(f"a step does exactly one thing, not {', '.join(sorted(given)) or 'nothing'}")
        if "otherwise" in self.model_fields_set and given != {"map"}:
            raise ValueError("otherwise belongs to map")
        if self.regex is not None:
            _compiled(self.regex)
        if self.json_path:
            _json_steps(self.json_path)
        return self


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
        named |= set(_PLACEHOLDER.findall(self.template or ""))
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
            value = self._empty_to_none(self._step(step, value))
        return value

    def _step(self, step: Step, value: Any) -> Any:
        if step.days is not None:
            return _days(step, value, self._today)
        return _STEPS[next(iter(step.model_fields_set - {"otherwise"}))](step, value)

    def _from_source(self, row: Mapping[str, Any], spec: Source) -> Any:
        if spec.column is not None:
            return self._column(row, spec.column)
        if spec.template is not None:
            parts = {name: self._column(row, name) for name in _PLACEHOLDER.findall(spec.template)}
            if any(part is None for part in parts.values()):
                return None
            return _PLACEHOLDER.sub(lambda found: str(parts[found.group(1)]), spec.template)
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
            raise FieldError(field, f"{first['msg'].removeprefix('Value error, ')}: {_short(first['input'])}") from error
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


# --- steps ------------------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if isinstance(value, (str, int, Decimal)):
        return str(value)
    raise ValueError(f"a text is needed, not {_short(value)}")


def _list(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    raise ValueError(f"a list is needed, not {_short(value)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)  # re keeps the last 512
    except re.error as error:
        raise ValueError(f"regex {pattern!r}: {error}") from error


def _regex(step: Step, value: Any) -> Any:
    found = _compiled(step.regex or "").search(_text(value)[:MAX_REGEX_INPUT])
    if found is None:
        return None
    return found.group(1) if found.re.groups else found.group()


def _replace(step: Step, value: Any) -> Any:
    old, new = step.replace or ("", "")
    return _text(value).replace(old, new)


def _split(step: Step, value: Any) -> Any:
    return [part for part in (part.strip() for part in _text(value).split(step.split or ",")) if part]


def _item(step: Step, value: Any) -> Any:
    parts, place = _list(value), step.item or 0
    return parts[place] if -len(parts) <= place < len(parts) else None


def _limit(step: Step, value: Any) -> Any:
    return _list(value)[: step.limit]


def _drop_first(step: Step, value: Any) -> Any:
    return _list(value)[step.drop_first or 0 :]


def _drop_last(step: Step, value: Any) -> Any:
    return _list(value)[: -(step.drop_last or 1)]


def _join(step: Step, value: Any) -> Any:
    return (step.join or "").join(_text(part) for part in _list(value))


def _map(step: Step, value: Any) -> Any:
    table = step.map or {}
    key = str(value).lower() if isinstance(value, bool) else _text(value)
    if key in table:
        return table[key]
    if "otherwise" not in step.model_fields_set:
        raise ValueError(f"{_short(value)} is none of {', '.join(table)}")
    return value if step.otherwise == "keep" else step.otherwise


def _number(value: Any, comma: bool = False) -> Decimal:
    if isinstance(value, bool):
        raise ValueError("a number is needed, not a truth value")
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    found = _NUMBER.search(_text(value))
    if found is None:
        raise ValueError(f"{_short(value)} is no number")
    digits = re.sub(r"[\s\u00a0']", "", found.group()).rstrip(".,")
    digits = digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", "")
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise ValueError(f"{_short(value)} is no number") from error


def _decimal(step: Step, value: Any) -> Any:
    return _number(value, comma=step.decimal == "comma")


def _count(_: Step, value: Any) -> Any:
    if not isinstance(value, str):
        return int(_number(value))
    found = _NUMBER.search(value)
    if found is None:
        raise ValueError(f"{_short(value)} is no number")
    unit = value[found.end() :].strip()[:1].lower()
    follows = value[found.end() :].strip()[1:2]
    factor = _COUNT_UNITS.get(unit, 1) if not (unit.isascii() and follows.isalpha()) else 1  # "3 mugs" are not 3 million
    return int(_number(found.group()) * factor)


def _integer(_: Step, value: Any) -> Any:
    number = _number(value)
    if number != number.to_integral_value():
        raise ValueError(f"{_short(value)} is no whole number")
    return int(number)


def _multiply(step: Step, value: Any) -> Any:
    return _number(value) * (step.multiply or Decimal(1))


def _json_steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    place = 0
    for found in _JSON_STEP.finditer(path):
        if found.start() != place:
            break
        place = found.end()
        name, index = found.groups()
        steps.append(name if name is not None else "*" if index == "*" else int(index))
    if place != len(path):
        raise ValueError(f"json path {path!r} is not read from {path[place:]!r} on; write a.b[0] or a[*].b")
    return steps


def _json(step: Step, value: Any) -> Any:
    content = value
    if isinstance(value, str):
        try:
            content = json.loads(value, parse_float=Decimal)
        except ValueError as error:
            raise ValueError(f"not JSON ({error}): {_short(value)}") from error
    return _follow(content, _json_steps(step.json_path or ""))


def _follow(content: Any, steps: Sequence[str | int]) -> Any:
    for place, step in enumerate(steps):
        if step == "*" and isinstance(content, list):
            found = (_follow(part, steps[place + 1 :]) for part in content)
            return [part for part in found if part is not None]
        if isinstance(step, int) and isinstance(content, list):
            content = content[step] if step < len(content) else None
        elif isinstance(step, str) and isinstance(content, dict):
            content = content.get(step)
        else:
            return None
    return content


def _pick(step: Step, value: Any) -> Any:
    picked = (part.get(step.pick) for part in _list(value) if isinstance(part, Mapping))
    return [part for part in picked if part not in (None, "")]


def _pairs(step: Step, value: Any) -> Any:
    keys = step.pairs or Pairs(name="name", value="value")
    pairs: dict[str, list[str]] = {}
    for part in _list(value):
        if not isinstance(part, Mapping):
            raise ValueError(f"an object is needed, not {_short(part)}")
        name, content = str(part.get(keys.name) or "").strip(), str(part.get(keys.value) or "").strip()
        if name and content and content not in pairs.setdefault(name, []):
            pairs[name].append(content)
    return {name: ", ".join(values) for name, values in pairs.items()}


def _sum(_: Step, value: Any) -> Any:
    return sum((_number(part) for part in _list(value)), Decimal(0))


def _length(_: Step, value: Any) -> Any:
    return len(_list(value))


def _days(step: Step, value: Any, today: date) -> Any:
    then = datetime.strptime(_text(value), step.days or "%Y-%m-%d").date()
    if then > today:
        raise ValueError(f"{value} lies in the future")
    return (today - then).days


def _html_text(_: Step, value: Any) -> Any:
    return " ".join(html.unescape(_TAG.sub(" ", _text(value))).split())


def _truncate(step: Step, value: Any) -> Any:
    return _text(value)[: step.truncate].rstrip()


_STEPS: dict[str, Callable[[Step, Any], Any]] = {
    "regex": _regex,
    "replace": _replace,
    "split": _split,
    "item": _item,
    "limit": _limit,
    "drop_first": _drop_first,
    "drop_last": _drop_last,
    "join": _join,
    "map": _map,
    "decimal": _decimal,
    "count": _count,
    "integer": _integer,
    "multiply": _multiply,
    "json_path": _json,
    "pick": _pick,
    "pairs": _pairs,
    "sum": _sum,
    "length": _length,
    "html_text": _html_text,
    "truncate": _truncate,
}
