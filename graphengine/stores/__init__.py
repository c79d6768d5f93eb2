"""Stores: ports of a few methods, their adapters, the guard of statements, named queries."""
