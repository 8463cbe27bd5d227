"""Contexts that make a hit harmless, as data with a reason (contexts.yaml): denied, part of a title, a name, a measure."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError, model_validator

from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model
from huichang.materials.policy.reading import read_yaml

CONTEXTS = Path(__file__).with_name("contexts.yaml")


class Beside(Model):
    """A class of the lexicon, and how many characters or words away from the hit its words may stand."""

    words: str
    within: Annotated[int, Field(ge=0, le=20)] = 0


class Context(Model):
    """When hits of these rules (ids, * for any part) are harmless, and why.

    `before`, `after`: a word of a class stands there, in the same sentence. `phrases`: as a rule's `but`.
    """

    id: str
    reason: Annotated[str, Field(min_length=10)]
    rules: Annotated[tuple[str, ...], Field(min_length=1)]
    before: Beside | None = None
    after: Beside | None = None
    phrases: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_when(self) -> Context:
        if not (self.before or self.after or self.phrases):
            raise ValueError(f"{self.id}: says before, after or phrases")
        return self

    def of(self, rule: str) -> bool:
        """Whether it speaks of a rule."""
        return any(fnmatchcase(rule, pattern) for pattern in self.rules)

    @property
    def classes(self) -> tuple[str, ...]:
        """The word classes that it names."""
        return tuple(beside.words for beside in (self.before, self.after) if beside)


def read_contexts(path: Path) -> tuple[Context, ...]:
    """The contexts of a file. Raises PermanentError: not yaml, not a list of contexts."""
    try:
        data = read_yaml(path)
        if not isinstance(data, list):
            raise ValueError("a list of contexts is expected")
        return tuple(Context.model_validate(entry) for entry in data)
    except (yaml.YAMLError, ValidationError, ValueError) as error:
        raise PermanentError(f"the contexts cannot be used: {error}", where=f"policy/{path.name}", mend="mend the file") from error


@lru_cache(maxsize=1)
def load_contexts() -> tuple[Context, ...]:
    """The contexts that come with the product."""
    return read_contexts(CONTEXTS)
