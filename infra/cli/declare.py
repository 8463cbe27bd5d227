"""How a command is declared: its CliErrors become words and an exit code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from infra.cli import words
from infra.cli.errors import CliError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def command(within: typer.Typer, name: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Register a command whose CliErrors become words and an exit code."""

    def declare(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        within.command(name)(mending(function))
        return function

    return declare


def mending(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The function, its CliErrors told."""

    @functools.wraps(function)
    def run(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        try:
            return function(*arguments, **options)
        except CliError as error:
            words.print_error(error, bool(options.get("as_json")))
            raise typer.Exit(error.code) from error

    return run
