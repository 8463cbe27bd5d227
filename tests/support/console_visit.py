"""A tab in which somebody works with the console."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class Visit:
    """A tab, and what its console said. `quiet` fails the test for any error, violation or uncaught exception."""

    def __init__(self, page: Any, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.said.append(f"uncaught: {error}"))

    def go(self, path: str) -> None:
        self.page.goto(f"{self.origin}{path}")

    def quiet(self, *allowed: str) -> None:
        noise = [text for text in self.said if not any(re.search(each, text) for each in (*allowed, r"oidc|favicon"))]
        # The issuer's page has no icon; the browser says so without naming it.
        assert [text for text in noise if text != "Failed to load resource: the server responded with a status of 404 (Not Found)"] == []


Arrive = Callable[..., Visit]
