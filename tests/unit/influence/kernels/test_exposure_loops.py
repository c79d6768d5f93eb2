"""The walk along a log: forwards and backwards, compiled and as it stands, in several rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from oracles.cascades import whom_they_saw

from graphengine.influence.cascades import Adoptions, Exposures, adoptions, exposures
from graphengine.influence.kernels import distribution
from graphengine.influence.kernels import exposures as loops

if TYPE_CHECKING:
    from collections.abc import Callable

Rows = list[tuple[int, int, int]]


def _dense(seed: int, people: int = 90, acts: int = 130) -> tuple[Rows, dict, Adoptions, Exposures]:
    """Three cascades and one of a single act; nearly all see each other, some since a second."""
    random = np.random.default_rng(seed)
    drawn = random.integers(0, (3, people, 40), (acts, 3)).tolist()
    rows = [(c + (c > 0), who, at) for c, who, at in drawn] + [(1, 0, 5)]
    pairs = {
        (u, v): int(random.integers(-5, 25)) if random.random() < 0.3 else -(10**9)
        for u in range(people)
        for v in range(people)
        if u != v and random.random() < 0.9
    }
    log = adoptions(*map(list, zip(*rows, strict=True)))
    seen = exposures([u for u, _ in pairs], [v for _, v in pairs], list(pairs.values()), n=people)
    return rows, pairs, log, seen


def _walked(
    loop: Callable[..., int], log: Adoptions, seen: Exposures, step: int
) -> tuple[list, int]:
    """(who, saw, along which link) in the order found, and the rounds it took."""
    desk = loops.desk_for(log.arrays, seen.arrays, step)
    told, rounds = [], 0
    while found := loop(log.arrays, seen.arrays, desk):
        k, rounds = 0, rounds + 1
        for event, size in zip(desk.events[:found], desk.many[:found], strict=True):
            places, links = desk.places[k : k + size].tolist(), desk.links[k : k + size].tolist()
            told += zip([int(event)] * size, places, links, strict=True)
            k += size
    assert loop(log.arrays, seen.arrays, desk) == 0  # at the end it stays at the end
    assert not desk.slots.any()
    assert not desk.bits.any()
    return told, rounds


@pytest.fixture(params=["compiled", "as it stands"])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The walk, and without numba that with all that it calls."""
    if request.param == "compiled":
        return loops.find_seen
    for name in (
        "_after", "_ask", "_bit", "_by_adopters", "_entered", "_find", "_first_of", "_known",
        "_last_of", "_left", "_place_of", "is_long",
    ):  # fmt: skip
        step = getattr(loops, name)
        monkeypatch.setattr(loops, name, getattr(step, "py_func", step))
    return loops._find_seen


@pytest.mark.parametrize("step", [1, -1])
def test_both_ways_find_whom_the_slow_rule_finds(loop: Callable[..., int], step: int) -> None:
    rows, pairs, log, seen = _dense(3)
    told, rounds = _walked(loop, log, seen, step)
    place = np.argsort(log.order)  # of each row of the input
    slow = whom_they_saw(rows, pairs)
    expected = {(int(place[i]), int(place[w])) for i in range(len(rows)) for w in slow[i]}
    assert rounds > 1
    assert len(told) == len(expected)
    assert {(event, there) for event, there, _ in told} == expected
    walked = [event for event, _, _ in told]
    assert walked == sorted(walked, reverse=step < 0)
    for event, there, link in told:
        assert seen.sources[link] == log.person[there]
        assert seen.targets[link] == log.person[event]


@pytest.mark.parametrize("step", [1, -1])
def test_people_whose_numbers_end_alike(loop: Callable[..., int], step: int) -> None:
    """All bits and many slots of a table are shared, and everybody is still themselves."""
    apart = 1 << 12
    rows, pairs, log, seen = _dense(5, people=30, acts=60)
    far = [(cascade, who * apart, at) for cascade, who, at in rows]
    wide = adoptions(*map(list, zip(*far, strict=True)))
    links = zip(*pairs, strict=True)
    sparse = exposures(
        *(np.array(ends) * apart for ends in links), list(pairs.values()), n=30 * apart
    )
    assert _walked(loop, wide, sparse, step) == _walked(loop, log, seen, step)


@pytest.mark.parametrize("step", [1, -1])
def test_a_walk_along_nothing(loop: Callable[..., int], step: int) -> None:
    for rows in ([], [(0, 0, 1)], [(2, 1, 3), (5, 0, 4)]):
        log = adoptions(*(list(part) for part in zip(*rows, strict=True)) if rows else ([], [], []))
        assert _walked(loop, log, exposures([1], [0], n=2), step) == ([], 0)


def test_first_adoptions_their_parts_and_sums_by_person() -> None:
    rows, _, log, _ = _dense(4)
    once, actions = distribution.first_adoptions(log.arrays, 95)
    met = {(c, who) for c, who, _ in rows}
    assert actions.tolist() == [sum(who == u for _, who in met) for u in range(95)]
    cascade = np.repeat(np.arange(log.cascades), np.diff(log.first)).tolist()
    keys = list(zip(cascade, log.person.tolist(), strict=True))
    assert once.tolist() == [keys.index(key) == i for i, key in enumerate(keys)]
    part = distribution.part_of_actions(log.person, once, actions)
    assert part.tolist() == [
        1.0 / actions[u] if first else 0.0 for u, first in zip(log.person, once, strict=True)
    ]
    total, credit = part + np.random.default_rng(1).random(log.n), np.zeros(95)
    distribution.add_to_persons(log.person, total, part, credit)
    expected = np.bincount(log.person, weights=total - part, minlength=95)
    assert credit.tolist() == expected.tolist()  # the same order of sums: the same bits
