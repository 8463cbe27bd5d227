"""The rule data: rules/*.yaml, the denied topics of themes/denied.yaml, and what a campaign's or merchant's brand asks for."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError, field_validator

from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model
from huichang.materials.policy.lexicon import load_lexicon
from huichang.materials.policy.model import Rule, Sector, Severity, read_rules
from huichang.materials.policy.reading import read_yaml
from huichang.themes.deny import denied_topics

RULES = Path(__file__).parent / "rules"
SECTOR_OF_INDUSTRY: dict[str, Sector] = {"food": "food", "beauty": "cosmetics"}
"""catalog/industries.yaml code -> sector with rules of its own; the other industries have none."""
# What is denied as a venue's subject, but stands in honest titles (President cheese, an election board game): ours only.
_OURS_ONLY = frozenset({"news", "orders"})

Word = Annotated[str, Field(min_length=2, max_length=60)]


class BrandRules(Model):
    """What a campaign's or a merchant's brand asks for, on top of the law.

    `forbidden`: words it never uses. `competitors`: names that may not stand in our words. `colours`: the only colours (#rrggbb)
    that its pages may be set in, () any.
    """

    owner: Annotated[str, Field(min_length=1, max_length=120)]
    forbidden: Annotated[tuple[Word, ...], Field(max_length=200)] = ()
    competitors: Annotated[tuple[Word, ...], Field(max_length=200)] = ()
    colours: Annotated[tuple[Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")], ...], Field(max_length=40)] = ()

    @field_validator("forbidden", "competitors")
    @classmethod
    def _with_letters(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if not any(character.isalnum() for character in word):
                raise ValueError(f"{word!r} has no letter and no digit")
        return words

    @property
    def is_merchants(self) -> bool:
        """Whether a merchant asked for it: told to the reviewer, who decides; a campaign's own rules block."""
        return self.owner.startswith("merchant:")

    def rules(self) -> tuple[Rule, ...]:
        """As rules of the gate."""
        severity: Severity = "warn" if self.is_merchants else "block"
        found = []
        if self.forbidden:
            found.append(
                Rule(
                    id="brand.forbidden",
                    kind="brand",
                    severity=severity,
                    law=f"brand rules of {self.owner}",
                    message={"zh": "品牌规范禁用的词", "en": "a word that the brand never uses"},
                    mend={"zh": "换一种说法", "en": "say it in other words"},
                    words=self.forbidden,
                )
            )
        if self.competitors:
            found.append(
                Rule(
                    id="brand.competitor",
                    kind="brand",
                    severity=severity,
                    law=f"brand rules of {self.owner}; 广告法第十三条",
                    message={"zh": "提到了竞品名称", "en": "names a competitor"},
                    mend={"zh": "删去竞品名称", "en": "leave the competitor's name out"},
                    words=self.competitors,
                )
            )
        return tuple(found)


EVERYWHERE = "everywhere"


class BrandBook(Model):
    """The brand rules of all owners: "everywhere", "campaign:<id>", "merchant:<id>". `revision` counts saves."""

    revision: int = 0
    brands: Annotated[tuple[BrandRules, ...], Field(max_length=500)] = ()

    def of(self, owners: tuple[str, ...]) -> tuple[BrandRules, ...]:
        """The entries of these owners."""
        wanted = set(owners)
        return tuple(brand for brand in self.brands if brand.owner in wanted)


@lru_cache(maxsize=1)
def load_rules() -> tuple[Rule, ...]:
    """All rules, in the order of the files. Raises PermanentError naming the file that cannot be used."""
    return (*read_folder(RULES), *_denied())


def read_folder(folder: Path) -> tuple[Rule, ...]:
    """The rules of a folder's yaml files. Raises PermanentError: not yaml, not a rule, an id used twice."""
    found: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            rules = [_with_classes(rule) for rule in read_rules(read_yaml(path), path.name)]
        except (yaml.YAMLError, ValidationError, ValueError) as error:
            raise PermanentError(f"the rules cannot be used: {error}", where=f"policy/rules/{path.name}", mend="mend the file") from error
        for rule in rules:
            if rule.id in found:
                raise PermanentError(f"two rules are called {rule.id}", where=f"policy/rules/{path.name}", mend="give one another id")
            found[rule.id] = rule
    return tuple(found.values())


def _with_classes(rule: Rule) -> Rule:
    """The rule with the words of the classes that it names (`@class`), and what is harmless of them. Raises ValueError: no such class."""
    named = [word[1:] for word in rule.words if word.startswith("@")]
    classes = load_lexicon().classes
    missing = sorted(set(named) - set(classes))
    if missing:
        raise ValueError(f"{rule.id}: there is no class {missing[0]}")
    words = [each for word in rule.words for each in (classes[word[1:]].words if word.startswith("@") else (word,))]
    but = [phrase for name in named for phrase in classes[name].but]
    return rule.model_copy(update={"words": tuple(dict.fromkeys(words)), "but": tuple(dict.fromkeys((*rule.but, *but)))})


def _denied() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            id=f"denied.{topic.topic}",
            kind="unsafe",
            law="themes/denied.yaml",
            message=topic.reason,
            mend={"zh": "删去", "en": "leave it out"},
            products="off" if topic.topic in _OURS_ONLY else "block",
            words=(*topic.zh, *topic.en),
            but=topic.but,
        )
        for topic in denied_topics()
    )
