"""The job file: what is read, what is refused, what goes into a run's id and a file's mapping."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path
from typing import Any

import pytest

from graphengine.errors import ConfigurationError
from graphengine.job import Job, iso_seconds, load_job

GOOD = """
name = "toy"
[[sources]]
name = "replies"
files = ["a.csv"]
columns = { actor = "a", target = ["b", "c"], kind = "k" }
"""


def job_from(tmp_path: Path, text: str) -> Job:
    path = tmp_path / "job.toml"
    path.write_text(text, "utf-8")
    return load_job(path)


def complaints(tmp_path: Path, text: str) -> list[str]:
    """The lines about mistakes, without the indentation."""
    with pytest.raises(ConfigurationError) as raised:
        job_from(tmp_path, text)
    head, *lines = str(raised.value).splitlines()
    assert head.startswith(f"The job file {tmp_path / 'job.toml'} has {len(lines)} mistake")
    assert raised.value.exit_code == 78
    return [line.strip() for line in lines]


def test_a_small_job_has_the_documented_defaults(tmp_path: Path) -> None:
    job = job_from(tmp_path, GOOD)
    assert (job.name, job.network, job.topic_scheme) == ("toy", "x", "toy")
    assert job.workspace_path == tmp_path / ".graphengine" / "toy"
    assert job.sources[0].columns == {"actor": "a", "target": ["b", "c"], "kind": "k"}
    assert job.publish.to == ["embedded"]
    assert job.method.damping == 0.85


def test_a_byte_order_mark_and_native_dates_are_fine(tmp_path: Path) -> None:
    text = f"\ufeff{GOOD}[window]\nearliest = 2014-08-01\nlatest = 2015-05-01T00:00:00Z\n"
    window = job_from(tmp_path, text).window
    assert (window.earliest, window.latest) == ("2014-08-01", "2015-05-01T00:00:00+00:00")


def test_what_is_no_job_file_at_all(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "none.toml", "no job file"),
        (tmp_path, "is a folder"),
        (tmp_path / ("x" * 300), "cannot be read"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            load_job(path)
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(ConfigurationError, match="not UTF-8: byte 12"):
        load_job(tmp_path / "latin.toml")
    with pytest.raises(ConfigurationError, match=r"not TOML: .*line 2, column 9"):
        job_from(tmp_path, 'name = "a"\nfiles = ]')
    with pytest.raises(ConfigurationError, match="not TOML"):
        job_from(tmp_path, 'name = "a"\nname = "b"')


def test_a_file_closed_to_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # a mode of 000 would not stop root
    with pytest.raises(ConfigurationError, match="cannot be read: Permission denied"):
        load_job(tmp_path / "job.toml")


def test_an_empty_file(tmp_path: Path) -> None:
    assert complaints(tmp_path, "") == ["name: missing", "sources: missing"]


def test_all_mistakes_at_once_each_with_its_place_and_the_nearest_key(tmp_path: Path) -> None:
    text = """
