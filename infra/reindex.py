"""Make the product index anew from itself, behind its alias, while it is in use: `python -m infra.reindex --endpoint URL`.

For a change of the mapping or of the analysis of texts. Products and vectors are copied, nothing is embedded. The endpoint is that of
SEARCH_ENDPOINT: https://… of a domain (the caller's AWS credentials sign), http://127.0.0.1:… of a node, sqlite:///folder.
"""

from __future__ import annotations

import argparse
import sys
from typing import cast

import infra.product  # noqa: F401 - before what it makes importable

# isort: split
from huichang.adapters.index import open_index
from huichang.kernel.errors import HuichangError
from huichang.selection.index import Reindexable


def main(arguments: list[str] | None = None) -> int:
    """Print the report as JSON; progress and errors on stderr."""
    parser = argparse.ArgumentParser(prog="python -m infra.reindex", description=__doc__)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--index", default="products", help="the alias (%(default)s)")
    parser.add_argument("--dimension", type=int, default=384, help="of the embedding model (%(default)s)")
    given = parser.parse_args(arguments)
    try:
        index = cast(Reindexable, open_index(given.endpoint, index=given.index, dimension=given.dimension))
        report = index.reindex(lambda done: print(f"{done:,} products", file=sys.stderr, flush=True))
    except HuichangError as error:
        print(f"{error.message}. {error.mend}".strip(), file=sys.stderr)
        return 1
    print(report.model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
