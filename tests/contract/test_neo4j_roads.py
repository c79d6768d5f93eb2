"""Three roads into Neo4j, one graph: over Bolt, by files that the server reads, by neo4j-admin."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from support.log_rows import feed
from support.neo4j_admin import admin_of, surroundings, without_database
from support.neo4j_cases import StoppedError, everything, link_to, sent, small_chunks, stop_at
from support.neo4j_machines import Setup
from support.neo4j_server import running_server, wipe
from support.small_job import add_late_file, write_small_job

from graphengine.cli import app
from graphengine.errors import ConfigurationError, InputError
from graphengine.eventlog import EventLog
from graphengine.projection import LogGraph
from graphengine.stores.neo4j.bulk import check_counts, elements, write_files
from graphengine.stores.neo4j.csv_files import FileChunk, SharedFolder
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.roads import load_graph_by
from graphengine.stores.neo4j.schema import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.neo4j_server import Neo4jServer

    from graphengine.bolt import Link
    from graphengine.stores.neo4j.roads import Road

HOSTILE = (
    'say "x"', '"', '""', "it's", "back\\slash", "\\", '\\"', "a,b", "", " lead", "trail ",
    "two\nlines", "cr\r\nlf", "100%", "%2C", "%E", "%25E", "\ttab", "null", "NULL", "12", "1e5",
    "true", ";", "|", "Żółć 😀", "\u2028", "\ufeffbom", "`'); MATCH (n) DETACH DELETE n //",
    "${jndi:x}", "=1+1", "{key: 1}",
)  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    """Every hostile text as an id, a handle, a name and a topic; numbers at their limits."""
    log = EventLog(tmp_path / "log")
    ids = [f"x:{text or 'nobody'}" for text in HOSTILE]
    events = [
        {"event_id": f"x:e{n} {text}", "actor": ids[n], "target": ids[n - 1],
         "topics": [f"about {n} {text}"], "post": f"x:p{text}",
         "weight": 0.1 * n + 1e-7, "at": 1_400_000_000 + n if n % 4 else None,
         "kind": ("retweet", "reply", "like")[n % 3], "parent": f"x:p{HOSTILE[n - 1]}"}
        for n, text in enumerate(HOSTILE)
    ]  # fmt: skip
    feed(log, "interactions", *events)
    feed(log, "exposure", *({"actor": a, "target": ids[0]} for a in ids[1:]))
    feed(log, "accounts", *(
        {"account": i, "handle": text, "name": text, "followers": 2**53 + n}
        for n, (i, text) in enumerate(zip(ids, HOSTILE, strict=True))
    ))  # fmt: skip
    return log


@pytest.fixture
def link(empty_neo4j: Neo4jServer) -> Iterator[Link]:
    opened = link_to(empty_neo4j)
    prepare(opened)
    yield opened
    opened.close()


def shared_of(server: Neo4jServer) -> SharedFolder:
    if server.home is None:
        pytest.skip("the server's import directory is not ours to write")
    folder = server.home / "import"
    folder.mkdir(exist_ok=True)
    return SharedFolder(folder, "file:///", "j")


def load(
    link: Link, log: EventLog, road: Road, *, shared: SharedFolder | None = None, **how: Any
) -> Ledger:
    ledger = Ledger(link, "j")
    load_graph_by(road, ledger, LogGraph(log, scheme="t"), shared=shared, **how)
    return ledger


@pytest.mark.parametrize("edges", ["event", "day"])
def test_files_carry_what_the_stream_does(
    link: Link, empty_neo4j: Neo4jServer, log: EventLog, edges: str
) -> None:
    load(link, log, "stream", edges=edges)
    wanted = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    shared = shared_of(empty_neo4j)
    load(link, log, "files", shared=shared, edges=edges)
    assert everything(empty_neo4j) == wanted
    assert len(wanted) > 4 * len(HOSTILE)
    assert list(shared.path.iterdir()) == []


def test_a_repeated_load_writes_no_file_and_news_reach_the_graph(
    link: Link, empty_neo4j: Neo4jServer, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = shared_of(empty_neo4j)
    written: list[int] = []
    write = FileChunk.write

    def counting(self: FileChunk, tx: Any, *, over: bool = False) -> None:
        written.append(self.frame.height)
        write(self, tx, over=over)

    monkeypatch.setattr(FileChunk, "write", counting)
    load(link, log, "files", shared=shared)
    assert sum(written) > 0
    written.clear()
    load(link, log, "files", shared=shared)
    assert written == []
    feed(log, "retractions", {"account": f"x:{HOSTILE[0]}"}, {"event_id": f"x:e7 {HOSTILE[7]}"})
    feed(log, "interactions", {"event_id": "x:new", "actor": "x:new", "topics": ["about \\"]})
    load(link, log, "files", shared=shared)
    assert 0 < sum(written) < 50
    found = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    load(link, log, "stream")
    assert found == everything(empty_neo4j)


@pytest.mark.parametrize("then", ["stream", "files"])
def test_what_one_road_left_undone_the_other_finishes(
    link: Link, empty_neo4j: Neo4jServer, log: EventLog, then: Road,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    load(link, log, "stream")
    wanted = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    small_chunks(monkeypatch, 7)
    shared = shared_of(empty_neo4j)
    with pytest.MonkeyPatch.context() as patch:
        if then == "files":
            stop_at(patch, 9)
        else:
            write, seen = FileChunk.write, iter(range(100))

            def stopping(self: FileChunk, tx: Any, *, over: bool = False) -> None:
                write(self, tx, over=over)
                if next(seen) == 9:
                    raise StoppedError

            patch.setattr(FileChunk, "write", stopping)
        with pytest.raises(StoppedError):
            load(link, log, "stream" if then == "files" else "files", shared=shared)
    assert sent(empty_neo4j, "MATCH (a:Account) RETURN count(a)") != [[0]]
    written: list[int] = []
    ledger = Ledger(link, "j")
    done = sum(ledger.done)
    assert done > 50
    ledger.watch = lambda rows, total: written.append(rows)
    load_graph_by(then, ledger, LogGraph(log, scheme="t"), shared=shared)
    assert done < written[0] <= done + 2 * 7
    assert everything(empty_neo4j) == wanted


def test_a_killed_load_by_files_goes_on(
    link: Link, empty_neo4j: Neo4jServer, log: EventLog, tmp_path: Path
) -> None:
    load(link, log, "stream")
    wanted = everything(empty_neo4j)
    shared = shared_of(empty_neo4j)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path), "CHILD_URI": empty_neo4j.uri,
        "CHILD_PASSWORD": empty_neo4j.password, "CHILD_LOG": str(tmp_path / "log"),
        "CHILD_IMPORT": str(shared.path),
    }  # fmt: skip
    for steps in (1, 8, 20):
        wipe(empty_neo4j, keep_rules=True)
        with subprocess.Popen(
            [sys.executable, "-c", CHILD], env=environment, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(steps):
                assert child.stdout.readline() == "a file\n"
            child.send_signal(signal.SIGKILL)
        load(link, log, "files", shared=shared)
        assert everything(empty_neo4j) == wanted
        assert list(shared.path.iterdir()) == []


CHILD = """
import os
from pathlib import Path
from graphengine.bolt import Address, open_link
from graphengine.eventlog import EventLog
from graphengine.projection import LogGraph
from graphengine.stores.neo4j import chunks
from graphengine.stores.neo4j.bulk import check_counts, elements, write_files
from graphengine.stores.neo4j.csv_files import SharedFolder
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.roads import load_graph_by
chunks.CHUNK_ROWS = 7
put = SharedFolder.put
def loud(self, number, frame):
    file = put(self, number, frame)
    os.write(1, b"a file\\n")  # in one piece: lanes speak at once
    return file
