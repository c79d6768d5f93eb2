"""Cascades and diffusion: who set it off, how far it goes, whom to ask. Answers are compared first.

Made by `make bench-cascades` (`SIZE=--small` for smaller logs and netphy and wiki-vote alone,
`SIZE=--gds` with Graph Data Science's CELF on a real Neo4j). Rates are of one thread's processor
time, millions of events a second; seeds are chosen on two threads, seconds of the wall. A
yardstick is SciPy's SpMV power iteration on the same graph in the same run, 50 iterations, one
thread. Where the peer is called "the goal" or "goal", theirs is the bound itself. netphy,
wiki-vote, the retweets of Higgs and R-MAT, weighted cascade: p(u, v) = how often the edge is given
/ how many edges into v are given.
"""
