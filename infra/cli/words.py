"""What people read: tables and lines. Texts from elsewhere are shown as text: no markup, no terminal codes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.cli.errors import CliError

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
WIDE = 200
STATUS_COLOURS = {
    "published": "green",
    "approved": "green",
    "finished": "green",
    "done": "green",
    "in_review": "yellow",
    "failed": "red",
    "retired": "dim",
}
MARKS = {"done": ("●", "green"), "running": ("◐", "cyan"), "retrying": ("↻", "yellow"), "failed": ("✕", "red")}


def plain(value: object) -> str:
    """Text without terminal codes and direction overrides: a product title may hold anything."""
    return _CONTROL.sub("", str(value if value is not None else ""))


def console(*, stderr: bool = False) -> Console:
    """Results go to stdout, progress and errors to stderr. Not cut to 80 columns where nobody looks at a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else WIDE, highlight=False)


def say(text: str, *, stderr: bool = True) -> None:
    """One line."""
    console(stderr=stderr).print(Text(plain(text)), soft_wrap=True)


def print_json(value: Any) -> None:
    """The machine's answer, alone on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_error(error: CliError, as_json: bool) -> None:
    """Words on stderr; with --json the problem on stdout as well."""
    if as_json:
        print_json(error.as_json())
    out = console(stderr=True)
    out.print(Text.assemble(("✕ ", "red"), plain(error.message)), soft_wrap=True)
    for field in error.problem.get("errors", [])[1:]:
        out.print(Text(f"  {plain(field.get('where'))}: {plain(field.get('message'))}"), soft_wrap=True)
    if error.mend:
        out.print(Text(f"  → {plain(error.mend)}"), soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table; cells are text, or Text that we made."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_header=any(columns))
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column in ("id", "status", "when"))
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    return made


def status_text(status: str) -> Text:
    """A status in its colour."""
    return Text(plain(status), style=STATUS_COLOURS.get(status, ""))


def step_said(record: Mapping[str, Any]) -> str:
    """What a step says of itself: its error, else its note and the sentences it told."""
    if record.get("error"):
        return str(record["error"])
    return " · ".join(filter(None, (str(record.get("note", "")), *(said.get("en", "") for said in record.get("told", ())))))


def venue_name(venue: Mapping[str, Any]) -> str:
    """The theme's name."""
    return plain(venue.get("theme", {}).get("name") or venue["venue_id"])


def track(detail: Mapping[str, Any]) -> Text:
    """A venue's steps as marks, in the order of the line."""
    by_name = {record["step"]: record for record in detail["steps"]}
    text = Text()
    for name in detail["step_names"]:
        mark, colour = MARKS.get(by_name.get(name, {}).get("status", ""), ("○", "dim"))
        text.append(mark, style=colour)
    return text


def doing(detail: Mapping[str, Any]) -> str:
    """What a venue is doing, or why it stopped."""
    venue = detail["venue"]
    if venue["status"] == "failed":
        failure = venue.get("failure") or {}
        return plain(f"{failure.get('message', '')} {failure.get('mend', '')}".strip())
    if venue["status"] == "generating" and venue["materials_total"]:
        return f"materials {venue['materials_ready']}/{venue['materials_total']}"
    busy = [record["step"] for record in detail["steps"] if record["status"] in ("running", "retrying")]
    return ", ".join(busy)


def money(price: Mapping[str, Any]) -> str:
    """An amount with its currency."""
    return f"{price['amount']} {price['currency']}"


def reason_text(reason: Mapping[str, Any]) -> str:
    """Why a product is in the venue, in a line."""
    ranks = sorted(reason.get("ranks", {}).items(), key=lambda item: item[1])
    parts = [f"{path} #{rank}" for path, rank in ranks]
    parts += [f"meets {met}" for met in reason.get("conditions_met", ())]
    if reason.get("pinned_by"):
        parts.append(f"pinned by {reason['pinned_by']}")
    elif reason.get("edit"):
        parts.append(reason["edit"])
    if reason.get("subtheme"):
        parts.append(f"sub-theme {reason['subtheme']}")
    if reason.get("collapsed"):
        parts.append(f"{len(reason['collapsed'])} repeated offers left out")
    return plain(", ".join(parts))
