"""What `sam package` and `sam deploy` do, for the embedded cloud: archives, inlined machines, CreateStack or
UpdateStack.

The template is deployed as it is, with three exceptions, all listed with their reasons in infra/local/README.md under
"What is left out locally": layers of requirements are empty, resource types in LEFT_OUT are not created (unless
something that is deployed refers to them), and SAM's build settings are dropped.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from infra.local.cloud import Aws

ARTIFACT_BUCKET = "huichang-artifacts"
LEFT_OUT = (
    "AWS::CloudWatch::",
    "AWS::Logs::",
    "AWS::CloudFront::",
    "AWS::Cognito::",
    "AWS::OpenSearchService::",
    "AWS::OpenSearchServerless::",
    "AWS::WAFv2::",
    "AWS::XRay::",
    "AWS::Budgets::",
    "AWS::ApplicationInsights::",
    "AWS::ResourceGroups::",
)
IGNORED = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".DS_Store")
EPOCH = (1980, 1, 1, 0, 0, 0)
REQUIREMENT_FILES = {"requirements.txt", "requirements.in", "makefile", "dockerfile", "readme.md"}


class DeployError(RuntimeError):
    """The stack could not be deployed. The message lists what failed, one resource per line."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags, read as their long forms."""


def _construct_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TypeError(f"a tag on {node}")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _construct_tag)
# An unquoted date (a template's format version, a policy's Version) is text in CloudFormation.
_Loader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_template(path: Path) -> dict[str, Any]:
    """A template as a dictionary with long-form intrinsic functions."""
    with path.open(encoding="utf-8") as stream:
        template: dict[str, Any] = yaml.load(stream, Loader=_Loader)  # noqa: S506 - a SafeLoader with tags
    return template


def archive(files: Iterable[tuple[str, Path]]) -> bytes:
    """A zip of (name inside, file), the same bytes for the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for name, path in sorted(files):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
            zipped.writestr(info, path.read_bytes())
    return buffer.getvalue()


def files_below(folder: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
    """(name inside the archive, file) of a folder, without caches."""
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part in IGNORED for part in relative.parts) and path.suffix != ".pyc":
            yield f"{prefix}{relative.as_posix()}", path


def layer_archive(folder: Path) -> bytes:
    """A layer's content, importable from /opt/python as its Makefile would build it; empty for a layer of
    requirements."""
    if (folder / "python").is_dir():
        return archive(files_below(folder))
    files = [(name, path) for name, path in files_below(folder) if path.name.lower() not in REQUIREMENT_FILES]
    if not any(path.suffix == ".py" for _, path in files):
        files = []
    return archive((f"python/{name}", path) for name, path in files)


@dataclass(frozen=True)
class Package:
    """A template that refers to archives by their content, and the archives."""

    template: dict[str, Any]
    archives: Mapping[str, bytes]
    left_out: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The same for the same template and code."""
        return hashlib.sha256(json.dumps(self.template, sort_keys=True).encode()).hexdigest()


def build(template_path: Path) -> Package:
    """Package a template: every local path of it becomes an archive or an inlined definition."""
    template = load_template(template_path)
    root = template_path.parent
    archives: dict[str, bytes] = {}

    def stored(content: bytes) -> dict[str, str]:
        key = f"code/{hashlib.sha256(content).hexdigest()}.zip"
        archives[key] = content
        return {"Bucket": ARTIFACT_BUCKET, "Key": key}

    code_of_all = ((template.get("Globals") or {}).get("Function") or {}).pop("CodeUri", None)
    packed: dict[Path, dict[str, str]] = {}
    for name, resource in template["Resources"].items():
        properties = resource.setdefault("Properties", {})
        kind = resource["Type"]
        if kind == "AWS::Serverless::Function" and "InlineCode" not in properties:
            uri = properties.get("CodeUri", code_of_all)
            if not isinstance(uri, str):
                raise DeployError(f"{name}: CodeUri must be a local path")
            folder = _existing(root / uri, name)
            if folder not in packed:
                packed[folder] = stored(archive(files_below(folder)))
            properties["CodeUri"] = packed[folder]
        elif kind == "AWS::Serverless::LayerVersion":
            properties["ContentUri"] = stored(layer_archive(_existing(root / properties["ContentUri"], name)))
        elif kind == "AWS::Serverless::StateMachine" and isinstance(properties.get("DefinitionUri"), str):
            path = _existing(root / properties.pop("DefinitionUri"), name)
            properties["Definition"] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
        # SAM's build settings mean nothing to CloudFormation.
        resource.pop("Metadata", None)
    return Package(template, archives, tuple(_leave_out(template)))


