"""`huichang styles …`: the style presets that ship, a designer's package checked, and why a theme gets which preset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer
import yaml
from pydantic import Field, ValidationError

from huichang.kernel.language import Language, detect_language
from huichang.kernel.model import Model
from huichang.materials.styles.goods import GoodsMix
from huichang.materials.styles.matching import match_style
from huichang.materials.styles.model import StyleChoice, StyleScore
from huichang.materials.styles.packages import StylePackageError, load_presets, load_shelf, read_package
from huichang.themes.model import Theme
from infra.cli import words
from infra.cli.client import segment
from infra.cli.declare import command
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.login import connect

styles_app = typer.Typer(help="Style presets: list them, check a package, see why a theme gets which.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class ThemeFile(Model):
    """A theme and its goods as a designer writes them down: `goods` counts products by category path ("玩具/毛绒玩具/熊猫公仔")."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    slogan: str = ""
    keywords: tuple[str, ...] = ()
    kind: str = "created"
    industry: str | None = None
    tone: str = ""
    goods: dict[str, Count] = {}


@command(styles_app, "list")
def list_styles(as_json: AsJson = False) -> None:
    """List the presets that ship; packages that cannot be used are told on stderr."""
    shelf = load_shelf()
    if as_json:
        left_out = {package: [problem.model_dump() for problem in problems] for package, problems in shelf.left_out.items()}
        words.print_json({"presets": [each.model_dump(mode="json") for each in shelf.presets.values()], "left_out": left_out})
        return
    rows = [
        [
            each.id,
            each.name["zh"],
            each.name["en"],
            each.motif,
            f"{each.type.title_weight} {each.type.effect}",
            ", ".join(each.tags.industries),
        ]
        for each in shelf.presets.values()
    ]
    words.console().print(words.table(["id", "zh", "en", "motif", "type", "industries"], rows))
    for package, problems in shelf.left_out.items():
        words.say(f"{package} is left out: {problems[0].where}: {problems[0].what}")


