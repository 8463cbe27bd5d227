"""The emulator's side of Lambda workers: starting them, talking to them, and how many may run at a time."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

from infra.local.worker import END_OF_LOG

logger = logging.getLogger("huichang.workers")

START_SECONDS = 30.0
REPOSITORY = Path(__file__).resolve().parents[2]


class WorkerProcess(Protocol):
    """What a worker process is to the pool: the part of `subprocess.Popen` that the emulator uses."""

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]

    def poll(self) -> int | None:
        """Exit status, negative for a signal, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Exit status; subprocess.TimeoutExpired after `timeout` seconds."""

    def terminate(self) -> None:
        """SIGTERM."""

    def kill(self) -> None:
        """SIGKILL."""


class HostedProcess:
    """A worker forked by the host. Only the host can reap it, so its exit status arrives as a message."""

    def __init__(self, stdin: int, stdout: int, stderr: int) -> None:
        self.pid = 0
        self.started = threading.Event()
        self.stdin: IO[bytes] = os.fdopen(stdin, "wb", buffering=0)
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb", buffering=0)
        self.stderr: IO[bytes] = os.fdopen(stderr, "rb", buffering=0)
        self._exited = threading.Event()
        self._status: int | None = None

    def report_exit(self, status: int) -> None:
        """Called by the host's reader."""
        self._status = status
        self._exited.set()
        self.started.set()

    def poll(self) -> int | None:
        """Exit status or None."""
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Exit status; subprocess.TimeoutExpired after `timeout` seconds."""
        if not self._exited.wait(timeout):
            raise subprocess.TimeoutExpired("lambda worker", timeout or 0.0)
        return self._status if self._status is not None else -signal.SIGKILL

    def terminate(self) -> None:
        """SIGTERM, if it still runs."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._status is None and self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class WorkerHost:
    """The forking parent (worker_host.py), started once. A host that died is started again with the next worker.

    Must be started from the process's main thread: Linux sends the host's death signal when the starting *thread* ends.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._waiting: dict[int, HostedProcess] = {}
        self._running: dict[int, HostedProcess] = {}
        self._early_exits: dict[int, int] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Start the host; returns before it has finished its imports. Forks wait for it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.worker_host", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            cwd=REPOSITORY,
        )
        theirs.close()
        self._control = ours
        threading.Thread(target=self._read, args=(ours,), daemon=True, name="worker-host").start()

    def fork(self, environment: Mapping[str, str], cwd: str) -> HostedProcess:
        """A new worker process. RuntimeError when the host does not answer in START_SECONDS."""
        control = self._living_control()
        in_read, in_write = os.pipe2(os.O_CLOEXEC)
        out_read, out_write = os.pipe2(os.O_CLOEXEC)
        err_read, err_write = os.pipe2(os.O_CLOEXEC)
        process = HostedProcess(in_write, out_read, err_read)
        with self._lock:
            number = next(self._ids)
            self._waiting[number] = process
            message = json.dumps({"id": number, "env": dict(environment), "cwd": cwd}).encode()
            socket.send_fds(control, [message], [in_read, out_write, err_write])
        for descriptor in (in_read, out_write, err_write):
            os.close(descriptor)
        if not process.started.wait(START_SECONDS):
            raise RuntimeError("the worker host does not answer")
        return process

    def _living_control(self) -> socket.socket:
        with self._lock:
            if self._control is None or self._process is None or self._process.poll() is not None:
                self.start()
            if self._control is None:
                raise RuntimeError("the worker host did not start")
            return self._control

    def _read(self, control: socket.socket) -> None:
        while True:
            try:
                data = control.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            message = json.loads(data)
            with self._lock:
                if "pid" in message:
                    process = self._waiting.pop(message["id"])
                    process.pid = message["pid"]
                    self._running[process.pid] = process
                    process.started.set()
                elif "exit" in message:
                    exited = self._running.pop(message["exit"], None)
                    if exited is not None:
                        exited.report_exit(message["status"])
        # Without a host there are no workers: they die with it.
        with self._lock:
            orphans = [*self._waiting.values(), *self._running.values()]
            self._waiting.clear()
            self._running.clear()
        for orphan in orphans:
            orphan.report_exit(-signal.SIGKILL)


def fresh_process(environment: Mapping[str, str], cwd: str) -> subprocess.Popen[bytes]:
    """A worker in a new interpreter, for systems without the host."""
    path = os.pathsep.join(filter(None, (str(REPOSITORY), environment.get("PYTHONPATH", ""))))
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local.worker"],
        env={**environment, "PYTHONPATH": path},
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


class WorkerTimeoutError(Exception):
    """The worker gave no answer in time."""


class WorkerDiedError(Exception):
    """The worker's standard output closed before an answer."""


