"""`huichang`: the command line. Results on stdout, progress and errors on stderr; --json makes stdout one JSON value."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from infra.cli import budget, decisions, releases, review, standing, trends, words
from infra.cli.client import Api, is_local, read_text, segment
from infra.cli.constraints import constraints_app
from infra.cli.declare import command, mending
from infra.cli.delivery import delivery_app
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.evaluate import eval_app
from infra.cli.feedback import feedback_app
from infra.cli.login import PERSONA_GRANT, browser_token, connect, find_issuer, persona_token, remember, who
from infra.cli.merchandising import edits_app, why
from infra.cli.placements import placements_app
from infra.cli.policies import policies_app
from infra.cli.policy import policy_app
from infra.cli.proof import proof, replay
from infra.cli.redrive import redrive
from infra.cli.reindex import reindex
from infra.cli.results import results
from infra.cli.styles import styles_app
from infra.cli.surroundings import Surroundings
from infra.cli.templates import templates_app
from infra.cli.traffic import rules_app
from infra.cli.uploads import MAIN, LocalFile, joined_files, run_import, save_rejects
from infra.cli.watch import follow_campaign

app = typer.Typer(
    name="huichang",
    help="One sentence in, reviewed and published promotion venues out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
trends_app = typer.Typer(help="Trends: what is hot, seasonal, in the news.", no_args_is_help=True)
schedules_app = typer.Typer(help="Campaigns that start by themselves.", invoke_without_command=True)
app.add_typer(trends_app, name="trends")
app.add_typer(eval_app, name="eval")
app.add_typer(schedules_app, name="schedules")
app.add_typer(edits_app, name="edits")
app.add_typer(feedback_app, name="feedback")
app.add_typer(policy_app, name="policy")
app.add_typer(policies_app, name="policies")
app.add_typer(constraints_app, name="constraints")
standing.declare(delivery_app)
app.add_typer(delivery_app, name="delivery")
app.add_typer(placements_app, name="placements")
delivery_app.add_typer(rules_app, name="rules")
app.add_typer(styles_app, name="styles")
app.add_typer(templates_app, name="templates")
command(delivery_app, "results")(results)
command(app, "why")(why)
command(app, "replay")(replay)
command(app, "proof")(proof)
command(app, "reindex")(reindex)
command(app, "redrive")(redrive)
command(app, "budget")(budget.budget)
command(app, "limits")(budget.limits)
command(app, "pace")(review.pace)
command(app, "unreviewed")(review.unreviewed)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
VenueId = Annotated[str, typer.Argument(help="A venue's id, as `huichang venues` shows it.", metavar="VENUE")]
Note = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
Timeout = Annotated[float, typer.Option(help="Stop watching after this many seconds.", min=1)]


@app.callback()
def surroundings(
    context: typer.Context,
    url: Annotated[str, typer.Option(help="Where Huichang is; else HUICHANG_URL, else the embedded cloud here.")] = "",
    persona: Annotated[str, typer.Option("--as", help="Act as a persona of the embedded cloud: operator, reviewer, designer, admin.")] = "",
) -> None:
    """One sentence in, reviewed and published promotion venues out."""
    here = context.obj or Surroundings()
    here.url, here.persona = url, persona
    context.obj = here


# --- the embedded cloud, signing in -----------------------------------------------------------------------------------


@command(app, "up")
def up(
    context: typer.Context,
    state: Annotated[Path, typer.Option(help="The folder that keeps everything.")] = Path(".huichang"),
    port: Annotated[int | None, typer.Option(help="The front door's port.", min=1, max=65535)] = None,
    search: Annotated[str, typer.Option(help='"sqlite", "opensearch" (starts a node of its own), or a node\'s address.')] = "sqlite",
) -> None:
    """Start the embedded cloud on this machine; Ctrl-C ends it, the next start goes on."""
    arguments = ["-m", "infra.local", "up", "--state", str(state.absolute()), "--search", search]
    context.obj.execute(arguments + (["--port", str(port)] if port else []))


@command(app, "login")
def login(
    context: typer.Context,
    persona: Annotated[str, typer.Option(help="Embedded cloud only: operator, reviewer, designer or admin.")] = "",
    as_json: AsJson = False,
) -> None:
    """Sign in and remember it: a persona of the embedded cloud, or the browser. HUICHANG_TOKEN needs no login."""
    here: Surroundings = context.obj
    if here.environ.get("HUICHANG_TOKEN"):
        raise CliError("HUICHANG_TOKEN is set and is used as it is", USAGE, mend="unset it to sign in another way")
    api = connect(here)
    wanted = persona or here.persona
    if not wanted and is_local(api.url) and PERSONA_GRANT in find_issuer(here, api.url).grants:
        wanted = "operator"
        words.say("no persona was named: operator (others: --persona reviewer, designer, admin)")
    if not wanted:
        words.say("opening the sign-in page in a browser …")
    token = persona_token(here, api.url, wanted) if wanted else browser_token(here, api.url)
    remember(here, api.url, token)
    claims = who(token["access_token"])
    name, roles = str(claims.get("username", "")), list(claims.get("cognito:groups", []))
    if as_json:
        words.print_json({"url": api.url, "name": name, "roles": roles})
    else:
        words.say(f"signed in at {api.url} as {name} ({', '.join(roles) or 'no role'})", stderr=False)


# --- catalogue and trends ---------------------------------------------------------------------------------------------


@command(app, "import")
def import_catalogue(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV or JSONL, plain or .gz.")],
    mapping: Annotated[Path, typer.Option(help="The YAML column mapping.")],
    catalogue: Annotated[str, typer.Option(help="The catalogue's name: small letters, digits, - and _.")],
    join: Annotated[list[str] | None, typer.Option(help="role=FILE, for each join of the mapping.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where to write the rejected rows.")] = None,
    timeout: Timeout = 3600.0,
    as_json: AsJson = False,
) -> None:
    """Upload a catalogue, follow it to the end, and say what became of every row."""
    here: Surroundings = context.obj
    paths = [(MAIN, file), *joined_files(join or [])]
    text = read_text(mapping)
    files = [LocalFile.of(role, path) for role, path in paths]
    api = connect(here)
    status = run_import(api, here, files, catalogue=catalogue, mapping=text, seconds=timeout)
    report = save_rejects(here, status, rejects or here.folder / f"rejects-{status['import_id']}.jsonl")
    if as_json:
        words.print_json(status | {"rejects_path": str(report) if report else None})
    else:
        _print_import(status, report)
    if status["status"] == "failed":
        raise typer.Exit(FAILED)


def _print_import(status: dict[str, Any], report: Path | None) -> None:
    counts = ("rows_read", "accepted", "rejected", "indexed", "not_indexed")
    rows = [[name.replace("_", " "), status[name]] for name in counts if name in status]
    rows += [[f"  {code}", count] for code, count in status.get("rejected_by_code", {}).items()]
    rows += [["rejected rows are in", report]] if report else []
    rows += [["failed because", status["failure"]]] if status.get("failure") else []
    out = words.console()
    out.print(words.status_text(status["status"]))
    out.print(words.table(["", ""], rows))


command(trends_app, "import")(trends.import_trends)
command(trends_app, "list")(trends.list_trends)
command(trends_app, "report")(trends.report_trends)
command(app, "calendar")(trends.calendar)


# --- campaigns and venues ---------------------------------------------------------------------------------------------


@command(app, "create")
def create(
    context: typer.Context,
    sentence: Annotated[str, typer.Argument(help="What to promote, in Chinese or English.")],
    industry: Annotated[str | None, typer.Option(help="An industry's code; else it is understood.")] = None,
    venues: Annotated[int | None, typer.Option(help="How many venues; else as the sentence says.")] = None,
    catalogue: Annotated[str | None, typer.Option(help="Only goods of this catalogue.")] = None,
    promotion: Annotated[str | None, typer.Option(help="Only goods enrolled for this promotion, at its prices.")] = None,
    cap: Annotated[str, typer.Option(help='The most it may spend on models, in USD; else the default cap. "none": no cap.')] = "",
    rush: Annotated[bool, typer.Option("--rush", help="Goes first where models are busy.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Follow every step until people are needed.")] = False,
    until: Annotated[str, typer.Option(help='With --watch: "review" or "end".')] = "review",
    timeout: Timeout = 1800.0,
    as_json: AsJson = False,
) -> None:
    """One sentence becomes a promotion."""
    here: Surroundings = context.obj
    if until not in ("review", "end"):
        raise CliError(f'--until {until}: write "review" or "end"', USAGE)
    api = connect(here)
    wanted = {"sentence": sentence, "industry": industry, "venues": venues, "catalogue": catalogue, "promotion": promotion}
    body = {name: value for name, value in wanted.items() if value is not None} | budget.terms(cap, True if rush else None)
    campaign = api.post("/api/campaigns", body, idempotency_key=str(uuid.uuid4()))
    if not watch:
        if as_json:
            words.print_json(campaign)
        else:
            words.say(f"campaign {campaign['campaign_id']} {campaign['status']}", stderr=False)
            if campaign.get("note"):
                words.say(campaign["note"]["en"], stderr=False)
        return
    found = follow_campaign(api, here, campaign["campaign_id"], until=until, seconds=timeout)
    if as_json:
        words.print_json(found)
    else:
        _print_campaign(api, found)
    failed = found["campaign"]["status"] == "failed" or any(v["status"] == "failed" for v in found["venues"])
    if failed:
        raise typer.Exit(FAILED)


def _print_campaign(api: Api, found: dict[str, Any]) -> None:
    out = words.console()
    campaign = found["campaign"]
    out.print(Text.assemble("campaign ", campaign["campaign_id"], " ", words.status_text(campaign["status"])))
    if campaign.get("failure"):
        failure = campaign["failure"]
        out.print(Text(words.plain(f"✕ {failure['message']} → {failure['mend']}"), style="red"), soft_wrap=True)
    for rejected in campaign.get("rejected", ()):
        words.say(f"not built: {rejected['name']} ({rejected['code']}): {rejected['reason'].get('en', '')}", stderr=False)
    for detail in found["details"]:
        _print_venue_line(api, detail)
    cost = found["cost"]
    words.say(f"models: {cost['calls']} calls, ${float(cost['cost_usd']):.4f}", stderr=False)


def _print_venue_line(api: Api, detail: dict[str, Any]) -> None:
    venue = detail["venue"]
    name = words.venue_name(venue)
    out = words.console()
    out.print(Text.assemble(venue["venue_id"], "  ", (name, "bold"), "  ", words.status_text(venue["status"])))
    counts = f"  {venue['products']} products, {venue['materials_ready']}/{venue['materials_total']} materials"
    words.say(counts, stderr=False)
    if detail.get("live_url"):
        words.say(f"  {api.url}{detail['live_url']}", stderr=False)
    if venue["status"] == "in_review":
        words.say(f"  look: huichang preview {venue['venue_id']}   then: huichang approve {venue['venue_id']}", stderr=False)
    if venue["status"] == "failed":
        words.say(f"  ✕ {words.doing(detail)}", stderr=False)


@command(app, "campaigns")
def campaigns(context: typer.Context, as_json: AsJson = False) -> None:
    """Campaigns, newest first."""
    found = connect(context.obj).get("/api/campaigns")
    rows = (
        [c["campaign_id"], words.status_text(c["status"]), len(c["venue_ids"]), c["request"]["sentence"], c["requested_by"]]
        for c in found["campaigns"]
    )
    _result(found, ["id", "status", "venues", "sentence", "by"], rows, as_json)


@command(app, "venues")
def venues(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help="Only those of this status, for instance in_review.")] = None,
    as_json: AsJson = False,
) -> None:
    """Venues, newest first."""
    found = connect(context.obj).get("/api/venues", status=status)
    rows = (
        [
            v["venue_id"],
            words.status_text(v["status"]),
            words.venue_name(v),
            v["products"],
            f"{v['materials_ready']}/{v['materials_total']}",
            (v["failure"] or {}).get("message", ""),
        ]
        for v in found["venues"]
    )
    _result(found, ["id", "status", "venue", "products", "materials", ""], rows, as_json)


@command(app, "show")
def show(
    context: typer.Context,
    venue_id: VenueId,
    products: Annotated[bool, typer.Option("--products", help="Also the goods, and why each is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Everything about one venue."""
    api = connect(context.obj)
    detail = api.get(f"/api/venues/{segment(venue_id)}")
    chosen = api.get(f"/api/venues/{segment(venue_id)}/products") if products else None
    if as_json:
        words.print_json(detail | ({"selection": chosen} if chosen else {}))
        return
    out = words.console()
    _print_venue_line(api, detail)
    _print_steps(detail)
    materials = (
        [m["task"]["material_id"], m["task"]["kind"], words.status_text(m["task"]["status"]), _made(m)] for m in detail["materials"]
    )
    out.print(words.table(["material", "kind", "status", ""], materials))
    inspection = detail.get("inspection")
    if inspection:
        words.say(f"inspection: pixels {inspection['pixels'].replace('_', ' ')}", stderr=False)
        for finding in inspection["findings"]:
            words.say(f"  {finding['severity']} {finding['place']}: {finding['message']}", stderr=False)
    if chosen:
        _print_products(chosen)
    words.say(f"models: {detail['cost']['calls']} calls, ${float(detail['cost']['cost_usd']):.4f}", stderr=False)


