"""`huichang delivery`: a day counted again, shards, shops' keys. Speaks to the stack's stores with AWS credentials, not to the API."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from huichang.kernel.errors import HuichangError
from infra.cli import words
from infra.cli.declare import command
from infra.cli.errors import FAILED, UNREACHABLE, USAGE, CliError
from infra.cli.surroundings import Surroundings

delivery_app = typer.Typer(help="Buyers' events: counted again, spread wider, reported by shops.", no_args_is_help=True)

Stack = Annotated[str, typer.Option(help="The stack.")]
State = Annotated[Path | None, typer.Option(help="The folder of an embedded cloud; without it your AWS credentials and region.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
_SHOWN = 20


@command(delivery_app, "recount")
def recount(
    context: typer.Context,
    day: Annotated[str, typer.Option(help="A UTC day such as 2026-11-29.")],
    mend: Annotated[bool, typer.Option("--mend", help="Set what differs to what the log says; only windows that are closed.")] = False,
    stack: Stack = "huichang",
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Count a day again from the log of accepted events and compare. Ends with 1 if anything differs and was not mended."""
    from huichang.adapters.dynamodb.cells import DynamoCells, Shards
    from huichang.adapters.dynamodb.delivery import DynamoDelivery
    from huichang.adapters.dynamodb.placements import DynamoPlacements
    from huichang.adapters.dynamodb.table import Table
    from huichang.adapters.event_log import S3EventLog
    from huichang.adapters.results import StoredDays
    from huichang.adapters.s3 import Bucket
    from huichang.delivery.events.counting import CountEvents
    from huichang.delivery.events.recounting import Recount
    from huichang.kernel.clock import SystemClock, iso

    names = _resources(context.obj, stack, state)
    clock, table, log = SystemClock(), Table(names["StateTable"]), S3EventLog(Bucket(names["BodyBucket"]))
    cells = DynamoCells(table, Shards(table, clock), clock)
    counter = CountEvents(cells, log, DynamoDelivery(table, clock).live, clock)
    try:
        shelf = StoredDays(Bucket(names["BodyBucket"]), table, Shards(table, clock), clock)
        added = DynamoPlacements(table).ever
        recounting = Recount(cells, log, counter, clock, added, lambda placement, of: shelf.note_mended(placement, of, iso(clock.now())))
        found = recounting(day, mend=mend)
    except HuichangError as error:
        raise CliError(error.message, USAGE, mend=error.mend) from error
    left = [each for each in found.differences if not each.mended]
    if as_json:
        words.print_json(found.model_dump(mode="json"))
    else:
        words.say(f"{day}: {found.events} lines of the log, {found.cells} cells, {len(found.differences)} differ", stderr=False)
        if found.counted_late:
            words.say(f"{found.counted_late} events had been logged and not counted; they are now", stderr=False)
        if found.open_windows:
            words.say(f"still open, compared only: {found.open_windows[0]} to {found.open_windows[-1]}", stderr=False)
        rows = [
            [
                each.cell.window,
                each.cell.placement,
                each.cell.venue_id,
                each.cell.position,
                _told(each.stored),
                _told(each.counts),
                "mended" if each.mended else "",
            ]
            for each in found.differences[:_SHOWN]
        ]
        if rows:
            words.console().print(words.table(["window", "placement", "venue", "position", "stored", "by the log", ""], rows))
    if left:
        raise typer.Exit(FAILED)


@command(delivery_app, "shards")
def shards(
    context: typer.Context,
    placement: Annotated[str, typer.Argument(help="A placement's name.")],
    count: Annotated[int, typer.Argument(help="Over so many shards its counters are written from now on; never fewer than before.")],
    stack: Stack = "huichang",
    state: State = None,
) -> None:
    """Spread a placement's counters wider. One shard takes some 1,000 write units a second."""
    from huichang.adapters.dynamodb.cells import Shards
    from huichang.adapters.dynamodb.placements import DynamoPlacements
    from huichang.adapters.dynamodb.table import Table
    from huichang.delivery.placements.shipped import PLACEMENTS
    from huichang.kernel.clock import SystemClock

    table = Table(_resources(context.obj, stack, state)["StateTable"])
    try:
        if placement not in PLACEMENTS and DynamoPlacements(table).get(placement) is None:
            raise CliError(f"there is no placement {placement}", USAGE, mend="huichang placements list")
        Shards(table, SystemClock()).grow(placement, count)
    except HuichangError as error:
        raise CliError(error.message, USAGE, mend=error.mend) from error
    words.say(f"{placement}: {count} shards, in use within a minute", stderr=False)


@command(delivery_app, "shop-key")
def shop_key(
    context: typer.Context,
    shop: Annotated[str, typer.Argument(help="The shop's name: letters, digits, - and _.")],
    stack: Stack = "huichang",
    state: State = None,
) -> None:
    """Print what a shop's server signs its orders with (docs/delivery-events.md). Whoever has it can report orders for this shop."""
    from huichang.adapters.aws import secret
    from huichang.delivery.events.shops import shop_key as key_of

    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", shop):
        raise CliError(f"{shop} is no shop's name", USAGE, mend="letters, digits, - and _, at most 64")
    names = _resources(context.obj, stack, state)
    words.say(key_of(secret(names["ShopSecret"]), shop), stderr=False)


def _told(counts: Any) -> str:
    return " / ".join(str(number) for number in counts.model_dump().values())


def _resources(here: Surroundings, stack: str, state: Path | None) -> dict[str, str]:
    """Physical names by logical ones; the process's AWS calls go to the embedded cloud, if one was named."""
    if state is not None:
        folder = here.folder / state
        try:
            runtime = json.loads((folder / "runtime.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            mend = f"start it: python -m infra.local up --state {folder}"
            raise CliError(f"no embedded cloud runs in {folder}", UNREACHABLE, mend=mend) from error
        place = {"AWS_ENDPOINT_URL": runtime["aws"], "AWS_DEFAULT_REGION": runtime["region"]}
        os.environ.update(place | {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"})
        return dict(runtime["resources"])
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    make: Any = boto3.client
    try:
        pages = make("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        found = {each["LogicalResourceId"]: each["PhysicalResourceId"] for page in pages for each in page["StackResourceSummaries"]}
    except (BotoCoreError, ClientError) as error:
        mend = "check --stack, --state, or your AWS credentials"
        raise CliError(f"the stack {stack} cannot be read: {error}", UNREACHABLE, mend=mend) from error
    return found
