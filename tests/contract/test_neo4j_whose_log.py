"""A database follows one log: another is refused, and takes its place only from nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from support.log_rows import feed
from support.neo4j_cases import StoppedError, everything, sent, small_chunks, stop_at
from support.neo4j_server import wipe
from support.stream_cases import ACTS, ledger_of, load, log_in, other_log

from graphengine.errors import ConfigurationError
from graphengine.eventlog import EventLog
from graphengine.stores.neo4j.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from support.neo4j_server import Neo4jServer


@pytest.fixture
def other(tmp_path: Path) -> EventLog:
    """A log of the same length that took in something else."""
    return other_log(tmp_path / "other")


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return log_in(tmp_path / "one", *ACTS)


def test_another_log_of_the_same_length_is_refused(
    empty_neo4j: Neo4jServer, log: EventLog, other: EventLog
) -> None:
    load(empty_neo4j, log)
    before = everything(empty_neo4j)
    feed(other, "interactions", {"event_id": "x:new", **ACTS[0]})
    with pytest.raises(
        ConfigurationError, match=r"another event log.*batch 2.*load --anew"
    ) as said:
        load(empty_neo4j, other)
    assert said.value.exit_code == 78
    assert everything(empty_neo4j) == before


def test_the_log_of_a_load_that_was_cut_off_is_remembered(
    empty_neo4j: Neo4jServer, log: EventLog, other: EventLog
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        small_chunks(patch, 2)
        stop_at(patch, 3)
        with pytest.raises(StoppedError):
            load(empty_neo4j, log)
    assert ledger_of(empty_neo4j)["batch"] == 0
    with pytest.raises(ConfigurationError, match="another event log"):
        load(empty_neo4j, other)
    load(empty_neo4j, log)


def test_a_workspace_that_was_copied_back_goes_on(
    empty_neo4j: Neo4jServer, log: EventLog, tmp_path: Path
) -> None:
    load(empty_neo4j, log)
    shutil.copytree(log.root, tmp_path / "copy" / "log")
    restored = EventLog(tmp_path / "copy" / "log")
    feed(restored, "interactions", {"event_id": "x:new", "actor": "x:9", "target": "x:1"})
    load(empty_neo4j, restored)
    assert sent(empty_neo4j, "MATCH (a:Account {key: 'x:9'})-->(b) RETURN b.key") == [["x:1"]]
    with pytest.raises(ConfigurationError, match=r"batch 3 .*ends at batch 2.*load --anew"):
        load(empty_neo4j, log)


def test_a_ledger_from_before_there_were_identities_gets_one(
    empty_neo4j: Neo4jServer, log: EventLog, other: EventLog
) -> None:
    load(empty_neo4j, log)
    sent(empty_neo4j, "MATCH (l:GraphengineLoad) REMOVE l.log, l.edges, l.token")
    load(empty_neo4j, log)
    assert ledger_of(empty_neo4j)["log"] == log.watermark
    with pytest.raises(ConfigurationError, match="another event log"):
        load(empty_neo4j, other)


# from nothing again


@pytest.mark.parametrize("stop", [None, 0, 1, 12, 24, 30])
def test_anew_is_as_if_the_database_had_been_empty(
    empty_neo4j: Neo4jServer, log: EventLog, other: EventLog, stop: int | None
) -> None:
    """Cut off after any transaction, and then repeated without the word."""
    load(empty_neo4j, other)
    wanted = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    load(empty_neo4j, log)
    with pytest.MonkeyPatch.context() as patch:
        small_chunks(patch, 1)
        if stop is not None:
            _stop_after(patch, stop)
            with pytest.raises(StoppedError):
                load(empty_neo4j, other, anew=True)
            patch.undo()
        load(empty_neo4j, other, anew=stop is None or stop < 1)
    assert everything(empty_neo4j) == wanted
    assert ledger_of(empty_neo4j)["log"] == other.watermark


def _stop_after(patch: pytest.MonkeyPatch, records: int) -> None:
    """Raise StoppedError before the ledger is changed once more than so often."""
    record, seen = Ledger.record, iter(range(10_000))

    def stopping(self: Ledger, *work: Any, **changes: Any) -> None:
        if next(seen) == records:
            raise StoppedError
        record(self, *work, **changes)

    patch.setattr(Ledger, "record", stopping)


def test_anew_leaves_other_jobs_alone(
    empty_neo4j: Neo4jServer, log: EventLog, other: EventLog
) -> None:
    load(empty_neo4j, other, job="k")
    alone = everything(empty_neo4j)
    load(empty_neo4j, log)
    load(empty_neo4j, other, anew=True)
    theirs = [row for row in everything(empty_neo4j) if "s-j" not in row]
    assert [row.replace("|k|j|", "|k|") for row in theirs if row.startswith("['F")] == [
        row for row in alone if row.startswith("['F")
    ]
    of_k = "MATCH ()-[r]->() WHERE r.topic STARTS WITH 's-k/' RETURN count(r)"
    assert sent(empty_neo4j, of_k) == [[2]]


def test_anew_is_refused_where_another_job_has_the_same_scheme(
    empty_neo4j: Neo4jServer, log: EventLog
) -> None:
    load(empty_neo4j, log)
    sent(empty_neo4j, "CREATE (:GraphengineLoad {key: 'k', scheme: 's-j'})")
    before = everything(empty_neo4j)
    with pytest.raises(ConfigurationError, match=r'"k" has topics of the scheme "s-j"'):
        load(empty_neo4j, log, anew=True)
    assert everything(empty_neo4j) == before
