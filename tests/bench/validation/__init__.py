"""The study behind the default weights: python -m tests.bench.validation."""
