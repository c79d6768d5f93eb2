"""The names of runs."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphengine.errors import GraphengineError, InputError
from graphengine.runs import run_id
from graphengine.runs.identity import canonical_json, is_run_id

INPUTS: dict[str, Any] = {
    "as_of": 1404950400,
    "job": "demo",
    "params": {"damping": 0.85, "endorsements": ["retweet", "reply"], "half_life_days": None},
    "method_version": "1",
    "anchors_version": "1",
    "watermark": "a1",
}


def test_the_hash_can_be_had_with_sha256sum() -> None:
    text = (
        '{"anchors_version":"1","as_of":1404950400,"job":"demo","method_version":"1",'
        '"parameters":{"damping":0.85,"endorsements":["retweet","reply"],"half_life_days":null},'
        '"watermark":"a1"}'
    )
    assert run_id(**INPUTS) == f"2014-07-10-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": 1404950401},
        {"as_of": None},
        {"job": "demo2"},
        {"params": {**INPUTS["params"], "damping": 0.8500000000000001}},
        {"params": {**INPUTS["params"], "endorsements": ["reply", "retweet"]}},
        {"method_version": "2"},
        {"anchors_version": "1+00000000"},
        {"watermark": "a2"},
    ],
)
def test_every_input_counts(change: dict[str, Any]) -> None:
    assert run_id(**{**INPUTS, **change})[-12:] != run_id(**INPUTS)[-12:]


def test_the_order_of_parameters_does_not() -> None:
    turned = dict(reversed(list(INPUTS["params"].items())))
    assert run_id(**{**INPUTS, "params": turned}) == run_id(**INPUTS)


@pytest.mark.parametrize(
    ("as_of", "day"),
    [
        (0, "1970-01-01"),
        (86399, "1970-01-01"),
        (-1, "1969-12-31"),
        (-62135596800, "0001-01-01"),
        (253402300799, "9999-12-31"),
        (None, "undated"),
    ],
)
def test_the_day_is_the_utc_day(as_of: int | None, day: str) -> None:
    assert run_id(**{**INPUTS, "as_of": as_of})[:-13] == day


@pytest.mark.parametrize("as_of", [-62135596801, 253402300800, 10**20])
def test_a_time_outside_the_calendar(as_of: int) -> None:
    with pytest.raises(InputError, match="outside the years 1 to 9999"):
        run_id(**{**INPUTS, "as_of": as_of})


@given(st.none() | st.integers(-62135596800, 253402300799))
def test_ids_are_recognised(as_of: int | None) -> None:
    run = run_id(**{**INPUTS, "as_of": as_of})
    assert is_run_id(run)
    for other in (f".{run}.tmp", run[:-1], f"{run}0", run.upper() + "X", f"../{run}", ""):
        assert not is_run_id(other)


def test_json_of_one_form() -> None:
    assert canonical_json({"b": [1, 0.1], "ä": None}) == '{"b":[1,0.1],"ä":null}'.encode()
    assert canonical_json({"b": 1, "a": 2}, indent=1) == b'{\n "a": 2,\n "b": 1\n}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes"])
def test_what_json_cannot_hold(value: object) -> None:
    with pytest.raises(GraphengineError, match="cannot be written as JSON"):
        canonical_json({"a": value})
