"""How well the policy gate tells violations from harmless words: `python -m infra.bench.policy`, figures as one JSON line.

The cases are our own (tests/fixtures/policy). `blind.yaml` was written before the rules; `fresh.yaml` before its author had read
them: half of it may be studied, of the `held_out` half only sums are told. `--titles` FILES (CSV, plain or .gz, with a column
`--column`) adds the share of real product titles that are hit. Exit code 1 where a bound below no longer holds.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from huichang.kernel.language import Language
from huichang.materials.policy import Gate, Sector, the_gate

CASES = Path(__file__).parents[2] / "tests" / "fixtures" / "policy"
SECTORS: frozenset[str] = frozenset({"medical", "food", "cosmetics", "finance", "education"})
LIMITS = frozenset({"limits", "after"})
"""The files of what no rule meets, and of what was written to go past the rules: measured, and in no bound."""
FRESH = "fresh"
"""The file that is halved: what may be studied, and what is only ever summed up."""
LEAST_PRECISION = 0.97
LEAST_RECALL = 0.97
LEAST_UNSEEN_PRECISION = 0.9
LEAST_UNSEEN_RECALL = 0.85


@dataclass(frozen=True)
class Case:
    """A text, the class of its violation ("" harmless), the file it stands in, and what goods it speaks of ("" none in particular)."""

    text: str
    kind: str
    language: Language
    file: str
    goods: str = ""

    @property
    def sector(self) -> Sector | None:
        """The sector whose rules are meant."""
        sector = self.kind or self.goods
        return cast(Sector, sector) if sector in SECTORS else None

    @property
    def held_out(self) -> bool:
        """True in the half that nobody studies, by the hash of the text: neither the order nor the author has a say."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1


def read_cases(path: Path) -> list[Case]:
    """The cases of one file."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = [
        Case(text, kind, language, path.stem)
        for language, kinds in data["violations"].items()
        for kind, texts in kinds.items()
        for text in texts
    ]
    for language, clean in data["clean"].items():
        by_goods = clean if isinstance(clean, dict) else {"": clean}
        found += [Case(text, "", language, path.stem, goods) for goods, texts in by_goods.items() for text in texts]
    return found


def measure(gate: Gate, cases: list[Case]) -> dict[str, Any]:
    """Precision and recall of "is blocked", all and by class and language; the cases that were told wrongly."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: list[str] = []
    for case in cases:
        blocked = gate.text(case.text, sector=case.sector).blocked
        outcome = ("hit" if blocked else "missed") if case.kind else ("false_alarm" if blocked else "passed")
        for key in ("all", case.language, f"{case.language}.{case.kind or 'clean'}"):
            counts[key][outcome] += 1
        if outcome in ("missed", "false_alarm"):
            wrong.append(f"{outcome} {case.language}.{case.kind or 'clean'}: {case.text}")
    return {"figures": {key: _figures(counts[key]) for key in sorted(counts)}, "wrong": wrong}


def blind(gate: Gate, cases: list[Case]) -> dict[str, Any]:
    """Figures of the half that may be studied, with what was told wrongly in it, and of the half of which only sums are told."""
    look = measure(gate, [case for case in cases if not case.held_out])
    held_out = measure(gate, [case for case in cases if case.held_out])
    return {"look": look["figures"], "look_wrong": look["wrong"], "held_out": held_out["figures"]}


def _figures(count: Counter[str]) -> dict[str, Any]:
    told, meant = count["hit"] + count["false_alarm"], count["hit"] + count["missed"]
    figures: dict[str, Any] = dict(sorted(count.items()))
    if meant:
        figures["recall"] = round(count["hit"] / meant, 4)
    if told and meant and (count["false_alarm"] + count["passed"]):
        figures["precision"] = round(count["hit"] / told, 4)
    return figures


def titles(gate: Gate, path: Path, column: str, show: int) -> dict[str, Any]:
    """How many real product titles are hit, as a merchant's words and as ours, and some of the hits."""
    rows = [row.get(column) or "" for row in _rows(path)]
    hit: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    shown: list[str] = []
    started = time.perf_counter()
    for title in rows:
        product, ours = gate.text(title, origin="product"), gate.text(title)
        hit["product_blocked"] += product.blocked
        hit["product_warned"] += bool(product.findings) and not product.blocked
        hit["ours_blocked"] += ours.blocked
        if product.findings or ours.findings:
            first = (product.findings or ours.findings)[0]
            rules[f"{first.rule} {first.words}"] += 1
            if len(shown) < show:
                shown.append(f"{first.rule} [{first.words}] {title}")
    seconds = time.perf_counter() - started
    return {"titles": len(rows), **hit, "per_second": round(2 * len(rows) / seconds), "often": rules.most_common(15), "shown": shown}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    yield from csv.DictReader(io.StringIO(text, newline=""))


def hostile(gate: Gate) -> dict[str, float]:
    """Seconds for 100,000 characters of what might make a matcher slow."""
    texts = {
        "one_word": "最" * 100_000,
        "almost": "国家" * 50_000,
        "single_letters": "b e s t " * 12_500,
        "noise": ("最" + "\u200b" * 40 + "·") * 2_400,
        "numbers": "1" * 100_000,
        "phrase": "best " * 20_000,
        "marks": "e\u0301\u0301\u0301" * 25_000,
        "wide": "\ufdfa" * 100_000,
        "frames": "治疗高血压改善" * 14_286,
        "frames_apart": "治疗 " * 16_667 + "高血压" * 16_667,
        "spared": "不能治疗" * 25_000,
        "frames_en": "cures arthritis best ever " * 3_847,
        "endings": "est" * 33_334,
    }
    figures = {}
    for name, text in texts.items():
        started = time.perf_counter()
        gate.text(text[:100_000])
        figures[name] = round(time.perf_counter() - started, 3)
    return figures


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 where they are too low."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="*", type=Path, default=sorted(CASES.glob("*.yaml")))
    parser.add_argument("--titles", nargs="*", type=Path, default=[])
    parser.add_argument("--column", default="title")
    parser.add_argument("--show", type=int, default=0, help="print so many of the titles that were hit")
    parser.add_argument("--wrong", action="store_true", help="print the cases that were told wrongly")
    options = parser.parse_args(arguments)
    gate = the_gate()
    by_file = {path.stem: read_cases(path) for path in options.cases}
    result: dict[str, Any] = {"rules": gate.hash, "cases": {}}
    for name, cases in by_file.items():
        if name == FRESH:
            continue
        found = measure(gate, cases)
        result["cases"][name] = found["figures"] | ({"wrong": found["wrong"]} if options.wrong else {})
    result["all"] = measure(gate, [case for name, cases in by_file.items() if name not in LIMITS | {FRESH} for case in cases])["figures"][
        "all"
    ]
    if FRESH in by_file:
        result["blind"] = blind(gate, by_file[FRESH])
    result["seconds_for_100kB"] = hostile(gate)
    if options.titles:
        result["titles"] = {path.name: titles(gate, path, options.column, options.show) for path in options.titles}
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    return 0 if _holds(result) else 1


def _holds(result: dict[str, Any]) -> bool:
    known, unseen = result["all"], result.get("blind", {}).get("held_out", {}).get("all")
    right = known["precision"] >= LEAST_PRECISION and known["recall"] >= LEAST_RECALL
    return right and (unseen is None or (unseen["precision"] >= LEAST_UNSEEN_PRECISION and unseen["recall"] >= LEAST_UNSEEN_RECALL))


if __name__ == "__main__":
    raise SystemExit(main())
