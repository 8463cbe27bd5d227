"""Lighthouse for `python -m infra.bench.pages`: from npm, pinned in infra/bench/pages_node/, its mobile preset (simulated slow 4G)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from huichang.kernel.model import Model

FOLDER = Path(__file__).with_name("pages_node")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_CHROME = (
    "--headless --no-sandbox --ignore-certificate-errors --disable-quic --disable-background-networking --disable-component-update "
    "--disable-sync"
)
_SECONDS = 180


class Score(Model):
    """One run. Scores 0 to 100; `failed`: audits with a weight that were not passed, for people.

    `benchmark_index`: how fast Lighthouse found the machine to be just then; its factor of four is meant for 1,500 to 2,000.
    """

    scores: dict[str, int]
    lcp_ms: int
    fcp_ms: int
    cls: float
    blocking_ms: int
    bytes: int
    benchmark_index: float = 0.0
    failed: tuple[str, ...] = ()


def installed() -> Path:
    """The folder with Lighthouse and axe-core in it, fetched by `npm ci` where they are not. Raises LookupError for what is missing."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise LookupError("Node 20 or newer with npm is needed: Lighthouse comes from npm")
    lock = FOLDER / "package-lock.json"
    mark = FOLDER / "node_modules" / ".huichang-lock"
    if not mark.is_file() or mark.read_bytes() != lock.read_bytes():
        run = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise LookupError(f"npm ci failed in {FOLDER.name}: {run.stderr.strip()[-600:]}")
        mark.write_bytes(lock.read_bytes())
    return FOLDER


def lighthouse(address: str, chrome: Path, kept: Path) -> Score:
    """Look at one address. `kept`: where the whole report goes. Raises RuntimeError where Lighthouse itself fails."""
    command = [
        "node", str(FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"), address, "--quiet", "--output=json",
        f"--output-path={kept}", f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={_CHROME}",
        "--no-enable-error-reporting",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": str(chrome)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if run.returncode or not kept.is_file():
        raise RuntimeError(f"Lighthouse ended with {run.returncode}: {run.stderr.strip()[-600:]}")
    report: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    if error := report.get("runtimeError"):
        raise RuntimeError(f"Lighthouse could not look at {address}: {error.get('message', error)}")
    return read(report)


def read(report: dict[str, Any]) -> Score:
    """What the bench needs of a report."""
    audits = report["audits"]
    weighed = [(name, each) for name in CATEGORIES for each in report["categories"][name]["auditRefs"] if each["weight"] > 0]
    failed = [f"{name}/{each['id']}" for name, each in weighed if (audits[each["id"]]["score"] or 0) < 0.9 and _judged(audits[each["id"]])]

    def number(name: str) -> float:
        return float(audits[name]["numericValue"])

    return Score(
        scores={name: round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES},
        lcp_ms=round(number("largest-contentful-paint")),
        fcp_ms=round(number("first-contentful-paint")),
        cls=round(number("cumulative-layout-shift"), 4),
        blocking_ms=round(number("total-blocking-time")),
        bytes=round(number("total-byte-weight")),
        benchmark_index=float(report.get("environment", {}).get("benchmarkIndex", 0.0)),
        failed=tuple(failed),
    )


def _judged(audit: dict[str, Any]) -> bool:
    return audit.get("scoreDisplayMode") not in ("notApplicable", "manual", "informative")
