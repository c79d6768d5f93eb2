"""How the bundled anchors came about, and how others would."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from graphengine.errors import InputError, UsageError
from graphengine.scoring import load_anchors
from graphengine.scoring.fit import fit_anchors, main, shape_of

if TYPE_CHECKING:
    from pathlib import Path


def lognormal(mean: float, sigma: float, *, n: int = 20_000) -> np.ndarray:
    """Parts above 1 whose logarithm minus 1 is normal: like trail visits, many low and few high."""
    return 1 + np.random.default_rng(7).lognormal(mean, sigma, n)


def fitted(**parts: np.ndarray) -> list[tuple[float, float]]:
    return list(fit_anchors(parts, version="t", source="made up").points)


def test_three_anchors_where_they_reach_the_shape() -> None:
    parts = np.exp(np.random.default_rng(7).gamma(1.5, 1.2, 20_000))
    points = fitted(a=parts)
    assert len(points) == 3
    shape = shape_of(parts, fit_anchors({"a": parts}, version="t", source="s"))
    assert shape.mean == pytest.approx(20, abs=1)
    assert shape.p95 == pytest.approx(50, abs=0.5)


@pytest.mark.parametrize(("mean", "sigma"), [(3.0, 1.0), (-1.0, 2.5)])
def test_a_fourth_where_they_do_not(mean: float, sigma: float) -> None:
    parts = lognormal(mean, sigma)
    points = fitted(a=parts)
    assert len(points) == 4
    assert points[1][0] == pytest.approx(np.median(parts), rel=0.05)
    shape = shape_of(parts, fit_anchors({"a": parts}, version="t", source="s"))
    assert shape.mean == pytest.approx(20, abs=1)
    assert shape.p95 == pytest.approx(50, abs=0.6)


def test_a_data_set_weighs_the_same_however_many_it_holds() -> None:
    small, large = lognormal(1.5, 1.0, n=1_000), lognormal(0.5, 1.0)
    assert fitted(a=small, b=large) == fitted(a=small, b=np.tile(large, 5))
    assert fitted(a=small, b=large) != fitted(a=np.concatenate([small, large]))


def test_round_numbers() -> None:
    for part, score in fitted(a=lognormal(3.0, 1.0)):
        assert part == float(f"{part:.2g}")
        assert score == int(score)


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ({"a": np.array([2.0, 3.0]), "empty": np.empty(0)}, "empty has nobody with evidence"),
        ({"a": np.full(9, 1.0)}, "95th percentile is 1;"),
        ({"a": np.full(9, 1e11)}, r"95th percentile is 1e\+11"),
        ({"a": np.full(9, 30.0)}, "no room for a corner below 30"),
    ],
)
def test_data_that_nothing_can_be_fitted_on(parts: dict[str, np.ndarray], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        fit_anchors(parts, version="t", source="s")


def score_file(path: Path, raw: np.ndarray) -> Path:
    pl.DataFrame({"raw": raw}).write_parquet(path)
    return path


def test_the_command_writes_a_file_that_loads(tmp_path: Path) -> None:
    tables = score_file(tmp_path / "a.parquet", lognormal(1.5, 1.0))
    command = [sys.executable, "-m", "graphengine.scoring.fit", "9", f"toy={tables}"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (tmp_path / "9.toml").write_text(text)
    loaded = load_anchors(tmp_path / "9.toml")
    assert loaded.version.startswith("9+")
    assert list(loaded.points) == fitted(toy=lognormal(1.5, 1.0))
    assert "on toy" in tomllib.loads(text)["source"]
    assert "# toy: 20000 scored, mean" in text


@pytest.mark.parametrize("words", [[], ["9"], ["9", "a.parquet"], ["", "a=b"]])
def test_arguments_of_another_form(words: list[str]) -> None:
    with pytest.raises(UsageError, match=r"Usage: python -m graphengine\.scoring\.fit VERSION"):
        main(words)


def test_files_that_are_no_score_table(tmp_path: Path) -> None:
    pl.DataFrame({"other": [1.0]}).write_parquet(tmp_path / "other.parquet")
    (tmp_path / "text.parquet").write_text("no parquet")
    for name in ("other.parquet", "text.parquet", "absent.parquet"):
        with pytest.raises(InputError, match=f"{name} is no score table"):
            main(["9", f"a={tmp_path / name}"])