SharedFolder.put = loud
link = open_link(Address(os.environ["CHILD_URI"], "neo4j", "neo4j"), os.environ["CHILD_PASSWORD"])
shared = SharedFolder(Path(os.environ["CHILD_IMPORT"]), "file:///", "j")
graph = LogGraph(EventLog(Path(os.environ["CHILD_LOG"])), scheme="t")
load_graph_by("files", Ledger(link, "j"), graph, shared=shared)
"""


def test_a_directory_that_the_server_does_not_read_is_named(
    link: Link, empty_neo4j: Neo4jServer, log: EventLog, tmp_path: Path
) -> None:
    shared = replace(shared_of(empty_neo4j), path=tmp_path)
    with pytest.raises(ConfigurationError, match=r"does not read .*server\.directories\.import"):
        load(link, log, "files", shared=shared)
    with pytest.raises(ConfigurationError, match="no directory here"):
        load(link, log, "files", shared=replace(shared, path=tmp_path / "none"))
    for url in ("http://evil/", "https://evil/", "file://host/", "ftp://x", "file:///a/../b"):
        with pytest.raises(ConfigurationError, match="import_url"):
            replace(shared, url=url)
    assert sent(empty_neo4j, "MATCH (n:Account) RETURN count(n)") == [[0]]


def test_counts_that_differ_are_named(link: Link, log: EventLog, tmp_path: Path) -> None:
    """Files of the log, a database that another road filled, and one account too few there."""
    graph = LogGraph(log, scheme="t")
    manifest = write_files(tmp_path / "i", elements(graph, job="j"), job="j", batch=3)
    load(link, log, "stream")
    check_counts(link, manifest)
    link.write(lambda tx: tx.run("MATCH (a:Account)-[r:FOLLOWED]->() DELETE r").consume())
    with pytest.raises(InputError, match=r"0 of FOLLOWED, where the files had 3\d"):
        check_counts(link, manifest)


def test_the_road_bulk_streams_only_what_an_import_began(link: Link, log: EventLog) -> None:
    with pytest.raises(ConfigurationError, match=r"load --offline"):
        load(link, log, "bulk")
    load(link, log, "stream")
    load(link, log, "bulk")
    with pytest.raises(ConfigurationError, match=r"import_directory"):
        load(link, log, "files")


def test_neo4j_admin_fills_an_empty_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way with the command line: import, start, counts, increment, retraction."""
    setup = Setup(settings=("dbms.import.csv.legacy_quote_escaping=false",))
    with running_server(setup) as server:
        job = _job(tmp_path, server, monkeypatch)
        assert _typed("ingest", job).exit_code == 0
        assert _typed("load", job, "--road", "stream").exit_code == 0
        wanted = _graph(server)
        again = _typed("load", job)
        assert again.exit_code == 99, again.output
        refused = _typed("load", job, "--offline")
        assert refused.exit_code == 99, refused.output  # it is loaded, whoever did it
        server.kill()  # sooner than a stop in order, and what it holds is removed below

        there = _typed("load", job, "--offline")
        assert there.exit_code == 78
        assert "is there already" in there.stderr
        without_database(server)
        printed = _typed("load", job, "--offline", "--print")
        assert printed.exit_code == 0, printed.output
        assert "database import full neo4j --nodes=Account=./Account-header.csv" in printed.stdout
        imported = _typed("load", job, "--offline")
        assert imported.exit_code == 0, imported.output
        assert "Start the server" in imported.stdout
        server.restart()

        checked = _typed("load", job, "--offline")
        assert checked.exit_code == 0, checked.output
        assert "as many rows as the files had" in checked.stdout
        assert _graph(server) == wanted
        assert _typed("load", job).exit_code == 99
        _increment(server, tmp_path, job)


