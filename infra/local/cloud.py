"""The embedded cloud as one process tree: emulator, model server and edge under a supervisor, on 127.0.0.1.

`Supervisor` is what `python -m infra.local up` runs. `EmbeddedCloud` starts such a process for tests and talks to it:

    with EmbeddedCloud(state_dir=tmp_path / "state", template=Path("template.yaml")) as cloud:
        cloud.client("dynamodb").list_tables()
        httpx.get(cloud.url + "/api/config")

Everything lives in the state folder: `runtime.json` (addresses, ports, outputs; written when ready), `lock`, `aws/`
(snapshots, objects), `logs/`, `index/`, `routes.json`, the issuer's key. Starting on the same folder again goes on
where it ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from infra.local import package
from infra.local.edge import OIDC_PATH, read_routes
from infra.local.issuer import CLIENT_ID, PERSONA_GRANT

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 8200
REGION = "us-east-1"
ACCOUNT = "000000000000"
STACK = "huichang"
ALREADY_RUNNING = 3
START_SECONDS = 90.0
STOP_SECONDS = 30.0
RESTARTS = 5


class AlreadyRunningError(RuntimeError):
    """Another process serves this state folder. `runtime` is what it wrote, {} while it is still starting."""

    def __init__(self, state: Path, runtime: Mapping[str, Any]) -> None:
        self.runtime = runtime
        where = runtime.get("url", "an address it has not told yet")
        super().__init__(f"the embedded cloud of {state} is already running at {where}")


class StartError(RuntimeError):
    """A part did not start. The message says which one, and where its log is."""


class Aws:
    """boto3 clients of an emulator."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """The (shared) boto3 client of a service."""
        import boto3
        from botocore.config import Config

        with self._lock:
            if service not in self._clients:
                session: Any = boto3.session.Session()
                self._clients[service] = session.client(
                    service,
                    endpoint_url=self.endpoint,
                    region_name=REGION,
                    aws_access_key_id=ACCOUNT,
                    aws_secret_access_key="local",  # noqa: S106 - the emulator accepts any
                    config=Config(retries={"max_attempts": 2}, read_timeout=120, s3={"addressing_style": "path"}),
                )
            return self._clients[service]


OFFLINE_MODELS = {
    "ChatModel": "huichang-offline-chat",
    "EmbeddingModel": "huichang-offline-embedding",
    "ImageModel": "huichang-offline-image",
}


@dataclass(frozen=True)
class Options:
    """How to start.

    `port` None: the last one, else 8200, else a free one. `model_base_url` None: the local model server; "none": no
    model server (for tests of the emulator alone).
    """

    state: Path
    template: Path = REPOSITORY / "template.yaml"
    port: int | None = None
    search: str = "sqlite"
    model_base_url: str | None = None
    model_api_key: str = "local"
    model_faults: Mapping[str, Any] | None = None
    parameters: Mapping[str, str] | None = None
    slots: int = 6


class Child:
    """One process of the tree, with its log file; started again when it ends by itself."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        self._arguments = [sys.executable, "-m", "infra.local.child", *arguments]
        self._environment = environment
        self._starts: list[float] = []
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process. Called from the main thread: its end is what ends the children on Linux."""
        self._starts.append(time.monotonic())
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=REPOSITORY,
                # A terminal's Ctrl-C must reach only the supervisor: if workers died of it first, the emulator
                # would record their executions as failed before it writes its state.
                process_group=0,
            )
        return self.process

    def may_restart(self) -> bool:
        """Not more than RESTARTS starts within a minute."""
        now = time.monotonic()
        self._starts = [moment for moment in self._starts if now - moment < 60]
        return len(self._starts) < RESTARTS

    def ask_to_end(self) -> None:
        """SIGTERM."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def end(self, seconds: float) -> None:
        """Wait for the end, then insist."""
        try:
            self.process.wait(max(0.1, seconds))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Supervisor:
    """Holds the state folder's lock and the children. Use `run` (blocks), or `start` and `stop`."""

    def __init__(self, options: Options, say: Callable[[str], None] = print) -> None:
        self.options = options
        self.state = options.state.resolve()
        self._say = say
        self._lock: IO[str] | None = None
        self._children: list[Child] = []
        self._ending = threading.Event()
        self.runtime: dict[str, Any] = {}

    def start(self) -> dict[str, Any]:
        """Start everything and deploy. Returns what runtime.json says.

        AlreadyRunningError, StartError or DeployError when it does not come up; nothing is left running then.
        """
        started = time.monotonic()
        self.state.mkdir(parents=True, exist_ok=True)
        self._lock = self._take_lock()
        (self.state / "runtime.json").unlink(missing_ok=True)
        (self.state / "routes.json").unlink(missing_ok=True)
        try:
            self._start_children()
            self._renew_index()
            packaged = package.build(self.options.template)
            self._await_health("aws", f"{self.runtime['aws']}/_ministack/health")
            stack = self._deploy(packaged)
            self._write_routes(stack)
            if "models" in self._names():
                self._await_health("models", f"{self.runtime['model_url'].removesuffix('/v1')}/healthz")
            self._await_health("edge", f"{self.runtime['url']}/_edge/health")
        except BaseException:
            self.stop()
            raise
        self.runtime.update(
            ready=True,
            outputs=dict(stack.outputs),
            resources=dict(stack.resources),
            left_out=list(packaged.left_out),
            seconds_to_start=round(time.monotonic() - started, 2),
        )
        _write_json(self.state / "runtime.json", self.runtime)
        return self.runtime

    def run(self, *, parent_pipe: bool = False) -> None:
        """Serve until SIGTERM or SIGINT, or until standard input closes if `parent_pipe`. For the main thread only."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._ending.set())
        try:
            while not self._ending.is_set():
                if parent_pipe and _closed(sys.stdin):
                    break
                self._ending.wait(0.2)
                self._revive()
        finally:
            self.stop()

    def stop(self) -> None:
        """End the children: first those that ask, last the emulator, which writes its state."""
        self._ending.set()
        end = time.monotonic() + STOP_SECONDS
        for child in reversed(self._children):
            child.ask_to_end()
        for child in reversed(self._children):
            child.end(end - time.monotonic())
        self._children.clear()
        if self._lock is not None:
            (self.state / "runtime.json").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> IO[str]:
        lock = (self.state / "lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunningError(self.state, read_runtime(self.state) or {}) from None
        return lock

    def _start_children(self) -> None:
        known = _read_json(self.state / "ports.json") or {}
        taken: set[int] = set()
        wanted = [self.options.port] if self.options.port is not None else [known.get("edge"), DEFAULT_PORT]
        if self.options.port and not _is_free(self.options.port):
            raise StartError(f"port {self.options.port} is taken; choose another one or none")
        edge_port = _choose_port(wanted, taken)
        aws_port = _choose_port([known.get("aws")], taken)
        model_port = _choose_port([known.get("models")], taken)
        _write_json(self.state / "ports.json", {"edge": edge_port, "aws": aws_port, "models": model_port})
        aws, url = f"http://127.0.0.1:{aws_port}", f"http://127.0.0.1:{edge_port}"
        self.runtime = {
            "ready": False,
            "pid": os.getpid(),
            "url": url,
            "console": f"{url}/console",
            "aws": aws,
            "region": REGION,
            "account": ACCOUNT,
            "stack": STACK,
            "issuer": f"{url}{OIDC_PATH}",
            "client_id": CLIENT_ID,
            "model_url": self.options.model_base_url or f"http://127.0.0.1:{model_port}/v1",
            "state": str(self.state),
            "template": str(self.options.template.resolve()),
            "pids": {},
        }
        self._spawn("aws", ["infra.local.emulator", str(self.state / "aws"), str(aws_port)])
        if self.options.model_base_url is None:
            arguments = ["infra.local.models", "--port", str(model_port), "--state", str(self.state)]
            if self.options.model_faults is not None:
                _write_json(self.state / "model_faults.json", dict(self.options.model_faults))
                arguments += ["--faults", str(self.state / "model_faults.json")]
            self._spawn("models", arguments)
        self._spawn("edge", ["infra.local.edge", str(self.state), str(edge_port), aws])

    def _spawn(self, name: str, arguments: list[str]) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "layers" / "shared"))),
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",
            "HUICHANG_LAMBDA_SLOTS": str(self.options.slots),
        }
        child = Child(name, arguments, self.state / "logs" / f"{name}.log", environment)
        self._children.append(child)
        self.runtime["pids"][name] = child.process.pid

    def _names(self) -> list[str]:
        return [child.name for child in self._children]

    def _await_health(self, name: str, url: str) -> None:
        child = next(child for child in self._children if child.name == name)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if child.process.poll() is not None:
                status = child.process.returncode
                raise StartError(f"{name} ended with status {status}; its log {child.log} ends:\n{_tail(child.log)}")
            if _answers(url):
                return
            time.sleep(0.03)
        raise StartError(f"{name} did not answer at {url} within {START_SECONDS:.0f} s; see {child.log}")

    def _renew_index(self) -> None:
        """An index that an earlier release left in the state folder is made anew before this one asks it anything."""
        if self.options.search != "sqlite" or not (self.state / "index" / "products").is_dir():
            return
        dimension = (self.options.parameters or {}).get("EmbeddingDimension", "384")
        wanted = ["--endpoint", f"sqlite://{self.state}/index", "--dimension", dimension, "--if-outdated"]
        command = [sys.executable, "-m", "infra.cli", "reindex", *wanted]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StartError(f"the product index cannot be used:\n{done.stderr}")
        if done.stdout:
            self._say(f"product index: {done.stdout.strip()}")

    def _deploy(self, packaged: package.Package) -> package.Stack:
        search = self.options.search
        parameters = {
            "Deployment": "local",
            "ModelBaseUrl": self.runtime["model_url"],
            "ModelApiKey": self.options.model_api_key,
            "SearchEndpoint": f"sqlite://{self.state}/index" if search == "sqlite" else search,
            "OidcIssuer": self.runtime["issuer"],
            "OidcClientId": CLIENT_ID,
            "PublicBaseUrl": self.runtime["url"],
            # Pages and console say "offline" on their face when these names are configured.
            **(OFFLINE_MODELS if self.options.model_base_url is None else {}),
            **(self.options.parameters or {}),
        }
        (self.state / "index").mkdir(exist_ok=True)
        aws = Aws(self.runtime["aws"])
        record = {"package": packaged.digest, "parameters": _digest(parameters)}
        deployed = _read_json(self.state / "deployed.json") or {}
        if deployed.get("record") == record and package._status(aws.client("cloudformation"), STACK) is not None:
            return package._describe(aws.client("cloudformation"), STACK)
        stack = package.deploy(aws, packaged, STACK, parameters)
        # What "is deployed" says must survive whatever happens to the emulator.
        take_snapshot(self.runtime["aws"])
        _write_json(self.state / "deployed.json", {"record": record})
        return stack

    def _write_routes(self, stack: package.Stack) -> None:
        template = package.load_template(self.options.template)
        try:
            text = read_routes(template, stack.resources).to_json()
        except ValueError as error:
            # A template without a distribution (tests of the emulator) has no front door.
            self._say(f"edge: {error}")
            return
        staging = self.state / "routes.json.next"
        staging.write_text(text, encoding="utf-8")
        staging.replace(self.state / "routes.json")

    def _revive(self) -> None:
        for child in self._children:
            status = child.process.poll()
            if status is None or self._ending.is_set():
                continue
            if not child.may_restart():
                self._say(f"{child.name} ended {RESTARTS} times within a minute; giving up. See {child.log}")
                self._ending.set()
                return
            self._say(f"{child.name} ended with status {status}; starting it again")
            self.runtime["pids"][child.name] = child.start().pid
            _write_json(self.state / "runtime.json", self.runtime)


class EmbeddedCloud:
    """An embedded cloud in a process tree of its own, for tests and tools. A context manager."""

    def __init__(
        self,
        state_dir: Path,
        template: Path = REPOSITORY / "template.yaml",
        port: int | None = 0,
        search: str = "sqlite",
        model_base_url: str | None = None,
        model_faults: Mapping[str, Any] | None = None,
        parameters: Mapping[str, str] | None = None,
        slots: int = 6,
    ) -> None:
        self.state_dir = state_dir
        self._arguments = ["up", "--state", str(state_dir), "--template", str(template), "--search", search]
        self._arguments += ["--slots", str(slots), "--with-parent"]
        if port is not None:
            self._arguments += ["--port", str(port or free_port())]
        if model_base_url is not None:
            self._arguments += ["--model-base-url", model_base_url]
        if model_faults is not None:
            self._arguments += ["--model-faults", json.dumps(dict(model_faults))]
        for name, value in (parameters or {}).items():
            self._arguments += ["--parameter", f"{name}={value}"]
        self._process: subprocess.Popen[bytes] | None = None
        self._aws: Aws | None = None
        self.runtime: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop, whatever happened."""
        self.stop()

    @property
    def url(self) -> str:
        """The edge's address, without a slash at its end."""
        return str(self.runtime["url"])

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        return dict(self.runtime["outputs"])

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return int(self.runtime["pid"])

    def start(self) -> None:
        """Start the tree and wait until the stack is deployed. StartError with the output if it does not come up."""
        output = self.state_dir / "logs" / "supervisor.log"
        output.parent.mkdir(parents=True, exist_ok=True)
        # An earlier start may have left its file behind (kill -9); it is not this one's.
        (self.state_dir / "runtime.json").unlink(missing_ok=True)
        with output.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local", *self._arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=REPOSITORY,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS + 30
        while time.monotonic() < end:
            runtime = read_runtime(self.state_dir)
            if runtime is not None and runtime.get("ready"):
                self.runtime, self._aws = runtime, Aws(runtime["aws"])
                return
            if self._process.poll() is not None:
                raise StartError(f"the embedded cloud ended with status {self._process.returncode}:\n{_tail(output)}")
            time.sleep(0.03)
        self.stop()
        raise StartError(f"the embedded cloud did not start in time:\n{_tail(output)}")

    def stop(self) -> None:
        """SIGTERM to the supervisor, which writes the state and ends its children. Safe to call twice."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS + 10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()

    def kill(self) -> None:
        """SIGKILL to the supervisor, as a crash of the machine. The children end by themselves."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.kill()
        process.wait()
        process.stdin.close()
        end = time.monotonic() + 5
        while time.monotonic() < end and any(_alive(pid) for pid in self.runtime["pids"].values()):
            time.sleep(0.02)

    def restart(self, *, crash: bool = False) -> None:
        """Stop (or, with `crash`, kill) and start on the same state folder. Ports stay the same if they are free."""
        if crash:
            self.kill()
        else:
            self.stop()
        self.start()

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator."""
        if self._aws is None:
            raise StartError("the embedded cloud is not running")
        return self._aws.client(service)

    def token(self, persona: str) -> str:
        """An access token of a persona: operator, reviewer, designer or admin."""
        return persona_token(self.runtime["issuer"], persona)

    def workers(self) -> list[dict[str, Any]]:
        """The Lambda workers: [{"pid", "function", "busy"}]."""
        with urllib.request.urlopen(f"{self.runtime['aws']}/_huichang/workers", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def snapshot(self) -> None:
        """Write the emulator's state to disk now, as it also does by itself every few seconds."""
        take_snapshot(self.runtime["aws"])

    def trouble_queues(self, trouble: Mapping[str, Any] | None = None) -> dict[str, int]:
        """Set what happens to messages on their way to functions (infra/local/queue_trouble.py); without an argument, what has happened.

        A restart ends it.
        """
        data = None if trouble is None else json.dumps(dict(trouble)).encode()
        with urllib.request.urlopen(f"{self.runtime['aws']}/_huichang/queues", data=data, timeout=10) as answer:
            found: dict[str, int] = json.load(answer)
        return found

    def kill_a_worker(self, function: str = "", *, seconds: float = 10.0) -> int:
        """kill -9 a worker that is in the middle of an invocation of `function` (part of its name). Returns its pid.

        Waits up to `seconds` for one to be busy; TimeoutError if none is.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for worker in self.workers():
                if worker["busy"] and function in worker["function"]:
                    os.kill(worker["pid"], signal.SIGKILL)
                    return int(worker["pid"])
            time.sleep(0.01)
        raise TimeoutError(f"no worker of {function or 'any function'} was busy within {seconds:.0f} s")


def persona_token(issuer: str, persona: str) -> str:
    """An access token by the local issuer's persona grant."""
    form = f"grant_type={PERSONA_GRANT}&client_id={CLIENT_ID}&persona={persona}".encode()
    with urllib.request.urlopen(f"{issuer}/oauth2/token", data=form, timeout=10) as answer:
        return str(json.load(answer)["access_token"])


def take_snapshot(aws: str) -> None:
    """Have the emulator at `aws` write its state to disk. urllib.error.HTTPError if it could not."""
    with urllib.request.urlopen(f"{aws}/_huichang/snapshot", data=b"", timeout=150):
        pass


def read_runtime(state: Path) -> dict[str, Any] | None:
    """What the running cloud of a state folder has written about itself, None if there is nothing."""
    return _read_json(state / "runtime.json")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _choose_port(wanted: Sequence[int | None], taken: set[int]) -> int:
    candidates = [port for port in wanted if port and port not in taken and _is_free(port)]
    chosen = candidates[0] if candidates else free_port()
    while chosen in taken:
        chosen = free_port()
    taken.add(chosen)
    return chosen


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _closed(stream: IO[str]) -> bool:
    readable, _, _ = select.select([stream], [], [], 0)
    return bool(readable) and os.read(stream.fileno(), 1) == b""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _write_json(path: Path, value: Any) -> None:
    staging = path.with_name(f"{path.name}.next")
    staging.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")
    staging.replace(path)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return value


def _tail(path: Path, lines: int = 25) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def descendants(pid: int) -> Iterator[int]:
    """All processes below `pid`, read from /proc (Linux)."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            waiting.append(child)
            yield child
