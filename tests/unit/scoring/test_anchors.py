"""The frozen map from a part of the method to 1-100."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphengine.errors import ConfigurationError, GraphengineError
from graphengine.scoring import Anchors, anchors, load_anchors

GOOD = 'version = "house"\nsource = "made up"\npoints = [[1, 1], [8, 30.5], [1e10, 100]]\n'
TOY = Anchors("toy", "made up", ((1.0, 1.0), (8.0, 30.5), (200.0, 50.0), (1e10, 100.0)))


def written(folder: Path, text: str) -> Path:
    path = folder / "anchors.toml"
    path.write_text(text, "utf-8")
    return path


def rises(*, steps: int = 4) -> st.SearchStrategy[list[float]]:
    """Strictly rising inner values between 0 and 1, apart enough to be different anchors."""
    fraction = st.integers(1, 999).map(lambda n: n / 1000)
    return st.lists(fraction, unique=True, max_size=steps).map(sorted)


@st.composite
def any_anchors(draw: st.DrawFn) -> Anchors:
    scores = draw(rises())
    parts = draw(rises().filter(lambda p: len(p) >= len(scores)))[: len(scores)]
    inner = [(10 ** (10 * p), 1 + 99 * s) for p, s in zip(parts, scores, strict=True)]
    return Anchors("drawn", "hypothesis", ((1.0, 1.0), *inner, (1e10, 100.0)))


def test_corners_and_the_middle_of_a_segment() -> None:
    corners = np.array([1.0, 8.0, 200.0, 1e10])
    assert TOY.score(corners).tolist() == [1.0, 30.5, 50.0, 100.0]
    assert TOY.score(np.array([np.sqrt(8.0)]))[0] == pytest.approx((1 + 30.5) / 2, abs=1e-12)


def test_ends_hold() -> None:
    assert TOY.score(np.array([1e-300, 0.999, 1e11])).tolist() == [1.0, 1.0, 100.0]


def test_nobody_to_score() -> None:
    assert TOY.score(np.empty(0)).tolist() == []


@given(any_anchors(), st.floats(1, 1e10), st.floats(1e-9, 10))
def test_more_is_always_a_higher_score(drawn: Anchors, part: float, gain: float) -> None:
    more = min(part * (1 + gain), 1e10)
    if more <= part * (1 + 1e-10):  # the last anchor was reached
        return
    low, high = drawn.score(np.array([part, more]))
    assert 1 <= low < high <= 100


@given(any_anchors(), st.lists(st.floats(1e-300, 1e300), max_size=50))
def test_between_1_and_100_and_in_order(drawn: Anchors, parts: list[float]) -> None:
    scores = drawn.score(np.array(sorted(parts), np.float64))
    assert all(1 <= s <= 100 for s in scores)
    assert (np.diff(scores) >= 0).all()


def test_rounding_never_lifts_a_score_above_the_next_corner() -> None:
    for corner, score in TOY.points[1:]:
        near = np.nextafter(corner, 0)
        assert TOY.score(np.array([near]))[0] <= score


LEVELS = st.lists(st.integers(1, 22), unique=True, min_size=1, max_size=3).map(sorted)


@given(any_anchors(), LEVELS, LEVELS)
def test_levelled_anchors_score_what_lies_there_as_what_lies_here(
    drawn: Anchors, there: list[int], here: list[int]
) -> None:
    level = [(float(a), float(b)) for a, b in zip(there, here, strict=False)]
    ends = [(0.0, 0.0), *level, (math.log(1e10),) * 2]
    x = np.linspace(0.0, math.log(1e10), 400)
    same = np.interp(x, *np.array(ends).T)
    found = drawn.levelled(level)
    np.testing.assert_allclose(found.score(np.exp(x)), drawn.score(np.exp(same)), atol=1e-5)
    parts, scores = np.array(found.points).T
    assert (np.diff(parts) > 0).all()
    assert (np.diff(scores) >= 0).all()
    assert found.points[-1] == (1e10, 100.0)


def test_below_the_scale_of_log_scores_anchors_stay() -> None:
    """A job's own anchors may begin below 1, where no level says anything."""
    low = Anchors("low", "made up", ((0.01, 1.0), (0.1, 2.0), (1e10, 100.0)))
    found = low.levelled([(1.0, 2.0)])
    parts = np.array([0.005, 0.01, 0.05, 0.1, 1.0])
    np.testing.assert_allclose(found.score(parts), low.score(parts), rtol=1e-12)
    assert found.score(np.array([math.e]))[0] == pytest.approx(low.score(np.array([math.e**2]))[0])


