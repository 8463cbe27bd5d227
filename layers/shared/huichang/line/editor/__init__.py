"""The page editor's room: the page as it stands, what the editor lists, a draft drawn and judged, and its saving.

line/editing.py is its door.
"""
