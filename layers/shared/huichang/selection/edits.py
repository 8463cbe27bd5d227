"""An operator's merchandising edits: pin, boost, bury and exclude, by product, attribute, brand, merchant or category.

Which rule wins where several speak of one product is written once, in `Verdicts`; docs/merchandising.md says it in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator

from huichang.catalog.product import Product
from huichang.kernel.model import Model
from huichang.selection.words import fold

Action = Literal["exclude", "pin", "bury", "boost"]
Scope = Literal["product", "attribute", "brand", "merchant", "category"]

MAX_RULES = 200
SET_PIN_LIMIT = 8  # a pinned brand brings its best goods forward, and does not become the page
# The more exactly a rule names a product, the more it means it. A rule for any value of an attribute ranks below one value.
_EXACTNESS: Mapping[Scope, int] = {"product": 500, "attribute": 400, "brand": 200, "merchant": 100, "category": 0}
_ANY_VALUE = 300
_fold = lru_cache(maxsize=65_536)(fold)
_VALUES = re.compile(r"[,，、;；|/\n]")
_Key = tuple[str, ...]


class EditRule(Model):
    """One wish. `value`: product id; brand; merchant's id or name; a step of the category path; an attribute's value, "" any.

    `attribute` names the attribute. `position` (from 1) is for a pinned product, `limit` for a pinned set, `level` for boost
    and bury. In force from `starts_at` (included) to `ends_at` (not included); both carry their time zone.
    """

    action: Action
    scope: Scope = "product"
    value: Annotated[str, Field(max_length=120)] = ""
    attribute: Annotated[str, Field(max_length=80)] = ""
    position: Annotated[int, Field(ge=1, le=200)] | None = None
    level: Annotated[int, Field(ge=1, le=3)] = 2
    limit: Annotated[int, Field(ge=1, le=50)] = SET_PIN_LIMIT
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    note: Annotated[str, Field(max_length=200)] = ""

    @field_validator("value", "attribute", "note")
    @classmethod
    def _trimmed(cls, text: str) -> str:
        return text.strip()

    @model_validator(mode="after")
    def _whole(self) -> EditRule:
        if self.scope == "attribute" and not self.attribute:
            raise ValueError("attribute: name the attribute, for instance 材质")
        if self.scope != "attribute" and self.attribute:
            raise ValueError(f"attribute: only a rule of scope attribute has one, this is {self.scope}")
        if self.scope != "attribute" and not self.value:
            raise ValueError(f"value: name the {self.scope}")
        if self.position is not None and (self.action, self.scope) != ("pin", "product"):
            raise ValueError("position: only a pinned product has one")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at: must be after starts_at")
        return self

    def in_force(self, moment: datetime) -> bool:
        """Whether the rule counts at this moment."""
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)

    def overlaps(self, other: EditRule) -> bool:
        """Whether there is a moment at which both count."""
        starts = [moment for moment in (self.starts_at, other.starts_at) if moment]
        ends = [moment for moment in (self.ends_at, other.ends_at) if moment]
        return not starts or not ends or max(starts) < min(ends)

    def target(self) -> str:
        """What it is about, short: "brand 膳魔师", "attribute 材质=棉"."""
        what = f"{self.attribute}={self.value or '*'}" if self.scope == "attribute" else self.value
        return f"{self.scope} {what}"

    def label(self) -> str:
        """The whole rule in a line: "boost +2 brand 膳魔师"."""
        how = f" +{self.level}" if self.action == "boost" else f" -{self.level}" if self.action == "bury" else ""
        where = f" @{self.position}" if self.position else ""
        return f"{self.action}{how} {self.target()}{where}"

    @property
    def key(self) -> _Key:
        """What `keys_of` a product must contain for the rule to speak of it."""
        if self.scope == "product":
            return ("product", self.value)
        if self.scope == "attribute":
            return ("attribute", _fold(self.attribute), _fold(self.value))
        return (self.scope, _fold(self.value))


class MerchandisingEdits(Model):
    """All rules of a venue, in the operator's order. `allow_thin`: accepted with fewer goods than a venue usually needs."""

    rules: Annotated[tuple[EditRule, ...], Field(max_length=MAX_RULES)] = ()
    allow_thin: bool = False

    @model_validator(mode="before")
    @classmethod
    def _as_they_were_stored_before_rules(cls, stored: Any) -> Any:
        """Venues that were edited before there were rules hold {pins, excludes}: product ids."""
        if not isinstance(stored, dict) or not {"pins", "excludes"} & set(stored):
            return stored
        found = [("pin", name) for name in stored.get("pins", ())] + [("exclude", name) for name in stored.get("excludes", ())]
        others = {name: value for name, value in stored.items() if name not in ("pins", "excludes")}
        return others | {"rules": [{"action": action, "value": name} for action, name in found]}

    def at(self, moment: datetime) -> MerchandisingEdits:
        """Only the rules in force at this moment."""
        return self.model_copy(update={"rules": tuple(rule for rule in self.rules if rule.in_force(moment))})

    def changes_after(self, moment: datetime) -> tuple[datetime, ...]:
        """The later moments at which a rule begins or ends, soonest first."""
        edges = {edge for rule in self.rules for edge in (rule.starts_at, rule.ends_at) if edge and edge > moment}
        return tuple(sorted(edges))

    @property
    def pins(self) -> tuple[str, ...]:
        """Ids of the products pinned by themselves, in order."""
        return self._products("pin")

    @property
    def excludes(self) -> tuple[str, ...]:
        """Ids of the products excluded by themselves, in order."""
        return self._products("exclude")

    def _products(self, action: Action) -> tuple[str, ...]:
        named = (rule.value for rule in self.rules if rule.action == action and rule.scope == "product")
        return tuple(dict.fromkeys(named))


