"""The page a buyer opens: designer-owned templates, matching, rendering, inspection, versions."""
