"""`huichang placements`: where venues are shown, who may be there, and who is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import Api, read_text, segment
from infra.cli.declare import command
from infra.cli.errors import USAGE, CliError
from infra.cli.login import connect

placements_app = typer.Typer(help="Placements: where venues are shown, who may be there, and who is.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The placement's name: small letters, digits, - and _.", metavar="PLACEMENT")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
Listed = list[str] | None
ANY = "any"
_PAGE = 200
_LISTS = ("industries", "languages", "regions", "merchants", "buyers")


@command(placements_app, "list")
def listed(context: typer.Context, as_json: AsJson = False) -> None:
    """All of them, and how many venues each holds."""
    found = connect(context.obj).get("/api/placements")["placements"]
    if as_json:
        words.print_json(found)
        return
    rows = []
    for view in found:
        each = view["placement"]
        there = f"{view['there']} of {view['may_enter']}" if each["offered"] else "not offered"
        rows.append(
            [
                each["name"],
                each["kind"],
                each["what"]["en"],
                each["slots"],
                each["capacity"],
                each["priority"],
                _asks(each),
                there,
                _made(view),
            ]
        )
    heads = ["placement", "kind", "what", "slots", "capacity", "priority", "takes", "there", ""]
    words.console().print(words.table(heads, rows))


@command(placements_app, "show")
def show(
    context: typer.Context,
    name: Name,
    venue: Annotated[str, typer.Option(help="Only this venue: is it there, and why.")] = "",
    out: Annotated[bool, typer.Option("--out", help="Those that are live and not there, and why.")] = False,
    most: Annotated[int, typer.Option(help="At most so many venues; 0: all.", min=0)] = 50,
    as_json: AsJson = False,
) -> None:
    """One, with the venues that are there."""
    api, path = connect(context.obj), f"/api/placements/{segment(name)}"
    view = api.get(path)
    placed, more = _placed(api, path, which="all" if venue else "out" if out else "there", venue=venue, most=most)
    if as_json:
        words.print_json(view | {"venues": placed})
        return
    each = view["placement"]
    rows = [
        ["what", f"{each['what']['en']} / {each['what']['zh']}"],
        ["kind", each["kind"] if each["offered"] else f"{each['kind']}, not offered"],
        ["takes", _asks(each)],
        ["slots in an answer", each["slots"]],
        ["venues at most", each["capacity"]],
        ["priority", each["priority"]],
        ["a venue for one buyer a day", each["per_buyer_day"] or "no bound"],
        ["verdicts", f"margin {each['margin']:g}, alpha {each['alpha']:g}"],
        ["busy (UTC hours)", " ".join(f"{weight:g}" for weight in each["busy"])],
        ["version", f"{each['version']} {_made(view)}".strip()],
    ]
    out_of = words.console()
    out_of.print(words.table(["", ""], rows))
    if venue and not placed:
        words.say(f"{venue} is not live", stderr=False)
        return
    shown = [
        [one["venue_id"], one["title"], one["industry"] or "", one["place"] or "", one["priority"], one["reason"]["said"]["en"]]
        for one in placed
    ]
    out_of.print(words.table(["venue", "title", "industry", "place", "priority", "why"], shown))
    if more:
        words.say("there are more: --most 0 shows all of them", stderr=False)


@command(placements_app, "set")
def change(
    context: typer.Context,
    name: Name,
    zh: Annotated[str, typer.Option(help="What it is, in Chinese.")] = "",
    en: Annotated[str, typer.Option(help="What it is, in English.")] = "",
    kind: Annotated[str, typer.Option(help="public or private.")] = "",
    offered: Annotated[bool | None, typer.Option("--offered/--not-offered", help="Whether buyers are offered venues there.")] = None,
    slots: Annotated[int | None, typer.Option(help="Most venues in one answer.")] = None,
    capacity: Annotated[int | None, typer.Option(help="Most venues that may be there at a time.")] = None,
    priority: Annotated[int | None, typer.Option(help="0..3: where a venue's daily limit is spent first.")] = None,
    per_buyer_day: Annotated[int | None, typer.Option(help="How often one buyer is shown one venue there in a day; 0: no bound.")] = None,
    margin: Annotated[float | None, typer.Option(help="Of its verdicts.")] = None,
    alpha: Annotated[float | None, typer.Option(help="Of its verdicts.")] = None,
    busy: Annotated[str, typer.Option(help='24 weights of the UTC hours from midnight on, "1,1,…"; or "even".')] = "",
    industry: Annotated[Listed, typer.Option(help='May be repeated; "any" bounds nothing.')] = None,
    language: Annotated[Listed, typer.Option(help='zh or en; "any".')] = None,
    region: Annotated[Listed, typer.Option(help='Where the placement is, such as CN; "any".')] = None,
    merchant: Annotated[Listed, typer.Option(help='Whose channel it is; "any".')] = None,
    buyers: Annotated[Listed, typer.Option(help='Buyer segments that see it; "any".')] = None,
    file: Annotated[Path | None, typer.Option(help="A placement as JSON, as `show --json` prints it; options go before it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change one, or add it: only what is said changes. Refused if somebody else changes it at the same time."""
    api, path = connect(context.obj), f"/api/placements/{segment(name)}"
    known = {view["placement"]["name"]: view["placement"] for view in api.get("/api/placements")["placements"]}
    wanted: dict[str, Any] = dict(known.get(name, {"name": name, "kind": "public", "version": 0}))
    if file is not None:
        wanted |= _from(file) | {"name": name, "version": wanted["version"]}
    said = {
        "kind": kind or None,
        "offered": offered,
        "slots": slots,
        "capacity": capacity,
        "priority": priority,
        "per_buyer_day": per_buyer_day,
        "margin": margin,
        "alpha": alpha,
        "busy": _hours(busy) if busy else None,
    }
    wanted |= {field: value for field, value in said.items() if value is not None}
    what = {"zh": zh, "en": en}
    wanted["what"] = wanted.get("what", {}) | {code: text for code, text in what.items() if text}
    lists = dict(zip(_LISTS, (industry, language, region, merchant, buyers), strict=True))
    wanted["eligible"] = wanted.get("eligible", {}) | {
        field: [] if each == [ANY] else each for field, each in lists.items() if each is not None
    }
    view = api.put(path, wanted)
    if as_json:
        words.print_json(view)
        return
    words.say(f"{name} is at version {view['placement']['version']}: takes {_asks(view['placement'])}{_used(view)}", stderr=False)