@command(styles_app, "check")
def check(
    package: Annotated[Path, typer.Argument(help="The package's folder.", metavar="FOLDER")],
    preview: Annotated[Path | None, typer.Option(help="Write a page for each template and language into this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a package as it will be read: keys, font, contrast, motif, tags, image prompt. Exit code 1 where it cannot be used."""
    if not package.is_dir():
        raise CliError(f"{package} is no folder", USAGE, mend="name the folder that holds manifest.yaml and image.j2")
    try:
        preset = read_package(package.resolve())
    except StylePackageError as error:
        if as_json:
            words.print_json({"usable": False, "problems": [problem.model_dump() for problem in error.problems]})
        else:
            for problem in error.problems:
                words.say(f"✕ {problem.where}: {problem.what}\n  → {problem.mend}", stderr=False)
            words.say(f"{package.name} cannot be used: {len(error.problems)} to mend")
        raise typer.Exit(FAILED) from error
    pages: list[Path] = []
    if preview is not None:
        from infra.styles.preview import write_previews

        pages = write_previews(preset, preview)
    if as_json:
        words.print_json({"usable": True, "preset": preset.model_dump(mode="json"), "pages": [str(page) for page in pages]})
        return
    words.say(f"✓ {preset.id} v{preset.version} can be used", stderr=False)
    for page in pages:
        words.say(str(page), stderr=False)


@command(styles_app, "match")
def match(
    context: typer.Context,
    theme: Annotated[
        str, typer.Argument(help="A theme's name, or a YAML or JSON file with name, goods, tone, …", metavar="NAME|FILE")
    ] = "",
    goods: Annotated[list[str] | None, typer.Option(help="PATH=N: so many products of this category, e.g. 玩具/毛绒玩具=30.")] = None,
    industry: Annotated[str, typer.Option(help="The industry's code.")] = "",
    kind: Annotated[str, typer.Option(help="created, seasonal, event or industry.")] = "",
    tone: Annotated[str, typer.Option(help="How the brief wants it to sound.")] = "",
    venue: Annotated[str, typer.Option(help="A venue's id instead: what its page got, and why.")] = "",
    language: Annotated[str, typer.Option(help="The language of the reasons: zh or en; else the name's.")] = "",
    shown: Annotated[int, typer.Option("--top", help="So many presets.", min=1)] = 4,
    as_json: AsJson = False,
) -> None:
    """Say which preset a theme gets, what speaks for it, and what spoke for the others."""
    if language and language not in get_args(Language):
        raise CliError(f"there is no language {language!r}", USAGE, mend="use zh or en")
    if bool(theme) == bool(venue):
        raise CliError("name a theme, a file, or a venue", USAGE, mend="huichang styles match 熊猫玩偶会场, or --venue VENUE")
    if venue:
        if goods or industry or kind or tone:
            raise CliError("a venue has its own goods and theme", USAGE, mend="leave out --goods, --industry, --kind and --tone")
        name, choice = _of_venue(context, venue)
    else:
        given = {"goods": _counts(goods or []), "industry": industry, "kind": kind, "tone": tone}
        asked = _asked(theme, {key: value for key, value in given.items() if value})
        name, choice = asked.name, _matched(asked)
    if as_json:
        words.print_json(choice.model_dump(mode="json"))
        return
    told = cast(Language, language) or detect_language(name) or "en"
    _print(choice, told, shown)


def _of_venue(context: typer.Context, venue_id: str) -> tuple[str, StyleChoice]:
    api = connect(context.obj)
    path = f"/api/venues/{segment(venue_id)}"
    name = api.get(path)["venue"]["theme"]["name"]
    stored = api.get(f"{path}/products").get("style_choice")
    if stored is None:
        raise CliError("no style is on record for this venue", FAILED, mend="wait until MatchTemplate is done, or build it again")
    return str(name), StyleChoice.model_validate(stored)


def _asked(text: str, given: dict[str, Any]) -> ThemeFile:
    """The theme of the words or of a file; options win over the file. Raises CliError for what cannot be used."""
    raw: dict[str, Any] = {"name": text}
    if Path(text).suffix.lower() in (".yaml", ".yml", ".json"):
        try:
            read = yaml.safe_load(Path(text).read_text(encoding="utf-8-sig"))  # JSON is YAML
        except OSError as error:
            raise CliError(f"{text}: {error.strerror}", USAGE, mend="name a file that is there") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise CliError(f"{text} is no YAML or JSON: {error}", USAGE, mend="mind indentation and quotes") from error
        if not isinstance(read, dict):
            raise CliError(f"{text} holds no keys", USAGE, mend="write name: … and goods: {path: count}")
        raw = read
    try:
        return ThemeFile.model_validate(raw | given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        known = ", ".join(ThemeFile.model_fields)
        raise CliError(f"{where}: {first['msg']}", USAGE, mend=f"the keys are {known}; goods counts products by category path") from error


def _counts(goods: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in goods:
        path, _, number = each.rpartition("=")
        if not path or not number.isdigit():
            raise CliError(f"{each!r} is no count of goods", USAGE, mend="write a category path and a number: 玩具/毛绒玩具=30")
        counts[path] = counts.get(path, 0) + int(number)
    return counts


def _matched(asked: ThemeFile) -> StyleChoice:
    fields = asked.model_dump(include={"name", "slogan", "keywords", "kind", "industry"})
    try:
        theme = Theme.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise CliError(f"{first['loc'][0]}: {first['msg']}", USAGE, mend="huichang styles match --help") from error
    return match_style(theme, GoodsMix.counted(asked.goods), tone=asked.tone)


def _print(choice: StyleChoice, language: Language, shown: int) -> None:
    presets = load_presets()
    first = StyleScore(style_id=choice.style_id, score=choice.score, reasons=choice.reasons)
    for place, each in enumerate((first, *choice.others[: shown - 1])):
        preset = presets.get(each.style_id)
        name = f" {preset.name[language]}" if preset else ""
        words.say(f"{'✓' if place == 0 else ' '} {each.score:6.2f}  {each.style_id}{name}", stderr=False)
        for reason in each.reasons:
            words.say(f"          {reason.points:+5.2f}  {reason.said[language]}", stderr=False)
