"""`huichang redrive`: what lies in the dead-letter queues, and back with it once its cause is mended. Speaks to SQS, not to the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.errors import UNREACHABLE, USAGE, CliError
from infra.cli.surroundings import Surroundings

_LOOKED_AT = 3
_SHOWN = 160


@dataclass(frozen=True)
class DeadLetters:
    """A dead-letter queue and the queue that it serves, by name and address."""

    name: str
    url: str
    source: str
    source_url: str
    waiting: int


def redrive(
    context: typer.Context,
    queue: Annotated[str, typer.Argument(help='Part of the name of the queues to redrive, or "all"; without it they are shown.')] = "",
    stack: Annotated[str, typer.Option(help="The stack whose queues these are.")] = "huichang",
    state: Annotated[Path | None, typer.Option(help="The folder of an embedded cloud; without it your AWS credentials and region.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")] = False,
) -> None:
    """Show dead letters, or put them back on the queues they came from. Every consumer takes repeats.

    Mend the cause first: what fails again comes back. A material that has failed is not revived by its message: save its venue's edits.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    here: Surroundings = context.obj
    try:
        sqs = _sqs(here.folder / state if state else None)
        found = list(dead_letters(sqs, stack))
        if not found:
            raise CliError(f"no queue of the stack {stack} has dead letters to keep", USAGE, mend="check --stack, --state and your region")
        if not queue:
            _show(sqs, found, as_json)
            return
        chosen = [each for each in found if queue == "all" or queue.lower() in each.source.lower()]
        if not chosen:
            raise CliError(f"no queue is named {queue}", USAGE, mend=f"one of {', '.join(each.source for each in found)}, or all")
        moved = {each.source: move(sqs, each) for each in chosen}
    except (BotoCoreError, ClientError) as error:
        raise CliError(f"the queues cannot be reached: {error}", UNREACHABLE, mend="check --state, or your AWS credentials") from error
    if as_json:
        words.print_json({"moved": moved})
        return
    for name, count in moved.items():
        words.say(f"{count} back on {name}", stderr=False)


def dead_letters(sqs: Any, stack: str) -> Iterator[DeadLetters]:
    """Every queue of the stack that has a dead-letter queue, as SQS itself says it."""
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{stack}-")
    urls = {url.rsplit("/", 1)[-1]: url for page in pages for url in page.get("QueueUrls", [])}
    for name, url in sorted(urls.items()):
        policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {}).get("RedrivePolicy")
        target = json.loads(policy)["deadLetterTargetArn"].rsplit(":", 1)[-1] if policy else ""
        if target in urls:
            asked = sqs.get_queue_attributes(QueueUrl=urls[target], AttributeNames=["ApproximateNumberOfMessages"])
            waiting = int(asked["Attributes"]["ApproximateNumberOfMessages"])
            yield DeadLetters(name=target, url=urls[target], source=name, source_url=url, waiting=waiting)


def move(sqs: Any, letters: DeadLetters) -> int:
    """Everything that lies there now, back to where it came from. Sent before it is deleted: whoever is killed between repeats."""
    moved = 0
    while messages := _taken(sqs, letters.url, 10):
        for message in messages:
            sqs.send_message(QueueUrl=letters.source_url, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=letters.url, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
        if moved >= max(letters.waiting, 1) + 100:
            break  # it fills as fast as it is emptied: the cause is not mended
    return moved


def _taken(sqs: Any, url: str, most: int, seconds: int = 60) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, VisibilityTimeout=seconds).get("Messages", [])
    return found


def _show(sqs: Any, found: list[DeadLetters], as_json: bool) -> None:
    samples = {each.source: [message["Body"] for message in _taken(sqs, each.url, _LOOKED_AT, 0)] if each.waiting else [] for each in found}
    if as_json:
        words.print_json({"queues": [{"queue": each.source, "dead": each.waiting, "samples": samples[each.source]} for each in found]})
        return
    rows = [[each.source, each.waiting, "\n".join(body[:_SHOWN] for body in samples[each.source])] for each in found]
    words.console().print(words.table(["queue", "dead letters", "some of them"], rows))


def _sqs(state: Path | None) -> Any:
    import boto3

    make: Any = boto3.client
    if state is None:
        return make("sqs")
    try:
        runtime = json.loads((state / "runtime.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CliError(
            f"no embedded cloud runs in {state}", UNREACHABLE, mend=f"start it: python -m infra.local up --state {state}"
        ) from error
    key = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return make("sqs", endpoint_url=runtime["aws"], region_name=runtime["region"], **key)
