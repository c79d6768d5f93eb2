"""The named queries: their headers, and the subset of Cypher that both engines read alike."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from graphengine.errors import ConfigurationError, InputError
from graphengine.model import ENDORSEMENT_TYPES
from graphengine.stores import queries
from graphengine.stores.guard import check_read_only
from graphengine.stores.guard.tokens import cut
from graphengine.stores.queries import (
    Hits,
    NamedQuery,
    Parameter,
    named_queries,
    named_query,
    parse_query,
)

if TYPE_CHECKING:
    from pathlib import Path

QUERIES = named_queries()
HEADER = "// question: Q?\n// columns: n\n// cost: one\n// hits: <= 1\n"

# what means the same on both engines; anything else is outside of the shared subset
SHARED_FUNCTIONS = {"abs", "ceil", "coalesce", "collect", "count", "exists", "floor", "max", "min",
                    "size", "sqrt", "sum", "tolower", "type"}  # fmt: skip
DENIED = {
    "two patterns in one MATCH": r"MATCH \([^)]*\)\s*,\s*\(",
    "a list index, a slice": r"[\w)\]](?<!\bIN)\s*\[(?!\w*:)[^\]]*\](?!-)",
    "a list comprehension": r"\[\s*\w+ IN ",
    "an undirected relationship": r"(?<!<)-\[[^\]]*\]-(?!>)|\)--\(",
    "two labels": r":\w+:\w+",
    "an optional parameter": r"\$\w+ IS (NOT )?NULL",
    "a union, whose order differs": r"\bUNION\b",
    "a shortest path": r"(?i)shortest",
    "an order before the last RETURN": r"ORDER BY(?=[\s\S]*\b(MATCH|WITH|RETURN)\b)",
    "arithmetic between parameters": r"\$\w+ ?[-+*/%] ?\$|-\s?\$",
}
RESERVED = {"end", "from", "to", "profile", "project", "group", "order", "table", "macro", "column",
            "desc", "asc", "all", "any", "none", "index", "exists", "distinct"}  # fmt: skip


@pytest.fixture(params=QUERIES, ids=lambda query: query.name)
def query(request: pytest.FixtureRequest) -> NamedQuery:
    return request.param


@pytest.fixture(params=[(q, t) for q in QUERIES for t in sorted({q.statement, q.embedded or q.statement})],
                ids=lambda pair: pair[0].name)  # fmt: skip
def pair(request: pytest.FixtureRequest) -> tuple[NamedQuery, str]:
    return request.param


def _words(statement: str) -> list[str]:
    return [token.text for token in cut(statement)[0]]


def test_there_are_enough_and_they_are_sorted() -> None:
    names = [query.name for query in QUERIES]
    assert names == sorted(set(names))
    assert len(names) >= 15
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def test_the_guard_passes_them_unchanged(pair: tuple[NamedQuery, str]) -> None:
    assert check_read_only(pair[1]) == pair[1]


def test_parameters_are_declared(pair: tuple[NamedQuery, str]) -> None:
    query, statement = pair
    used = {word[1:] for word in _words(statement) if word.startswith("$")}
    assert used - {"job", "scheme"} == {parameter.name for parameter in query.parameters}


def test_columns_are_those_returned(pair: tuple[NamedQuery, str]) -> None:
    query, statement = pair
    last = re.split(r"\bRETURN\b", statement)[-1].partition("ORDER BY")[0]
    items = re.split(r",(?![^(\[{]*[)\]}])", last)
    assert tuple(re.split(r"\sAS\s", item)[-1].strip() for item in items) == query.columns
    assert not RESERVED & set(query.columns)


def test_no_column_is_named_like_a_variable(pair: tuple[NamedQuery, str]) -> None:
    query, statement = pair
    variables = set(re.findall(r"[(\[](\w+):", statement))
    assert variables
    assert not variables & set(query.columns)


@pytest.mark.parametrize("what", DENIED)
def test_shared_subset(pair: tuple[NamedQuery, str], what: str) -> None:
    assert not re.search(DENIED[what], pair[1]), what


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("two patterns in one MATCH", "MATCH (a:A), (b:B) RETURN 1"),
        ("a list index, a slice", "RETURN x[0] AS y"),
        ("a list index, a slice", "RETURN collect(x)[1..2] AS y"),
        ("a list comprehension", "RETURN [x IN l | x] AS y"),
        ("an undirected relationship", "MATCH (a)-[r:R]-(b)"),
        ("an undirected relationship", "MATCH (a)--(b)"),
        ("two labels", "MATCH (a:A:B)"),
        ("an optional parameter", "WHERE $p IS NULL OR a.x = $p"),
        ("a union, whose order differs", "RETURN 1 AS x UNION RETURN 2 AS x"),
        ("a shortest path", "MATCH p = shortestPath((a)-[*]->(b))"),
        ("an order before the last RETURN", "WITH a ORDER BY a.x LIMIT 3\nRETURN a.x"),
        ("arithmetic between parameters", "RETURN $a * $b"),
    ],
)
def test_the_deny_list_finds(what: str, text: str) -> None:
    assert re.search(DENIED[what], text)


def test_only_functions_that_mean_the_same(pair: tuple[NamedQuery, str]) -> None:
    words = _words(pair[1])
    called = {
        word.lower()
        for word, following in pairwise(words)
        if following == "(" and re.fullmatch(r"[a-z]\w*", word)
    }
    assert called <= SHARED_FUNCTIONS


def test_ordered_and_limited(pair: tuple[NamedQuery, str]) -> None:
    lines = pair[1].splitlines()
    assert lines[-2].startswith("ORDER BY ")
    assert re.fullmatch(r"LIMIT (\$n|\d+)", lines[-1])


def test_scores_are_those_of_the_published_run(pair: tuple[NamedQuery, str]) -> None:
    statement = pair[1]
    names = re.findall(r"\[(\w+):(?:SCORED|UNRATED)[|\w]*\]", statement)
    assert statement.count("SCORED") + statement.count("UNRATED") >= len(names)
    if names:
        assert statement.startswith("MATCH (p:Pointer {key: $job})\nWITH p.run AS run")
    for name in names:
        assert re.search(rf"{name}\.run (= (run|previous)\b|IN \[run, previous\])", statement)


def test_endorsements_are_all_of_them(pair: tuple[NamedQuery, str]) -> None:
    for types in re.findall(r"RETWEETED[A-Z|]+", pair[1]):
        assert types.split("|") == list(ENDORSEMENT_TYPES.values())


def test_headers_say_something(query: NamedQuery) -> None:
    assert query.question.endswith("?")
    assert len(query.cost) > 5
    assert len({parameter.name for parameter in query.parameters}) == len(query.parameters)
    for parameter in query.parameters:
        if parameter.default is not None:
            kinds = {"integer": int, "float": float}
            assert isinstance(parameter.default, kinds.get(parameter.type, str))


def test_unknown_name() -> None:
    with pytest.raises(
        InputError, match=r'named "ampliifers"\. Did you mean "amplifiers"\?.*bridges'
    ):
        named_query("ampliifers")


def test_parse_parameters() -> None:
    text = HEADER + '// parameter a (topic = ""): A\n// parameter b (integer = 3): B\nRETURN $a'
    assert parse_query("x", text).parameters == (
        Parameter("a", "topic", "A", ""),
        Parameter("b", "integer", "B", 3),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RETURN 1", "question, columns, cost, hits is missing"),
        ("// question: Q?\n// cost: one\n// hits: <= 1\nRETURN 1", "columns is missing"),
        (HEADER + "// cost: two\nRETURN 1", "given twice"),
        (HEADER + "// colour: red\nRETURN 1", "unknown"),
        (HEADER.replace("Q?", "") + "RETURN 1", "empty"),
        (HEADER.replace("<= 1", "few") + "RETURN 1", "not of the form"),
        (HEADER.replace("<= 1", "<= 1 + 2") + "RETURN 1", "not of the form"),
        (HEADER + "// parameter a (number): A\nRETURN 1", "not of the form"),
        (HEADER + "// parameter a: A\nRETURN 1", "not of the form"),
        (HEADER + "// parameter a (text = red): A\nRETURN 1", "not of the form"),
    ],
)
def test_broken_headers(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the named query x: .*{said}"):
        parse_query("x", text)


def test_hits_are_a_sum() -> None:
    text = HEADER.replace("<= 1", "<= 40 + 9 per event received + 3 per follower")
    hits = parse_query("x", text + "RETURN 1").hits
    assert hits == Hits(40, ((9, "event received"), (3, "follower")))
    assert str(hits) == "40 + 9 per event received + 3 per follower"
    assert hits.bound({"event received": 10, "follower": 2, "row": 7}) == 136


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in the place of the package's."""
    monkeypatch.setattr(queries, "files", lambda package: tmp_path)
    analyst = tmp_path / "cypher" / "analyst"
    analyst.mkdir(parents=True)
    return analyst


