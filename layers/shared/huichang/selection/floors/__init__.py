"""Cutting a selection into floors: every way to divide it is scored, the best is chosen, and the table of all is kept."""

from huichang.selection.floors.planner import FloorPlanner

__all__ = ["FloorPlanner"]
