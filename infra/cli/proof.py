"""`huichang replay`, `huichang why VENUE`, `huichang proof`: a released page rebuilt from its manifest, and what it is made of."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from huichang.line.proof.model import ReleaseManifest
from infra.cli import words
from infra.cli.client import segment
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.login import connect

VenueId = Annotated[str, typer.Argument(help="A venue's id, as `huichang venues` shows it.", metavar="VENUE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
Version = Annotated[str, typer.Option("--version", help="A version that was live; without it, the one that is.")]
InLanguage = Annotated[str, typer.Option("--language", help="zh or en.")]
MARKS = {"missing": "missing", "changed": "changed", "other": "newer", "failed": "failed"}


def replay(
    context: typer.Context,
    venue_id: VenueId,
    version: Version = "",
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Rebuild a released page from its manifest; exit 1 where the same page does not come of it, or an input was changed."""
    check_language(language)
    found = connect(context.obj).get(f"/api/venues/{segment(venue_id)}/replay", version=version or None)
    if as_json:
        words.print_json(found)
    else:
        _print_replay(found, language)
    if not found["proved"]:
        raise typer.Exit(FAILED)


def _print_replay(found: dict[str, Any], language: str) -> None:
    words.say(f"version   {found['version_id']}", stderr=False)
    words.say(f"rebuilt   {found['rebuilt'] or '–'}", stderr=False)
    words.say(f"manifest  {found['manifest_sha256'] or '–'}", stderr=False)
    words.say(f"checked   {found['checked']} hashes", stderr=False)
    for finding in found["findings"]:
        words.say(f"  {MARKS[finding['state']]:8} {finding['name']}: {finding['text'][language]}", stderr=False)
    if found["proved"]:
        words.say("proved: the same inputs give the identical page", stderr=False)
    elif found["identical"]:
        words.say("not proved: the page is identical, but what is named above is not as it was released", stderr=False)
    else:
        words.say("not proved: another page comes of it", stderr=False)


def proof(
    context: typer.Context,
    venue_id: Annotated[str, typer.Argument(help="A venue's id, as `huichang venues` shows it.", metavar="VENUE")] = "",
    version: Version = "",
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of manifests instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """The manifest of a release: theme evidence, goods and reasons, template, prompts, models, costs, checks, reviewers, hashes."""
    if schema:
        words.print_json(ReleaseManifest.model_json_schema(mode="serialization"))
        return
    if not venue_id:
        raise CliError("name a venue", USAGE, mend="huichang proof VENUE, or huichang proof --schema")
    found = connect(context.obj).get(f"/api/venues/{segment(venue_id)}/proof", version=version or None)
    if as_json:
        words.print_json(found)
        return
    print_why(found["why"], "en")


def why_venue(context: typer.Context, venue_id: str, language: str, as_json: bool) -> None:
    """Why a venue's page is as it is."""
    found = connect(context.obj).get(f"/api/venues/{segment(venue_id)}/why")
    if as_json:
        words.print_json(found)
    else:
        print_why(found, language)


def print_why(found: dict[str, Any], language: str) -> None:
    """What is told, one line each."""
    state = "live" if found["live"] else "staged"
    words.say(f"version {found['version_id']} ({state})", stderr=False)
    for told in found["told"]:
        words.say(f"  {told['about']}: {told['text'][language]}", stderr=False)
    if found["manifest_sha256"]:
        words.say(f"  manifest {found['manifest_sha256']}", stderr=False)


def check_language(language: str) -> None:
    """Raises CliError for one that the product does not speak."""
    if language not in ("zh", "en"):
        raise CliError(f'--language {language}: write "zh" or "en"', USAGE)
