"""Whether a build fits into Lambda, on builds of a few bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.lint import layer_sizes
from infra.lint.layer_sizes import NoBuildError, main, measure

TEMPLATE = """
Globals:
  Function:
    Layers: [!Ref SharedLayer]
Resources:
  SharedLayer: {Type: "AWS::Serverless::LayerVersion", Properties: {ContentUri: SharedLayer}}
  BigLayer: {Type: "AWS::Serverless::LayerVersion", Properties: {ContentUri: BigLayer}}
  Small: {Type: "AWS::Serverless::Function", Properties: {CodeUri: Small, Handler: !Sub "app.${Name}"}}
  Large: {Type: "AWS::Serverless::Function", Properties: {CodeUri: Large, Layers: [{Ref: BigLayer}]}}
  Table: {Type: "AWS::DynamoDB::Table"}
"""


def _build(folder: Path, template: str = TEMPLATE, **sizes: int) -> Path:
    for name, size in sizes.items():
        (folder / name / "python").mkdir(parents=True)
        (folder / name / "python" / "a.py").write_bytes(b"x" * size)
    (folder / "template.yaml").write_text(template, encoding="utf-8")
    return folder


def test_a_function_weighs_its_code_the_global_layers_and_its_own(tmp_path: Path) -> None:
    large, small = measure(_build(tmp_path, SharedLayer=100, BigLayer=50, Small=3, Large=2))
    assert (large.name, large.total, dict(large.layers)) == ("Large", 152, {"SharedLayer": 100, "BigLayer": 50})
    assert (small.name, small.total) == ("Small", 103)


def test_over_the_limit_is_an_error_and_names_the_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build = _build(tmp_path, SharedLayer=100, BigLayer=50, Small=3, Large=2)
    monkeypatch.setattr(layer_sizes, "LIMIT_BYTES", 152)
    assert main(["--build", str(build)]) == 0
    monkeypatch.setattr(layer_sizes, "LIMIT_BYTES", 151)
    assert main(["--build", str(build)]) == 1
    assert capsys.readouterr().err.strip().endswith(": Large")


def test_no_build_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--build", str(tmp_path)]) == 1
    assert "sam build" in capsys.readouterr().err


def test_an_empty_layer_is_a_broken_build(tmp_path: Path) -> None:
    build = _build(tmp_path, SharedLayer=100, Small=3, Large=2)
    (build / "BigLayer").mkdir()
    with pytest.raises(NoBuildError, match="holds no files"):
        measure(build)


def test_a_layer_that_is_not_built_here_cannot_be_weighed(tmp_path: Path) -> None:
    build = _build(tmp_path, TEMPLATE.replace("Ref: BigLayer", "Ref: Elsewhere"), SharedLayer=1, BigLayer=1, Small=1, Large=1)
    with pytest.raises(NoBuildError, match="Elsewhere"):
        measure(build)