class Conversation:
    """Line by line with one worker process, with deadlines, and its log."""

    def __init__(self, process: WorkerProcess) -> None:
        self.process = process
        self._buffer = b""
        self._log: deque[str] = deque(maxlen=10_000)
        self._log_changed = threading.Condition()
        self._ended: set[str] = set()
        self._log_closed = False
        threading.Thread(target=self._read_log, daemon=True, name=f"log-{process.pid}").start()

    def send(self, message: dict[str, Any]) -> None:
        """Write one message. WorkerDiedError when nobody reads any more."""
        data = memoryview(json.dumps(message).encode() + b"\n")
        try:
            while data:
                data = data[self.process.stdin.write(data) or 0 :]
        except OSError as error:
            raise WorkerDiedError from error

    def receive(self, seconds: float) -> dict[str, Any]:
        """The next message. WorkerTimeoutError after `seconds`, WorkerDiedError at the end of the stream."""
        deadline = time.monotonic() + seconds
        chunks = [self._buffer]
        while b"\n" not in chunks[-1]:
            left = deadline - time.monotonic()
            if left <= 0 or not _readable(self.process.stdout, left):
                raise WorkerTimeoutError
            chunk = self.process.stdout.read(1 << 20)
            if not chunk:
                raise WorkerDiedError
            chunks.append(chunk)
        line, _, self._buffer = b"".join(chunks).partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def log_of(self, request_id: str, seconds: float = 1.0) -> str:
        """What the invocation printed. Waits for the worker's end marker, at most `seconds`."""
        with self._log_changed:
            self._log_changed.wait_for(lambda: request_id in self._ended or self._log_closed, seconds)
            self._ended.discard(request_id)
            text = "\n".join(self._log)
            self._log.clear()
        return text

    def close(self) -> None:
        """Close our ends of the pipes; a worker that waits for work then ends by itself."""
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()

    def _read_log(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in _lines(self.process.stderr):
                with self._log_changed:
                    if line.startswith(END_OF_LOG):
                        self._ended.add(line[len(END_OF_LOG) :])
                        self._log_changed.notify_all()
                    else:
                        self._log.append(line)
        with self._log_changed:
            self._log_closed = True
            self._log_changed.notify_all()
        with contextlib.suppress(OSError):
            self.process.stderr.close()


def _lines(stream: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := stream.read(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def _readable(stream: IO[bytes], seconds: float) -> bool:
    poller = select.poll()
    poller.register(stream.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poller.poll(max(1, int(seconds * 1000))))


class Slots:
    """At most `size` handlers at a time, first come first served, plus `reserve` for requests that somebody waits for.

    Never a deadlock: an invocation made by a running function (depth > 1) needs no slot, and one that has waited for
    `patience` seconds goes ahead as long as fewer than `ceiling` run; a function that waits for another one by a way
    that we cannot see (through the API, through a queue) therefore still ends.
    """

    def __init__(self, size: int, reserve: int = 2, patience: float = 5.0) -> None:
        self.size = size
        self.reserve = reserve
        self.ceiling = size * 3
        self.patience = patience
        self._running = 0
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def hold(self, *, nested: bool, interactive: bool) -> Iterator[None]:
        """Run the body in a slot."""
        if not nested:
            self._enter(interactive)
        try:
            yield
        finally:
            if not nested:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

    @property
    def running(self) -> int:
        """Slots in use."""
        return self._running

    def _enter(self, interactive: bool) -> None:
        ticket = object()
        started = time.monotonic()
        with self._changed:
            if not interactive:
                self._queue.append(ticket)
            try:
                while not self._may_go(ticket, interactive, time.monotonic() - started):
                    self._changed.wait(0.5)
                self._running += 1
            finally:
                if not interactive:
                    self._queue.remove(ticket)
                self._changed.notify_all()

    def _may_go(self, ticket: object, interactive: bool, waited: float) -> bool:
        if interactive:
            return self._running < self.size + self.reserve or waited >= self.patience
        if self._queue[0] is not ticket:
            return False
        return self._running < self.size or (waited >= self.patience and self._running < self.ceiling)
