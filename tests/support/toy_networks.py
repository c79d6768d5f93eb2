"""The small networks of the literature whose answers are known."""

from __future__ import annotations

import scipy.sparse as sp

__all__ = ["LANGVILLE_MEYER", "WEB", "farm", "matrix", "spam_toy", "web_graph"]

WEB = ["Home", "About", "Product", "Links", "A", "B", "C", "D"]


def matrix(names: list[str], edges: dict[tuple[str, str], float]) -> sp.csr_array:
    """W with row = endorser, by the order of ``names``."""
    place = {name: i for i, name in enumerate(names)}
    row, column = [place[u] for u, _ in edges], [place[v] for _, v in edges]
    return sp.csr_array((list(edges.values()), (row, column)), shape=(len(names),) * 2, dtype=float)


def web_graph(*, weighted: bool) -> sp.csr_array:
    edges = {("Home", "About"): 0.2, ("Home", "Links"): 0.2, ("Home", "Product"): 0.6}
    edges |= {(page, "Home"): 1.0 for page in ("About", "Product", "A", "B", "C", "D")}
    edges |= {("Links", "Home"): 0.8} | {("Links", page): 0.05 for page in "ABCD"}
    return matrix(WEB, edges if weighted else dict.fromkeys(edges, 1.0))


LANGVILLE_MEYER = matrix(
    list("123456"),
    dict.fromkeys(["12", "13", "31", "32", "35", "45", "46", "54", "56", "64"], 1.0),
)


def farm(bots: int) -> sp.csr_array:
    """g → t, g → o, o → g and bots ↔ t; the order is g, t, o, bots."""
    names = ["g", "t", "o", *(f"b{i}" for i in range(bots))]
    edges = [("g", "t"), ("g", "o"), ("o", "g")]
    edges += [pair for i in range(bots) for pair in ((f"b{i}", "t"), ("t", f"b{i}"))]
    return matrix(names, dict.fromkeys(edges, 1.0))


def spam_toy() -> sp.csr_array:
    """g1 ↔ g2, g1 → x, s1..s3 → x, x → g1; the order is g1, g2, x, s1, s2, s3."""
    edges = [("g1", "g2"), ("g2", "g1"), ("g1", "x"), ("x", "g1")]
    edges += [(f"s{i}", "x") for i in (1, 2, 3)]
    return matrix(["g1", "g2", "x", "s1", "s2", "s3"], dict.fromkeys(edges, 1.0))
