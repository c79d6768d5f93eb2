"""Slow, obvious second implementations that the tests compare with; none of it shipped."""
