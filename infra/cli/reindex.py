"""`huichang reindex`: the product index made anew from itself while it is in use. Speaks to the index, not to Huichang's API."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, cast

import typer

from huichang.kernel.errors import HuichangError, InvalidInputError, NotFoundError, TransientError
from huichang.selection.index import Reindexable
from huichang.selection.model import Eligibility
from infra.cli import words
from infra.cli.errors import FAILED, UNREACHABLE, USAGE, CliError
from infra.cli.surroundings import Surroundings

TELL_EVERY = 5.0  # seconds


def reindex(
    context: typer.Context,
    endpoint: Annotated[str, typer.Option(help="As SEARCH_ENDPOINT: https://…, http://127.0.0.1:…, sqlite:///absolute/folder.")] = "",
    state: Annotated[Path, typer.Option(help="Without an endpoint: the embedded cloud's folder.")] = Path(".huichang"),
    index: Annotated[str, typer.Option(help="Its name, as SEARCH_INDEX.")] = "products",
    dimension: Annotated[int, typer.Option(help="Of the embedding model.", min=1)] = 384,
    if_outdated: Annotated[bool, typer.Option("--if-outdated", help="Only where this release would refuse the index.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")] = False,
) -> None:
    """Make the product index anew with this release's fields and analysis, without a gap; nothing is embedded again.

    Readers and writers go on meanwhile; it can be run again after any failure. With an https endpoint your AWS credentials sign.
    """
    from huichang.adapters.index import open_index

    here: Surroundings = context.obj
    started = here.clock()
    asked = endpoint or here.environ.get("SEARCH_ENDPOINT", "") or _embedded(here.folder / state)
    try:
        found = open_index(asked, index=index, dimension=dimension)
        if if_outdated and not _outdated(found.count):
            words.say(f"{index} is up to date")
            return
        report = cast(Reindexable, found).reindex(_Teller(here.clock))
    except HuichangError as error:
        raise CliError(error.message, _code(error), mend=error.mend) from error
    seconds = here.clock() - started
    if as_json:
        words.print_json(report.model_dump() | {"seconds": round(seconds, 1)})
        return
    also = [f"{report.caught_up:,} changed meanwhile"] if report.caught_up else []
    also += [f"{report.removed:,} deleted meanwhile"] if report.removed else []
    told = f"{report.before} → {report.after}: {report.copied:,} products in {seconds:.0f} s"
    words.say("; ".join((told, *also)), stderr=False)


def _embedded(state: Path) -> str:
    if not (state / "index").is_dir():
        raise CliError(f"there is no embedded index in {state}", USAGE, mend="name the index: --endpoint https://… or --state FOLDER")
    return f"sqlite://{(state / 'index').absolute()}"


def _outdated(count: Callable[[Eligibility], int]) -> bool:
    from huichang.adapters.index import OUTDATED

    try:
        count(Eligibility())
    except HuichangError as error:
        if error.code != OUTDATED:
            raise
        return True
    return False


def _code(error: HuichangError) -> int:
    if isinstance(error, TransientError):
        return UNREACHABLE
    return USAGE if isinstance(error, (InvalidInputError, NotFoundError)) else FAILED


class _Teller:
    """Says how far it is, not more often than every few seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._started = self._told = clock()

    def __call__(self, done: int) -> None:
        now = self._clock()
        if now - self._told >= TELL_EVERY:
            self._told = now
            words.say(f"{done:,} products in {now - self._started:.0f} s")
