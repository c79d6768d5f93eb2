"""Paths as a job file writes them: ``(actor:User)-[r:FOLLOWS]->(target:User)``, read and checked.

A small part of Cypher's patterns, on purpose: nodes with at most one label, relationships with one
type or several, one direction or both. What it cannot read it refuses, at the place where it
stopped. Only what stands in a `Pattern` ever reaches the text of a query, quoted by who writes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Element", "Field", "PathError", "Pattern", "field_of", "parsed"]

NAME = re.compile(r"[^\W\d]\w*|`(?:[^`]|``)+`")
SPACE = re.compile(r"\s*")


class PathError(ValueError):
    """A path that cannot be read; the text says where, and what was needed there."""


@dataclass(frozen=True, slots=True)
class Element:
    """A node (``words``: its label, if any) or a relationship (``words``: its types)."""

    kind: Literal["node", "relationship"]
    name: str | None
    words: tuple[str, ...]
    direction: Literal["", "->", "<-", "-"] = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Nodes and relationships in turn, as the path names them."""

    elements: tuple[Element, ...]

    @property
    def names(self) -> dict[str, int]:
        """Each variable -> the place of its element."""
        return {e.name: i for i, e in enumerate(self.elements) if e.name is not None}

    def walked(self, name: str | None) -> Element | None:
        """The element called ``name``; None: the last named relationship, else the only node."""
        if name is not None:
            place = self.names.get(name)
            return None if place is None else self.elements[place]
        named = [e for e in self.elements if e.name is not None]
        relationships = [e for e in named if e.kind == "relationship"]
        if len(self.elements) == 1:
            relationships = named
        return relationships[-1] if relationships else None


@dataclass(frozen=True, slots=True)
class Field:
    """What a column is read from: a property of a variable, or (None) a relationship's type."""

    name: str
    key: str | None


def parsed(text: str) -> Pattern:
    """The pattern that ``text`` writes; raises ``PathError``.

    >>> [e.words for e in parsed("(a:User)-[r:LIKES|`odd name`]->(b)").elements]
    [('User',), ('LIKES', 'odd name'), ()]
    >>> parsed("(a)-[r:LIKES]->b")
    Traceback (most recent call last):
    graphengine.job.graph_path.PathError: at character 16, "b": needed: (
    """
    reader = _Reader(text)
    elements = [reader.node()]
    while not reader.at_end():
        elements += [reader.relationship(), reader.node()]
    names = [e.name for e in elements if e.name is not None]
    for name in names:
        if names.count(name) > 1:
            raise PathError(f'"{name}" stands there more than once; needed: a name for each')
    return Pattern(tuple(elements))


def field_of(text: str) -> Field:
    """What ``variable.property`` or ``type(variable)`` means; raises ``PathError``.

    >>> field_of("actor.`full name`"), field_of("type(r)")
    (Field(name='actor', key='full name'), Field(name='r', key=None))
    """
    reader = _Reader(text)
    name = reader.name()
    if name == "type" and reader.maybe("("):
        name = reader.name()
        reader.need(")")
        key = None
    else:
        reader.need(".")
        key = reader.name()
    if not reader.at_end():
        raise reader.wrong("the end")
    return Field(name, key)


class _Reader:
    """Takes one thing after another from the front of a text."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self._skip()

    def at_end(self) -> bool:
        return self.place == len(self.text)

    def node(self) -> Element:
        self.need("(")
        name = self._maybe_name()
        words = (self.name(),) if self.maybe(":") else ()
        if self.maybe(":") or self.maybe("|") or self.maybe("&"):
            raise self.wrong("), since one label a node is enough here", back=True)
        self.need(")")
        return Element("node", name, words)

    def relationship(self) -> Element:
        left = self.maybe("<-")
        if not left:
            self.need("-")
        self.need("[")
        name = self._maybe_name()
        self.need(":")
        words = [self.name()]
        while self.maybe("|"):
            self.maybe(":")
            words.append(self.name())
        self.need("]")
        right = not left and self.maybe("->")
        if not right:
            self.need("-")
        direction: Literal["->", "<-", "-"] = "<-" if left else "->" if right else "-"
        return Element("relationship", name, tuple(dict.fromkeys(words)), direction)

    def name(self) -> str:
        name = self._maybe_name()
        if name is None:
            raise self.wrong("a name (an odd one between `backticks`)")
        return name

    def maybe(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.place):
            return False
        self.place += len(sign)
        self._skip()
        return True

    def need(self, sign: str) -> None:
        if not self.maybe(sign):
            raise self.wrong(sign)

    def wrong(self, needed: str, *, back: bool = False) -> PathError:
        place = max(0, self.place - 1) if back else self.place
        rest = self.text[place : place + 12]
        came = f'at character {place + 1}, "{rest}"' if rest else "at the end"
        return PathError(f"{came}: needed: {needed}{_hint(rest)}")

    def _maybe_name(self) -> str | None:
        found = NAME.match(self.text, self.place)
        if found is None:
            return None
        word = found[0]
        if "\\" in word or not word.isprintable():
            raise self.wrong("a name without backslash and control characters")
        self.place = found.end()
        self._skip()
        return word[1:-1].replace("``", "`") if word.startswith("`") else word

    def _skip(self) -> None:
        found = SPACE.match(self.text, self.place)
        self.place = found.end() if found else self.place


def _hint(rest: str) -> str:
    """Why it is not simply Cypher, where it looks like it."""
    if rest.startswith("{"):
        return "; conditions are not written into a path: use skip"
    if rest.startswith(("*", "+")):
        return "; a path has a fixed length: write every step"
    return ""
