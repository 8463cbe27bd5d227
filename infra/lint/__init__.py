"""Checks of what is built and deployed."""
