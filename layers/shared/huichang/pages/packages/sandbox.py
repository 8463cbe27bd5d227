"""Uploaded layouts run here: Jinja's sandbox, the package's own files and the shared parts only, and a budget of steps and letters.

Time is not measured: a budget of steps ends a loop at the same place on every machine. Every turn of a loop and every call of a macro is a
step; every piece that is written counts its letters, and so does every string that is put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar

from jinja2 import FunctionLoader, StrictUndefined, nodes
from jinja2.runtime import BlockReference, LoopContext, Macro, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model
from huichang.pages.packages.model import SHARED

MAX_STEPS = 50_000
MAX_LETTERS = 4_000_000
_STRING_METHODS = frozenset(
    {"split", "strip", "startswith", "endswith", "lower", "upper", "title", "isdigit", "format", "partition", "isascii"}
)
_MAPPING_METHODS = frozenset({"get", "items", "keys", "values"})


class BudgetError(PermanentError):
    """A layout that loops or writes too much. `where` names the template."""

    code = "template_budget"


@dataclass
class Meter:
    """What a render has used."""

    steps: int = 0
    letters: int = 0

    def spend(self, steps: int, letters: int) -> None:
        """Raises BudgetError once the budget is used up."""
        self.steps += steps
        self.letters += letters
        if self.steps > MAX_STEPS:
            raise BudgetError(f"more than {MAX_STEPS:,} turns of its loops and macros", where="layout", mend="loop less")
        if self.letters > MAX_LETTERS:
            raise BudgetError(f"it writes more than {MAX_LETTERS:,} letters", where="layout", mend="write less")


_METER: ContextVar[Meter | None] = ContextVar("template_meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Rendering inside is held to the budget."""
    meter = Meter()
    mark = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(mark)


def _spend(steps: int, letters: int) -> None:
    meter = _METER.get()
    if meter is not None:
        meter.spend(steps, letters)


def _written(value: Any) -> Any:
    """Every piece that a layout writes passes through here (Jinja's finalize)."""
    if isinstance(value, str):
        _spend(0, len(value))
    elif isinstance(value, (list, tuple, set, frozenset, Mapping)):
        raise BudgetError("a list cannot be written as it is", where="layout", mend="loop over it")
    return value


def _join(value: Iterable[Any], d: str = "") -> str:
    """Jinja's join, counted; of texts and numbers."""
    pieces = [_written(piece) for piece in value]
    text = (markup_join if any(hasattr(piece, "__html__") for piece in pieces) else str_join)(_between(pieces, d))
    _spend(0, len(text))
    return text


def _between(pieces: list[Any], d: str) -> Iterator[Any]:
    for place, piece in enumerate(pieces):
        if place:
            yield d
        yield piece


class _Metering(NodeTransformer):
    """Puts a step into every loop and macro, and counts what `~` puts together."""

    def __init__(self, environment: PackageEnvironment) -> None:
        self._environment = environment

    def _step(self, node: Any) -> nodes.ExprStmt:
        letters = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        where = {"lineno": node.lineno, "environment": self._environment}
        tick = nodes.Call(nodes.EnvironmentAttribute("tick", **where), [nodes.Const(letters, **where)], [], None, None, **where)
        return nodes.ExprStmt(tick, **where)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - Jinja's visitor names
        step = self._step(node)
        self.generic_visit(node)
        node.body.insert(0, step)
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        step = self._step(node)
        self.generic_visit(node)
        node.body.insert(0, step)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        where = {"lineno": node.lineno, "environment": self._environment}
        return nodes.Call(nodes.EnvironmentAttribute("joined", **where), list(node.nodes), [], None, None, **where)


class PackageEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox of one package. `functions`: what its layouts may call beside macros."""

    intercepted_binops: ClassVar[frozenset[str]] = frozenset({"*", "%", "**", "+"})  # type: ignore[misc]  # Jinja's own is an instance's

    def __init__(self, load: Callable[[str], str | None], functions: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(
            loader=FunctionLoader(lambda name: (source, name, None) if (source := load(name)) is not None else None),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_written,
        )
        for name in ("lipsum", "dict", "cycler", "joiner", "range"):
            self.globals.pop(name, None)
        self.globals.update(functions)
        self.filters["join"] = _join
        self._functions = frozenset(id(function) for function in functions.values())

    def _generate(self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False) -> str:
        _Metering(self).visit(source)
        return super()._generate(source, name, filename, defer_init=defer_init)

    def tick(self, letters: int) -> str:
        """One turn of a loop, or one call of a macro, that writes at least so many letters."""
        _spend(1, letters)
        return ""

    def joined(self, *pieces: Any) -> str:
        """What `~` puts together."""
        for piece in pieces:
            _written(piece)
        text = markup_join(pieces) if any(hasattr(piece, "__html__") for piece in pieces) else str_join(pieces)
        _spend(0, len(text))
        return text

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Numbers only: a text times a billion, or formatted to a billion places, would fill the memory."""
        numbers = (int, float)
        if operator == "**" or not (isinstance(left, numbers) and isinstance(right, numbers)):
            raise BudgetError(f"{operator} takes two numbers here", where="layout", mend="use ~ to put texts together")
        return super().call_binop(context, operator, left, right)

    def is_safe_callable(self, obj: Any) -> bool:
        """Macros, the functions that were given, and reading methods of texts, lists and page models."""
        if isinstance(obj, Macro) or id(obj) in self._functions or obj in (self.tick, self.joined):
            return True
        obj = getattr(obj, "__wrapped__", obj)  # the sandbox wraps str.format
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(owner, str):
            return name in _STRING_METHODS
        if isinstance(owner, Mapping):
            return name in _MAPPING_METHODS
        if isinstance(owner, LoopContext):
            return name in ("cycle", "changed")
        if isinstance(owner, Model):
            ours = (vars(base) for base in type(owner).__mro__ if base.__module__.startswith("huichang."))
            return not name.startswith("_") and any(name in each for each in ours)  # what we gave it, not what pydantic did
        return obj is Namespace or isinstance(obj, BlockReference)


def loader_of(template_id: str, files: Mapping[str, str], shared: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """Finds a package's own files ("card.html.j2" or "<id>/card.html.j2") and the shared ones ("_parts/…"); nothing else."""

    def load(name: str) -> str | None:
        if name.startswith(SHARED):
            return shared(name.removeprefix(SHARED))
        own = name.removeprefix(f"{template_id}/")
        return files.get(own) if own.endswith(".html.j2") else None

    return load
