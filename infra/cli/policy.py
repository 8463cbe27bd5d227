"""`huichang policy …`: the gate on words and files, without a running Huichang; the brand rules of a running one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from huichang.kernel.language import Language, detect_language
from huichang.materials.policy import Passage, PolicyFinding, Sector, load_rules, the_gate
from infra.cli import words
from infra.cli.client import read_text
from infra.cli.declare import command
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.login import connect

policy_app = typer.Typer(help="What may be said on a page: check words, list the rules.", no_args_is_help=True)
MOST_BYTES = 5_000_000

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]


@command(policy_app, "check")
def check(
    text: Annotated[str, typer.Argument(help="The words, or a file of them (one text a line); - reads stdin.", metavar="TEXT|FILE")],
    sector: Annotated[str, typer.Option(help="medical, food, cosmetics, finance or education: its rules as well.")] = "",
    language: Annotated[str, typer.Option(help="The language to answer in: zh or en; else the text's own.")] = "",
    product: Annotated[bool, typer.Option("--product", help="The words are a merchant's about a product, not ours.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check words as the gate does before a page is staged. Exit code 1 where they may not be shown."""
    if sector and sector not in get_args(Sector):
        raise CliError(f"there is no sector {sector!r}", USAGE, mend=f"use {', '.join(get_args(Sector))}")
    if language and language not in get_args(Language):
        raise CliError(f"there is no language {language!r}", USAGE, mend="use zh or en")
    passages = [
        Passage(text=line, place=place, origin="product" if product else "ours", sector=cast(Sector, sector) if sector else None)
        for place, line in _lines(text)
    ]
    verdict = the_gate().check(passages)
    if as_json:
        words.print_json({"blocked": verdict.blocked, **verdict.model_dump(mode="json")})
    else:
        told = cast(Language, language) or detect_language(" ".join(passage.text for passage in passages)) or "en"
        for finding in verdict.findings:
            words.say(_line(finding, told), stderr=False)
        summary = {
            "zh": f"{len(passages)} 段文字，{len(verdict.findings)} 处问题，规则 {verdict.rules}",
            "en": f"{len(passages)} text{'' if len(passages) == 1 else 's'}, {len(verdict.findings)} findings, rules {verdict.rules}",
        }
        words.say(summary[told])
    if verdict.blocked:
        raise typer.Exit(FAILED)


@command(policy_app, "brands")
def brands(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="The whole new book as JSON, as this command prints it with --json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the brand rules of a running Huichang; with a FILE, replace them (operators)."""
    api = connect(context.obj)
    if file is None:
        book = api.get("/api/policy/brands")
    else:
        try:
            book = api.put("/api/policy/brands", json.loads(read_text(file)))
        except ValueError as error:
            raise CliError(f"{file} is no JSON: {error}", USAGE, mend="start from: huichang policy brands --json") from error
    if as_json:
        words.print_json(book)
        return
    rows = [
        [each["owner"], ", ".join(each["forbidden"]), ", ".join(each["competitors"]), ", ".join(each["colours"])] for each in book["brands"]
    ]
    words.console().print(words.table(["whose", "never used", "competitors", "colours"], rows))
    words.say(f"revision {book['revision']}")


@command(policy_app, "rules")
def rules(as_json: AsJson = False) -> None:
    """List the rules: id, severity, law, how many words and frames."""
    found: list[dict[str, Any]] = [rule.model_dump(mode="json") for rule in load_rules()]
    if as_json:
        words.print_json({"hash": the_gate().hash, "rules": found})
        return
    for rule in load_rules():
        words.say(f"{rule.id}  {rule.severity}  {len(rule.words)}+{len(rule.frames)}  {rule.law}", stderr=False)


def _lines(text: str) -> list[tuple[str, str]]:
    """(place, text) of each line of a file, or of the words themselves. Raises CliError for a file that cannot be read."""
    if text == "-":
        return _numbered("stdin", typer.get_text_stream("stdin").read(MOST_BYTES))
    path = Path(text)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # too long for a name, or a zero byte in it: words
        is_file = False
    if not is_file:
        return [("text", text)]
    if path.stat().st_size > MOST_BYTES:
        raise CliError(f"{path} is larger than {MOST_BYTES:,} bytes", USAGE, mend="cut it into pieces")
    try:
        return _numbered(path.name, path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CliError(f"{path} is no UTF-8 text (byte {error.start})", USAGE, mend="save it as UTF-8") from error
    except OSError as error:
        raise CliError(f"{path}: {error.strerror}", USAGE) from error


def _numbered(name: str, text: str) -> list[tuple[str, str]]:
    return [(f"{name}:{number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _line(finding: PolicyFinding, language: Language) -> str:
    mend = finding.mend[language] + (f" → {finding.instead}" if finding.instead else "")
    mark = {"zh": {"block": "拦截", "warn": "提醒"}, "en": {"block": "block", "warn": "warn"}}[language][finding.severity]
    return f"{mark}  {finding.said(language)}  [{finding.rule}, {finding.start}-{finding.end}]  {mend}"