@command(placements_app, "remove")
def remove(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Take away one that was added; make one that ships with the product as it ships."""
    api, path = connect(context.obj), f"/api/placements/{segment(name)}"
    version = api.get(path)["placement"]["version"]
    api.delete(f"{path}?version={version}")
    left = next((view for view in api.get("/api/placements")["placements"] if view["placement"]["name"] == name), None)
    if as_json:
        words.print_json(left)
        return
    words.say(f"{name} is as it ships" if left else f"{name} is removed; what was counted there stays", stderr=False)


def _placed(api: Api, path: str, *, which: str, venue: str, most: int) -> tuple[list[dict[str, Any]], bool]:
    """Newest first, and whether there are more."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        limit = min(_PAGE, most - len(found)) if most else _PAGE
        page = api.get(f"{path}/venues", which=which, venue=venue or None, cursor=cursor or None, limit=limit)
        found += page["venues"]
        cursor = page["next"]
        if not cursor or (most and len(found) >= most):
            return found, bool(cursor)


def _asks(placement: dict[str, Any]) -> str:
    asked = [", ".join(each) for each in placement["eligible"].values() if each]
    return "; ".join(asked) or "all"


def _made(view: dict[str, Any]) -> str:
    if not view["at"]:
        return ""
    made = "as it ships again" if not view["changed"] else "changed" if view["shipped"] else "added"
    return f"{made} by {view['by']} {view['at']}"


def _used(view: dict[str, Any]) -> str:
    return "; in use within a minute" if view["used"] else "; nothing changed"


def _hours(text: str) -> list[float]:
    if text == "even":
        return [1.0] * 24
    try:
        weights = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise CliError(f"--busy {text}: that are no numbers", USAGE, mend="24 weights with commas between them, or even") from error
    if len(weights) != 24:
        raise CliError(f"--busy has {len(weights)} weights", USAGE, mend="24, for the UTC hours from midnight on; or even")
    return weights


def _from(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_text(file))
    except ValueError as error:
        raise CliError(f"{file} is no JSON: {error}", USAGE) from error
    whole = found.get("placement", found) if isinstance(found, dict) else None
    if not isinstance(whole, dict):
        raise CliError(f"{file} holds no placement", USAGE, mend="huichang placements show NAME --json")
    return dict(whole)
