"""`huichang trends …` and `huichang calendar`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import read_text
from infra.cli.errors import USAGE, CliError
from infra.cli.login import connect
from infra.cli.uploads import send_trends

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
Mapping = Annotated[str, typer.Option(help="A YAML file that says what the feed's columns are, or the name of one of ours: weibo.")]
REJECTS_SHOWN = 20


def mapping_text(mapping: str) -> str:
    """The YAML of a file, or a name as it stands. Raises CliError (2)."""
    return read_text(Path(mapping)) if mapping.endswith((".yaml", ".yml")) else mapping


def import_trends(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a header, or JSONL; plain or .gz.")],
    mapping: Mapping = "",
    rejects: Annotated[Path | None, typer.Option(help="Where to write the rejected rows, as JSONL; else the first are printed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a trend feed; a bad row is reported and stops no other."""
    report = send_trends(connect(context.obj), file, mapping_text(mapping))
    if rejects is not None:
        _write(rejects, report["rejected"])
    if as_json:
        words.print_json(report)
        return
    dropped = sum(report["dropped"].values())
    counts = f"{report['accepted']} trends taken ({report['changed']} new or changed), {len(report['rejected'])} rejected"
    words.say(f"{counts}; nothing can be promoted on {dropped} of them", stderr=False)
    for code, count in report["dropped"].items():
        words.say(f"  {count:>7} {code}", stderr=False)
    if report["unsorted"]:
        words.say(f"{report['unsorted']} wait for an embedding: look again in some minutes (huichang trends report)", stderr=False)
    for item in report["rejected"][: 0 if rejects else REJECTS_SHOWN]:
        words.say(f"  line {item['line']}: {item['reason']}", stderr=False)
    if rejects:
        words.say(f"rejected rows are in {rejects}", stderr=False)
    elif len(report["rejected"]) > REJECTS_SHOWN:
        words.say(f"  … and {len(report['rejected']) - REJECTS_SHOWN} more: write them down with --rejects FILE", stderr=False)


def _write(target: Path, rejected: list[dict[str, Any]]) -> None:
    try:
        with target.open("w", encoding="utf-8") as sink:
            sink.writelines(json.dumps(item, ensure_ascii=False) + "\n" for item in rejected)
    except OSError as error:
        raise CliError(f"{target} cannot be written: {error.strerror}", USAGE) from error


def list_trends(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="So many of the warmest.", min=1, max=2000)] = 500,
    as_json: AsJson = False,
) -> None:
    """What can be promoted, warmest first; near-duplicates are one."""
    found = connect(context.obj).get("/api/trends", limit=limit)
    if as_json:
        words.print_json(found)
        return
    rows = (
        [f"{t['warmth']:.2f}", t["kind"], t["industry"] or "", t["title"], len(t["members"]) or "", t["source"], t["observed_on"]]
        for t in found["trends"]
    )
    words.console().print(words.table(["warmth", "kind", "industry", "title", "alike", "source", "observed"], rows))


def report_trends(context: typer.Context, as_json: AsJson = False) -> None:
    """How many trends can be promoted, and why the others cannot."""
    found = connect(context.obj).get("/api/trends/report")
    if as_json:
        words.print_json(found)
    else:
        print_summary(found)


def print_summary(found: dict[str, Any]) -> None:
    """A TrendSummary as tables."""
    words.say(f"{found['trends']} trends: {found['commercial']} can be promoted, {found['dropped']} cannot", stderr=False)
    for name in ("by_kind", "by_industry", "sorted_by"):
        listed = ", ".join(f"{key or 'none'} {count}" for key, count in found[name].items())
        words.say(f"  {name.replace('_', ' ')}: {listed or 'none'}", stderr=False)
    rows = (
        [item["count"], item["code"], f"{item['name']['zh']} · {item['name']['en']}", " / ".join(item["examples"][:3])]
        for item in found["dropped_for"]
    )
    words.console().print(words.table(["dropped", "reason", "", "hottest"], rows))


def calendar(
    context: typer.Context,
    days: Annotated[int, typer.Option(help="How far to look ahead.", min=1, max=180)] = 60,
    language: Annotated[str, typer.Option(help="zh or en: the language of themes and sentences.")] = "zh",
    catalogue: Annotated[str | None, typer.Option(help="Only goods of this catalogue.")] = None,
    as_json: AsJson = False,
) -> None:
    """What is coming, and which themes have stock for it."""
    found = connect(context.obj).get("/api/calendar", days=days, language=language, catalogue=catalogue)
    if as_json:
        words.print_json(found)
        return
    for festival in found["upcoming"]:
        words.say(calendar_line(festival, language), stderr=False)
        for theme in festival["themes"]:
            more = "+" if theme["at_least"] else ""
            words.say(
                f"    {theme['name']}: {theme['products']}{more}   huichang create {json.dumps(theme['sentence'], ensure_ascii=False)}",
                stderr=False,
            )
        plan = festival["schedule"]
        if plan:
            sentence = json.dumps(plan["sentence"], ensure_ascii=False)
            words.say(
                f"    → huichang schedules create {plan['name']} {sentence} --at {plan['at']} --venues {plan['venues']}", stderr=False
            )


def calendar_line(festival: dict[str, Any], language: str) -> str:
    """中秋节 in 21 days (2026-09-25): 12 themes have stock."""
    name, days, count = festival["name"].get(language) or festival["name"]["en"], festival["days_left"], len(festival["themes"])
    about = "±1" if festival["about"] else ""
    head = f"{name} in {days} days ({festival['on']}{about})"
    if not festival["promote"]:
        return f"{head}: a day of mourning or remembrance, promote nothing"
    if not festival["in_season"]:
        return f"{head}: merchants stock up from {festival['stock_up_on']}"
    short = f"; short of {', '.join(festival['short_of'])}" if festival["short_of"] else ""
    return f"{head}: {count} themes have stock{short}" if count != 1 else f"{head}: 1 theme has stock{short}"
