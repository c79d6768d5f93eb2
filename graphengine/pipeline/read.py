"""Questions to the published run: a topic's top, a person's card, a named query, any Cypher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.errors import GraphengineError, InputError, UsageError, did_you_mean
from graphengine.model import account_key
from graphengine.pipeline.open_store import STORES, Store, StoreName, open_store
from graphengine.pipeline.topics import named_topic
from graphengine.runs import Run
from graphengine.stores.ports import Answer
from graphengine.stores.queries import NamedQuery, Parameter, named_query
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graphengine.job import Job
    from graphengine.workspace import Workspace

__all__ = ["explain_query", "query_store", "show_person", "top_of_topic"]

_LOOKUP_ROWS = 10_000
_EXPLAIN_S = 60.0
_EXAMPLES: dict[str, Any] = {"integer": 1, "float": 1.0}  # by type of parameter; else a text
_BEGINS_ALIKE = {
    "handle_lc": "MATCH (a:Account) WHERE a.handle_lc STARTS WITH $prefix "
    "RETURN a.handle AS near ORDER BY near LIMIT 500",
    "uid": "MATCH (a:Account) WHERE a.uid STARTS WITH $prefix "
    "RETURN a.uid AS near ORDER BY near LIMIT 500",
}
_WHO = (
    "MATCH (a:Account {key: $key}) RETURN a.key AS account, a.handle AS handle, "
    "a.name AS person, a.followers AS followers"
)


def top_of_topic(job: Job, *, topic: str, n: int, store: str | None) -> Answer:
    """The ``n`` highest ranks of a topic named by its slug, name or key."""
    with open_store(_store_name(job, store), job, open_workspace(job, create=False)) as opened:
        return opened.top(job.name, _topic(opened, topic, job=job), n)


def show_person(job: Job, *, person: str, store: str | None) -> Answer:
    """The card of an account named by its key, its id in the job's network, or its handle.

    Each row also says who it is: account, handle, person, followers; and, as the run's folder says
    where it is still here, missing: what was not there to compute figures of cascades from, and
    draws: how many made the intervals, None where the folder does not tell.
    """
    workspace = open_workspace(job, create=False)
    with open_store(_store_name(job, store), job, workspace) as opened:
        key = _account(opened, person, job=job)
        card = opened.card(job.name, key)
        who = _look_up(opened, _WHO, {"key": key})[0]
        published = opened.published(job.name)
    told = _told(workspace, published.run) if published else ([], None)
    rows = tuple((*row, *who, *told) for row in card.rows)
    asked = ("account", "handle", "person", "followers", "missing", "draws")
    return Answer((*card.columns, *asked), rows)


def _told(workspace: Workspace, run: str) -> tuple[list[str], int | None]:
    """What was missing for cascades, and how many draws made the intervals."""
    try:
        said = Run(run, workspace.runs / run).manifest
    except GraphengineError:  # the run is elsewhere, or damaged: the card does not need it
        return [], None
    missing = [str(what) for what in said.get("missing_for_cascades", [])]
    return missing, said["parameters"].get("method", {}).get("draws")


def query_store(
    job: Job,
    *,
    name_or_text: str,
    parameters: Mapping[str, str],
    store: str | None,
    timeout_s: float,
    row_limit: int,
) -> Answer:
    """The rows of a named query, or of one read-only Cypher statement."""
    chosen = _store_name(job, store)
    with open_store(chosen, job, open_workspace(job, create=False)) as opened:
        statement, named = _asked(name_or_text, chosen)
        values = _bind(opened, named, parameters, job=job) if named else _plain_values(parameters)
        return opened.query(
            statement, _always(job) | values, timeout_s=timeout_s, row_limit=row_limit
        )


def explain_query(
    job: Job, *, name_or_text: str, parameters: Mapping[str, str], store: str | None
) -> Answer:
    """The plan of a named query or of one read-only Cypher statement.

    A plan depends on no value, so parameters of a named query may be left out.
    """
    chosen = _store_name(job, store)
    with open_store(chosen, job, open_workspace(job, create=False)) as opened:
        statement, named = _asked(name_or_text, chosen)
        values = _example_values(named) if named else _plain_values(parameters)
        return opened.explain(statement, _always(job) | values, timeout_s=_EXPLAIN_S)


def _asked(name_or_text: str, store: StoreName) -> tuple[str, NamedQuery | None]:
    """The statement for the store, and the query whose name was given, if it was a name."""
    if any(c.isspace() for c in name_or_text.strip()):
        return name_or_text, None
    named = named_query(name_or_text.strip())
    return named.statement_for(store), named


def _plain_values(parameters: Mapping[str, str]) -> dict[str, Any]:
    return {key: _plain(text) for key, text in parameters.items()}


def _example_values(named: NamedQuery) -> dict[str, Any]:
    example = {p.name: _EXAMPLES.get(p.type, "") for p in named.parameters}
    return example | {p.name: p.default for p in named.parameters if p.default is not None}


def _always(job: Job) -> dict[str, Any]:
    """The parameters that every statement may use."""
    return {"job": job.name, "scheme": f"{job.topic_scheme}/"}


def _store_name(job: Job, store: str | None) -> StoreName:
    if store is None:
        return job.publish.to[0]
    if store not in STORES:
        raise UsageError(f'There is no store "{store}"; there are {", ".join(STORES)}.')
    return store


def _bind(store: Store, named: NamedQuery, given: Mapping[str, str], *, job: Job) -> dict[str, Any]:
    """Values of a named query's parameters, each of its declared type."""
    known = [p.name for p in named.parameters]
    for name in given:
        if name not in known:
            raise UsageError(
                f'The query "{named.name}" has no parameter "{name}"; it takes '
                f"{', '.join(known) or 'none'}.{did_you_mean(name, known)}"
            )
    missing = [p.name for p in named.parameters if p.default is None and p.name not in given]
    if missing:
        raise UsageError(
            f'The query "{named.name}" needs {", ".join(missing)}: add '
            + " ".join(f"--param {name}=…" for name in missing)
        )
    return {
        p.name: _typed(store, p, given[p.name], job=job) if p.name in given else p.default
        for p in named.parameters
    }


