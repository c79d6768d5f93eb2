"""Many topics over one table: each topic as if it were alone, whatever the threads."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.influence.ranking import pagerank, topics
from graphengine.influence.ranking.topics import TopicTable, pagerank_topics

COUNT, NODES = 5, 90


def _columns(m: int = 2_000) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(8)
    topic = random.integers(0, COUNT, m)
    topic[topic == 3] = 4  # a topic without an edge
    u, v = NODES // 2 + random.integers(0, NODES // 2, m), random.integers(0, NODES, m)
    return topic, u, v, random.integers(1, 4, m)


@pytest.mark.parametrize("kind", ["none", "whole", "large", "fractions"])
def test_each_topic_as_if_it_were_alone(kind: str) -> None:
    topic, u, v, w = _columns()
    weights = {"none": None, "whole": w, "large": w * 70_000, "fractions": w / 7}[kind]
    table = TopicTable(topic, u, v, weights)
    found = pagerank_topics(table, tolerance=1e-12)
    assert table.sizes.tolist() == np.bincount(topic, minlength=COUNT).tolist()
    for k, ranked in enumerate(found):
        ours = (topic == k) & (u != v)
        ids = np.unique(np.concatenate([u[ours], v[ours]]))
        assert sorted(ranked.people) == ids.tolist()
        given = np.ones(int(ours.sum())) if weights is None else weights[ours]
        places = tuple(
            np.searchsorted(ranked.people[np.argsort(ranked.people)], a[ours]) for a in (u, v)
        )
        W = sp.csr_array((given, places), shape=(len(ids), len(ids)))
        alone = pagerank(W, tolerance=1e-12).value
        assert ranked.solution.error_bound <= 1e-12
        value = ranked.solution.value[np.argsort(ranked.people)]
        assert np.abs(value - alone).sum() <= 2e-12


def test_threads_change_no_bit() -> None:
    table = TopicTable(*_columns())
    one, two = (pagerank_topics(table, threads=n) for n in (1, 3))
    for a, b in zip(one, two, strict=True):
        assert a.people.tobytes() == b.people.tobytes()
        assert a.solution.value.tobytes() == b.solution.value.tobytes()


@pytest.mark.parametrize("weighted", [False, True])
def test_ids_of_any_size(weighted: bool) -> None:
    topic, u, v, w = _columns(300)
    spread = np.unique(np.random.default_rng(1).integers(0, 1 << 25, NODES))
    weights = w if weighted else None
    small = pagerank_topics(TopicTable(topic, u, v, weights))
    large = pagerank_topics(TopicTable(topic, spread[u], spread[v], weights))
    for a, b in zip(small, large, strict=True):
        by_id, far = np.argsort(a.people), np.argsort(b.people)
        assert spread[a.people[by_id]].tolist() == b.people[far].tolist()
        moved = np.abs(a.solution.value[by_id] - b.solution.value[far]).sum()
        assert moved <= 2e-9


def test_what_is_left_to_the_slow_way_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = _columns()
    packed = pagerank_topics(TopicTable(*columns))
    monkeypatch.setattr(topics, "_HALF", 4)  # no id fits: every entry is looked at
    exact = pagerank_topics(TopicTable(*columns))
    monkeypatch.setattr(topics, "_WORD", 0)  # nor does a weight go with a place
    monkeypatch.setattr(topics, "_APART", 32)
    apart = pagerank_topics(TopicTable(*columns))
    for a, b, c in zip(packed, exact, apart, strict=True):
        assert a.people.tobytes() == b.people.tobytes() == c.people.tobytes()
        assert a.solution.value.tobytes() == b.solution.value.tobytes()
        assert a.solution.value.tobytes() == c.solution.value.tobytes()


def test_the_structure_keeps_its_promises() -> None:
    topic, u, v, w = _columns()
    people, s = TopicTable(topic, u, v, w).structure(0)
    W = np.zeros((NODES, NODES))
    ours = (topic == 0) & (u != v)
    np.add.at(W, (u[ours], v[ours]), w[ours])
    assert s.weights is not None
    held = np.zeros((NODES, NODES))
    for t in range(s.n):
        row = slice(int(s.indptr[t]), int(s.indptr[t + 1]))
        assert (np.diff(s.indices[row].astype(int)) > 0).all()
        held[people[s.order[s.indices[row]]], people[s.order[t]]] = s.weights[row]
    assert (held == W).all()
    gives, gets = W.sum(axis=1)[people[s.order]] > 0, W.sum(axis=0)[people[s.order]] > 0
    assert (gives & gets)[: s.core].all()
    assert not (gives & gets)[s.core :].any()


def test_bad_columns_are_refused() -> None:
    for columns, match in (
        (([0], [1], [2, 3]), "lengths differ"),
        (([0], [-1], [2]), "whole numbers"),
        (([0.5], [1], [2]), "whole numbers"),
        (([0], [1], [2**32]), "renumber"),
        (([0], [1], [2], [np.nan]), "finite"),
        (([0], [1], [2], [0.0]), "finite"),
    ):
        with pytest.raises(ValueError, match=match):
            TopicTable(*columns)
    assert pagerank_topics(TopicTable([], [], [])) == []
