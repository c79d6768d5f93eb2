"""What bad input gets, as a user meets it: an exit code, and what came, what was needed, what to do."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import time
from typing import TYPE_CHECKING

import pytest
import zstandard
from support.outcome import of_workspace, rows, undisturbed, workspace
from support.small_job import write_small_job
from support.warm import warm_parent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.outcome import Outcome
    from support.warm import Ended, Warm

    Take = Callable[..., Ended]

JOB = """\
name = "letters"
network = "toy"
[[sources]]
name = "mail"
files = ["FILE"]
columns = { actor = "from", target = "to", kind = "kind", at = "at", topic = "topic" }
"""
NEO4J = """
[publish]
to = ["neo4j"]
[neo4j]
uri = "bolt://127.0.0.1:1"
"""
HEADER = "from,to,kind,at,topic\n"
PASSWORD = "open-sesame-7"  # of nothing


def text() -> str:
    draw = random.Random(1)
    lines = [
        f"a{draw.randrange(10**6)},b{draw.randrange(10**6)},like,2024-01-{day:02d},chess\n"
        for day in range(1, 29)
        for _ in range(20)
    ]
    return HEADER + "".join(lines)


def assert_said(ended: Ended, code: int, *parts: str) -> None:
    """The code, nothing on stdout, no traceback, one message, and in it the parts in their order."""
    assert ended.code == code, ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert "defect" not in ended.err
    message = ended.err[ended.err.index("graphengine: ") :]
    place = 0
    for part in parts:
        found = message.find(part, place)
        assert found >= 0, f"{part!r} is not said, or not in its place: {message}"
        place = found + len(part)


@pytest.fixture(scope="module")
def warm() -> Warm:
    return warm_parent()


@pytest.fixture(scope="module")
def served(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The small job with its run published; not to be changed."""
    return undisturbed(warm, tmp_path_factory.mktemp("served") / "job")


@pytest.fixture
def spoilt(served: Outcome, tmp_path: Path) -> Path:
    """A copy of it to be spoilt."""
    folder = tmp_path / "spoilt"
    shutil.copytree(served.folder, folder)
    return folder


@pytest.fixture
def take(warm: Warm, tmp_path: Path) -> Take:
    """Run a job of one file that holds ``data``; what was there is kept, nothing half-ingested."""

    def taken(name: str, data: bytes | None, *, job: str = JOB, **options: object) -> Ended:
        (tmp_path / "job.toml").write_text(job.replace("FILE", name), "utf-8")
        if data is not None:
            (tmp_path / name).write_bytes(data)
        ended = warm.run("run", "job.toml", cwd=tmp_path, **options)
        root = tmp_path / ".graphengine" / "letters"
        assert not list(root.rglob("*.parquet")) or "neo4j" in job
        return ended

    return taken