def _increment(server: Neo4jServer, folder: Path, job: str) -> None:
    """Over Bolt on top of an import, then by files: as a stream load of all of it."""
    actors = "MATCH (a:Account)-[r:RETWEETED]->() RETURN a.key ORDER BY a.key LIMIT 1"
    someone = sent(server, actors)[0][0]
    add_late_file(folder)
    (folder / "in" / "gone-2.csv").write_text(f"account\n{someone.partition(':')[2]}\n")
    assert _typed("ingest", job).exit_code == 0
    news = _typed("load", job, "--road", "stream")
    assert news.exit_code == 0, news.output
    about = "MATCH (a:Account {key: $key})-[r]-() RETURN count(r)"
    assert sent(server, about, key=someone) == [[0]]
    found = _graph(server)
    wipe(server, keep_rules=True)
    whole = _typed("load", job, "--road", "files")
    assert whole.exit_code == 0, whole.output
    assert _graph(server) == found
    published = _typed("score", job)
    assert published.exit_code == 0, published.output
    assert _typed("publish", job).exit_code == 0
    assert _typed("load", job).exit_code == 99


def _graph(server: Neo4jServer) -> list[str]:
    """All of the graph, and what the ledger says of it."""
    ledger = (
        "MATCH (l:GraphengineLoad) RETURN l.batch, l.pending, l.loading, l.done, l.scheme, l.log"
    )
    return [*everything(server), *map(str, sent(server, ledger))]


def _job(folder: Path, server: Neo4jServer, patch: pytest.MonkeyPatch) -> str:
    job = write_small_job(folder)
    (server.home or folder).joinpath("import").mkdir(exist_ok=True)
    text = job.read_text()
    settings = f"""
[[sources]]
name = "gone"
table = "retractions"
files = ["in/gone*.csv"]
columns = {{ account = "account" }}

[neo4j]
uri = "{server.uri}"
password_env = "ROADS_PASSWORD"
import_directory = "{server.home}/import"
admin = '''{admin_of(server)}'''
"""
    head, mark, rest = text.partition("[window]")
    job.write_text(f"{head}{settings}\n{mark}{rest}\n[publish]\nto = ['neo4j']\n")
    (folder / "in" / "gone.csv").write_text("account\nnobody-at-all\n")
    with (folder / "in" / "accounts.csv").open("a", encoding="utf-8", newline="") as people:
        csv.writer(people).writerows(
            (f"h{n} {text}", "2024-01-02T00:00:00Z", text, text, n)
            for n, text in enumerate(HOSTILE)
        )
    patch.setenv("ROADS_PASSWORD", server.password)
    for name, value in surroundings(server).items():
        patch.setenv(name, value)
    return str(job)


def _typed(command: str, job: str, *words: str) -> Any:
    return CliRunner().invoke(app, [command, "--job", job, *words], catch_exceptions=False)
