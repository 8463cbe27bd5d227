"""Build, start and stop one real OpenSearch node on 127.0.0.1 (README.md). Needs Java 17, and Maven to build."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO

HOME = Path(__file__).resolve().parent
BUILD_SECONDS = 900
START_SECONDS = 120
STOP_SECONDS = 20
HEAP = "1g"
_BUILT = ("target/classes/huichang/SearchNode.class", "lib", "plug/knn", "plug/neural")


class NodeError(RuntimeError):
    """The node cannot be built or started; the message says why and what to do."""


def missing_tools(*, to_build: bool) -> str:
    """Return what this machine lacks, in words; "" where nothing is missing."""
    java = shutil.which("java")
    if java is None:
        return "no java on PATH (17 or later is needed)"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version.group(1)) < 17:
        return f"java is too old (17 or later is needed): {said.splitlines()[0] if said else 'unknown version'}"
    if to_build and shutil.which("mvn") is None:
        return "no mvn on PATH (Maven 3.8 or later is needed to build)"
    return ""


def is_built() -> bool:
    """True where the classes are newer than their sources and the jars are in place."""
    if not all((HOME / part).exists() for part in _BUILT):
        return False
    built = (HOME / _BUILT[0]).stat().st_mtime
    return all(source.stat().st_mtime <= built for source in (HOME / "pom.xml", *HOME.glob("src/**/*.java")))


def build() -> None:
    """Fetch the jars and compile. Raises NodeError with Maven's last lines where that fails."""
    lack = missing_tools(to_build=True)
    if lack:
        raise NodeError(lack)
    done = subprocess.run(
        ["mvn", "-q", "-B", "package"],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise NodeError(f"mvn package failed:\n{(done.stdout + done.stderr)[-2000:]}")
    (HOME / _BUILT[0]).touch()  # javac leaves an unchanged class alone; is_built compares times


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class SearchNode:
    """One node and its data folder. Use as a context manager; `url` is its endpoint.

    `port` 0 chooses a free one; `data` None uses a temporary folder that is removed at the end.
    """

    def __init__(self, *, port: int = 0, data: Path | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._temporary = tempfile.TemporaryDirectory(prefix="search-node-") if data is None else None
        self._data = data or Path(self._temporary.name if self._temporary else "")
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def start(self) -> SearchNode:
        """Start and wait until it answers. Raises NodeError with the end of its log where it does not."""
        lack = missing_tools(to_build=False)
        if lack:
            raise NodeError(lack)
        if not is_built():
            raise NodeError("the node is not built: run python -m infra.opensearch build")
        self._data.mkdir(parents=True, exist_ok=True)
        self._log = (self._data / "node.log").open("wb")
        classpath = os.pathsep.join(("target/classes", "lib/*", "plug/knn/*", "plug/neural/*"))
        command = ["java", f"-Xms{HEAP}", f"-Xmx{HEAP}", "-XX:+UseG1GC", "-Dlog4j2.disable.jmx=true"]
        command += ["-Djava.awt.headless=true", "-cp", classpath, "huichang.SearchNode"]
        # The node ends when its standard input does: even a killed parent leaves no orphan.
        self._process = subprocess.Popen(
            [*command, str(self._data.resolve()), str(self.port)],
            cwd=HOME,
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us first, and we stop the node in order
        )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise NodeError(f"the node ended with {process.returncode}:\n{self._log_end()}")
            if _answers(self.url):
                return
            time.sleep(0.2)
        raise NodeError(f"the node did not answer within {START_SECONDS} s:\n{self._log_end()}")

    def _log_end(self) -> str:
        return (self._data / "node.log").read_text(errors="replace")[-2000:]

    def wait(self) -> int:
        """Block until the node ends; return its exit code."""
        return self._process.wait() if self._process is not None else 0

    def stop(self) -> None:
        """End the node in order, by force after STOP_SECONDS; remove a temporary data folder."""
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> SearchNode:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=2) as answer:
            return json.load(answer)["status"] in ("yellow", "green")
    except (urllib.error.URLError, OSError, ValueError):
        return False


def main(arguments: list[str]) -> int:
    """`build`, or `run [--port P] [--data DIR]` until Ctrl-C or SIGTERM."""
    import argparse
    import signal

    parser = argparse.ArgumentParser(prog="python -m infra.opensearch", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="fetch the jars and compile (Maven)")
    run = commands.add_parser("run", help="run the node in the foreground")
    run.add_argument("--port", type=int, default=0, help="default: a free one")
    run.add_argument("--data", type=Path, default=None, help="default: a temporary folder")
    given = parser.parse_args(arguments)
    try:
        if given.command == "build":
            build()
            return 0
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with SearchNode(port=given.port, data=given.data) as node:
            print(f"ready {node.url}", flush=True)
            return node.wait()
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
