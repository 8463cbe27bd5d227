"""`huichang budget` and `huichang limits`: what a campaign may spend, and how the models stand."""

from __future__ import annotations

import time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import segment
from infra.cli.errors import USAGE, CliError
from infra.cli.login import connect

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
NO_CAP = "none"


def terms(cap: str, rush: bool | None) -> dict[str, Any]:
    """What the API is sent: only what was asked for. CliError for a cap that is no amount."""
    asked: dict[str, Any] = {} if rush is None else {"rush": rush}
    if cap == NO_CAP:
        return asked | {"cap_usd": None}
    if cap:
        try:
            amount = Decimal(cap)
        except InvalidOperation as error:
            raise CliError(f"--cap {cap}: write an amount in USD such as 80, or {NO_CAP}", USAGE) from error
        asked["cap_usd"] = str(amount)
    return asked


def budget(
    context: typer.Context,
    campaign_id: Annotated[str, typer.Argument(help="A campaign's id, as `huichang campaigns` shows it.", metavar="CAMPAIGN")],
    cap: Annotated[str, typer.Option(help='A new cap in USD, or "none"; what had stopped at the old one goes on.')] = "",
    rush: Annotated[bool | None, typer.Option("--rush/--no-rush", help="Goes first where models are busy.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a campaign has spent and may spend; with --cap or --rush, change it."""
    api = connect(context.obj)
    path = f"/api/campaigns/{segment(campaign_id)}/budget"
    asked = terms(cap, rush)
    found = api.patch(path, asked) if asked else api.get(path)
    if as_json:
        words.print_json(found)
        return
    known = found["budget"]
    rows = [
        ["spent", _usd(known["spent_usd"])],
        ["held for calls under way", _usd(known["reserved_usd"])],
        ["perhaps billed", _usd(known["unclear_usd"])],
        ["cap", _usd(known["cap_usd"])],
        ["left", _usd(found["left_usd"])],
        ["goes first", "yes" if known["rush"] else "no"],
        *([day["day"], f"{_usd(day['totals']['cost_usd'])} in {day['totals']['calls']} calls"] for day in found["days"]),
    ]
    words.console().print(words.table(["", ""], rows))
    if found["resumed"]:
        words.say(f"{found['resumed']} go on where they stopped", stderr=False)
    elif known["reached_at"] or found["stopped"]:
        words.say(
            f"the cap is reached, {found['stopped']} venues have stopped; raise it: huichang budget {campaign_id} --cap AMOUNT",
            stderr=False,
        )


def limits(context: typer.Context, as_json: AsJson = False) -> None:
    """Quotas of the models, who waits for them, and models that are in trouble."""
    found = connect(context.obj).get("/api/limits")
    if as_json:
        words.print_json(found)
        return
    if not found["models"]:
        words.say("no model has a quota, and none is in trouble", stderr=False)
        return
    rows = [
        [each["model"], _quota(each["quota"]), f"{each['booked_seconds']:.1f} s", len(each["campaigns"]), _standing(each)]
        for each in found["models"]
    ]
    words.console().print(words.table(["model", "quota", "booked ahead", "campaigns", "circuit"], rows))


def _usd(amount: str | None) -> str:
    return NO_CAP if amount is None else f"${Decimal(amount):,.4f}"


def _quota(quota: dict[str, Any]) -> str:
    parts = [f"{quota[f'{name}_per_minute']:,} {name}/min" for name in ("requests", "tokens") if quota[f"{name}_per_minute"]]
    return ", ".join(parts) or "unlimited"


def _standing(each: dict[str, Any]) -> str:
    now = time.time()
    if each["circuit"] != "closed":
        return f"{each['circuit'].replace('_', ' ')}, tried again in {max(each['opens_at'] - now, 0):.0f} s: {each['why']}"
    if each["waits_until"] > now:
        return f"the provider asked to wait for {each['waits_until'] - now:.0f} s more"
    return "closed"
