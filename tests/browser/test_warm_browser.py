"""One browser for many pages: it is reused, it is replaced when it died or froze, and it never outlives its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error

from huichang.adapters.browser import ARGUMENTS, ChromiumInspector
from huichang.adapters.warm_browser import BrowserHungError, WarmBrowser
from huichang.kernel.errors import TransientError
from tests.support.browser import browser_or_skip, resolve
from tests.support.cloud import eventually

pytestmark = pytest.mark.browser
PAGE = "<!DOCTYPE html><html lang='en'><body><h1>A venue that says something here</h1><p>Goods and more goods</p></body></html>"
BASE = "http://venue.test/v/venue-1/"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def warm() -> Iterator[WarmBrowser]:
    browser = WarmBrowser(browser_or_skip(), ARGUMENTS)
    yield browser
    browser.close()


def title(browser: Browser) -> str:
    context = browser.new_context()
    try:
        page = context.new_page()
        page.set_content("<title>seen</title>")
        return page.title()
    finally:
        context.close()


def pid_of(warm: WarmBrowser) -> int:
    assert warm.pid is not None
    return warm.pid


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # Ended, and nobody has asked for its status yet.
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"


def test_one_browser_serves_many_pages_and_ends_when_closed(warm: WarmBrowser) -> None:
    assert warm.use(title) == "seen"
    first = pid_of(warm)
    assert warm.use(title) == "seen"
    assert pid_of(warm) == first
    warm.close()
    assert warm.pid is None
    eventually(lambda: gone(first), 20, "the browser's end")
    assert warm.use(title) == "seen"


@pytest.mark.parametrize("what", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_frozen_browser_is_replaced(warm: WarmBrowser, what: signal.Signals) -> None:
    warm.use(title)
    first = pid_of(warm)
    os.kill(first, what)
    assert warm.use(title, sign_of_life=2) == "seen"
    assert pid_of(warm) != first
    eventually(lambda: gone(first), 20, "the old browser's end")


def test_a_page_that_never_answers_costs_the_browser_and_not_the_next_page(warm: WarmBrowser) -> None:
    warm.use(title)
    first = pid_of(warm)
    with pytest.raises(BrowserHungError):
        warm.use(lambda browser: browser.new_page().evaluate("() => { while (true); }"), seconds=3)
    assert warm.use(title) == "seen"
    assert pid_of(warm) != first


def test_a_failure_of_playwright_is_told_and_the_next_page_is_served(warm: WarmBrowser) -> None:
    with pytest.raises(Error, match="ERR_"):
        warm.use(lambda browser: browser.new_page().goto("http://127.0.0.1:9/"))
    assert warm.use(title) == "seen"


def test_pages_leave_nothing_to_each_other() -> None:
    inspector = ChromiumInspector(browser_or_skip(), resolve)
    spy = PAGE.replace(
        "</body>", "<script>if (localStorage.kept) unknown(); localStorage.kept = 1; document.cookie = 'kept=1'</script></body>"
    )
    try:
        rules = [finding.rule for _ in range(2) for finding in inspector.look(spy, BASE)[2]]
    finally:
        inspector.close()
    assert "console-error" not in rules


def test_a_browser_that_cannot_be_started_is_a_transient_failure() -> None:
    with pytest.raises(TransientError, match="the browser failed"):
        ChromiumInspector(Path("/bin/false"), resolve).look(PAGE, BASE)


def test_a_killed_process_takes_its_browser_along() -> None:
    code = (
        "import sys; from pathlib import Path; from huichang.adapters.warm_browser import WarmBrowser;"
        "from huichang.adapters.browser import ARGUMENTS;"
        "warm = WarmBrowser(Path(sys.argv[1]), ARGUMENTS); warm.use(lambda browser: None); print(warm.pid, flush=True); sys.stdin.read()"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "layers" / "shared")}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(browser_or_skip())], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        browser = int(process.stdout.readline())
        assert not gone(browser)
        process.kill()
    eventually(lambda: gone(browser), 20, "the browser's end")
