"""The steps of a mapping: what may be done to one value on its way from a column to a field. `Step` says what each does."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from huichang.kernel.model import Model

MAX_REGEX_INPUT = 20_000
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


def _text(value: Any) -> str:
    if isinstance(value, (str, int, Decimal)):
        return str(value)
    raise ValueError(f"a text is needed, not {short(value)}")


def _list(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    raise ValueError(f"a list is needed, not {short(value)}")


def short(value: Any) -> str:
    """For messages: at most 80 characters of what was found."""
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
        raise ValueError(f"{short(value)} is none of {', '.join(table)}")
    return value if step.otherwise == "keep" else step.otherwise


def _number(value: Any, comma: bool = False) -> Decimal:
    if isinstance(value, bool):
        raise ValueError("a number is needed, not a truth value")
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    found = _NUMBER.search(_text(value))
    if found is None:
        raise ValueError(f"{short(value)} is no number")
    digits = re.sub(r"[\s\u00a0']", "", found.group()).rstrip(".,")
    digits = digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", "")
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise ValueError(f"{short(value)} is no number") from error


def _decimal(step: Step, value: Any) -> Any:
    return _number(value, comma=step.decimal == "comma")


def _count(_: Step, value: Any) -> Any:
    if not isinstance(value, str):
        return int(_number(value))
    found = _NUMBER.search(value)
    if found is None:
        raise ValueError(f"{short(value)} is no number")
    unit = value[found.end() :].strip()[:1].lower()
    follows = value[found.end() :].strip()[1:2]
    factor = _COUNT_UNITS.get(unit, 1) if not (unit.isascii() and follows.isalpha()) else 1  # "3 mugs" are not 3 million
    return int(_number(found.group()) * factor)


def _integer(_: Step, value: Any) -> Any:
    number = _number(value)
    if number != number.to_integral_value():
        raise ValueError(f"{short(value)} is no whole number")
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
            raise ValueError(f"not JSON ({error}): {short(value)}") from error
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
            raise ValueError(f"an object is needed, not {short(part)}")
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


def applied(step: Step, value: Any, today: date) -> Any:
    """The value after the step. Raises ValueError, TypeError, ArithmeticError or LookupError where it does not fit."""
    if step.days is not None:
        return _days(step, value, today)
    return _STEPS[next(iter(step.model_fields_set - {"otherwise"}))](step, value)
