"""Fixes of the emulator, one module per service. Each first checks that the code is the code it was written for."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from infra.local.fixes.guard import VERSION, EmulatorMovedError, moved


def install(state: Path, slots: int = 6) -> None:
    """Apply all fixes. `state` is the emulator's folder, `slots` how many Lambda handlers run at a time.

    EmulatorMovedError when the installed ministack is not the one that the fixes were written for.
    """
    from infra.local.fixes import api_gateway, lambda_workers, queues, scheduler, stepfunctions, tables

    modules = (lambda_workers, stepfunctions, api_gateway, queues, scheduler, tables)
    installed = metadata.version("ministack")
    findings = [finding for module in modules for finding in moved(module.EXPECTED)]
    if installed != VERSION or findings:
        listed = "".join(f"\n  - {finding}" for finding in findings)
        raise EmulatorMovedError(f"the fixes are for ministack {VERSION}, installed is {installed}{listed}")
    lambda_workers.install(state, slots)
    for module in modules[1:]:
        module.install()
