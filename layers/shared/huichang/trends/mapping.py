"""How the columns of a foreign trend feed become trends: a YAML mapping, as catalogues have them (catalog/mapping.py).

A field is a column name, or a source with steps. Beside the fields a mapping says what the feed's own categories are:
`industries` (category to industry code) and `reasons` (category to why its trends are dropped; meaning.yaml). mappings/
holds those that come with the product.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from huichang.catalog.mapping import Spec, read_yaml
from huichang.catalog.reading import FieldReader
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.trends.trend import DropCode, TrendKind

_FOLDER = Path(__file__).with_name("mappings")
MAX_CATEGORIES = 2_000


class TrendFields(Model):
    """Where each field of a trend comes from. What is not mapped is worked out (kind, language, industry) or left empty."""

    title: Spec
    heat: Spec
    observed_on: Spec
    source: Spec | None = None
    kind: Spec | None = None
    language: Spec | None = None
    industry: Spec | None = None
    category: Spec | None = None
    keywords: Spec | None = None
    description: Spec | None = None
    advertisement: Spec | None = None


class TrendMapping(Model):
    """A whole mapping. `source`, `kind` and `language` hold where no column says them; texts in `missing` count as empty."""

    source: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    kind: TrendKind | None = None
    language: Language | None = None
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    date_format: str = "%Y-%m-%d"
    missing: tuple[str, ...] = ()
    fields: TrendFields
    industries: Annotated[dict[str, str], Field(max_length=MAX_CATEGORIES)] = {}
    reasons: Annotated[dict[str, DropCode], Field(max_length=MAX_CATEGORIES)] = {}

    @model_validator(mode="after")
    def _says_its_source(self) -> TrendMapping:
        if self.source is None and self.fields.source is None:
            raise ValueError("say the source: a name, or a column under fields")
        return self

    def columns(self) -> set[str]:
        """Every column the mapping reads."""
        return set[str]().union(*(spec.columns() for _, spec in self.fields if spec is not None))

    def reader(self, today: date) -> FieldReader:
        """Reads fields from rows; feeds have no joined files."""
        return FieldReader(self.missing, (), lambda *_: None, today)


def load_trend_mapping(text: str) -> TrendMapping:
    """One of the mappings that come with the product, by its name, or YAML text. Raises InvalidInputError that says every fault."""
    known = sorted(file.stem for file in _FOLDER.glob("*.yaml"))
    if text in known:
        text = (_FOLDER / f"{text}.yaml").read_text(encoding="utf-8")
    elif "\n" not in text and ":" not in text:
        raise InvalidInputError(
            f"there is no mapping {text[:60]!r}", where="mapping", mend=f"use one of {', '.join(known)}, or send the YAML itself"
        )
    try:
        return TrendMapping.model_validate(read_yaml(text))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors())
        raise InvalidInputError(f"the mapping is not valid: {faults[:1000]}", where="mapping", mend="see docs/trends.md") from error
