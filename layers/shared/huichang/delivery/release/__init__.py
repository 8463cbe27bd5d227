"""Ranking policies as data, and how one comes to have the traffic: judged by the log of the one in place, or not at all. Pure."""