def _existing(path: Path, name: str) -> Path:
    resolved = path.resolve()
    if not resolved.exists():
        raise DeployError(f"{name}: {path} does not exist")
    return resolved


def _leave_out(template: dict[str, Any]) -> list[str]:
    """Take out what LEFT_OUT lists, and the outputs that need it. Returns the logical ids."""
    resources = template["Resources"]
    dropped = {name for name, resource in resources.items() if resource["Type"].startswith(LEFT_OUT)}
    while True:
        needed = set[str]()
        for name, resource in resources.items():
            if name not in dropped:
                needed |= references(resource) & dropped
        if not needed:
            break
        dropped -= needed
    for name in dropped:
        del resources[name]
    outputs = template.get("Outputs") or {}
    for name in [name for name, output in outputs.items() if references(output) & dropped]:
        del outputs[name]
    return sorted(dropped)


def references(node: Any) -> set[str]:
    """Logical ids and parameters that a piece of a template refers to."""
    found: set[str] = set()
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                found.add(value)
            elif key == "Fn::GetAtt":
                found.add(value[0] if isinstance(value, list) else str(value).split(".")[0])
            elif key == "Fn::Sub":
                text = value if isinstance(value, str) else value[0]
                found |= {part.split(".")[0] for part in re.findall(r"\$\{([^!}][^}]*)\}", text)}
                if isinstance(value, list):
                    found |= references(value[1]) - set(value[1])
            elif key == "DependsOn":
                found |= {value} if isinstance(value, str) else set(value)
            else:
                found |= references(value)
    elif isinstance(node, list):
        for item in node:
            found |= references(item)
    return found


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its outputs, and the physical ids of its resources by logical id."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]


def deploy(aws: Aws, package: Package, name: str, parameters: Mapping[str, str]) -> Stack:
    """Create or update stack `name`. Parameters that the template does not have are not passed. DeployError if it
    fails."""
    s3, cfn = aws.client("s3"), aws.client("cloudformation")
    known = package.template.get("Parameters") or {}
    passed = {key: value for key, value in parameters.items() if key in known}
    missing = sorted(key for key, entry in known.items() if "Default" not in entry and key not in passed)
    if missing:
        raise DeployError(f"the template wants parameters that the embedded cloud does not know: {', '.join(missing)}")
    if ARTIFACT_BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=ARTIFACT_BUCKET)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=ARTIFACT_BUCKET)
    present = {item["Key"] for page in pages for item in page.get("Contents", [])}
    for key, content in package.archives.items():
        if key not in present:
            s3.put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=content)
    body = json.dumps(package.template)
    key = f"templates/{hashlib.sha256(body.encode()).hexdigest()}.json"
    s3.put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=body.encode())
    request = {
        "StackName": name,
        "TemplateURL": f"{aws.endpoint}/{ARTIFACT_BUCKET}/{key}",
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in passed.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    status = _status(cfn, name)
    if status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
        # Such a stack cannot be updated on AWS either; it holds nothing.
        cfn.delete_stack(StackName=name)
        _settled(cfn, name)
        status = None
    try:
        if status is None:
            cfn.create_stack(**request)
        else:
            cfn.update_stack(**request)
    except cfn.exceptions.ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise DeployError(str(error)) from error
        return _describe(cfn, name)
    started = time.time()
    final = _settled(cfn, name)
    if final not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise DeployError(f"stack {name} is {final}\n{_reasons(cfn, name, started)}")
    return _describe(cfn, name)


def _status(cfn: Any, name: str) -> str | None:
    try:
        status: str = cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except cfn.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if status == "DELETE_COMPLETE" else status


def _settled(cfn: Any, name: str, seconds: float = 120.0) -> str | None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = _status(cfn, name)
        if status is None or not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(0.03)
    raise DeployError(f"stack {name} did not settle in {seconds:.0f} s")


def _reasons(cfn: Any, name: str, since: float) -> str:
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    lines = [
        f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED") and event["Timestamp"].timestamp() >= since - 5
    ]
    return "\n".join(lines) or "  no resource says why"


def _describe(cfn: Any, name: str) -> Stack:
    stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
    outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stack.get("Outputs", [])}
    resources: dict[str, str] = {}
    for page in cfn.get_paginator("list_stack_resources").paginate(StackName=name):
        for entry in page["StackResourceSummaries"]:
            resources[entry["LogicalResourceId"]] = entry.get("PhysicalResourceId", "")
    return Stack(outputs, resources)
