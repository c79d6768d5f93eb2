"""Benchmarks: ours and each peer side by side in one run; see docs/benchmarks.md."""