class TestFiles:
    def test_no_file_with_the_nearest_name(self, take: Take, tmp_path: Path) -> None:
        (tmp_path / "mails.csv").write_text(text(), "utf-8")
        assert_said(
            take("mail.csv", None), 65,
            "There is no file mail.csv", 'the source "mail" names', 'Did you mean "mails.csv"?',
            "Correct the name in the job file, or put the file there.",
        )  # fmt: skip

    def test_a_pattern_that_nothing_matches(self, take: Take) -> None:
        assert_said(take("in/*.csv", None), 65, 'No file matches "in/*.csv"', "Correct the pattern")

    def test_an_empty_file(self, take: Take) -> None:
        ended = take("mail.csv", b"")
        assert_said(ended, 65, "mail.csv is empty", "needs at least one line", "write it again")

    def test_a_directory(self, take: Take, tmp_path: Path) -> None:
        (tmp_path / "mail.csv").mkdir()
        said = ("mail.csv", "is a directory", "files are needed", 'Name them, for example with "/*')
        assert_said(take("mail.csv", None), 65, *said)

    @pytest.mark.parametrize(
        ("name", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)], ids=["gzip", "zstd"]
    )
    def test_cut_short(self, take: Take, name: str, pack: Callable[[bytes], bytes]) -> None:
        whole = pack(text().encode())
        ended = take(f"mail.csv.{name}", whole[: len(whole) // 2])
        at = f"it ends at byte {len(whole) // 2:,}".replace(",", "")
        assert_said(ended, 65, f"mail.csv.{name} is cut short", "Nothing of it was taken in", "get")
        assert at in ended.err.replace(",", "")

    def test_a_renamed_column(self, take: Take) -> None:
        ended = take("mail.csv", text().replace("from,to", "sender,to").encode())
        said = (
            'no column "from"',
            'The file has: "sender", "to"',
            "Correct the name under columns",
        )
        assert_said(ended, 65, "mail.csv", *said)

    def test_an_unterminated_quote(self, take: Take) -> None:
        lines = text().splitlines(keepends=True)
        lines[41] = f'"{lines[41]}'
        ended = take("mail.csv", "".join(lines).encode())
        said = (
            "opens on line 42 of mail.csv",
            "Nothing of the file was taken in",
            "close the quote",
        )
        assert_said(ended, 65, *said)

    def test_ids_that_a_spreadsheet_ruined(self, take: Take) -> None:
        lines = text().splitlines(keepends=True)
        lines[41] = "1.23457E+17," + lines[41].partition(",")[2]
        ended = take("mail.csv", "".join(lines).encode())
        said = (
            "Line 42 of mail.csv",
            '"1.23457E+17" in the id column "from"',
            "Nothing of",
            "as text",
        )
        assert_said(ended, 65, *said)


class TestJobsAndWorkspaces:
    def test_no_job_file(self, warm: Warm, tmp_path: Path) -> None:
        ended = warm.run("run", "jop.toml", cwd=tmp_path)
        assert_said(ended, 78, "There is no job file jop.toml", "Check the name and the folder")

    @pytest.mark.parametrize(
        "words", [("top", "chess"), ("show", "u1"), ("query", "top"), ("runs",), ("verify",)]
    )
    def test_no_job_is_found(self, warm: Warm, tmp_path: Path, words: tuple[str, ...]) -> None:
        ended = warm.run(*words, cwd=tmp_path)
        assert_said(
            ended, 2, "No job is named", "no job file was found here or in jobs/", "--job FILE"
        )
        write_small_job(tmp_path / "a", name="x.toml")
        shutil.copy(tmp_path / "a" / "x.toml", tmp_path / "y.toml")
        shutil.copy(tmp_path / "a" / "x.toml", tmp_path / "z.toml")
        ended = warm.run(*words, cwd=tmp_path)
        assert_said(ended, 2, "No job was used yet in this folder", "--job y.toml", "--job z.toml")

    def test_all_mistakes_of_a_job_file_at_once(self, take: Take) -> None:
        job = JOB.replace("network", "netwrok").replace("files", "filse")
        ended = take("mail.csv", text().encode(), job=job + "[method]\ndamping = 2\n")
        assert_said(ended, 78, "job.toml has 3 mistakes")
        for part in ('did you mean "network"?', 'did you mean "files"?', "method.damping"):
            assert part in ended.err

    def test_nothing_was_ingested(self, warm: Warm, tmp_path: Path) -> None:
        job = write_small_job(tmp_path / "job")
        ended = warm.run("top", "chess", "--job", job.name, cwd=job.parent)
        assert_said(ended, 65, "There is no workspace at", "Run `graphengine run job.toml` first")

    @pytest.mark.parametrize(
        "words", [("run", "other.toml"), ("top", "chess", "--job", "other.toml")]
    )
    def test_the_workspace_of_another_job(
        self, warm: Warm, served: Outcome, spoilt: Path, words: tuple[str, ...]
    ) -> None:
        job = (spoilt / "job.toml").read_text("utf-8")
        job = job.replace('name = "small"', 'name = "other"\nworkspace = ".graphengine/small"', 1)
        (spoilt / "other.toml").write_text(job, "utf-8")
        ended = warm.run(*words, cwd=spoilt)
        said = ("belongs to the job 'small', not to 'other'", "Every job needs", "Name another")
        assert_said(ended, 78, *said)
        assert of_workspace(spoilt) == served.files

    @pytest.mark.parametrize("words", [("run", "job.toml"), ("top", "chess"), ("verify",)])
    def test_a_workspace_of_a_newer_version(
        self, warm: Warm, spoilt: Path, words: tuple[str, ...]
    ) -> None:
        version = workspace(spoilt).root / "VERSION"
        version.write_text(json.dumps({"format": 2, "job": "small"}), "utf-8")
        ended = warm.run(*words, cwd=spoilt)
        assert_said(ended, 78, "has format 2", "knows formats up to 1", "Install the newer version")

    @pytest.mark.parametrize("words", [("run", "job.toml"), ("top", "chess"), ("verify",)])
    def test_a_store_of_a_newer_version(
        self, warm: Warm, spoilt: Path, words: tuple[str, ...]
    ) -> None:
        current = workspace(spoilt).store / "CURRENT"
        stated = json.loads(current.read_text("utf-8"))
        stated["published"][0]["storage"] += 1000
        current.write_text(json.dumps(stated), "utf-8")
        ended = warm.run(*words, cwd=spoilt)
        said = ("was written by a newer version", "This one reads", "Install the newer version")
        assert_said(ended, 78, *said)
        assert json.loads(current.read_text("utf-8")) == stated

    def test_a_flipped_bit_in_a_run_is_found(self, warm: Warm, spoilt: Path) -> None:
        (table,) = workspace(spoilt).runs.glob("*/scores.parquet")
        table.chmod(0o644)
        data = bytearray(table.read_bytes())
        data[len(data) // 2] ^= 1
        table.write_bytes(data)
        ended = warm.run("verify", cwd=spoilt)
        assert ended.code == 65
        assert table.parent.name in ended.out
        assert "scores.parquet" in ended.out


class TestNeo4j:
    def test_absent_is_69_at_once_and_the_password_stays_secret(
        self, take: Take, warm: Warm, tmp_path: Path
    ) -> None:
        secret = {"NEO4J_PASSWORD": PASSWORD}
        ended = take("mail.csv", text().encode(), job=JOB + NEO4J, env=secret)
        said = ("Neo4j at bolt://127.0.0.1:1 does not answer", "Start it, or correct neo4j.uri")
        assert_said(ended, 69, *said)
        assert PASSWORD not in ended.err
        began = time.monotonic()
        ended = warm.run("top", "chess", "--job", "job.toml", cwd=tmp_path, env=secret)
        assert time.monotonic() - began < 3
        assert_said(ended, 69, *said)
        assert PASSWORD not in ended.err

    def test_no_password(self, take: Take) -> None:
        ended = take("mail.csv", text().encode(), job=JOB + NEO4J, env={"NEO4J_PASSWORD": ""})
        assert ended.code in (69, 77, 78)
        job = JOB + NEO4J + 'password_env = "GRAPHENGINE_NO_SUCH_NAME"\n'
        ended = take("mail.csv", None, job=job)
        said = ("No password is set", "Neo4j at", "Export GRAPHENGINE_NO_SUCH_NAME")
        assert_said(ended, 78, *said)


class TestQuestions:
    @pytest.mark.parametrize("words", [("top", "ches"), ("query", "top", "--param", "topic=ches")])
    def test_an_unknown_topic(self, warm: Warm, served: Outcome, words: tuple[str, ...]) -> None:
        ended = warm.run(*words, cwd=served.folder)
        said = ('There is no topic "ches"', 'Did you mean "chess"?', "chess, cooking")
        assert_said(ended, 65, *said)

    @pytest.mark.parametrize(
        "words", [("show", "persn7"), ("query", "card", "--param", "account=persn7")]
    )
    def test_an_unknown_person(self, warm: Warm, served: Outcome, words: tuple[str, ...]) -> None:
        ended = warm.run(*words, cwd=served.folder)
        said = ('There is nobody called "persn7"', 'Did you mean "Person', "Give a handle, an id")
        assert_said(ended, 65, *said)

    def test_an_unknown_query(self, warm: Warm, served: Outcome) -> None:
        ended = warm.run("query", "topp", cwd=served.folder)
        assert_said(ended, 65, 'no query named "topp"', 'Did you mean "top"?', "within-two-hops")

    def test_parameters_that_are_missing_unknown_or_wrong(
        self, warm: Warm, served: Outcome
    ) -> None:
        ended = warm.run("query", "top", cwd=served.folder)
        assert_said(ended, 2, 'The query "top" needs topic', "--param topic=")
        ended = warm.run("query", "top", "--param", "topik=chess", cwd=served.folder)
        assert_said(ended, 2, 'no parameter "topik"', "it takes topic", 'Did you mean "topic"?')
        words = ("query", "top", "--param", "topic=chess", "--param", "n=many")
        ended = warm.run(*words, cwd=served.folder)
        assert_said(ended, 2, 'The parameter "n" needs integer, got "many"')

    @pytest.mark.parametrize(
        ("statement", "clause"),
        [
            ("MATCH (n) DETACH DELETE n", "DETACH"),
            ("MATCH (a:Account) SET a.name = 'x'", "SET"),
            ("CREATE (n:Account {key: 'x'}) RETURN n", "CREATE"),
            ("LOAD CSV FROM 'file:///etc/hostname' AS line RETURN line", "LOAD"),
            ("COPY (MATCH (a:Account) RETURN a.key) TO 'out.csv'", "COPY"),
        ],
    )
    def test_a_statement_that_writes(
        self, warm: Warm, served: Outcome, statement: str, clause: str
    ) -> None:
        ended = warm.run("query", statement, cwd=served.folder)
        assert_said(ended, 77, clause, "is not allowed", "a query holds MATCH, OPTIONAL MATCH")
        assert rows(served.folder) == served.rows

    def test_an_unknown_run(self, warm: Warm, served: Outcome) -> None:
        ended = warm.run("publish", "2024-01-06-000000000000", cwd=served.folder)
        (run,) = workspace(served.folder).runs.iterdir()
        assert_said(ended, 65, 'There is no run "2024-01-06-000000000000"', run.name)

    def test_nothing_to_roll_back_to(self, warm: Warm, served: Outcome) -> None:
        ended = warm.run("rollback", cwd=served.folder)
        assert (ended.code, ended.out) == (99, "")
        assert "has no earlier run" in ended.err
        assert "graphengine publish RUN" in ended.err
