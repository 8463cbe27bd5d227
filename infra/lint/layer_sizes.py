"""`python -m infra.lint.layer_sizes`, after `sam build`: does every function with its layers fit into Lambda?

Lambda unzips a function's code and all its layers into one file system of at most 250 MB (262,144,000 bytes). The built
template says which layers a function has; their folders are measured. Prints a table; 1 when a function is over the
limit, or when there is no build.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LIMIT_BYTES = 250 * 1024 * 1024
MIB = 1024 * 1024


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags: `!Ref Name` is read as "Name", any other tag as what it holds."""


def _tagged(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has no fourth kind
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _tagged)


class NoBuildError(Exception):
    """There is no build to measure, or it is not whole."""


@dataclass(frozen=True)
class Measured:
    """A function's unzipped size in bytes: its own code, and each layer by logical id."""

    name: str
    code: int
    layers: Mapping[str, int]

    @property
    def total(self) -> int:
        """Bytes that Lambda would unzip."""
        return self.code + sum(self.layers.values())


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder. NoBuildError if it is missing or empty: a layer without files is a broken build."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if not files:
        raise NoBuildError(f"{folder} holds no files; run sam build again")
    return sum(path.stat().st_size for path in files)


def measure(build: Path) -> list[Measured]:
    """Every function of the build, largest first. NoBuildError if the build is missing or not whole."""
    path = build / "template.yaml"
    if not path.is_file():
        raise NoBuildError(f"{path} is not there; run sam build first")
    # _Loader is a SafeLoader: it makes plain values only.
    template = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    resources: dict[str, Any] = template["Resources"]
    shared: list[Any] = template.get("Globals", {}).get("Function", {}).get("Layers", [])
    sizes = {
        name: folder_bytes(build / resource["Properties"]["ContentUri"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::LayerVersion"
    }
    functions = [
        Measured(
            name=name,
            code=folder_bytes(build / resource["Properties"]["CodeUri"]),
            layers={_name(layer): _size(sizes, layer, name) for layer in [*shared, *resource["Properties"].get("Layers", [])]},
        )
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function" and "CodeUri" in resource["Properties"]
    ]
    if not functions:
        raise NoBuildError(f"{path} has no function")
    return sorted(functions, key=lambda function: (-function.total, function.name))


def _name(layer: Any) -> str:
    """The logical id of a layer, written `!Ref X` (read as "X") or {Ref: X}; anything else as it stands."""
    return str(layer.get("Ref", layer)) if isinstance(layer, dict) else str(layer)


def _size(sizes: Mapping[str, int], layer: Any, function: str) -> int:
    name = _name(layer)
    if name not in sizes:
        raise NoBuildError(f"{function} uses the layer {name}, which this build does not make: its size is not known")
    return sizes[name]


def table(measured: Sequence[Measured]) -> str:
    """Lines for people: function, MiB, share of the limit, layers with their MiB."""
    lines = [f"{'function':32}{'MiB':>8}{'of limit':>10}  layers (MiB)"]
    for function in measured:
        layers = " + ".join(f"{name.removesuffix('Layer')} {size / MIB:.1f}" for name, size in function.layers.items())
        lines.append(f"{function.name:32}{function.total / MIB:8.1f}{function.total / LIMIT_BYTES:10.0%}  {layers}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every function fits."""
    parser = argparse.ArgumentParser(prog="python -m infra.lint.layer_sizes", description=__doc__)
    parser.add_argument("--build", type=Path, default=Path(".aws-sam/build"), help="sam's build folder")
    try:
        measured = measure(parser.parse_args(arguments).build)
    except NoBuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(table(measured))
    over = [function.name for function in measured if function.total > LIMIT_BYTES]
    if over:
        print(f"over {LIMIT_BYTES // MIB} MiB: {', '.join(over)}", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
