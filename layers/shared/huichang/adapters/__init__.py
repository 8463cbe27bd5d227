"""Ports meet the world here: the only room that imports vendors and catches their errors."""
