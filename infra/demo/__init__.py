"""The main job on this machine: one sentence in, a reviewed and published venue out. `make demo`."""
