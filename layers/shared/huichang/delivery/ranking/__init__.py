"""Which venue earns what where, and what is shown: rewards, history, positions, beliefs, policies, snapshots. Pure."""
