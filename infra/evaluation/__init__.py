"""Measurements of the production code on files; each module is one command of `huichang eval`."""

import infra.product  # noqa: F401
