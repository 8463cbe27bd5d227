"""Packaging a template for the embedded cloud."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from infra.local.package import DeployError, archive, build, files_below, layer_archive, load_template, references

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Globals: { Function: { CodeUri: code } }
Conditions: { OnAws: !Equals [!Ref Where, aws] }
Resources:
  One: { Type: AWS::Serverless::Function, Metadata: { SkipBuild: true }, Properties: { Handler: app.handler } }
  Two: { Type: AWS::Serverless::Function, Properties: { CodeUri: other, Role: !GetAtt Role.Arn } }
  Shared: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: layer } }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: { DefinitionUri: machine.asl.yaml, DefinitionSubstitutions: { OneArn: !GetAtt One.Arn } }
  Kept: { Type: AWS::Logs::LogGroup }
  Uses: { Type: AWS::S3::Bucket, Properties: { Name: !Sub "${Kept}-x" } }
  Gone: { Type: AWS::CloudWatch::Alarm, Properties: { Dimensions: [!Ref AlsoGone] } }
  AlsoGone: { Type: AWS::CloudFront::Distribution }
Outputs:
  Dropped: { Value: !GetAtt AlsoGone.DomainName }
  Stays: { Value: !Ref Uses }
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    for folder, name in (("code", "app.py"), ("other", "app.py"), ("layer/shop", "__init__.py")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).write_text(f"# {folder}\n")
    (tmp_path / "machine.asl.yaml").write_text('StartAt: A\nStates: {A: {Type: Task, Resource: "${OneArn}", End: true}}\n')
    return tmp_path / "template.yaml"


def test_short_tags_become_long_forms_and_dates_stay_text(template: Path) -> None:
    loaded = load_template(template)
    assert loaded["AWSTemplateFormatVersion"] == "2010-09-09"
    assert loaded["Conditions"]["OnAws"] == {"Fn::Equals": [{"Ref": "Where"}, "aws"]}
    assert loaded["Resources"]["Two"]["Properties"]["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}


def test_local_paths_become_archives_and_definitions(template: Path) -> None:
    package = build(template)
    resources = package.template["Resources"]
    one, two = (resources[name]["Properties"]["CodeUri"]["Key"] for name in ("One", "Two"))
    assert one != two
    assert set(package.archives) >= {one, two}
    assert resources["Machine"]["Properties"]["Definition"]["StartAt"] == "A"
    assert "DefinitionUri" not in resources["Machine"]["Properties"]
    assert "Metadata" not in resources["One"]
    layer = package.archives[resources["Shared"]["Properties"]["ContentUri"]["Key"]]
    assert zipfile.ZipFile(io.BytesIO(layer)).namelist() == ["python/shop/__init__.py"]


def test_what_the_emulator_cannot_is_left_out_unless_it_is_needed(template: Path) -> None:
    package = build(template)
    assert package.left_out == ("AlsoGone", "Gone")
    assert "Kept" in package.template["Resources"]
    assert list(package.template["Outputs"]) == ["Stays"]


def test_same_content_same_digest(template: Path) -> None:
    before = build(template).digest
    (template.parent / "code" / "__pycache__").mkdir()
    (template.parent / "code" / "__pycache__" / "app.pyc").write_bytes(b"x")
    (template.parent / "code" / "app.py").touch()
    assert build(template).digest == before
    (template.parent / "code" / "app.py").write_text("# changed\n")
    assert build(template).digest != before


def test_missing_folder_is_named(template: Path) -> None:
    (template.parent / "other" / "app.py").unlink()
    (template.parent / "other").rmdir()
    with pytest.raises(DeployError, match=r"Two: .*other does not exist"):
        build(template)


def test_layer_of_requirements_is_empty(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("boto3\n")
    (tmp_path / "Makefile").write_text("all:\n")
    assert zipfile.ZipFile(io.BytesIO(layer_archive(tmp_path))).namelist() == []


def test_archive_does_not_depend_on_order_or_time(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).write_text(name)
    files = list(files_below(tmp_path))
    assert archive(files) == archive(reversed(files))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"Ref": "A"}, {"A"}),
        ({"Fn::GetAtt": ["B", "Arn"]}, {"B"}),
        ({"Fn::GetAtt": "B.Arn"}, {"B"}),
        ({"Fn::Sub": "x-${C}-${D.Arn}-${!Literal}"}, {"C", "D"}),
        ({"Fn::Sub": ["${Local}", {"Local": {"Ref": "E"}}]}, {"E", "Local"}),
        ({"DependsOn": ["F", "G"], "x": [{"Ref": "H"}]}, {"F", "G", "H"}),
    ],
)
def test_references_are_found_in_every_form(node: object, expected: set[str]) -> None:
    assert references(node) == expected
