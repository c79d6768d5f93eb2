"""Every number against its slow and obvious version, on random small logs."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.learning import Log, em_rounds, information, most_likely, peak, profile

from graphengine.influence.cascades.adoptions import adoptions, exposures
from graphengine.influence.diffusion.learning.counts import count, trials_of
from graphengine.influence.diffusion.learning.em import evidence_of, learn_em, plain_rounds
from graphengine.influence.diffusion.learning.held_out import predictions
from graphengine.influence.diffusion.learning.static import learn_rate
from graphengine.influence.diffusion.learning.timed import with_time


def _world(seed: int, *, people: int = 5, cascades: int = 12, begun: bool = False):
    rng = np.random.default_rng(seed)
    logs = []
    for _ in range(cascades):
        size = rng.integers(1, people + 1)
        who = rng.permutation(people)[:size]
        logs.append(dict(zip(who.tolist(), rng.integers(0, 9, size).tolist(), strict=True)))
    pairs = [(u, v) for u in range(people) for v in range(people) if u != v and rng.random() < 0.6]
    since = {pair: int(rng.integers(0, 7)) if begun else -1 for pair in pairs}
    rows = [(c, who, t) for c, log in enumerate(logs) for who, t in log.items()]
    rows.sort(key=lambda row: (row[0], row[2]))
    actions = adoptions(*np.array(rows).T)
    u, v = np.array(pairs).T
    seen = exposures(v, u, since=np.array(list(since.values())) if begun else None, n=people)
    return Log(logs, since), actions, seen


def _edges(exposures) -> list[tuple[int, int]]:
    return list(zip(exposures.sources.tolist(), exposures.targets.tolist(), strict=True))


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_counts(seed: int, begun: bool) -> None:
    log, actions, exposures = _world(seed, begun=begun)
    counts = count(actions, exposures)
    for j, (u, v) in enumerate(_edges(exposures)):
        assert counts.acts[j] == log.acts(u, v)
        assert counts.either[j] == log.either(u, v)
        assert counts.reactions[j] == log.reactions(u, v)
        assert counts.credit[j] == pytest.approx(log.credit(u, v))
        assert counts.delay[j] == log.delay(u, v)
        assert counts.tries[j] == log.tries(u, v)


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_trials_and_predictions(seed: int, begun: bool) -> None:
    log, actions, exposures = _world(seed, begun=begun)
    trials, edges = trials_of(actions, exposures), _edges(exposures)
    rng = np.random.default_rng(seed)
    counts = count(actions, exposures)
    static = learn_rate(counts, exposures)
    static.probability[:] = rng.random(exposures.m)
    timed = with_time(static, counts, exposures)
    timed.mean_delay[:] = rng.random(exposures.m) * 5 + 0.5
    value, fading = predictions(static, trials), predictions(timed, trials)
    found = {}
    for r in range(trials.reacted.size):
        mine = trials.entry[trials.first[r] : trials.first[r + 1]]
        times = trials.seen[trials.first[r] : trials.first[r + 1]].tolist()
        p, delay = static.probability[mine], timed.mean_delay[mine]
        assert value[r] == pytest.approx(1 - np.prod(1 - p))
        assert fading[r] == pytest.approx(peak(times, p.tolist(), delay.tolist()))
        v = edges[mine[0]][1]
        key = (v, tuple(sorted(edges[j][0] for j in mine)), bool(trials.reacted[r]))
        found[key] = found.get(key, 0) + 1
    expected: dict = {}
    for _, v, seen, reacted in log.trials():
        key = (v, tuple(sorted(seen)), reacted)
        expected[key] = expected.get(key, 0) + 1
    assert found == expected


@pytest.mark.parametrize("seed", range(8))
def test_em_rounds(seed: int) -> None:
    log, actions, exposures = _world(seed, begun=seed % 2 == 1)
    known = evidence_of(actions, exposures, count(actions, exposures))
    edges = _edges(exposures)
    ours = plain_rounds(known, np.full(exposures.m, 0.4), 5)
    theirs = em_rounds(log.trials(), dict.fromkeys(edges, 0.4), 5)
    for edge, p in zip(edges, ours, strict=True):
        if edge in theirs:
            assert p == pytest.approx(theirs[edge], abs=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_em_top_errors_and_profiles(seed: int) -> None:
    log, actions, exposures = _world(seed, people=4, cascades=30)
    learned = learn_em(actions, exposures, count(actions, exposures))
    trials, edges = log.trials(), _edges(exposures)
    p = dict(zip(edges, learned.probability.tolist(), strict=True))
    for v in range(4):
        mine = [t for t in trials if t[1] == v]
        _, best = most_likely(mine)
        seen = [e for e in edges if e in best]
        assert [p[e] for e in seen] == pytest.approx([best[e] for e in seen], abs=2e-4)
        inner = [e for e in seen if 0.02 < p[e] < 0.98]
        if len(inner) == len(seen) and seen:
            error = np.sqrt(np.diag(np.linalg.inv(information(mine, p, seen))))
            ours = [learned.standard_error[edges.index(e)] for e in seen]
            assert ours == pytest.approx(error, rel=1e-3)
    for j in range(0, len(edges), 6):
        low, high = profile(trials, edges[j])
        assert (learned.low[j], learned.high[j]) == pytest.approx((low, high), abs=3e-3)


def test_threads_change_nothing() -> None:
    _, actions, exposures = _world(3, people=15, cascades=40)
    counts = count(actions, exposures)
    one, two = (learn_em(actions, exposures, counts, threads=t) for t in (1, 2))
    for name in ("probability", "standard_error", "low", "high"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)
