"""Print the digests of what the fixes rely on, after an upgrade of the emulator has been read and accepted."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from infra.local.fixes.guard import resolve, source_digest


def main() -> None:
    """Rewrite the EXPECTED table of every fix module with the digests of the installed emulator."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.stem.startswith("__") or "EXPECTED = {" not in text:
            continue
        expected = import_module(f"infra.local.fixes.{path.stem}").EXPECTED
        for dotted in expected:
            digest = source_digest(resolve(dotted))
            text = re.sub(rf'("{re.escape(dotted)}": )"[0-9a-f]*"', rf'\g<1>"{digest}"', text)
        path.write_text(text, encoding="utf-8")
        print(path.name, len(expected))


if __name__ == "__main__":
    main()
