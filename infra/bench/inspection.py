"""Defects that an inspection finds, and sound pages that it takes for broken: `python -m infra.bench.inspection`, one JSON line.

Every defect of defects.py goes into a page of every installed template (which of four pages it is turns); an inspection as InspectPage
makes it (document, catalogue, a real browser) must find it by a rule that names it (FOUND_BY) with the gravity that stops a release where
it must. Sound pages of every preset and language, and those of inspected.hard, must have no blocker and no warning that they do not
deserve (DESERVED). Exit code 1 below 98 % or above 1 %, and where no browser is found: nothing was measured then.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import random
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from typing import Any

from huichang.adapters.browser import ChromiumInspector, find_browser
from huichang.kernel.errors import TransientError
from huichang.line.evidence import catalogue_findings
from huichang.pages.inspection import inspect_html
from huichang.pages.model import Finding
from huichang.pages.templates import load_templates
from infra.bench.defects import DEFECTS, Subject
from infra.bench.figures import quantile
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


@dataclass(frozen=True)
class Task:
    """A page, and the looks at it: (template, defect), "" for the page as it is."""

    wanted: Wanted
    looks: tuple[tuple[str, str], ...]


@dataclass
class Seen:
    """What one task came to. `missed`, `false`: as measure() tells them."""

    found: list[tuple[str, bool]] = field(default_factory=list)
    missed: list[dict[str, Any]] = field(default_factory=list)
    false: list[dict[str, Any]] = field(default_factory=list)
    sound: int = 0
    blocked: int = 0
    seconds: list[float] = field(default_factory=list)
    crashes: int = 0


def plan(templates: Sequence[str], bases: int, sound: int, seed: int, defects: Sequence[str]) -> list[Task]:
    """Every defect in every template, in `bases` of the four base pages: which one turns with template and defect, so that each defect
    meets all four. Every sound page in `sound` templates, which turn as well."""
    tasks = []
    for base, wanted in enumerate(BASES):
        for place, template_id in enumerate(templates):
            mine = [defect for number, defect in enumerate(defects) if (base - place - number) % len(BASES) < bases]
            if mine:
                tasks.append(Task(wanted, tuple((template_id, defect) for defect in mine)))
    pages = [*plain(), *(wanted for language in ("zh", "en") for wanted in hard(language))]
    random.Random(seed).shuffle(pages)
    for place, wanted in enumerate(pages):
        chosen = [templates[(place * sound + turn) % len(templates)] for turn in range(min(sound, len(templates)))]
        tasks.append(Task(wanted, tuple((template_id, "") for template_id in chosen)))
    return [task for task in tasks if task.looks]


_bench: Bench | None = None


def _open() -> None:
    """A browser of its own for each worker."""
    global _bench
    _bench = Bench()
    if _bench.inspector:
        atexit.register(_bench.inspector.close)


def work(task: Task, seed: int) -> Seen:
    """All looks of a task, in this process's browser."""
    bench = _bench
    if bench is None:
        raise RuntimeError("the worker was not opened")
    made, seen, before = make(task.wanted, seed), Seen(), (len(bench.seconds), bench.crashes)
    for template_id, defect in task.looks:
        page = task.wanted.name
        if defect:
            subject = DEFECTS[defect](made.subject(template_id), random.Random(f"{seed}/{template_id}/{page}/{defect}"))
            findings = bench.look(subject, made, template_id)
            seen.found.append((defect, tells(findings, defect)))
            if not seen.found[-1][1]:
                said = sorted({each.rule for each in findings})
                seen.missed.append({"defect": defect, "template": template_id, "page": page, "said": said})
            continue
        findings = bench.look(made.subject(template_id), made, template_id)
        seen.sound += 1
        seen.blocked += any(each.severity == "blocker" and each.rule not in DESERVED for each in findings)
        if wrong := undeserved(findings):
            seen.false.append({"page": page, "template": template_id, "said": wrong[:4]})
    seen.seconds, seen.crashes = bench.seconds[before[0] :], bench.crashes - before[1]
    return seen


def measure(bases: int, sound: int, seed: int, workers: int, tell: Any, defects: Sequence[str] = tuple(DEFECTS)) -> dict[str, Any]:
    """The figures; see plan() for `bases` and `sound`, `workers`: so many browsers at once."""
    if find_browser() is None:
        return {"not_run": "no Chromium or Chrome on PATH"}
    ran_on, started = machine(), time.perf_counter()
    templates = sorted(load_templates())
    tasks = plan(templates, bases, sound, seed, defects)
    total = sum(len(task.looks) for task in tasks)
    tell(f"· {total} looks by {workers} browsers")
    seen = Seen()
    # Spawned: what a fork carries of a parent's threads and browsers hangs.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_open) as pool:
        for number, done in enumerate(as_completed([pool.submit(work, task, seed) for task in tasks]), 1):
            each = done.result()
            for name, value in vars(each).items():
                setattr(seen, name, getattr(seen, name) + value)
            for wrong in (*each.missed, *each.false):
                tell(f"· {wrong}")
            tell(f"· {number} of {len(tasks)} pages, {len(seen.seconds)} of {total} looks, {time.perf_counter() - started:.0f} s")
    injected, found = len(seen.found), sum(told for _, told in seen.found)
    return {
        "machine": ran_on,
        "workers": workers,
        "seconds": round(time.perf_counter() - started),
        "templates": templates,
        "kinds": len({defect for defect, _ in seen.found}),
        "injected": injected,
        "found": found,
        "detection": round(found / max(injected, 1), 4),
        "missed": seen.missed,
        "sound_pages": seen.sound,
        "false_alarms": len(seen.false),
        "false_alarm_rate": round(len(seen.false) / max(seen.sound, 1), 4),
        "blocked_sound_pages": seen.blocked,
        "said_of_sound_pages": seen.false,
        "browser_crashes": seen.crashes,
        "seconds_each": {"p50": round(quantile(seen.seconds, 0.5), 2), "max": round(max(seen.seconds), 2)},
    }


BASES = (
    Wanted(name="zh, light, drawings", language="zh", preset="maple_harvest"),
    Wanted(name="en, dark, photographs", language="en", preset="night_circuit", photographs=True),
    Wanted(name="en, light, twelve floors", language="en", preset="summer_wave", floors=(8,) * 12),
    Wanted(name="zh, dark, photographs", language="zh", preset="urban_slate", photographs=True, floors=(5, 6, 7)),
)
"""Pages to put defects into: both languages, light and dark, drawings and photographs."""


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 where too little is found, too much is false, or nothing was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bases", type=int, default=1, choices=range(1, 5), help="pages of each template that every defect is put into")
    parser.add_argument("--sound", type=int, default=4, help="templates in which every sound page is looked at; 9: all")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="browsers at once")
    parser.add_argument("--defects", nargs="*", default=tuple(DEFECTS), choices=tuple(DEFECTS), metavar="DEFECT", help="only these")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    tell = partial(print, file=sys.stderr, flush=True)
    result = measure(options.bases, options.sound, options.seed, options.workers, tell, options.defects)
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    if "not_run" in result:
        return 1
    return 0 if result["detection"] >= LEAST_FOUND and result["false_alarm_rate"] <= MOST_FALSE else 1


if __name__ == "__main__":
    raise SystemExit(main())
