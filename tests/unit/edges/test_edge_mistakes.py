"""What cannot be ranked: each mistake is named by what came, what was needed, what to change."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp

import graphengine
from graphengine.edges import read_edges
from graphengine.errors import InputError, NotConvergedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

PAIR = [(1, 2, 1.0), (2, 1, 1.0)]
HEAD = "%%MatrixMarket matrix coordinate "


@pytest.mark.parametrize(
    ("edges", "says"),
    [
        ([(1, 2, 1.0), (2, 5, -1.0)], r"from 2 to 5 \(number 2\) has the weight -1"),
        ([(1, 2, float("nan")), (1, 3, float("nan"))], r"number 1, the first of 2 such\).* nan"),
        ([(1, 2, float("inf"))], "has the weight inf"),
        ([(1, 2, 1e308), (1, 3, 1e308)], "add up to more than 64-bit numbers hold"),
        ([(1, 2, None)], "weight of edge 1 is missing"),
        ([(1, 2, "much")], "weight column holds String"),
        ([], "graph is empty"),
        (np.zeros((0, 2), int), "graph is empty"),
        ([(1, None)], "target of edge 1 is missing"),
        ([(1.5, 2.0)], r"source of edge 1 is 1\.5"),
        ([(1, "a"), ("b", 2)], "source column cannot be used"),
        (["ab", "bc"], "Row 1 of the edges is 'ab'. A row is a pair"),
        ([(1, 2), 3], "Row 2 of the edges is 3"),
        ([(1, 2), (1, 2, 3.0)], "rows of the edges have 2, 3 entries"),
        ((np.arange(3), np.arange(2)), "have 2 and 3 entries"),
        (np.zeros((3, 4)), r"shape \(3, 4\)"),
        ((np.zeros((2, 2), int), np.zeros(2, int)), r"source column has the shape \(2, 2\)"),
        (sp.csr_array((2, 3)), r"shape \(2, 3\).*as many rows as columns"),
        (sp.csr_array(np.array([[1j, 0], [0, 0]])), "holds complex128"),
        (7, "Edges came as int"),
        (pl.DataFrame({"a": [1], "to": [2]}), 'no column called source. It has: "a", "to"'),
        (pl.DataFrame({"source": [1], "target": [[2]]}), r"target column holds List"),
    ],
    ids=str,
)
def test_edges(edges: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        graphengine.rank(edges)


def test_ids_out_of_range() -> None:
    with pytest.raises(InputError, match="An edge names 7, and nodes names 4 people, 0 to 3"):
        graphengine.rank([(0, 7)], nodes=4)
    with pytest.raises(InputError, match=r"'d'.*3 people"):
        graphengine.rank([("a", "d")], nodes=["a", "b", "c"])
    with pytest.raises(InputError, match="people by text and nodes by numbers"):
        graphengine.rank([("a", "d")], nodes=4)
    with pytest.raises(InputError, match="nodes names 1 more than once"):
        graphengine.rank([(1, 2)], nodes=[1, 1, 2])
    broken = sp.csr_array(([1.0], [1], [0, 1, 1]), shape=(2, 2))
    broken.indices[0] = 9  # as a careless writer leaves it
    with pytest.raises(InputError, match=r"has an entry outside\. Positions go from 0 to 1"):
        graphengine.rank(broken)
    moved = sp.coo_array(([1.0], ([0], [1])), shape=(2, 2))
    moved.coords[1][0] = 9
    with pytest.raises(InputError, match=r"has an entry outside\. Positions go from 0 to 1"):
        graphengine.rank(moved)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"damping": 0.0}, "damping is 0.0. It lies between 0 and 1"),
        ({"damping": 1.0}, "damping is 1.0"),
        ({"damping": float("nan")}, "damping is nan"),
        ({"damping": "half"}, "damping is half"),
        ({"tolerance": 0}, "tolerance is 0"),
        ({"tolerance": -1e-9}, "tolerance is -1e-09"),
        ({"sweeps": -1}, "sweeps is -1"),
        ({"sweeps": 3, "kappa": 1.0}, "know no alpha and no kappa"),
        ({"alpha": 2.0}, "0 < alpha <= 1"),
        ({"dampin": 0.5}, 'takes no option "dampin"'),
        ({"method": "pagerang"}, 'no method "pagerang". Did you mean "pagerank"?'),
        ({"method": "hits", "damping": 0.5}, 'hits takes no option "damping"'),
        ({"method": "katz", "alpha": 3.0}, "alpha must be positive and finite < 1/ρ = 1"),
        ({"method": "trust-rank"}, "needs seeds"),
        ({"method": "twitterrank", "topic": "a"}, "needs topics and a topic"),
        ({"method": "contributions", "seeds": [1, 2]}, "seeds names 2. Name one"),
        ({"method": "first-visit-reach", "exact": 1.5}, "exact is 1.5"),
    ],
    ids=str,
)
def test_options(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        graphengine.rank(PAIR, **options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"restart": {1: 0.0, 2: 0.0}}, "restart sums to 0"),
        ({"start": {77: 1.0, 78: 1.0}}, "start names 77, 78, none of whom is in the graph"),
        ({"restart": {1: 1.0, 77: 1.0}}, "restart names 77, who is not in the graph.*1, 2"),
        ({"restart": {1: -1.0}}, "restart gives 1 the weight -1"),
        ({"restart": [1.0, 2.0, 3.0]}, "restart has 3 entries, and the graph 2 people"),
        ({"dangling": [np.inf, 0.0]}, "dangling gives 1 the weight inf"),
        ({"method": "personalised", "seeds": ["1"]}, "seeds names '1'"),
        ({"method": "trust-rank", "seeds": []}, "seeds names nobody"),
        ({"method": "twitterrank", "topics": {"a": {1: 1}}, "topic": "b"}, "on the topic 'b'"),
        ({"method": "topic-sensitive", "topics": {"a": {9: 1}}, "topic": "a"}, "names 9"),
    ],
    ids=str,
)
def test_people_in_options(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        graphengine.rank(PAIR, **options)


def test_what_float64_cannot_certify_is_said() -> None:
    with pytest.raises(NotConvergedError, match=r"no error bound is finer than 1\.5e-15"):
        graphengine.rank(PAIR, tolerance=1e-16)
    with pytest.raises(NotConvergedError, match="alpha is too near to 1/ρ"):
        graphengine.rank(PAIR, "katz", alpha=1.0 - 1e-7)


def test_numbers_beyond_float64() -> None:
    with pytest.raises(InputError, match="larger than 64-bit numbers hold"):
        graphengine.rank([(1, 2), (2, 3), (3, 4)], "katz", alpha=1e200)


@pytest.mark.parametrize("method", ["hits", "eigenvector"])
def test_no_unique_answer_is_no_answer(method: str) -> None:
    two = [(1, 2), (2, 1), (3, 4), (4, 3)]
    with pytest.raises(NotConvergedError, match="not unique"):
        graphengine.rank(two, method)
    with pytest.raises(NotConvergedError, match="largest eigenvalue is 0"):
        graphengine.rank([], method, nodes=3)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("m.mtx", HEAD + "real general\n3 3 2\n1 2 1.0\n", "cut short.*promises 2 entries.*holds 1"),
        ("m.mtx", HEAD + "real general\n3 3 1\n1 2 1\n2 1 1\n", "longer than it says"),
        ("m.mtx", HEAD + "real general\n3 3 2\n1 2 1.0\n2 1\n", "'2 1' among its entries"),
        ("m.mtx", HEAD + "real general\n3 3 1\n1 2 x\n", "'1 2 x' among its entries"),
        ("m.mtx", HEAD + "pattern general\n3 3 1\n1 4\n", "names the person 4.*from 1 to 3"),
        ("m.mtx", HEAD + "pattern general\n3 3 1\n0 1\n", "names the person 0"),
        ("m.mtx", HEAD + "pattern general\n2 3 1\n1 2\n", "2 × 3"),
        ("m.mtx", HEAD + "complex general\n3 3 1\n1 2 1 0\n", "coordinate complex general"),
        ("m.mtx", "%%MatrixMarket matrix array real general\n1 1\n1\n", "array real general"),
        ("m.mtx", HEAD + "real general\n% nothing more\n", "where its size should stand"),
        ("m.mtx", "1 2\n", "no Matrix Market file"),
        ("m.mtx", HEAD + "real general\n2 2 1\n1 2 -3\n", "weight -3"),
        ("e.csv", "source,target\n1,2\n3\n", "Line 3 of .* 1 fields where the first row has 2"),
        ("e.csv", "source,target\n1,2\n3,\n", 'Line 3 of .* nothing in the column "target"'),
        ("e.csv", "source,target,weight\n1,2,much\n", "Line 2 of .* the weight 'much'"),
        ("e.csv", "1,2\n3,4,5\n", "Line 2 of .* 3 fields where the first row has 2"),
        ("e.csv", "1,2,1e400\n2,1,1\n", r"weight inf\. A weight is a number from 0 to 1\.8e308"),
        ("e.csv", "source,target\n", "graph is empty"),
        ("e.csv", "# nothing\n", "holds no row"),
        ("e.csv", "", "is empty"),
        ("e.parquet", "PAR1 and no more", "cannot be read as Parquet"),
        ("e.csv", "who,target\n1,2\n", 'no column called source. It has: "who", "target"'),
    ],
)  # fmt: skip
def test_files(name: str, text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=says):
        graphengine.rank(tmp_path / name)


def test_files_cut_short(tmp_path: Path) -> None:
    rows = "source,target\n" + "".join(f"{i * i % 9973},{i * 7 % 9973}\n" for i in range(5000))
    packed = tmp_path / "e.csv.gz"
    packed.write_bytes(gzip.compress(rows.encode())[:-2000])
    with pytest.raises(InputError, match="cut short"):
        read_edges(packed)
    whole = tmp_path / "whole.parquet"
    pl.DataFrame({"source": range(1000), "target": range(1000)}).write_parquet(whole)
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(InputError, match="cut short, damaged, or another format"):
        read_edges(cut)
    head = HEAD + f"pattern general\n9973 9973 {5000}\n"
    matrix = tmp_path / "m.mtx.gz"
    matrix.write_bytes(gzip.compress((head + rows[14:].replace(",", " ")).encode())[:-500])
    with pytest.raises(InputError, match="cut short"):
        read_edges(matrix)


def test_a_file_that_is_not_there_or_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text("1,2\n", "utf-8")
    with pytest.raises(InputError, match=r'There is no file .*Did you mean "edges.csv"\?'):
        graphengine.rank(tmp_path / "edgs.csv")
    with pytest.raises(InputError, match="is a directory"):
        graphengine.rank(tmp_path)
    (tmp_path / "edges.dat").write_text("1,2\n", "utf-8")
    with pytest.raises(UsageError, match="does not tell its format"):
        graphengine.rank(tmp_path / "edges.dat")
    with pytest.raises(InputError, match='no column "sender"'):
        graphengine.rank(tmp_path / "edges.csv", source="sender")
