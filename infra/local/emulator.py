"""The emulator process: ministack with the fixes, on one port of 127.0.0.1, with snapshots of its state.

AWS keeps what it has accepted. ministack writes its state only when it ends in peace. Here the state is also written
every few seconds (if anything was asked of it), by a forked copy of the process, so that serving goes on and all
services are seen at the same moment. A snapshot is a folder of its own; a pointer file names the last complete one.
After `kill -9` at most the last seconds are lost, and never half of a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from infra.local.queue_trouble import QueueTrouble, troublemaker
from infra.local.worker import die_with_parent

logger = logging.getLogger("huichang.emulator")

SNAPSHOT_LIMIT_SECONDS = 120.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def prepare_environment(state: Path, port: int) -> Path | None:
    """Set what ministack reads at import. Returns the snapshot it will start from, None for a fresh start.

    Queue addresses contain the port of the emulator's first start and are keys of its stores, so that number stays its
    identity even when a later start has to listen on another port.
    """
    state.mkdir(parents=True, exist_ok=True)
    identity = state / "first_port"
    if not identity.exists():
        identity.write_text(str(port), encoding="ascii")
    latest = Snapshots(state).latest()
    if latest is None:
        latest = Snapshots(state).fresh_folder()
    os.environ.update(
        GATEWAY_PORT=identity.read_text(encoding="ascii").strip(),
        HUICHANG_AWS_PORT=str(port),
        MINISTACK_HOST="127.0.0.1",
        BIND_HOST="127.0.0.1",
        MINISTACK_REGION="us-east-1",
        PERSIST_STATE="1",
        S3_PERSIST="1",
        STATE_DIR=str(latest),
        S3_DATA_DIR=str(state / "s3"),
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        LAMBDA_EXECUTOR="local",
        LAMBDA_WARM_TTL_SECONDS="60",
        AWS_ACCESS_KEY_ID="test",
        # Presigned addresses are verified, against these: they are what workers have (fixes/lambda_workers.py).
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 - no secret: of plain requests the emulator accepts any
        AWS_SESSION_TOKEN="local",  # noqa: S106
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "WARNING"),
        OMP_NUM_THREADS="1",
    )
    return latest


class Snapshots:
    """Complete copies of the emulator's state, one folder each, and the pointer to the last."""

    def __init__(self, state: Path) -> None:
        self.folder = state / "snapshots"
        self.pointer = state / "current"
        self._lock = threading.Lock()

    def latest(self) -> Path | None:
        """The last complete snapshot, or None."""
        if not self.pointer.exists():
            return None
        folder = self.folder / self.pointer.read_text(encoding="ascii").strip()
        return folder if folder.is_dir() else None

    def fresh_folder(self) -> Path:
        """A new, empty folder."""
        folder = self.folder / f"{time.time_ns()}"
        folder.mkdir(parents=True)
        return folder

    def take(self) -> bool:
        """Write a snapshot. False, with a line in the log, when it did not succeed; the last one then stays valid."""
        with self._lock:
            folder = self.fresh_folder()
            with all_locks():
                pid = os.fork()
            if pid == 0:
                _save_and_exit(folder)
            if not _ended_well(pid):
                logger.error("snapshot failed; the state on disk is that of the last one")
                shutil.rmtree(folder, ignore_errors=True)
                return False
            staging = self.pointer.with_suffix(".next")
            staging.write_text(folder.name, encoding="ascii")
            staging.replace(self.pointer)
            for old in self.folder.iterdir():
                if old.name != folder.name:
                    shutil.rmtree(old, ignore_errors=True)
            return True


@contextlib.contextmanager
def all_locks() -> Iterator[None]:
    """Hold every module-level lock of the emulator.

    So the copy sees no change half done, and none of its locks is held by a thread that a fork does not copy.
    """
    kinds = (type(threading.Lock()), type(threading.RLock()))
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("ministack.")]
    wanted = {id(lock): lock for module in modules for lock in vars(module).values() if isinstance(lock, kinds)}
    while True:
        with contextlib.ExitStack() as held:
            # Whoever holds one and waits for another must not wait for us: give all back and try again.
            if all(_taken(lock, held) for lock in wanted.values()):
                yield
                return
        time.sleep(0.01)


def _taken(lock: Any, held: contextlib.ExitStack) -> bool:
    if not lock.acquire(timeout=0.2):
        return False
    held.callback(lock.release)
    return True


