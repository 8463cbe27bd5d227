"""`huichang eval …`: measure the production code on files of one's own. Figures on stdout, progress on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli import words
from infra.cli.errors import FAILED, USAGE, CliError

eval_app = typer.Typer(help="Measure the production code on files in documented formats.", no_args_is_help=True)


@eval_app.callback()
def evaluations() -> None:
    """Measure the production code on files in documented formats."""


@eval_app.command("recall")
def recall(
    products: Annotated[Path, typer.Option(help="Products, JSON lines, plain or .gz.")],
    judgments: Annotated[Path, typer.Option(help="CSV with the columns query, product_id, grade; plain or .gz.")],
    index: Annotated[str, typer.Option(help="sqlite or opensearch.")] = "sqlite",
    endpoint: Annotated[str, typer.Option(help="A running OpenSearch node; without it one is started.")] = "",
    cache: Annotated[Path | None, typer.Option(help="Where embeddings are kept between runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")] = False,
) -> None:
    """How well search, vector and their fusion find what people judged relevant."""
    from infra.evaluation.embeddings import default_cache
    from infra.evaluation.files import BadFileError
    from infra.evaluation.recall import PATHS, run
    from infra.opensearch.node import NodeError

    try:
        if index not in ("sqlite", "opensearch"):
            raise CliError(f"there is no index {index!r}", USAGE, mend="use sqlite or opensearch")
        try:
            found = run(products, judgments, kind=index, endpoint=endpoint, cache=cache or default_cache())  # type: ignore[arg-type]
        except BadFileError as error:
            raise CliError(str(error), USAGE) from error
        except NodeError as error:
            raise CliError(str(error), FAILED) from error
    except CliError as error:
        words.print_error(error, as_json)
        raise typer.Exit(error.code) from error
    if as_json:
        words.print_json(found)
        return
    words.say(f"{found['products']:,} products, {found['queries']} queries on {found['index']}", stderr=False)
    columns = ["path", *next(iter(found["paths"].values()))]
    rows: list[list[Any]] = [[path, *(f"{value:.4g}" for value in found["paths"][path].values())] for path in PATHS]
    words.console().print(words.table(columns, rows))
