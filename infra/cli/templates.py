"""`huichang templates …`: page templates listed, checked, uploaded, published, tagged, deprecated; venues moved to a version."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any

import typer

from huichang.pages.packages.archive import MAX_ZIP, Found, read_folder, read_zip, write_zip
from huichang.pages.packages.checking import checked
from huichang.pages.packages.model import TemplatePackageError
from infra.cli import words
from infra.cli.client import Api, segment
from infra.cli.declare import command
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.login import connect

templates_app = typer.Typer(help="Page templates: check a package, upload and publish it, move venues to it.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
Package = Annotated[Path, typer.Argument(help="The package's folder, or its .zip.", metavar="FOLDER|ZIP")]
TemplateId = Annotated[str, typer.Argument(help="The template's id.", metavar="TEMPLATE")]
Version = Annotated[int, typer.Option("--version", help="Which version.", min=1)]


@command(templates_app, "list")
def list_templates(context: typer.Context, as_json: AsJson = False) -> None:
    """List every version there is; ✓ marks those that matching may choose."""
    shown = connect(context.obj).get("/api/templates")
    if as_json:
        words.print_json(shown)
        return
    rows = [
        [
            "✓" if shown["chosen"].get(each["template_id"]) == each["version"] and each["state"] == "published" else "",
            each["template_id"],
            each["version"],
            each["manifest"]["name"].get("zh", ""),
            each["manifest"]["name"].get("en", ""),
            "ships" if each["builtin"] else each["state"],
            ", ".join(each["tags"]),
        ]
        for each in shown["templates"]
    ]
    words.console().print(words.table(["", "id", "version", "zh", "en", "state", "tags"], rows))


@command(templates_app, "check")
def check(
    package: Package,
    browser: Annotated[bool, typer.Option("--browser", help="Also look at its sample in a browser here, phone and desktop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a package as an upload does, on this machine. Exit code 1 where it cannot be used; every problem is told."""
    found = _read(package)
    try:
        good = checked(found)
    except TemplatePackageError as error:
        problems = [problem.model_dump() for problem in error.problems]
        if as_json:
            words.print_json({"usable": False, "problems": problems})
        else:
            _print_problems(problems)
        raise typer.Exit(FAILED) from error
    manifest = good.manifest
    result: dict[str, Any] = {"usable": True, "template_id": manifest.id, "version": manifest.version, "package": good.hash}
    if browser:
        result |= _looked_at(good)
    if as_json:
        words.print_json(result)
    else:
        words.say(f"✓ {manifest.id} v{manifest.version} can be used", stderr=False)
        if browser:
            words.say(f"  browser: {result['pixels'].replace('_', ' ')} {result['pixels_note']}", stderr=False)
            for finding in result["findings"]:
                words.say(f"  {finding['severity']} {finding['place']}: {finding['message']}", stderr=False)
    if result.get("pixels") == "failed":
        raise typer.Exit(FAILED)


