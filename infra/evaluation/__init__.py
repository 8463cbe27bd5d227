"""Measurements of the production code on files; each module is one command of `huichang eval`."""
