"""Defects that an inspection finds, and sound pages that it takes for broken: `python -m infra.bench.inspection`, one JSON line.

Every defect of defects.py goes into pages of every installed template; an inspection as InspectPage makes it (document, catalogue, a
real browser) must find it by a rule that names it (FOUND_BY) with the gravity that stops a release where it must. Sound pages of every
preset and language, and those of inspected.hard, must have no blocker and no warning that they do not deserve (DESERVED).
Exit code 1 below 98 % or above 1 %, and where no browser is found: nothing was measured then.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from huichang.adapters.browser import ChromiumInspector, find_browser
from huichang.kernel.errors import TransientError
from huichang.line.evidence import catalogue_findings
from huichang.pages.inspection import inspect_html
from huichang.pages.model import Finding
from huichang.pages.templates import load_templates
from infra.bench.defects import DEFECTS, Subject
from infra.bench.inspected import Made, Wanted, hard, make, plain
from infra.bench.machine import machine

LEAST_FOUND, MOST_FALSE = 0.98, 0.01
_TRIES = 4
BASE = "https://venue.invalid/v/bench/"

# Defect: the rules of which one must tell it. "!" in front: as a blocker.
FOUND_BY: dict[str, str] = {
    "empty_title": "!slot-empty !slot-hidden",
    "empty_floor_title": "!slot-empty !slot-hidden",
    "lost_subtitle": "!slot-lost",
    "wrong_price": "!price-differs",
    "invented_strike_price": "!price-differs",
    "stale_catalogue_price": "price-stale",
    "wrong_price_for_machines": "!linked-data",
    "missing_card": "!cards-differ !floor-empty !card-hidden",
    "duplicated_card": "!cards-differ",
    "missing_floor": "!floor-missing !floor-hidden",
    "broken_product_picture": "!broken-picture !missing-file",
    "half_a_picture": "!broken-picture",
    "squeezed_pictures": "!picture-distorted",
    "tiny_picture": "picture-coarse",
    "white_product_picture": "picture-blank",
    "missing_hero_picture": "!broken-picture !missing-file",
    "picture_without_words": "!picture-alt",
    "clipped_prices": "!text-cut",
    "clipped_title": "!text-cut",
    "overlapping_text": "!text-overlap !text-covered",
    "covered_floor_title": "!text-covered !text-unseen",
    "invisible_title": "!slot-hidden",
    "faint_prices": "!low-contrast !text-unseen",
    "tiny_type": "small-type",
    "placeholder_price": "!placeholder",
    "template_braces": "!template-syntax",
    "garbled_text": "!mojibake",
    "other_language": "!language-mixed",
    "wrong_document_language": "!language-wrong",
    "hidden_ai_label": "!label-hidden",
    "skipped_headings": "heading-order",
    "white_screen": "!white-screen",
    "blank_floor": "!floor-hidden !blank-card !unpainted",
    "blank_card": "!blank-card !card-hidden !slot-hidden",
    "gap_between_floors": "!blank-band",
    "sideways_scroll": "!sideways-scroll !text-cut",
    "hidden_on_phones": "!slot-hidden",
    "moving_while_loading": "layout-shift",
    "needs_javascript": "!needs-script",
    "script_error": "!console-error",
    "blocked_by_policy": "!policy-violation",
    "missing_file": "!broken-picture !missing-file",
    "small_targets": "small-target",
    "dead_anchor": "!anchor-lost",
    "script_link": "!link-address",
    "dead_venue_link": "dead-link",
    "doubled_id": "!duplicate-id",
    "foreign_picture": "!picture-address",
    "no_phone_viewport": "!no-viewport",
    "foreign_frame": "!foreign-element",
}

# What a sound page is rightly told: nobody painted its hero, its merchants gave no pictures, its template is made for more floors.
DESERVED = frozenset({"picture-missing", "floor-count", "title-length"})


class Bench:
    """One browser for everything; it is served the pictures of the page that is looked at."""

    def __init__(self) -> None:
        self.media: Mapping[str, tuple[bytes, str]] = {}
        browser = find_browser()
        self.inspector = None if browser is None else ChromiumInspector(browser, lambda path: self.media.get(path))
        self.templates = load_templates()
        self.seconds: list[float] = []
        self.crashes = 0

    def look(self, subject: Subject, made: Made, template_id: str) -> tuple[Finding, ...]:
        """All findings. RuntimeError where no browser looked."""
        if self.inspector is None:
            raise RuntimeError("no browser")
        products = dict(made.products) | {pid: made.products[pid].at_price(Decimal(price)) for pid, price in subject.prices.items()}
        found = inspect_html(subject.html, subject.page, self.templates[template_id])
        found += catalogue_findings(subject.html, products)
        self.media = subject.media
        for attempt in range(_TRIES):
            started = time.perf_counter()
            try:
                verdict, note, seen = self.inspector.look(subject.html, BASE, subject.page)
                break
            except TransientError:  # on a crowded machine a browser may take longer than it has: a crash is no verdict
                self.crashes += 1
                if attempt == _TRIES - 1:
                    raise
        self.seconds.append(time.perf_counter() - started)
        if verdict == "not_run":
            raise RuntimeError(note)
        return (*found, *seen)


def tells(findings: Iterable[Finding], defect: str) -> bool:
    """Whether one of the findings names the defect, gravely enough."""
    wanted = FOUND_BY[defect].split()
    said = {(each.rule, each.severity) for each in findings}
    return any(
        (rule.lstrip("!"), severity) in said for rule in wanted for severity in (("blocker",) if rule[0] == "!" else ("blocker", "warning"))
    )


def undeserved(findings: Iterable[Finding]) -> list[str]:
    """Rules that a sound page does not deserve."""
    return [f"{each.severity} {each.rule} {each.place}: {each.message}" for each in findings if each.rule not in DESERVED]


def measure(bases: int, sound: int | None, seed: int, tell: Any, defects: Iterable[str] = tuple(DEFECTS)) -> dict[str, Any]:
    """The figures. `bases`: pages of each template that every defect is put into; `sound`: how many sound pages at most; None: all."""
    bench = Bench()
    if bench.inspector is None:
        return {"not_run": "no Chromium or Chrome on PATH"}
    dice = random.Random(seed)
    pages = [*plain(), *(wanted for language in ("zh", "en") for wanted in hard(language))]
    dice.shuffle(pages)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    missed: list[dict[str, Any]] = []
    false: list[dict[str, Any]] = []
    looked = blocked = warned = 0
    try:
        for wanted in pages[:sound]:
            made = make(wanted, seed)
            for template_id in bench.templates:
                wrong = undeserved(findings := bench.look(made.subject(template_id), made, template_id))
                looked += 1
                blocked += any(each.severity == "blocker" and each.rule not in DESERVED for each in findings)
                warned += bool(wrong)
                if wrong:
                    false.append({"page": wanted.name, "template": template_id, "said": wrong[:4]})
                    tell(f"· false alarm on {wanted.name} in {template_id}: {wrong[:2]}")
        tell(f"· {looked} sound pages, {blocked} blocked, {warned} with an undeserved finding")
        for template_id in bench.templates:
            for made, name in _bases(bases, seed):
                for defect in defects:
                    subject = DEFECTS[defect](made.subject(template_id), random.Random(f"{seed}/{template_id}/{name}/{defect}"))
                    seen = tells(findings := bench.look(subject, made, template_id), defect)
                    found[defect]["injected"] += 1
                    found[defect]["found"] += seen
                    if sum(each["injected"] for each in found.values()) % 10 == 0:
                        tell(
                            f"· {sum(each['found'] for each in found.values())} of {sum(each['injected'] for each in found.values())} found"
                        )
                    if not seen:
                        missed.append({"defect": defect, "template": template_id, "page": name, "said": sorted({f.rule for f in findings})})
                        tell(f"· missed {defect} in {template_id} on {name}: {missed[-1]['said']}")
                tell(f"· {template_id} on {name} done")
    finally:
        bench.inspector.close()
    injected, total = (sum(each[what] for each in found.values()) for what in ("injected", "found"))
    return {
        "machine": machine(),
        "templates": list(bench.templates),
        "kinds": len(found),
        "injected": injected,
        "found": total,
        "detection": round(total / max(injected, 1), 4),
        "missed": missed,
        "sound_pages": looked,
        "false_alarms": warned,
        "false_alarm_rate": round(warned / max(looked, 1), 4),
        "blocked_sound_pages": blocked,
        "said_of_sound_pages": false,
        "browser_crashes": bench.crashes,
        "seconds_each": {"p50": round(sorted(bench.seconds)[len(bench.seconds) // 2], 2), "max": round(max(bench.seconds), 2)},
    }


def _bases(count: int, seed: int) -> Iterable[tuple[Made, str]]:
    """Pages to put defects into: both languages, light and dark, drawings and photographs."""
    wanted = (
        Wanted(name="zh, light, drawings", language="zh", preset="maple_harvest"),
        Wanted(name="en, dark, photographs", language="en", preset="night_circuit", photographs=True),
        Wanted(name="en, light, twelve floors", language="en", preset="summer_wave", floors=(8,) * 12),
        Wanted(name="zh, dark, photographs", language="zh", preset="urban_slate", photographs=True, floors=(5, 6, 7)),
    )
    for each in wanted[:count]:
        yield make(each, seed), each.name


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 where too little is found, too much is false, or nothing was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", type=int, default=2, help="pages of each template that every defect is put into, at most 4")
    parser.add_argument("--sound", type=int, default=None, help="how many sound pages; all unless said")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    result = measure(options.bases, options.sound, options.seed, lambda line: print(line, file=sys.stderr, flush=True))
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    if "not_run" in result:
        return 1
    return 0 if result["detection"] >= LEAST_FOUND and result["false_alarm_rate"] <= MOST_FALSE else 1


if __name__ == "__main__":
    raise SystemExit(main())
