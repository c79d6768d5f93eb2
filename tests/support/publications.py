"""Readers in processes of their own beside a writer that publishes run after run of one small graph."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.bolt.faults import Address
from graphengine.bolt.link import open_link
from graphengine.model import CASCADE_FIGURES, SCORE_FIGURES
from graphengine.stores.neo4j import Neo4jStore, Terms

from .neo4j_cases import large_graph
from .store_cases import run_scores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.stores.ports import RunScores

    from .neo4j_server import Neo4jServer

__all__ = ["Readers", "Tally", "publish_runs", "reader_main", "reading", "small_run"]

PEOPLE = 20
TOPICS = ("t/a", "t/overall")
_FIGURES = len(SCORE_FIGURES) + len(CASCADE_FIGURES)
_TESTS = Path(__file__).resolve().parent.parent
_CHILD = "from support.publications import reader_main; reader_main()"
_EVERY = 200  # answers between two reports of a reader

_POINTER = "MATCH (p:Pointer {key: 'j'}) RETURN p.run AS run"
_OF_RUN = (
    "MATCH (a:Account)-[s:SCORED]->(:Topic) "
    "WHERE s.run = $run AND s.topic = $topic AND s.rank <= 20 RETURN s.raw AS raw, s.run AS run"
)


@dataclass(frozen=True)
class Tally:
    """What readers saw: answers, those of more than one run, those with rows missing, and runs."""

    answers: int = 0
    mixed: int = 0
    empty: int = 0
    runs: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.answers + other.answers,
            self.mixed + other.mixed,
            self.empty + other.empty,
            max(self.runs, other.runs),
        )


def small_run(number: int) -> RunScores:
    """Twenty people in two topics; whole part of the raw value and of the score: the number."""
    run = run_scores(number)
    rows = [
        (f"x:{(rank * 7 + number) % PEOPLE}", topic, rank, number + 0.9 - rank / 64, 0.5, 3,
         number + rank / 64, 0.01, None, *[None] * _FIGURES)
        for topic in TOPICS
        for rank in range(1, PEOPLE + 1)
    ]  # fmt: skip
    return replace(run, scores=pl.DataFrame(rows, schema=run.scores.schema, orient="row"))


def publish_runs(
    server: Neo4jServer, readers: Readers, *, first: int, count: int, grace_s: float
) -> float:
    """Publish ``count`` small runs one after another; the mean seconds of one."""
    link = open_link(Address(server.uri, server.user, server.database), server.password)
    with closing(Neo4jStore(link, Terms(grace_s=grace_s))) as store:
        began = time.monotonic()
        for number in range(first, first + count):
            store.publish(small_run(number), large_graph(), previous=None, keep=2)
            assert readers.alive(), "a reader ended early"
        return (time.monotonic() - began) / count


@dataclass
class Readers:
    """Processes that read until they are told to stop, and what they last said."""

    processes: list[subprocess.Popen[str]]
    said: list[Tally]
    listeners: list[threading.Thread] = field(default_factory=list)

    def alive(self) -> bool:
        """Whether all of them still read."""
        return all(process.poll() is None for process in self.processes)

    def total(self) -> Tally:
        """What all of them saw until their last reports."""
        return sum(self.said, Tally())

    def listen(self) -> None:
        """Note the last line of each."""
        for number in range(len(self.processes)):
            thread = threading.Thread(target=self._note, args=(number,), daemon=True)
            thread.start()
            self.listeners.append(thread)

    def wait_for_the_first(self) -> None:
        """Until every reader has answered once."""
        until = time.monotonic() + 60
        while not all(tally.answers for tally in self.said):
            assert self.alive(), "a reader did not start"
            assert time.monotonic() < until
            time.sleep(0.01)

    def stop(self) -> None:
        """Tell them to end, and take their last word."""
        for process in self.processes:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()  # type: ignore[union-attr]
        for thread in self.listeners:
            thread.join(60)
        assert [process.wait(60) for process in self.processes] == [0] * len(self.processes)

    def _note(self, number: int) -> None:
        for line in self.processes[number].stdout or ():
            self.said[number] = Tally(**json.loads(line))


@contextmanager
def reading(server: Neo4jServer, *, readers: int) -> Iterator[Readers]:
    """Processes that read the job j for as long as the block runs; something is published before."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(_TESTS), str(_TESTS.parent))),
        "CHILD_URI": server.uri,
        "CHILD_USER": server.user,
        "CHILD_PASSWORD": server.password,
        "CHILD_DATABASE": server.database,
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _CHILD], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(readers)
    ]  # fmt: skip
    group = Readers(started, [Tally()] * readers)
    try:
        group.listen()
        group.wait_for_the_first()
        yield group
        group.stop()
    finally:
        for process in started:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()


def reader_main() -> None:
    """Read until stdin ends: a top 20 and a card by the pointer, two topics by a run passed on."""
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    names = ("URI", "USER", "PASSWORD", "DATABASE")
    uri, user, password, database = (os.environ[f"CHILD_{name}"] for name in names)
    link = open_link(Address(uri, user, database), password)
    seen: set[float] = set()
    tally, told = Tally(), 0
    with closing(Neo4jStore(link)) as store:
        while not stop.is_set():
            for numbers, wanted in _answers(store):
                seen.update(numbers)
                tally += Tally(1, len(set(numbers)) > 1, len(numbers) < wanted)
            if tally.answers >= told:
                told = tally.answers + _EVERY
                _say(replace(tally, runs=len(seen)))
    _say(replace(tally, runs=len(seen)))


def _answers(store: Neo4jStore) -> Iterator[tuple[list[int], int]]:
    """(The run's number in each row, how many rows there should be) of one reader's round."""
    yield [int(row[4]) for row in store.top("j", "t/a", PEOPLE).rows], PEOPLE
    yield [int(row[7]) for row in store.card("j", "x:1").rows if row[2] == "scored"], len(TOPICS)
    run = _ask(store, _POINTER)[0][0]
    pair = [row for topic in TOPICS for row in _ask(store, _OF_RUN, run=run, topic=topic)]
    yield [int(raw) if run == of else -1 for raw, of in pair], 2 * PEOPLE


def _ask(store: Neo4jStore, text: str, **parameters: Any) -> tuple[tuple[Any, ...], ...]:
    return store.query(text, parameters, timeout_s=30, row_limit=1000).rows


def _say(tally: Tally) -> None:
    sys.stdout.write(json.dumps(asdict(tally)) + "\n")
    sys.stdout.flush()
