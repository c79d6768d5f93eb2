"""A published action log with its social graph: pairs predict held-out cascades, shrunk ones best."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.data import dataset

from graphengine.influence.cascades.adoptions import Adoptions, adoptions, exposures
from graphengine.influence.diffusion.learning.choose import choose_estimator

if TYPE_CHECKING:
    from pathlib import Path


def _log(folder: Path, *parts: str, n: int) -> Adoptions:
    rows, cascade = [], 0
    for part in parts:
        with gzip.open(folder / f"{part}.txt.gz", "rt") as lines:
            for line in lines:
                seed, *rest = line.split()
                rows.append((cascade, int(seed), 0))
                rows += [
                    (cascade, int(who), int(float(at)))
                    for who, at in zip(rest[::2], rest[1::2], strict=True)
                ]
                cascade += 1
    return adoptions(*np.array(rows).T)


@pytest.mark.soak
def test_android_questions() -> None:
    folder = dataset("stackexchange-android")
    with gzip.open(folder / "graph.txt.gz", "rt") as lines:
        u, v = np.loadtxt(lines, dtype=np.int64, skiprows=1).T
    n = int(max(u.max(), v.max())) + 1
    fit, held = (_log(folder, *parts, n=n) for parts in (("train", "val"), ("test",)))
    choice = choose_estimator(fit, held, exposures(v, u, n=n))
    place = {verdict.estimator: k for k, verdict in enumerate(choice.table)}
    value = {verdict.estimator: verdict.log_likelihood for verdict in choice.table}
    assert choice.best.towards is not None
    assert value[choice.best.name] > value["uniform"] + 0.005
    assert place["em_towards_target"] < place["em"]
