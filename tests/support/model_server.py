"""The real local model server, started on a free port and stopped again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ModelServerProcess:
    """A running server, asked over HTTP."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.process = process

    def call(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None, timeout: float = 30
    ) -> tuple[int, dict[str, str], Any]:
        """(status, headers in lower case, parsed body or its text)."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(self.url + path, data=data, headers={"content-type": "application/json"} | (headers or {}))
        try:
            with urlopen(request, timeout=timeout) as answer:
                status, found, text = answer.status, answer.headers, answer.read()
        except HTTPError as error:
            status, found, text = error.code, error.headers, error.read()
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = text.decode()
        return status, {name.lower(): value for name, value in found.items()}, parsed

    def faults(self, **what: Any) -> None:
        """Replace the configuration; nothing ends all faults."""
        status, _, body = self.call("/_faults", what)
        assert status == 200, body

    def stats(self, query: str = "") -> Any:
        """GET /_stats."""
        return self.call("/_stats" + query)[2]


@contextmanager
def running(state: Path | None = None, faults: dict[str, Any] | None = None) -> Iterator[ModelServerProcess]:
    """Start the server, wait until it answers, stop it at the end."""
    port = free_port()
    command = [sys.executable, "-m", "infra.local.models", "--port", str(port)]
    if state is not None:
        command += ["--state", str(state)]
    if faults is not None:
        command += ["--faults", json.dumps(faults)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"})
    server = ModelServerProcess(port, process)
    try:
        until = time.monotonic() + 60
        while True:
            assert process.poll() is None, f"the model server ended with {process.returncode}"
            assert time.monotonic() < until, "the model server did not come up"
            try:
                if server.call("/healthz", timeout=2)[0] == 200:
                    break
            except (URLError, OSError):
                time.sleep(0.05)
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
