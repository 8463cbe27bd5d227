"""Which venue a placement shows to whom: feed, propensities, beacons, counters."""
