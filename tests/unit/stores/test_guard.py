"""The clause guard, by a corpus and by what anybody could do to a refused statement."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphengine.errors import NotPermittedError
from graphengine.stores.guard import FUNCTIONS, check_read_only

if TYPE_CHECKING:
    import random

CORPUS = tomllib.loads((Path(__file__).parent / "guard_corpus.toml").read_text(encoding="utf-8"))
REFUSED, ALLOWED = CORPUS["refused"], [case["statement"] for case in CORPUS["allowed"]]
PLAIN = [  # statements that stay what they are when blanks and letters change
    case["statement"]
    for case in REFUSED
    if case["statement"].isascii() and not set(case["statement"]) & set("'\"`\\/\r\x00\x1c")
]
GAPS = (" ", "\n", "\t", "\r\n", " // MATCH (n) RETURN n\n", "/* WITH 'x; */", "/**/")


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["statement"][:60])
def test_refused(case: dict[str, str]) -> None:
    with pytest.raises(NotPermittedError) as caught:
        check_read_only(case["statement"])
    assert case["names"].lower() in str(caught.value).lower(), case["why"]


@pytest.mark.parametrize("statement", ALLOWED)
def test_allowed_and_unchanged(statement: str) -> None:
    sent = check_read_only(statement)
    assert check_read_only(sent) == sent
    if "//" not in statement:
        assert sent == statement.removesuffix(";")


def test_the_message_names_the_place() -> None:
    with pytest.raises(
        NotPermittedError, match=r"^SET at line 2, column 3 is not allowed: .*UNWIND"
    ):
        check_read_only("MATCH (a) // '\n  set a.x = 1")


def test_comments_become_blanks_at_the_same_place() -> None:
    sent = check_read_only("MATCH (a) /* one\ntwo */ RETURN a.key AS k // ;\n;")
    assert sent == "MATCH (a)       \n       RETURN a.key AS k"


def test_the_engines_never_see_a_comment() -> None:
    # Ladybug reads the first comment on to the second */, where Neo4j and the guard see a text.
    sent = check_read_only("MATCH (a) /***/ WHERE a.key = ' */ CALL x() // ' RETURN a.key")
    assert sent == "MATCH (a)       WHERE a.key = ' */ CALL x() // ' RETURN a.key"


def test_too_long_and_too_deep() -> None:
    with pytest.raises(NotPermittedError, match="10001 characters"):
        check_read_only("RETURN 1".ljust(10_001))
    with pytest.raises(NotPermittedError, match="more than 100 deep"):
        check_read_only(f"RETURN {'(' * 101}1{')' * 101} AS x")
    with pytest.raises(NotPermittedError, match="more than 10 of them"):
        check_read_only(f"RETURN {'CASE WHEN true THEN ' * 11}1{' END' * 11} AS x")
    wide = f"RETURN {', '.join(['CASE WHEN true THEN 1 END'] * 11)}"
    assert check_read_only(wide) == wide
    deep = f"RETURN {'(' * 99}1{')' * 99} AS x"
    assert check_read_only(deep) == deep


def test_no_function_reaches_outside() -> None:
    outside = {"file", "linenumber", "nextval", "currval", "current_setting", "read_parquet",
               "file_info", "show_tables", "project_graph", "error"}  # fmt: skip
    assert not outside & FUNCTIONS
    assert all(name == name.lower() for name in FUNCTIONS)


def _disguised(statement: str, chance: random.Random) -> str:
    """The statement with other blanks, comments between words, and other capitals."""
    words = re.split(r"(\s+|(?=[(){}\[\],;])|(?<=[(){}\[\],;]))", statement)
    text = "".join(
        "".join(chance.choices(GAPS, k=chance.randint(1, 3)))
        if not word or word.isspace()
        else word
        for word in words[:-1]
    )
    return chance.choice(GAPS) + text + words[-1]


def _other_case(statement: str, chance: random.Random) -> str:
    return "".join(chance.choice((c.upper(), c.lower())) for c in statement)


@given(st.sampled_from(PLAIN), st.randoms(use_true_random=False))
def test_a_disguise_does_not_help(statement: str, chance: random.Random) -> None:
    with pytest.raises(NotPermittedError):
        check_read_only(_disguised(_other_case(statement, chance), chance))


@given(
    st.sampled_from([s for s in ALLOWED if not set(s) & set("'\"`/")]),
    st.randoms(use_true_random=False),
)
def test_blanks_comments_and_capitals_do_not_hinder(statement: str, chance: random.Random) -> None:
    check_read_only(_disguised(_other_case(statement, chance), chance))


@given(st.text(alphabet="MATCHRETUNLOD ()'\"`/*\\;\n{}[]:.,-|1$x", max_size=60))
def test_any_text_is_refused_or_stable(text: str) -> None:
    try:
        sent = check_read_only(text)
    except NotPermittedError:
        return
    assert check_read_only(sent) == sent


@given(
    st.sampled_from(ALLOWED),
    st.sampled_from(["CALL db.labels()", "LOAD FROM 'x'", "COPY x TO 'y'", "SET a.x = 1",
                     "FROBNICATE (a)", "USE x", "; RETURN 1"]),
    st.data(),
)  # fmt: skip
def test_a_clause_put_between_two_clauses_is_refused(
    statement: str, clause: str, data: st.DataObject
) -> None:
    bare = check_read_only(statement)
    clauses = r"(?<=[\w)\]}'`]) (?=(?:MATCH|OPTIONAL|WITH|UNWIND|RETURN|UNION|ORDER|SKIP|LIMIT)\b)"
    places = [
        m.start() for m in re.finditer(clauses, bare) if bare[: m.start()].count("'") % 2 == 0
    ]
    places = [p for p in places if not re.search(r"(STARTS|OPTIONAL|UNION|ALL)$", bare[:p])]
    place = data.draw(st.sampled_from([*places, len(bare)]))
    with pytest.raises(NotPermittedError):
        check_read_only(f"{bare[:place]} {clause} {bare[place:]}")
