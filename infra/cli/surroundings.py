"""The surroundings of a command: the machine's own, or those of a test."""

from __future__ import annotations

import os
import sys
import time
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import httpx

REPOSITORY = Path(__file__).resolve().parents[2]
# Registered with the user pool (template.yaml, UserPoolClient): the port cannot be any other.
CALLBACK_PORT = 8599


def replace_process(arguments: list[str]) -> NoReturn:
    """Become `python <arguments>`: signals then reach the embedded cloud itself, and there is nobody between."""
    paths = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    os.execve(sys.executable, [sys.executable, *arguments], environment)  # noqa: S606 - our own interpreter


@dataclass
class Surroundings:
    """What a command may touch. `url` and `persona` come from the options before the command."""

    url: str = ""
    persona: str = ""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    folder: Path = field(default_factory=Path.cwd)
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    open_browser: Callable[[str], object] = webbrowser.open
    execute: Callable[[list[str]], object] = replace_process
    callback_port: int = CALLBACK_PORT

    @property
    def credentials(self) -> Path:
        """Where tokens are kept between commands."""
        base = self.environ.get("XDG_CONFIG_HOME") or str(Path(self.environ.get("HOME", "~")).expanduser() / ".config")
        return Path(base) / "huichang" / "credentials.json"
