"""The same graph in every form gives the same ranking, ids kept."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import scipy.io
import scipy.sparse as sp

import graphengine
from graphengine.edges import Columns, read_edges
from graphengine.edges.forms import edges_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCE = np.array([10, 10, 70, 30, 10])
TARGET = np.array([30, 70, 30, 10, 30])  # 10 -> 30 twice
WEIGHT = np.array([2.0, 1.0, 4.0, 1.5, 1.0])
FRAME = pl.DataFrame({"source": SOURCE, "target": TARGET, "weight": WEIGHT})
IDS = [10, 30, 70]


def _network() -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(IDS)
    graph.add_weighted_edges_from(zip(SOURCE.tolist(), TARGET.tolist(), WEIGHT, strict=True))
    return graph


class _LikePandas:
    """What of a pandas frame is used, where pandas is not installed."""

    columns = ("source", "target", "weight")
    iloc = None

    def __getitem__(self, name: str) -> Any:
        return FRAME[name]


FORMS: dict[str, Callable[[], Any]] = {
    "array": lambda: np.column_stack([SOURCE, TARGET, WEIGHT]),
    "tuple": lambda: (SOURCE, TARGET, WEIGHT),
    "triples": lambda: list(zip(SOURCE.tolist(), TARGET.tolist(), WEIGHT.tolist(), strict=True)),
    "polars": lambda: FRAME,
    "lazy": FRAME.lazy,
    "arrow": lambda: pa.table(FRAME.to_dict(as_series=False)),
    "pandas": _LikePandas,
    "networkx": _network,
    "unsigned": lambda: (SOURCE.astype(np.uint64), TARGET.astype(np.uint32), WEIGHT),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_graph(form: str) -> None:
    expected = graphengine.rank((SOURCE, TARGET, WEIGHT))
    found = graphengine.rank(FORMS[form]())
    assert found.ids.tolist() == IDS
    assert np.array_equal(found.scores, expected.scores)
    assert found.error_bound is not None
    assert found.error_bound <= 1e-9


def _write_mtx(folder: Path) -> Path:
    place = np.searchsorted(IDS, [SOURCE, TARGET])
    path = folder / "graph.mtx"
    scipy.io.mmwrite(path, sp.coo_array((WEIGHT, place), shape=(3, 3)))
    return path


def _zipped(path: Path) -> Path:
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed


def _text(folder: Path, name: str, separator: str, *, header: bool = True) -> Path:
    FRAME.write_csv(folder / name, separator=separator, include_header=header)
    return folder / name


FILES: dict[str, Callable[[Path], Path]] = {
    "csv": lambda d: _text(d, "e.csv", ","),
    "csv, no header": lambda d: _text(d, "e.csv", ",", header=False),
    "tsv.gz": lambda d: _zipped(_text(d, "e.tsv", "\t")),
    "space, no header": lambda d: _text(d, "e.txt", " ", header=False),
}


@pytest.mark.parametrize("kind", FILES)
def test_text_files_are_the_same_graph(kind: str, tmp_path: Path) -> None:
    found = read_edges(FILES[kind](tmp_path))
    assert found.ids.tolist() == IDS
    assert found.weight is not None
    assert found.weight.tolist() == WEIGHT.tolist()


def test_parquet_and_matrix_market(tmp_path: Path) -> None:
    expected = graphengine.rank(FRAME).scores
    FRAME.write_parquet(tmp_path / "e.parquet")
    assert np.array_equal(graphengine.rank(tmp_path / "e.parquet").scores, expected)
    matrix = _write_mtx(tmp_path)
    for path in (matrix, _zipped(matrix)):
        found = graphengine.rank(str(path))
        assert found.ids.tolist() == [1, 2, 3]
        assert np.abs(found.scores - expected).sum() < 1e-12


def test_columns_by_name_and_by_number(tmp_path: Path) -> None:
    other = FRAME.rename({"source": "who", "target": "whom", "weight": "times"})
    named = Columns("who", "whom", "times")
    path = tmp_path / "e.csv"
    other.select("times", "whom", "who").write_csv(path)
    for given in (other, path):
        found = edges_of(given, columns=named)
        assert found.matrix().toarray().tolist() == [[0, 3, 1], [1.5, 0, 0], [0, 4, 0]]
    unnamed = tmp_path / "bare.csv"
    other.select("times", "whom", "who").write_csv(unnamed, include_header=False)
    by_number = edges_of(unnamed, columns=Columns("3", "2", "1"))
    assert by_number.matrix().toarray().tolist() == [[0, 3, 1], [1.5, 0, 0], [0, 4, 0]]


def test_words_above_numbers_are_a_header_and_comments_are_none(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("# votes\nvoter,source\n3,4\n", "utf-8")
    assert edges_of(path, columns=Columns("1", "2")).ids.tolist() == [3, 4]
    path.write_text("ann,bob\nbob,cid\n", "utf-8")
    assert edges_of(path, columns=Columns()).ids.tolist() == ["ann", "bob", "cid"]
    assert read_edges(path, columns=Columns("ann", "bob"), header=True).ids.tolist() == [
        "bob",
        "cid",
    ]


def test_numbers_and_words_in_one_file_are_all_words(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("source,target\n7,007\n7,ann\n", "utf-8")
    assert edges_of(path, columns=Columns()).ids.tolist() == ["007", "7", "ann"]


def test_ids_with_wide_gaps_and_large_ones() -> None:
    large = 2**63 + 5
    ranking = graphengine.rank((np.array([large, 3], np.uint64), np.array([3, 9], np.uint64)))
    assert ranking.ids.tolist() == [3, 9, large]
    assert graphengine.rank([(-5, 10**15)]).ids.tolist() == [-5, 10**15]


@pytest.mark.parametrize("field", ["pattern", "integer", "real"])
@pytest.mark.parametrize("symmetry", ["general", "symmetric"])
def test_matrix_market_fields(field: str, symmetry: str, tmp_path: Path) -> None:
    value = {"pattern": "", "integer": " 2", "real": " 2.5"}[field]
    path = tmp_path / "m.mtx"
    path.write_text(
        f"%%MatrixMarket matrix coordinate {field} {symmetry}\n% made by hand\n\n4 4 2\n"
        f"2 1{value}\n3 3{value}\n",
        "utf-8",
    )
    w = float(value or 1)
    back = w if symmetry == "symmetric" else 0.0
    found = edges_of(path, columns=Columns())
    assert found.people == 4
    assert found.matrix().toarray()[:3, :3].tolist() == [[0, back, 0], [w, 0, 0], [0, 0, w]]


def test_an_undirected_graph_goes_both_ways_and_nodes_keep_their_order() -> None:
    graph = nx.Graph([("z", ("a", 1)), ("z", "z")])
    found = edges_of(graph, columns=Columns())
    assert found.ids.tolist() == ["z", ("a", 1)]
    assert found.matrix().toarray().tolist() == [[1, 1], [1, 0]]
    assert graphengine.rank(graph).to_polars()["id"].to_list() == ["z", "('a', 1)"]


def test_nodes_name_people_without_edges() -> None:
    assert graphengine.rank([(0, 2)], nodes=4).ids.tolist() == [0, 1, 2, 3]
    assert graphengine.rank([("b", "a")], nodes=["c", "b", "a"]).ids.tolist() == ["c", "b", "a"]
    assert graphengine.rank([], nodes=3).scores.tolist() == pytest.approx([1 / 3] * 3)


def test_a_matrix_of_one_and_one_all_dangling() -> None:
    assert graphengine.rank(sp.csr_array((1, 1))).scores.tolist() == [1.0]
    assert graphengine.rank(sp.csr_array((5, 5))).scores.tolist() == pytest.approx([0.2] * 5)


def test_pandas_itself() -> None:
    import pandas

    frame = pandas.DataFrame({"source": ["b", "a"], "target": ["a", "c"], "weight": [1, 2]})
    for kind in (object, "string", "category"):
        typed = frame.astype({"source": kind, "target": kind})
        assert graphengine.rank(typed).ids.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_every_sparse_form(form: str) -> None:
    place = np.searchsorted(IDS, [SOURCE, TARGET])
    whole = sp.coo_array((WEIGHT, place), shape=(3, 3))
    found = graphengine.rank(getattr(sp, f"{form}_array")(whole))
    assert found.ids.tolist() == [0, 1, 2]
    assert np.abs(found.scores - graphengine.rank(FRAME).scores).sum() < 1e-12
