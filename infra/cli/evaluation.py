"""`huichang eval …`: measurements on files, without a running Huichang."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from huichang.kernel.errors import HuichangError
from infra.cli import words
from infra.cli.errors import USAGE, CliError
from infra.cli.trends import Mapping, mapping_text, print_summary


def eval_trends(
    feed: Annotated[Path, typer.Option(help="CSV or JSONL, plain or .gz.")],
    mapping: Mapping = "",
    labels: Annotated[Path | None, typer.Option(help="CSV `title,label`: also compare with labels yes, no, sensitive.")] = None,
    today: Annotated[str, typer.Option(help="The day of the import, 2026-09-01; else today.")] = "",
    embeddings: Annotated[bool, typer.Option(help="Embed titles that no word sorts.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")] = False,
) -> None:
    """Run a whole feed through the import, offline: what is taken, rejected, dropped and why, merged, and how long it takes."""
    from infra.evaluation import trends

    try:
        day = date.fromisoformat(today) if today else date.today()
        result = trends.evaluate(feed, mapping_text(mapping), day, embed=embeddings, labels=labels)
    except HuichangError as error:
        raise CliError(f"{feed}: {error.message}", USAGE, mend=error.mend) from error
    except (OSError, ValueError) as error:
        raise CliError(f"{feed}: {error}", USAGE) from error
    if as_json:
        words.print_json(result)
        return
    rejected = ", ".join(f"{code} {count}" for code, count in result["rejected"].items()) or "none"
    words.say(f"{result['rows']} rows: {result['accepted']} accepted, rejected: {rejected}", stderr=False)
    words.say(f"{result['merged']} merged into others; {result['embedded']} titles embedded; {result['seconds']} s", stderr=False)
    print_summary(result)
    if result.get("labelled"):
        words.say(str(result["labelled"]), stderr=False)
