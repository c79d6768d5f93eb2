"""Paths and columns of a Neo4j source: what is read, and where a mistake is pointed at."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphengine.errors import ConfigurationError
from graphengine.job import Job, SourceSettings, load_job
from graphengine.job.graph_path import Field, PathError, field_of, parsed


def test_two_hops_with_directions_types_and_unnamed_parts() -> None:
    path = parsed(" (actor:User)-[:POSTS]->( post ) <-[r:RETWEETS|:QUOTES|RETWEETS]- (:`a``b`) ")
    assert [(e.kind, e.name, e.words, e.direction) for e in path.elements] == [
        ("node", "actor", ("User",), ""),
        ("relationship", None, ("POSTS",), "->"),
        ("node", "post", (), ""),
        ("relationship", "r", ("RETWEETS", "QUOTES"), "<-"),
        ("node", None, ("a`b",), ""),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "at the end: needed: ("),
        ("(a", "at the end: needed: )"),
        ("(a:User:Bot)", 'at character 8, ":Bot)"'),
        ("(a {id: 1})-[r:L]->(b)", "conditions are not written into a path"),
        ("(a)-[r:L*1..3]->(b)", "a path has a fixed length"),
        ("(a)-[r]->(b)", 'at character 7, "]->(b)": needed: :'),
        ("(a)<-[r:L]->(b)", 'at character 12, ">(b)": needed: ('),
        ("(a)-[r:L]->(b) DETACH DELETE b", 'at character 16, "DETACH DELET"'),
        ("(a)-[r:L]->(a)", '"a" stands there more than once'),
        ("(a:`x\\u0060`)-[r:L]->(b)", "a name without backslash"),
        ("(a:``)", "at character 4"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, place: str) -> None:
    with pytest.raises(PathError) as wrong:
        parsed(text)
    assert place in str(wrong.value)


@given(st.text(st.sampled_from("()[]<>-:|`ab \\{*"), max_size=20))
def test_whatever_comes_is_a_pattern_or_a_path_error(text: str) -> None:
    try:
        pattern = parsed(text)
    except PathError:
        return
    assert [e.kind for e in pattern.elements[::2]] == ["node"] * (len(pattern.elements) // 2 + 1)


def test_columns_name_properties_or_types() -> None:
    assert field_of("actor.`full name`") == Field("actor", "full name")
    assert field_of("type( r )") == Field("r", None)
    assert field_of("type.key") == Field("type", "key")
    for wrong in ("actor", "actor.", "actor.a.b", "type()", "count(r)", "1.a"):
        with pytest.raises(PathError):
            field_of(wrong)


JOB = """
name = "g"
[[sources]]
name = "likes"
reader = "neo4j"
kinds = { LIKES = "like" }
columns = { actor = "actor.id", target = "target.id", kind = "type(r)" }
neo4j = { path = "(actor:User)-[r:LIKES]->(target:User)" }
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("kinds", 'files = ["a.csv"]\nkinds', "sources[0].files: nothing to the reader"),
        ("kinds", 'format = "csv"\nkinds', "sources[0].format: nothing to the reader"),
        ('reader = "neo4j"', "", "sources[0].files: missing"),
        ('reader = "neo4j"', "", 'sources[0].neo4j: only with reader = "neo4j"'),
        ('"actor.id"', '"acter.id"', 'acter is no variable of the path; did you mean "actor"?'),
        ('"actor.id"', '"type(actor)"', "actor is a node, and only relationships have a type"),
        ('"actor.id"', '"actor"', 'sources[0].columns.actor: "actor" is no variable.property'),
        ("[r:LIKES]", "[:LIKES]", "names no relationship"),
        ("[r:LIKES]", "[r LIKES]", 'sources[0].neo4j.path: at character 17, "LIKES]->'),
        (':User)" }', ':User)", id = "q" }', 'neo4j.id: "q" is no variable of the path'),
        (':User)" }', ':User)", watermark = "type(r)" }', "a property that only grows"),
        (':User)" }', ':User)", watermark = "x.at" }', "neo4j.watermark: "),
        (':User)" }', ':User)", watermark = "r.at", compare = "full" }', "drop watermark or compare"),
        (':User)" }', ':User)", optional = "(tag)-[t:A]->(b)" }', "neo4j.optional: at character 1"),
        (':User)" }', ':User)", uri = "bolt://me:secret@h" }', "carries a user or a password"),
        (':User)" }', ':User)", password_env = "not a name" }', "the name of an environment variable"),
        (':User)" }', ':User)", pth = "x" }', 'did you mean "path"'),
    ],
)  # fmt: skip
def test_job_files_say_all_that_is_wrong(tmp_path: Any, old: str, new: str, line: str) -> None:
    assert JOB.count(old) >= 1
    file = tmp_path / "job.toml"
    file.write_text(JOB.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as wrong:
        load_job(file)
    assert line in str(wrong.value)


def test_a_good_job_is_taken(tmp_path: Any) -> None:
    file = tmp_path / "job.toml"
    file.write_text(JOB)
    source = load_job(file).sources[0]
    assert (source.files, source.compares) == ([], True)


def test_a_source_with_a_watermark_is_not_compared(tmp_path: Any) -> None:
    file = tmp_path / "job.toml"
    file.write_text(JOB.replace(':User)" }', ':User)", watermark = "r.at" }'))
    assert not load_job(file).sources[0].compares


def test_the_fingerprint_is_of_what_rows_mean_and_files_keep_theirs() -> None:
    def fingerprint(**neo4j: Any) -> str:
        source = SourceSettings.model_validate(
            {"name": "s", "reader": "neo4j", "neo4j": {"path": "(a)-[r:L]->(b)", **neo4j}}
        )
        return source.fingerprint(Job(name="g", sources=[source]))

    same = {fingerprint(), fingerprint(uri="bolt://h"), fingerprint(watermark="r.at", id="r")}
    assert len(same) == 1
    assert fingerprint(path="(a)-[r:M]->(b)") not in same
    plain = SourceSettings(name="s", files=["a.csv"])
    # unchanged by this reader: logs of files that are there are read on
    assert plain.fingerprint(Job(name="g", sources=[plain])).startswith("8fdff666c4e6")
