"""The study behind the weights: the traps of its data sets, and that nothing later is fitted on."""

from __future__ import annotations

import polars as pl
import pytest
from bench.validation.sets import load
from bench.validation.study import candidates, cuts_of, differences, left_out, log_score
from support.data import dataset

from graphengine.scoring.model import load_model
from graphengine.scoring.validation import reactors_until


def test_the_released_weights_are_those_of_a_candidate() -> None:
    released = dict(load_model().weights)
    assert candidates()["22 min to 64 d; 5 % each"] == pytest.approx(released)


def test_a_set_does_not_choose_for_itself() -> None:
    table = {"one": {"a": 0.9, "b": 0.1, "c": 0.1}, "two": {"a": 0.0, "b": 0.2, "c": 0.2}}
    assert left_out(table, "a") == "two"
    assert left_out(table, "b") == "one"


def test_authors_of_phemes_threads_without_retweets_stay_out() -> None:
    folder = dataset("pheme")
    threads = pl.read_csv(folder / "threads.csv", infer_schema=False)
    missing = threads.filter(pl.col("has_retweets") == "0")
    assert missing.height == 16
    data = load("pheme")
    cuts = cuts_of(data)
    for cut in cuts:
        assert not set(cut.people.accounts) & set(missing["author"])
        held = cut.moment.sides
        assert held.straddling > 0  # threads run on after the cut, and are left out there
        assert held.before["at"].max() <= held.cut


def test_weights_are_learned_on_what_lies_before_the_cut() -> None:
    dataset("collegemsg")
    data = load("collegemsg")
    first, second, _ = cuts_of(data)
    learned_on = reactors_until(first.moment, second.moment.sides)
    later = first.people.reactors
    assert (learned_on <= later).all()
    assert learned_on.sum() < later.sum()  # what came after the second cut is not among it
    weights = candidates()["22 min to 64 d; 5 % each"]
    found = differences([first], [log_score(first, weights)], "in-degree", draws=20, seed=1)
    assert found[0] > 0.1
    again = differences([first], [log_score(first, weights)], "in-degree", draws=20, seed=1)
    assert (found == again).all()
