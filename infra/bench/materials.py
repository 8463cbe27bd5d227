"""`python -m infra.bench.materials`: quotas and caps. The last line of standard output is one JSON object:

machine            cores, model name, memory, Python, load before the start (infra/bench/machine.py)
simulated          100 venues at once (1,100 calls) in simulated time, by situation; the same on every machine.
                   makespan_over_quota_bound: time until the last answer, over what the quota alone would take; at most 1.15.
                   requests_overshoot, tokens_overshoot: share of the quota by which the fullest minute the provider saw was above it.
                   refusals_per_call: how often somebody came in vain.
                   fair: a campaign of one venue beside one of a hundred; a rushed campaign beside an equal one that is not
threads            on the embedded cloud's DynamoDB: thirty threads on one quota in real time; fifty venues on one cap.
                   overshoot_usd: the most that was spent and reserved, above the cap: must be 0. counters_off_usd: counters less
                   bookings: must be 0
line               campaigns at once from sentence to published page on the embedded cloud, on one quota of chat requests

Exit status 1: a makespan is above 1.15 times its bound, a quota or a cap was passed, or a venue was not published. The line's own
quota must be less than what the machine can do without one. `--simulated` does only the first part (seconds).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
TOO_LONG = 1.15


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's words for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.materials", description="quotas and caps under load")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--simulated", action="store_true", help="only in simulated time")
    parser.add_argument("--venues", type=int, default=12, help="campaigns at once on the embedded cloud")
    parser.add_argument("--quota", type=int, default=24, help="their chat requests per minute: below what the machine can do")
    parser.add_argument("--seconds", type=float, default=600.0, help="a venue that has not ended by then hangs")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(REPOSITORY / "layers" / "shared"))
    from infra.bench import limits
    from infra.bench.machine import machine

    result: dict[str, Any] = {"bench": "materials", "machine": machine(), "seed": options.seed}
    result["simulated"] = limits.simulated(options.seed)
    if not options.simulated:
        result |= _on_the_cloud(options)
    print(json.dumps(result, ensure_ascii=False))
    wrong = _wrong(result)
    for problem in wrong:
        print(f"wrong: {problem}", file=sys.stderr)
    return 1 if wrong else 0


def _on_the_cloud(options: argparse.Namespace) -> dict[str, Any]:
    import tempfile

    from infra.bench import limits
    from infra.bench.line import ModelServer, import_catalogue, say
    from infra.local.cloud import EmbeddedCloud
    from infra.local.models.faults import Faults

    quota = f"{limits.CHAT}: {{requests_per_minute: {options.quota}}}"
    with (
        tempfile.TemporaryDirectory(prefix="huichang-bench-") as folder,
        EmbeddedCloud(Path(folder) / "state", parameters={"ModelQuotas": quota}) as cloud,
    ):
        with limits.on_table(cloud) as table:
            threads = {"cap": limits.cap_under_load(table, options.seed), "quota": limits.quota_under_load(table, options.seed)}
        say(f"threads: {threads}")
        say(f"{import_catalogue(cloud)} products imported; {options.venues} sentences at once, {options.quota} chat requests a minute")
        ModelServer(cloud).delay(Faults(seed=options.seed, delay={"chat": (0.5, 1.5)}))
        line = limits.line_under_quota(cloud, options.venues, options.seed, options.quota, options.seconds)
    return {"threads": threads, "line": line}


def _wrong(result: dict[str, Any]) -> list[str]:
    found = []
    runs = {name: run for name, run in result["simulated"].items() if name != "fair"}
    if "threads" in result:
        runs |= {"threads": result["threads"]["quota"], "line": result["line"]}
        cap = result["threads"]["cap"]
        found += [f"cap: {name} is {cap[name]}" for name in ("overshoot_usd", "counters_off_usd", "still_held_usd") if cap[name]]
        found += [f"line: {result['line'][name]} {name}" for name in ("failed", "hung") if result["line"][name]]
    for name, run in runs.items():
        if run["makespan_over_quota_bound"] > TOO_LONG:
            found.append(f"{name}: {run['makespan_over_quota_bound']} times the bound")
        # A clock that was set forward shows the limiter an empty minute: its burst is allowed again.
        allowed = 0.05 if name == "clock_jumps" else 0.02 if run.get("tokens_overshoot") else 0
        if max(run["requests_overshoot"], run.get("tokens_overshoot", 0)) > allowed:
            found.append(f"{name}: {run} passed its quota")
    return found


if __name__ == "__main__":
    sys.exit(main())
