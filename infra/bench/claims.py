"""How well copy's claims are told from what the facts say: `python -m infra.bench.claims`, figures as one JSON line.

The cases are our own (tests/fixtures/claims): sentences that follow from the facts beside them, and sentences that say more.
`blind.yaml` was written before the lexicon and not looked at while it was tuned. "Positive" is an ungrounded sentence: recall is the
share of them that is refused, precision the share of refusals that are right. Exit code 1 where a bound below no longer holds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from huichang.kernel.language import Language
from huichang.materials.claims import Facts, claims_in, ungrounded
from huichang.materials.claims.reading import fold, read

CASES = Path(__file__).parents[2] / "tests" / "fixtures" / "claims"
LEAST_PRECISION = 0.95
LEAST_RECALL = 0.95


@dataclass(frozen=True)
class Case:
    """A sentence, the facts it is about, whether it follows from them, and the file it stands in."""

    text: str
    facts: Facts
    grounded: bool
    language: Language
    file: str


def read_cases(path: Path) -> list[Case]:
    """The cases of one file."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Case(text, Facts.of(data["facts"][name]), kind == "grounded", language, path.stem)
        for name, languages in data["cases"].items()
        for language, kinds in languages.items()
        for kind, texts in kinds.items()
        for text in texts
    ]


def measure(cases: Iterable[Case]) -> dict[str, Any]:
    """Precision and recall of "is refused", all and by language; the sentences that were told wrongly, and why."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: list[str] = []
    seconds: list[float] = []
    for case in cases:
        started = time.perf_counter()
        found = ungrounded(case.text, case.facts)
        seconds.append(time.perf_counter() - started)
        outcome = ("false_alarm" if case.grounded else "hit") if found else ("passed" if case.grounded else "missed")
        for key in ("all", case.language):
            counts[key][outcome] += 1
        if outcome in ("missed", "false_alarm"):
            wrong.append(f"{outcome} {case.language}: {case.text}" + "".join(f" [{each.told}]" for each in found))
    figures = {key: _figures(count) for key, count in sorted(counts.items())}
    return {"figures": figures, "wrong": wrong, "ms_p50": round(1000 * statistics.median(seconds), 2) if seconds else None}


def _figures(count: Counter[str]) -> dict[str, Any]:
    told, meant = count["hit"] + count["false_alarm"], count["hit"] + count["missed"]
    return dict(sorted(count.items())) | {
        "recall": round(count["hit"] / meant, 4) if meant else None,
        "precision": round(count["hit"] / told, 4) if told else None,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 where they are too low."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="*", type=Path, default=sorted(CASES.glob("*.yaml")))
    parser.add_argument("--wrong", action="store_true", help="print the sentences that were told wrongly, to standard error")
    options = parser.parse_args(arguments)
    by_file = {path.stem: read_cases(path) for path in options.cases}
    result: dict[str, Any] = {"cases": {}}
    for name, cases in by_file.items():
        found = measure(cases)
        result["cases"][name] = found["figures"]
        if options.wrong:
            sys.stderr.write("".join(f"{name}: {line}\n" for line in found["wrong"]))
    for remembered in (claims_in, read, fold):
        remembered.cache_clear()  # so that the time is that of a text nobody has read before
    everything = measure([case for cases in by_file.values() for case in cases])
    result["all"] = everything["figures"]["all"] | {"ms_p50": everything["ms_p50"]}
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    return 0 if result["all"]["precision"] >= LEAST_PRECISION and result["all"]["recall"] >= LEAST_RECALL else 1


if __name__ == "__main__":
    raise SystemExit(main())
