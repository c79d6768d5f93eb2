"""python -m tests.bench.neo4j [--small|--large] [NAME ...]: Higgs unless another set is asked for."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING

from tests.bench.__main__ import write_page
from tests.bench.neo4j import NAMES
from tests.bench.neo4j.bed import laid
from tests.bench.neo4j.ours import load
from tests.bench.record import write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.neo4j.bed import Bed
    from tests.bench.record import Row

__all__ = ["NAMES", "main", "measure"]

PREFIX = {"small": "neo4j-small", "higgs": "neo4j", "large": "neo4j-large"}
MEMORY = {"small": ("1g", "256m"), "higgs": ("3g", "1g"), "large": ("6g", "3g")}


def main() -> None:
    """Run what the command line names; Higgs and the large set get their places in the docs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.neo4j", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_const", dest="size", const="small")
    size.add_argument("--large", action="store_const", dest="size", const="large")
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(NAMES)):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    chosen = given.size or "higgs"
    repeats = 1 if chosen == "large" else 3
    with laid(chosen, memory=MEMORY[chosen], repeats=repeats) as bed:
        for name, rows in measure(bed, tuple(given.names) or NAMES):
            write_rows(f"{PREFIX[chosen]}-{name}", rows)
    if chosen != "small":
        write_page()


def measure(bed: Bed, names: tuple[str, ...] = NAMES) -> Iterator[tuple[str, list[Row]]]:
    """Names and rows of the benchmarks, in the order of NAMES, on a server that is empty."""
    ready = NAMES.index("reads")
    for place, name in enumerate(NAMES):
        if place == ready and not set(names).isdisjoint(NAMES[ready:]):
            _ready(bed, loaded="loads" in names)
        if name in names:
            print(f"{bed.data.name}, {name}", flush=True)
            module = importlib.import_module(f"tests.bench.neo4j.{name}")
            yield name, module.measure(bed)


def _ready(bed: Bed, *, loaded: bool) -> None:
    """The whole graph by our load, and the pairs that both sides read."""
    if not loaded:
        load(bed, bed.data.graph)
    bed.index_pairs()
    bed.add_pairs(bed.data.pairs)


if __name__ == "__main__":
    main()
