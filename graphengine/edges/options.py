"""What a method may be told: each option checked, ids turned into places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.edges.edge_list import shown_ids
from graphengine.edges.identify import ids, weights
from graphengine.errors import InputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.edges.edge_list import Edges

__all__ = ["OPTIONS", "Options", "checked_options", "people", "topic_table", "vector"]


@dataclass(frozen=True, slots=True)
class Options:
    """The options as they came; None: the method's own default."""

    damping: float = 0.85
    tolerance: float = 1e-9
    sweeps: int | None = None
    alpha: float | None = None
    kappa: float | None = None
    restart: Any = None
    dangling: Any = None
    start: Any = None
    seeds: Any = None
    topics: Any = None
    topic: Any = None
    exact: int = 100
    precision: float = 0.01


OPTIONS = tuple(Options.__dataclass_fields__)


def checked_options(given: Mapping[str, Any], *, takes: tuple[str, ...], method: str) -> Options:
    """The options of a method; those that are None count as not given.

    Raises:
        UsageError: The method takes no such option, or a number is out of its range.

    >>> checked_options({"damping": 0.5}, takes=("damping",), method="pagerank").damping
    0.5
    """
    named = {name: value for name, value in given.items() if value is not None}
    for name in named:
        if name not in takes:
            others = f" It takes {', '.join(takes)}." if takes else " It takes none."
            raise UsageError(
                f'The method {method} takes no option "{name}".{others} Leave it out, or choose '
                "another method."
            )
    options = Options(**named)
    _between(options.damping, "damping", 0.0, 1.0)
    _between(options.precision, "precision", 0.0, 1.0)
    if not _is_number(options.tolerance) or not 0.0 < options.tolerance < np.inf:
        raise UsageError(
            f"The tolerance is {options.tolerance}. It bounds the error, so it is a number above 0, "
            "such as 1e-9."
        )
    for name, least in (("sweeps", 0), ("exact", 0)):
        value = getattr(options, name)
        if value is not None and (not isinstance(value, int | np.integer) or value < least):
            raise UsageError(f"{name} is {value!r}; a whole number from {least} on is needed.")
    return options


def vector(edges: Edges, given: Any, *, name: str, strict: bool = True) -> NDArray[np.float64]:
    """Weights by id, or n numbers, or a ranking, as n entries ≥ 0 in the order of the graph's ids.

    Where not ``strict``, ids that are not in the graph are passed over.

    Raises:
        InputError: An id is unknown, an entry cannot be used, or all are 0.
    """
    if hasattr(given, "scores"):
        given = dict(zip(given.ids.tolist(), given.scores.tolist(), strict=True))
    elif isinstance(given, pl.DataFrame):
        given = _by_id(given)
    if isinstance(given, Mapping):
        known = set(edges.ids.tolist())
        named = {k: w for k, w in given.items() if strict or k in known}
        if given and not named:
            raise InputError(
                f"{name} names {shown_ids(list(given))}, none of whom is in the graph. One at "
                f"least must be there, written the same way. Correct it, or leave {name} out."
            )
        values = np.zeros(edges.people)
        values[edges.places(named, name=name)] = weights(list(named.values()), name=name)
    else:
        values = weights(given, name=name)
    if values.shape != (edges.people,):
        raise InputError(
            f"{name} has {len(values):,} entries, and the graph {edges.people:,} people. It needs "
            "one entry a person, in the order of the ids, or weights by id."
        )
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0.0)))
    if len(wrong):
        who, value = edges.ids[wrong[0]], values[wrong[0]]
        raise InputError(
            f"{name} gives {who} the weight {value:g}. Weights are finite numbers that are not "
            "negative. Correct it."
        )
    if not values.any():
        raise InputError(
            f"{name} sums to 0: it gives nobody any weight. One person needs a weight above 0. "
            f"Correct it, or leave {name} out."
        )
    return values


