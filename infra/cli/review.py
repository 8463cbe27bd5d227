"""`huichang pace` and `huichang unreviewed`: how long people look at a venue, and campaigns that publish without them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import segment
from infra.cli.login import connect

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]


def pace(
    context: typer.Context,
    days: Annotated[int, typer.Option(help="Of the last days, today included.", min=1, max=31)] = 7,
    campaign: Annotated[str, typer.Option(help="Only of this campaign.")] = "",
    as_json: AsJson = False,
) -> None:
    """Median time from seeing a venue to deciding about it: of all, of each campaign, of each reviewer."""
    found = connect(context.obj).get("/api/review/pace", days=days, campaign_id=campaign or None)
    if as_json:
        words.print_json(found)
        return
    rows = [["all", *_figures(found["total"])]]
    rows += [[f"campaign {each['campaign_id']}", *_figures(each)] for each in found["campaigns"]]
    rows += [[f"reviewer {each['reviewer']}", *_figures(each)] for each in found["reviewers"]]
    words.console().print(words.table(["", "median", "timed", "approved", "sent back"], rows))
    words.say(f"looks of more than {found['idle_seconds']:.0f} s count as decisions without a time")


def _figures(each: dict[str, Any]) -> list[Any]:
    median = each["median_seconds"]
    return ["-" if median is None else f"{median:.1f} s", each["measured"], each["approved"], each["rejected"]]


def unreviewed(
    context: typer.Context,
    campaign_id: Annotated[str, typer.Argument(help="A campaign's id, as `huichang campaigns` shows it.", metavar="CAMPAIGN")],
    allow: Annotated[bool, typer.Option("--allow/--refuse", help="Whether its pages may go live without a review. Admins only.")],
    as_json: AsJson = False,
) -> None:
    """Let a campaign's pages go live unseen, or ask for reviews again. Such a page says so, and the audit trail who set it."""
    campaign = connect(context.obj).patch(f"/api/campaigns/{segment(campaign_id)}/review", {"unreviewed_pictures": allow})
    if as_json:
        words.print_json(campaign)
    elif campaign["unreviewed_pictures"]:
        words.say(f"pages of {campaign_id} made from now on go live without a review, and say so", stderr=False)
    else:
        words.say(f"every page of {campaign_id} waits for a review", stderr=False)
