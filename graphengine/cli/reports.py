"""What the use cases report, as lines for people. Nothing is computed here but sums of counts."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from graphengine.cli.console import printable, say
from graphengine.cli.tables import count, print_table, utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphengine.pipeline.reports import (
        FileReport,
        IngestReport,
        PublishReport,
        ScoreReport,
        TopicReport,
    )

__all__ = ["biggest_topic", "print_ingest", "print_next", "print_publish", "print_score"]

COUNTS = ("read", "accepted", "duplicate", "rejected")
OVERALL = "overall"


def print_ingest(report: IngestReport) -> None:
    """Each new file with its counts, the known ones in one line, the total, where rejects lie."""
    new = [f for f in report.files if not f.known]
    known = len(report.files) - len(new)
    say("Read")
    lines = [
        (f.source, Path(f.file).name, [getattr(f, c) for c in COUNTS], _asides(f)) for f in new
    ]
    if len(new) > 1:
        totals = [sum(getattr(f, c) for f in new) for c in COUNTS]
        lines.append(("total", f"{len(new)} files", totals, ""))
    _print_counts(lines)
    if known:
        files = "1 file was" if known == 1 else f"{known:,} files were"
        say(f"  {files} taken in before and not read again")
    if any(f.rejected for f in new):
        say("  rejected rows, with reason, file and line:")
        for file in report.rejects_files:
            say(f"    {printable(file)}")


def _print_counts(lines: list[tuple[str, str, list[int], str]]) -> None:
    """``source  file  read = accepted + duplicate + rejected``, in columns."""
    if not lines:
        return
    heads = [(printable(source), printable(file)) for source, file, _, _ in lines]
    first, second = (max(len(h[i]) for h in heads) for i in (0, 1))
    widths = [max(len(count(numbers[i])) for _, _, numbers, _ in lines) for i in range(len(COUNTS))]
    for (source, file), (_, _, numbers, aside) in zip(heads, lines, strict=True):
        read, *rest = (
            f"{count(n):>{width}} {name}"
            for n, width, name in zip(numbers, widths, COUNTS, strict=True)
        )
        say(f"  {source:<{first}}  {file:<{second}}  {read} = {' + '.join(rest)}{aside}")


def _asides(file: FileReport) -> str:
    parts = []
    if file.skipped:
        parts.append(f"{count(file.skipped)} rows skipped as the job asks")
    if file.conflicts:
        parts.append(f"{count(file.conflicts)} repeats differ from what came first")
    return f"  ({'; '.join(parts)})" if parts else ""


def print_score(report: ScoreReport) -> None:
    """Run, what is missing or was repaired, the topics, the certificate."""
    say()
    say(f"Run {report.run}" + ("" if report.created else " (made before, unchanged)"))
    say(f"  as of        {utc(report.as_of)}")
    say(f"  certificate  every vector within {report.error_bound:.1e} of exact (relative L1 bound)")
    if report.trees:
        _print_cascades(report)
    if report.missing is not None and report.missing.posts:
        missing = report.missing
        say(
            f"  missing      the network counts reshares for {count(missing.of)} originals; of "
            f"{count(missing.posts)} of them ({count(missing.counted)} reshares) none arrived: "
            "their cascades are cut short"
        )
    say()
    titles: tuple[str, ...] = ("topic", "people", "scored", "not enough evidence")
    rows: list[tuple[str, ...]] = [
        (t.name, count(t.people), count(t.scored), count(t.unrated)) for t in report.topics
    ]
    if report.created:
        titles = (*titles, "graph", "sweeps")
        work = [(_graph(t), count(t.sweeps)) for t in report.topics]
        rows = [(*row, *more) for row, more in zip(rows, work, strict=True)]
    print_table(titles, rows)


def _graph(topic: TopicReport) -> str:
    """What became of a topic's graph."""
    return "as before" if topic.reused else "patched" if topic.patched else "rebuilt"


def _print_cascades(report: ScoreReport) -> None:
    """How many trees, and what had to be mended to make trees of them."""
    from graphengine.report.repairs import repairs_in_words

    mended = repairs_in_words(report.repairs)
    say(f"  cascades     {count(report.trees)} trees" + ("; found and mended:" if mended else ""))
    width = max((len(count(n)) for _, n in mended), default=0)
    for words, number in mended:
        say(f"{'':15}{count(number):>{width}} {printable(words)}")


def print_publish(report: PublishReport) -> None:
    """What each store serves now, and what is held back."""
    say()
    for store in report.stores:
        before = f", before: {store.previous}" if store.previous else ""
        verb = "serves" if store.changed else "serves already"
        say(f"{store.store} {verb} {store.published}{before}")
    for name in report.held_back:
        say(f"{name} was rolled back from {report.run} and keeps what it serves; to publish it all")
        say(f"the same: graphengine publish {report.run} --to {name}")


def print_next(arguments: Iterable[str]) -> None:
    """Commands to type next, as this program was started; none where GRAPHENGINE_HINTS is off."""
    if os.environ.get("GRAPHENGINE_HINTS") == "off":
        return
    say()
    say("Next:")
    for words in arguments:
        say(f"  {_program()} {words}")


def _program() -> str:
    """What to type for this program: its bare name only where the shell finds just this one."""
    started = Path(sys.argv[0])
    if started.parts[-2:] == ("graphengine", "__main__.py"):
        return "python -m graphengine"
    found = shutil.which("graphengine")
    if started.name != "graphengine" or not started.exists():
        return "graphengine"
    known = found is not None and started.samefile(found)
    return "graphengine" if known else os.path.relpath(started)


def biggest_topic(topics: Iterable[TopicReport]) -> str:
    """The slug of the topic with the most people scored, overall only where there is no other."""
    slugs = {t.key.rpartition("/")[2]: t.scored for t in topics}
    own = {s: n for s, n in slugs.items() if s != OVERALL} or slugs or {OVERALL: 0}
    return max(own, key=lambda s: own[s])