@pytest.mark.parametrize("part", [0.0, -1.0, np.nan, np.inf])
def test_a_part_that_is_no_number_is_our_defect(part: float) -> None:
    with pytest.raises(GraphengineError, match="report it"):
        TOY.score(np.array([2.0, part]))


def test_the_bundled_file() -> None:
    bundled = load_anchors()
    folder = Path(anchors.__file__).parent / "anchors"
    assert sorted(p.name for p in folder.iterdir()) == ["1.toml", "2.toml"]  # 1: of runs before
    assert bundled.version == anchors.BUNDLED_VERSION
    assert bundled.points == ((1.0, 1.0), (1.6, 19.0), (6.6, 50.0), (1e10, 100.0))
    assert all(word in bundled.source for word in ("pheme", "enron", "higgs", "score-model.md"))


def test_a_jobs_own_file(tmp_path: Path) -> None:
    own = load_anchors(written(tmp_path, GOOD))
    assert own.points == ((1.0, 1.0), (8.0, 30.5), (1e10, 100.0))
    assert own.source == "made up"
    assert own.version.startswith("house+")


def test_another_content_is_another_version(tmp_path: Path) -> None:
    first = load_anchors(written(tmp_path, GOOD)).version
    assert load_anchors(written(tmp_path, GOOD + "\n# a remark\n")).version == first
    assert load_anchors(written(tmp_path, GOOD.replace("30.5", "30"))).version != first


BAD = {
    "": ["version is missing", "source is missing", "points is missing"],
    'version = " "\nsource = 3\npoints = [[1, 1], [1e10, 100]]': [
        "version must be a text",
        "source must be a text",
    ],
    GOOD + "colour = 1": ["colour is not a key"],
    GOOD.replace("[1, 1], ", ""): ["the first score must be 1, not 30.5"],
    GOOD.replace("1e10", "1e9"): ["the last point must be [1e10, 100]"],
    GOOD.replace("100]]", "99]]"): ["the last point must be [1e10, 100]"],
    GOOD.replace("[8, 30.5]", "[0.5, 30.5]"): ["point 2 [0.5, 30.5] does not rise"],
    GOOD.replace("30.5", "1"): ["point 2 [8, 1] does not rise"],
    GOOD.replace("30.5", "100"): ["point 3 [10000000000.0, 100] does not rise"],
    GOOD.replace("[1, 1]", "[0, 1]"): ["point 1 must be [part, score]"],
    GOOD.replace("30.5", "nan"): ["point 2 must be [part, score]"],
    GOOD.replace("[8,", "[inf,"): ["point 2 must be [part, score]"],
    GOOD.replace("[8,", f"[{10**400},"): ["point 2 must be [part, score]"],
    GOOD.replace("30.5", "true"): ["point 2 must be [part, score]"],
    GOOD.replace("[8, 30.5]", "[8, 30.5, 1]"): ["point 2 must be [part, score]"],
    GOOD.replace("[8, 30.5]", "8"): ["point 2 must be [part, score]"],
    'version = "a"\nsource = "b"\npoints = 3': ["points must be a list of two pairs or more"],
    'version = "a"\nsource = "b"\npoints = [[1, 1]]': ["points must be a list of two pairs"],
}


@pytest.mark.parametrize(("text", "complaints"), BAD.items())
def test_a_broken_file_is_told_place_and_need(
    tmp_path: Path, text: str, complaints: list[str]
) -> None:
    path = written(tmp_path, text)
    tomllib.loads(text)  # what is tested is our check, not TOML's
    with pytest.raises(ConfigurationError) as caught:
        load_anchors(path)
    for part in (str(path), "Needed: version, source and points", *complaints):
        assert part in str(caught.value)


@pytest.mark.parametrize("content", [b"points = [", b"\xff\xfe", None])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "anchors.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        load_anchors(path)
    assert str(path) in str(caught.value)
