"""`huichang constraints …`: what reviewers rejected and what holds since, listed, written and retired."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.client import segment
from infra.cli.declare import command
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.login import connect

constraints_app = typer.Typer(help="Lasting constraints: what later prompts carry and later checks enforce.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
_PAGE = 100


@command(constraints_app, "list")
def listed(
    context: typer.Context,
    retired: Annotated[bool, typer.Option("--retired", help="Those that hold no more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Newest first, with what contradicts what."""
    api, cursor = connect(context.obj), ""
    found: list[dict[str, Any]] = []
    while True:
        page = api.get("/api/constraints", status="retired" if retired else "active", limit=_PAGE, cursor=cursor or None)
        found += page["constraints"]
        cursor = page["next"]
        if not cursor:
            break
    if as_json:
        words.print_json(found)
        return
    rows = []
    for each in found:
        constraint = each["constraint"]
        against = ", ".join(clash["other"] for clash in each["contradicts"])
        where = " ".join(
            part for part in (constraint["scope"]["level"], constraint["scope"]["value"], constraint["scope"]["component"]) if part
        )
        rows.append([constraint["constraint_id"], constraint["kind"], where, _said(constraint["said"]), constraint["created_by"], against])
    words.console().print(words.table(["id", "of", "where", "says", "by", "contradicts"], rows))


def _said(said: dict[str, Any]) -> str:
    checks = [f"{name} {_value(value)}" for name, value in said["checks"].items() if value not in (None, False, [], "")]
    return "; ".join(part for part in (said["text"], *checks) if part) or str(said["code"])


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is True else str(value)


@command(constraints_app, "add")
def add(
    context: typer.Context,
    scope: Annotated[str, typer.Option(help="everywhere, industry=CODE, style=ID, template=ID, venue=ID or component=VENUE/NAME.")],
    kind: Annotated[str, typer.Option(help="copy or image.")] = "copy",
    language: Annotated[str, typer.Option(help="zh or en; without it, both.")] = "",
    code: Annotated[str, typer.Option(help="wrong_facts, off_topic, ugly, too_long, tone, policy, duplicate or other.")] = "other",
    text: Annotated[str, typer.Option(help="What should be different, in your words.")] = "",
    never_say: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    must_say: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    max_chars: Annotated[int | None, typer.Option(min=1)] = None,
    min_light: Annotated[float | None, typer.Option(min=0, max=1, help="Mean lightness of a picture, 0 (black) to 1.")] = None,
    max_light: Annotated[float | None, typer.Option(min=0, max=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Write one without a rejection. One that contradicts another is refused, with both named."""
    wanted = {"never_say": never_say, "must_say": must_say, "max_chars": max_chars, "min_light": min_light, "max_light": max_light}
    body = {
        "kind": kind,
        "scope": _scope(scope),
        "code": code,
        "text": text,
        "checks": {name: value for name, value in wanted.items() if value is not None},
    }
    found = connect(context.obj).post("/api/constraints", body | ({"language": language} if language else {}))
    _told(found, as_json)


def _scope(text: str) -> dict[str, str]:
    level, _, value = text.partition("=")
    if level == "everywhere" and not value:
        return {"level": level}
    if level not in ("industry", "style", "template", "venue", "component") or not value:
        mend = "everywhere, industry=CODE, style=ID, template=ID, venue=ID or component=VENUE/NAME"
        raise CliError(f"--scope {text}: that is no scope", USAGE, mend=mend)
    venue, _, component = value.partition("/")
    return {"level": level, "value": venue, "component": component} if level == "component" else {"level": level, "value": value}


@command(constraints_app, "retire")
def retire(
    context: typer.Context,
    constraint_id: Annotated[str, typer.Argument(metavar="CONSTRAINT")],
    bring_back: Annotated[bool, typer.Option("--bring-back", help="Let a retired one hold again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Nothing that is made from now on carries or checks it."""
    api, cursor = connect(context.obj), ""
    while True:
        page = api.get("/api/constraints", limit=_PAGE, cursor=cursor or None)
        known = next((each["constraint"] for each in page["constraints"] if each["constraint"]["constraint_id"] == constraint_id), None)
        cursor = page["next"]
        if known or not cursor:
            break
    if known is None:
        raise CliError(f"there is no constraint {constraint_id}", FAILED, mend="huichang constraints list")
    body = {"revision": known["revision"], "status": "active" if bring_back else "retired"}
    _told(api.put(f"/api/constraints/{segment(constraint_id)}", body), as_json)


def _told(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        words.print_json(found)
        return
    constraint = found["constraint"]
    words.say(f"{constraint['constraint_id']} is {constraint['status']}: {_said(constraint['said'])}", stderr=False)
    for clash in found["contradicts"]:
        words.say(f"! {clash['message']['en']} → {clash['mend']['en']}", stderr=False)
