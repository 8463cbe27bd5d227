"""What venues, campaigns, placements and segments came to: sums, intervals, and why a share changed."""
