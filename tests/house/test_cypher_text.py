"""Cypher is not put together from strings, but in a closed list of modules that say how they keep to it.

Read from the source: no formatted, joined, added or replaced string has a clause of Cypher in it, and
nothing but a whole text is handed to what sends statements.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "graphengine"

# what may put names into the text of a statement, and where these names come from
PUTS_NAMES = {
    "stores/embedded/": "labels, types and properties of graphengine.model; a database of our own",
    "stores/neo4j/schema.py": "labels, types and properties of graphengine.model",
    "stores/neo4j/statements.py": "types of graphengine.model, looked up before they are put in",
    "stores/neo4j/prefix.py": "a prefix that the job file's pattern has checked, before model names",
    "stores/neo4j/pinned.py": "bolt.quoting",
    "stores/neo4j/bulk/": "labels and types of graphengine.model",
    "stores/neo4j/columns.py": "parameters that a text of graphengine/cypher names already",
    "stores/neo4j/csv_files.py": "labels, types and columns of graphengine.model",
    "readers/graph/": "bolt.quoting, and the pattern that readers.graph has parsed",
    "bolt/quoting.py": "the one place that quotes",
}
CLAUSE = re.compile(
    r"\b(?:MATCH|MERGE|CREATE|DELETE|UNWIND|FOREACH|LOAD CSV|DROP|RETURN|WITH|SET|REMOVE|CALL|WHERE|YIELD)"
    r"\s+[\w($\[{`*]"
)
SENDERS = {"run", "rows", "execute_query"}
RECEIVERS = re.compile(r"^(?:tx|link|session|driver|opened|.*\.(?:tx|link|_link|session|driver))$")
BUILDERS = {"format", "join", "replace", "format_map"}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _may(name: str) -> bool:
    return any(
        name == place or (place.endswith("/") and name.startswith(place)) for place in PUTS_NAMES
    )


def built_strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is put together and has a clause of Cypher in it."""
    messages = set(_messages(tree))
    for node in ast.walk(tree):
        text = ""
        if node in messages:
            continue
        if isinstance(node, ast.JoinedStr) and any(
            isinstance(v, ast.FormattedValue) for v in node.values
        ):
            text = "".join(_words(v) for v in node.values)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            text = _words(node.left) + _words(node.right)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in BUILDERS
        ):
            text = _words(node.func.value)
        if CLAUSE.search(text):
            yield getattr(node, "lineno", 0), text


def _messages(tree: ast.AST) -> Iterator[ast.AST]:
    """All that stands between the brackets of an error: it is said, not sent."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error"):
            for argument in node.args:
                yield from ast.walk(argument)


def _words(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(value) for value in node.values)
    return "x" if isinstance(node, ast.FormattedValue) else ""


def sent_strings(tree: ast.AST) -> Iterator[int]:
    """The line of every statement that is put together where it is sent."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SENDERS
            and RECEIVERS.match(ast.unparse(node.func.value))
            and node.args
            and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
        ):
            yield node.lineno


@pytest.mark.parametrize(
    "source",
    [
        'f"MATCH (n:{label}) RETURN n"',
        '"MATCH (n:%s) RETURN n" % label',
        '"MATCH (n {key: \'" + key + "\'}) RETURN n"',
        '"MATCH (n:{0}) RETURN n".format(label)',
        '"MATCH (n:LABEL) RETURN n".replace("LABEL", label)',
        'f"MERGE (a {{key: {key!r}}})"',
        '" ".join(["x"]) + "DETACH DELETE n"',
    ],
)
def test_the_test_sees_what_it_forbids(source: str) -> None:
    assert list(built_strings(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    ["tx.run(f'{a}')", "self.link.rows(a + b)", "session.run('x' + y)", "tx.run(f'a{b}', c)"],
)
def test_the_test_sees_what_is_sent(source: str) -> None:
    assert list(sent_strings(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    ['f"{n} rows match (many)"', '"MATCH (n) RETURN n"', "tx.run(text, x=1)", 'f"{a} of {b}"'],
)
def test_the_test_lets_pass_what_is_harmless(source: str) -> None:
    tree = ast.parse(source)
    assert not list(built_strings(tree))
    assert not list(sent_strings(tree))


def test_no_statement_is_put_together_elsewhere() -> None:
    found = []
    for path in _modules():
        name = path.relative_to(PACKAGE).as_posix()
        if not _may(name):
            tree = ast.parse(path.read_text("utf-8"))
            found += [f"{name}:{line}: {text[:60]}" for line, text in built_strings(tree)]
            found += [f"{name}:{line}: sent as it is put together" for line in sent_strings(tree)]
    assert found == [], "\n".join(found)


def test_the_list_names_modules_that_there_are() -> None:
    names = [path.relative_to(PACKAGE).as_posix() for path in _modules()]
    assert [p for p in PUTS_NAMES if not any(name.startswith(p) for name in names)] == []


def test_no_statement_compares_with_the_servers_clock() -> None:
    """Who may write is decided by numbers that grow. One time is kept to be shown, one is only read:

    by it the grace of an old run is counted, whoever publishes.
    """
    clocks = re.compile(
        r"\b(?:timestamp|(?:local)?(?:date|time|datetime))\s*\(\s*\)|\brealtime\s*\("
    )
    found = [
        f"{path.parent.name}/{path.name}: {line.strip()}"
        for path in sorted((PACKAGE / "cypher").rglob("*.cypher"))
        for line in path.read_text("utf-8").splitlines()
        if clocks.search(line)
    ]
    assert len(found) == 2
    assert "l.since = timestamp() / 1000" in found[0]
    assert found[1] == "publish/now.cypher: RETURN timestamp() / 1000.0 AS now"
