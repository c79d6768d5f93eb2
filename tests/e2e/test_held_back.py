"""A run that strays from the published one is made, but held back until somebody says why."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from support.run_job import Silent, command

from graphengine import pipeline
from graphengine.job import load_job

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.pipeline.reports import RunReport

PEOPLE, DAYS, A_DAY = 150, 9, 300
START = 1_704_067_200
JOB = """\
name = "gated"
network = "toy"

[[sources]]
name = "acts"
files = ["acts-*.csv"]
columns = { actor = "who", target = "whom", kind = "what", at = "at", weight = "weight" }

[gate]
moved_share = 0.2

[method]
half_life_days = 30
"""


def _day(
    folder: Path, day: int, *, events: int = A_DAY, famous: int = 0, share: float = 0.0
) -> None:
    """Reactions of a day; people from ``famous`` on get a further ``share`` of them."""
    draw = random.Random(day)
    lines = ["who,whom,what,at,weight"]
    for n in range(events):
        who, whom = draw.randrange(PEOPLE), min(draw.randrange(PEOPLE), draw.randrange(PEOPLE))
        if draw.random() < share:
            whom = draw.randrange(famous, PEOPLE)
        at = datetime.fromtimestamp(START + day * 86_400 + 86_399 * n // (events - 1), UTC)
        lines.append(f"{who},{whom},like,{at.isoformat()},{1 + n % 2}")
    (folder / f"acts-{day:02}.csv").write_text("\n".join(lines) + "\n", "utf-8")


def _run(folder: Path) -> RunReport:
    return pipeline.run(load_job(folder / "job.toml"), as_of=None, progress=Silent())


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Nine days, the last of them as a night of its own; the run that is served."""
    folder = tmp_path_factory.mktemp("gated")
    (folder / "job.toml").write_text(JOB, "utf-8")
    for day in range(DAYS - 1):
        _day(folder, day)
    _run(folder)
    _day(folder, DAYS - 1)
    report = _run(folder)
    assert report.publish.changed  # a usual day passes
    return folder, report.score.run


def test_a_day_that_turns_everything_over_is_held_back(published: tuple[Path, str]) -> None:
    folder, served = published
    _day(folder, DAYS, events=4000, famous=120, share=0.9)
    code, out, said = command(folder, "run", "job.toml")
    assert code == 3
    assert f"held back: embedded goes on serving {served}" in said
    assert "people move by more than 5 points" in said
    run = next(line for line in out.splitlines() if line.startswith("Run ")).split()[1]
    states = {found.id: found.state for found in pipeline.runs(load_job(folder / "job.toml"))}
    assert states[served] == "published"
    assert states[run] == "kept"

    code, out, _ = command(folder, "compare", served, run)
    assert code == 0
    assert "Who moved most" in out
    assert "The gate would hold the second back" in out

    job = load_job(folder / "job.toml")
    named = pipeline.publish(job, run=run, to=None, progress=Silent())
    assert named.gated  # naming it is no reason
    why = "a campaign, checked by hand"
    code, out, _ = command(folder, "publish", run, "--accept", why)
    assert code == 0
    assert f"embedded serves {run}" in out
    noted = json.loads((folder / ".graphengine/gated/publication.json").read_text())
    assert noted["embedded"]["accepted"] == {run: why}
    assert _run(folder).nothing_new  # and it stays published

    _day(folder, DAYS + 1, events=3)  # a feed that has all but stopped
    (gate,) = _run(folder).publish.gated
    assert gate.published == run
    assert any("the last day brought 3 in events" in text for text in gate.broken)


def test_a_reason_has_words(published: tuple[Path, str]) -> None:
    code, _, said = command(published[0], "publish", "--accept", " ")
    assert code == 2
    assert "say why" in said


def test_anchors_of_another_version_wait_beside_the_published_run(tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(JOB, "utf-8")
    _day(tmp_path, 0)
    _run(tmp_path)
    anchors = 'version = "mine"\nsource = "a test"\npoints = [[1, 1], [50, 50], [1e10, 100]]\n'
    (tmp_path / "mine.toml").write_text(anchors, "utf-8")
    (tmp_path / "job.toml").write_text(f'{JOB}anchors = "mine.toml"\n', "utf-8")
    (gate,) = _run(tmp_path).publish.gated
    assert gate.broken[0].startswith("anchors version mine+")
    assert gate.broken[0].endswith("in the place of 2")
    open_gate = JOB.replace("moved_share = 0.2", "hold = false")
    (tmp_path / "job.toml").write_text(f'{open_gate}anchors = "mine.toml"\n', "utf-8")
    assert _run(tmp_path).publish.changed