def _save_and_exit(folder: Path) -> None:
    """In the forked copy: write everything, then end without any of the parent's exit handlers."""
    code = 1
    try:
        die_with_parent()
        from ministack import app
        from ministack.core import persistence

        failures: list[str] = []
        persistence.logger.error = lambda message, *args: failures.append(message % args)
        persistence.STATE_DIR = str(folder)
        persistence.save_all(app._build_persistence_save_dict())
        if failures:
            sys.stderr.write("\n".join(failures) + "\n")
            sys.stderr.flush()
        code = 1 if failures else 0
    finally:
        os._exit(code)


def _ended_well(pid: int) -> bool:
    end = time.monotonic() + SNAPSHOT_LIMIT_SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


class Activity:
    """ASGI wrapper that notes whether anything but reading was asked since the last snapshot."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], snapshots: Snapshots) -> None:
        self.app = app
        self.snapshots = snapshots
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and count; answer ourselves what only we know."""
        if scope["type"] == "http" and scope["path"] == "/_huichang/workers":
            await _send_json(send, 200, _workers())
            return
        if scope["type"] == "http" and scope["path"] == "/_huichang/snapshot":
            taken = await asyncio.to_thread(self.snapshots.take)
            await _send_json(send, 200 if taken else 500, {"taken": taken})
            return
        if scope["type"] == "http" and scope["path"] == "/_huichang/queues":
            await _trouble(scope, receive, send)
            return
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            self.count += 1
        await self.app(scope, receive, send)


def _workers() -> list[dict[str, Any]]:
    """Which Lambda workers live, and which of them are in the middle of an invocation. For tests and the curious."""
    from ministack.core import lambda_runtime

    with lambda_runtime._lock:
        workers = [worker for pool in lambda_runtime._workers.values() for worker in pool]
    return [{"pid": w.pid, "function": w.func_name, "busy": w.busy} for w in workers if w.pid]


async def _trouble(scope: Scope, receive: Receive, send: Send) -> None:
    """What happens to messages on their way: POST sets it, GET counts it."""
    if scope["method"] == "POST":
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        try:
            troublemaker.set(QueueTrouble.model_validate_json(body))
        except ValidationError as error:
            await _send_json(send, 400, {"error": str(error)})
            return
    await _send_json(send, 200, dict(troublemaker.struck))


async def _send_json(send: Send, status: int, value: Any) -> None:
    body = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def snapshot_regularly(activity: Activity, snapshots: Snapshots, seconds: float) -> None:
    """Loop of the snapshot thread. Never two at a time; a busy machine gets them further apart."""
    seen = -1
    pause = seconds
    while True:
        time.sleep(pause)
        if activity.count == seen:
            continue
        seen = activity.count
        started = time.monotonic()
        snapshots.take()
        pause = max(seconds, 5 * (time.monotonic() - started))


def main() -> None:
    """`python -m infra.local.emulator STATE PORT`: serve until SIGTERM, then write a last snapshot and end."""
    die_with_parent()
    state, port = Path(sys.argv[1]), int(sys.argv[2])
    prepare_environment(state, port)
    logging.basicConfig(level=os.environ["LOG_LEVEL"], format="%(asctime)s %(levelname)s %(name)s %(message)s")

    from infra.local import fixes

    fixes.install(state, slots=int(os.environ.get("HUICHANG_LAMBDA_SLOTS", "6")))

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app as ministack_app
    from ministack.services import lambda_svc

    from infra.local.fixes import stepfunctions

    # Code archives are named by their content and shared by all snapshots.
    lambda_svc.CODE_BLOB_DIR = str(state / "archives")
    lambda_svc._prune_orphan_code_blobs = lambda _referenced: None
    snapshots = Snapshots(state)
    activity = Activity(ministack_app.app, snapshots)
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.loglevel = os.environ["LOG_LEVEL"]
    config.accesslog = None
    ending = threading.Event()

    def end() -> None:
        # The snapshot comes first: once connections close, handlers fail and executions would be recorded as failed.
        snapshots.take()
        os._exit(0)

    def on_signal(*_: object) -> None:
        if not ending.is_set():
            ending.set()
            threading.Thread(target=end, name="last-snapshot").start()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)

    async def run() -> None:
        asyncio.get_running_loop().call_later(0.2, resume)
        await serve(activity, config, shutdown_trigger=asyncio.Event().wait)  # type: ignore[arg-type]

    def resume() -> None:
        resumed = stepfunctions.resume()
        if resumed:
            print(f"resumed {len(resumed)} executions", flush=True)
        if any(True for _ in lambda_svc._iter_all_esms()):
            lambda_svc._ensure_poller()
        seconds = float(os.environ.get("HUICHANG_SNAPSHOT_SECONDS", "10"))
        arguments = (activity, snapshots, seconds)
        threading.Thread(target=snapshot_regularly, args=arguments, daemon=True, name="snapshots").start()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


if __name__ == "__main__":
    main()
