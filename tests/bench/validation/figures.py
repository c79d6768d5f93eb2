"""python -m tests.bench.validation.figures [NAME ...]: the figures of the score, for the page."""

from __future__ import annotations

import argparse
import os

__all__ = ["NAMES", "main"]

NAMES = ("intervals", "reasons", "coverage", "foretold", "validating")


def main() -> None:
    """Measure what the command line names (all by default) and write the page."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from tests.bench.__main__ import write_page
    from tests.bench.record import write_rows
    from tests.bench.validation import costs, coverage, foretold, reasons

    works = {
        "intervals": costs.intervals,
        "reasons": reasons.measure,
        "coverage": coverage.measure,
        "foretold": foretold.measure,
        "validating": costs.validating,
    }
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.validation.figures", description=__doc__
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    names = parser.parse_args().names
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in names or NAMES:
        print(f"{name}:", flush=True)
        write_rows(f"validation-{name}", works[name]())
    write_page()


if __name__ == "__main__":
    main()
