"""The figures of the method pages, drawn anew.

    python docs/methods/figures/draw.py

Everything in them is computed here by the methods themselves; the growth of memory is read from
the table of its page. The same libraries give the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from graphengine.influence import ranking
from graphengine.plots.base import DASHES, GREYS, HATCHES, MARKERS, figure, panels, svg_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "main"]

HERE = Path(__file__).parent
FOUR = sp.csr_array(([2.0, 1, 1, 1, 3], ([0, 0, 1, 2, 3], [1, 2, 0, 1, 1])), shape=(4, 4))
KLEINBERG = "AB AC AD BC BD CD EB ED EF EH FG FI FH GH GI HI"
EXACT = 1e-13  # so that no digit drawn is in doubt


def _graph(edges: Mapping[tuple[int, int], float], n: int) -> sp.csr_array:
    ends = np.array(list(edges)).T
    return sp.csr_array((list(edges.values()), (ends[0], ends[1])), shape=(n, n))


def _lines(axes: Axes, x: Any, series: Mapping[str, Any], *, mark: bool = False) -> None:
    for number, (name, y) in enumerate(series.items()):
        axes.plot(
            x, y, DASHES[number % len(DASHES)], color=GREYS[number // len(DASHES)], label=name,
            marker=MARKERS[number] if mark else None, markersize=4, linewidth=1.4,
        )  # fmt: skip
    axes.legend(frameon=False, fontsize=8)


def _bars(axes: Axes, names: Sequence[str], series: Mapping[str, Any]) -> None:
    width = 0.8 / len(series)
    for number, (name, y) in enumerate(series.items()):
        at = np.arange(len(names)) + (number - (len(series) - 1) / 2) * width
        axes.bar(
            at, y, width, label=name, color=GREYS[-1 - number], edgecolor="0.0",
            hatch=HATCHES[number], linewidth=0.8,
        )  # fmt: skip
    axes.set_xticks(range(len(names)), names)
    if len(series) > 1:
        axes.legend(frameon=False, fontsize=8)


def _named(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)


def pagerank() -> Figure:
    """The four people of the example by damping."""
    fig, axes = figure(6, 3.2)
    damping = np.linspace(0.02, 0.98, 49)
    found = np.array([ranking.pagerank(FOUR, damping=d, tolerance=1e-12).value for d in damping])
    _lines(axes, damping, {f"person {i}": found[:, i] for i in range(4)})
    _named(axes, "damping", "share of the surfer's time")
    return fig


def first_visit_reach() -> Figure:
    """Two friends who give each other more and more of their attention; two endorse the first."""
    share = np.linspace(0.0, 1.0, 41)
    visits, reach = [], []
    for s in share:
        edges = {(0, 1): s, (1, 0): s, (0, 2): 1 - s, (1, 2): 1 - s, (3, 0): 1.0, (4, 0): 1.0}
        P = _graph({pair: w for pair, w in edges.items() if w > 0}, 5)
        visits.append(ranking.trail_visits(P, tolerance=EXACT).value[0])
        reach.append(ranking.first_visit_reach(P, tolerance=EXACT).value[0])
    fig, axes = figure(6, 3.2)
    _lines(axes, share, {"trail visits": visits, "first-visit reach": reach})
    axes.set_ylim(0, None)
    _named(axes, "share of attention that two friends give each other", "of the first friend")
    return fig


def time_decay() -> Figure:
    """What saturation passes on of a weight, and of an aging one."""
    fig, ((left, right),) = panels(1, 2, width=7, height=3.2)
    weight = np.linspace(0.0, 20.0, 81)
    passed = {f"α = {a:g}, κ = 1": weight**a / (1 + weight**a) for a in (1.0, 0.5)}
    _lines(left, weight, passed)
    _named(left, "weight, all to one person", "share passed on")
    age = np.linspace(0.0, 8.0, 81)
    faded = 4.0 * 0.5**age
    _lines(right, age, {"κ = 0": np.ones_like(age), "κ = 1": faded / (1 + faded)})
    _named(right, "half-lives since the last reaction", "share passed on (weight 4 at first)")
    for axes in (left, right):
        axes.set_ylim(0, 1.05)
    return fig


def article_rank() -> Figure:
    """What somebody passes on in all, by how many one endorses; the mean is 4."""
    fig, axes = figure(6, 3.2)
    number = np.arange(1, 41)
    _lines(axes, number, {"PageRank": np.ones(40), "ArticleRank": number / (number + 4.0)})
    axes.set_ylim(0, 1.05)
    _named(axes, "people whom one endorses (the mean is 4)", "share passed on")
    return fig


def katz() -> Figure:
    """The four people of the example by α; ρ is 1.33."""
    fig, axes = figure(6, 3.2)
    most = 1.0 / float(np.abs(np.linalg.eigvals(FOUR.toarray())).max())
    alpha = most * np.linspace(0.01, 0.97, 49)
    found = np.array([ranking.katz(FOUR, alpha=a, tolerance=1e-10).value for a in alpha])
    _lines(axes, alpha, {f"person {i}": found[:, i] for i in range(4)})
    axes.axvline(most, color=GREYS[2], linewidth=0.8)
    axes.annotate("1/ρ", (most, 2), textcoords="offset points", xytext=(-18, 0), fontsize=8)
    axes.set_yscale("log")
    _named(axes, "α", "score")
    return fig


def hits() -> Figure:
    """Kleinberg's small graph: everyone as hub and as authority."""
    fig, axes = figure(5, 3.4)
    W = _graph({(ord(u) - 65, ord(v) - 65): 1.0 for u, v in KLEINBERG.split()}, 9)
    found = ranking.hits(W)
    axes.scatter(found.authorities, found.hubs, color="0.0", s=16)
    for name, x, y in zip("ABCDEFGHI", found.authorities, found.hubs, strict=True):
        axes.annotate(name, (x, y), textcoords="offset points", xytext=(5, 3), fontsize=9)
    _named(axes, "authority", "hub")
    return fig


