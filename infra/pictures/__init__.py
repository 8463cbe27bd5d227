"""Finished pictures to look at and to measure: hostile and friendly backgrounds, titles, a contact sheet."""

import infra.product  # noqa: F401
