"""`make demo`: install nothing, ask nothing, show everything. Two sentences become two reviewed and published venues."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from infra.local.cloud import REPOSITORY, AlreadyRunningError, EmbeddedCloud, StartError, read_runtime

SENTENCES = (
    ("帮我生成一个熊猫玩偶会场", "sample"),
    ("a low-price free-shipping womenswear venue", "sample"),
)
REVIEWER = "demo reviewer (make demo; no person looked at it)"
END = ("published", "failed", "retired")
MARKS = {"done": ("●", "green"), "running": ("◐", "cyan"), "retrying": ("↻", "yellow"), "failed": ("✕", "red")}
GIVE_UP_SECONDS = 900  # slow machines embed for minutes


class Api:
    """The HTTP API as a persona."""

    def __init__(self, cloud: EmbeddedCloud, persona: str) -> None:
        self._client = httpx.Client(base_url=cloud.url, headers={"Authorization": f"Bearer {cloud.token(persona)}"}, timeout=40)

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """JSON answer. RuntimeError with the problem's words otherwise."""
        answer = self._client.request(method, path, json=body)
        if answer.status_code >= 400:
            problem = answer.json()
            raise RuntimeError(f"{method} {path}: {problem.get('detail')} {problem.get('mend', '')}")
        return answer.json() if answer.content else None


def say(console: Console, text: str) -> None:
    """One line of what is going on."""
    console.print(f"[dim]·[/dim] {text}")


def import_sample(console: Console, cloud: EmbeddedCloud, folder: Path) -> dict[str, Any]:
    """Make the sample catalogue and import it as any catalogue is imported."""
    from infra.sample.__main__ import write

    write(folder)
    data = (folder / "products.jsonl.gz").read_bytes()
    operator = Api(cloud, "operator")
    mapping = (REPOSITORY / "layers/shared/huichang/catalog/mappings/sample.yaml").read_text(encoding="utf-8")
    digest = hashlib.sha256(data).hexdigest()
    file = {"role": "main", "filename": "products.jsonl.gz", "bytes": len(data), "sha256": digest}
    created = operator(
        "POST",
        "/api/imports",
        {"catalogue": "sample", "filename": "products.jsonl.gz", "mapping": mapping, "files": [file]},
    )
    httpx.put(created["uploads"][0]["url"], content=data, timeout=120).raise_for_status()
    import_id = created["import_id"]
    operator("POST", f"/api/imports/{import_id}/start")
    end = time.monotonic() + GIVE_UP_SECONDS
    with console.status("importing the sample catalogue …") as status:
        while time.monotonic() < end:
            state: dict[str, Any] = operator("GET", f"/api/imports/{import_id}")
            status.update(
                f"importing the sample catalogue: {state['rows_read']} rows read, {state['accepted']} accepted, "
                f"{state['rejected']} rejected, {state['indexed']} embedded and indexed"
            )
            if state["status"] in ("done", "failed"):
                break
            time.sleep(0.5)
    if state["status"] != "done":
        raise RuntimeError(f"the import ended {state['status']}: {state['failure'] or 'it took too long'}")
    rows = [line for line in (folder / "trends.jsonl").read_text(encoding="utf-8").splitlines() if line]
    import json

    report = operator("POST", "/api/trends", {"trends": [json.loads(row) for row in rows]})
    say(console, f"{state['indexed']} products and {report['accepted']} trends imported{_ready_made(cloud)}")
    return state


def _ready_made(cloud: EmbeddedCloud) -> str:
    """What an import did not pay for: vectors that ship with the sample (infra/sample/README.md)."""
    address = str(cloud.runtime["model_url"]).removesuffix("/v1")
    taken = httpx.get(f"{address}/_stats", timeout=10).raise_for_status().json()["texts_embedded"]["from_file"]
    return f" ({taken} vectors shipped with the sample, not computed here)" if taken else ""


def board(details: list[dict[str, Any]], started: float) -> Table:
    """Venues by steps."""
    table = Table(box=None, padding=(0, 1), title=f"[dim]{time.monotonic() - started:5.1f} s[/dim]", title_justify="left")
    table.add_column("venue")
    table.add_column("steps")
    table.add_column("now")
    for detail in details:
        venue = detail["venue"]
        by_name = {record["step"]: record for record in detail["steps"]}
        track = Text()
        for name in detail["step_names"]:
            mark, colour = MARKS.get(by_name.get(name, {}).get("status", ""), ("○", "dim"))
            track.append(mark + " ", style=colour)
        running = [n for n in detail["step_names"] if by_name.get(n, {}).get("status") in ("running", "retrying")]
        now = ", ".join(running) or venue["status"]
        if venue["status"] == "generating":
            now = f"materials {venue['materials_ready']}/{venue['materials_total']}"
        table.add_row(venue["theme"]["name"], track, now)
    return table


def made_before(operator: Api, sentence: str) -> str:
    """The campaign of this sentence whose venues are all still published, or ""."""
    for campaign in operator("GET", "/api/campaigns")["campaigns"]:
        if campaign["request"]["sentence"] == sentence and campaign["venue_ids"]:
            venues = operator("GET", f"/api/campaigns/{campaign['campaign_id']}")["venues"]
            if all(venue["status"] == "published" for venue in venues):
                return str(campaign["campaign_id"])
    return ""


