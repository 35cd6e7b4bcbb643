"""Benchmarks: what a preview and an `up` cost, as ratios to what they could cost at least."""
