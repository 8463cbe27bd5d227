"""Starting, ending, crashing and starting again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.local.cloud import ALREADY_RUNNING, REPOSITORY, EmbeddedCloud, StartError, descendants, read_runtime
from tests.support.cloud import PROBE_TEMPLATE, Probe, eventually

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for orphans in /proc")


@pytest.fixture
def own_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCloud]:
    """A cloud that the test may end and kill."""
    monkeypatch.setenv("HUICHANG_SNAPSHOT_SECONDS", "1")
    with EmbeddedCloud(tmp_path / "state", PROBE_TEMPLATE, port=None, model_base_url="none") as running:
        yield running


def processes(cloud: EmbeddedCloud) -> set[int]:
    return {cloud.pid, *descendants(cloud.pid)}


def alive(pids: set[int]) -> set[int]:
    """Those that still run. A zombie has ended; only its parent has not looked yet."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found.add(pid)
    return found


def put(cloud: EmbeddedCloud, key: str) -> None:
    cloud.client("dynamodb").put_item(TableName=cloud.outputs["TableName"], Item={"pk": {"S": key}, "sk": {"S": "x"}})


def get(cloud: EmbeddedCloud, key: str) -> bool:
    wanted = {"pk": {"S": key}, "sk": {"S": "x"}}
    return "Item" in cloud.client("dynamodb").get_item(TableName=cloud.outputs["TableName"], Key=wanted)


def test_second_start_on_the_same_folder_says_where_the_first_is(own_cloud: EmbeddedCloud) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "infra.local", "up", "--state", str(own_cloud.state_dir), "--model-base-url", "none"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert again.returncode == ALREADY_RUNNING
    assert own_cloud.url in again.stderr
    assert httpx.get(f"{own_cloud.url}/api/items/1").status_code == 200
    assert (read_runtime(own_cloud.state_dir) or {})["pid"] == own_cloud.pid


def test_sigterm_leaves_no_orphan_and_a_restart_finds_everything(own_cloud: EmbeddedCloud) -> None:
    probe, key = Probe(own_cloud), uuid.uuid4().hex
    probe.invoke({"do": "process"})
    put(own_cloud, key)
    s3, bucket = own_cloud.client("s3"), own_cloud.outputs["PagesBucket"]
    s3.put_object(Bucket=bucket, Key="public/media/a.html", Body=b"page", ContentType="text/html")
    own_cloud.client("sqs").send_message(QueueUrl=own_cloud.outputs["DlqUrl"], MessageBody=key)
    url, token, outputs, before = own_cloud.url, own_cloud.token("operator"), own_cloud.outputs, processes(own_cloud)
    assert len(before) >= 5, "supervisor, emulator, edge, worker host, worker"
    own_cloud.stop()
    assert alive(before) == set()
    assert read_runtime(own_cloud.state_dir) is None

    own_cloud.start()
    assert (own_cloud.url, own_cloud.outputs) == (url, outputs)
    assert get(own_cloud, key)
    page = httpx.get(f"{url}/media/a.html")
    assert (page.text, page.headers["content-type"]) == ("page", "text/html")
    sqs = own_cloud.client("sqs")
    found = sqs.receive_message(QueueUrl=own_cloud.outputs["DlqUrl"], WaitTimeSeconds=2)["Messages"]
    assert [message["Body"] for message in found] == [key]
    assert httpx.get(f"{url}/api/closed", headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert Probe(own_cloud).invoke({"do": "echo", "a": 1}) == ({"do": "echo", "a": 1}, None)


def test_kill_minus_nine_of_the_supervisor_leaves_no_orphan_and_loses_little(own_cloud: EmbeddedCloud) -> None:
    key = uuid.uuid4().hex
    Probe(own_cloud).invoke({"do": "process"})
    pointer = own_cloud.state_dir / "aws" / "current"
    # The first snapshot may have begun before the write; the one after it began when that one was done.
    for written in (key, uuid.uuid4().hex):
        known = pointer.read_text()
        put(own_cloud, written)
        eventually(lambda known=known: pointer.read_text() != known, 15, "a snapshot")  # type: ignore[misc]
    before = processes(own_cloud)
    os.kill(own_cloud.pid, signal.SIGKILL)
    eventually(lambda: not alive(before), 10, "the end of every process")
    own_cloud.kill()
    own_cloud.start()
    assert get(own_cloud, key)


def test_supervisor_ends_with_its_parent(tmp_path: Path) -> None:
    starter = (
        "import sys, os; from pathlib import Path; from infra.local.cloud import EmbeddedCloud\n"
        f"state, template = Path({str(tmp_path / 'state')!r}), Path({str(PROBE_TEMPLATE)!r})\n"
        "EmbeddedCloud(state, template, model_base_url='none').start(); os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", starter], cwd=REPOSITORY, timeout=60, check=True)
    runtime = read_runtime(tmp_path / "state")
    pids = {runtime["pid"], *runtime["pids"].values()} if runtime else set()
    eventually(lambda: not alive(pids), 20, "the end of the tree")


