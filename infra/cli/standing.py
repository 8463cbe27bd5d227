"""`huichang delivery standing`, `restore`, `retire`, `freeze`, `thaw`, `refold`: which venues earn their place, and who was taken out."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import segment
from infra.cli.declare import command
from infra.cli.login import connect

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
PlacementName = Annotated[str, typer.Argument(help="A placement's name, for instance home.", metavar="PLACEMENT")]
VenueId = Annotated[str, typer.Argument(help="A venue's id.", metavar="VENUE")]
Why = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]


def declare(app: typer.Typer) -> None:
    """Add the commands to `huichang delivery`."""
    for name, act in (
        ("standing", standing),
        ("restore", restore),
        ("retire", retire),
        ("freeze", freeze),
        ("thaw", thaw),
        ("refold", refold),
    ):
        command(app, name)(act)


def standing(
    context: typer.Context,
    placement: PlacementName,
    attention: Annotated[str, typer.Option(help="Only these: weak_and_there, eliminated, overdue, promote, cannot_tell, keep.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Every venue's verdict against the placement's baseline, those that need attention first."""
    found = connect(context.obj).get(_path(placement), attention=attention, limit=limit)
    if as_json:
        words.print_json(found)
        return
    rows = [
        [each["venue_id"], each["title"], each["attention"].replace("_", " "), _bounds(each["row"]), _missing(each["row"]), _said(each)]
        for each in found["rows"]
    ]
    words.console().print(words.table(["id", "venue", "", "against baseline", "impressions missing", ""], rows))
    when = f"as of {found['judged_at']}" if found["judged_at"] else "not judged yet"
    words.say(f"{found['staying']} venues stay, the placement needs {found['slots']}; {when}", stderr=False)
    if found["frozen"]:
        words.say(f"frozen by {found['frozen']['by']}: {found['frozen']['why']}", stderr=False)
    if found["total"] > len(rows):
        words.say(f"{found['total'] - len(rows)} more; --limit", stderr=False)


def restore(context: typer.Context, placement: PlacementName, venue: VenueId, why: Why, as_json: AsJson = False) -> None:
    """Put a venue back that was taken out of a placement. Its evidence starts again with the next hour."""
    _decide(context, placement, venue, "restore", why, as_json)


def retire(context: typer.Context, placement: PlacementName, venue: VenueId, why: Why, as_json: AsJson = False) -> None:
    """Take a venue out of one placement by hand; its page stays live. (`huichang retire` takes the page down.)"""
    _decide(context, placement, venue, "retire", why, as_json)


def freeze(context: typer.Context, placement: PlacementName, why: Why, as_json: AsJson = False) -> None:
    """The system takes nobody out of the placement from now on; verdicts are still told."""
    _freeze(context, placement, why, True, as_json)


def thaw(context: typer.Context, placement: PlacementName, why: Why, as_json: AsJson = False) -> None:
    """The end of a freeze: who is proven weak leaves at the next look."""
    _freeze(context, placement, why, False, as_json)


def refold(
    context: typer.Context,
    placement: PlacementName,
    day: Annotated[str, typer.Option(help="A UTC day such as 2026-11-29.")],
    as_json: AsJson = False,
) -> None:
    """Read a day's counters into the evidence once more, for instance after `recount --mend`."""
    found = connect(context.obj).post(f"{_path(placement)}/refold", {"day": day})
    if as_json:
        words.print_json(found)
    else:
        words.say(f"{len(found['windows'])} windows of {placement} are read again at its next look, within minutes", stderr=False)


def _decide(context: typer.Context, placement: str, venue: str, what: str, why: str, as_json: bool) -> None:
    done = connect(context.obj).post(f"{_path(placement)}/{segment(venue)}/{what}", {"why": why})
    if as_json:
        words.print_json(done)
        return
    state, left = done["standing"]["state"], done["staying"]
    words.say(f"{venue} is {state} in {placement}; {left} venues stay for {done['slots']} places", stderr=False)
    if left < done["slots"]:
        words.say(f"fewer than it has places: {done['slots'] - left} stay empty in a full answer")


def _freeze(context: typer.Context, placement: str, why: str, frozen: bool, as_json: bool) -> None:
    done = connect(context.obj).put(f"{_path(placement)}/freeze", {"frozen": frozen, "why": why})
    if as_json:
        words.print_json(done)
    else:
        words.say(f"{placement} is {'frozen: the system takes nobody out' if frozen else 'judged again'}", stderr=False)


def _path(placement: str) -> str:
    return f"/api/placements/{segment(placement)}/standing"


def _bounds(row: dict[str, Any] | None) -> str:
    if not row or row["estimate"] is None:
        return "–"
    high = "∞" if row["high"] is None else f"{(row['high'] - 1) * 100:+.0f} %"
    return f"{(row['estimate'] - 1) * 100:+.0f} % ({(row['low'] - 1) * 100:+.0f} % to {high})"


def _missing(row: dict[str, Any] | None) -> str:
    return "–" if not row or row["missing"] is None else f"{row['missing']:,}"


def _said(each: dict[str, Any]) -> str:
    why, by = each["why"].get("en", ""), each["by"]
    return f"{each['words']['en']} ({by}: {why})" if why else str(each["words"]["en"])
