"""Every function: small, named, importable anywhere, covered by its layers, and letting out three errors only."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from huichang import observability, receiving
from huichang.kernel.errors import (
    ConflictError,
    InvalidInputError,
    LeaseHeldError,
    ModelRefusedError,
    NotFoundError,
    PermanentError,
    ThrottledError,
    TransientError,
)
from huichang.observability import step_handler
from huichang.receiving import batch_handler, queue_handler
from huichang.settings import Settings
from tests.support.moto_aws import ROOT, load_template

APPS = sorted((ROOT / "functions").glob("*/app.py"))
NAMES = [path.parent.name for path in APPS]
TEMPLATE = load_template()
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
FUNCTIONS = {
    resource["Properties"]["CodeUri"].rpartition("/")[2]: (name, resource["Properties"])
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Serverless::Function"
}
# Its subject is files and not a use case: type, ETag and security headers stand where they are served.
NOT_A_USE_CASE = {"serve_console"}


@pytest.fixture(autouse=True)
def _namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observability.metrics.provider, "namespace", "Huichang")  # POWERTOOLS_METRICS_NAMESPACE in the template


class Context:
    """What Powertools wants of Lambda's context."""

    function_name = "test"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:test"
    aws_request_id = "r-1"


def tree_of(name: str) -> ast.Module:
    return ast.parse((ROOT / "functions" / name / "app.py").read_text(encoding="utf-8"))


def steps_of_machines() -> dict[str, str]:
    """Name of every Lambda task: the machine's file."""

    def tasks(graph: dict[str, Any]) -> Iterator[str]:
        for name, state in graph["States"].items():
            if state.get("Parameters", {}).get("FunctionName"):
                yield name
            for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
                yield from tasks(inner)

    paths = (ROOT / "statemachines").glob("*.asl.yaml")
    return {task: path.name for path in paths for task in tasks(yaml.safe_load(path.read_text(encoding="utf-8")))}


STEPS = steps_of_machines()


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_there_are_functions_to_look_at() -> None:
    assert len(NAMES) > 20
    assert len(STEPS) > 15


