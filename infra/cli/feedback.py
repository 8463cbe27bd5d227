"""`huichang feedback export`: what reviewers rejected and accepted, as JSON Lines for preference tuning."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import Api
from infra.cli.declare import command
from infra.cli.errors import USAGE, CliError
from infra.cli.login import connect

feedback_app = typer.Typer(help="What the model platform learns from: rejections and acceptances.", no_args_is_help=True)
_FORMATS = ("plain", "chat", "dpo")
_PAGE = 100


@command(feedback_app, "export")
def export(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="A file; without it, standard output.")] = None,
    kind: Annotated[str, typer.Option(help="copy or image; without it, both.")] = "",
    form: Annotated[
        str,
        typer.Option("--format", help="plain: all fields. dpo: prompt, chosen, rejected. chat: OpenAI's preference format (copy only)."),
    ] = "plain",
    everything: Annotated[bool, typer.Option("--all", help="Also what was never accepted and what no model wrote (plain only).")] = False,
) -> None:
    """One line for each pair (prompt, rejected, accepted, reason), newest first. Reviewers and admins may."""
    if form not in _FORMATS:
        raise CliError(f"--format {form}: one of {', '.join(_FORMATS)}", USAGE)
    if kind not in ("", "copy", "image"):
        raise CliError(f'--kind {kind}: write "copy" or "image"', USAGE)
    if everything and form != "plain":
        raise CliError("--all: what was never accepted is no pair; only --format plain can hold it", USAGE)
    wanted = "copy" if form == "chat" else kind
    api = connect(context.obj)
    lines = [line for line in _entries(api, pairs=not everything) if wanted in ("", line["kind"])]
    text = "".join(json.dumps(_as(form, line), ensure_ascii=False) + "\n" for line in lines)
    if out is None:
        sys.stdout.write(text)
        return
    # Whole or not at all: a training run must not read half a file.
    partial = out.with_name(out.name + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(out)
    words.say(f"{len(lines)} lines in {out}")


def _entries(api: Api, *, pairs: bool) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = api.get("/api/feedback", cursor=cursor or None, limit=_PAGE, pairs="true" if pairs else None)
        yield from page["entries"]
        cursor = page["next"]
        if not cursor:
            return


def _as(form: str, line: dict[str, Any]) -> dict[str, Any]:
    if form == "plain":
        return line
    rejected, accepted = (_said(line[side]) for side in ("rejected", "accepted"))
    if form == "dpo":
        return {"prompt": line["prompt"], "chosen": accepted, "rejected": rejected, "reason": line["reason"]}

    def turn(words_said: str) -> list[dict[str, str]]:
        return [{"role": "assistant", "content": words_said}]

    return {
        "input": {"messages": line["prompt"], "tools": [], "parallel_tool_calls": True},
        "preferred_output": turn(accepted),
        "non_preferred_output": turn(rejected),
    }


def _said(side: Any) -> str:
    """A side as the model would have answered it: the schema of prompts/write_copy, or a picture's key."""
    if isinstance(side, str):
        return side
    return json.dumps({"texts": [{"slot": slot, "text": text} for slot, text in side.items()]}, ensure_ascii=False)