@pytest.mark.parametrize("crash", [False, True])
def test_running_executions_go_on_after_a_restart(own_cloud: EmbeddedCloud, crash: bool) -> None:
    probe, key = Probe(own_cloud), uuid.uuid4().hex
    waiting = probe.start(probe.machine({"A": probe.waiting(key, TimeoutSeconds=600)}))
    token = probe.token(key)
    child = probe.machine({"W": probe.waiting(f"{key}-child"), "X": {"Type": "Succeed"}})
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child, "Name.$": "$.name", "Input": {"a": 1}},
        "End": True,
    }
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Run",
        "States": {"Run": run},
    }
    campaign = {"M": {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, "End": True}}
    parent = probe.start(probe.machine(campaign), [{"name": f"{key}-1"}])
    child_token = probe.token(f"{key}-child")
    wait = probe.start(probe.machine({"A": {"Type": "Wait", "Seconds": 4, "End": True}}))
    busy = probe.start(probe.machine({"A": probe.task({"do": "sleep_once", "seconds": 9, "key": f"{key}-busy"})}))
    eventually(lambda: probe.noted(f"{key}-busy"), 10, "the busy task")
    if crash:
        own_cloud.snapshot()
    own_cloud.restart(crash=crash)
    probe = Probe(own_cloud)
    assert probe.calls(key) == 1, "a token that was given away is not given away again"
    probe.states.send_task_success(taskToken=token, output='"approved"')
    probe.states.send_task_success(taskToken=child_token, output='"built"')
    assert probe.ended(waiting)["output"] == "approved"
    ended = probe.ended(parent)
    assert [entry["Output"] for entry in ended["output"]] == ["built"]
    assert probe.ended(wait)["status"] == "SUCCEEDED"
    assert probe.ended(busy)["output"]["Payload"] == {"calls": 2}
    history = [event["type"] for event in probe.history(waiting)]
    assert history[0] == "ExecutionStarted"
    assert history[-1] == "ExecutionSucceeded"


def test_one_time_schedule_does_not_fire_again_after_a_restart(own_cloud: EmbeddedCloud) -> None:
    probe, key = Probe(own_cloud), uuid.uuid4().hex
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1))
    own_cloud.client("scheduler").create_schedule(
        Name=key,
        GroupName=own_cloud.outputs["ScheduleGroup"],
        ScheduleExpression=f"at({moment})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": probe.arn,
            "RoleArn": "arn:aws:iam::000000000000:role/test",
            "Input": json.dumps({"do": "echo", "key": key}),
        },
    )
    eventually(lambda: probe.noted(key), 15, "the scheduled call")
    own_cloud.restart()
    time.sleep(2.5)
    assert Probe(own_cloud).calls(key) == 1


def test_other_port_after_a_restart(own_cloud: EmbeddedCloud) -> None:
    """Queue addresses are made of the first port. They go on working when it is taken by somebody else."""
    probe, key = Probe(own_cloud), uuid.uuid4().hex
    own_cloud.stop()
    ports = json.loads((own_cloud.state_dir / "ports.json").read_text())
    (own_cloud.state_dir / "ports.json").write_text(json.dumps({**ports, "aws": None, "edge": None}))
    own_cloud.start()
    probe = Probe(own_cloud)
    assert int(own_cloud.runtime["aws"].rpartition(":")[2]) != ports["aws"]
    own_cloud.client("sqs").send_message(QueueUrl=own_cloud.outputs["QueueUrl"], MessageBody=json.dumps({"key": key}))
    eventually(lambda: probe.noted(key), 10, "the message")
    token = own_cloud.token("operator")
    closed = httpx.get(f"{own_cloud.url}/api/closed", headers={"authorization": f"Bearer {token}"})
    assert closed.status_code == 200


def test_changed_code_is_deployed_and_unchanged_is_not(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(PROBE_TEMPLATE.parent, source)
    with EmbeddedCloud(tmp_path / "state", source / "template.yaml", model_base_url="none") as cloud:
        probe = Probe(cloud)
        assert probe.invoke({"do": "environment"})[0]["layer"] == "from the layer"

        def events() -> int:
            return len(cloud.client("cloudformation").describe_stack_events(StackName="huichang")["StackEvents"])

        before = events()
        cloud.restart()
        assert events() == before, "nothing changed, nothing was deployed"
        (source / "layer" / "conformance_layer" / "__init__.py").write_text('VALUE = "from another layer"\n')
        text = (source / "functions" / "probe" / "app.py").read_text()
        changed = text.replace('"remaining": context', '"new": True, "remaining": context')
        (source / "functions" / "probe" / "app.py").write_text(changed)
        cloud.restart()
        probe = Probe(cloud)
        assert probe.invoke({"do": "environment"})[0]["layer"] == "from another layer"
        assert probe.invoke({"do": "process"})[0]["new"] is True


def test_template_that_cannot_be_deployed_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(PROBE_TEMPLATE.parent, source)
    asl = source / "greet.asl.yaml"
    asl.write_text(asl.read_text().replace("End: true", "Next: Nowhere"))
    cloud = EmbeddedCloud(tmp_path / "state", source / "template.yaml", model_base_url="none")
    with pytest.raises(StartError, match=r"Greet .*leads to Nowhere"):
        cloud.start()
    cloud.stop()
    assert read_runtime(tmp_path / "state") is None


def test_backend_that_is_away_is_a_502_problem_and_comes_back(own_cloud: EmbeddedCloud) -> None:
    os.kill(own_cloud.runtime["pids"]["aws"], signal.SIGKILL)
    answer = httpx.get(f"{own_cloud.url}/api/items/1")
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert "try again" in answer.json()["detail"]

    def back() -> bool:
        try:
            return httpx.get(f"{own_cloud.url}/api/items/1", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False

    eventually(back, 30, "the emulator")
