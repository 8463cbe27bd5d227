"""Guards of the emulator fixes: a fix is only applied to the very code it was written against.

Every fix names the functions that it replaces or relies on, with a digest of their source. When an upgrade of the
emulator changes one of them the start fails with the list of what moved, instead of losing a fix without a word.
To accept an upgrade: read the change, adapt the fix, run tests/workflow/test_embedded_conformance.py, and put the
new digests (`python -m infra.local.fixes`) in the table.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

VERSION = "1.5.33"


class EmulatorMovedError(RuntimeError):
    """The emulator is not the one that the fixes were written for. Says which parts differ."""


def source_digest(target: Any) -> str:
    """First 12 hex digits of the SHA-256 of a function's, class's or string's source."""
    text = target if isinstance(target, str) else inspect.getsource(target)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def resolve(dotted: str) -> Any:
    """`services.stepfunctions:_run_execution` -> that object of the ministack package. AttributeError if it is gone."""
    module_name, _, path = dotted.partition(":")
    found: Any = import_module(f"ministack.{module_name}")
    for part in path.split("."):
        found = getattr(found, part)
    return found


def moved(expected: Mapping[str, str]) -> list[str]:
    """One sentence for every entry of `expected` (dotted name -> digest) whose source is another now."""
    findings = []
    for dotted, digest in expected.items():
        try:
            actual = source_digest(resolve(dotted))
        except (ImportError, AttributeError):
            findings.append(f"{dotted} is gone")
            continue
        if actual != digest:
            findings.append(f"{dotted} changed ({digest} -> {actual})")
    return findings


def replace(dotted: str, replacement: Callable[..., Any]) -> None:
    """Put `replacement` where `dotted` is. The name must exist already."""
    module_name, _, name = dotted.partition(":")
    resolve(dotted)
    setattr(import_module(f"ministack.{module_name}"), name, replacement)
