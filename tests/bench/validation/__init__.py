"""The score: what its intervals, reasons and validation cost, how often the intervals are right,
and what it foretells.

Made by `make bench-validation`. Costs are processor time, medians of runs in one process; the point
run is everything that a score needs, first-visit reach included. Coverage: people of synthetic
worlds whose true score lies inside the 90 % interval (exposures known; docs/methods/intervals.md),
against the least that is asked for. What is foretold: distinct people who react after cuts at 50,
70 and 85 % of the events, rank correlation (Enron: NDCG@20), mean over the cuts, with weights learned
from what lies before the cut, and with published ones alone; what is chosen beforehand is chosen
without the set that it is shown on. `python -m tests.bench.validation` prints every table behind it.
"""
