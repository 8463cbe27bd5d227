"""Words on pictures: where lines break, how large they are set, where they stand. Pure layout; pixels are adapters/posters.py."""
