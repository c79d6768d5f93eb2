"""From a workspace to a page: what the ledger, the run and the run before say."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from support.report_cases import score_rows, validation_rows
from support.run_cases import id_of, manifest
from support.run_job import Silent
from support.small_job import add_late_file, write_small_job

from graphengine.cli.report_page import report
from graphengine.errors import CannotWriteError, InputError
from graphengine.eventlog import EventLog
from graphengine.events import Reading, Rejects, Retractions
from graphengine.job import load_job
from graphengine.pipeline import ingest
from graphengine.pipeline.report_page import report_page
from graphengine.runs import write_run
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.job import Job
    from graphengine.runs import Run

_DAY = 1_704_067_200  # 2024-01-01
_NEW = ("low", "high", "rank_low", "rank_high", "rank_group", "evidence", "reach", "amplification",
        "network")  # fmt: skip


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job whose files are in the log, one rejected row among them; and two runs, an old one first."""
    folder = tmp_path_factory.mktemp("report")
    path = write_small_job(folder)
    add_late_file(folder)
    job = load_job(path)
    ingest(job, progress=Silent())
    _write(job, day=2, scores=_scores(shift=0.0).drop(_NEW))
    _write(job, day=5, scores=_scores(shift=6.0), validation=validation_rows("small/chess"))
    return job


def _scores(*, shift: float) -> pl.DataFrame:
    people = [f"toy:u{i}" for i in range(30)]
    tables = [score_rows(topic, people) for topic in ("small/overall", "small/chess")]
    score = np.clip(pl.concat(tables)["score"].to_numpy() + shift, 1.0, 100.0)
    return pl.concat(tables).with_columns(score=score)


def _write(job: Job, *, day: int, **tables: pl.DataFrame) -> Run:
    workspace = open_workspace(job, create=False)
    log = EventLog(workspace.log)
    topics = [
        {"key": "small/chess", "name": "chess & <b>", "people": 40, "unrated": 3, "certificates": {}},
        {"key": "small/empty", "name": "empty", "people": 0, "unrated": 0, "certificates": {}},
    ]  # fmt: skip
    told = manifest(
        job=job.name, as_of=_DAY + day * 86_400, watermark=log.watermark,
        last_batch=log.last_batch, topics=topics, data_from=_DAY, data_to=_DAY + 9 * 86_400,
        missing_for_cascades=["no exposures known"], missing_reshares=None,
        cascades={"repairs": {"cut": 2}, "trees": 9},
    )  # fmt: skip
    return write_run(workspace, id=id_of(told), manifest=told, tables=tables)


def _page(job: Job, **wishes: Any) -> str:
    return report_page(job, **{"run": None, "against": None, "n": 20, **wishes}).html


def test_the_newest_run_is_compared_with_the_one_before(job: Job) -> None:
    made = report_page(job, run=None, against=None, n=20)
    assert (made.run[:10], str(made.before)[:10]) == ("2024-01-06", "2024-01-03")
    assert f"<code>{made.before}</code>" in made.html
    assert "30 people with a score" in made.html
    assert "chess &amp; &lt;b&gt;" in made.html
    assert "judged" in made.html


def test_people_are_called_by_their_handles_and_keys(job: Job) -> None:
    assert re.search(r"<bdi>Person0</bdi> <small><bdi>toy:u0</bdi></small>", _page(job))


def test_names_that_came_later_were_not_known_then(job: Job) -> None:
    """Person3 is first described on January 4, Person2 on January 3, when the earlier run ends."""
    then, now = _page(job, run="2024-01-03"), _page(job)
    assert ("Person3<" in now, "Person3<" in then) == (True, False)
    assert "Person2<" in then


def test_the_counts_are_those_of_the_ledger(job: Job) -> None:
    batches = EventLog(open_workspace(job, create=False).log).batches()
    events = [b for b in batches if b.table == "interactions"]
    cells = [
        sum(getattr(b, c) for b in events) for c in ("read", "accepted", "duplicate", "rejected")
    ]
    assert cells[3] == 1
    text = re.sub(r"<[^>]+>", " ", _page(job))
    assert " ".join(["interactions", *(f"{n:,}" for n in cells)]) in " ".join(text.split())
    assert "links that closed a circle, cut 2" in " ".join(text.split())
    assert "Figures of cascades: no exposures known." in text


def test_the_reason_of_a_rejected_row_is_told_while_it_is_there(job: Job) -> None:
    rejects = open_workspace(job, create=False).rejects
    (file,) = rejects.glob("*.csv")
    (reason,) = pl.read_csv(file)["reason"]
    text = _page(job)
    assert reason in text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
    kept = file.read_bytes()
    try:
        file.unlink()
        assert "the file with the reasons is not here any more" in _page(job)
        file.write_bytes(b"\xff\xfe not a table")
        assert "the file with the reasons is not here any more" in _page(job)
    finally:
        file.write_bytes(kept)


def test_a_first_run_has_nothing_to_be_compared_with(job: Job) -> None:
    text = _page(job, run="2024-01-03")
    assert "There is no earlier run to compare with." in text
    assert "made before scores had intervals" in text
    assert "This run carries no validation." in text


def test_another_run_can_be_named_to_compare_with(job: Job) -> None:
    made = report_page(job, run="2024-01-03", against="2024-01-06", n=3)
    assert str(made.before).startswith("2024-01-06")
    assert "The first 3 of 30" in made.html


