"""At a million edges: one person's first ten reasons, and the stored ones of a thousand people."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp

from graphengine.scoring import load_anchors
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import DAY, Evidence
from graphengine.scoring.reasons import explain_numbered, number_evidence

if TYPE_CHECKING:
    from collections.abc import Callable

_EVENTS, _PEOPLE, _DAYS = 1_000_000, 200_000, 60


def million_edges() -> Evidence:
    """A hub with 3 % of all events, half of the people never acting, two in five on both sides."""
    draw = np.random.default_rng(0)
    names = np.array([f"x:{n:07d}" for n in draw.permutation(_PEOPLE)])
    actor = (_PEOPLE * 0.5 * draw.random(_EVENTS) ** 2).astype(int)
    target = _PEOPLE - 1 - (_PEOPLE * draw.random(_EVENTS) ** 3.5).astype(int)
    return Evidence(
        pl.DataFrame(
            {
                "actor": names[actor], "target": names[target],
                "at": draw.integers(0, int(_DAYS * DAY), _EVENTS),
                "weight": draw.choice([1.0, 0.5, 0.25], _EVENTS),
                "kind": draw.choice(["retweet", "reply", "like"], _EVENTS),
            }
        )
    )  # fmt: skip


def _cpu(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(5):
        start = time.thread_time()
        work()
        spent.append(time.thread_time() - start)
    return median(spent)


@pytest.mark.soak
def test_the_first_ten_reasons_cost_no_more_than_forty_products() -> None:
    """A product of the whole transition takes 2.5 to 3 ms on one quiet core: so 100 to 120 ms."""
    numbered = number_evidence(million_edges(), model=load_model(), as_of=int(_DAYS * DAY))
    steps = numbered.steps(8.0)
    P, x = sp.csr_array(steps.back.T.tocsr()), np.ones(numbered.n)
    assert P.nnz > 0.95 * _EVENTS
    product = _cpu(lambda: P @ x)
    received = np.bincount(numbered.target, minlength=numbered.n)
    for place in np.argsort(-received)[[0, 10, 1_000]]:
        who = numbered.accounts[int(place)]

        def ten(who: str = who) -> None:
            table = explain_numbered(numbered, who, anchors=load_anchors()).by_endorser(10)
            assert table.height == 10
            assert table["error"].max() < 0.005

        assert _cpu(ten) <= 40 * product
