"""python -m tests.bench.cascades [--small] [--gds] [NAME ...]: cascades and diffusion."""

from __future__ import annotations

import argparse
import importlib
import os

__all__ = ["NAMES", "main"]

NAMES = (
    "trees",
    "credit",
    "latent",
    "learned",
    "seeds",
    "topics",
    "everyone",
    "forward",
    "quality",
)
_SIZES = {"learned": {"full": "usual"}}


def main() -> None:
    """Run what the command line names; the full size gets its place in the docs."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from tests.bench.__main__ import write_page
    from tests.bench.record import write_rows

    parser = argparse.ArgumentParser(prog="python -m tests.bench.cascades", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*NAMES, "celf")))
    parser.add_argument("--small", action="store_const", dest="size", const="small", default="full")
    parser.add_argument("--gds", action="store_true", help="Graph Data Science on a real Neo4j too")
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - {*NAMES, "celf"}):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join((*NAMES, 'celf'))}")
    names = tuple(given.names) or NAMES
    names += ("celf",) if given.gds and "celf" not in names else ()
    for name in names:
        print(f"{name}:", flush=True)
        size = _SIZES.get(name, {}).get(given.size, given.size)
        rows = importlib.import_module(f"tests.bench.cascades.{name}").measure(size)
        write_rows(f"cascades-{name}" if given.size == "full" else f"cascades-small-{name}", rows)
    if given.size == "full":
        write_page()


if __name__ == "__main__":
    main()
