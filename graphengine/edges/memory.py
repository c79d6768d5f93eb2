"""How much memory a ranking needs, before anything large is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from graphengine.errors import InputError, UsageError

__all__ = ["Estimate", "available", "bytes_of", "estimate", "refuse_if_too_large", "shown_bytes"]

# bytes an edge and a person, from above. At the peak R-MAT graphs of 2 and 4 million edges (reach:
# 0.5 million) took, edges included: reading Parquet 71 and text 89, strength 85, HITS 85,
# PageRank 116, reach 133. The structure is a number and an index an edge.
_STRUCTURE = (16.0, 16.0)
_READING = {"columns": (90.0, 40.0), "text": (150.0, 60.0)}
_PEAK = {
    "strength": (90.0, 60.0),
    "spectral": (110.0, 700.0),
    "solve": (130.0, 260.0),
    "reach": (260.0, 500.0),
}
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_MEMORY_FILES = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes needed for a graph: its structure while it is solved, and the most at any time."""

    people: int
    edges: int
    structure: int
    peak: int


def estimate(people: int, edges: int, *, cost: str, text: bool = False) -> Estimate:
    """What a ranking of that size needs, from above; ``cost`` is that of the method.

    >>> estimate(1000, 100_000, cost="solve").structure
    1616000
    """
    reading = _READING["text" if text else "columns"]
    rest = _PEAK[cost]

    def total(rate: tuple[float, float]) -> float:
        return rate[0] * edges + rate[1] * people

    return Estimate(
        people, edges, round(total(_STRUCTURE)), round(max(total(reading), total(rest)))
    )


def refuse_if_too_large(needed: Estimate, *, memory: int | None = None) -> None:
    """Pass if there is room for the peak.

    ``memory`` is how many bytes may be used; None: what the machine, or the container, has free.

    Raises:
        InputError: There is not; the message has the figures.
    """
    free = available() if memory is None else memory
    if free is not None and needed.peak > free:
        raise InputError(
            f"The graph has about {needed.edges:,} edges and {needed.people:,} people, and ranking "
            f"it takes up to {shown_bytes(needed.peak)} of memory ({shown_bytes(needed.structure)} "
            f"for its structure). {shown_bytes(free)} may be used. Free some, take a machine with "
            "more, or rank a part of it."
        )


def available() -> int | None:
    """Bytes that can still be had, by machine, container and process; None: nothing tells."""
    found = _left_to_the_process()
    try:
        text = Path("/proc/meminfo").read_text("ascii")
        found += [1024 * int(n) for n in re.findall(r"^MemAvailable:\s+(\d+) kB", text, re.M)]
    except OSError:
        pass
    for limit, used in _MEMORY_FILES:
        try:
            most, now = (Path(name).read_text("ascii").strip() for name in (limit, used))
        except OSError:
            continue
        if most.isdigit():  # else "max": no limit
            found.append(
                max(0, int(most) - int(now) + _given_back(Path(used).with_name("memory.stat")))
            )
    return min(found, default=None)


def _left_to_the_process() -> list[int]:
    """What its own limits (ulimit -v and -d) leave, where it has any."""
    try:
        import resource  # noqa: PLC0415  (there is none on Windows)

        size, *_, data, _ = map(int, Path("/proc/self/statm").read_text("ascii").split())
    except (ImportError, OSError):
        return []
    page, found = resource.getpagesize(), []
    for limit, used in ((resource.RLIMIT_AS, size), (resource.RLIMIT_DATA, data)):
        most, _ = resource.getrlimit(limit)
        if most != resource.RLIM_INFINITY:
            found.append(max(0, most - used * page))
    return found


def _given_back(stat: Path) -> int:
    """Pages of files that the container holds and would give back."""
    try:
        found = re.search(r"^(?:total_)?inactive_file (\d+)", stat.read_text("ascii"), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def bytes_of(text: str) -> int:
    """A size as people write it.

    Raises:
        UsageError: It is no size.

    >>> bytes_of("4GiB"), bytes_of("500 MB")
    (4294967296, 500000000)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?\s*", text, re.IGNORECASE)
    if match is None:
        raise UsageError(f'"{text}" is no size; write 4GiB, 500MB or a number of bytes.')
    number, unit, binary = match.groups()
    step = 1024.0 if binary else 1000.0
    return round(float(number) * step ** "_KMGT".index(unit.upper() or "_"))


def shown_bytes(size: int) -> str:
    """A size for people.

    >>> shown_bytes(1536), shown_bytes(10)
    ('1.5 KiB', '10 bytes')
    """
    value, unit = float(size), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{size} bytes"
