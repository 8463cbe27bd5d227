"""`huichang approve`, `reject`, `publish`, `rollback`, `retire`: what people decide about a venue."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from infra.cli import releases, words
from infra.cli.client import Api, segment
from infra.cli.errors import FAILED, CliError
from infra.cli.login import connect
from infra.cli.surroundings import Surroundings
from infra.cli.watch import ENDED, follow_venue

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
VenueId = Annotated[str, typer.Argument(help="A venue's id, as `huichang venues` shows it.", metavar="VENUE")]
Note = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
Timeout = Annotated[float, typer.Option(help="Stop watching after this many seconds.", min=1)]
Version = Annotated[str, typer.Option(help="The version that was looked at; without it, the one staged now.")]


def approve(
    context: typer.Context,
    venue_id: VenueId,
    version: Version = "",
    note: Note = "",
    watch: Annotated[bool, typer.Option("--watch", help="Wait until it is published.")] = False,
    timeout: Timeout = 300.0,
    as_json: AsJson = False,
) -> None:
    """Approve the staged page; it is published."""
    here: Surroundings = context.obj
    api = connect(here)
    body = {"version_id": version or _staged(api, venue_id), "note": note}
    venue = api.post(f"/api/venues/{segment(venue_id)}/approve", body)
    if watch:
        venue = follow_venue(api, here, venue_id, resting=ENDED, seconds=timeout)["venue"]
    _decided(venue, as_json)
    if venue["status"] == "failed":
        raise typer.Exit(FAILED)


def reject(
    context: typer.Context,
    venue_id: VenueId,
    material: Annotated[list[str], typer.Option(help="A material to be made again; may be repeated.")],
    code: Annotated[str, typer.Option(help="wrong_facts, off_topic, ugly, too_long, tone, policy, duplicate or other.")],
    text: Annotated[str, typer.Option(help="What is wrong, in your words: later prompts carry them.")] = "",
    scope: Annotated[str, typer.Option(help="Where this holds from now on: component, venue, template, style, industry, everywhere.")] = "",
    never_say: Annotated[list[str] | None, typer.Option(help="A phrase that must not come again; may be repeated.")] = None,
    version: Version = "",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Send materials back; they are made again, and your reason lasts as a constraint."""
    api = connect(context.obj)
    more: dict[str, Any] = ({"scope": scope} if scope else {}) | ({"checks": {"never_say": never_say}} if never_say else {})
    materials = [{"material_id": name, "code": code, "text": text, **more} for name in material]
    body = {"version_id": version or _staged(api, venue_id), "materials": materials, "note": note}
    _decided(api.post(f"/api/venues/{segment(venue_id)}/reject", body), as_json)


def _staged(api: Api, venue_id: str) -> str:
    venue = api.get(f"/api/venues/{segment(venue_id)}")["venue"]
    if not venue["staged_version"]:
        raise CliError(f"{words.venue_name(venue)} is {venue['status']}: no page is staged yet", FAILED)
    return str(venue["staged_version"])


def publish(context: typer.Context, venue_id: VenueId, as_json: AsJson = False) -> None:
    """Publish the approved version again, for instance after it was retired."""
    _decided(connect(context.obj).post(f"/api/venues/{segment(venue_id)}/publish"), as_json)


def rollback(
    context: typer.Context,
    venue_id: Annotated[str, typer.Argument(help="A venue's id, or a campaign's: then all its venues at once.", metavar="VENUE|CAMPAIGN")],
    version: Annotated[str, typer.Option(help="Venue: an earlier version; without it, the one before.")] = "",
    to: Annotated[int, typer.Option(help="Campaign: the release to go back to; without it, the one before.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Make an earlier version live again, or an earlier release of a whole campaign."""
    if releases.is_campaign(venue_id):
        releases.make(connect(context.obj), venue_id, {"action": "rollback", "to": to}, False, as_json)
        return
    body = {"version_id": version} if version else {}
    _decided(connect(context.obj).post(f"/api/venues/{segment(venue_id)}/rollback", body), as_json)


def retire(context: typer.Context, venue_id: VenueId, as_json: AsJson = False) -> None:
    """Take a page down and out of delivery; with a campaign's id, all its pages at once."""
    if releases.is_campaign(venue_id):
        releases.make(connect(context.obj), venue_id, {"action": "retire"}, False, as_json)
        return
    _decided(connect(context.obj).post(f"/api/venues/{segment(venue_id)}/retire"), as_json)


def _decided(venue: dict[str, Any], as_json: bool) -> None:
    if as_json:
        words.print_json(venue)
        return
    line = Text.assemble(venue["venue_id"], "  ", words.venue_name(venue), "  ", words.status_text(venue["status"]))
    words.console().print(line)
