"""Which page template 94 themes would get, against what a designer would accept.

python -m infra.bench.templates [--wrong]: a table for people on standard error, one JSON line on standard output. The goods are products of
the sample catalogue, the labels stand in templates_themes.yaml; its head says who labelled. A theme none of whose accepted templates
is installed is counted apart and not judged. Exit 0 when at least `LEAST` of those judged get an accepted template; 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field

from huichang.catalog.product import Product
from huichang.kernel.language import Language, detect_language, pick
from huichang.kernel.model import Model
from huichang.pages.matching import choose_template
from huichang.pages.model import TemplateChoice, TemplateManifest
from huichang.pages.templates import load_templates
from huichang.themes.model import Signal, Theme
from infra.bench.styles import shelves

THEMES = Path(__file__).with_name("templates_themes.yaml")
LEAST = 0.9


class Case(Model):
    """One theme of templates_themes.yaml; the file's head says what its keys mean."""

    name: str
    goods: dict[str, Annotated[int, Field(ge=1)]]
    expect: Annotated[tuple[str, ...], Field(min_length=1)]
    held: bool = True
    set: Literal["first", "hard"] = "first"
    kind: str = "created"
    industry: str | None = None
    keywords: tuple[str, ...] = ()
    tone: str = ""
    signal: Signal = ""
    ends: bool = False
    change: Literal["", "new", "reduced", "single"] = ""

    @property
    def theme(self) -> Theme:
        """As planning would hand it on."""
        return Theme.model_validate({"name": self.name, "kind": self.kind, "industry": self.industry, "keywords": self.keywords})

    @property
    def language(self) -> Language:
        """The name's."""
        return detect_language(self.name) or "zh"


@dataclass(frozen=True)
class Judged:
    """A case with what it got. `accepted` None: none of its templates is installed, so it cannot be judged."""

    case: Case
    choice: TemplateChoice
    accepted: bool | None


def load_cases() -> list[Case]:
    """The labelled themes."""
    return [Case.model_validate(entry) for entry in yaml.safe_load(THEMES.read_text(encoding="utf-8"))]


def goods_of(case: Case, known: Mapping[str, list[Product]]) -> list[Product]:
    """The case's products. Raises ValueError for a shelf that is not there or is ambiguous."""
    chosen: list[Product] = []
    for shelf, count in case.goods.items():
        lying = known.get(shelf, [])
        if len({product.category_path for product in lying}) != 1:
            raise ValueError(f"{case.name}: {shelf} names {len({product.category_path for product in lying})} shelves")
        chosen += lying[:count]
    return [_changed(product, case.change) for product in chosen]


def judge(
    cases: Iterable[Case], known: Mapping[str, list[Product]], manifests: Mapping[str, TemplateManifest] | None = None
) -> list[Judged]:
    """Every case with what it would get."""
    installed = load_templates() if manifests is None else manifests
    judged = []
    for case in cases:
        choice = choose_template(
            case.theme, case.language, goods_of(case, known), installed, tone=case.tone, signal=case.signal, ends=case.ends
        )
        judged.append(Judged(case, choice, choice.template_id in case.expect if set(case.expect) & set(installed) else None))
    return judged


def _changed(product: Product, change: str) -> Product:
    if change == "new":
        return product.model_copy(update={"listed_days": 5})
    if change == "reduced":
        return product.model_copy(update={"list_price": (product.price.amount * Decimal("1.34")).quantize(Decimal("0.01"))})
    if change == "single":
        return product.model_copy(update={"moq": 1, "tiers": (product.tiers[0].model_copy(update={"min_quantity": 1}),)})
    return product


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge all and tell."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.templates", description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="say why, for each theme that got another template")
    options = parser.parse_args(arguments)
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    first: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    for each in judge(load_cases(), shelves()):
        case, choice = each.case, each.choice
        if each.accepted is None:
            missing[case.expect[0]] += 1
            continue
        for group in (
            "all",
            "hard" if case.set == "hard" else "first set",
            "held out" if case.held else "tried on",
            case.language,
            case.expect[0],
        ):
            total[group] += 1
            right[group] += each.accepted
            first[group] += choice.template_id == case.expect[0]
        if options.wrong and not each.accepted:
            wanted = next((other for other in choice.others if other.template_id in case.expect), None)
            print(f"{case.name}: {choice.template_id} {choice.score:g}: {'; '.join(choice.reasons)}", file=sys.stderr)
            reasons = "; ".join(f"{reason.points:+g} {pick(reason.said, case.language)}" for reason in wanted.reasons) if wanted else ""
            print(f"    instead of {case.expect[0]} {wanted.score if wanted else 0:g}: {reasons or 'nothing'}", file=sys.stderr)
    for group in total:
        print(f"{group:22} {right[group]:3} of {total[group]:3} accepted, {first[group]:3} the first choice", file=sys.stderr)
    for group, count in missing.items():
        print(f"{group:22} {count:3} not judged: no accepted template is installed", file=sys.stderr)
    shares = {group: round(right[group] / total[group], 3) for group in total}
    told = {"bench": "templates", "themes": total["all"], "not_judged": missing.total(), "accepted": shares, "first": first["all"]}
    print(json.dumps(told, ensure_ascii=False))
    return 0 if shares["all"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