def _print_steps(detail: dict[str, Any]) -> None:
    by_name = {record["step"]: record for record in detail["steps"]}
    rows = []
    for name in detail["step_names"]:
        record = by_name.get(name, {})
        mark, colour = words.MARKS.get(record.get("status", ""), ("○", "dim"))
        rows.append([Text(mark, style=colour), name, words.step_said(record)])
    words.console().print(words.table(["", "step", ""], rows))


def _made(material: dict[str, Any]) -> str:
    result = material.get("result") or {}
    if "texts" in result:
        made = " / ".join(result["texts"].values())
    else:
        made = result.get("media_key", "")
    fallback = "  (fallback)" if result.get("fallback") else ""
    return f"{made}{fallback}{material['task'].get('error', '')}"


def _print_products(chosen: dict[str, Any]) -> None:
    recalled = ", ".join(f"{path} {count}" for path, count in chosen["recalled"].items())
    words.say(f"recalled: {recalled}", stderr=False)
    choice = chosen.get("template_choice")
    if choice:
        words.say(f"template: {choice['template_id']} ({'; '.join(choice['reasons'])})", stderr=False)
    rows = (
        [p["rank"], p["product_id"], p["title"], words.money(p["price"]), p["floor"], words.reason_text(p["reason"])]
        for p in chosen["products"]
    )
    words.console().print(words.table(["#", "id", "product", "price", "floor", "why"], rows))


