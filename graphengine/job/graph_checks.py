"""Mistakes of a source that lies in Neo4j: its path, and the columns that name parts of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from graphengine.errors import did_you_mean
from graphengine.job.graph_path import Element, Field, PathError, Pattern, field_of, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.job.settings import GraphSettings, SourceSettings

__all__ = ["graph_elements", "graph_mistakes"]

Mistake: TypeAlias = tuple[str, str]

OF_FILES = ("files", "format", "header", "column_names", "comment")
SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def graph_mistakes(source: SourceSettings) -> Iterator[Mistake]:
    """What is wrong with a source as one that is read from files, or from Neo4j."""
    settings = source.neo4j
    if source.reader != "neo4j":
        if "files" not in source.model_fields_set:
            yield "files", "missing"
        if settings is not None:
            yield "neo4j", 'only with reader = "neo4j"; say that, or drop it'
        return
    for name in OF_FILES:
        if name in source.model_fields_set:
            yield name, 'nothing to the reader "neo4j", which reads no files; drop it'
    if settings is None:
        yield "neo4j", "missing; [sources.neo4j] says which path is read"
        return
    for path, text in [*_path(settings), *_place(settings)]:
        yield f"neo4j.{path}", text
    yield from _fields(source, settings)
    if settings.compare == "full":
        yield from _compared(source, settings)


def graph_elements(settings: GraphSettings) -> tuple[Pattern, Pattern | None, dict[str, Element]]:
    """The path, the optional one, and what each variable of both stands for.

    Raises ``PathError`` where one of them cannot be read, or the second does not start at the first.
    """
    path = parsed(settings.path)
    known = {e.name: e for e in path.elements if e.name is not None}
    if settings.optional is None:
        return path, None, known
    further = parsed(settings.optional)
    start, *rest = further.elements
    if start.name not in known or known[start.name].kind != "node" or start.words:
        raise PathError("at character 1: needed: a node of the path, by its name alone: (name)")
    for element in rest:
        if element.name in known:
            raise PathError(f'"{element.name}" stands in the path already; needed: another name')
    return path, further, {e.name: e for e in rest if e.name is not None} | known


def _path(settings: GraphSettings) -> Iterator[Mistake]:
    try:
        path = parsed(settings.path)
    except PathError as wrong:
        yield "path", str(wrong)
        return
    try:
        graph_elements(settings)
    except PathError as wrong:
        yield "optional", str(wrong)
    if path.walked(settings.id) is not None:
        return
    if settings.id is None:
        yield "path", "names no relationship; needed: a name for one, such as [r:LIKES], or id"
    else:
        yield "id", f'"{settings.id}" is {_no_name(settings.id, list(path.names), "path")}'


def _fields(source: SourceSettings, settings: GraphSettings) -> Iterator[Mistake]:
    try:
        known = graph_elements(settings)[2]
    except PathError:
        return
    for ours, theirs in source.columns.items():
        for text in [theirs] if isinstance(theirs, str) else theirs:
            for wrong in _field(text, known):
                yield f"columns.{ours}", wrong
    for text in source.skip:
        for wrong in _field(text, known):
            yield f'skip."{text}"', wrong
    if settings.watermark is not None:
        of_path = {name: known[name] for name in parsed(settings.path).names}
        for wrong in _field(settings.watermark, of_path):
            yield "neo4j.watermark", wrong
        if re.match(r"type\s*\(", settings.watermark):
            yield "neo4j.watermark", "needed: a property that only grows, such as r.created_at"


def _field(text: str, known: dict[str, Element]) -> Iterator[str]:
    try:
        field: Field = field_of(text)
    except PathError as wrong:
        yield f'"{text}" is no variable.property and no type(variable): {wrong}'
        return
    if field.name not in known:
        yield f'"{text}": {field.name} is {_no_name(field.name, list(known), "path")}'
    elif field.key is None and known[field.name].kind == "node":
        yield f'"{text}": {field.name} is a node, and only relationships have a type'


def _no_name(name: str, known: list[str], where: str) -> str:
    near = did_you_mean(name, known).strip()
    if near:
        return f"no variable of the {where}; {near[0].lower()}{near[1:]}"
    return f"no variable of the {where}; needed: one of {', '.join(known) or '(it names none)'}"


def _compared(source: SourceSettings, settings: GraphSettings) -> Iterator[Mistake]:
    if source.table != "interactions":
        yield "neo4j.compare", 'only the table interactions is compared; say "never", or drop it'
    if settings.watermark is not None:
        yield (
            "neo4j.compare",
            "a read from a watermark sees only what is new; drop watermark or compare",
        )


def _place(settings: GraphSettings) -> Iterator[Mistake]:
    if settings.uri is not None:
        scheme, _, rest = settings.uri.partition("://")
        if scheme not in SCHEMES or not rest:
            yield "uri", f"needed: one of {', '.join(SCHEMES)}, then ://host:port"
        elif re.match(r"[^/]*@", rest):
            yield "uri", "carries a user or a password; see user and password_env"
    name = settings.password_env
    if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        yield "password_env", "needed: the name of an environment variable, not a password"
