"""The state machines as graphs: every edge resolves, every error has an outcome, timeouts nest, names match the template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MACHINES = {path.name.split(".")[0]: yaml.safe_load(path.read_text()) for path in (ROOT / "statemachines").glob("*.asl.yaml")}
TRANSIENT = {
    "TransientError",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Runtime.ExitError",
    "Sandbox.Timedout",
}
ENDINGS = {"FailVenue", "FailCampaign"}


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_multi_constructor(
    "!",
    lambda loader, suffix, node: {
        suffix: loader.construct_scalar(node)
        if isinstance(node, yaml.ScalarNode)
        else loader.construct_sequence(node, deep=True)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_mapping(node, deep=True)
    },
)
TEMPLATE: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), Loader=_Loader)  # noqa: S506


def graphs(machine: dict[str, Any], inside: str = "") -> Iterator[tuple[str, dict[str, Any], str]]:
    """(path, graph, name of the state that holds it) for the machine and everything nested in it."""
    yield inside, machine, inside
    for name, state in machine["States"].items():
        for branch in state.get("Branches", []):
            yield from graphs(branch, name)
        if "ItemProcessor" in state:
            yield from graphs(state["ItemProcessor"], name)


ALL_GRAPHS = [(m, holder, graph) for m, machine in MACHINES.items() for _, graph, holder in graphs(machine)]
ALL_STATES = [
    pytest.param(machine, holder, name, state, graph, id=f"{machine}:{name}")
    for machine, holder, graph in ALL_GRAPHS
    for name, state in graph["States"].items()
]


def function_of(state: dict[str, Any]) -> str:
    """Logical id of the Lambda function a task calls, or ""."""
    found = re.fullmatch(r"\$\{(\w+)Arn\}", str(state.get("Parameters", {}).get("FunctionName", "")))
    return found.group(1) if found else ""


@pytest.mark.parametrize(("machine", "holder", "graph"), ALL_GRAPHS)
def test_every_state_is_reached_and_every_edge_resolves(machine: str, holder: str, graph: dict[str, Any]) -> None:
    states = graph["States"]
    reached, frontier = set(), [graph["StartAt"]]
    while frontier:
        name = frontier.pop()
        assert name in states, f"{machine}/{holder}: nothing is called {name}"
        if name in reached:
            continue
        reached.add(name)
        state = states[name]
        edges = [state[key] for key in ("Next", "Default") if key in state]
        edges += [choice["Next"] for choice in state.get("Choices", [])]
        edges += [catch["Next"] for catch in state.get("Catch", [])]
        assert edges or state.get("End") or state["Type"] in ("Succeed", "Fail"), f"{name} leads nowhere"
        frontier += edges
    assert reached == set(states)


@pytest.mark.parametrize(("machine", "holder", "name", "state", "graph"), ALL_STATES)
def test_tasks_retry_by_name_and_end_explicitly(machine: str, holder: str, name: str, state: dict[str, Any], graph: dict[str, Any]) -> None:
    if state["Type"] != "Task":
        return
    assert "TimeoutSeconds" in state or function_of(state) == "", f"{name} may hang"
    for retry in state["Retry"]:
        assert not {"States.ALL", "States.TaskFailed", "PermanentError"} & set(retry["ErrorEquals"])
        assert {"MaxAttempts", "MaxDelaySeconds", "JitterStrategy", "BackoffRate", "IntervalSeconds"} <= set(retry)
    if function_of(state):
        assert set(state["Retry"][0]["ErrorEquals"]) >= TRANSIENT
    catches = state.get("Catch") or MACHINES[machine]["States"].get(holder, {}).get("Catch")
    assert catches, f"{name} has no outcome for errors"
    assert "States.ALL" in catches[-1]["ErrorEquals"]
    target = catches[-1]["Next"]
    states = graph["States"] | MACHINES[machine]["States"]
    assert target in ENDINGS or states[target]["Type"] in ("Fail", "Succeed")


@pytest.mark.parametrize(("machine", "holder", "name", "state", "graph"), ALL_STATES)
def test_timeouts_nest(machine: str, holder: str, name: str, state: dict[str, Any], graph: dict[str, Any]) -> None:
    function = function_of(state)
    if not function:
        return
    resource = TEMPLATE["Resources"][function]
    assert resource["Type"] == "AWS::Serverless::Function"
    own = resource["Properties"].get("Timeout", TEMPLATE["Globals"]["Function"]["Timeout"])
    assert state["TimeoutSeconds"] > own, f"{name} would be cut off before its function's own timeout is told"
    if "PermanentError" not in str(state):
        assert MACHINES[machine]["TimeoutSeconds"] > state["TimeoutSeconds"]
    needs_model = "ModelsLayer" in str(resource["Properties"].get("Layers", ""))
    waits = [retry for retry in state["Retry"] if "ThrottledError" in retry["ErrorEquals"]]
    assert len(waits) == needs_model, f"{name}: who calls a model waits for its turn, and nobody else does"
    if needs_model:
        # On a budget of its own: half an hour of waiting must not use up the tries that failures have.
        assert waits[0]["ErrorEquals"] == ["ThrottledError"]
        assert waits[0]["MaxAttempts"] * waits[0]["MaxDelaySeconds"] / 2 >= 2400
        assert own > TEMPLATE["Parameters"]["ModelTimeoutSeconds"]["Default"] * 0.9
        assert any("TransientError" in retry["ErrorEquals"] for retry in state["Retry"])


def test_every_substitution_is_given_and_used() -> None:
    for machine, definition in MACHINES.items():
        resource = TEMPLATE["Resources"][f"{machine.capitalize()}Machine"]["Properties"]
        used = set(re.findall(r"\$\{(\w+)\}", (ROOT / resource["DefinitionUri"]).read_text()))
        assert used == set(resource["DefinitionSubstitutions"])
        assert definition["TimeoutSeconds"] > 0


def test_a_machine_may_invoke_exactly_its_functions() -> None:
    for machine in MACHINES:
        resource = TEMPLATE["Resources"][f"{machine.capitalize()}Machine"]["Properties"]
        invokes = next(s for s in resource["Policies"][0]["Statement"] if s["Action"] == "lambda:InvokeFunction")["Resource"]
        allowed = {arn["GetAtt"].split(".")[0] for arn in invokes}
        called = {function_of(state.values[3]) for state in ALL_STATES if state.values[0] == machine} - {""}  # type: ignore[union-attr]
        assert allowed == called


def test_state_carries_no_bodies() -> None:
    """Results are selected field by field; a whole payload in the state could grow over 256 KiB."""
    for param in ALL_STATES:
        _, _, name, state, _ = param.values
        if state["Type"] == "Task" and "waitForTaskToken" not in state["Resource"] and state.get("ResultPath"):  # type: ignore[index, union-attr]
            assert "ResultSelector" in state, name