def eigenvector() -> Figure:
    """Two communities of three, joined by a thread; the second one's ties grow."""
    fig, axes = figure(6, 3.2)
    ties = np.linspace(0.5, 1.5, 42)  # not 1: there nobody leads
    shares: dict[str, list[float]] = {"eigenvector": [], "PageRank": []}
    for t in ties:
        first = {(i, j): 1.0 for i in range(3) for j in range(3) if i != j}
        second = {(i + 3, j + 3): float(t) for i, j in first}
        W = _graph({**first, **second, (0, 3): 0.01, (3, 0): 0.01}, 6)
        for name, value in (
            ("eigenvector", ranking.eigenvector(W).value),
            ("PageRank", ranking.pagerank(W, tolerance=1e-12).value),
        ):
            shares[name].append(float(value[3:].sum() / value.sum()))
    _lines(axes, ties, shares)
    axes.set_ylim(-0.02, 1.02)
    _named(axes, "ties in the second community (1 in the first)", "its share of all scores")
    return fig


def personalised() -> Figure:
    """The four people of the example as person 0 and as person 3 see them."""
    fig, axes = figure(6, 3.2)
    answers = ranking.personalised(FOUR, ranking.one_person_each([0, 3], n=4))
    seen = {f"from person {s}": a.value for s, a in zip((0, 3), answers, strict=True)}
    _bars(axes, [f"person {i}" for i in range(4)], seen)
    _named(axes, "", "share of the surfer's time")
    return fig


def trust() -> Figure:
    """A farm of three accounts around x, who bought them; g and h are trusted."""
    names = ["g", "h", "x", "farm 1", "farm 2", "farm 3"]
    edges = {(0, 1): 1.0, (1, 0): 1, (0, 2): 1, (3, 2): 1, (4, 2): 1, (5, 2): 1, (2, 0): 1}
    W = _graph(edges, 6)
    found = ranking.spam_mass(W, [0, 1], tolerance=1e-10)
    visits = found.visits.value
    fig, axes = figure(6, 3.2)
    _bars(axes, names, {"all visits": visits, "from the trusted": visits * (1 - found.value)})
    for i, mass in enumerate(found.value):
        axes.annotate(
            f"{mass:.2f}", (i, visits[i]), ha="center", textcoords="offset points",
            xytext=(0, 4), fontsize=8,
        )  # fmt: skip
    axes.margins(y=0.12)
    _named(axes, "(above each: spam mass)", "visits")
    return fig


def contributions() -> Figure:
    """Who makes up the PageRank of each person of the example, one upon the other."""
    fig, axes = figure(6, 3.2)
    parts = [ranking.contributions(FOUR, x, tolerance=1e-12).value for x in range(4)]
    below = np.zeros(4)
    for giver, shade in enumerate(GREYS[::-1]):
        height = np.array([part[giver] for part in parts])
        axes.bar(
            range(4), height, 0.6, bottom=below, color=shade, edgecolor="0.0", linewidth=0.8,
            label=f"person {giver}",
        )  # fmt: skip
        below += height
    axes.set_xticks(range(4), [f"person {i}" for i in range(4)])
    axes.legend(frameon=False, fontsize=8, title="made up by", title_fontsize=8)
    _named(axes, "", "PageRank")
    return fig


def topic_sensitive() -> Figure:
    """TwitterRank of the four people of the example on the two topics they write about."""
    fig, axes = figure(6, 3.2)
    counts = [[6, 4], [5, 15], [24, 6], [1, 1]]
    names = ("sport", "news")
    found = {name: ranking.twitterrank(FOUR, counts, t).value for t, name in enumerate(names)}
    _bars(axes, [f"person {i}" for i in range(4)], found)
    _named(axes, "", "TwitterRank")
    return fig


def memory() -> Figure:
    """Bytes an edge by the number of edges, as the page has them."""
    rows = []
    for line in (HERE.parent / "memory.md").read_text("utf-8").splitlines():
        cells = [cell.strip().replace(",", "") for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0].isdigit():
            rows.append([float(cell) for cell in cells[:6]])
    table = np.array(rows)
    fig, axes = figure(6, 3.2)
    names = ("structure", "build: peak", "solve: peak, structure included")
    _lines(axes, table[:, 0], dict(zip(names, table[:, 3:6].T, strict=True)), mark=True)
    axes.set_xscale("log")
    axes.set_ylim(0, None)
    _named(axes, "edges read", "bytes an edge")
    return fig


FIGURES: dict[str, Callable[[], Figure]] = {
    "article-rank": article_rank,
    "contributions": contributions,
    "eigenvector": eigenvector,
    "first-visit-reach": first_visit_reach,
    "hits": hits,
    "katz": katz,
    "memory": memory,
    "pagerank": pagerank,
    "personalised": personalised,
    "time-decay": time_decay,
    "topic-sensitive": topic_sensitive,
    "trust": trust,
}


def main() -> None:
    """Write every figure beside this file."""
    for name, draw in FIGURES.items():
        (HERE / f"{name}.svg").write_text(svg_of(draw()), "utf-8")


if __name__ == "__main__":
    main()
