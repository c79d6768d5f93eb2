"""Fixtures of the tests of faults."""

from __future__ import annotations

import pytest
from support.outcome import Outcome, undisturbed
from support.warm import Warm, warm_parent


@pytest.fixture(scope="session")
def warm() -> Warm:
    """graphengine's command line, in processes that start in no time."""
    return warm_parent()


@pytest.fixture(scope="session")
def first(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The small job's first run, undisturbed."""
    warm.run("--version", cwd=tmp_path_factory.mktemp("warm"))  # until it answers, it warms up
    outcome = undisturbed(warm, tmp_path_factory.mktemp("first") / "job")
    warm.read_loops()  # in a clean clone that run has compiled them
    return outcome


@pytest.fixture(scope="session")
def second(warm: Warm, first: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The run after a further file came in, undisturbed."""
    return undisturbed(warm, tmp_path_factory.mktemp("second") / "job", before=first)
