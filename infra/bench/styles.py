"""Which style preset 107 themes would get, against what a designer would accept.

python -m infra.bench.styles [--wrong]: a table for people on standard error, one JSON line on standard output. The goods are products
of the sample catalogue, the labels stand in styles_themes.yaml. Exit 0 when at least `LEAST` of the themes get an accepted preset; 1
otherwise.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field

from huichang.catalog.product import Product
from huichang.kernel.language import detect_language
from huichang.kernel.model import Model
from huichang.materials.styles.goods import GoodsMix
from huichang.materials.styles.matching import match_style
from huichang.materials.styles.model import StyleChoice
from huichang.materials.styles.packages import load_presets
from huichang.themes.model import Theme
from infra.sample.generate import products as sample_products

THEMES = Path(__file__).with_name("styles_themes.yaml")
LEAST = 0.9


class Case(Model):
    """One theme of styles_themes.yaml; the file's head says what its keys mean."""

    name: str
    why: Literal["goods", "misleads", "occasion", "words", "mixed"]
    goods: dict[str, Annotated[int, Field(ge=1)]]
    expect: Annotated[tuple[str, ...], Field(min_length=1)]
    held: bool = True
    set: Literal["first", "hard"] = "first"
    kind: str = "created"
    industry: str | None = None
    keywords: tuple[str, ...] = ()
    slogan: str = ""
    tone: str = ""

    @property
    def theme(self) -> Theme:
        """As planning would hand it on."""
        return Theme.model_validate(
            {"name": self.name, "kind": self.kind, "industry": self.industry, "keywords": self.keywords, "slogan": self.slogan}
        )


def load_cases() -> list[Case]:
    """The labelled themes."""
    return [Case.model_validate(entry) for entry in yaml.safe_load(THEMES.read_text(encoding="utf-8"))]


def shelves() -> Mapping[str, list[Product]]:
    """Products of the sample catalogue by the end of their category path, of any length, in either language."""
    found: dict[str, list[Product]] = defaultdict(list)
    for record in sample_products():
        product = Product.model_validate(record)
        for language in ("zh", "en"):
            path = product.text(language).category_path
            for length in range(1, len(path) + 1):
                found["/".join(path[-length:])].append(product)
    return found


def goods_of(case: Case, known: Mapping[str, list[Product]]) -> GoodsMix:
    """The case's products. Raises ValueError for a shelf that is not there, is ambiguous or holds too few."""
    chosen: list[Product] = []
    for shelf, count in case.goods.items():
        lying = known.get(shelf, [])
        if len({product.category_path for product in lying}) != 1 or len(lying) < count:
            raise ValueError(f"{case.name}: {shelf} names {len({p.category_path for p in lying})} shelves with {len(lying)} products")
        chosen += lying[:count]
    return GoodsMix.of(chosen)


def judge(cases: Sequence[Case], known: Mapping[str, list[Product]]) -> list[tuple[Case, StyleChoice]]:
    """Every case with what it would get. Raises ValueError where a label names no preset."""
    unknown = {style for case in cases for style in case.expect} - set(load_presets())
    if unknown:
        raise ValueError(f"labels name presets that are not there: {', '.join(sorted(unknown))}")
    return [(case, match_style(case.theme, goods_of(case, known), tone=case.tone)) for case in cases]


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge all and tell."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.styles", description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="say why, for each theme that got another preset")
    options = parser.parse_args(arguments)
    judged = judge(load_cases(), shelves())
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for case, choice in judged:
        for group in ("all", "hard" if case.set == "hard" else "held out" if case.held else "tried on", case.why):
            total[group] += 1
            right[group] += choice.style_id in case.expect
            first[group] += choice.style_id == case.expect[0]
        if options.wrong and choice.style_id not in case.expect:
            language = detect_language(case.name) or "zh"
            expected = next((other for other in choice.others if other.style_id in case.expect), None)
            print(f"{case.name}: {choice.style_id} {choice.score:g}: {choice.said()[language]}", file=sys.stderr)
            wanted = f"{expected.score:g}: {'; '.join(each.said[language] for each in expected.reasons)}" if expected else "nothing"
            print(f"    instead of {case.expect[0]}: {wanted}", file=sys.stderr)
    for group in total:
        print(f"{group:10} {right[group]:3} of {total[group]:3} accepted, {first[group]:3} the designer's first", file=sys.stderr)
    shares = {group: round(right[group] / total[group], 3) for group in total}
    print(json.dumps({"bench": "styles", "themes": total["all"], "accepted": shares, "first": first["all"]}, ensure_ascii=False))
    return 0 if shares["all"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
