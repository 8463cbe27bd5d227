"""`python -m infra.opensearch build|run`."""

import sys

from infra.opensearch.node import main

sys.exit(main(sys.argv[1:]))
