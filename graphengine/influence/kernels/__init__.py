"""Compiled loops on plain arrays; what they mean stands in the modules that call them."""
