"""Measure the production code on public or own data: `huichang eval …`."""
