"""Whether a venue earns its place: evidence that may be looked at at any time, and what follows from it."""
