"""Run a module as a process that ends with its parent: `python -m infra.local.child infra.local.edge ARGS…`."""

from __future__ import annotations

import os
import runpy
import sys
import threading
import time

from infra.local.worker import die_with_parent


def watch_parent(parent: int) -> None:
    """End when the parent is another process. For systems without a death signal."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    """Set the death signal, then become the module."""
    die_with_parent()
    if not sys.platform.startswith("linux"):
        threading.Thread(target=watch_parent, args=(os.getppid(),), daemon=True, name="parent").start()
    module = sys.argv[1]
    sys.argv[:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
