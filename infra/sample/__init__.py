"""The sample catalogue: authored tables and a seeded generator. See README.md."""

import infra.product  # noqa: F401
