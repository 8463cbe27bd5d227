"""What buyers report: decision tokens, beacons, and counters that each event moves exactly once."""
