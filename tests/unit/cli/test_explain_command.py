"""``graphengine explain``, on a small job that is really run: in words and as data."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner, Result
from support.explained_job import QUICK, scored_twice
from support.small_job import write_small_job

from graphengine.cli import app
from graphengine.job import load_job
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.run_job import Ran


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A small job, run once and once more after a further file."""
    folder = tmp_path_factory.mktemp("explain")
    job = load_job(write_small_job(folder, text=QUICK))
    return scored_twice(job, folder)


@pytest.fixture
def typed(ran: Ran) -> Callable[..., Result]:
    def type_in(*words: str) -> Result:
        line = ["explain", *words, "--job", str(ran.job.path)]
        return CliRunner().invoke(app, line, catch_exceptions=False, env={"COLUMNS": "120"})

    return type_in


def test_in_words(typed: Callable[..., Result], ran: Ran) -> None:
    ended = typed("Person1", "--topic", "chess")
    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    row = ran.table("scores", of=_last(ran)).filter(
        pl.col("account") == "toy:u1", pl.col("topic") == "small/chess"
    )
    assert lines[0].startswith("@Person1 (toy:u1): ")
    assert f"of 100 in chess, rank {row['rank'][0]} of " in lines[0]
    assert lines[1].startswith(f"{row['endorsers'][0]} distinct people reacted ")
    assert "in the last day" in lines[1]
    assert "of the score comes from " in lines[1]
    assert lines[2].startswith(f"Run {_last(ran)} as of 2024-01-")
    assert re.fullmatch(r"Without @Person\d+'s 1 retweet it would be \d+\.\d\.", lines[3])
    for title in ("What the score is made of", "Which kinds of events"):
        assert title in lines
    assert any(line.startswith("Who carries it") for line in lines)
    assert any(line.startswith("Which posts") for line in lines)


def _last(ran: Ran) -> str:
    from graphengine.runs import list_runs

    return list_runs(open_workspace(ran.job, create=False))[-1].id


def test_what_it_would_be_without_is_told_in_words(typed: Callable[..., Result]) -> None:
    shown = typed("u1", "--topic", "chess", "--without", "u35", "--without", "u16").stdout
    assert "\nWithout u35 and u16 (" in shown
    assert ") it would be " in shown
    rows = json.loads(typed("u1", "--topic", "chess", "-n", "99", "--format", "json").stdout)
    everybody = [row["name"] for row in rows if row["section"] == "endorser"]
    asked = [word for u in everybody for word in ("--without", u)]
    shown = typed("u1", "--topic", "chess", *asked).stdout
    assert "not enough evidence, 0 of 2 endorsers." in shown


def test_what_changed_since_the_last_run(typed: Callable[..., Result]) -> None:
    shown = typed("u1", "--topic", "chess", "--since", "last").stdout
    assert "\nWhat changed since 2024-01-" in shown
    for step in ("taken back", "time passed", "gained", "others did elsewhere", "together"):
        assert step in shown


def test_as_data_in_every_format(typed: Callable[..., Result], ran: Ran) -> None:
    rows = json.loads(typed("u1", "--topic", "overall", "--format", "json").stdout)
    assert rows[0]["section"] == "score"
    assert rows[0]["name"] == "toy:u1"
    assert sum(row["share"] for row in rows if row["section"] == "part") == pytest.approx(1.0)
    assert len([row for row in rows if row["section"] == "endorser"]) == 10
    file = ran.job.folder / "why.parquet"
    assert typed("u1", "--topic", "overall", "--output", str(file)).exit_code == 0
    read = pl.read_parquet(file)
    assert read["section"].to_list() == [row["section"] for row in rows]
    assert read.schema["points"] == pl.Float64


def test_whoever_has_no_score_gets_the_reason(typed: Callable[..., Result], ran: Ran) -> None:
    row = ran.table("unrated", of=_last(ran)).row(0, named=True)
    ended = typed(row["account"], "--topic", row["topic"])
    assert ended.exit_code == 0
    endorsers = row["endorsers"]
    assert (
        f"not enough evidence for a score in {row['topic'].split('/')[1]}"
        in ended.stdout.replace("rail travel", "rail-travel")
    )
    assert f": {endorsers} of 2 endorsers.\n" in ended.stdout
    told = {a for n in ("scores", "unrated") for a in ran.table(n, of=_last(ran))["account"]}
    nobody = next(f"u{n}" for n in range(40) if f"toy:u{n}" not in told)
    ended = typed(nobody, "--topic", "overall")
    assert ended.stdout.endswith(
        f"(toy:{nobody}): nobody endorsed this person in overall, so there is nothing to score.\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nonesuch", "--topic", "chess"), 65, 'There is nobody called "nonesuch"'),
        (("u1", "--topic", "ches"), 65, 'Did you mean "chess"?'),
        (("u1", "--topic", "chess", "--run", "1999"), 65, 'There is no run "1999"'),
        (("u1", "--topic", "chess", "--without", "u1"), 65, "nothing would change"),
        (("u1",), 2, "Missing option '--topic'"),
        (("u1", "--topic", "chess", "-n", "0"), 2, "0 is not in the range"),
    ],
)
def test_mistakes_are_named(
    typed: Callable[..., Result], words: tuple[str, ...], code: int, said: str
) -> None:
    ended = typed(*words)
    assert ended.exit_code == code
    assert said in ended.stderr
    assert ended.stdout == ""


def test_names_in_the_data_cannot_steer_a_terminal(
    typed: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphengine.pipeline import explaining
    from graphengine.pipeline.explained import Named

    monkeypatch.setattr(
        explaining, "account_named", lambda *_, **__: Named("toy:u1", "\x1b[31mred", None)
    )
    assert "\x1b" not in typed("u1", "--topic", "chess").stdout
