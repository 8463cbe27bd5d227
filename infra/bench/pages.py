"""`python -m infra.bench.pages`: what each page template costs a buyer, held against its budgets.

Every template shows a venue of 12 floors and 96 products of the sample catalogue (pages_venues.py), served as the distribution serves
released pages: over HTTP/2, their headers, their cache rules, in Brotli. Standard error is for people, the last
line of standard output one JSON object: {machine, node, lighthouse, runs, budgets, templates: {id: figures}, broken: [what, where]}.

document_bytes   HTML with its CSS and JavaScript, compressed (gzip, for browsers that know no Brotli), before pictures
script_bytes     JavaScript as it runs, not compressed
render_ms        of processor time in this process, after a first one: median, max of 20
lighthouse       median of the runs, with [least, most]; scores are the worst of zh's median
trace            our own first view on slow 4G (pages_seen.py): drawings as the sample has them, and photographs in their place
axe              violations on phone and desktop, zh and en; `undecided` are texts on pictures, which axe leaves to people
without_script   products that can be read and bought where no script runs

`--template` (may be repeated) looks at some. Needs Chromium, Node 20 and, the first time, npm's registry. Exit 1: a budget is broken.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from huichang.adapters.browser import find_browser
from huichang.pages.model import PageModel
from huichang.pages.rendering import render
from huichang.pages.templates import load_templates
from infra.bench.machine import machine
from infra.bench.pages_lighthouse import CATEGORIES, Score, installed, lighthouse
from infra.bench.pages_seen import Browser, Trace, browser
from infra.bench.pages_venues import PRODUCTS, Site, served

BUDGETS: Mapping[str, float] = {
    "document_bytes": 60 * 1024,
    "script_bytes": 10 * 1024,
    "lcp_ms": 1_200,
    "first_view_bytes": 1_000_000,
    "cls": 0.01,
    "render_ms": 50,
    "score": 98,
    "axe": 0,
    "without_script": PRODUCTS,
}
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_RENDERS = 20


def spread(values: Sequence[float]) -> dict[str, float]:
    """{median, least, most}."""
    return {"median": median(values), "least": min(values), "most": max(values)}


def scored(runs: Sequence[Score]) -> dict[str, Any]:
    """What several runs of Lighthouse come to."""
    told: dict[str, Any] = {name.replace("-", "_"): spread([run.scores[name] for run in runs]) for name in CATEGORIES}
    told |= {
        name: spread([getattr(run, name) for run in runs])
        for name in ("lcp_ms", "fcp_ms", "cls", "blocking_ms", "bytes", "benchmark_index")
    }
    return told | {"failed": sorted({audit for run in runs for audit in run.failed})}


def traced(runs: Sequence[Trace]) -> dict[str, Any]:
    """What several first views come to."""
    told: dict[str, Any] = {name: spread([getattr(run, name) for run in runs]) for name in ("lcp_ms", "cls", "bytes", "long_task_ms")}
    return told | {"lcp_of": runs[-1].lcp_of, "requests": runs[-1].requests}


def broken(template_id: str, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Budgets that these figures break: {template, budget, at_most or at_least, found}. Medians are judged; CLS by its worst run."""
    found: list[dict[str, Any]] = []

    def most(budget: str, what: str, value: float) -> None:
        if value > BUDGETS[budget]:
            found.append({"template": template_id, "budget": what, "at_most": BUDGETS[budget], "found": value})

    most("document_bytes", "document_bytes", max(figures["document_bytes"].values()))
    most("script_bytes", "script_bytes", figures["script_bytes"])
    most("render_ms", "render_ms", figures["render_ms"]["median"])
    for name, trace in figures["trace"].items():
        most("lcp_ms", f"trace {name} lcp_ms", trace["lcp_ms"]["median"])
        most("first_view_bytes", f"trace {name} bytes", trace["bytes"]["median"])
        most("cls", f"trace {name} cls", trace["cls"]["most"])
    seen = figures["lighthouse"]
    most("lcp_ms", "lighthouse lcp_ms", seen["lcp_ms"]["median"])
    most("first_view_bytes", "lighthouse bytes", seen["bytes"]["median"])
    most("cls", "lighthouse cls", seen["cls"]["most"])
    for name in CATEGORIES:
        score = seen[name.replace("-", "_")]["median"]
        if score < BUDGETS["score"]:
            found.append({"template": template_id, "budget": f"lighthouse {name}", "at_least": BUDGETS["score"], "found": score})
    for view, axe in figures["axe"].items():
        most("axe", f"axe {view}", len(axe["violations"]))
    if figures["without_script"] < BUDGETS["without_script"]:
        found.append(
            {
                "template": template_id,
                "budget": "without_script",
                "at_least": BUDGETS["without_script"],
                "found": figures["without_script"],
            }
        )
    return found


