"""The Cypher that reads a path: every name of the job file quoted, every value a parameter.

Variables get names of our own (e0, e1, ... along the path, o1, ... along the optional one), so that
none of the job's can meet one of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from graphengine.bolt.quoting import quoted
from graphengine.errors import GraphengineError
from graphengine.job.graph_checks import graph_elements
from graphengine.job.graph_path import Element, Pattern, field_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from graphengine.job import GraphSettings

__all__ = ["Statements", "pattern_of", "statements"]

_INSTANT = (
    "CASE WHEN {x} IS :: ZONED DATETIME NOT NULL THEN {x} "
    "WHEN {x} IS :: LOCAL DATETIME NOT NULL THEN datetime({{datetime: {x}, timezone: $zone}}) "
    "WHEN {x} IS :: DATE NOT NULL THEN datetime({{date: {x}, timezone: $zone}}) ELSE null END"
)
# Moments in words that the reader of times knows. Neo4j's own text for one with a zone ends in the
# name of that zone, which nobody else reads.
_TIMES = {
    "iso": (
        "CASE WHEN {x} IS :: ZONED DATETIME NOT NULL THEN toString(datetime("
        "{{epochSeconds: {x}.epochSeconds, nanosecond: {x}.nanosecond}})) "
        "WHEN {x} IS :: LOCAL DATETIME NOT NULL THEN toString({x}) "
        "WHEN {x} IS :: DATE NOT NULL THEN toString({x}) ELSE {x} END"
    ),
    "epoch_s": f"coalesce(({_INSTANT}).epochSeconds, {{x}})",
    "epoch_ms": f"coalesce(({_INSTANT}).epochMillis, {{x}})",
}
# A property that only grows: moments as nanoseconds, which compare as whole numbers.
_GROWING = (
    f"coalesce(({_INSTANT}).epochSeconds * 1000000000 + ({_INSTANT}).nanosecond, {{x}})"
).replace("$zone", "'UTC'")
_CONSTANTS = {"[]", "null"}
_MOMENT = "datetime({epochSeconds: $since, nanosecond: $nanoseconds})"
_SINCE = {
    "ZONED DATETIME": _MOMENT,
    "LOCAL DATETIME": f"localdatetime({_MOMENT})",
    "DATE": f"date({_MOMENT})",
}


@dataclass(frozen=True)
class Statements:
    """What is sent for one source.

    ``path`` and ``optional`` are patterns in Cypher, ``own`` what each variable is called in them
    and stands for, ``walked`` the variable whose internal ids are walked, ``cells`` an expression a
    column, ``moments`` those of columns that may hold Neo4j's own moments, by their places,
    ``mark`` the property that only grows. ``alone``: every element is one row. ``placed``: a page is
    asked for by places in the order of ids, up or down, instead of by ids. ``tops``: variables of
    which the highest ids are told; the first column is then one that every row has.
    """

    path: str
    optional: str | None
    own: Mapping[str, tuple[str, Element]]
    walked: str
    cells: Sequence[str]
    moments: Mapping[int, str]
    mark: str | None
    alone: bool
    placed: Literal["", "ASC", "DESC"] = ""
    tops: Sequence[str] = ()

    @property
    def census(self) -> str:
        """How many elements there are, and between which internal ids: n, low, high; or no row.

        All of it from what Neo4j keeps counted and in order, not from the elements themselves.
        """
        every = [_any(element) for element in _each_word(self.own[self.walked][1])]
        counts = " UNION ALL ".join(f"MATCH {one} RETURN count(e) AS part" for one in every)
        low, high = (
            f"CALL () {{ MATCH {self._every} RETURN id(e) AS {name} ORDER BY e {way}LIMIT 1 }}"
            for name, way in (("low", ""), ("high", "DESC "))
        )
        counted = f"CALL () {{ {counts} }} WITH sum(part) AS n"
        return f"CYPHER 5 {counted} {low} {high} RETURN n, low, high"

    @property
    def counts(self) -> str:
        """How many elements there are of each type or label alone, from what is kept counted: n."""
        each = [_any(element) for element in _each_word(self.own[self.walked][1])]
        counts = (f"MATCH {one} RETURN {i} AS i, count(e) AS n" for i, one in enumerate(each))
        return f"CYPHER 5 CALL () {{ {' UNION ALL '.join(counts)} }} RETURN n ORDER BY i"

    @property
    def ids(self) -> str:
        """The internal ids of all elements, a record each: i."""
        return f"CYPHER 5 MATCH {self._every} RETURN id(e) AS i"

    def ids_since(self, kind: str) -> str:
        """The internal ids of elements in rows whose mark, of that type, is $since or more: i."""
        least = _SINCE.get(kind, "$since")
        return (
            f"CYPHER 5 MATCH {self.path} WHERE {self.mark} >= {least} "
            f"RETURN DISTINCT id({self.own[self.walked][0]}) AS i"
        )

    @property
    def marked(self) -> int | None:
        """The place of the column that is the watermark as well."""
        return self.cells.index(self.mark) if self.mark in self.cells else None

    @property
    def typed(self) -> int | None:
        """The place of the column that is the type of the elements that are walked, a row each."""
        own = f"type({self.own[self.walked][0]})"
        return self.cells.index(own) if self.alone and own in self.cells else None

    def page(
        self, *, listed: bool, careful: bool = True, filled: Collection[int] | None = None
    ) -> str:
        """The rows of some elements by columns: c0, c1, ...; $none stands for what is not there.

        The elements are those with the internal ids $ids, or from $low to $high (where they are
        `placed`, the $many from the place $low on, counted from 0). ``seen`` is how
        many there are, ``rows`` how many rows (of an element that is one row, ``seen`` says it;
        where there are ``tops``, a list of their highest ids stands there instead, of the elements
        themselves the lowest where they are placed downwards),
        ``marks`` the column of marks and ``kinds`` the types of its values. Unless ``careful``,
        moments come as they are, and marks without types, or not at all where one of the columns
        is the same: that is cheaper, and enough for numbers and texts. Cheaper too: columns that
        are not ``filled`` (None: all are) leave out what is not there, and are then shorter. Where
        `typed` names a column there is a record a type, with the type alone in that column (null where
        they are `placed`: all are of the one type there is).
        """
        columns = self._columns(careful=careful, filled=filled)
        # a constant beside collect() would be a group, and looked up for every row
        each = ", ".join(f"{x} AS {name}" for name, x in columns.items() if x not in _CONSTANTS)
        told = ", ".join(f"{x} AS {n}" if x in _CONSTANTS else n for n, x in columns.items())
        ids = "$ids" if listed else "range($low, $high)"
        ours = self.own[self.walked][0]
        if self.alone:
            found = f"UNWIND {ids} AS i MATCH {self.path} WHERE id({ours}) = i"
            if self.placed:
                order = f"{ours} {self.placed}"
                found = f"MATCH {self.path} WITH * ORDER BY {order} SKIP $low LIMIT $many"
            if self.tops:
                each = f"[{', '.join(self._bounds())}] AS rows, {each}"
                return f"CYPHER 5 {found} WITH {each} RETURN size(c0) AS seen, rows, {told}"
            return f"CYPHER 5 {found} WITH count(*) AS seen, {each} RETURN seen, 0 AS rows, {told}"
        optional = f"OPTIONAL MATCH {self.optional} " if self.optional else ""
        return (
            f"CYPHER 5 UNWIND {ids} AS i MATCH {self._every} WHERE id(e) = i "
            "WITH collect(e) AS found "
            f"CALL (found) {{ UNWIND found AS {ours} MATCH {self.path} {optional}"
            f"RETURN count(*) AS rows, {each} }} "
            f"RETURN size(found) AS seen, rows, {told}"
        )

    def _bounds(self) -> Iterator[str]:
        for variable in self.tops:
            down = self.placed == "DESC" and variable == self.own[self.walked][0]
            yield f"{'min' if down else 'max'}(id({variable}))"

    def _columns(self, *, careful: bool, filled: Collection[int] | None) -> dict[str, str]:
        cells, marks, kinds = list(self.cells), "[]", "[]"
        if careful:
            cells = [self.moments.get(i, cell) for i, cell in enumerate(cells)]
        if self.mark is not None and (careful or self.marked is None):
            growing = _GROWING.format(x=self.mark) if careful else self.mark
            marks = f"collect(coalesce({growing}, $none))"
        if self.mark is not None and careful:
            kinds = f"collect(DISTINCT valueType({self.mark}))"
        for i, cell in enumerate(cells):
            if filled is None or i in filled:
                cells[i] = f"coalesce({cell}, $none)"
        named = {f"c{i}": f"collect({cell})" for i, cell in enumerate(cells)}
        if self.typed is not None:
            named[f"c{self.typed}"] = "null" if self.placed else self.cells[self.typed]
        return {"marks": marks, "kinds": kinds, **named}

    def keys_of(self, column: str) -> str:
        """The names of the properties that elements such as those of ``column`` have: k."""
        return (
            f"CYPHER 5 MATCH {_any(self.own[field_of(column).name][1])} WITH e LIMIT 10000 "
            "UNWIND keys(e) AS k RETURN DISTINCT k ORDER BY k"
        )

    def words(self, kind: str) -> list[str]:
        """The labels of nodes, or the types of relationships, that the paths name."""
        elements = [element for _, element in self.own.values() if element.kind == kind]
        return sorted({word for element in elements for word in element.words})

    @property
    def _every(self) -> str:
        return _any(self.own[self.walked][1])


def statements(
    settings: GraphSettings,
    columns: Sequence[str],
    *,
    times: frozenset[str],
    time_format: str,
    counted: bool = True,
) -> Statements:
    """What is sent to read ``columns`` (each ``variable.property`` or ``type(variable)``).

    Those in ``times`` may hold Neo4j's own moments, and come as the text of ``time_format``.
    Unless elements are ``counted`` as such, an element without a row need not be seen.
    """
    path, optional, _ = graph_elements(settings)
    own = {e.name or f"\0{i}": (f"e{i}", e) for i, e in enumerate(path.elements)}
    further = None
    if optional is not None:
        start, *rest = optional.elements
        known = own[str(start.name)][0]
        own |= {e.name or f"\0o{i}": (f"o{i}", e) for i, e in enumerate(rest, 1)}
        further = pattern_of(
            optional.elements, [known, *(f"o{i}" for i in range(1, len(rest) + 1))]
        )
    walked = path.walked(settings.id)
    if walked is None or walked.name is None:
        raise GraphengineError("A path without the element to walk passed the checks of jobs.")
    ours = {name: variable for name, (variable, _) in own.items()}
    cells = [_expression(column, ours) for column in columns]
    moments = _TIMES.get(time_format, _TIMES["iso"])
    return Statements(
        path=pattern_of(path.elements, [f"e{i}" for i in range(len(path.elements))]),
        optional=further,
        own=own,
        walked=walked.name,
        cells=cells,
        moments={i: moments.format(x=cells[i]) for i, c in enumerate(columns) if c in times},
        mark=None if settings.watermark is None else _expression(settings.watermark, ours),
        alone=further is None and _is_row(path, walked, counted=counted),
    )


def pattern_of(elements: Sequence[Element], variables: Sequence[str]) -> str:
    """A pattern in Cypher: nodes and relationships in turn, under these variables.

    >>> pattern_of([Element("node", None, ("User",))], ["e0"])
    '(e0:`User`)'
    """
    return "".join(_written(e, v) for e, v in zip(elements, variables, strict=True))


def _is_row(path: Pattern, walked: Element, *, counted: bool) -> bool:
    """Whether an element is one row at most; if they are ``counted``, exactly one.

    One way of a relationship is, and its ends have no label that could be missing.
    """
    ends = [element for element in path.elements if element is not walked]
    if walked.kind == "node":
        return not ends
    once = len(ends) == 2 and walked.direction != "-"
    return once and not (counted and any(end.words for end in ends))


def _each_word(element: Element) -> list[Element]:
    return [replace(element, words=(word,)) for word in element.words] or [element]


def _expression(column: str, ours: Mapping[str, str]) -> str:
    field = field_of(column)
    variable = ours[field.name]
    if field.key is None:
        return f"type({variable})"
    return f"{variable}.{quoted(field.key, what='columns')}"


def _inside(element: Element, variable: str) -> str:
    words = "|".join(quoted(word, what="path") for word in element.words)
    return f"{variable}:{words}" if words else variable


def _written(element: Element, variable: str) -> str:
    inside = _inside(element, variable)
    if element.kind == "node":
        return f"({inside})"
    ends = {"->": ("-", "->"), "<-": ("<-", "-")}.get(element.direction, ("-", "-"))
    return f"{ends[0]}[{inside}]{ends[1]}"


def _any(element: Element) -> str:
    """A pattern for all elements such as this one, each once, called e."""
    inside = _inside(element, "e")
    return f"({inside})" if element.kind == "node" else f"()-[{inside}]->()"