@command(templates_app, "upload")
def upload(
    context: typer.Context,
    package: Package,
    publish_it: Annotated[bool, typer.Option("--publish", help="Publish it at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Upload a package as a draft (designers). Its content never changes after that; the next one needs a higher version."""
    data = package.read_bytes() if package.is_file() else write_zip(_folder(package))
    if len(data) > MAX_ZIP:
        raise CliError(f"the ZIP has {len(data)} bytes; at most {MAX_ZIP} are allowed", USAGE, mend="keep only the package's text files")
    api = connect(context.obj)
    try:
        record = api.post("/api/templates", {"package": base64.b64encode(data).decode()})
    except CliError as error:
        if error.problem.get("problems") and not as_json:
            _print_problems(error.problem["problems"])
        raise
    if publish_it:
        record = _post(api, record["template_id"], "publish", {"version": record["version"]})
    _said(record, as_json)


@command(templates_app, "publish")
def publish(context: typer.Context, template_id: TemplateId, version: Version, as_json: AsJson = False) -> None:
    """Let matching choose a version (designers)."""
    _said(_post(connect(context.obj), template_id, "publish", {"version": version}), as_json)


@command(templates_app, "deprecate")
def deprecate(context: typer.Context, template_id: TemplateId, version: Version, as_json: AsJson = False) -> None:
    """Let matching choose a version no longer (designers); venues that have it keep it."""
    _said(_post(connect(context.obj), template_id, "deprecate", {"version": version}), as_json)


@command(templates_app, "tag")
def tag(
    context: typer.Context,
    versions: Annotated[list[str], typer.Argument(help="TEMPLATE@VERSION, as many as there are.", metavar="TEMPLATE@VERSION …")],
    add: Annotated[list[str] | None, typer.Option(help="A tag to add; again for more.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A tag to remove; again for more.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tag many versions at once (designers)."""
    body = {"versions": [_version(each) for each in versions], "add": add or [], "remove": remove or []}
    done = connect(context.obj).post("/api/templates/tag", body)
    if as_json:
        words.print_json(done)
        return
    for record in done["templates"]:
        words.say(f"{record['template_id']}@{record['version']}: {', '.join(record['tags']) or 'no tags'}", stderr=False)


@command(templates_app, "preview")
def preview(
    context: typer.Context,
    template_id: TemplateId,
    version: Annotated[int | None, typer.Option("--version", help="Which version; else the published one.", min=1)] = None,
    venue: Annotated[str, typer.Option(help="A venue's id: its page in this template; else the sample.")] = "",
    language: Annotated[str | None, typer.Option(help="The sample in zh or en.")] = None,
    as_json: AsJson = False,
) -> None:
    """An address to look at a template, for fifteen minutes."""
    api = connect(context.obj)
    wanted = {"version": version, "venue_id": venue, "language": language}
    link = _post(api, template_id, "preview", {name: value for name, value in wanted.items() if value})
    link["url"] = api.url + link["url"] if link["url"].startswith("/") else link["url"]
    if as_json:
        words.print_json(link)
    else:
        words.say(link["url"], stderr=False)


@command(templates_app, "migrate")
def migrate(
    context: typer.Context,
    template_id: TemplateId,
    venues: Annotated[list[str], typer.Argument(help="Ids of venues.", metavar="VENUE …")],
    version: Version,
    go: Annotated[bool, typer.Option("--go", help="Do it; without it only say what would change.")] = False,
    accept_losses: Annotated[bool, typer.Option("--accept-losses", help="Also where people's work would be lost.")] = False,
    as_json: AsJson = False,
) -> None:
    """Move venues to a version (operators): what changes and what would be lost is told; --go does it."""
    body = {"version": version, "venue_ids": venues, "dry_run": not go, "accept_losses": accept_losses}
    done = _post(connect(context.obj), template_id, "migrate", body)
    if as_json:
        words.print_json(done)
        return
    for move in done["venues"]:
        kept = (move["refused"] or move["failed"]).get("en")
        state = kept or ("moved: its page is built again" if move["moved"] else "would be moved")
        words.say(f"{move['venue_id']} {move['name']}: {state}", stderr=False)
        for change in (move["diff"] or {"changes": []})["changes"]:
            was = f" ({change['before']} → {change['after']})" if change["before"] else f" ({change['after']})" if change["after"] else ""
            words.say(f"    {change['what']} {change['name']} {change['how']}{was}", stderr=False)
        for loss in move["losses"]:
            words.say(f"  ✕ lost: {loss['said']['en']}", stderr=False)
    if not go:
        words.say("nothing was changed; --go does it")


def _post(api: Api, template_id: str, what: str, body: dict[str, Any]) -> Any:
    return api.post(f"/api/templates/{segment(template_id)}/{what}", body)


def _said(record: dict[str, Any], as_json: bool) -> None:
    if as_json:
        words.print_json(record)
    else:
        words.say(f"{record['template_id']} v{record['version']} is {record['state']}", stderr=False)


def _version(text: str) -> dict[str, Any]:
    template_id, _, version = text.rpartition("@")
    if not template_id or not version.isdigit():
        raise CliError(f"{text!r} is no version of a template", USAGE, mend="write TEMPLATE@VERSION: lantern@2")
    return {"template_id": template_id, "version": int(version)}


def _folder(package: Path) -> Path:
    if not package.is_dir():
        raise CliError(f"{package} is no folder and no file", USAGE, mend="name the folder that holds manifest.yaml, or its .zip")
    return package


def _read(package: Path) -> Found:
    try:
        return read_zip(package.read_bytes()) if package.is_file() else read_folder(_folder(package).resolve())
    except OSError as error:
        raise CliError(f"{package} cannot be read: {error}", USAGE) from error


def _print_problems(problems: list[dict[str, Any]]) -> None:
    for each in problems:
        place = f"{each['file']}:{each['line']}" if each["line"] else each["file"]
        words.say(f"✕ {place}: {each['what']['en']}  {each['what']['zh']}\n  → {each['mend']['en']}  {each['mend']['zh']}", stderr=False)
    words.say(f"{len(problems)} to mend")


def _looked_at(package: Any) -> dict[str, Any]:
    """The sample as a browser of this machine shows it; not_run where there is none."""
    from huichang.adapters.browser import ChromiumInspector, find_browser
    from huichang.line.templating import pictured
    from huichang.pages.packages.checking import sample_of
    from huichang.pages.rendering import render

    html = render(pictured(sample_of(package)), package.manifest.id, package)
    verdict, note, findings = ChromiumInspector(find_browser(), lambda _: None).look(html, "https://venue.invalid")
    return {"pixels": verdict, "pixels_note": note, "findings": [finding.model_dump() for finding in findings]}
