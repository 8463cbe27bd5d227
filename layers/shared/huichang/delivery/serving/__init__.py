"""What a feed answers: policies built from cells, kept as snapshots, drawn from, paged."""
