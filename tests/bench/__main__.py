"""python -m tests.bench [NAME ...]: run benchmarks, then make docs/benchmarks.md from the rows."""

from __future__ import annotations

import datetime
import importlib
import platform
import sys
from importlib import metadata
from pathlib import Path

from tests.bench import neo4j
from tests.bench.cascades.__main__ import NAMES as CASCADES
from tests.bench.ranking.__main__ import NAMES as RANKING
from tests.bench.record import FOLDER, Row, read_rows, write_rows
from tests.bench.validation.figures import NAMES as VALIDATION

NAMES = ("stages",)
PAGES = {  # what has a place on the page, and the module that says what it is
    "ranking": "tests.bench.ranking",
    "cascades": "tests.bench.cascades",
    "memory": "tests.bench.memory",
    "validation": "tests.bench.validation",
    "stages": "tests.bench.stages",
    "neo4j": "tests.bench.neo4j",
    "neo4j-large": "tests.bench.neo4j.large",
}
PARTS = (  # of one page's records
    "",
    *(
        f"-{name}"
        for name in dict.fromkeys((*neo4j.NAMES, *CASCADES, "celf", *RANKING, "gds", *VALIDATION))
    ),
)
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
LIBRARIES = ("numpy", "scipy", "numba", "polars", "pyarrow", "ladybug", "neo4j", "networkx")


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _table(record: str) -> str:
    head = "| work | ours | unit | peer | theirs | ratio | goal | answers agree | spread |\n"
    lines = [head, "|---|---:|---|---|---:|---:|---:|---|---:|\n"]
    for row in read_rows(record):
        agree = {True: "yes", False: "no", None: ""}[row.agree]
        lines.append(
            f"| {row.work} | {_cell(row.ours)} | {row.unit} | {row.peer} | {_cell(row.theirs)} "
            f"| {_cell(row.ratio)} | {_cell(row.goal)} | {agree} | {_cell(row.spread)} |\n"
        )
    return "".join(lines)


def _standing() -> dict[str, dict[str, str]]:
    """By section and heading what stands on the page: without a record of its own it stays."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    sections = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    return {
        name: dict(part.split("\n", 1) for part in body.split("\n### ")[1:])
        for name, body in sections.items()
    }


def _tables(name: str, standing: dict[str, str]) -> str:
    """The tables of a section, each under a heading of its own with the day of its run."""
    found = []
    for part in PARTS:
        title, path = part.removeprefix("-") or name, FOLDER / f"{name}{part}.json"
        if path.exists():
            day = datetime.datetime.fromtimestamp(path.stat().st_mtime, tz=datetime.UTC).date()
            made = f"\nMeasured on {day.isoformat()}.\n\n{_table(path.stem)}"
            found.append(f"\n### {title}\n{made}")
        elif title in standing:
            found.append(f"\n### {title}\n{standing[title].rstrip()}\n")
    return "".join(found)


def _page(today: datetime.date) -> str:
    standing = _standing()
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    parts = [
        (
            "# Benchmarks\n\nMade by `make bench`, `make bench-ranking`, `make bench-cascades`, "
            f"`make bench-validation` and `make bench-neo4j`, last on {today.isoformat()}; a table "
            f"stays until it is measured again. Python {platform.python_version()}, {versions}; 2 cores, shared. "
            "A ratio says how many times better ours is, measured in one run with its peer; bare "
            "figures have no peer in this run and say what to expect, not who wins. Where a goal is "
            "missed, [limits.md](limits.md) says what binds.\n"
        )
    ]
    for name, module in PAGES.items():
        if tables := _tables(name, standing.get(name, {})):
            about = (importlib.import_module(module).__doc__ or "").strip()
            parts.append(f"\n## {name}\n\n{about}\n{tables}")
    return "".join(parts)


def main(names: list[str]) -> None:
    """Run the named benchmarks (all by default)."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in names or NAMES:
        print(f"{name}:", flush=True)
        rows: list[Row] = importlib.import_module(f"tests.bench.{name}").measure()
        write_rows(name, rows)
    write_page()


def write_page() -> None:
    """Make docs/benchmarks.md from the rows that there are."""
    PAGE.write_text(_page(datetime.datetime.now(tz=datetime.UTC).date()), "utf-8")
    print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")


if __name__ == "__main__":
    main(sys.argv[1:])