class Verdict(Model):
    """What the rules say of one product: the winner's place in `rules`, and the places of those it overrules."""

    action: Action
    rule: int
    overruled: tuple[int, ...] = ()


class Verdicts:
    """Judges products by rules that are all taken to be in force.

    1. Exclude beats everything, however it is worded: what somebody forbade is never shown.
    2. Pin beats bury and boost. A product pinned by itself comes before one pinned with its brand.
    3. Between bury and boost the more exact rule wins: product, attribute's value, any value, brand, merchant, category (a
       deeper category before a wider one); at the same exactness bury beats boost, then the stronger level, then the earlier.
    """

    def __init__(self, edits: MerchandisingEdits) -> None:
        self.rules = edits.rules
        self._by_key: dict[_Key, list[int]] = {}
        for place, rule in enumerate(self.rules):
            self._by_key.setdefault(rule.key, []).append(place)
        self._scopes = frozenset(rule.scope for rule in self.rules)

    def rules_for(self, product: Product) -> list[tuple[int, int]]:
        """(place, exactness) of every rule that speaks of the product; a higher exactness is more exact."""
        found: dict[int, int] = {}
        for key, exactness in keys_of(product, self._scopes):
            for place in self._by_key.get(key, ()):
                found[place] = max(exactness, found.get(place, -1))
        return sorted(found.items())

    def of(self, product: Product) -> Verdict | None:
        """The verdict, None where no rule speaks of it."""
        if not self.rules:
            return None
        return self._decide(self.rules_for(product))

    def of_id(self, product_id: str) -> Verdict | None:
        """The verdict on a product of which only the id is known."""
        exactness = _EXACTNESS["product"]
        return self._decide([(place, exactness) for place in self._by_key.get(("product", product_id), ())])

    def _decide(self, found: list[tuple[int, int]]) -> Verdict | None:
        if not found:
            return None

        def strength(item: tuple[int, int]) -> tuple[int, ...]:
            place, exactness = item
            rule = self.rules[place]
            if rule.action == "exclude":
                return (3, exactness, 0, 0, -place)
            if rule.action == "pin":
                return (2, exactness, 0, 0, -place)
            return (1, exactness, int(rule.action == "bury"), rule.level, -place)

        ordered = sorted(found, key=strength, reverse=True)
        winner = ordered[0][0]
        action = self.rules[winner].action
        overruled = tuple(sorted(place for place, _ in ordered[1:] if self.rules[place].action != action))
        return Verdict(action=action, rule=winner, overruled=overruled)


def keys_of(product: Product, scopes: Iterable[Scope]) -> list[tuple[_Key, int]]:
    """Everything a rule of these scopes may call the product, in all its languages, with how exact that is."""
    wanted = frozenset(scopes)
    keys: list[tuple[_Key, int]] = []
    if "product" in wanted:
        keys.append((("product", product.id), _EXACTNESS["product"]))
    if "brand" in wanted and product.brand:
        keys.append((("brand", _fold(product.brand)), _EXACTNESS["brand"]))
    if "merchant" in wanted:
        merchant = product.merchant
        names = {merchant.id, merchant.name, *merchant.localized_name.values()} - {""}
        keys += [(("merchant", _fold(name)), _EXACTNESS["merchant"]) for name in sorted(names)]
    if "category" in wanted:
        for path in (product.category_path, *(text.category_path for text in product.localized.values())):
            keys += [(("category", _fold(step)), _EXACTNESS["category"] + depth) for depth, step in enumerate(path)]
    if "attribute" in wanted:
        for attributes in (product.attributes, *(text.attributes for text in product.localized.values())):
            for name, value in attributes.items():
                keys.append((("attribute", _fold(name), ""), _ANY_VALUE))
                values = {value, *(part for part in _VALUES.split(value) if part.strip())}
                keys += [(("attribute", _fold(name), _fold(one)), _EXACTNESS["attribute"]) for one in sorted(values)]
    return keys
