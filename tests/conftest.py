"""Fixtures that the whole suite shares."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from support.neo4j_server import Neo4jServer, NoNeo4j, running_server, wipe

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# what a machine that many share takes for one example says nothing of the code
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

os.environ.pop("COLUMNS", None)  # set by the tool that runs tests side by side; no screen is asked

# The files that take longest, in the order in which they begin where files run side by side: one
# that begins last keeps one worker busy while the others wait. The lines of a group share what
# takes long to make, so one worker runs them all. In a clean clone the first group has the loops of
# a whole job compiled; those that come next need none, or both workers would compile the same.
LONGEST = (
    (
        "tests/faults/test_kill_run.py",
        "tests/faults/test_stopped_run.py",
        "tests/faults/test_full_disk.py",
    ),
    ("tests/faults/test_kill_neo4j.py",),
    ("tests/contract/test_query_plans.py",),
    ("tests/contract/test_taken_back.py",),
    ("tests/faults/test_neo4j_refusals.py",),
    ("tests/contract/test_neo4j_roads.py",),
    ("tests/e2e/test_examples.py",),
    ("tests/contract/test_neo4j_publication.py",),
    ("tests/contract/test_stores.py",),
    ("tests/e2e/test_first_ten_questions.py", "tests/e2e/test_question_pages.py"),
    ("tests/e2e/test_other_sets.py",),
    ("tests/e2e/test_demo.py",),
    ("tests/contract/test_neo4j_names.py",),
    ("tests/contract/test_analyst_queries.py",),
    ("tests/contract/test_neo4j_store.py",),
    ("tests/contract/test_neo4j_source.py",),
    ("tests/unit/pipeline/test_incremental.py",),
    ("tests/unit/projection/test_log_graph.py",),
    ("tests/faults/test_kill_embedded.py",),
    ("tests/faults/test_neo4j_hostile.py",),
    ("tests/unit/stores/test_embedded.py",),
    ("tests/e2e/test_higgs.py",),
    ("tests/contract/test_neo4j_server.py",),
    ("tests/unit/eventlog/test_eventlog_against_oracle.py",),
)
_PLACES = {file: place for place, group in enumerate(LONGEST) for file in group}

# Where the rest of a room begins: its files call the same loops, so that in a clean clone one worker
# compiles them and the other does not.
ROOMS = (
    (
        "tests/unit/influence/ranking/",
        "graphengine/influence/ranking/",
        "tests/properties/test_ranking_",
    ),
    (
        "tests/unit/influence/diffusion/",
        "graphengine/influence/diffusion/",
        "tests/properties/test_seed_",
        "tests/properties/test_spread_",
        "tests/properties/test_learning_",
    ),
    (
        "tests/unit/influence/cascades/",
        "graphengine/influence/cascades/",
        "tests/properties/test_cascade_",
    ),
    (
        "tests/unit/scoring/",
        "graphengine/scoring/",
        "tests/properties/test_interval_",
        "tests/properties/test_reason_",
        "tests/properties/test_rule_",
    ),
)


def pytest_configure(config: pytest.Config) -> None:
    """Files side by side begin in our order, not by how many tests they hold."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False
    gone = [file for file in _PLACES if not (config.rootpath / file).is_file()]
    gone += [some for room in ROOMS for some in room if not any(config.rootpath.glob(f"{some}*"))]
    if gone:
        raise pytest.UsageError(f"tests/conftest.py names what is not there: {gone}")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Seven thousand tests come to stay: nobody looks for rubbish among them, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Within a worker of several, the longest files first, then rooms; elsewhere all stays as it was."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(_file(item.nodeid)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """``--dist loadfile``, with a group of files, or a room, as one."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Groups(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = _file(nodeid)
            place = _place(file)
            if place < len(LONGEST):
                return LONGEST[place][0]
            return file if place == len(LONGEST) + len(ROOMS) else ROOMS[place - len(LONGEST)][0]

    return Groups(config, log)


def _place(file: str) -> int:
    """When a file begins: among the longest, with its room, or after all of them."""
    if file in _PLACES:
        return _PLACES[file]
    rooms = (n for n, room in enumerate(ROOMS, len(LONGEST)) if file.startswith(room))
    return next(rooms, len(LONGEST) + len(ROOMS))


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    """A real Neo4j for the session; without one the test is skipped, or fails where CI is set."""
    try:
        with running_server() as server:
            yield server
        return
    except NoNeo4j as missing:
        advice = str(missing)
    if os.environ.get("CI"):
        pytest.fail(advice, pytrace=False)
    pytest.skip(advice)


@pytest.fixture(scope="module")
def throwaway_neo4j(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """An empty server for a module that fills it: throwing it away is faster than deleting a million things."""
    if neo4j_server.how == "given":
        wipe(neo4j_server)
        yield neo4j_server
        wipe(neo4j_server)
        return
    with running_server() as server:
        yield server
        if server.how == "maven":
            server.kill()  # nothing of it is kept, so it need not be written down first


@pytest.fixture
def empty_neo4j(neo4j_server: Neo4jServer) -> Neo4jServer:
    """The session's server without nodes, the suite's marker apart; our own rules may be there."""
    wipe(neo4j_server, keep_rules=True)
    return neo4j_server


@pytest.fixture
def bare_neo4j(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """The session's server without nodes (the suite's marker apart), constraints and indexes."""
    wipe(neo4j_server)
    yield neo4j_server
    wipe(neo4j_server)