def test_one_text_for_each_engine(folder: Path) -> None:
    (folder / "two-texts.neo4j.cypher").write_text(HEADER + "RETURN 1 AS n")
    (folder / "two-texts.embedded.cypher").write_text(HEADER + "RETURN 2 AS n")
    (folder / "one.cypher").write_text(HEADER + "RETURN 3 AS n")
    (folder / "README.md").write_text("not a query")
    one, two = named_queries.__wrapped__()
    assert (one.name, two.name) == ("one", "two-texts")
    assert (two.statement_for("neo4j"), two.statement_for("embedded")) == (
        "RETURN 1 AS n",
        "RETURN 2 AS n",
    )
    assert one.statement_for("neo4j") == one.statement_for("embedded") == "RETURN 3 AS n"


@pytest.mark.parametrize(
    ("names", "headers", "said"),
    [
        (["x.neo4j"], [HEADER], "one for neo4j and one for embedded"),
        (["x.neo4j", "x"], [HEADER, HEADER], "one for neo4j and one for embedded"),
        (["x.neo4j", "x.embedded"], [HEADER, HEADER.replace("one", "two")], "different headers"),
    ],
)
def test_wrong_pairs(folder: Path, names: list[str], headers: list[str], said: str) -> None:
    for name, header in zip(names, headers, strict=True):
        (folder / f"{name}.cypher").write_text(header + "RETURN 1 AS n")
    with pytest.raises(ConfigurationError, match=said):
        named_queries.__wrapped__()
