"""What model calls cost, per call, venue and campaign."""
