"""`huichang delivery results`: what came of what was shown, as a table, JSON, CSV or Parquet. Speaks to the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from huichang.delivery.results.model import MOST_ROWS, Row
from huichang.delivery.results.table import COLUMNS, Value, csv_lines, values
from huichang.kernel.language import Language
from huichang.kernel.money import Money
from infra.cli import words
from infra.cli.client import Api
from infra.cli.errors import USAGE, CliError
from infra.cli.login import connect
from infra.cli.surroundings import Surroundings

PAGE = MOST_ROWS
# How often a look that is still being added up is asked for again, and how long it waits in between.
_TRIES, _PAUSE_SECONDS = 30, 2.0
_TEXTS = ("by", "key", "name", "venue_id", "campaign_id", "image", "currency")
_COUNTS = ("impressions", "clicks", "carts", "orders", "baseline_impressions", "baseline_clicks")


def results(
    context: typer.Context,
    by: Annotated[str, typer.Option(help="venue, campaign, placement, segment or image.")] = "venue",
    placement: Annotated[str, typer.Option(help="Of one placement; without it of all that are offered.")] = "",
    campaign: Annotated[str, typer.Option(help="Of one campaign (its id).")] = "",
    venue: Annotated[str, typer.Option(help="Of one venue (its id).")] = "",
    segment: Annotated[str, typer.Option(help="Of one segment of buyers.")] = "",
    since: Annotated[
        str, typer.Option("--from", help="The first UTC day or hour: 2026-11-29, 2026-11-29T10. Default: seven days ago.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="The last one, included. Default: now.")] = "",
    sort: Annotated[str, typer.Option(help="impressions, clicks, carts, orders or order_value.")] = "impressions",
    top: Annotated[int, typer.Option(help="So many rows; the rest is summed up in one. Files hold all rows.", min=1, max=MOST_ROWS)] = 20,
    csv: Annotated[Path | None, typer.Option(help="Write all rows into this CSV file.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write all rows into this Parquet file (needs the extra `export`).")] = None,
    language: Annotated[str, typer.Option("--lang", help="Names in zh or en.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")] = False,
) -> None:
    """Impressions, clicks, orders and uplift over the baseline, of at most 35 days; what happened meanwhile beneath."""
    if language not in ("zh", "en"):
        raise CliError(f"--lang {language}: zh or en", USAGE)
    write = _parquet_writer() if parquet else None
    api, here = connect(context.obj), context.obj
    asked = {"by": by, "placement": placement, "campaign": campaign, "venue": venue, "segment": segment, "from": since, "to": until}
    asked |= {"sort": sort}
    shown: Language = "zh" if language == "zh" else "en"
    if csv or parquet:
        told, rows = _all_rows(api, here, asked)
        table = [_values(told, row, shown) for row in rows]
        if csv:
            _whole(csv, lambda part: _write_csv(part, table, told["minor_digits"]))
        if parquet and write:
            _whole(parquet, lambda part: write(part, table, told))
        words.say(f"{len(table)} rows, {told['first']} to {told['last']} UTC, in {', '.join(str(path) for path in (csv, parquet) if path)}")
        if as_json:
            words.print_json({"rows": len(table), "first": told["first"], "last": told["last"], "settled": told["settled"]})
        return
    told = _ask(api, here, asked | {"limit": top})
    if as_json:
        words.print_json(told)
        return
    _print(told, shown)


def _print(told: Mapping[str, Any], language: Language) -> None:
    lines = [*told["rows"], *([told["others"]] if told["others"] else []), told["total"]]
    columns = [told["by"], "impressions", "share", "clicks", "CTR (95 %)", "uplift", "carts", "orders", "value"]
    out = words.console()
    out.print(words.table(columns, [_line(told, row, language) for row in lines]))
    state = (
        "settled" if told["settled"] else f"counted up to {told['counted_to']}; what followed from the last day's impressions still arrives"
    )
    words.say(f"{told['first']} to {told['last']} UTC, {told['found']} rows; {state}", stderr=False)
    if told["why"]:
        rows = [[each["at"], each["what"].get(language, ""), each["subject"], each["who"], each["said"]] for each in told["why"]]
        out.print(words.table(["when", "what happened", "to", "by", ""], rows))


def _line(told: Mapping[str, Any], row: Mapping[str, Any], language: Language) -> list[object]:
    counts, rate, uplift = row["counts"], row["ctr"], row["uplift"]
    name = row["name"].get(language) or row["key"]
    value = Money(amount=Decimal(counts["order_value"]).scaleb(-told["minor_digits"]), currency=told["currency"])
    return [
        f"{name} · {row['image'] or 'default image'}" if told["by"] == "image" and row["key"] else name,
        f"{counts['impressions']:,}",
        f"{row['share']:.1%}",
        f"{counts['clicks']:,}",
        "" if rate["value"] is None else f"{rate['value']:.2%} ({rate['low']:.2%}–{rate['high']:.2%})" + (" few" if row["few"] else ""),
        _uplift(uplift),
        f"{counts['carts']:,}",
        f"{counts['orders']:,}",
        str(value),
    ]


def _uplift(uplift: Mapping[str, Any] | None) -> str:
    if not uplift or uplift["value"] is None:
        return "" if not uplift else "cannot tell"
    low, high = (("?" if bound is None else f"{bound:+.0%}") for bound in (uplift["low"], uplift["high"]))
    return f"{uplift['value']:+.1%} ({low} … {high})"


def _all_rows(api: Api, here: Surroundings, asked: Mapping[str, Any]) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    first = _ask(api, here, {**asked, "limit": PAGE})
    # All pages are of the same hours, however long they take.
    fixed = {**asked, "from": first["first"], "to": first["last"], "limit": PAGE}

    def pages() -> Iterator[dict[str, Any]]:
        yield from first["rows"]
        for offset in range(PAGE, first["found"], PAGE):
            yield from _ask(api, here, {**fixed, "offset": offset})["rows"]

    return first, pages()


def _ask(api: Api, here: Surroundings, asked: Mapping[str, Any]) -> dict[str, Any]:
    query = {name: value for name, value in asked.items() if value != ""}
    for attempt in range(1, _TRIES + 1):
        try:
            return dict(api.get("/api/results", **query))
        except CliError as error:
            if error.problem.get("code") != "results_preparing" or attempt == _TRIES:
                raise
            words.say(error.message)
        here.sleep(_PAUSE_SECONDS)
    raise AssertionError("unreachable: the last try returns or raises")


def _values(told: Mapping[str, Any], row: Mapping[str, Any], language: Language) -> tuple[Value, ...]:
    return values(Row.model_validate(row), by=told["by"], currency=told["currency"], digits=told["minor_digits"], language=language)


def _whole(path: Path, write: Callable[[Path], None]) -> None:
    """Whole or not at all: nobody must read half a file."""
    partial = path.with_name(path.name + ".part")
    try:
        write(partial)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CliError(f"{path} cannot be written: {error}", USAGE) from error


def _write_csv(path: Path, table: list[tuple[Value, ...]], digits: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines(table, digits))


def _parquet_writer() -> Callable[[Path, list[tuple[Value, ...]], Mapping[str, Any]], None]:
    """Raises CliError where pyarrow is not installed: before anything is asked."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise CliError(
            "--parquet needs pyarrow, which is not installed", USAGE, mend="pip install 'huichang[export]', or use --csv"
        ) from error

    def kind(name: str, digits: int) -> Any:
        if name in _TEXTS:
            return arrow.string()
        if name in _COUNTS:
            return arrow.int64()
        if name == "order_value":
            return arrow.decimal128(18, digits)
        return arrow.bool_() if name == "few" else arrow.float64()

    def write(path: Path, table: list[tuple[Value, ...]], told: Mapping[str, Any]) -> None:
        digits = int(told["minor_digits"])
        said = {"first_window": told["first"], "last_window": told["last"], "counted_to": told["counted_to"]}
        schema = arrow.schema([(name, kind(name, digits)) for name in COLUMNS], metadata=said)
        columns: list[list[Any]] = [list(column) for column in zip(*table, strict=True)] or [[] for _ in COLUMNS]
        at = COLUMNS.index("order_value")
        columns[at] = [Decimal(f"{value:.{digits}f}") for value in columns[at]]
        made = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        parquet.write_table(arrow.table(made, schema=schema), path, compression="zstd")

    return write
