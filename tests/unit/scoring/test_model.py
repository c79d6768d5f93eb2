"""The model: weights that never punish evidence, files that are checked, weights that are learned."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from graphengine import scoring
from graphengine.errors import ConfigurationError
from graphengine.scoring.anchors import load_anchors
from graphengine.scoring.model import ScoreModel, load_model, log_features
from graphengine.scoring.parts import PartKey, Passing
from graphengine.scoring.weights import (
    FEWEST,
    Sample,
    learned_from,
    learned_model,
    level_of,
    pull_towards,
)

R, H = PartKey("R", 30.0), PartKey("h", 30.0)
GOOD = """version = "t"
anchors = "2"
source = "a test"
kappa = 1
alpha = 0.5
damping = 0.85
posts_prior = 5
weights = [["R", 30, 3], ["h", inf, 1]]
"""


def _model(**beta: float) -> ScoreModel:
    weights = {PartKey(name, 30.0): value for name, value in beta.items()}
    return ScoreModel("t", "2", "test", Passing(), weights, {})


def test_bundled_model_rewards_every_part() -> None:
    model = load_model()
    assert {key.name for key in model.wanted} == set("hRSCA")
    assert all(beta > 0.0 for beta in model.weights.values())
    assert math.isclose(math.fsum(model.weights.values()), 1.0)


def test_log_score_is_the_sum_of_its_contributions_and_rises_with_every_part() -> None:
    model, rng = load_model(), np.random.default_rng(3)
    values = {key: 1.0 + rng.exponential(3.0, 20) for key in model.wanted}
    whole = model.log_score(values)
    assert sum(model.contributions(values).values()) == pytest.approx(whole, abs=1e-12)
    for key in model.wanted:
        more = values | {key: values[key] * 1.01}
        assert (model.log_score(more) > whole).all(), key


def test_where_every_part_is_1e10_the_score_is_where_the_anchors_end() -> None:
    model = load_model()
    nothing = {key: np.array([1.0 if key.name == "h" else 0.0]) for key in model.wanted}
    everything = {key: np.array([1e10]) for key in model.wanted}
    assert model.log_score(nothing).tolist() == [0.0]
    assert np.exp(model.log_score(everything)) == pytest.approx([1e10], rel=1e-6)


def test_sub_scores_stand_on_the_scale_of_their_parts() -> None:
    model = _model(R=0.5, h=0.5)
    values = {R: np.array([9.0, 0.0]), H: np.array([4.0, 1.0])}
    assert model.sub_score("reach", values) == pytest.approx([9.0, 0.0])
    assert model.sub_score("network", values) == pytest.approx([4.0, 1.0])
    assert model.sub_score("amplification", values).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("bad", [{"R": 0.4}, {"R": 2.0, "h": -1.0}, {"R": math.nan}])
def test_weights_must_be_shares(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"finite, >= 0 and sum to 1"):
        _model(**bad)


@pytest.mark.parametrize(
    ("key", "value"), [(H, 0.0), (H, -1.0), (R, -0.1), (R, math.nan), (R, math.inf)]
)
def test_parts_that_are_no_numbers_are_refused(key: PartKey, value: float) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        log_features({key: np.array([value])}, [key])
    with pytest.raises(ValueError, match="was not computed"):
        log_features({}, [key])


def test_a_file_is_read_and_its_weights_become_shares(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(GOOD)
    model = load_model(tmp_path / "m.toml")
    assert dict(model.weights) == {PartKey("R", 30.0): 0.75, PartKey("h", math.inf): 0.25}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('version = "t"\n', "", "version is missing"),
        ('"a test"', '""', "source must be a text"),
        ("kappa = 1", "kappa = -1", "kappa must be a number from 0"),
        ("alpha = 0.5", "alpha = 2", "alpha must be a number"),
        ('["R", 30, 3]', '["R", 30, -3]', "weight 1 must be"),
        ('["R", 30, 3]', '["Q", 30, 3]', "weight 1 must be"),
        ('["R", 30, 3]', '["R", 0, 3]', "weight 1 must be"),
        ('["R", 30, 3]', '["h", inf, 3]', "twice"),
        ('["R", 30, 3], ["h", inf, 1]', '["R", 30, 0]', "not all be 0"),
        ("kappa = 1", "kappa = 1\nlambda = 2", "lambda is not a key"),
        ("kappa = 1", "kappa = = 1", "cannot be read"),
    ],
)
def test_a_broken_file_is_named_with_the_place(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    (tmp_path / "m.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(ConfigurationError, match=told):
        load_model(tmp_path / "m.toml")


def _past(people: int, seed: int = 1) -> tuple[dict[PartKey, np.ndarray], np.ndarray]:
    """An outcome that follows h and has nothing to do with R."""
    rng = np.random.default_rng(seed)
    values = {R: rng.exponential(5.0, people), H: 1.0 + rng.exponential(5.0, people)}
    return values, np.expm1(2.0 * np.log(values[H]))


def test_learned_weights_move_to_what_foretells_and_stay_shares() -> None:
    values, outcome = _past(400)
    model = learned_model(_model(R=0.5, h=0.5), values, outcome)
    assert model.learned
    assert model.weights[H] > 0.6
    assert model.weights[R] > 0.0
    assert math.isclose(sum(model.weights.values()), 1.0)


def test_learned_weights_never_punish_evidence_and_leave_no_part_out() -> None:
    values, outcome = _past(400)
    against = outcome / np.sqrt(1.0 + values[R])
    model = learned_model(_model(R=0.5, h=0.5), values, against, ridge=1e-9)
    assert 0.0 < model.weights[R] < 0.06
    assert model.weights[R] + model.weights[H] == pytest.approx(1.0)


def test_a_stronger_ridge_stays_nearer_to_the_published_weights() -> None:
    values, outcome = _past(400)
    default = _model(R=0.5, h=0.5)
    found = [learned_model(default, values, outcome, ridge=r).weights[H] for r in (1e-3, 1.0, 1e3)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(0.5, abs=0.01)


def test_too_few_or_nothing_to_learn_from_leaves_the_published_weights() -> None:
    default = _model(R=0.5, h=0.5)
    values, outcome = _past(FEWEST - 1)
    assert learned_model(default, values, outcome) is default
    assert learned_from(default, [Sample(values, outcome)] * 9) is default
    assert learned_model(default, *_past(FEWEST)).learned
    values, outcome = _past(400)
    assert learned_model(default, values, np.expm1(5.0 / outcome.clip(0.2))) is default
    with pytest.raises(ValueError, match="needs 400 finite outcomes"):
        learned_model(default, values, outcome[:-1])
    with pytest.raises(ValueError, match="a ridge above 0"):
        learned_model(default, values, outcome, ridge=0.0)


def test_the_fewer_people_the_nearer_to_the_published_weights() -> None:
    default = _model(R=0.5, h=0.5)
    few, many = (learned_model(default, *_past(n)).weights[H] for n in (FEWEST, 2_000))
    assert 0.5 < few < many
    assert [pull_towards(n) for n in (0, 20, 10**9)] == pytest.approx([3.1, 0.25, 0.1])


def test_samples_are_learned_from_together() -> None:
    """Each is centred by itself: how much happened in a period is no evidence for anybody."""
    default = _model(R=0.5, h=0.5)
    values, outcome = _past(400)
    one = learned_model(default, values, outcome)
    twice = Sample(values, outcome)
    assert learned_from(default, [twice, twice]).weights == pytest.approx(one.weights)
    busier = Sample(values, np.expm1(np.log1p(outcome) + 3.0))
    assert learned_from(default, [twice, busier]).weights == pytest.approx(one.weights)
    nothing = Sample({key: part[::-1] for key, part in values.items()}, np.zeros(400))
    assert learned_from(default, [nothing, twice]).weights == one.weights
    against = Sample({R: values[H], H: values[R] + 1.0}, outcome)
    between = learned_from(default, [twice, against]).weights[H]
    assert 1.0 - one.weights[H] < between < one.weights[H]


def test_learned_scores_keep_their_level_and_change_their_order() -> None:
    default, anchors = _model(R=0.5, h=0.5), load_anchors()
    values, outcome = _past(400)
    earlier = {key: part[::-1] * 3.0 for key, part in values.items()}
    samples = [
        Sample(earlier, outcome[::-1]),
        Sample(values, outcome),
        Sample(earlier, 0 * outcome),
    ]
    model = learned_from(default, samples)
    there, here = (np.exp(one.log_score(values)) for one in (model, default))
    learned, published = model.anchored(anchors).score(there), anchors.score(here)
    assert not (there.argsort() == here.argsort()).all()
    assert (learned.argsort() == there.argsort()).all()
    assert abs(learned.mean() - published.mean()) < 1.0
    assert model.level == level_of(np.log(there), np.log(here))


def test_a_level_keeps_what_can_be_kept() -> None:
    one = np.array([1.0, 2.0])
    assert level_of(one, np.array([4.0, 4.0])) == ((1.5, 4.0),)  # no spread
    assert level_of(np.array([0.0, 4.0, 0.0, 0.0]), one.repeat(2)) == ((1.0, 1.5),)  # below 0
    assert level_of(np.zeros(2), one) == ()


def test_anchors_of_the_model_are_there_and_reach_as_far_as_the_parts() -> None:
    model = load_model()
    place = Path(scoring.__file__).parent / "anchors" / f"{model.anchors}.toml"
    anchors = load_anchors(place)
    assert anchors.version.split("+")[0] == model.anchors
    assert anchors.score(np.array([1.0, 1e10])).tolist() == [1.0, 100.0]
