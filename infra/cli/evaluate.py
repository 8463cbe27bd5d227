"""`huichang eval …`: measure the production code on files of one's own. Figures on stdout, progress on stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.surroundings import REPOSITORY

eval_app = typer.Typer(help="Measure the production code on files in documented formats.", no_args_is_help=True)


@eval_app.callback()
def evaluations() -> None:
    """Measure the production code on files in documented formats."""


@eval_app.command("rules")
def rules(
    products: Annotated[Path, typer.Option(help="Products, JSON lines, plain or .gz; the indicator codes are fields.")],
    briefs: Annotated[Path, typer.Option(help="Labelled briefs, JSON lines, plain or .gz.")],
    model: Annotated[bool, typer.Option("--model", help="Ask the endpoint of MODEL_BASE_URL, MODEL_API_KEY, CHAT_MODEL.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")] = False,
) -> None:
    """How well briefs become thresholds: F1 of the selected sets, exact conditions, invented codes, what is told."""
    sys.path.insert(0, str(REPOSITORY / "layers" / "shared"))
    from huichang.kernel.errors import HuichangError, InvalidInputError
    from infra.evaluation.rules import configured_model, run

    try:
        try:
            found = run(products, briefs, model=configured_model() if model else None)
        except InvalidInputError as error:
            raise CliError(f"{error.where}: {error}" if error.where else str(error), USAGE, mend=error.mend or "") from error
        except HuichangError as error:
            raise CliError(str(error), FAILED, mend=error.mend or "") from error
    except CliError as error:
        words.print_error(error, as_json)
        raise typer.Exit(error.code) from error
    if as_json:
        words.print_json(found)
        return
    words.say(f"{found['products']:,} products, {found['briefs']} briefs, {found['model']}; conditions {found['conditions']}", stderr=False)
    words.say(f"invented codes {found['invented']}, {found['ms_per_brief']} ms per brief", stderr=False)
    rows: list[list[Any]] = [["all", *_figures(found)]]
    rows += [[name, *_figures(group)] for part in ("by_language", "by_tag") for name, group in found[part].items()]
    words.console().print(words.table(["", "briefs", "F1", "exact", "conflicts told", "unsupported told", "over-told"], rows))


def _figures(group: dict[str, Any]) -> list[str]:
    conflicts, unsupported = group["conflicts"], group["unsupported"]
    return [
        str(group["briefs"]),
        f"{group['f1']:.3f}",
        f"{group['exact']:.3f}",
        f"{conflicts['told']}/{conflicts['expected']}" + (f" (+{conflicts['false']} false)" if conflicts["false"] else ""),
        f"{unsupported['told']}/{unsupported['expected']}",
        str(unsupported["over_told"]),
    ]
