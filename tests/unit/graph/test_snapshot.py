"""Snapshots: per topic, changed only where events changed, whole or not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.log_rows import feed

from graphengine.errors import ConfigurationError, InputError
from graphengine.eventlog import EventLog
from graphengine.graph import build_graphs
from graphengine.job import Job
from graphengine.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.graph import Snapshot

DAY = 86_400
NEWS = {"event_id": "e1", "topics": ["News"], "at": 10 * DAY}
SPORT = {"event_id": "e2", "topics": ["sport"], "actor": "x:c", "at": 11 * DAY}
BOTH = {"event_id": "e3", "topics": ["News", "sport"], "actor": "x:d", "at": 12 * DAY}
BARE = {"event_id": "e4", "topics": [], "actor": "x:e", "at": 9 * DAY}


class Place:
    """A log and a workspace, and jobs over them."""

    def __init__(self, root: Path) -> None:
        self.ws = Workspace(root)
        self.log = EventLog(self.ws.log)

    def build(self, as_of: int | None = None, **method: Any) -> Snapshot:
        source = {"name": "s", "files": ["f"]}
        job = Job(name="t", sources=[source], method={"half_life_days": None, **method})
        return build_graphs(self.log, self.ws, job=job, as_of=as_of)

    def folders(self) -> dict[str, list[str]]:
        return {
            topic.name: sorted(f.name for f in topic.iterdir())
            for topic in sorted(self.ws.snapshots.iterdir())
            if not topic.name.startswith("_")
        }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    feed(made.log, "interactions", NEWS, SPORT)
    feed(made.log, "interactions", BOTH, BARE)
    return made


def _weights(snapshot: Snapshot) -> dict[str, list[float]]:
    """The weights at the time asked for, by slug."""
    return {
        key.partition("/")[2]: (g.weights * snapshot.scale[key]).tolist()
        for key, g in snapshot.graphs.items()
    }


def test_a_graph_a_topic_and_one_of_all(place: Place) -> None:
    snapshot = place.build()
    assert list(snapshot.graphs) == ["t/news", "t/sport", "t/overall"]
    assert _weights(snapshot) == {"news": [1, 0.5], "sport": [1, 0.5], "overall": [1, 1, 1, 1]}
    assert snapshot.rebuilt == tuple(snapshot.graphs)
    assert snapshot.reused == ()
    assert isinstance(snapshot.graphs["t/news"].weights, np.memmap)


def test_nothing_changed_nothing_is_rebuilt(place: Place) -> None:
    first = place.build()
    before = {f: f.stat().st_mtime_ns for f in place.ws.snapshots.rglob("*")}
    again = place.build(as_of=12 * DAY)  # the latest event: the same input
    assert (again.rebuilt, again.reused) == ((), tuple(first.graphs))
    assert {f: f.stat().st_mtime_ns for f in place.ws.snapshots.rglob("*")} == before
    assert _weights(again) == _weights(first)


def test_only_the_touched_topic_and_overall_are_patched(place: Place) -> None:
    old = place.build().graphs["t/news"].weights.tobytes()
    names = place.folders()
    feed(place.log, "interactions", {"event_id": "e5", "topics": ["sport"], "actor": "x:f"})
    snapshot = place.build()
    assert snapshot.patched == ("t/sport", "t/overall")
    assert (snapshot.rebuilt, snapshot.reused) == ((), ("t/news",))
    assert snapshot.graphs["t/news"].weights.tobytes() == old
    after = place.folders()
    assert after["news"] == names["news"]
    assert after["sport"] != names["sport"]
    assert all(len(fingerprints) == 1 for fingerprints in after.values())


def test_events_without_a_topic_count_in_overall_only(place: Place) -> None:
    place.build()
    feed(place.log, "interactions", {"event_id": "e6", "topics": [], "actor": "x:g"})
    assert place.build().patched == ("t/overall",)


def test_posts_rebuild_nothing(place: Place) -> None:
    place.build()
    feed(place.log, "posts", {"post": "x:p", "topics": ["News"]})
    assert place.build().rebuilt == ()


def test_a_further_topic_of_a_known_event_halves_its_share(place: Place) -> None:
    place.build()
    feed(place.log, "interactions", {**NEWS, "topics": ["arts"]})
    snapshot = place.build()
    assert snapshot.rebuilt == ("t/arts",)
    assert set(snapshot.patched) == {"t/news", "t/overall"}
    assert _weights(snapshot)["news"] == [0.5, 0.5]
    assert _weights(snapshot)["arts"] == [0.5]
    assert _weights(snapshot)["overall"] == [1, 1, 1, 1]


def test_retractions_reach_all_topics_they_touch(place: Place) -> None:
    place.build()
    feed(place.log, "retractions", {"account": "x:d"})
    snapshot = place.build()
    assert snapshot.patched == ("t/news", "t/sport", "t/overall")
    assert _weights(snapshot) == {"news": [1], "sport": [1], "overall": [1, 1, 1]}
    feed(place.log, "retractions", {"event_id": "e2"})
    assert _weights(place.build()) == {"news": [1], "sport": [], "overall": [1, 1]}


def test_as_of_leaves_later_events_out(place: Place) -> None:
    place.build()
    snapshot = place.build(as_of=11 * DAY)
    assert _weights(snapshot) == {"news": [1], "sport": [1], "overall": [1, 1, 1]}
    assert place.build(as_of=11 * DAY).rebuilt == ()
    feed(place.log, "interactions", {"event_id": "e5", "topics": ["sport"], "actor": "x:f"})
    assert place.build().patched == ("t/sport", "t/overall")  # the look back left them in place


def test_half_life(place: Place) -> None:
    method = {"half_life_days": 1.0}
    feed(place.log, "interactions", {"event_id": "e0", "actor": "x:z", "at": None})
    snapshot = place.build(**method)
    assert _weights(snapshot) == {
        "news": [0.25, 0.5], "sport": [0.5, 0.5], "overall": [0.25, 0.5, 1, 0.125, 1],
    }  # fmt: skip
    assert place.build(**method).rebuilt == ()
    later = place.build(as_of=13 * DAY, **method)
    assert _weights(later)["news"] == [0.125, 0.25]
    assert later.reused == ("t/news", "t/sport")  # only overall has an event that does not fade
    assert (later.rebuilt, later.graphs["t/news"].weights.tolist()) == (
        ("t/overall",), snapshot.graphs["t/news"].weights.tolist(),
    )  # fmt: skip


def test_method_parameters_that_matter_rebuild_and_others_do_not(place: Place) -> None:
    place.build()
    assert place.build(damping=0.5, alpha=1.0, min_endorsers=9).rebuilt == ()
    assert len(place.build(weights={"RT": 2.0}).rebuilt) == 3
    assert len(place.build(endorsements=["like"]).rebuilt) == 3


def test_topics_that_are_gone_leave_the_disk(place: Place) -> None:
    """A folder of a topic that the log does not name, as a restored older log leaves behind."""
    old = place.ws.snapshots / "arts" / "0123"
    old.mkdir(parents=True)
    (old / "weights.npy").write_bytes(b"old")
    place.build()
    assert place.folders().keys() == {"news", "sport", "overall"}


def test_a_torn_folder_of_a_killed_build_is_removed(place: Place) -> None:
    torn = place.ws.snapshots / "news" / ".abc.tmp"
    torn.mkdir(parents=True)
    (torn / "weights.npy").write_bytes(b"half")
    place.build()
    assert not torn.exists()


def test_a_damaged_record_names_the_folder_to_remove(place: Place) -> None:
    place.build()
    (record,) = place.ws.snapshots.glob("news/*/plan.json")
    for text in ("", '{"stated": ', "7"):
        record.write_text(text, "utf-8")
        feed(place.log, "interactions", {**NEWS, "event_id": f"more{len(text)}"})
        with pytest.raises(InputError, match=r"cut short or damaged\. Remove the folder .*news"):
            place.build()


def test_follows_count_in_overall_where_the_job_lists_them(place: Place) -> None:
    feed(place.log, "exposure", {"actor": "x:q", "target": "x:b"})
    assert len(_weights(place.build())["overall"]) == 4
    listed = {"endorsements": ["retweet", "follow"], "weights": {"follow": 0.125}}
    weights = _weights(place.build(**listed))
    assert weights["overall"] == [1, 1, 1, 1, 0.125]
    assert weights["news"] == [1, 0.5]
    feed(place.log, "exposure", {"actor": "x:r", "target": "x:b"})
    assert place.build(**listed).rebuilt == ("t/overall",)


def test_names_that_cannot_be_keys_are_refused(place: Place) -> None:
    feed(place.log, "interactions", {"event_id": "e9", "topics": ["Overall"]})
    with pytest.raises(ConfigurationError, match=r"'Overall'.*no_topic"):
        place.build()


def test_names_that_no_file_system_takes(tmp_path: Path) -> None:
    place = Place(tmp_path)
    feed(place.log, "interactions", {"topics": ["long " * 90]}, {"event_id": "f", "topics": ["短"]})
    assert place.build().rebuilt == place.build().reused
    assert len(place.folders()) == 3
    assert max(len(name.encode()) for name in place.folders()) < 120


def test_an_empty_log(tmp_path: Path) -> None:
    snapshot = Place(tmp_path).build()
    assert {k: (g.n, g.m) for k, g in snapshot.graphs.items()} == {"t/overall": (0, 0)}


def test_many_topics_of_the_real_log_add_up(place: Place) -> None:
    """The shares of an event sum to 1: topics together weigh what overall does."""
    snapshot = place.build()
    topics = [sum(w) for name, w in _weights(snapshot).items() if name != "overall"]
    assert sum(topics) == sum(_weights(snapshot)["overall"]) - 1  # BARE has no topic