def run_line(console: Console, cloud: EmbeddedCloud, sentence: str, catalogue: str) -> list[dict[str, Any]]:
    """One sentence through the whole line; the demo reviewer approves what is staged. Returns venue details at the end."""
    operator, reviewer = Api(cloud, "operator"), Api(cloud, "reviewer")
    console.print(f"\n[bold]「{sentence}」[/bold]")
    started = time.monotonic()
    campaign_id = made_before(operator, sentence)
    if campaign_id:
        # Asking again would be refused as a duplicate of the live venue, and rightly so.
        say(console, "an earlier demo on this state folder made this venue; it is shown again")
    else:
        campaign = operator("POST", "/api/campaigns", {"sentence": sentence, "catalogue": catalogue})
        campaign_id = campaign["campaign_id"]
    approved: set[str] = set()
    details: list[dict[str, Any]] = []
    with Live(console=console, refresh_per_second=4, transient=not console.is_terminal) as live:
        while time.monotonic() - started < GIVE_UP_SECONDS:
            found = operator("GET", f"/api/campaigns/{campaign_id}")
            if found["campaign"]["status"] == "failed":
                failure = found["campaign"]["failure"]
                raise RuntimeError(f"the campaign failed: {failure['message']} {failure['mend']}")
            details = [operator("GET", f"/api/venues/{venue['venue_id']}") for venue in found["venues"]]
            live.update(Group(board(details, started)))
            for detail in details:
                venue = detail["venue"]
                version = venue["staged_version"]
                if venue["status"] == "in_review" and version not in approved:
                    approved.add(version)
                    body = {"version_id": version, "note": REVIEWER}
                    reviewer("POST", f"/api/venues/{venue['venue_id']}/approve", body)
            if details and all(detail["venue"]["status"] in END for detail in details):
                break
            time.sleep(0.4)
    for detail in details:
        detail["seconds"] = time.monotonic() - started
        detail["products_view"] = operator("GET", f"/api/venues/{detail['venue']['venue_id']}/products")
        detail["campaign_cost"] = operator("GET", f"/api/campaigns/{campaign_id}")["cost"]
    return details


def summary(details: list[dict[str, Any]], products_seen: int) -> Table:
    """What came out."""
    table = Table(title="what came out", title_justify="left", box=None, padding=(0, 2))
    for column in ("venue", "seen", "search", "vector", "rules", "chosen", "floors", "materials", "pixels", "seconds"):
        table.add_column(column, justify="left" if column == "venue" else "right")
    table.add_column("models would cost")
    for detail in details:
        venue, view = detail["venue"], detail["products_view"]
        recalled = view["recalled"]
        inspection = detail.get("inspection") or {}
        table.add_row(
            venue["theme"]["name"],
            str(products_seen),
            *(str(recalled.get(path, 0)) for path in ("search", "vector", "rules")),
            str(len(view["products"])),
            str(len((view["floors"] or {"floors": []})["floors"])),
            f"{venue['materials_ready']}/{venue['materials_total']}",
            str(inspection.get("pixels", "not run")).replace("_", " "),
            f"{detail['seconds']:.1f}",
            f"${float(detail['campaign_cost']['cost_usd']):.4f} in {detail['campaign_cost']['calls']} calls",
        )
    return table


def check(cloud: EmbeddedCloud, details: list[dict[str, Any]]) -> list[str]:
    """What is wrong with what was made; empty when all is well."""
    wrong = []
    for detail in details:
        venue = detail["venue"]
        name = venue["theme"]["name"]
        if venue["status"] != "published":
            wrong.append(f"{name} is {venue['status']}: {(venue['failure'] or {}).get('message', '')}")
            continue
        page = httpx.get(cloud.url + detail["live_url"], timeout=20)
        if page.status_code != 200:
            wrong.append(f"{name}: its page answers {page.status_code}")
            continue
        missing = [p["title"] for p in detail["products_view"]["products"] if p["product_id"] not in page.text]
        if missing:
            wrong.append(f"{name}: {len(missing)} chosen products are not on the page, for instance {missing[0]}")
    return wrong


def main() -> int:
    """0 when both venues are published and sound, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=Path(".huichang"))
    parser.add_argument("--port", type=int)
    parser.add_argument("--exit", action="store_true", help="end after checking what was made")
    options = parser.parse_args()
    # Piped output has no width of its own; a summary squeezed into 80 columns helps nobody.
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print("[bold]Huichang 会场[/bold]  one sentence in, published promotion venues out\n")
    began = time.monotonic()
    say(console, f"starting the embedded cloud on 127.0.0.1, its state in {options.state} …")
    cloud = EmbeddedCloud(options.state, port=options.port)
    try:
        running = read_runtime(options.state)
        cloud.start()
    except (StartError, AlreadyRunningError) as error:
        console.print(f"[red]{error}[/red]")
        return 1
    del running
    try:
        say(console, f"template.yaml is deployed: {cloud.url} ({time.monotonic() - began:.1f} s)")
        say(
            console,
            "models are the [bold]offline stand-ins[/bold]: deterministic, labelled on every page and in the console",
        )
        state = import_sample(console, cloud, options.state / "sample")
        details: list[dict[str, Any]] = []
        for sentence, catalogue in SENTENCES:
            details += run_line(console, cloud, sentence, catalogue)
        console.print()
        console.print(summary(details, state["indexed"]))
        console.print(f"\napproved by: {REVIEWER}")
        for detail in details:
            if detail["live_url"]:
                console.print(f"  [green]●[/green] {detail['venue']['theme']['name']}  {cloud.url}{detail['live_url']}")
        console.print(f"  console  {cloud.url}/console/\n  whole demo: {time.monotonic() - began:.0f} s")
        wrong = check(cloud, details)
        for line in wrong:
            console.print(f"[red]✕ {line}[/red]")
        if options.exit or wrong:
            return 1 if wrong else 0
        console.print("\nserving; Ctrl-C ends it, `make up` goes on from here")
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("\nending …")
        return 0
    except RuntimeError as error:
        console.print(f"[red]✕ {error}[/red]")
        return 1
    finally:
        cloud.stop()


if __name__ == "__main__":
    sys.exit(main())
