"""One Chromium that stays open between pages: starting it costs more than looking at a page.

Playwright's sync API belongs to the thread that started it and occupies that thread's event loop, so it gets a thread of its
own; callers may be any thread, one at a time. A Lambda execution environment is frozen between two events and may wake with a
browser that is dead or does not move any more: each use first asks it for a sign of life, and starts another one if none
comes. A process that is killed takes its browser along: Playwright's driver and Chromium end when their pipes close.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLongError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

T = TypeVar("T")

SIGN_OF_LIFE_SECONDS = 10.0
USE_SECONDS = 75.0  # with a relaunch well below the function's timeout
_LET_GO_SECONDS = 5.0


class BrowserHungError(Exception):
    """The browser did not answer in time and was ended."""


@dataclass
class _Running:
    playwright: Playwright
    browser: Browser
    pid: int | None


class WarmBrowser:
    """`use` runs a piece of work with the browser, starting it first where none lives."""

    def __init__(self, executable: Path, arguments: tuple[str, ...]) -> None:
        self._executable = executable
        self._arguments = arguments
        self._one_at_a_time = threading.Lock()
        self._running: _Running | None = None
        self._thread: _Thread | None = None

    def use(self, work: Callable[[Browser], T], *, seconds: float = USE_SECONDS, sign_of_life: float = SIGN_OF_LIFE_SECONDS) -> T:
        """The result of `work(browser)`. Raises Playwright's Error, and BrowserHungError; the next use then has a new browser.

        `seconds` bounds the work with a launch before it, `sign_of_life` (seconds) the wait for the answer of a browser kept.
        """
        from playwright.sync_api import Error

        with self._one_at_a_time:
            if self._running is not None:
                try:
                    self._in_thread(self._give_sign_of_life, sign_of_life)
                except (Error, BrowserHungError):
                    self._end()
            try:
                return self._in_thread(lambda: work(self._browser()), seconds)
            except (Error, BrowserHungError):
                # What it was that failed, page or browser, cannot be told for sure; a new browser is cheap.
                self._end()
                raise

    @property
    def pid(self) -> int | None:
        """The browser's process while one is kept."""
        return self._running.pid if self._running is not None else None

    def close(self) -> None:
        """End the browser and the thread. A later use starts anew."""
        with self._one_at_a_time:
            self._end()

    # --- in the thread ------------------------------------------------------------------------------------------------

    def _browser(self) -> Browser:
        if self._running is None:
            from playwright.sync_api import sync_playwright

            playwright = sync_playwright().start()
            try:
                browser = playwright.chromium.launch(executable_path=str(self._executable), args=list(self._arguments))
                self._running = _Running(playwright, browser, _process_of(browser))
            except BaseException:
                playwright.stop()
                raise
        return self._running.browser

    def _give_sign_of_life(self) -> None:
        self._browser().new_context().close()  # there and back again; a closed connection raises

    def _stop(self) -> None:
        from playwright.sync_api import Error

        running, self._running = self._running, None
        if running is not None:
            with contextlib.suppress(Error):  # it may be gone already, which is what is wanted
                running.browser.close()
            running.playwright.stop()

    # --- outside ------------------------------------------------------------------------------------------------------

    def _in_thread(self, work: Callable[[], T], seconds: float) -> T:
        if self._thread is None:
            self._thread = _Thread()
            atexit.register(self.close)
        future = self._thread.submit(work)
        try:
            return future.result(seconds)
        except WaitedTooLongError:
            if future.done():  # just now; or the work itself raised a TimeoutError
                return future.result()
            self._kill()
            with contextlib.suppress(Exception):  # what it says now follows from the kill
                future.result(_LET_GO_SECONDS)
            if not future.done():  # not even Playwright's driver answers: leave it behind
                self._running = self._thread = None
            raise BrowserHungError(f"the browser did not answer within {seconds:.0f} s") from None

    def _kill(self) -> None:
        if self._running is not None and self._running.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._running.pid, signal.SIGKILL)

    def _end(self) -> None:
        if self._thread is None:
            return
        with contextlib.suppress(BrowserHungError):  # then it has been killed
            self._in_thread(self._stop, SIGN_OF_LIFE_SECONDS)
        if self._thread is not None:
            self._thread.end()
        self._running = self._thread = None
        atexit.unregister(self.close)


class _Thread:
    """Runs what it is given, one after another. A daemon: a browser that hangs must not keep a process from ending."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="browser")
        self._thread.start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        self._jobs.put((future, work))
        return future

    def end(self) -> None:
        self._jobs.put(None)
        self._thread.join(_LET_GO_SECONDS)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, work = job
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised again where the caller waits
                future.set_exception(error)


def _process_of(browser: Browser) -> int | None:
    """The process id of the browser, asked of itself; Playwright does not tell it. None where the build cannot say."""
    from playwright.sync_api import Error

    session = browser.new_browser_cdp_session()
    try:
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    except Error:
        return None
    finally:
        session.detach()
    return next((int(process["id"]) for process in processes if process["type"] == "browser"), None)