def _typed(store: Store, parameter: Parameter, text: str, *, job: Job) -> Any:
    if parameter.type == "topic":
        return _topic(store, text, job=job)
    if parameter.type == "account":
        return _account(store, text, job=job)
    if parameter.type == "post":
        return text if ":" in text else account_key(job.network, text)
    if parameter.type == "integer":
        return _number(parameter, text, int)
    if parameter.type == "float":
        return _number(parameter, text, float)
    return text


def _number(parameter: Parameter, text: str, convert: Callable[[str], float]) -> float:
    try:
        return convert(text)
    except ValueError:
        raise UsageError(
            f'The parameter "{parameter.name}" needs {parameter.type}, got "{text}".'
        ) from None


def _plain(text: str) -> int | float | str:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def _look_up(store: Store, statement: str, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    return store.query(statement, values, timeout_s=30.0, row_limit=_LOOKUP_ROWS).rows


def _topic(store: Store, text: str, *, job: Job) -> str:
    """The key of a topic, or InputError naming the nearest one there is."""
    rows = _look_up(
        store,
        "MATCH (t:Topic) WHERE t.scheme = $scheme "
        "RETURN t.key AS key, t.slug AS slug, t.name AS name ORDER BY key",
        {"scheme": job.topic_scheme},
    )
    return named_topic(((str(k), str(s), str(n)) for k, s, n in rows), text, job=job.name)[0]


def _account(store: Store, text: str, *, job: Job) -> str:
    """The key of an account, or InputError naming handles that begin alike."""
    by_key = "MATCH (a:Account {key: $key}) RETURN a.key AS key"
    for key in (text, account_key(job.network, text)):
        found = _look_up(store, by_key, {"key": key})
        if found:
            return str(found[0][0])
    handle = text.removeprefix("@").casefold()
    found = _look_up(
        store,
        "MATCH (a:Account) WHERE a.handle_lc = $handle RETURN a.key AS key ORDER BY key",
        {"handle": handle},
    )
    if len(found) == 1:
        return str(found[0][0])
    if found:
        keys = ", ".join(str(row[0]) for row in found)
        raise InputError(
            f'"{text}" is the handle of several accounts: {keys}. Give one of the keys.'
        )
    raise InputError(
        f'There is nobody called "{text}" in the job "{job.name}".{_near(store, handle)} '
        f"Give a handle, an id, or a key such as {account_key(job.network, '123')}."
    )


def _near(store: Store, text: str) -> str:
    """The nearest handle or id that begins alike."""
    known = [
        str(row[0])
        for prefix in dict.fromkeys((text[:2], text[:1].upper(), text[:1]))
        for column in ("handle_lc", "uid")
        for row in _look_up(store, _BEGINS_ALIKE[column], {"prefix": prefix})
    ]
    return did_you_mean(text, known)