def rendered(page: PageModel, template_id: str) -> dict[str, float]:
    """Milliseconds of the processor for rendering in this process: what else the machine is busy with is not counted."""
    taken = []
    for _ in range(_RENDERS + 1):
        began = time.thread_time()
        render(page, template_id)
        taken.append((time.thread_time() - began) * 1000)
    return {"median": round(median(taken[1:]), 1), "max": round(max(taken[1:]), 1)}


def look(template_id: str, site: Site, seen: Browser, chrome: Path, runs: int, kept: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """All figures of one template."""
    pages = {language: site.publish(template_id, language) for language in ("zh", "en")}
    page, address, document = pages["zh"]
    photographed = site.publish(template_id, "zh", photographs=True)
    figures: dict[str, Any] = {
        "document_bytes": {
            name: len(gzip.compress(html.encode(), 6))
            for name, html in {"zh": document, "en": pages["en"][2], "photographs": photographed[2]}.items()
        },
        "script_bytes": sum(len(script.encode()) for script in _SCRIPT.findall(document)),
        "render_ms": rendered(page, template_id),
    }
    figures["trace"] = {
        "drawings": traced([seen.trace(site, address) for _ in range(runs)]),
        "photographs": traced([seen.trace(site, photographed[1]) for _ in range(runs)]),
    }
    figures["axe"] = {
        f"{language} {screen}": seen.axe(pages[language][1], screen).model_dump()
        for language in ("zh", "en")
        for screen in ("phone", "desktop")
    }
    figures["without_script"] = len(seen.buyable(address))
    figures["lighthouse"] = scored([lighthouse(address, chrome, kept / f"{template_id}-{run}.json") for run in range(runs)])
    for name, trace in figures["trace"].items():
        tell(
            f"  {template_id:20} {name:11} LCP {trace['lcp_ms']['median']:5.0f} ms ({trace['lcp_of']}), CLS {trace['cls']['most']:.3f}, "
            f"{trace['bytes']['median'] / 1000:.0f} KB in {trace['requests']} requests, long tasks {trace['long_task_ms']['median']:.0f} ms"
        )
    light = figures["lighthouse"]
    marks = " ".join(f"{light[name.replace('-', '_')]['median']:.0f}" for name in CATEGORIES)
    tell(
        f"  {template_id:20} Lighthouse  {marks}, LCP {light['lcp_ms']['median']:.0f} ms "
        f"({light['lcp_ms']['least']:.0f}-{light['lcp_ms']['most']:.0f}), blocked {light['blocking_ms']['median']:.0f} ms"
        f"{', not passed: ' + ', '.join(light['failed']) if light['failed'] else ''}"
    )
    weight, taken = max(figures["document_bytes"].values()) / 1024, figures["render_ms"]
    tell(
        f"  {template_id:20} document {weight:.1f} KB, script {figures['script_bytes']} B, rendered in {taken['median']} ms "
        f"(max {taken['max']}), without script {figures['without_script']} products"
    )
    for view, axe in figures["axe"].items():
        for rule, where in axe["violations"]:
            tell(f"  {template_id:20} axe {view}: {rule} {where}")
    return figures


def measure(templates: Sequence[str], runs: int, kept: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Every template. Raises LookupError where Node, npm or a browser is missing."""
    folder = installed()
    chrome = find_browser()
    if chrome is None:
        raise LookupError("no Chromium or Chrome is on PATH: install one")
    started = machine()
    figures: dict[str, Any] = {}
    with served() as site, browser(chrome, folder / "node_modules" / "axe-core" / "axe.min.js") as seen:
        for template_id in templates:
            figures[template_id] = look(template_id, site, seen, chrome, runs, kept, tell)
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "machine": started,
        "node": node,
        "versions": package["dependencies"],
        "runs": runs,
        "budgets": BUDGETS,
        "templates": figures,
        "broken": [each for template_id, found in figures.items() for each in broken(template_id, found)],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 where a budget is broken or nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.pages", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--template", action="append", choices=sorted(load_templates()), help="only this one; may be repeated")
    parser.add_argument("--runs", type=int, default=3, help="runs whose median counts")
    parser.add_argument("--reports", type=Path, help="keep Lighthouse's whole reports in this folder")
    options = parser.parse_args(arguments)

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as passing:
        kept = options.reports or Path(passing)
        kept.mkdir(parents=True, exist_ok=True)
        try:
            result = measure(options.template or sorted(load_templates()), max(1, options.runs), kept.resolve(), tell)
        except LookupError as error:
            tell(f"not run: {error}")
            print(json.dumps({"bench": "pages", "not_run": str(error)}))
            return 1
    for each in result["broken"]:
        limit = f"at most {each['at_most']:g}" if "at_most" in each else f"at least {each['at_least']:g}"
        tell(f"BROKEN {each['template']}: {each['budget']} is {each['found']:g}, {limit} is allowed")
    print(json.dumps({"bench": "pages"} | result, ensure_ascii=False))
    return 1 if result["broken"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
