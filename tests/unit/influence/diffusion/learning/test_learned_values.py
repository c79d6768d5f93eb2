"""Published values, toys by hand, the trap of exposures made from the past, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.learning import log_likelihood

from graphengine.errors import NotConvergedError
from graphengine.influence.cascades.adoptions import Adoptions, adoptions, exposures
from graphengine.influence.diffusion.learning import em
from graphengine.influence.diffusion.learning.choose import (
    ESTIMATORS,
    Estimator,
    choose_estimator,
    learn,
    learn_each_topic,
)
from graphengine.influence.diffusion.learning.counts import check_log, count, trials_of
from graphengine.influence.diffusion.learning.em import evidence_of, learn_em, plain_rounds
from graphengine.influence.diffusion.learning.held_out import judge, split_by_time
from graphengine.influence.diffusion.learning.prior import fit_prior
from graphengine.influence.diffusion.learning.static import learn_rate
from graphengine.influence.diffusion.learning.timed import with_time

SAW = (((0,), 1, 1), ((1,), 1, 2), ((0, 1), 1, 1))  # who acted, how often 2 did after, did not


def _toy() -> Adoptions:
    rows: list[tuple[int, int, int]] = []
    cascade = 0
    for seen, reacted, failed in SAW:
        for reacts in (True,) * reacted + (False,) * failed:
            rows += [(cascade, who, 1) for who in seen] + [(cascade, 2, 4)] * reacts
            cascade += 1
    return adoptions(*np.array(rows).T)


PAIR = exposures([2, 2], [0, 1], n=3)


def test_em_toy_of_the_definitions() -> None:
    actions = _toy()
    counts = count(actions, PAIR)
    known = evidence_of(actions, PAIR, counts)
    start = np.full(2, 0.5)
    assert plain_rounds(known, start, 1) == pytest.approx([0.41666667, 0.33333333], abs=5e-9)
    assert plain_rounds(known, start, 2) == pytest.approx([0.42045455, 0.30909091], abs=5e-9)
    found = learn_em(actions, PAIR, counts)
    assert found.probability == pytest.approx([3 / 7, 0.3], abs=1e-6)
    assert found.trials.tolist() == [4, 5]
    assert found.successes == pytest.approx([12 / 7, 1.5], abs=1e-5)


def test_rates_of_the_same_toy() -> None:
    counts = count(_toy(), PAIR)
    expected = {
        "bernoulli": [2 / 4, 2 / 5],
        "jaccard": [2 / 5, 2 / 6],  # 2 acted three times, twice with each of them
        "bernoulli_credit": [1.5 / 4, 1.5 / 5],
        "jaccard_credit": [1.5 / 5, 1.5 / 6],
        "uniform": [4 / 9, 4 / 9],
    }
    for rate, p in expected.items():
        assert learn_rate(counts, PAIR, rate=rate).probability == pytest.approx(p)
    timed = with_time(learn_rate(counts, PAIR), counts, PAIR)
    assert timed.mean_delay == pytest.approx([3, 3])
    trials = trials_of(_toy(), PAIR)
    assert judge(timed, trials).brier == pytest.approx(  # all act at once: no fading at the peak
        judge(learn_rate(counts, PAIR), trials).brier
    )


def test_an_exposure_does_not_count_the_reaction_that_made_it() -> None:
    """1 reacts to 0 and so comes to see 0; only what 0 does later is a trial."""
    log = adoptions([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [10, 20, 30, 40, 50])
    made = exposures([1, 1], [0, 0], since=[40, 20], n=2)
    assert made.repeats == 1
    counts = count(log, made)
    assert (counts.reactions.tolist(), counts.acts.tolist()) == ([1], [2])
    always = count(log, exposures([1], [0], n=2))
    assert (always.reactions.tolist(), always.acts.tolist()) == ([2], [3])
    only_first = log.only([True, False, False])
    assert count(only_first, made).acts.tolist() == [0]
    assert trials_of(only_first, made).reacted.size == 0
    assert np.isnan(learn(only_first, made, estimator=Estimator("em")).probability).all()


def test_never_tried_is_not_zero_and_never_reacted_is() -> None:
    log = adoptions([0, 1], [0, 0], [1, 1])
    found = learn(log, exposures([1, 1], [0, 2], n=3), estimator=Estimator("em"))
    assert found.probability[0] == 0
    assert np.isnan(found.probability[1])
    assert (found.low[0], found.untried) == (0, 1)
    assert found.high[0] == pytest.approx(1 - np.exp(-1.9207294 / 2))
    assert (found.low[1], found.high[1], found.standard_error[1]) == (0, 1, np.inf)
    assert found.edges()[0].size == 0


def test_each_round_raises_the_likelihood_until_nothing_moves() -> None:
    counts = count(_toy(), PAIR)
    known = evidence_of(_toy(), PAIR, counts)
    trials = [
        (0, 2, seen, reacted) for seen, yes, no in SAW for reacted in (True,) * yes + (False,) * no
    ]
    before = -np.inf
    for rounds in range(12):
        p = plain_rounds(known, np.array([0.9, 0.05]), rounds)
        value = log_likelihood(trials, {(0, 2): p[0], (1, 2): p[1]})
        assert value > before
        before = value


def test_a_likelihood_that_falls_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = count(_toy(), PAIR)
    known = evidence_of(_toy(), PAIR, counts)
    monkeypatch.setattr(em, "evidence_of", lambda *_, **__: known._replace(total=9 * known.total))
    with pytest.raises(NotConvergedError, match=r"person 2 fell .* counts are not those"):
        learn_em(_toy(), PAIR, counts)


def test_twins_and_those_who_never_failed_settle() -> None:
    """Two sources always together: their probabilities cannot be told apart, and it says so."""
    rows = [(c, who, t) for c in range(6) for who, t in ((0, 1), (1, 1), (2, 5))]
    always = learn(adoptions(*np.array(rows).T), PAIR, estimator=Estimator("em"))
    assert always.probability.tolist() == [1, 1]
    rows = [row for row in rows if row[:2] not in ((0, 2), (1, 2), (2, 2))]
    twins = learn(adoptions(*np.array(rows).T), PAIR, estimator=Estimator("em"))
    assert np.isinf(twins.standard_error).all()
    assert 1 - np.prod(1 - twins.probability) == pytest.approx(0.5, abs=1e-6)
    assert twins.low == pytest.approx([0, 0], abs=1e-6)


def test_shrinkage_goes_to_the_persons_own_rate() -> None:
    """A pair with one success of one trial is pulled to what its source reaches elsewhere."""
    trials = np.array([400.0] * 10 + [1.0, 1.0])
    successes = np.array([200.0] * 5 + [4.0] * 5 + [1.0, 1.0])
    source = np.array([0] * 5 + [1] * 5 + [0, 1], np.uint32)
    prior = fit_prior(successes, trials, source)
    p = (successes + prior.successes) / (trials + prior.successes + prior.failures)
    assert p[10] == pytest.approx(0.5, abs=0.02)
    assert p[11] < 0.05
    assert p[:10] == pytest.approx(successes[:10] / trials[:10], abs=0.01)


def test_the_choice_is_the_likeliest_and_the_table_is_of_all() -> None:
    rng = np.random.default_rng(5)
    rows = []
    for c in range(60):
        first = rng.permutation(6)[:2]
        rows += [(c, who, c * 100 + t) for t, who in enumerate(first)]
        rows += [(c, 6, c * 100 + 9)] * (0 in first or rng.random() < 0.2)
    log = adoptions(*np.array(rows).T)
    seen = exposures([6] * 6 + [7], [*range(6), 0], n=8)
    fit, held = split_by_time(log)
    choice = choose_estimator(fit, held, seen)
    assert len(choice.table) == len(ESTIMATORS) == 28
    values = [verdict.log_likelihood for verdict in choice.table]
    assert values == sorted(values, reverse=True)
    assert choice.best.name == choice.table[0].estimator == choice.learned.estimator
    for verdict in choice.table:
        table = verdict.calibration
        assert table.trials.sum() == verdict.trials
        assert (table.observed * table.trials).sum() == pytest.approx(verdict.reactions)
        assert np.isfinite(verdict.log_likelihood)
    again = judge(
        learn(fit, seen, estimator=choice.best), trials_of(held, seen), floor=choice.table[0].floor
    )
    assert again.log_likelihood == pytest.approx(values[0])


def test_topics_do_not_leak() -> None:
    whole = _toy()
    some = whole.only(np.arange(whole.cascades) % 2 == 0)
    rest = whole.only(np.arange(whole.cascades) % 2 == 1)
    one = learn_each_topic({"a": some}, PAIR)["a"]
    two = learn_each_topic({"b": rest, "a": some}, PAIR)
    assert np.array_equal(one.probability, two["a"].probability)
    assert not np.array_equal(two["a"].probability, two["b"].probability)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: learn(adoptions([0], [0], [-1]), PAIR), "0 or more, got -1"),
        (lambda: learn(adoptions([], [], []), PAIR), "no cascades"),
        (lambda: learn(_toy(), exposures([], [], n=3)), "no edges"),
        (lambda: trials_of(_toy(), exposures([1], [1], n=3)), "no edges"),
        (lambda: count(_toy(), exposures([1], [0], n=2)), "person 2 adopts, .* give exposures n = 3"),
        (lambda: split_by_time(_toy(), share=1.0), "nothing held out"),
        (lambda: split_by_time(_toy().only([True] + [False] * 6)), "nothing held out"),
        (lambda: _toy().only([False] * 7), "no cascade is kept"),
        (lambda: _toy().only([True]), "7 cascades"),
        (lambda: learn_rate(count(_toy(), PAIR), PAIR, rate="odds"), "must be one of"),  # type: ignore[arg-type]
        (lambda: choose_estimator(_toy(), _toy(), PAIR, estimators=[]), "one estimator"),
        (
            lambda: choose_estimator(_toy(), adoptions([0], [2], [1]), PAIR),
            "nothing is held out",
        ),
        (
            lambda: learn(adoptions([0], [2], [1]), PAIR, estimator=Estimator("em", towards="source")),
            "no rate to shrink",
        ),
        (lambda: judge(learn(_toy(), PAIR), trials_of(_toy(), PAIR), floor=0.7), "floor"),
    ],
)  # fmt: skip
def test_bad_input(work, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        work()


def test_of_repeated_actions_the_first_counts() -> None:
    log, seen = adoptions([0, 0, 0, 0], [0, 1, 1, 0], [1, 3, 5, 9]), exposures([1], [0], n=2)
    assert check_log(log, seen).at.tolist() == [1, 3]
    counts = count(log, seen)
    assert (counts.acts.tolist(), counts.reactions.tolist()) == ([1], [1])
    assert counts.delay.tolist() == [2.0]
    assert trials_of(log, seen).reacted.tolist() == [True]


def test_cascades_without_an_action_are_none() -> None:
    gaps = adoptions([1, 1, 4, 4, 9], [0, 1, 0, 1, 0], [5, 8, 1, 2, 3])
    dense = adoptions([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [5, 8, 1, 2, 3])
    assert (gaps.cascades, dense.cascades) == (10, 3)
    for one, other in zip(split_by_time(gaps), split_by_time(dense), strict=True):
        assert one.at.tolist() == other.at.tolist()
    seen = exposures([1], [0], n=2)
    assert learn(gaps, seen).probability.tolist() == learn(dense, seen).probability.tolist()
