"""The embedded cloud: the repository's own template.yaml on one machine, without Docker and without an account."""
