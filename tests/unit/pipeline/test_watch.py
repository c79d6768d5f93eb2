"""What takes off, out of a job's log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.run_job import Silent
from support.viral_job import AS_OF, write_viral_job

from graphengine import pipeline
from graphengine.errors import CannotWriteError, InputError
from graphengine.eventlog import EventLog
from graphengine.influence.cascades.seismic import forecast
from graphengine.job import load_job
from graphengine.pipeline.alerts import add_alerts
from graphengine.pipeline.reshares import reshares_of
from graphengine.pipeline.watch import Thresholds, Watched, watch_posts
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.job import Job


def _job(folder: Path, **options: Any) -> Job:
    job = load_job(write_viral_job(folder, **options))
    pipeline.ingest(job, progress=Silent())
    return job


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return _job(tmp_path_factory.mktemp("viral"))


def _rows(found: Watched) -> dict[str, dict[str, Any]]:
    columns = found.answer.columns
    return {row[0]: dict(zip(columns, row, strict=True)) for row in found.answer.rows}


def test_reshares_of_the_log(job: Job) -> None:
    log = EventLog(open_workspace(job, create=False).log)
    found = reshares_of(log, upto=AS_OF)
    size = dict(zip(found.posts["post"], np.diff(found.first) - 1, strict=True))
    assert len(size) == 45
    assert {k: size[f"toy:{k}"] for k in ("old-7", "new", "wild", "quiet", "reply", "gone")} == {
        "old-7": 14, "new": 20, "wild": 12, "quiet": 9, "reply": 2, "gone": 3,
    }  # fmt: skip
    assert found.counts == {"assumed_start": 1, "untimed": 0, "unknown_followers": 0}
    place = found.posts["post"].to_list().index("toy:gone")
    own = slice(found.first[place], found.first[place + 1])
    assert found.at[own].tolist() == [AS_OF - 1000, AS_OF - 1000, AS_OF - 500, AS_OF]
    assert found.followers[own].tolist() == [9_009, 9_000, 9_001, 9_002]  # not the million of later
    assert found.posts["author"][place] == "toy:u9"
    earlier = reshares_of(log, upto=AS_OF - 600)
    assert len(earlier.at) < len(found.at)
    assert earlier.at.max() <= AS_OF - 600


def test_what_passes_and_how_sure(job: Job) -> None:
    found = watch_posts(job, thresholds=Thresholds(size=30))
    assert found.as_of == AS_OF
    assert found.watched == 4  # quiet has not moved for a day
    assert found.finished == 40
    rows = _rows(found)
    assert list(rows) == ["toy:wild", "toy:new"]
    wild, new = rows["toy:wild"], rows["toy:new"]
    assert wild["explosive"]
    assert 12 <= wild["low"] <= wild["predicted"] <= wild["high"]
    assert not new["explosive"]
    # twenty after a quarter of an hour: all earlier posts doubled
    assert new["calibrated"]
    assert new["predicted"] == pytest.approx(40, abs=1)
    assert new["low"] <= new["predicted"] <= new["high"]
    assert new["sure"] == pytest.approx(41 / 42, abs=1e-4)
    assert (new["age_hours"], new["reshares"], new["last_hour"]) == (0.25, 20, 20)
    assert (new["author"], new["topics"], new["passes"]) == ("toy:u0", ["chess"], "size")


def test_the_formula_where_nothing_is_finished(tmp_path: Path) -> None:
    job = _job(tmp_path, finished=5)
    found = watch_posts(job, thresholds=Thresholds(size=20))
    wild, new = (_rows(found)[f"toy:{name}"] for name in ("wild", "new"))
    assert (wild["explosive"], wild["predicted"], wild["high"]) == (True, None, None)
    assert wild["low"] >= 12
    assert (new["calibrated"], found.finished) == (False, 5)
    people = [9_000.0 + j for j in range(21)]
    told = forecast([0, 21], [-900, *(-890 + 40 * j for j in range(20))], people, as_of=0)
    assert new["predicted"] == pytest.approx(told.predicted[0], abs=0.06)
    assert new["low"] == pytest.approx(told.low[0], abs=0.06)
    assert new["sure"] == 1  # twenty are there already


def test_speed_topic_and_time(job: Job) -> None:
    fast = watch_posts(job, thresholds=Thresholds(size=None, speed=3))
    assert set(_rows(fast)) == {"toy:new", "toy:wild", "toy:gone"}
    assert {row["sure"] for row in _rows(fast).values()} == {None}
    assert _rows(fast)["toy:new"]["predicted"] == pytest.approx(40, abs=1)
    for topic in ("chess", "viral/chess", "Chess"):
        both = watch_posts(job, thresholds=Thresholds(size=2, speed=2), topic=topic)
        assert set(_rows(both)) == {"toy:new", "toy:reply"}
        assert _rows(both)["toy:reply"]["passes"] == "size and speed"
    everything = watch_posts(job, thresholds=Thresholds(size=2), topic="overall")
    assert len(_rows(everything)) == 4
    past = watch_posts(job, thresholds=Thresholds(size=5, within_hours=48), as_of=AS_OF - 150_000)
    assert set(_rows(past)) == {"toy:quiet"}
    before = watch_posts(job, thresholds=Thresholds(), as_of=AS_OF - 9_000_000)
    assert (before.watched, before.answer.rows) == (0, ())


def test_what_is_missing_is_said(tmp_path: Path, job: Job) -> None:
    with pytest.raises(InputError, match=r'no topic "ches".*Did you mean "chess"'):
        watch_posts(job, thresholds=Thresholds(), topic="ches")
    bare = _job(tmp_path / "bare", posts=False)
    with pytest.raises(InputError, match="its 3 reshares name no post that they pass on"):
        watch_posts(bare, thresholds=Thresholds())
    alone = _job(tmp_path / "alone", followers=False)
    with pytest.raises(InputError, match="No follower count is known"):
        watch_posts(alone, thresholds=Thresholds(size=5))
    assert _rows(watch_posts(alone, thresholds=Thresholds(size=None, speed=5)))
    with pytest.raises(InputError, match="nothing was ingested"):
        watch_posts(load_job(write_viral_job(tmp_path / "never")), thresholds=Thresholds())


def test_an_alert_comes_once(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    both = Thresholds(size=30, speed=3)
    found = watch_posts(job, thresholds=both)
    assert add_alerts(file, found, job=job.name, thresholds=both) == 5
    assert add_alerts(file, found, job=job.name, thresholds=both) == 0
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["key"] for line in lines][:2] == [
        "viral/toy:wild/size>=30", "viral/toy:wild/speed>=3",
    ]  # fmt: skip
    assert (lines[0]["explosive"], lines[0]["passes"]) == (True, "size")
    assert lines[0]["as_of"] == AS_OF
    other = Thresholds(size=31, speed=3)
    assert add_alerts(file, watch_posts(job, thresholds=other), job=job.name, thresholds=other) == 2
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])  # a writer that was killed
    assert add_alerts(file, watch_posts(job, thresholds=other), job=job.name, thresholds=other) == 1
    assert file.read_bytes().endswith(whole.splitlines(keepends=True)[-1])


def test_a_file_of_something_else_is_left_alone(job: Job, tmp_path: Path) -> None:
    found = watch_posts(job, thresholds=Thresholds(size=30))
    file = tmp_path / "job.toml"
    file.write_text('name = "x"\n', "utf-8")
    with pytest.raises(InputError, match="no file of alerts: line 1"):
        add_alerts(file, found, job="viral", thresholds=Thresholds(size=30))
    assert file.read_text("utf-8") == 'name = "x"\n'
    with pytest.raises(CannotWriteError):
        add_alerts(tmp_path / "no" / "a", found, job="viral", thresholds=Thresholds(size=30))
