"""The loops that draw the sets of several topics, beside what they say in plain words."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.diffusion.graph import DiffusionGraph, diffusion_graph
from graphengine.influence.diffusion.topic_sampling import TopicSampler
from graphengine.influence.diffusion.topic_tables import FEW, topic_cascade_tables
from graphengine.influence.kernels.byte_masks import ROW, bytes_above, bytes_equal
from graphengine.influence.kernels.compiled import compiled

TWO56 = float(1 << 56)


@compiled
def masks(rows: np.ndarray, byte: np.uint8, out: np.ndarray) -> None:
    for e in range(np.uint64(rows.shape[0])):
        out[e, 0] = bytes_above(rows, e, byte)
        out[e, 1] = bytes_equal(rows, e, byte)


@pytest.mark.parametrize("byte", [0, 1, 127, 128, 255])
def test_masks_say_which_bytes_are_above_and_the_same(byte: int) -> None:
    rows = np.random.default_rng(1).choice([0, 1, 126, 127, 128, 254, 255], (50, ROW))
    rows, found = rows.astype(np.uint8), np.zeros((50, 2), np.uint32)
    masks(rows, np.uint8(byte), found)
    for e in range(50):
        above, equal = (sum(1 << t for t in np.flatnonzero(x)) for x in
                        (rows[e] > byte, rows[e] == byte))  # fmt: skip
        assert found[e].tolist() == [above, equal]
        plain = bytes_above(rows, np.uint64(e), np.uint8(byte))
        assert (int(plain), int(bytes_equal(rows, np.uint64(e), np.uint8(byte)))) == (above, equal)


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
@pytest.mark.parametrize("share", [1.0, 1.0 / (2 * FEW)])
def test_tables_hold_the_probability_of_every_edge_and_topic(share: float, alike: bool) -> None:
    graphs = topics_of(share=share, alike=alike)
    (head, edges, table, further), (high, low, pairs) = topic_cascade_tables(graphs)
    assert (high.size > 0) == (share == 1.0)
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
                part = np.zeros(len(graphs))
                if high.size:
                    part = (high[e, : len(graphs)] + low[e].astype(float)) / 256.0
                    least = (int(edges[e]) >> 32) / 2.0**32
                    assert part.min() - 2.0**-31 <= least <= part.min() + 1e-7
                else:
                    for pair in pairs[int(edges[e]) >> 32 : int(edges[e + 1]) >> 32].tolist():
                        part[pair & 31] = ((pair >> 8) + 1) / TWO56
                for t in range(len(graphs)):
                    true = whole[t].get((u, v), 0.0)
                    assert part[t] * chance == pytest.approx(true, rel=1e-6, abs=1e-9)
                    checked += true > 0.0
            if not info >> 32 & 1:
                break
            group = int(further[group])
    assert checked == sum(int(np.count_nonzero(g.probability)) for g in graphs)


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