netwrk = "x"
path = "elsewhere"
[[sources]]
name = "one"
files = ["x.csv"]
kinds = { RT = "retwet" }
colums = { actr = "a", target = "b" }
[sources.time]
format = "minutes"
zone = "Europe/Pari"
[[sources]]
name = "two"
table = "exposur"
files = 3
columns = { actor = "a", target = ["b", 4], kind = "k" }
[methd]
dampng = 0.5
[publish]
to = []
keep = 1.5
[window]
earliest = 2014-08-01
latest = "2013-01-01"
"""
    assert set(complaints(tmp_path, text)) == {
        (
            "path: unknown; needed: one of name, network, workspace, scheme, no_topic, sources, window, "
            "method, diffusion, publish, validation, gate, neo4j, threads"
        ),
        "name: missing",
        'netwrk: unknown; did you mean "network"?',
        'methd: unknown; did you mean "method"?',
        'method.dampng: unknown; did you mean "damping"?',
        'sources[0].colums: unknown; did you mean "columns"? (source "one")',
        (
            'sources[0].columns.actr: unknown; did you mean "actor"? (table interactions)'
            ' (source "one")'
        ),
        (
            "sources[0].columns.kind: missing; the table interactions needs it, as a column or in "
            'constants (source "one")'
        ),
        'sources[0].kinds.RT: "retwet" is unknown; did you mean "retweet"? (source "one")',
        (
            'sources[0].time.start: missing; "minutes" count from a start, such as "2004-04-15"'
            ' (source "one")'
        ),
        (
            'sources[0].time.zone: "Europe/Pari" is unknown; did you mean "Europe/Paris"?'
            ' (source "one")'
        ),
        'sources[1].table: "exposur" is unknown; did you mean "exposure"? (source "two")',
        'sources[1].files: came: 3; needed: a list (source "two")',
        (
            "sources[1].columns.target: came: a list; needed: the name of a column, or a list of names"
            ' (source "two")'
        ),
        'publish.to: empty; needed: "embedded", "neo4j" or both',
        "publish.keep: came: 1.5; needed: a whole number",
        'window.latest: "2013-01-01" is not after earliest, "2014-08-01"; no event could pass',
    }


SOURCE = '\n[[sources]]\nname = "more"\nfiles = ["b.csv"]\n'


@pytest.mark.parametrize(
    ("addition", "place", "words"),
    [
        (GOOD[GOOD.index("[[") :], "sources[1].name", "is the name of sources[0]"),
        (f'{SOURCE}table = "posts"', "sources[1].columns.post", "missing"),
        (f'{SOURCE}table = "accounts"', "sources[1].columns.account", "missing"),
        (f'{SOURCE}table = "retractions"', "sources[1].columns", '"event_id" or "account"'),
        (
            (f'{SOURCE}table = "exposure"\ncolumns = {{actor="a", target="b"}}\n'
            'constants = {kind="reply"}'),
            "sources[1].constants.kind", '"reply" is unknown',
        ),
        (
            f'{SOURCE}table = "accounts"\ncolumns = {{account="a", actor="b"}}',
            "sources[1].columns.actor", "unknown",
        ),
        ('identity = "post"', "sources[0].identity", "needs columns.post"),
        ('topic_separator = ";"', "sources[0].topic_separator", "needs columns.topic"),
        ('kinds = {F = "follow"}', 'sources[0].kinds."F"', "no kind of the table interactions"),
        ('constants = {kind = "reply"}', "sources[0].constants.kind", "keep one of the two"),
        ('constants = {topic = " OVERALL "}', "sources[0].constants.topic", "reserved"),
        ('constants = {topic = "None"}', "sources[0].constants.topic", "reserved"),
        ("header = false", "sources[0].column_names", "missing"),
        ('column_names = ["a", "b", "c", "k"]', "sources[0].column_names", "header = false"),
        (
            'header = false\ncolumn_names = ["a", "bb", "c", "k"]',
            "sources[0].columns.target", '"b" is unknown',
        ),
        ('header = "yes"', "sources[0].header", "needed: true or false"),
        ('network = "X Y"', "sources[0].network", "lower-case"),
        ('time = {format = "iso8601"}', "sources[0].time.format", '"iso8601" is unknown'),
        ('time = {start = "2004-04-15"}', "sources[0].time.start", "only for minutes"),
        (
            'time = {format = "seconds", start = "April"}',
            "sources[0].time.start", "no ISO date",
        ),
        ('[window]\nlatest = "soon"', "window.latest", "no ISO date"),
        ("[method]\ndamping = 1.0", "method.damping", "came: 1.0; needed: less than 1"),
        ('[method]\ndamping = "0.5"', "method.damping", 'came: "0.5"; needed: a number'),
        ("[method]\nkappa = nan", "method.kappa", "came: nan"),
        ("[method]\nalpha = true", "method.alpha", "came: true; needed: a number"),
        ('[method]\nendorsements = ["post"]', "method.endorsements[0]", "endorses nobody"),
        ("[method]\nendorsements = []", "method.endorsements", "at least one kind"),
        ('[method]\nendorsements = ["retwet"]', "method.endorsements[0]", '"retweet"?'),
        ("[method]\nweights = {retwet = 1}", "method.weights.retwet", 'mean "retweet"?'),
        ("[method]\nweights = {retweet = -1}", "method.weights.retweet", "came: -1"),
        ('[method]\nanchors = "none.toml"', "method.anchors", "no such file"),
        ('[publish]\nto = ["neo4j", "neo4j"]', "publish.to", "more than once"),
        ('[publish]\nto = ["neo"]', "publish.to[0]", 'mean "neo4j"?'),
        ("[publish]\ngrace_minutes = -1", "publish.grace_minutes", "-1"),
        ("[publish.pinned]", "publish.pinned", "only for Neo4j"),
        ('[publish.pinned]\nlabl = "User"', "publish.pinned.labl", 'mean "label"'),
        ('[publish]\nto = ["neo4j"]\n[publish.pinned]\nlabel = "a\\\\u0060"', "publish.pinned.label", "backslash"),
        ('[publish]\nto = ["neo4j"]\n[publish.pinned]\nkey = ""', "publish.pinned.key", "needed: a name"),
        ('[publish]\nto = ["neo4j"]\n[publish.pinned]\ntopics = ["A b"]', "publish.pinned.topics[0]", '"a-b"'),
        ('[publish]\nto = ["neo4j"]\n[publish.pinned]\nnetwork = "x"', "publish.pinned.network", "label"),
        ('[neo4j]\nuri = "http://localhost"', "neo4j.uri", "bolt"),
        ('[neo4j]\npassword_env = "my secret"', "neo4j.password_env", "environment variable"),
        ('[neo4j]\nuri = "${TOY_URI}"', "neo4j.uri", "the environment has no TOY_URI"),
    ],
)  # fmt: skip
def test_one_mistake_is_one_line(
    tmp_path: Path, addition: str, place: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOY_URI", raising=False)
    (line,) = complaints(tmp_path, GOOD + addition)
    assert line.startswith(f"{place}: ")
    assert words in line


@pytest.mark.parametrize(
    "settings",
    [
        'password = "hunter2"',
        'uri = "bolt://neo4j:hunter2@localhost:7687"',
        'user = ["hunter2"]',
        'pasword_env = "hunter2"',
        'password_env = "hunter2 is it"',
    ],
)
def test_a_secret_is_never_printed(tmp_path: Path, settings: str) -> None:
    lines = complaints(tmp_path, f"{GOOD}[neo4j]\n{settings}")
    assert len(lines) == 1
    assert "hunter2" not in lines[0]


@pytest.mark.parametrize(
    "text", ["sources = 3", "sources = [3]", 'sources = ["a"]', "sources = []"]
)
def test_sources_of_another_shape(tmp_path: Path, text: str) -> None:
    (line,) = complaints(tmp_path, f'name = "toy"\n{text}')
    assert line.startswith("sources")


def test_the_congress_reader_needs_no_columns(tmp_path: Path) -> None:
    text = 'name = "c"\n[[sources]]\nname = "a"\nfiles = ["x"]\nreader = "congress"'
    assert job_from(tmp_path, text).sources[0].reader == "congress"


def test_the_environment_says_where_things_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_HOME", "/srv/toy")
    text = 'workspace = "${TOY_HOME}/ws"' + GOOD.replace("a.csv", "${TOY_HOME}/*.csv")
    job = job_from(tmp_path, text)
    assert job.workspace_path == Path("/srv/toy/ws")
    assert job.sources[0].files == ["/srv/toy/*.csv"]
    monkeypatch.setenv("TOY_HOME", "")
    assert [line.split(":")[0] for line in complaints(tmp_path, text)] == [
        "workspace",
        "sources[0].files[0]",
    ]


def parameters(tmp_path: Path, addition: str = "") -> str:
    return json.dumps(job_from(tmp_path, GOOD + addition).method_parameters(), sort_keys=True)


def test_parameters_of_a_run_have_one_spelling_per_meaning(tmp_path: Path) -> None:
    plain = parameters(tmp_path)
    same = '[method]\ndamping = 0.85\nkappa = 1\n[publish]\nto = ["neo4j"]\n'
    assert parameters(tmp_path, same) == plain
    order = '[method]\nendorsements = ["reply", "retweet"]'
    assert parameters(tmp_path, order) == parameters(
        tmp_path, '[method]\nendorsements = ["retweet", "reply", "reply"]'
    )


@pytest.mark.parametrize(
    "change",
    ["[method]\nalpha = 0.7", "[method]\nweights = {reply = 2}", '[window]\nlatest = "2020-01-01"'],
)
def test_what_changes_scores_changes_the_parameters(tmp_path: Path, change: str) -> None:
    assert parameters(tmp_path, change) != parameters(tmp_path)


def test_own_anchors_count_by_content(tmp_path: Path) -> None:
    for name, text in (("a.toml", "1"), ("b.toml", "1"), ("c.toml", "2")):
        (tmp_path / name).write_text(text)
    a, b, c = (parameters(tmp_path, f'[method]\nanchors = "{n}.toml"') for n in "abc")
    assert a == b
    assert a != c
    job = job_from(tmp_path, GOOD + '[method]\nanchors = "a.toml"')
    (tmp_path / "a.toml").unlink()
    with pytest.raises(ConfigurationError, match="anchors"):
        job.method_parameters()


def fingerprint(tmp_path: Path, addition: str = "", head: str = "", **changes: Any) -> str:
    text = head + GOOD + addition
    for old, new in changes.items():
        text = text.replace(old, new)
    job = job_from(tmp_path, text)
    return job.sources[0].fingerprint(job)


def test_a_mapping_s_fingerprint_does_not_depend_on_the_files(tmp_path: Path) -> None:
    plain = fingerprint(tmp_path)
    assert len(plain) == 64
    assert int(plain, 16) >= 0
    assert fingerprint(tmp_path, **{"a.csv": "b.csv"}) == plain
    assert fingerprint(tmp_path, 'network = "x"') == plain
    assert fingerprint(tmp_path, "[method]\nalpha = 0.7") == plain
    assert fingerprint(tmp_path, 'null_words = ["-", "NA"]') == fingerprint(
        tmp_path, 'null_words = ["NA", "-", "-"]'
    )


@pytest.mark.parametrize(
    ("addition", "head"),
    [
        ('constants = {topic = "a"}', ""),
        ('kinds = {RT = "retweet"}', ""),
        ('identity = "time"', ""),
        ('time = {zone = "Europe/Paris"}', ""),
        ('skip = {k = ["x"]}', ""),
        ('network = "y"', ""),
        ("", 'network = "y"'),
        ("", 'no_topic = ["outlier"]'),
        ('[window]\nearliest = "2014-01-01"', ""),
    ],
)
def test_what_makes_other_events_makes_another_fingerprint(
    tmp_path: Path, addition: str, head: str
) -> None:
    assert fingerprint(tmp_path, addition, head) != fingerprint(tmp_path)


def test_iso_seconds() -> None:
    assert iso_seconds("2014-08-09") == 1407542400
    assert iso_seconds("2014-08-09T02:00:00.75+02:00") == 1407542400
    for wrong in ("", "August", "2014-02-30", "12"):
        with pytest.raises(ValueError, match=r".+"):
            iso_seconds(wrong)


def test_the_job_files_of_the_repository_are_good(monkeypatch: pytest.MonkeyPatch) -> None:
    found = sorted((Path(__file__).parents[2] / "jobs").rglob("*.toml"))
    assert len(found) >= 3
    monkeypatch.setenv("NEO4J_URI", "bolt://neo4j:7687")
    for path in found:
        for name in set(re.findall(r"\$\{(\w+)\}", path.read_text("utf-8"))) - {"NEO4J_URI"}:
            monkeypatch.setenv(name, "/srv/graphengine")
        assert load_job(path).path == path
