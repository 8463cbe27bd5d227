"""`huichang release`, `releases`, `release-plan`: a whole campaign at once. `rollback` and `retire` take a campaign's id as well."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import Api, segment
from infra.cli.errors import USAGE, CliError
from infra.cli.login import connect

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
CampaignId = Annotated[str, typer.Argument(help="A campaign's id, as `huichang campaigns` shows it.", metavar="CAMPAIGN")]
MOST_CALLS = 20
MARKS = {"new": "+", "replaced": "↻", "kept": "=", "taken_down": "−", "left_out": "·", "blocked": "✕"}


def is_campaign(given: str) -> bool:
    """Whether an id is a campaign's and not a venue's."""
    return given.startswith("c-")


def release(
    context: typer.Context,
    campaign_id: CampaignId,
    venue: Annotated[list[str] | None, typer.Option(help="Only this venue; may be repeated.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    leave_out_blocked: Annotated[bool, typer.Option("--leave-out-blocked", help="Release without what may not go live.")] = False,
    note: Annotated[str, typer.Option(help="Why; kept with the release.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put every approved page of a campaign live with one write: all of them or none."""
    asked = {"action": "release", "venues": venue or [], "leave_out_blocked": leave_out_blocked, "note": note}
    make(connect(context.obj), campaign_id, asked, dry_run, as_json)


def make(api: Api, campaign_id: str, asked: dict[str, Any], dry_run: bool, as_json: bool) -> None:
    """Look at what would change, show it, and do exactly that."""
    path = f"/api/campaigns/{segment(campaign_id)}/releases"
    seen = _patiently(api, path, asked | {"dry_run": True})
    if dry_run and as_json:
        words.print_json(seen)
        return
    if not as_json:
        rows = (
            [MARKS[each["effect"]], each["venue_id"], each["name"], each["effect"].replace("_", " "), _why(each)] for each in seen["venues"]
        )
        words.console().print(words.table(["", "id", "venue", "", ""], rows))
    if dry_run:
        words.say(f"{seen['changes']} would change, {seen['blocked']} stand in the way; nothing was changed")
        return
    made = _patiently(api, path, asked | {"expect": seen["number"]})
    if as_json:
        words.print_json(made)
    else:
        live = sum(bool(slot["version_id"]) for slot in made["slots"])
        words.say(f"release {made['number']}: {len(made['changed'])} venues changed, {live} are live", stderr=False)


def _patiently(api: Api, path: str, body: dict[str, Any]) -> Any:
    """POST; a campaign whose pages nobody has judged yet takes several calls, each of which goes on where the last one stopped."""
    for _ in range(MOST_CALLS):
        try:
            return api.post(path, body)
        except CliError as error:
            if error.problem.get("code") != "still_checking":
                raise
            words.say(error.message)
    return api.post(path, body)


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _why(each: dict[str, Any]) -> str:
    told = each["told"].get("en", "")
    todo = each["todo"].get("en", "")
    return f"{told} → {todo}" if todo else told


def releases(context: typer.Context, campaign_id: CampaignId, as_json: AsJson = False) -> None:
    """A campaign's releases, newest first; the first is what buyers see."""
    found = connect(context.obj).get(f"/api/campaigns/{segment(campaign_id)}/releases")
    if as_json:
        words.print_json(found)
        return
    rows = (
        [
            each["number"],
            each["at"],
            each["kind"] + (f" to {each['restores']}" if each["restores"] else ""),
            len(each["changed"]),
            sum(bool(slot["version_id"]) for slot in each["slots"]),
            each["by"],
            each["note"],
        ]
        for each in found["releases"]
    )
    words.console().print(words.table(["release", "when", "kind", "changed", "live", "by", ""], rows))


def plan(
    context: typer.Context,
    campaign_id: CampaignId,
    starts: Annotated[str, typer.Option(help='When it is released: "2026-12-12T00:00:00", or "never".')] = "",
    ends: Annotated[str, typer.Option(help='When it is retired, or "never".')] = "",
    timezone: Annotated[str, typer.Option(help="Whose clock that is.")] = "",
    leave_out: Annotated[bool | None, typer.Option("--leave-out/--wait", help="What one that may not go live does to the rest.")] = None,
    as_json: AsJson = False,
) -> None:
    """When a campaign is released and retired by itself; with --starts or --ends, plan it. Until then its approved pages wait."""
    api = connect(context.obj)
    path = f"/api/campaigns/{segment(campaign_id)}/release-plan"
    found = api.get(path)
    if starts or ends or timezone or leave_out is not None:
        now = found["plan"] or {}
        terms = {
            "starts_at": _time(starts, now.get("starts_at")),
            "ends_at": _time(ends, now.get("ends_at")),
            "timezone": timezone or now.get("timezone", "Asia/Shanghai"),
            "on_trouble": now.get("on_trouble", "wait") if leave_out is None else ("leave_out" if leave_out else "wait"),
            "revision": now.get("revision", 0),
        }
        found = api.put(path, terms)
    if as_json:
        words.print_json(found)
        return
    known = found["plan"]
    if not known:
        suggested = found["suggested"]
        days = f"; its own days: --starts {suggested['starts_at']} --ends {suggested['ends_at']}" if suggested else ""
        words.say(f"nothing is planned: pages go live when they are approved{days}", stderr=False)
        return
    for name, moment in (("starts_at", found["starts"]), ("ends_at", found["ends"])):
        at = f"{known[name]} {known['timezone']} ({moment})" if known[name] else "never by itself"
        words.say(f"{'released' if name == 'starts_at' else 'retired'}: {at}", stderr=False)
    if known["trouble"]:
        words.say(f"✕ {known['trouble']['en']}", stderr=False)


def _time(given: str, before: str | None) -> str | None:
    if not given:
        return before
    if given == "never":
        return None
    if len(given) not in (16, 19) or "T" not in given:
        raise CliError(f"{given} is no time", USAGE, mend="write it as 2026-12-12T00:00:00")
    return given if len(given) == 19 else f"{given}:00"
