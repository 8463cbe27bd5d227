"""`huichang delivery rules`: what operators order of traffic, looked at before it holds, and withdrawn."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import segment
from infra.cli.declare import command
from infra.cli.errors import USAGE, CliError
from infra.cli.login import connect

rules_app = typer.Typer(help="Traffic rules: holds, boosts, floors, caps, daily limits, campaigns' priorities.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would become of traffic, and change nothing.")]
Look = Annotated[str, typer.Option(help="Where to look, for a rule that holds in all placements.")]
_KINDS = ("boost", "hold", "floor", "cap", "daily-limit", "priority")
_SUBJECTS = ("venue", "campaign", "merchant", "industry")


@command(rules_app, "list")
def listed(
    context: typer.Context,
    placement: Annotated[str, typer.Option(help="Only what holds there.")] = "",
    finished: Annotated[bool, typer.Option("--finished", help="Those that ended or were withdrawn too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Newest first: whom it is about, what, where, until when, who and why."""
    found = connect(context.obj).get("/api/delivery/orders", placement=placement or None, finished=True if finished else None)["orders"]
    if as_json:
        words.print_json(found)
        return
    rows = []
    for each in found:
        order = each["order"]
        rows.append(
            [
                order["order_id"],
                each["state"],
                f"{order['subject']['kind']} {each['name'].get('en') or order['subject']['id']}",
                _what(order),
                order["placement"] or "all",
                order["ends"] or "withdrawn",
                order["by"],
                order["why"],
            ]
        )
    words.console().print(words.table(["id", "status", "about", "what", "placement", "until", "by", "why"], rows))


@command(rules_app, "show")
def show(
    context: typer.Context,
    placement: Annotated[str, typer.Argument(help="A placement's name.")],
    as_json: AsJson = False,
) -> None:
    """What all orders come to in a placement now, and what cannot hold."""
    found = connect(context.obj).get("/api/delivery/rules", placement=placement)
    if as_json:
        words.print_json(found)
        return
    controls = found["controls"]
    rows = [[f"venue {name}", _rule(rule), rule["why"]] for name, rule in controls["venues"].items()]
    rows += [[f"merchant {name}", f"cap {share:g} of the places", ""] for name, share in controls["merchant_caps"].items()]
    rows += [[f"industry {name}", f"cap {share:g} of the places", ""] for name, share in controls["industry_caps"].items()]
    rows += [[f"campaign {name}", f"cap {each['cap']:g} of the places", ""] for name, each in controls["campaign_caps"].items()]
    words.console().print(words.table(["about", "rule", "why"], rows))
    _conflicts(found["conflicts"])


@command(rules_app, "set")
def give(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="venue=ID, campaign=ID, merchant=ID or industry=CODE.")],
    kind: Annotated[str, typer.Argument(help="boost, hold, floor, cap, daily-limit or priority.")],
    value: Annotated[float | None, typer.Argument(help="A share 0-1, a factor 0.25-4, impressions a day, 0-3; nothing for a hold.")] = None,
    why: Annotated[str, typer.Option(help="Kept with the rule and in the audit trail.")] = "",
    placement: Annotated[str, typer.Option(help="Only there; without it, in all.")] = "",
    starts: Annotated[str, typer.Option("--from", help="ISO 8601 with a time zone; without it, at once.")] = "",
    ends: Annotated[str, typer.Option("--until", help="ISO 8601 with a time zone; without it, until it is withdrawn.")] = "",
    override: Annotated[str, typer.Option(help="Why it shall hold although no estimate says so; audited.")] = "",
    look: Look = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Look at what a rule would do, say it, and give it."""
    about, _, name = subject.partition("=")
    if about not in _SUBJECTS or not name:
        raise CliError(f"{subject} is no subject", USAGE, mend="venue=ID, campaign=ID, merchant=ID or industry=CODE")
    if kind not in _KINDS:
        raise CliError(f"there is no rule {kind}", USAGE, mend=f"one of {', '.join(_KINDS)}")
    if not why.strip():
        raise CliError("a rule needs a reason", USAGE, mend='--why "the brand launches today"')
    api = connect(context.obj)
    body: dict[str, Any] = {
        "subject": {"kind": about, "id": name},
        "kind": kind.replace("-", "_"),
        "value": value,
        "placement": placement,
        "starts": starts,
        "ends": ends,
        "why": why,
    }
    seen = api.post("/api/delivery/orders", body | {"dry": True, "look": look})
    if dry_run and as_json:
        words.print_json(seen)
        return
    if not as_json:
        _outlook(seen["outlook"])
        _conflicts(seen["conflicts"])
        if seen["judged"]:
            words.say(f"the estimate: {seen['judged']['kind'].replace('_', ' ')}; {seen['judged']['words'].get('en', '')}")
    if dry_run:
        words.say("nothing was changed")
        return
    made = api.post("/api/delivery/orders", body | {"override": override})
    if as_json:
        words.print_json(made)
    else:
        words.say(f"{made['order_id']}: {about} {name}, {_what(made)}, in {made['placement'] or 'all placements'}", stderr=False)


@command(rules_app, "withdraw")
def withdraw(
    context: typer.Context,
    order_id: Annotated[str, typer.Argument(help="A rule's id, as `list` shows it.", metavar="RULE")],
    why: Annotated[str, typer.Option(help="Kept in the audit trail.")] = "",
    look: Look = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """As if it had never been given. Again: nothing more happens."""
    if not why.strip():
        raise CliError("withdrawing a rule needs a reason", USAGE, mend='--why "the launch is over"')
    path = f"/api/delivery/orders/{segment(order_id)}/withdraw"
    found = connect(context.obj).post(path, {"why": why, "dry": dry_run, "look": look})
    if as_json:
        words.print_json(found)
    elif dry_run:
        _outlook(found)
        words.say("nothing was changed")
    else:
        words.say(f"{found['order_id']} was withdrawn by {found['withdrawn']['by']}", stderr=False)


def _what(order: dict[str, Any]) -> str:
    kind = str(order["kind"]).replace("_", " ")
    return kind if order["value"] is None else f"{kind} {order['value']:g}"


def _rule(rule: dict[str, Any]) -> str:
    usual = {"floor": 0, "cap": 1, "boost": 1, "priority": 1}
    said = ["hold"] if rule["hold"] else []
    return ", ".join(said + [f"{name} {rule[name]:g}" for name, value in usual.items() if rule[name] != value])


def _outlook(outlook: dict[str, Any]) -> None:
    rows = [[each["venue_id"], each["title"], f"{each['before']:.1%}", f"{each['after']:.1%}"] for each in outlook["moves"]]
    words.console().print(words.table(["id", "venue", "share of answers now", "then"], rows))
    basis = f"{outlook['impressions']} impressions of the last {outlook['hours']} hours"
    words.say(f"{outlook['placement']}: {outlook['moved']} of {outlook['venues']} venues move by a point or more, by {basis}")


def _conflicts(conflicts: list[dict[str, Any]]) -> None:
    for each in conflicts:
        words.say(f"{'! ' if each['new'] else '  '}{each['words']['en']}")
