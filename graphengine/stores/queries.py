"""The analysts' named queries: Cypher text from graphengine/cypher/analyst, one statement a file.

A file begins with its header, one ``//`` line for each part:

    // question: Who has the most influence in a topic?
    // parameter topic (topic): the key of a topic
    // parameter n (integer = 10): the lowest rank that is shown
    // columns: rank, account, score
    // cost: one range of the index (run, topic, rank)
    // hits: <= 50 + 15 per row

The hits are Neo4j's database hits, as PROFILE counts them: a sum of a number and of numbers per
thing of a kind that grows. A test measures them (tests/contract/test_query_plans.py).

``$job`` and ``$scheme`` (what the job's topic keys begin with, slash included) are in every
statement's reach and are never declared. Where one text cannot serve both
engines there are two files, ``name.neo4j.cypher`` and ``name.embedded.cypher``, with one header.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, cast, get_args

from graphengine.errors import ConfigurationError, InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Engine",
    "Hits",
    "NamedQuery",
    "Parameter",
    "ParameterType",
    "named_queries",
    "named_query",
    "parse_query",
]

Engine = Literal["neo4j", "embedded"]
ParameterType = Literal["topic", "account", "post", "integer", "float", "text"]

_PARTS = ("question", "columns", "cost", "hits")
_HITS = re.compile(r"<= (\d+)((?: \+ \d+ per [a-z '-]+)*)")
_PARAMETER = re.compile(r'parameter (\w+) \((\w+)(?: = ("[^"]*"|-?\d+(?:\.\d+)?))?\)')


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the asker gives: ``$name``. topic, account and post are keys of such nodes.

    ``default`` is None where the asker must give one; an empty topic means "of every topic".
    """

    name: str
    type: ParameterType
    meaning: str
    default: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """A bound of Neo4j's database hits: so many in any case, and so many per thing of a kind."""

    base: int
    per: tuple[tuple[int, str], ...] = ()

    def bound(self, things: Mapping[str, int]) -> int:
        """The bound where there are so many ``things`` of each kind.

        >>> Hits(50, ((15, "row"),)).bound({"row": 10})
        200
        """
        return self.base + sum(each * things[kind] for each, kind in self.per)

    def __str__(self) -> str:
        return " + ".join([str(self.base), *(f"{each} per {kind}" for each, kind in self.per)])


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A question, what must be given, which columns come back, and what it costs.

    ``statement`` is the text for both engines, or Neo4j's where ``embedded`` holds another.
    """

    name: str
    question: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    cost: str
    hits: Hits
    statement: str
    embedded: str | None = None

    def statement_for(self, engine: Engine) -> str:
        """The text for an engine."""
        if engine == "embedded" and self.embedded is not None:
            return self.embedded
        return self.statement


@cache
def named_queries() -> tuple[NamedQuery, ...]:
    """All named queries, sorted by name.

    >>> [query.name for query in named_queries()][:2]
    ['activity', 'amplified-by']
    """
    texts: dict[str, dict[str, str]] = {}
    for file in files("graphengine").joinpath("cypher", "analyst").iterdir():
        name, *engine, suffix = file.name.split(".")
        if suffix == "cypher":
            texts.setdefault(name, {})["".join(engine)] = file.read_text(encoding="utf-8")
    return tuple(_one_of(name, texts[name]) for name in sorted(texts))


def named_query(name: str) -> NamedQuery:
    """The query of that name.

    Raises:
        InputError: there is none; the message names the nearest one and all others.

    >>> named_query("top").columns[:5]
    ('rank', 'account', 'handle', 'name', 'score')
    """
    known = {query.name: query for query in named_queries()}
    if name not in known:
        raise InputError(
            f'There is no query named "{name}".{did_you_mean(name, list(known))} '
            f"The named queries are: {', '.join(known)}. See graphengine query --list."
        )
    return known[name]


def parse_query(name: str, text: str) -> NamedQuery:
    r"""The query in a file's text: its header and its statement.

    Raises:
        ConfigurationError: a part of the header is missing, unknown or given twice.

    >>> head = "// question: One?\n// columns: n\n// cost: none\n// hits: <= 0\n"
    >>> query = parse_query("one", head + "RETURN 1 AS n")
    >>> query.question, query.columns, query.statement
    ('One?', ('n',), 'RETURN 1 AS n')
    """
    lines = text.splitlines()
    header = [line.removeprefix("//").strip() for line in lines if line.startswith("//")]
    parts: dict[str, str] = {}
    parameters = []
    for line in header:
        part, _, value = line.partition(": ")
        if part.startswith("parameter "):
            parameters.append(_parameter(name, part, value))
        elif part not in _PARTS or part in parts or not value:
            raise _wrong(name, f'"{line}" is unknown, empty or given twice')
        else:
            parts[part] = value
    if missing := [part for part in _PARTS if part not in parts]:
        raise _wrong(name, f"{', '.join(missing)} is missing")
    return NamedQuery(
        name=name,
        question=parts["question"],
        parameters=tuple(parameters),
        columns=tuple(column.strip() for column in parts["columns"].split(",")),
        cost=parts["cost"],
        hits=_hits(name, parts["hits"]),
        statement="\n".join(line for line in lines if not line.startswith("//")).strip(),
    )


def _one_of(name: str, texts: dict[str, str]) -> NamedQuery:
    if set(texts) == {""}:
        return parse_query(name, texts[""])
    if set(texts) != set(get_args(Engine)):
        raise _wrong(name, "there is either one file, or one for neo4j and one for embedded")
    query, other = parse_query(name, texts["neo4j"]), parse_query(name, texts["embedded"])
    if replace(other, statement=query.statement) != query:
        raise _wrong(name, "its two files have different headers")
    return replace(query, embedded=other.statement)


def _parameter(name: str, part: str, meaning: str) -> Parameter:
    match = _PARAMETER.fullmatch(part)
    if match is None or match[2] not in get_args(ParameterType) or not meaning:
        kinds = ", ".join(get_args(ParameterType))
        form = f"parameter NAME (TYPE = DEFAULT): MEANING, the type one of {kinds}"
        raise _wrong(name, f'"{part}" is not of the form {form}')
    default = None if match[3] is None else json.loads(match[3])
    return Parameter(match[1], cast("ParameterType", match[2]), meaning, default)


def _hits(name: str, text: str) -> Hits:
    match = _HITS.fullmatch(text)
    if match is None:
        raise _wrong(name, f'"hits: {text}" is not of the form <= NUMBER + NUMBER per THING')
    terms = [term.split(" per ") for term in match[2].split(" + ")[1:]]
    return Hits(int(match[1]), tuple((int(each), kind) for each, kind in terms))


def _wrong(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"the header of the named query {name}: {what}. "
        f"It holds one line each of {', '.join(_PARTS)}, and one for each parameter"
    )
