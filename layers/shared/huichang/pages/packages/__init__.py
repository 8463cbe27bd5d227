"""Template packages that designers upload: read, checked, kept as immutable versions, rendered in a sandbox of their own."""
