"""Benchmarks. Each prints lines for people on standard error and one JSON object, its last line, on standard output."""

import infra.product  # noqa: F401
