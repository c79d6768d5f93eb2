"""Neo4j and us side by side: one server with GDS in it, one data set, answers compared before timing.

Made by `make bench-neo4j`. Higgs has no topics; here each of its events is given one of four by
its row, 40, 30, 20 and 10 in a hundred. The same events lie in the database twice: as our load
writes them, and as GDS likes them best, one relationship type a topic with one number on it. Both
sides read the second. A row is one relationship unless its work says otherwise; where the unit
ends in /s more is better, elsewhere less. Where the peer is called "the goal", theirs is the
bound itself.
"""

__all__ = ["NAMES"]

NAMES = ("loads", "reads", "topics", "publications", "lookups")  # the first leaves all loaded
