"""Which paths are read by the ids of their ends, what is sent for them, and codes for columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import neo4j
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphengine.bolt import Address
from graphengine.job import GraphSettings
from graphengine.readers.graph.coded import coded
from graphengine.readers.graph.ends import RELATIONSHIP, Ends, each_word, ends_of
from graphengine.readers.graph.statements import Statements, statements
from graphengine.readers.graph.still import UnprovenError, still

if TYPE_CHECKING:
    from graphengine.bolt import Link

COLUMNS = ["a.key", "type(r)", "b.key", "r.w", "b.name", "a.key"]


def asked(path: str, columns: list[str], *, times: tuple[str, ...] = (), **more: str) -> Statements:
    settings = GraphSettings.model_validate({"path": path, **more})
    return statements(settings, columns, times=frozenset(times), time_format="iso")


def ends(path: str) -> Ends:
    found = ends_of(asked(path, COLUMNS))
    assert found is not None
    return found


def test_what_is_sent_and_where_each_column_is() -> None:
    found = ends("(a:Person)-[r:LIKES|SHARES]->(b:Person)")
    assert found.relationships.path == "(e0)-[e1:`LIKES`|`SHARES`]->(e2)"
    assert found.relationships.cells == ["id(e0) * 2147483648 + id(e2)", "type(e1)", "e1.`w`"]
    assert [nodes.path for nodes in found.nodes] == ["(e:`Person`)"]
    assert found.nodes[0].cells == ["id(e)", "e.`key`", "e.`name`"]
    assert found.known == (0, 0)
    rel = RELATIONSHIP
    assert found.places == [(0, 1), (rel, 1), (1, 1), (rel, 2), (1, 2), (0, 1)]
    assert [one.path for one in each_word(found.relationships, "DESC")] == [
        "(e0)-[e1:`LIKES`]->(e2)", "(e0)-[e1:`SHARES`]->(e2)",
    ]  # fmt: skip


def test_ends_of_different_labels_and_of_none() -> None:
    found = ends("(a:User)<-[r:LIKES]-(b)")
    assert [nodes.path for nodes in found.nodes] == ["(e:`User`)", "(e)"]
    assert [nodes.cells[1:] for nodes in found.nodes] == [["e.`key`"], ["e.`key`", "e.`name`"]]
    assert found.known == (0, 1)
    only = ends_of(asked("(a)-[r:LIKES]->(b:User)", ["b.key", "r.w"]))
    assert only is not None
    assert only.known == (None, 0)
    labelled = ends_of(asked("(a:Bot)-[r:LIKES]->(b:User)", ["b.key", "r.w"]))
    assert labelled is not None
    assert [nodes.cells for nodes in labelled.nodes] == [["id(e)"], ["id(e)", "e.`key`"]]


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("(a)-[r:LIKES]-(b)", {}),  # both ways
        ("(a)-[r:LIKES]->(b)-[s:LIKES]->(c)", {}),
        ("(a)-[r:LIKES]->(b)", {"id": "a"}),  # an element is a node
        ("(a)-[r:LIKES]->(b)", {"optional": "(b)-[s:TAGS]->(t)"}),
        ("(a)-[r:LIKES]->(b)", {"watermark": "b.since"}),
        ("(a)-[r:LIKES]->(b)", {"times": ("b.key",)}),
    ],
)
def test_other_paths_are_not_read_so(path: str, more: dict[str, Any]) -> None:
    columns = ["a.key", "b.key", "r.w"]
    assert ends_of(asked("(a)-[r:LIKES]->(b)", columns, watermark="r.since", times=("r.w",)))
    assert ends_of(asked(path, columns, **more)) is None
    assert ends_of(asked("(a:Person)-[r:LIKES]->(b)", ["r.a", "r.b"])) is None  # nothing twice


def test_times_of_relationships_keep_their_place() -> None:
    found = ends_of(asked("(a)-[r:LIKES]->(b)", ["a.key", "r.w", "r.at"], times=("r.at",)))
    assert found is not None
    assert list(found.relationships.moments) == [found.places[2][1]]
    assert "`at`" in found.relationships.moments[2]


class _Link:
    """Gives a bookmark for each read, or none; a read keeps the one it began with then."""

    def __init__(self, *bookmarks: str | None) -> None:
        self.address = Address("bolt://db", "ann", "neo4j")
        self.bookmarks = iter(bookmarks)

    def read(
        self, _work: Any, *, after: neo4j.Bookmarks | None = None
    ) -> tuple[str, neo4j.Bookmarks]:
        mark = next(self.bookmarks)
        kept = after or neo4j.Bookmarks()
        return "read", neo4j.Bookmarks.from_raw_values([mark]) if mark else kept


def test_a_database_that_gives_no_bookmark_proves_nothing() -> None:
    with pytest.raises(UnprovenError):
        still(cast("Link", _Link(None)))
    here = still(cast("Link", _Link("a", "a", "b")))
    assert here.read(lambda _: "") == "read"
    with pytest.raises(UnprovenError):
        here.read(lambda _: "")


KEYS = st.lists(st.one_of(st.none(), st.sampled_from("abcde")), min_size=1, max_size=8)


@given(KEYS, st.booleans(), st.data())
def test_codes_stand_for_the_same_values(keys: list[str | None], shared: bool, data: Any) -> None:
    """Whether nodes hold the values, as one table or two, or the rows themselves do."""
    rows = data.draw(st.integers(0, 12))
    places = [
        np.array(
            data.draw(st.lists(st.integers(0, len(keys) - 1), min_size=rows, max_size=rows)), int
        )
        for _ in range(2)
    ]
    values = pl.Series(keys, dtype=pl.String)
    held = {"a": values, "b": values if shared else values.clone()}
    found = coded(
        pl.DataFrame({"a": places[0], "b": places[1], "w": range(rows)}), held, of=["a", "b"]
    )
    plain = {name: values.gather(p) for name, p in zip("ab", places, strict=True)}
    bare = coded(pl.DataFrame({**plain, "w": range(rows)}), {}, of=["a", "b"])
    for codes in (found, bare):
        for name in "ab":
            assert codes.values.gather(codes.frame[name]).to_list() == plain[name].to_list()
        used = {v for p in plain.values() for v in p.to_list()} - {None}
        assert sorted(codes.values) == sorted(used)
