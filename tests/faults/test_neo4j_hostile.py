"""A hundred hostile names through the whole way into a real server: nothing is run, lost or changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.hostile import hostile_names
from support.neo4j_cases import sent

from graphengine.errors import ConfigurationError
from graphengine.job import load_job
from graphengine.model import slug

if TYPE_CHECKING:
    from pathlib import Path

    from support.neo4j_server import Neo4jServer
    from support.warm import Ended, Warm

SECRET = "HOSTILE_PASSWORD"
JOB = """\
name = "hostile"
network = "x"

[[sources]]
name = "acts"
files = ["acts.jsonl"]
columns = {{ event = "id", actor = "from", target = "to", kind = "kind", at = "at", topic = "topic" }}

[[sources]]
name = "people"
table = "accounts"
files = ["people.jsonl"]
columns = {{ account = "id", at = "at", handle = "handle", name = "name" }}

[publish]
to = ["neo4j"]

[neo4j]
uri = "{uri}"
password_env = "{variable}"
"""


def _topics() -> list[str]:
    """Those of the names that make a topic, one for each slug."""
    chosen: dict[str, str] = {}
    for name in hostile_names():
        if slug(name) not in ("", "none", "overall"):
            chosen.setdefault(slug(name), name)
    return list(chosen.values())


def _write_job(folder: Path, server: Neo4jServer) -> Path:
    names, topics = hostile_names(), _topics()
    acts = [
        {"id": f"{name}#{step}", "from": name, "to": names[(i + step) % len(names)], "kind": "mention",
         "at": "2024-01-02T00:00:00Z", "topic": topics[(i + step) % len(topics)]}
        for i, name in enumerate(names)
        for step in (1, 2, 3)
    ]  # fmt: skip
    people = [
        {"id": name, "at": "2024-01-01T00:00:00Z", "handle": name, "name": name} for name in names
    ]
    for file, rows in (("acts", acts), ("people", people)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{file}.jsonl").write_text(text, "utf-8")
    job = folder / "job.toml"
    job.write_text(JOB.format(uri=server.uri, variable=SECRET), "utf-8")
    return job


def _run(warm: Warm, folder: Path, server: Neo4jServer, *words: str) -> Ended:
    return warm.run(*words, cwd=folder, env={SECRET: server.password})


@pytest.fixture
def ran(warm: Warm, empty_neo4j: Neo4jServer, tmp_path: Path) -> Path:
    """The folder of the job, run to its end beside a canary."""
    sent(empty_neo4j, "CREATE (:Canary {key: 'sings'})-[:IN]->(:Cage {key: 'closed'})")
    _write_job(tmp_path, empty_neo4j)
    ended = _run(warm, tmp_path, empty_neo4j, "run", "job.toml")
    assert ended.code == 0, ended.err
    return tmp_path


def test_everything_comes_back_as_it_was(ran: Path, warm: Warm, empty_neo4j: Neo4jServer) -> None:
    names, topics = hostile_names(), _topics()
    accounts = sent(empty_neo4j, "MATCH (a:Account) RETURN a.uid, a.handle, a.name, a.key")
    assert sorted(accounts) == sorted([n, n, n, f"x:{n}"] for n in names)
    found = sent(
        empty_neo4j, "MATCH (t:Topic) WHERE NOT t.slug IN ['none', 'overall'] RETURN t.name"
    )
    assert sorted(found) == sorted([topic] for topic in topics)
    events = sent(empty_neo4j, "MATCH (a)-[r:MENTIONED]->(b) RETURN r.event_id, a.uid, b.uid")
    assert sorted(event[1:] for event in events) == sorted(
        [name, names[(i + step) % len(names)]] for i, name in enumerate(names) for step in (1, 2, 3)
    )
    assert len({event[0] for event in events}) == 3 * len(names)
    _still_sings(empty_neo4j)
    again = _run(warm, ran, empty_neo4j, "run", "job.toml")
    assert again.code == 99, again.err


def test_questions_about_them_are_answered(ran: Path, warm: Warm, empty_neo4j: Neo4jServer) -> None:
    """Hostile words on the command line, for accounts and topics that are there and that are not."""
    for name in [n for n in hostile_names() if "\0" not in n][::6]:
        asked = _run(warm, ran, empty_neo4j, "show", "--store", "neo4j", "--", name)
        assert asked.code in (0, 65), (name, asked.err)
        assert "Traceback" not in asked.err
    for name in _topics()[::6]:
        asked = _run(warm, ran, empty_neo4j, "top", "--store", "neo4j", "--", name)
        assert asked.code in (0, 65), (name, asked.err)
        assert "Traceback" not in asked.err
    _still_sings(empty_neo4j)


def _still_sings(server: Neo4jServer) -> None:
    canary = "MATCH (c:Canary)-[r:IN]->(g:Cage) RETURN c.key, g.key, properties(r)"
    assert sent(server, canary) == [["sings", "closed", {}]]
    labels = {label for (label,) in sent(server, "CALL db.labels() YIELD label RETURN label")}
    assert not {label for label in labels if label in hostile_names()}
    assert sent(server, "MATCH (n) WHERE n.hacked IS NOT NULL RETURN n") == []


@pytest.mark.parametrize("place", ["name", "network", "scheme"])
def test_a_job_is_called_something_plain(tmp_path: Path, place: str) -> None:
    """These words become parts of keys: the job file refuses what is not plain."""
    refused = []
    for number, name in enumerate(hostile_names()):
        values: dict[str, Any] = {"name": "plain"} | {place: name}
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        job = tmp_path / f"{number}.toml"
        job.write_text(
            lines + '[[sources]]\nname = "a"\nfiles = ["a.csv"]\n'
            'columns = { actor = "a", target = "b" }\nconstants = { kind = "like" }\n',
            "utf-8",
        )
        try:
            load_job(job)
        except ConfigurationError:
            refused.append(name)
    passed = set(hostile_names()) - set(refused)
    assert all(name.replace("-", "").replace("_", "").isalnum() for name in passed), passed
    assert len(refused) > 80