def test_intervals_of_both_runs_say_who_surely_moved(job: Job, tmp_path: Path) -> None:
    copy = _copy(job, tmp_path)
    first, second = _scores(shift=0.0), _scores(shift=4.0)
    place = pl.int_range(pl.len())
    apart = pl.when(place % 3 == 0).then(50.0).when(place % 3 == 1).then(-60.0).otherwise(0.0)
    second = second.with_columns(low=first["low"] + apart, high=first["high"] + apart)
    earlier, later = _write(copy, day=11, scores=first), _write(copy, day=12, scores=second)
    text = report_page(copy, run=later.id, against=earlier.id).html
    told = re.findall(
        r"<bdi>toy:u(\d+)</bdi></small></th><td class=\"n\">.{4,5}</td><td>([^<]+)</td>", text
    )
    assert len(told) == 20
    expected = {
        str(i): "not known" if low is None else "no" if i % 3 == 2 else "yes"
        for i, low in enumerate(first["low"].head(30))
    }
    assert all(expected[who] == said for who, said in told)
    assert len({(int(who) % 3, said) for who, said in told}) > 3
    assert "beyond its interval" not in _page(copy, run=earlier.id, against="2024-01-03")


def _remove(job: Job, *days: str) -> None:
    for folder in open_workspace(job, create=False).runs.iterdir():
        if folder.name.startswith(days):
            shutil.rmtree(folder)


def test_topics_that_are_asked_for_come_first(job: Job) -> None:
    def titles(*topics: str) -> list[str]:
        return re.findall(r"<h3[^>]*><bdi>(.*?)</bdi>", _page(job, topics=topics))

    assert titles() == ["overall", "chess &amp; &lt;b&gt;", "empty"]
    assert titles("empty", "small/chess") == ["empty", "chess &amp; &lt;b&gt;", "overall"]
    with pytest.raises(InputError, match=r'no topic "ches".*Did you mean "chess"'):
        _page(job, topics=("ches",))


def test_people_taken_back_since_are_not_named(job: Job, tmp_path: Path) -> None:
    copy = _copy(job, tmp_path)
    log = EventLog(open_workspace(copy, create=False).log)
    assert "toy:u0<" in _page(copy)
    gone = pl.DataFrame(
        {"event_id": [None], "account": ["toy:u0"], "source": ["x"]}, schema=Retractions.SCHEMA
    )
    none = Rejects(pl.DataFrame(schema=Rejects.SCHEMA))
    log.append(
        Reading(gone, none, read=1), source="x", file="back.csv", sha256="0" * 64, mapping="m",
        table="retractions",
    )  # fmt: skip
    text = _page(copy)
    assert "toy:u0<" not in text
    assert "Person0<" not in text
    assert "(taken back since)" in text
    assert "Rows by table" in text  # what the run was made of is still in the log


def test_a_damaged_log_is_said_and_the_rest_is_shown(job: Job, tmp_path: Path) -> None:
    copy = _copy(job, tmp_path)
    entry = next((open_workspace(copy, create=False).log / "ledger").glob("*.json"))
    entry.write_text("{", "utf-8")
    text = _page(copy)
    assert "What went in is not shown. The event log&#39;s ledger entry" in text.replace(
        "'", "&#39;"
    )
    assert "The first 20 of 30" in text
    assert "Person0<" not in text


def _copy(job: Job, folder: Path) -> Job:
    """The job with a workspace of its own, a copy of the first."""
    shutil.copytree(job.workspace_path, folder / "ws")
    return job.model_copy(update={"workspace": str(folder / "ws")})


def test_a_log_that_is_another_one_is_not_counted(job: Job) -> None:
    workspace = open_workspace(job, create=False)
    told = manifest(job=job.name, as_of=_DAY - 86_400, watermark="f" * 64, topics=[])
    run = write_run(workspace, id=id_of(told), manifest=told, tables={"scores": _scores(shift=0.0)})
    try:
        text = _page(job, run=run.id)
        assert "The event log is not the one that this run was made of" in text
        assert "Rows by table" not in text
        assert "No row was rejected" not in text
    finally:
        _remove(job, "2023-12-31")


def test_runs_that_are_not_there(job: Job, tmp_path: Path) -> None:
    with pytest.raises(InputError, match='no run "1999"'):
        report_page(job, run="1999", against=None, n=20)
    with pytest.raises(InputError, match='no run "1999"'):
        report_page(job, run=None, against="1999", n=20)
    empty = job.model_copy(update={"workspace": str(tmp_path / "ws")})
    open_workspace(empty, create=True)
    with pytest.raises(InputError, match="no run to report"):
        report_page(empty, run=None, against=None, n=20)


def test_the_workspace_is_left_as_it_was_and_the_text_is_the_same(job: Job) -> None:
    root = open_workspace(job, create=False).root
    before = sorted((p, p.stat().st_mtime_ns) for p in root.rglob("*"))
    assert _page(job) == _page(job)
    assert sorted((p, p.stat().st_mtime_ns) for p in root.rglob("*")) == before


def test_the_command_writes_one_file(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    typed = CliRunner().invoke(report, ["--job", str(job.path)], catch_exceptions=False)
    (file,) = tmp_path.glob("*.html")
    assert typed.exit_code == 0
    assert typed.stdout == ""
    assert file.name in typed.stderr
    assert file.read_text("utf-8") == _page(job)
    words = ["2024-01-06", "--out", "a.html", "-n", "5", "--json", "--job", str(job.path)]
    told = json.loads(CliRunner().invoke(report, words, catch_exceptions=False).stdout)
    assert told["file"] == "a.html"
    assert told["bytes"] == (tmp_path / "a.html").stat().st_size
    assert told["against"].startswith("2024-01-03")


def test_a_place_that_cannot_be_written(job: Job, tmp_path: Path) -> None:
    words = ["--out", str(tmp_path / "nowhere" / "a.html"), "--job", str(job.path)]
    with pytest.raises(CannotWriteError, match="Cannot write"):
        CliRunner().invoke(report, words, catch_exceptions=False)
    assert not list(tmp_path.iterdir())