# --- shape ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_small(name: str) -> None:
    source = (ROOT / "functions" / name / "app.py").read_text(encoding="utf-8")
    without = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Module, ast.FunctionDef)) and ast.get_docstring(node)
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    code = [
        line
        for number, line in enumerate(source.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#") and number not in without
    ]
    assert len(code) <= 30 or name in NOT_A_USE_CASE, "move what it decides into a use case"


@pytest.mark.parametrize("name", NAMES)
def test_a_function_says_where_it_is_called_from_and_that_is_true(name: str) -> None:
    said = ast.get_docstring(tree_of(name)) or ""
    match = re.search(r"(State|Source|Route): (.+)", said)
    assert match, "the docstring names neither State nor Source"
    kind, what = match.groups()
    events = FUNCTIONS[name][1].get("Events", {}).values()
    if kind == "State":
        state = what.split()[0]
        assert STEPS.get(state) == re.search(r"statemachines/([\w.]+?)\)", what).group(1)  # type: ignore[union-attr]
        assert snake(state) == name
    for event in events:
        properties = event["Properties"]
        if event["Type"] == "SQS":
            assert properties["Queue"]["GetAtt"].partition(".")[0] in what
        if event["Type"] == "HttpApi" and kind == "Source":
            assert f"{properties['Method']} {properties['Path']}" in what


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_imported_but_bootstrap_models_and_the_wrapper(name: str) -> None:
    """functions -> bootstrap: no function reaches an adapter, or a vendor."""
    ours: set[str] = set()
    vendors: set[str] = set()
    for node in ast.walk(tree_of(name)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" if node.module == "huichang" else str(node.module) for alias in node.names]
        for module in names:
            top = module.partition(".")[0]
            (ours if top == "huichang" else vendors if top not in sys.stdlib_module_names else set()).add(module)
    assert not vendors
    assert not {module for module in ours if module.startswith(("huichang.adapters", "huichang.settings"))}


@pytest.mark.parametrize("state", sorted(STEPS))
def test_every_task_of_a_machine_has_a_wrapped_handler(state: str) -> None:
    """Only through step_handler do errors get the two names that the machines know."""
    tree = tree_of(snake(state))
    (handler,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "handler"]
    assert [ast.unparse(decorator) for decorator in handler.decorator_list] == ["step_handler"]


# --- import without surroundings --------------------------------------------------------------------------------------

_IMPORT_ALL = """
import importlib.util, json, socket, sys

def refuse(*_, **__):
    raise AssertionError("a connection or a client at import time")

socket.socket.connect = refuse
import boto3
boto3.client = boto3.resource = boto3.Session.client = boto3.Session.resource = refuse
found = {}
for path in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location("app", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        found[path] = "handler" if callable(getattr(module, "handler", None)) else "no handler"
    except BaseException as error:
        found[path] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


@cache
def imported() -> dict[str, str]:
    """What came of importing each app in one bare process: no region, no settings, no network."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL, *map(str, APPS)],
        env={"PYTHONPATH": str(ROOT / "layers" / "shared"), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("path", APPS, ids=NAMES)
def test_a_function_can_be_imported_anywhere(path: Path) -> None:
    assert imported()[str(path)] == "handler"


# --- errors -----------------------------------------------------------------------------------------------------------


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"app_of_{name}", ROOT / "functions" / name / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("raised", "leaves"),
    [
        (TransientError("throttled", where="table", mend="wait", code="try_again"), TransientError),
        (LeaseHeldError("another worker"), TransientError),
        (ThrottledError("not its turn", retry_after=3, code="quota"), ThrottledError),
        (PermanentError("no"), PermanentError),
        (NotFoundError("nothing there"), PermanentError),
        (ConflictError("somebody was first"), PermanentError),
        (InvalidInputError("wrong"), PermanentError),
        (ModelRefusedError("unusable"), PermanentError),
        (KeyError("venue_id"), PermanentError),
        (ZeroDivisionError("division by zero"), PermanentError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_three_error_names_leave_a_step(raised: Exception, leaves: type[Exception]) -> None:
    @step_handler
    def handler(event: dict[str, Any], context: Any) -> Any:
        raise raised

    with pytest.raises(leaves) as caught:
        handler({"venue_id": "v-1"}, Context())
    assert type(caught.value).__name__ in ("TransientError", "ThrottledError", "PermanentError")
    assert type(caught.value) is leaves
    assert caught.value.__cause__ is raised
    # Lambda reports str(error) as errorMessage; that is what FailVenue shows.
    assert str(caught.value) == getattr(raised, "message", f"{type(raised).__name__}: {raised}")


@pytest.mark.parametrize("state", sorted(STEPS))
def test_an_input_that_is_none_is_a_permanent_error(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(snake(state))
    called = re.search(r"bootstrap\.(\w+)\(", Path(str(module.__file__)).read_text())
    assert called
    monkeypatch.setattr(module.bootstrap, called.group(1), lambda: lambda *_: {})
    with pytest.raises(PermanentError) as caught:
        module.handler({"nonsense": 1}, Context())
    assert type(caught.value) is PermanentError
    assert "campaign_id" in str(caught.value)


@pytest.mark.parametrize("state", sorted(STEPS))
def test_a_function_without_settings_names_what_is_missing(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(snake(state))
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    rooms = [room for name, room in sys.modules.items() if name.startswith("huichang.bootstrap.")]
    for factory in (factory for room in rooms for factory in vars(room).values()):
        if hasattr(factory, "cache_clear"):
            factory.cache_clear()
    with pytest.raises(PermanentError, match="STATE_TABLE") as caught:
        module.handler({"campaign_id": "c-1", "venue_id": "v-1", "run": 1, "round": 1, "error": {}}, Context())
    assert type(caught.value) is PermanentError


def test_a_step_returns_what_its_station_returned() -> None:
    @step_handler
    def handler(event: dict[str, Any], context: Any) -> Any:
        return {"hits": event["n"]}

    assert handler({"n": 3}, Context()) == {"hits": 3}
    assert handler.__name__ == "handler"


def messages(*bodies: str, received: int = 1) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m-{number}",
                "body": body,
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:work",
                "receiptHandle": f"handle of {body}",
                "attributes": {"ApproximateReceiveCount": str(received)},
                "messageAttributes": {},
            }
            for number, body in enumerate(bodies)
        ]
    }


@pytest.fixture
def put_back(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """(receipt, seconds) of every message that was put back for a while."""
    seen: list[tuple[str, int]] = []
    monkeypatch.setattr(receiving, "receive_again", lambda _, receipt, seconds: seen.append((receipt, seconds)))
    return seen


def test_a_queue_gives_back_only_what_failed(put_back: list[tuple[str, int]]) -> None:
    done: list[str] = []

    def work(body: str) -> None:
        if body == "throttled":
            raise TransientError("throttled")
        if body == "defect":
            raise KeyError("x")
        done.append(body)

    handler = queue_handler(work)
    answer = handler(messages("a", "throttled", "b", "defect"), Context())
    assert done == ["a", "b"]
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["m-1", "m-3"]
    # A defect waits for the whole visibility timeout: trying it again soon cannot help.
    assert put_back == [("handle of throttled", 10)]
    assert handler(messages("a", "b"), Context()) == {"batchItemFailures": []}


def test_what_waits_for_its_turn_is_sent_anew_and_is_no_failure(put_back: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, float]] = []
    monkeypatch.setattr(receiving, "send_again", lambda *what: sent.append(what))

    def work(_: str) -> None:
        raise ThrottledError("the quota is used", retry_after=7.5)

    answer = queue_handler(work)(messages("x", received=4), Context())
    assert answer == {"batchItemFailures": []}
    ((_, body, seconds),) = sent
    assert (body, seconds) == ("x", 7.5)
    assert put_back == []


@pytest.mark.parametrize(("received", "seconds"), [(1, 10), (2, 20), (4, 80), (5, 160), (50, 600)])
def test_a_transient_error_waits_longer_each_time(put_back: list[tuple[str, int]], received: int, seconds: int) -> None:
    def work(_: str) -> None:
        raise TransientError("throttled")

    queue_handler(work)(messages("x", received=received), Context())
    assert put_back == [("handle of x", seconds)]


def test_a_message_whose_wait_cannot_be_changed_is_given_back_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any) -> None:
        raise PermanentError("AccessDenied")

    def work(_: str) -> None:
        raise TransientError("throttled")

    monkeypatch.setattr(receiving, "receive_again", denied)
    answer = queue_handler(work)(messages("x"), Context())
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["m-0"]


def test_a_queue_whose_every_message_failed_gives_all_back() -> None:
    def work(_: str) -> None:
        raise PermanentError("no")

    answer = queue_handler(work)(messages("a", "b"), Context())
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["m-0", "m-1"]


# --- layers -----------------------------------------------------------------------------------------------------------

# What Lambda's Python runtime brings along.
RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six"}
# Imports inside a function of a module that others load too: (module, what it imports): the only functions that come there.
ONLY_FOR = {
    ("huichang.adapters.openai_models", "PIL"): {"generate_image"},
    # Pixels are looked at after Playwright was found, which no layer carries yet; a layer that does must bring these along.
    ("huichang.adapters.browser", "numpy"): set(),
    ("huichang.adapters.browser", "PIL"): set(),
    ("huichang.adapters.warm_browser", "playwright"): set(),
}

_BUILD_ALL = """
import importlib, json, os, sys

factories = json.loads(sys.argv[1])
from huichang import bootstrap
import huichang.adapters.aws as aws
bootstrap.parts.secret = bootstrap.edge.secret = aws.secret = lambda name: "secret"
for name, factory in factories.items():
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        before = set(sys.modules)
        try:
            getattr(bootstrap, factory)()
            said = {"loaded": sorted(sys.modules)}
        except BaseException as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(writer, "w") as out:
            json.dump(said, out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        print(json.dumps([name, json.load(answer)]))
    os.waitpid(child, 0)
"""


@cache
def built() -> dict[str, dict[str, Any]]:
    """Function name: the modules in memory once its factory has built everything, each in a process of its own."""
    factories = {}
    for name in NAMES:
        called = re.search(r"bootstrap\.(\w+)\(", (ROOT / "functions" / name / "app.py").read_text(encoding="utf-8"))
        if called:
            factories[name] = called.group(1)
    required = {name.upper(): "x" for name, field in Settings.model_fields.items() if field.is_required()}
    done = subprocess.run(
        [sys.executable, "-c", _BUILD_ALL, json.dumps(factories)],
        env=required
        | {
            "PYTHONPATH": str(ROOT / "layers" / "shared"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "SEARCH_ENDPOINT": "https://search.invalid",
            "MODEL_BASE_URL": "https://models.invalid/v1",
            "OIDC_ISSUER": "https://issuer.invalid",
            "OIDC_CLIENT_ID": "console",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(line) for line in done.stdout.splitlines())


@cache
def installed() -> dict[str, list[str]]:
    """Import name: its distributions, of everything in this environment."""
    return dict(packages_distributions())


@cache
def carried_by(name: str) -> set[str]:
    """Import names that the function's layers and the runtime carry."""
    layers = [layer["Ref"] for layer in [*TEMPLATE["Globals"]["Function"]["Layers"], *FUNCTIONS[name][1].get("Layers", [])]]
    distributions: set[str] = set()
    for layer in layers:
        requirements = ROOT / RESOURCES[layer]["Properties"]["ContentUri"] / "requirements.txt"
        if requirements.exists():
            pinned = re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", requirements.read_text(encoding="utf-8"), re.MULTILINE)
            distributions |= {normal(pin) for pin in pinned}
    return RUNTIME | {module for module, owners in installed().items() if distributions & {normal(o) for o in owners}}


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


@cache
def imports_of(module: str) -> frozenset[str]:
    """Top names of everything a module of ours may import, also inside its functions; not what it can do without."""
    path = (ROOT / "layers" / "shared").joinpath(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"

    def walk(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        caught = " ".join(ast.unparse(h.type) for h in node.handlers if h.type) if isinstance(node, ast.Try) else ""
        if "ImportError" in caught or "ModuleNotFoundError" in caught:
            return
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    return frozenset(walk(ast.parse(file.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("name", [name for name in NAMES if "bootstrap." in (ROOT / "functions" / name / "app.py").read_text()])
def test_a_functions_layers_carry_what_it_imports(name: str) -> None:
    """On AWS a module that no layer carries is an ImportError at the first call; here everything is installed."""
    found = built()[name]
    assert "error" not in found, found["error"]
    ours = [module for module in found["loaded"] if module.startswith("huichang.") and not module.startswith("huichang.bootstrap")]
    missing = {
        (module, wanted)
        for module in ours
        for wanted in imports_of(module) - carried_by(name)
        if wanted in installed() and wanted != "huichang" and name in ONLY_FOR.get((module, wanted), {name})
    }
    assert not missing


def test_a_browser_layer_would_bring_what_looking_needs() -> None:
    assert "playwright" not in carried_by("inspect_page") or {"numpy", "PIL"} <= carried_by("inspect_page")


def test_a_batch_is_worked_on_together_and_gives_back_what_it_could_not_read(put_back: list[tuple[str, int]]) -> None:
    seen: list[list[str]] = []

    def work(bodies: Sequence[str]) -> list[int]:
        seen.append(list(bodies))
        return [1] if "b" in bodies else []

    handler = batch_handler(work)
    assert handler(messages("a", "b", "c"), Context()) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert handler(messages("a"), Context()) == {"batchItemFailures": []}
    assert seen == [["a", "b", "c"], ["a"]]
    assert put_back == []


def test_a_batch_that_met_something_transient_comes_back_whole_and_soon(put_back: list[tuple[str, int]]) -> None:
    def work(_: Sequence[str]) -> list[int]:
        raise TransientError("throttled")

    answer = batch_handler(work)(messages("a", "b", received=2), Context())
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["m-0", "m-1"]
    assert put_back == [("handle of a", 20), ("handle of b", 20)]
