"""Lanes: abreast or one after the other, and what an error or an interruption does to them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from graphengine.stores.neo4j.lanes import in_lanes

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_both_are_under_way_at_once_and_the_caller_is_told() -> None:
    meet, told = threading.Barrier(2, timeout=10), []

    def lane() -> Iterator[None]:
        for _ in range(3):
            meet.wait()  # which nobody passes alone
            yield

    in_lanes([lane(), lane()], abreast=True, told=lambda: told.append(threading.current_thread()))
    assert told == [threading.main_thread()] * 6


def test_one_after_the_other_needs_no_thread() -> None:
    seen: list[str] = []

    def lane(name: str) -> Iterator[None]:
        assert threading.current_thread() is threading.main_thread()
        seen.append(name)
        yield

    in_lanes([lane("a"), lane("b")], abreast=False, told=lambda: None)
    assert seen == ["a", "b"]


def test_an_error_ends_the_other_lane_at_its_next_step_and_is_the_one_raised() -> None:
    failing, steps = threading.Event(), []

    def fails() -> Iterator[None]:
        yield
        failing.set()
        raise ValueError("first")

    def goes_on() -> Iterator[None]:
        failing.wait(10)
        for number in range(1_000_000):
            steps.append(number)
            yield
        raise AssertionError("nobody stopped it")

    with pytest.raises(ValueError, match="first"):
        in_lanes([fails(), goes_on()], abreast=True, told=lambda: None)
    assert len(steps) < 1_000_000
    ended = len(steps)
    assert not any(thread.name.endswith("(_go)") for thread in threading.enumerate())
    assert len(steps) == ended


def test_an_interrupted_caller_stops_both() -> None:
    steps: list[int] = []

    def lane() -> Iterator[None]:
        for number in range(1_000_000):
            steps.append(number)
            yield

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_lanes([lane(), lane()], abreast=True, told=interrupted)
    assert len(steps) < 2_000_000
    assert not any(thread.name.endswith("(_go)") for thread in threading.enumerate())