@command(app, "preview")
def preview(context: typer.Context, venue_id: VenueId, as_json: AsJson = False) -> None:
    """An address to look at the staged page, for fifteen minutes."""
    api = connect(context.obj)
    link = api.post(f"/api/venues/{segment(venue_id)}/preview")
    link["url"] = api.url + link["url"] if link["url"].startswith("/") else link["url"]
    if as_json:
        words.print_json(link)
    else:
        words.say(link["url"], stderr=False)
        words.say(f"until {link['expires_at']}")


# --- decisions --------------------------------------------------------------------------------------------------------

command(app, "approve")(decisions.approve)
command(app, "reject")(decisions.reject)
command(app, "publish")(decisions.publish)
command(app, "rollback")(decisions.rollback)
command(app, "retire")(decisions.retire)
command(app, "release")(releases.release)
command(app, "releases")(releases.releases)
command(app, "release-plan")(releases.plan)


# --- delivery, schedules, audit -----------------------------------------------------------------------------------------


@command(app, "feed")
def feed(
    context: typer.Context,
    placement: Annotated[str, typer.Option(help="home, category, search, cart, shop or message.")] = "home",
    slots: Annotated[int, typer.Option(help="How many venues, at most 20.")] = 6,
    language: Annotated[str | None, typer.Option(help="zh or en.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a placement would show now, and with which probability."""
    found = connect(context.obj).get("/api/feed", placement=placement, slots=slots, language=language)
    rows = ([i["position"], i["venue_id"], i["title"], f"{i['propensity']:.3f}", i["href"]] for i in found["items"])
    _result(found, ["#", "id", "venue", "propensity", "address"], rows, as_json)


@schedules_app.callback()
def schedules(context: typer.Context, as_json: AsJson = False) -> None:
    """Campaigns that will start by themselves."""
    if context.invoked_subcommand is None:
        mending(_list_schedules)(context, as_json=as_json)


def _list_schedules(context: typer.Context, *, as_json: bool) -> None:
    found = connect(context.obj).get("/api/schedules")
    rows = (
        [s["name"], s["at"] or f"cron({s['cron']})", s["timezone"], s["request"]["sentence"], s["created_by"]] for s in found["schedules"]
    )
    _result(found, ["name", "when", "time zone", "sentence", "by"], rows, as_json)


@command(schedules_app, "create")
def create_schedule(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Letters, digits, dot, - and _.")],
    sentence: Annotated[str, typer.Argument(help="What to promote.")],
    at: Annotated[str | None, typer.Option(help="Once, local time: 2026-09-20T09:00:00.")] = None,
    cron: Annotated[str | None, typer.Option(help="Again and again, six fields: 0 9 1 * ? *")] = None,
    timezone: Annotated[str, typer.Option(help="An IANA time zone.")] = "Asia/Shanghai",
    industry: Annotated[str | None, typer.Option()] = None,
    venue_count: Annotated[int | None, typer.Option("--venues")] = None,
    catalogue: Annotated[str | None, typer.Option()] = None,
    promotion: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Start a campaign at a moment, or again and again."""
    wanted = {
        "name": name,
        "sentence": sentence,
        "at": at,
        "cron": cron,
        "timezone": timezone,
        "industry": industry,
        "venues": venue_count,
        "catalogue": catalogue,
        "promotion": promotion,
    }
    body = {field: value for field, value in wanted.items() if value is not None}
    made = connect(context.obj).post("/api/schedules", body)
    if as_json:
        words.print_json(made)
    else:
        words.say(f"{made['name']} will start {made['at'] or made['cron']} ({made['timezone']})", stderr=False)


@command(schedules_app, "delete")
def delete_schedule(context: typer.Context, name: str, as_json: AsJson = False) -> None:
    """Forget a schedule."""
    connect(context.obj).delete(f"/api/schedules/{segment(name)}")
    if as_json:
        words.print_json({"deleted": name})
    else:
        words.say(f"{name} is deleted", stderr=False)


@command(app, "audit")
def audit(
    context: typer.Context,
    venue_id: Annotated[str, typer.Argument(help="Only about this venue.", metavar="[VENUE]")] = "",
    as_json: AsJson = False,
) -> None:
    """Who did what, newest first."""
    found = connect(context.obj).get(f"/api/venues/{segment(venue_id)}/audit" if venue_id else "/api/audit")
    rows = ([e["at"], e["actor"], e["role"], e["action"], e["subject"], e["saw"]] for e in found["entries"])
    _result(found, ["when", "who", "role", "did", "to", "saw"], rows, as_json)


def _result(found: Any, columns: list[str], rows: Iterable[list[object]], as_json: bool) -> None:
    if as_json:
        words.print_json(found)
    else:
        words.console().print(words.table(columns, rows))
