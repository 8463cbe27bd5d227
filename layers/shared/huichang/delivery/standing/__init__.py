"""Verdicts on a schedule, and what follows: who leaves a placement on evidence, and who comes back."""
