"""What a layout may say, read from Jinja's own tree before anything of it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jinja2 import Environment, TemplateSyntaxError, nodes

from huichang.pages.packages.model import SHARED, TemplateProblem
from huichang.pages.packages.telling import problem

FUNCTIONS = ("columns", "feature_columns", "title_lines", "namespace")
FILTERS = frozenset(
    {"length", "count", "first", "last", "default", "d", "join", "upper", "lower", "trim", "title", "capitalize", "abs", "int", "float"}
    | {"min", "max", "list", "reverse", "sort", "unique", "escape", "e"}
)
MAX_NESTED = 4
_METHODS = frozenset({"shot", "poster", "get", "items", "format", "split", "cycle", "startswith", "endswith", "strip"})
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.NSRef, nodes.Const, nodes.Tuple, nodes.List, nodes.Dict,
    nodes.Pair, nodes.Keyword, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Getitem, nodes.Getattr, nodes.Slice,
    nodes.Concat, nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.And,
    nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.For, nodes.If, nodes.Macro, nodes.CallBlock, nodes.Assign, nodes.Import,
    nodes.FromImport, nodes.Include, nodes.Extends, nodes.Block,
)  # fmt: skip
_OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*://|^\s*//|javascript:|vbscript:|data:[a-z]+/", re.IGNORECASE)


def layout_problems(template_id: str, files: Mapping[str, str]) -> list[TemplateProblem]:
    """Every place of every layout that is not allowed."""
    found: list[TemplateProblem] = []
    refers: dict[str, set[str]] = {}
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    for name, source in files.items():
        if not name.endswith(".html.j2"):
            continue
        try:
            tree = environment.parse(source)
        except TemplateSyntaxError as error:
            found.append(problem("syntax", name, error.lineno, said=str(error.message)[:200]))
            continue
        except RecursionError:
            found.append(problem("syntax", name, said="expressions are nested too deeply"))
            continue
        try:
            layout = _Layout(template_id, name, files)
            found += layout.problems(tree)
        except RecursionError:
            found.append(problem("syntax", name, said="tags are nested too deeply"))
            continue
        refers[name] = layout.refers
    found += _circles(refers)
    return found


class _Layout:
    def __init__(self, template_id: str, name: str, files: Mapping[str, str]) -> None:
        self.template_id, self.name, self.files = template_id, name, files
        self.refers: set[str] = set()
        self.macros: set[str] = {"caller", "super"}
        self.parts: set[str] = set()

    def problems(self, tree: nodes.Template) -> list[TemplateProblem]:
        for node in tree.find_all((nodes.Macro, nodes.Import, nodes.FromImport)):
            if isinstance(node, nodes.Macro):
                self.macros.add(node.name)
            elif isinstance(node, nodes.Import):
                self.parts.add(node.target)
            elif isinstance(node, nodes.FromImport):
                self.macros |= {each if isinstance(each, str) else each[1] for each in node.names}
        return [*self._walk(tree, 0)]

    def _walk(self, node: nodes.Node, depth: int) -> Iterator[TemplateProblem]:
        if not isinstance(node, _ALLOWED):
            yield self._say("tag", node, tag=_tag(node))
            return
        if isinstance(node, nodes.For):
            depth += 1
            if node.recursive:
                yield self._say("endless", node, tag="loop recursive")
            if depth == MAX_NESTED + 1:
                yield self._say("deep", node, size=depth, most=MAX_NESTED)
        yield from self._one(node)
        for child in node.iter_child_nodes():
            yield from self._walk(child, depth)

    def _one(self, node: nodes.Node) -> Iterator[TemplateProblem]:
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            yield self._say("filter", node, tag=node.name, known=", ".join(sorted(FILTERS)))
        elif isinstance(node, nodes.Call):
            yield from self._call(node)
        elif isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            yield from self._file(node)
        elif isinstance(node, nodes.Name):
            known = self.macros | self.parts | set(FUNCTIONS)
            if node.name.startswith("_") or (node.ctx == "store" and node.name in known):
                yield self._say("name", node, tag=node.name)
            elif node.ctx == "load" and node.name in ("range", "self"):
                yield self._say("endless", node, tag=node.name)
        elif isinstance(node, (nodes.List, nodes.Dict)) or (isinstance(node, nodes.Tuple) and node.ctx == "load"):
            # A list that holds itself twice doubles with every line: only constants, so that none can grow.
            if any(
                not isinstance(each, (nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair)) for each in node.iter_child_nodes()
            ):
                yield self._say("list", node)
        elif isinstance(node, nodes.Pair) and not isinstance(node.value, (nodes.Const, nodes.List, nodes.Tuple, nodes.Dict)):
            yield self._say("list", node)
        elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            yield self._say("name", node, tag=node.attr)
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and str(node.arg.value).startswith("_"):
            yield self._say("name", node, tag=node.arg.value)
        elif isinstance(node, nodes.Const) and isinstance(node.value, str) and _OUTSIDE.search(node.value):
            yield self._say("outside", node, path=node.value[:80])

    def _call(self, node: nodes.Call) -> Iterator[TemplateProblem]:
        target, allowed = node.node, False
        if isinstance(target, nodes.Name):
            allowed = target.name in self.macros or target.name in FUNCTIONS
            said = target.name
        elif isinstance(target, nodes.Getattr):
            said = target.attr
            owner = target.node.name if isinstance(target.node, nodes.Name) else ""
            allowed = owner in self.parts or target.attr in _METHODS
            if target.attr == "format":  # our own sentences only: a width of a billion in somebody's text would fill the memory
                whose = target.node.node if isinstance(target.node, nodes.Getattr) else None
                allowed = isinstance(whose, nodes.Name) and whose.name == "t"
        else:
            said = "…"
        if isinstance(target, nodes.Name) and target.name in ("range", "self"):
            return  # told as a name
        if not allowed or node.dyn_args is not None or node.dyn_kwargs is not None:
            yield self._say("call", node, tag=said, known=", ".join(FUNCTIONS))

    def _file(self, node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends) -> Iterator[TemplateProblem]:
        written = node.template
        if not isinstance(written, nodes.Const) or not isinstance(written.value, str):
            yield self._say("computed_file", node)
            return
        path = written.value
        own = path.removeprefix(f"{self.template_id}/")
        if path.startswith(SHARED) and ".." not in path and isinstance(node, (nodes.Import, nodes.FromImport, nodes.Include)):
            return
        if path.startswith(SHARED) or ".." in path or path.startswith("/") or "\\" in path or (own not in self.files and "/" in own):
            yield self._say("outside_file", node, path=path[:80])
        elif own not in self.files or not own.endswith(".html.j2"):
            yield self._say("no_such_file", node, path=path[:80])
        else:
            self.refers.add(own)

    def _say(self, code: str, node: nodes.Node, **values: object) -> TemplateProblem:
        return problem(code, self.name, node.lineno or 0, **values)


def _tag(node: nodes.Node) -> str:
    return {
        "AssignBlock": "{% set %}…{% endset %}",
        "FilterBlock": "filter",
        "ScopedEvalContextModifier": "autoescape",
        "EvalContextModifier": "autoescape",
        "Pow": "**",
    }.get(type(node).__name__, type(node).__name__.lower())


def _circles(refers: Mapping[str, set[str]]) -> Iterator[TemplateProblem]:
    """Files that come back to themselves."""
    told: set[frozenset[str]] = set()
    for start in refers:
        stack: list[tuple[str, tuple[str, ...]]] = [(start, (start,))]
        while stack:
            name, way = stack.pop()
            for following in sorted(refers.get(name, ())):
                if following == start and frozenset(way) not in told:
                    told.add(frozenset(way))
                    yield problem("circle", start, path=" → ".join((*way, start)))
                elif following not in way:
                    stack.append((following, (*way, following)))
