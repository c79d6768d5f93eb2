"""The ranking family beside its peers, in one process; answers are compared before anything is timed.

Made by `make bench-ranking` (`SIZE=--small` for a million edges instead of 16, `SIZE=--gds` with
Graph Data Science on a real Neo4j). Every peer is at its best setting: the loosest tolerance at
which its true L1 distance to a reference of 1e-13 is small enough, its own threads stated. Compute
is timed on a structure that lies ready, for both sides; load + compute begins with arrays of ids.
Medians of five or more, warm, interleaved. A yardstick is SciPy's SpMV power iteration on the same
graph in the same run, 50 iterations, one thread. A peer that is not installed has a row that says
so; scikit-network is no peer, its PageRank is wrong where anybody is dangling.
"""
