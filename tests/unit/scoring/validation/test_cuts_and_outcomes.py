"""Cuts and outcomes: who is judged, what counts as happening next, and every trap of it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graphengine.scoring.validation.cuts import cut_times, sides
from graphengine.scoring.validation.outcomes import outcome_of


def _events(*rows: tuple[str, str, int, str | None]) -> pl.DataFrame:
    names = ["actor", "target", "at", "about"]
    schema = dict.fromkeys(names, pl.String) | {"at": pl.Int64}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def test_cuts_share_out_events_not_time() -> None:
    at = pl.Series([0, 1, 2, 3, 4, 5, 6, 7, 8, 1_000_000])
    assert cut_times(at) == [4, 6, 8]
    with pytest.raises(ValueError, match="shares between 0 and 1"):
        cut_times(at, [1.0])
    with pytest.raises(ValueError, match="needs events with times"):
        cut_times(pl.Series([None], dtype=pl.Int64))


def test_a_straddling_post_is_left_out_after_the_cut() -> None:
    events = _events(
        ("b", "a", 1, "old"), ("c", "a", 3, "old"), ("d", "a", 3, "new"), ("e", "a", 4, None)
    )
    found = sides(events, 2)
    assert found.before["actor"].to_list() == ["b"]
    assert found.after["actor"].to_list() == ["d", "e"]
    assert found.straddling == 1


def test_nothing_on_a_side_is_an_error() -> None:
    events = _events(("b", "a", 1, "p"), ("c", "a", 3, "p"))
    with pytest.raises(
        ValueError, match=r"1 events lie before the cut 2 and 0 after it \(1 on posts"
    ):
        sides(events, 2)
    with pytest.raises(ValueError, match="0 events lie before"):
        sides(events, 0)


def test_distinct_reactors_new_reactors_and_newcomers() -> None:
    events = _events(
        ("b", "a", 1, None), ("c", "d", 1, None), ("z", "z", 1, None),
        ("b", "a", 3, None), ("b", "a", 4, None), ("c", "a", 4, None), ("a", "a", 4, None),
        ("x", "new", 5, None),
    )  # fmt: skip
    found = outcome_of(sides(events, 2))
    assert found.accounts.to_list() == ["a", "d"]  # z praised itself only; new came later
    assert found.reactors.tolist() == [2.0, 0.0]
    assert found.new.tolist() == [1.0, 0.0]  # b had reacted before
    assert found.newcomers == 1
    assert found.reached_by(np.array([0, 1])) == 2


def test_people_whose_later_reactions_are_missing_stay_out() -> None:
    events = _events(
        ("b", "a", 1, None), ("b", "d", 1, None), ("c", "a", 3, None), ("c", "d", 3, None)
    )
    found = outcome_of(sides(events, 2), without=pl.Series(["a"]))
    assert found.accounts.to_list() == ["d"]
    assert found.newcomers == 0


def test_reactions_that_name_nobody_do_not_count() -> None:
    events = pl.concat([
        _events(("b", "a", 1, None), ("c", "a", 3, None)),
        pl.DataFrame({"actor": ["q"], "target": [None], "at": [3], "about": [None]},
                     schema=_events().schema),
    ])  # fmt: skip
    assert outcome_of(sides(events, 2)).reactors.tolist() == [1.0]


def test_a_post_that_was_there_straddles_though_nobody_had_reacted() -> None:
    events = _events(("b", "a", 1, None), ("c", "a", 3, "silent"), ("d", "a", 3, "new"))
    assert sides(events, 2).after["actor"].to_list() == ["c", "d"]
    found = sides(events, 2, begun=pl.Series(["silent"]))
    assert found.after["actor"].to_list() == ["d"]
    assert found.straddling == 1


def test_only_people_with_enough_endorsers_and_the_outcome_of_some_of_them() -> None:
    events = _events(
        ("b", "a", 1, None), ("c", "a", 1, None), ("b", "d", 1, None), ("c", "d", 2, None),
        ("b", "e", 1, None), ("b", "e", 2, None),
        ("x", "a", 3, None), ("x", "d", 3, None), ("y", "d", 4, None), ("x", "e", 4, None),
    )  # fmt: skip
    found = outcome_of(sides(events, 2), fewest=2)
    assert found.accounts.to_list() == ["a", "d"]  # e: one person twice
    assert found.newcomers == 0
    assert found.some == 2
    part = found.among(np.array([False, True]))
    assert part.accounts.to_list() == ["d"]
    assert part.reactors.tolist() == [2.0]
    assert part.pairs.rows() == [(0, "x"), (0, "y")]
    assert part.reached_by(np.array([0])) == 2
