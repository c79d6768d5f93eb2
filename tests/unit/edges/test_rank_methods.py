"""Every method by its name: the values of the literature, by ids, with a certificate."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import graphengine
from graphengine.edges import METHODS, estimate, refuse_if_too_large
from graphengine.edges import memory as memory_room
from graphengine.errors import InputError

WEB = [
    ("Home", "About"), ("Home", "Product"), ("Home", "Links"), ("About", "Home"),
    ("Product", "Home"), ("Links", "Home"), ("Links", "A"), ("Links", "B"), ("Links", "C"),
    ("Links", "D"), ("A", "Home"), ("B", "Home"), ("C", "Home"), ("D", "Home"),
]  # fmt: skip
KLEINBERG = "AB AC AD BC BD CD EB ED EF EH FG FI FH GH GI HI"


def _by_id(ranking: graphengine.Ranking) -> dict[str, float]:
    return dict(zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True))


def test_pagerank_and_its_relatives_on_the_web_graph() -> None:
    found = _by_id(graphengine.rank(WEB, tolerance=1e-12))
    assert 8 * found["Home"] == pytest.approx(3.3524804178, abs=1e-9)
    assert 8 * found["D"] == pytest.approx(0.3369778068, abs=1e-9)
    found = _by_id(graphengine.rank(WEB, "article_rank", tolerance=1e-12))
    assert found["Home"] == pytest.approx(0.5607073697, abs=1e-9)
    found = _by_id(graphengine.rank(WEB, "first-visit-reach", alpha=1.0, kappa=0.0))
    assert found["Links"] == pytest.approx(4.3344051447, abs=1e-7)
    found = _by_id(graphengine.rank(WEB, "personalised", seeds="A", tolerance=1e-12))
    assert found["Home"] * 0.15 / found["B"] == pytest.approx(
        0.4161227154 * 0.15 / 0.0200432441, rel=1e-6
    )
    contributed = graphengine.rank(WEB, "contributions", seeds=["Home"])
    assert 8 * _by_id(contributed)["Links"] == pytest.approx(0.366188, abs=1e-5)


def test_hits_has_hubs_beside_authorities_and_a_gap_instead_of_a_bound() -> None:
    ranking = graphengine.rank([tuple(e) for e in KLEINBERG.split()], "hits")
    assert ranking.error_bound is None
    assert 0 < ranking.facts["gap"] < 1
    top = ranking.top(1)
    assert top.columns == ["rank", "id", "score", "hub"]
    assert top.row(0)[:2] == (1, "D")
    assert ranking.columns["hub"][4] == pytest.approx(0.64068102, abs=1e-6)


def test_trust_and_spam_by_ids() -> None:
    farm = [
        ("g1", "g2"),
        ("g2", "g1"),
        ("g1", "x"),
        ("s1", "x"),
        ("s2", "x"),
        ("s3", "x"),
        ("x", "g1"),
    ]
    found = _by_id(graphengine.rank(farm, "spam-mass", seeds=["g1", "g2"], tolerance=1e-10))
    assert found["x"] == pytest.approx(1 - 0.07083333 / 0.27511824, abs=1e-6)
    assert found["s2"] == 1.0
    trusted = _by_id(graphengine.rank(farm, "trust-rank", seeds=pl.DataFrame({"id": ["g1"]})))
    assert trusted["s1"] == 0.0


def test_twitterrank_takes_counts_by_topic_and_id() -> None:
    follows = [(0, 1), (0, 2), (1, 2), (2, 0)]
    topics = {"a": {0: 6, 1: 5, 2: 24}, "b": {0: 4, 1: 15, 2: 6}}
    frame = pl.DataFrame(
        [(who, topic, count) for topic, counts in topics.items() for who, count in counts.items()],
        schema=["id", "topic", "weight"], orient="row",
    )  # fmt: skip
    for given in (topics, frame):
        found = graphengine.rank(follows, "twitterrank", topics=given, topic="a")
        assert found.scores.tolist() == pytest.approx([0.15220881, 0.05506672, 0.18602136])
    restarted = graphengine.rank(follows, "topic-sensitive", topics=topics, topic="a")
    assert np.array_equal(restarted.scores, graphengine.rank(follows, restart=topics["a"]).scores)


def test_several_seeds_have_a_column_each_and_the_score_is_their_mean() -> None:
    ranking = graphengine.rank([(1, 2), (2, 3), (3, 1)], "personalised", seeds=[1, 3])
    alone = [graphengine.rank([(1, 2), (2, 3), (3, 1)], "personalised", seeds=s) for s in (1, 3)]
    assert list(ranking.columns) == ["from 1", "from 3"]
    assert np.allclose(ranking.scores, (alone[0].scores + alone[1].scores) / 2)


def test_a_warm_start_saves_sweeps_and_may_know_people_who_left() -> None:
    rng = np.random.default_rng(7)
    edges = rng.integers(0, 400, size=(3000, 2))
    cold = graphengine.rank(edges, tolerance=1e-10)
    later = np.vstack([edges[edges.max(axis=1) < 399], [[500, 3]]])
    warm, full = (graphengine.rank(later, tolerance=1e-10, start=s) for s in (cold, None))
    assert np.abs(warm.scores - full.scores).sum() <= 2e-10
    assert graphengine.rank(edges, tolerance=1e-10, start=cold).sweeps == 0


def test_an_exact_number_of_sweeps() -> None:
    ranking = graphengine.rank([(0, 1)], sweeps=1)
    assert ranking.scores.tolist() == pytest.approx([0.2875, 0.7125])
    assert ranking.sweeps == 1


def test_equal_scores_keep_the_order_of_the_ids() -> None:
    assert graphengine.rank([(5, 9), (9, 5), (7, 5)], "in-strength").top(2)["id"].to_list() == [
        5,
        9,
    ]
    assert len(graphengine.rank([(5, 9)]).top(0)) == 0


@pytest.mark.parametrize("method", METHODS)
def test_order_of_edges_and_names_of_ids_change_nothing(method: str) -> None:
    rng = np.random.default_rng(3)
    edges = np.vstack([rng.integers(0, 30, size=(120, 2)), [[i, (i + 1) % 30] for i in range(30)]])
    more = {"tolerance": 1e-12} if "tolerance" in METHODS[method].takes else {}
    more |= {"seeds": 4} if "seeds" in METHODS[method].takes else {}
    words = dict(more, seeds="p04") if "seeds" in more else dict(more)
    if "topic" in METHODS[method].takes:
        more |= {"topics": {"t": {i: i + 1 for i in range(30)}}, "topic": "t"}
        words |= {"topics": {"t": {f"p{i:02}": i + 1 for i in range(30)}}, "topic": "t"}
    one = graphengine.rank(edges, method, **more)
    named = [(f"p{u:02}", f"p{v:02}") for u, v in edges[rng.permutation(len(edges))].tolist()]
    other = graphengine.rank(named, method, **words)
    scale = np.abs(one.scores).sum()
    assert np.abs(one.scores - other.scores).sum() <= 1e-8 * scale
    assert one.edges == 150


def test_too_little_memory_is_refused_with_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = estimate(1_000_000, 16_000_000, cost="solve")
    assert needed.structure < needed.peak
    with pytest.raises(InputError, match=r"about 16,000,000 edges .* up to .* GiB .* may be used"):
        refuse_if_too_large(needed, memory=2**30)
    refuse_if_too_large(needed, memory=needed.peak)
    monkeypatch.setattr(memory_room, "available", lambda: 100)
    with pytest.raises(InputError, match="100 bytes may be used"):
        graphengine.rank([(1, 2)])


def test_the_limits_of_the_process_count(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    free = memory_room.available()
    assert free is not None
    assert free > 10_000
    held = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    limits = {resource.RLIMIT_AS: held + 10_000, resource.RLIMIT_DATA: resource.RLIM_INFINITY}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (limits[kind], limits[kind]))
    left = memory_room.available()
    assert left is not None
    assert left < free
    limits[resource.RLIMIT_DATA] = 0
    assert memory_room.available() == 0


def test_importing_the_package_imports_no_library() -> None:
    code = (
        "import sys, graphengine\n"
        "print(sorted({'numpy', 'scipy', 'polars', 'numba', 'pyarrow'} & set(sys.modules)))\n"
        "print(graphengine.rank([(1, 2)]).ids.tolist(), sorted(dir(graphengine)))\n"
        "print(sorted({'pandas', 'networkx'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [
        "[]", "[1, 2] ['Ranking', '__version__', 'rank']", "[]",
    ]  # fmt: skip


def test_what_the_package_does_not_offer() -> None:
    with pytest.raises(AttributeError, match="no attribute 'ranks'"):
        _ = graphengine.ranks
