"""`huichang eval …`: measure the production code on files, without a running Huichang. Figures on stdout, progress on stderr."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from huichang.kernel.errors import HuichangError, InvalidInputError
from infra.cli import words
from infra.cli.declare import command
from infra.cli.errors import FAILED, USAGE, CliError
from infra.cli.trends import Mapping, mapping_text, print_summary

eval_app = typer.Typer(help="Measure the production code on files in documented formats; needs no running Huichang.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]


@command(eval_app, "trends")
def eval_trends(
    feed: Annotated[Path, typer.Option(help="CSV or JSONL, plain or .gz.")],
    mapping: Mapping = "",
    labels: Annotated[Path | None, typer.Option(help="CSV `title,label`: also compare with labels yes, no, sensitive.")] = None,
    today: Annotated[str, typer.Option(help="The day of the import, 2026-09-01; else today.")] = "",
    embeddings: Annotated[bool, typer.Option(help="Embed titles that no word sorts.")] = True,
    as_json: AsJson = False,
) -> None:
    """Run a whole feed through the import, offline: what is taken, rejected, dropped and why, merged, and how long it takes."""
    from infra.evaluation import trends

    try:
        day = date.fromisoformat(today) if today else date.today()
        result = trends.evaluate(feed, mapping_text(mapping), day, embed=embeddings, labels=labels)
    except HuichangError as error:
        raise CliError(f"{feed}: {error.message}", USAGE, mend=error.mend) from error
    except (OSError, ValueError) as error:
        raise CliError(f"{feed}: {error}", USAGE) from error
    if as_json:
        words.print_json(result)
        return
    rejected = ", ".join(f"{code} {count}" for code, count in result["rejected"].items()) or "none"
    words.say(f"{result['rows']} rows: {result['accepted']} accepted, rejected: {rejected}", stderr=False)
    words.say(f"{result['merged']} merged into others; {result['embedded']} titles embedded; {result['seconds']} s", stderr=False)
    print_summary(result)
    if result.get("labelled"):
        words.say(str(result["labelled"]), stderr=False)


@command(eval_app, "rules")
def eval_rules(
    products: Annotated[Path, typer.Option(help="Products, JSON lines, plain or .gz; the indicator codes are fields.")],
    briefs: Annotated[Path, typer.Option(help="Labelled briefs, JSON lines, plain or .gz.")],
    model: Annotated[bool, typer.Option("--model", help="Ask the endpoint of MODEL_BASE_URL, MODEL_API_KEY, CHAT_MODEL.")] = False,
    as_json: AsJson = False,
) -> None:
    """How well briefs become thresholds: F1 of the selected sets, exact conditions, invented codes, what is told."""
    from infra.evaluation.rules import configured_model, run

    try:
        found = run(products, briefs, model=configured_model() if model else None)
    except InvalidInputError as error:
        raise CliError(f"{error.where}: {error}" if error.where else str(error), USAGE, mend=error.mend or "") from error
    except HuichangError as error:
        raise CliError(str(error), FAILED, mend=error.mend or "") from error
    if as_json:
        words.print_json(found)
        return
    words.say(f"{found['products']:,} products, {found['briefs']} briefs, {found['model']}; conditions {found['conditions']}", stderr=False)
    words.say(f"invented codes {found['invented']}, {found['ms_per_brief']} ms per brief", stderr=False)
    rows: list[list[Any]] = [["all", *_figures(found)]]
    rows += [[name, *_figures(group)] for part in ("by_language", "by_tag") for name, group in found[part].items()]
    words.console().print(words.table(["", "briefs", "F1", "exact", "conflicts told", "unsupported told", "over-told"], rows))


@command(eval_app, "recall")
def eval_recall(
    products: Annotated[Path, typer.Option(help="Products, JSON lines, plain or .gz.")],
    judgments: Annotated[Path, typer.Option(help="CSV with the columns query, product_id, grade; plain or .gz.")],
    index: Annotated[str, typer.Option(help="sqlite or opensearch.")] = "sqlite",
    endpoint: Annotated[str, typer.Option(help="A running OpenSearch node; without it one is started.")] = "",
    cache: Annotated[Path | None, typer.Option(help="Where embeddings are kept between runs.")] = None,
    as_json: AsJson = False,
) -> None:
    """How well search, vector and their fusion find what people judged relevant."""
    from infra.evaluation.embeddings import default_cache
    from infra.evaluation.files import BadFileError
    from infra.evaluation.recall import PATHS, run
    from infra.opensearch.node import NodeError

    if index not in ("sqlite", "opensearch"):
        raise CliError(f"there is no index {index!r}", USAGE, mend="use sqlite or opensearch")
    try:
        found = run(products, judgments, kind=index, endpoint=endpoint, cache=cache or default_cache())  # type: ignore[arg-type]
    except BadFileError as error:
        raise CliError(str(error), USAGE) from error
    except NodeError as error:
        raise CliError(str(error), FAILED) from error
    if as_json:
        words.print_json(found)
        return
    words.say(f"{found['products']:,} products, {found['queries']} queries on {found['index']}", stderr=False)
    columns = ["path", *next(iter(found["paths"].values()))]
    rows: list[list[Any]] = [[path, *(f"{value:.4g}" for value in found["paths"][path].values())] for path in PATHS]
    words.console().print(words.table(columns, rows))


@command(eval_app, "offpolicy")
def eval_offpolicy(
    log: Annotated[Path, typer.Option(help="The log of the policy in place: CSV item_id, position, click, propensity_score.")],
    target: Annotated[Path, typer.Option(help="The policy asked about: its own log, or a CSV item_id, position, probability.")],
    margin: Annotated[float, typer.Option(help="Ask for this much more than the log's mean: 0.02 is two per cent of it.")] = 0.0,
    weights: Annotated[str, typer.Option(help="auto, logged or marginal: which propensities rows are weighed by.")] = "auto",
    repeated: Annotated[str, typer.Option(help="refuse repeated rows, or keep them (a bootstrap sample).")] = "refuse",
    as_json: AsJson = False,
) -> None:
    """What the target policy would have earned on a log, how sure that is, and whether it may take traffic."""
    from infra.evaluation import offpolicy

    if weights not in ("auto", "logged", "marginal"):
        raise CliError(f"there are no weights {weights!r}", USAGE, mend="use auto, logged or marginal")
    if repeated not in ("refuse", "keep"):
        raise CliError(f"--repeated {repeated}: write refuse or keep", USAGE, mend="use refuse or keep")
    try:
        found = offpolicy.evaluate(log, target, margin=margin, weights=weights, keep_repeated=repeated == "keep")  # type: ignore[arg-type]
    except InvalidInputError as error:
        problem = {"code": error.code, "where": error.where, "detail": error.message, "mend": error.mend}
        raise CliError(error.message, USAGE, mend=error.mend, problem=problem) from error
    if as_json:
        words.print_json(found)
        return
    on_policy = found["on_policy"]
    measured = f"; the target's own log says {offpolicy.amount(on_policy['mean'])}" if on_policy else ""
    words.say(f"{found['log']['rows']:,} rows, {offpolicy.amount(found['log']['mean'])} under the policy in place{measured}", stderr=False)
    words.say(f"weights: {found['weights']['used']}; {found['diagnostics']['overlap']['effective_rows']:,.0f} effective rows", stderr=False)
    words.console().print(words.table(["", "estimate", "95 % interval", "error", "uplift"], offpolicy.rows(found)))
    words.say(found["gate"]["words"]["zh"], stderr=False)
    words.say(found["gate"]["words"]["en"], stderr=False)


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
