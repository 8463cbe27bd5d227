"""The off-policy gate: what a policy would earn, told from the log of another one, or why nobody can tell."""
