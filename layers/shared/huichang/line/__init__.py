"""The stations of the line, in order. Each loads what the one before it stored, calls one job, stores, returns references."""
