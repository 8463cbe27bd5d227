"""`huichang edits`, `huichang why`: what operators do to a venue's goods, and why a product is there or not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from infra.cli import words
from infra.cli.client import segment
from infra.cli.declare import command
from infra.cli.errors import USAGE, CliError
from infra.cli.login import connect
from infra.cli.proof import check_language, why_venue

VenueId = Annotated[str, typer.Argument(help="A venue's id, as `huichang venues` shows it.", metavar="VENUE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
_SCOPES = ("product", "brand", "merchant", "category", "attribute")
_ACTIONS = ("pin", "boost", "bury", "exclude")


class _EditsGroup(TyperGroup):
    """`edits VENUE …` is `edits set VENUE …`: what is done most needs no word of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["set", *args]
        return super().parse_args(ctx, args)


edits_app = typer.Typer(cls=_EditsGroup, help="Pin, boost, bury and exclude: edits VENUE --pin P --preview.", no_args_is_help=True)


@command(edits_app, "set")
def set_edits(
    context: typer.Context,
    venue_id: VenueId,
    pin: Annotated[list[str] | None, typer.Option(help="Comes first: P, P@3 for the third place, brand:X, category:X, …")] = None,
    boost: Annotated[list[str] | None, typer.Option(help="Ranks higher: P, brand:X, attribute:材质=棉, category:X+3 (1 to 3).")] = None,
    bury: Annotated[list[str] | None, typer.Option(help="Ranks lower, as --boost.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Is never shown: P, brand:X, merchant:X, category:X, attribute:A=V.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="Take back every rule about this: P, brand:X, …")] = None,
    starts: Annotated[str, typer.Option("--from", help="From when the new rules count: 2026-11-10T20:00+08:00.")] = "",
    ends: Annotated[str, typer.Option("--until", help="Until when they count.")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Forget all earlier rules.")] = False,
    thin: Annotated[bool, typer.Option("--force", help="Accept fewer goods than a venue needs; an empty venue never.")] = False,
    accept: Annotated[bool, typer.Option("--accept-conflicts", help="Save although rules contradict: precedence decides.")] = False,
    note: Annotated[str, typer.Option(help="Why; kept in the audit trail.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Only say what would move.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add rules to a venue's edits; it is selected and built again. Edits are pin, boost, bury and exclude."""
    api = connect(context.obj)
    stored = api.get(_path(venue_id))
    window = {name: _moment(text, option) for name, text, option in (("starts_at", starts, "--from"), ("ends_at", ends, "--until")) if text}
    asked = zip(_ACTIONS, (pin, boost, bury, exclude), strict=True)
    added = [rule_of(action, text) | window for action, texts in asked for text in texts or ()]
    taken_back = [_target(rule_of("exclude", text)) for text in remove or ()]
    kept = [] if clear else [rule for rule in stored["edits"]["rules"] if _target(rule) not in taken_back]
    again = [(rule["action"], _target(rule)) for rule in added]
    rules = [*(rule for rule in kept if (rule["action"], _target(rule)) not in again), *added]
    body = {"rules": rules, "allow_thin": thin}
    if preview:
        seen = api.post(f"{_path(venue_id)}/preview", body)
        if as_json:
            words.print_json(seen)
        else:
            _print_preview(seen)
        return
    body |= {"version": stored["version"], "accept_conflicts": accept, "note": note}
    _saved(api.put(_path(venue_id), body), as_json)


@command(edits_app, "undo")
def undo(
    context: typer.Context,
    venue_id: VenueId,
    to: Annotated[int | None, typer.Option(help="A version, as `edits history` shows it; without it, the one before.", min=0)] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the edits before the last save back, as a new version."""
    api = connect(context.obj)
    body: dict[str, Any] = {"version": api.get(_path(venue_id))["version"]}
    _saved(api.post(f"{_path(venue_id)}/undo", body | ({} if to is None else {"to": to})), as_json)


@command(edits_app, "history")
def history(context: typer.Context, venue_id: VenueId, as_json: AsJson = False) -> None:
    """The saves of a venue's edits, newest first."""
    found = connect(context.obj).get(_path(venue_id))
    if as_json:
        words.print_json(found)
        return
    rows = (
        [r["version"], r["at"], r["by"], "" if r["restores"] is None else f"= {r['restores']}", "; ".join(map(label, r["edits"]["rules"]))]
        for r in found["records"]
    )
    words.console().print(words.table(["version", "when", "who", "", "rules"], rows))


def why(
    context: typer.Context,
    venue_id: VenueId,
    product_id: Annotated[str, typer.Argument(help="A product's id; without it, why the page is as it is.", metavar="[PRODUCT]")] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Why a venue's page is as it is; with a product, why it is there or why it is not."""
    check_language(language)
    if not product_id:
        why_venue(context, venue_id, language, as_json)
        return
    found = connect(context.obj).get(f"/api/venues/{segment(venue_id)}/products/{segment(product_id)}/why")
    if as_json:
        words.print_json(found)
        return
    words.say(f"{found['title'] or product_id}: {found['code'].replace('_', ' ')}", stderr=False)
    words.say(f"  {found['text'][language]}", stderr=False)
    if found["mend"]:
        words.say(f"  → {found['mend'][language]}", stderr=False)


def rule_of(action: str, text: str) -> dict[str, Any]:
    """A rule from what was typed: `P`, `P@3`, `brand:X`, `attribute:材质=棉`, with `+3` for a level. Raises CliError."""
    scope, colon, value = text.partition(":")
    if not colon or scope not in _SCOPES:
        scope, value = "product", text
    rule: dict[str, Any] = {"action": action, "scope": scope}
    if action == "pin" and scope == "product" and "@" in value:
        value, _, place = value.rpartition("@")
        if not place.isdigit() or int(place) < 1:
            raise CliError(f"--pin {text}: the place after @ is a number from 1", USAGE)
        rule["position"] = int(place)
    if action in ("boost", "bury") and value[-2:] in ("+1", "+2", "+3"):
        value, rule["level"] = value[:-2], int(value[-1])
    if scope == "attribute":
        rule["attribute"], _, value = value.partition("=")
    if not value and scope != "attribute":
        raise CliError(f"--{action} {text}: name a product, or brand:X, merchant:X, category:X, attribute:NAME=VALUE", USAGE)
    return rule | {"value": value}


def label(rule: dict[str, Any]) -> str:
    """A rule in a line."""
    what = f"{rule['attribute']}={rule['value'] or '*'}" if rule["scope"] == "attribute" else rule["value"]
    level = f" {'+' if rule['action'] == 'boost' else '-'}{rule['level']}" if rule["action"] in ("boost", "bury") else ""
    place = f" @{rule['position']}" if rule.get("position") else ""
    window = f" [{rule.get('starts_at') or ''} – {rule.get('ends_at') or ''}]" if rule.get("starts_at") or rule.get("ends_at") else ""
    return f"{rule['action']}{level} {rule['scope']} {what}{place}{window}"


def _path(venue_id: str) -> str:
    return f"/api/venues/{segment(venue_id)}/edits"


def _target(rule: dict[str, Any]) -> tuple[str, str, str]:
    return rule["scope"], rule.get("attribute", ""), rule["value"]


def _moment(text: str, option: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CliError(f"{option} {text}: write it as 2026-11-10T20:00+08:00", USAGE) from error
    if moment.tzinfo is None:
        raise CliError(f"{option} {text}: say the time zone, for instance {text}+08:00", USAGE)
    return moment.isoformat()


def _saved(venue: dict[str, Any], as_json: bool) -> None:
    if as_json:
        words.print_json(venue)
        return
    words.say(f"{venue['venue_id']}  edits version {venue['edits_version']}, {venue['status']}: selected and built again", stderr=False)
    for rule in venue["edits"]["rules"]:
        words.say(f"  {label(rule)}", stderr=False)


def _print_preview(seen: dict[str, Any]) -> None:
    effect, names = seen["effect"], seen["products"]
    words.say(
        f"products: {seen['depth_before']} → {seen['depth_after']} (a venue needs {seen['minimum']}); {effect['shifted']} only make room",
        stderr=False,
    )
    rows = []
    for sign, moves in (("+", "entering"), ("-", "leaving"), ("↑", "up"), ("↓", "down")):
        for move in effect[moves]:
            title = names.get(move["product_id"], {}).get("title", "")
            places = f"{move['from_rank'] or ''} → {move['to_rank'] or ''}"
            rows.append([sign, move["product_id"], title, places, move["rule"] or move["why"].replace("_", " ")])
    words.console().print(words.table(["", "id", "product", "place", "why"], rows))
    for floor in seen["floors"]:
        words.say(f"floor {floor['title']}: {floor['before']} → {floor['after']}", stderr=False)
    for conflict in seen["conflicts"]:
        mark = "✕" if conflict["contradiction"] else "·"
        words.say(f"{mark} rules {', '.join(str(place + 1) for place in conflict['rules'])}: {conflict['message']['en']}", stderr=False)
        words.say(f"  → {conflict['mend']['en']}", stderr=False)
    if seen["refused"]:
        words.say(f"✕ would be refused: {seen['refused']}", stderr=False)
