"""The closed catalogue of selection indicators and the vague words that stand for thresholds (indicators.yaml)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import Field, ValidationError, model_validator

from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Text
from huichang.kernel.model import Model

IndicatorType = Literal["number", "rate", "boolean", "text"]
IndicatorClass = Literal["price", "sales", "supply", "service", "quality", "merchant", "benefit", "text"]

_FILE = Path(__file__).with_name("indicators.yaml")


class Indicator(Model):
    """One measure of a product: what it is called, what it means, and which values make sense."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    class_: Annotated[IndicatorClass, Field(alias="class")]
    type: IndicatorType
    unit: str
    range: tuple[float | None, float | None]
    direction: Literal["lower", "higher", "none"]
    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]
    meaning_zh: Annotated[str, Field(min_length=1)]
    meaning_en: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _range_in_order(self) -> Indicator:
        low, high = self.range
        if low is not None and high is not None and low > high:
            raise ValueError(f"range of {self.code} runs from {low} down to {high}")
        if self.type in ("boolean", "text") and self.range != (None, None):
            raise ValueError(f"{self.code} is {self.type} and has no range")
        return self

    @property
    def name(self) -> Text:
        """Its name in both languages."""
        return {"zh": self.zh, "en": self.en}

    @property
    def meaning(self) -> Text:
        """Its meaning in both languages."""
        return {"zh": self.meaning_zh, "en": self.meaning_en}

    @property
    def is_numeric(self) -> bool:
        """True where it can be compared, sorted by and put on a percentile scale."""
        return self.type in ("number", "rate")


class VagueWord(Model):
    """Words without a number and the threshold they stand for: exactly one of `value`, `percentile` (0..100) is set."""

    indicator: str
    op: Literal["<=", ">=", "="]
    value: bool | float | None = None
    percentile: Annotated[float, Field(ge=0, le=100)] | None = None
    zh: Annotated[tuple[str, ...], Field(min_length=1)]
    en: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_threshold(self) -> VagueWord:
        if (self.value is None) == (self.percentile is None):
            raise ValueError(f"a vague word on {self.indicator} needs either value or percentile")
        if self.percentile is not None and self.op == "=":
            raise ValueError(f"a percentile on {self.indicator} needs <= or >=")
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """All its words, zh first; English ones in lower case."""
        return self.zh + self.en


Manner = Literal["vague", "text", "boolean", "number"]
"""How a condition was said: by a vague word, as a value of the catalogue, as yes or no, as an explicit number."""


class Importance(Model):
    """What is given up first where too few products remain: the lowest of (`said`, `indicator`)."""

    said: dict[Manner, int]
    indicator: dict[str, int]

    def rank(self, manner: Manner, code: str) -> tuple[int, int]:
        """Sort key of a condition: the lowest is given up first."""
        return self.said[manner], self.indicator.get(code, _USUAL)


class WordPair(Model):
    """Words of one meaning in both languages."""

    zh: Annotated[tuple[str, ...], Field(min_length=1)]
    en: Annotated[tuple[str, ...], Field(min_length=1)]

    @property
    def words(self) -> tuple[str, ...]:
        """All its words, zh first."""
        return self.zh + self.en


_USUAL = 5


class _IndicatorFile(Model):
    indicators: tuple[Indicator, ...]
    vague_words: tuple[VagueWord, ...]
    importance: Importance
    implied_attributes: tuple[WordPair, ...]
    same_values: tuple[WordPair, ...]

    @model_validator(mode="after")
    def _consistent(self) -> _IndicatorFile:
        twice = [code for code, times in Counter(item.code for item in self.indicators).items() if times > 1]
        if twice:
            raise ValueError(f"defined twice: {', '.join(twice)}")
        by_code = {item.code: item for item in self.indicators}
        for vague in self.vague_words:
            indicator = by_code.get(vague.indicator)
            if indicator is None:
                raise ValueError(f"vague words {vague.words} use the unknown indicator {vague.indicator}")
            if (indicator.type == "boolean") != isinstance(vague.value, bool):
                raise ValueError(f"vague words {vague.words} do not fit {indicator.code}, which is {indicator.type}")
        unknown = set(self.importance.indicator) - set(by_code)
        if unknown or set(self.importance.said) != set(get_args(Manner)):
            raise ValueError(
                f"importance must rank every manner and only known indicators; {', '.join(sorted(unknown)) or 'a manner is missing'}"
            )
        said = [word.lower() for vague in self.vague_words for word in vague.words]
        twice = [word for word, times in Counter(said).items() if times > 1]
        if twice:
            raise ValueError(f"vague words with two meanings: {', '.join(twice)}")
        return self


@cache
def _load() -> _IndicatorFile:
    try:
        return _IndicatorFile.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise PermanentError(f"{_FILE.name} is not valid: {error}", where="catalog/indicators.yaml") from error


def load_indicators() -> dict[str, Indicator]:
    """Every indicator by code, in the file's order. Raises PermanentError where the file is not valid."""
    return {indicator.code: indicator for indicator in _load().indicators}


def load_vague_words() -> tuple[VagueWord, ...]:
    """Vague words in the file's order. Raises PermanentError where the file is not valid."""
    return _load().vague_words


def load_importance() -> Importance:
    """What is given up before what. Raises PermanentError where the file is not valid."""
    return _load().importance


def implied_attributes() -> tuple[str, ...]:
    """Names, both languages, of the attributes that a bare value asks for. Raises PermanentError where the file is not valid."""
    return tuple(word for pair in _load().implied_attributes for word in pair.words)


def same_values() -> tuple[WordPair, ...]:
    """Values that mean the same in both languages. Raises PermanentError where the file is not valid."""
    return _load().same_values


class _LazyIndicators(Mapping[str, Indicator]):
    """Reads the file at the first look, so that importing this module opens nothing."""

    def __getitem__(self, code: str) -> Indicator:
        return self._all()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    @staticmethod
    @cache
    def _all() -> dict[str, Indicator]:
        return load_indicators()


INDICATORS: Mapping[str, Indicator] = _LazyIndicators()
"""Every indicator by code."""


def indicator_options() -> list[dict[str, Any]]:
    """The indicators as a model prompt or the console needs them: code, type, unit, range and both languages' words."""
    return [indicator.model_dump(mode="json", by_alias=True) for indicator in INDICATORS.values()]
