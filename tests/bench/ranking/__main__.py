"""python -m tests.bench.ranking [--small] [--gds] [NAME ...]: the ranking family beside its peers."""

from __future__ import annotations

import argparse
import importlib
import os

__all__ = ["NAMES", "main"]

NAMES = ("one_topic", "real_graphs", "relatives", "bandwidth", "reach", "fresh", "topics", "ingest")


def main() -> None:
    """Run what the command line names; all of the full size gets its place in the docs."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from tests.bench.__main__ import write_page
    from tests.bench.record import write_rows

    parser = argparse.ArgumentParser(prog="python -m tests.bench.ranking", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*NAMES, "gds")))
    parser.add_argument("--small", action="store_const", dest="size", const="small", default="full")
    parser.add_argument("--gds", action="store_true", help="Graph Data Science on a real Neo4j too")
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - {*NAMES, "gds"}):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join((*NAMES, 'gds'))}")
    names = tuple(given.names) or NAMES
    names += ("gds",) if given.gds and "gds" not in names else ()
    record = "ranking" if given.size == "full" else "ranking-small"
    for name in names:
        print(f"{name}:", flush=True)
        rows = importlib.import_module(f"tests.bench.ranking.{name}").measure(given.size)
        write_rows(f"{record}-{name}", rows)
    if given.size == "full":
        write_page()


if __name__ == "__main__":
    main()
