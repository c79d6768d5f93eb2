"""Influence learned from what happened: of each exposure, how likely a reaction is."""