def people(edges: Edges, given: Any, *, name: str = "seeds") -> NDArray[np.int64]:
    """The places of one or several people, each once.

    Raises:
        InputError: None is named, or one is not in the graph.
    """
    if given is None:
        raise UsageError(
            f"This method needs {name}: the ids of one or more people. Name them ({name}=[...], on "
            "the command line --seed ID or --seeds FILE)."
        )
    if isinstance(given, pl.DataFrame):
        given = given.to_series(0)
    one = isinstance(given, str | bytes) or np.isscalar(given)
    wanted = [given] if one else list(given)
    if not wanted:
        raise InputError(f"{name} names nobody. One person or more are needed. Name them.")
    return edges.places(dict.fromkeys(wanted), name=name)


def topic_table(edges: Edges, options: Options) -> tuple[NDArray[np.float64], int]:
    """Counts n × topics, and the column of the topic that was asked for.

    Raises:
        UsageError: No topics are given.
        InputError: A person is unknown, or nothing says anything about that topic.
    """
    if options.topics is None or options.topic is None:
        raise UsageError(
            "This method needs topics and a topic: how much each person wrote on each topic, and "
            "the one to rank by. Name them (topics={topic: {id: count}} or a frame with id, topic, "
            "weight; on the command line --topics FILE --topic NAME)."
        )
    table = _by_topic(options.topics)
    if options.topic not in table:
        raise InputError(
            f"Nobody says anything on the topic {options.topic!r}. topics has "
            f"{shown_ids(sorted(table, key=str))}. Name one of them."
        )
    names = list(table)
    columns = [vector(edges, table[t], name=f"the topic {t!r} of topics") for t in names]
    return np.column_stack(columns), names.index(options.topic)


def _by_topic(given: Any) -> dict[Any, dict[Any, float]]:
    if isinstance(given, Mapping):
        return {topic: dict(counts) for topic, counts in given.items()}
    if not isinstance(given, pl.DataFrame) or len(given.columns) < 2:
        raise UsageError(
            "topics is {topic: {id: count}}, or a polars frame with the columns id, topic and, if "
            "counts differ, weight."
        )
    who, topic = (_column(given, name, i) for i, name in enumerate(("id", "topic")))
    count = _weight_column(given, 2)
    table: dict[Any, dict[Any, float]] = {}
    for key, word, value in zip(who.to_list(), topic.to_list(), count.tolist(), strict=True):
        counts = table.setdefault(word, {})
        counts[key] = counts.get(key, 0.0) + value
    return table


def _by_id(frame: pl.DataFrame) -> dict[Any, float]:
    found: dict[Any, float] = {}
    who = ids(_column(frame, "id", 0), name="id")
    for key, value in zip(who.to_list(), _weight_column(frame, 1).tolist(), strict=True):
        found[key] = found.get(key, 0.0) + value
    return found


def _column(frame: pl.DataFrame, name: str, place: int) -> pl.Series:
    return frame[name] if name in frame.columns else frame.to_series(place)


def _weight_column(frame: pl.DataFrame, place: int) -> NDArray[np.float64]:
    name = next((c for c in ("weight", "score") if c in frame.columns), None)
    if name is None and len(frame.columns) <= place:
        return np.ones(len(frame))
    column = frame[name] if name else frame.to_series(place)
    if column.dtype == pl.String:
        read = column.str.strip_chars().cast(pl.Float64, strict=False)
        if read.null_count() > column.null_count():
            wrong = column.filter(read.is_null() & column.is_not_null())[0]
            raise InputError(
                f'The column {column.name} holds "{wrong}", which is no number. Correct it.'
            )
        column = read
    return weights(column, name=column.name)


def _between(value: Any, name: str, low: float, high: float) -> None:
    if not _is_number(value) or not low < value < high:
        raise UsageError(
            f"The {name} is {value}. It lies between {low:g} and {high:g}, both excluded. Choose "
            f"another; the usual one is {getattr(Options(), name)}."
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
