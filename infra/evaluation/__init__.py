"""Measurements of parts on files; each module is one command of `huichang eval`."""
