"""The loops that draw the sets of several topics, beside what they say in plain words."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.diffusion.graph import DiffusionGraph, diffusion_graph
from graphengine.influence.diffusion.topic_sampling import TopicSampler
from graphengine.influence.diffusion.topic_tables import FEW, topic_cascade_tables
from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.row_masks import ROW, above, same
from graphengine.influence.kernels.topic_cover import leading, least_of
from graphengine.influence.kernels.topic_turns import _live_topics

TWO31 = float(1 << 31)


@compiled
def masks(rows: np.ndarray, half: np.uint16, out: np.ndarray) -> None:
    for e in range(np.uint64(rows.shape[0])):
        out[e, 0] = above(rows, e, half)
        out[e, 1] = same(rows, e, half)


@pytest.mark.parametrize("half", [0, 1, 255, 256, 32_767, 32_768, 65_535])
def test_masks_say_which_numbers_are_above_and_the_same(half: int) -> None:
    some = [0, 1, 2, 255, 256, 32_767, 32_768, 65_534, 65_535]
    rows = np.random.default_rng(1).choice(some, (50, ROW)).astype(np.uint16)
    found = np.zeros((50, 2), np.uint32)
    masks(rows, np.uint16(half), found)
    for e in range(50):
        larger, equal = (sum(1 << t for t in np.flatnonzero(x)) for x in
                         (rows[e] > half, rows[e] == half))  # fmt: skip
        assert found[e].tolist() == [larger, equal]
        plain = [f(rows, np.uint64(e), np.uint16(half)) for f in (above, same)]
        assert [int(mask) for mask in plain] == [larger, equal]


def topics_of(*, share: float, alike: bool, topics: int = 9) -> list[DiffusionGraph]:
    rng, n = np.random.default_rng(4), 40
    u, v = rng.integers(0, n, 300), rng.integers(0, n, 300)
    graphs = []
    for _ in range(topics):
        p = np.where(rng.random(300) < share, rng.random(300) ** 3, 0.0)
        p[rng.random(300) < 0.1 * share] = 1.0
        kept = np.ones(300, bool) if alike else p > 0.0
        drawn = u[kept], v[kept], p[kept]
        graphs.append(diffusion_graph(*drawn, n=n, parallel="independent"))
    return graphs


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("share", [1.0, 0.6, 1.0 / (2 * FEW)])
def test_tables_hold_the_probability_of_every_edge_and_topic(share: float, alike: bool) -> None:
    graphs = topics_of(share=share, alike=alike)
    (head, edges, table, further), (high, low, pairs) = topic_cascade_tables(graphs, threads=3)
    assert (high.size > 0) == (share > 1.0 / FEW)
    whole = [{} for _ in graphs]  # type: ignore[var-annotated]
    for g, graph in enumerate(graphs):
        ends = zip(graph.indices.tolist(), graph.targets().tolist(), strict=True)
        whole[g] = dict(zip(ends, graph.probability.tolist(), strict=True))
    checked = 0
    for v in range(40):
        group = v
        while True:
            start, row = int(head[group]) >> 32, int(head[group]) & 0xFFFFFFFF
            info, none_live = int(table[row - 1]), 1.0 - float(table[row]) / 2.0**63
            size = info & 0xFFFFFFFF
            chance = 1.0 - none_live ** (1.0 / size) if size else 0.0
            for e in range(start, start + size):
                u = int(edges[e]) & 0xFFFFFFFF
                word, part = int(edges[e]), np.zeros(len(graphs))
                if high.size:
                    coins = (high[e, : len(graphs)].astype(np.int64) << 16) + low[e]
                    part = coins / TWO31
                    assert word >> 48 == coins.min() >> 16
                    assert word >> 32 & 0xFFFF == coins.max() >> 16
                else:
                    for pair in pairs[word >> 32 : int(edges[e + 1]) >> 32].tolist():
                        part[pair & 31] = (pair >> 8) / TWO31
                for t in range(len(graphs)):
                    true = whole[t].get((u, v), 0.0)
                    assert part[t] * chance == pytest.approx(true, rel=1e-9, abs=1e-9)
                    checked += true > 0.0
            if not info >> 32 & 1:
                break
            group = int(further[group])
    assert checked == sum(int(np.count_nonzero(g.probability)) for g in graphs)


@pytest.mark.parametrize("floor", [0, 2, 5, 9])
def test_who_leads_in_some_topic_or_is_not_allowed_everywhere(floor: int) -> None:
    rng = np.random.default_rng(6)
    count = rng.integers(0, 8, (53, 5)).astype(np.uint32)
    count[rng.random(53) < 0.4] //= 3
    everywhere = rng.random(53) < 0.9
    people, own, beyond = leading(count, everywhere, np.uint32(floor))
    kept = (count.max(axis=1) >= floor) | ~everywhere
    assert people.tolist() == np.flatnonzero(kept).tolist()
    assert np.array_equal(own, count[kept].T)
    assert beyond.tolist() == count[~kept].max(axis=0, initial=0).tolist()
    assert np.array_equal(least_of(count), count.min(axis=1))


@pytest.mark.parametrize("share", [1.0, 1.0 / (2 * FEW)])
def test_an_edge_is_live_in_the_topics_whose_chance_is_above_the_coin(share: float) -> None:
    (_, edges, _, _), chances = topic_cascade_tables(topics_of(share=share, alike=True))
    high, low, pairs = chances
    for e in range(0, edges.size - 1, 7):
        held = dict.fromkeys(range(9), 0)
        if high.size:
            held = {t: (int(high[e, t]) << 16) + int(low[e, t]) for t in held}
        else:
            some = pairs[int(edges[e]) >> 32 : int(edges[e + 1]) >> 32].tolist()
            held |= {pair & 31: pair >> 8 for pair in some}
        near = {c + d for c in held.values() for d in (-65_536, -1, 0, 1, 65_536)}
        for coin in (c for c in near if 0 <= c < 1 << 31):
            for asked in (0x1FF, 0b1_0110):
                live = sum(1 << t for t, c in held.items() if coin < c and asked >> t & 1)
                given = np.uint64(e), np.uint64(coin), np.uint32(asked)
                assert int(_live_topics(edges, chances, *given)) == live


def test_sure_edges_are_reachability_in_each_topic() -> None:
    chain = diffusion_graph([0, 1, 2, 3], [1, 2, 3, 4], [1.0, 1.0, 1.0, 1.0], n=5)
    broken = diffusion_graph([0, 1, 3], [1, 2, 4], [1.0, 1.0, 1.0], n=5)
    sampler, seen = TopicSampler([chain, broken], random_state=3), set()
    for chunk in sampler.draw(500):
        for a, z in zip(chunk.first[:-1].tolist(), chunk.first[1:].tolist(), strict=True):
            root = int(chunk.people[a])
            held = dict(zip(chunk.people[a:z].tolist(), chunk.bits[a:z].tolist(), strict=True))
            below = dict.fromkeys(range(root + 1), 1)
            below |= dict.fromkeys(range(0 if root < 3 else 3, root + 1), 3)
            assert held == below
            seen.add(root)
    assert seen == set(range(5))
