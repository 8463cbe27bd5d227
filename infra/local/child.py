"""Run a module as a process that ends with its parent: `python -m infra.local.child infra.local.edge ARGS…`."""

from __future__ import annotations

import runpy
import sys

from infra.local.worker import die_with_parent


def main() -> None:
    """Set the death signal, then become the module."""
    die_with_parent()
    module = sys.argv[1]
    sys.argv[:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
