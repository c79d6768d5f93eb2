"""Mistakes that only show when settings are read together: one generator a subject.

Each yields (path of the setting, what is wrong with it), the path as a user would point at it:
``sources[1].columns.actr``. Paths count from 0, as the file's own order does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from graphengine.errors import did_you_mean
from graphengine.job.graph_checks import graph_mistakes
from graphengine.job.times import iso_seconds
from graphengine.model import ENDORSEMENT_TYPES, EXPOSURE_TYPES, NO_TOPIC, OVERALL, slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graphengine.job.settings import Job, SourceSettings, TimeSettings, WindowSettings

__all__ = ["COLUMNS", "mistakes", "unknown"]

Mistake: TypeAlias = tuple[str, str]

COLUMNS: dict[str, tuple[str, ...]] = {
    "interactions": (
        "actor", "target", "kind", "at", "topic", "post", "parent", "weight", "event", "op",
        "network",
    ),
    "posts": ("post", "parent", "kind", "author", "at", "root", "topic", "reshares"),
    "exposure": ("actor", "target", "kind", "at"),
    "accounts": ("account", "at", "handle", "name", "followers", "created_at"),
    "retractions": ("event_id", "account"),
}  # fmt: skip
NEEDED: dict[str, tuple[str, ...]] = {
    "interactions": ("actor", "target", "kind"),
    "posts": ("post",),
    "exposure": ("actor", "target", "kind"),
    "accounts": ("account",),
    "retractions": (),
}
KINDS_OF: dict[str, tuple[str, ...]] = {
    "interactions": tuple(ENDORSEMENT_TYPES),
    "posts": (*ENDORSEMENT_TYPES, "post"),
    "exposure": tuple(EXPOSURE_TYPES),
    "accounts": (),
    "retractions": (),
}
TIME_FORMATS = ("iso", "epoch_s", "epoch_ms", "minutes", "seconds")
SINCE_START = ("minutes", "seconds")
URI_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def mistakes(job: Job) -> Iterator[Mistake]:
    """Every mistake of a job whose single settings are of the right type."""
    names: dict[str, int] = {}
    for i, source in enumerate(job.sources):
        here = f"sources[{i}]"
        if source.name in names:
            first = names[source.name]
            yield f"{here}.name", f'"{source.name}" is the name of sources[{first}] already'
        names.setdefault(source.name, i)
        for path, text in _source(source):
            yield f"{here}.{path}", text
    yield from _window(job.window)
    yield from _method(job)
    yield from _publish(job)


def unknown(word: str, known: Sequence[str]) -> str:
    """The sentence about a word that is none of ``known``.

    >>> unknown("actr", ["actor", "target"])
    'unknown; did you mean "actor"?'
    >>> unknown("zzz", ["actor", "target"])
    'unknown; needed: one of actor, target'
    """
    near = did_you_mean(word, list(known)).strip()
    return (
        f"unknown; {near[0].lower()}{near[1:]}"
        if near
        else f"unknown; needed: one of {', '.join(known)}"
    )


def _source(source: SourceSettings) -> Iterator[Mistake]:
    yield from _mapping(source)
    if source.reader != "congress":
        yield from _lacking(source)
    yield from graph_mistakes(source)
    yield from _file_columns(source)
    yield from _kinds(source)
    yield from _identity(source)
    yield from _topics(source)
    for path, text in _time(source.time):
        yield f"time.{path}", text
    for i, file in enumerate(source.files):
        if not file.strip():
            yield f"files[{i}]", "empty; needed: a file name or a pattern such as data/*.csv.gz"


def _mapping(source: SourceSettings) -> Iterator[Mistake]:
    known = COLUMNS[source.table]
    for group in ("columns", "constants"):
        for name in getattr(source, group):
            if name not in known:
                yield f"{group}.{name}", f"{unknown(name, known)} (table {source.table})"
    for name in sorted(source.columns.keys() & source.constants.keys()):
        yield f"constants.{name}", "given as a column too; keep one of the two"


def _lacking(source: SourceSettings) -> Iterator[Mistake]:
    given = source.columns.keys() | source.constants.keys()
    meant = "".join(did_you_mean(name, list(COLUMNS[source.table])) for name in given)
    for name in NEEDED[source.table]:
        if f'"{name}"' not in meant:  # a misspelt name is reported as that, not as missing too
            yield (
                f"columns.{name}",
                f"missing; the table {source.table} needs it, as a column or in constants",
            )
    if source.table == "retractions" and not given & {"event_id", "account"}:
        yield "columns", 'missing; the table retractions needs "event_id" or "account"'


def _file_columns(source: SourceSettings) -> Iterator[Mistake]:
    names = source.column_names
    if names is None:
        if not source.header:
            yield "column_names", "missing; a file without a header needs the names of its columns"
        return
    if source.header:
        yield "column_names", "only for files without a header; say header = false, or drop it"
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield "column_names", f'"{name}" stands there more than once'
    for ours, theirs in source.columns.items():
        for name in [theirs] if isinstance(theirs, str) else theirs:
            if name not in names:
                yield f"columns.{ours}", f'"{name}" is {unknown(name, names)} (column_names)'


def _kinds(source: SourceSettings) -> Iterator[Mistake]:
    known = KINDS_OF[source.table]
    for word, kind in source.kinds.items():
        if kind not in known:
            wanted = ", ".join(known) or "none: this table has no kinds"
            yield f'kinds."{word}"', f'"{kind}" is no kind of the table {source.table}: {wanted}'
    constant = source.constants.get("kind")
    if constant is not None and known and constant not in (*known, *source.kinds):
        yield "constants.kind", f'"{constant}" is {unknown(constant, [*known, *source.kinds])}'


def _identity(source: SourceSettings) -> Iterator[Mistake]:
    given = source.columns.keys() | source.constants.keys()
    if source.identity in ("event", "post") and source.identity not in given:
        yield "identity", f'"{source.identity}" needs columns.{source.identity}, which is not there'
    if source.topic_separator is not None and "topic" not in given:
        yield "topic_separator", "needs columns.topic, which is not there"
    if source.topic_separator == "":
        yield "topic_separator", 'empty; needed: the text between two topics, such as ";"'


def _topics(source: SourceSettings) -> Iterator[Mistake]:
    topic = source.constants.get("topic")
    if topic is not None and slug(topic) in (OVERALL, NO_TOPIC):
        yield "constants.topic", f'"{topic}" is reserved; needed: another name for the topic'


def _time(time: TimeSettings) -> Iterator[Mistake]:
    if time.format not in TIME_FORMATS and "%" not in time.format:
        yield "format", f'"{time.format}" is {unknown(time.format, TIME_FORMATS)}'
    if time.format in SINCE_START and time.start is None:
        yield "start", f'missing; "{time.format}" count from a start, such as "2004-04-15"'
    if time.start is not None:
        if time.format not in SINCE_START:
            yield "start", f'only for minutes and seconds; the format is "{time.format}"'
        yield from _iso("start", time.start)
    if not _is_zone(time.zone):
        yield "zone", f'"{time.zone}" is {_unknown_zone(time.zone)}'


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True


def _unknown_zone(name: str) -> str:
    near = did_you_mean(name, sorted(available_timezones())).strip()
    return (
        f"unknown; {near[0].lower()}{near[1:]}"
        if near
        else 'unknown; needed: one like "Europe/Paris"'
    )


def _iso(path: str, text: str) -> Iterator[Mistake]:
    try:
        iso_seconds(text)
    except (ValueError, OverflowError):
        yield path, f'"{text}" is no ISO date; needed: one like "2014-08-09" or "2014-08-09T12:00Z"'


def _window(window: WindowSettings) -> Iterator[Mistake]:
    wrong = []
    for name in ("earliest", "latest"):
        text = getattr(window, name)
        wrong += list(_iso(f"window.{name}", text)) if text is not None else []
    yield from wrong
    if wrong or window.earliest is None or window.latest is None:
        return
    if iso_seconds(window.earliest) >= iso_seconds(window.latest):
        yield (
            "window.latest",
            f'"{window.latest}" is not after earliest, "{window.earliest}"; no event could pass',
        )


def _method(job: Job) -> Iterator[Mistake]:
    method = job.method
    for i, kind in enumerate(method.endorsements):
        if kind == "post":
            yield f"method.endorsements[{i}]", '"post" endorses nobody; drop it'
    if not method.endorsements:
        yield "method.endorsements", "empty; needed: at least one kind, else nobody has influence"
    words = [
        *ENDORSEMENT_TYPES,
        *EXPOSURE_TYPES,
        *sorted({w for s in job.sources for w in s.kinds}),
    ]
    for word in method.weights:
        if word not in words:
            yield f"method.weights.{word}", unknown(word, words)
    if method.anchors is not None and not (job.folder / method.anchors).is_file():
        yield "method.anchors", f"no such file: {job.folder / method.anchors}"


def _publish(job: Job) -> Iterator[Mistake]:
    to = job.publish.to
    if not to:
        yield "publish.to", 'empty; needed: "embedded", "neo4j" or both'
    for store in sorted({s for s in to if to.count(s) > 1}):
        yield "publish.to", f'"{store}" stands there more than once'
    yield from _pinned(job)
    scheme, _, rest = job.neo4j.uri.partition("://")
    if scheme not in URI_SCHEMES or not rest:
        yield "neo4j.uri", f"needed: one of {', '.join(URI_SCHEMES)}, then ://host:port"
    elif re.match(r"[^/]*@", rest):
        yield "neo4j.uri", "carries a user or a password; see neo4j.user and neo4j.password_env"
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", job.neo4j.password_env):
        yield "neo4j.password_env", "needed: the name of an environment variable, not a password"
    yield from _roads(job)


def _roads(job: Job) -> Iterator[Mistake]:
    settings = job.neo4j
    if settings.load == "files" and settings.import_directory is None:
        yield (
            "neo4j.import_directory",
            'missing; the road files needs a directory that Neo4j reads too, or say load = "stream"',
        )
    url = settings.import_url
    if not url.startswith("file:///") or ".." in url.split("/") or re.search(r"[?#\s\\]", url):
        yield (
            "neo4j.import_url",
            'needed: "file:///" and a folder below the import directory, if any',
        )
    if settings.admin is not None and not settings.admin.strip():
        yield "neo4j.admin", "empty; needed: the path of neo4j-admin, or leave it out"


def _pinned(job: Job) -> Iterator[Mistake]:
    pinned = job.publish.pinned
    if pinned is None:
        return
    if "neo4j" not in job.publish.to:
        yield "publish.pinned", 'only for Neo4j; publish.to does not name "neo4j"'
    for name in ("label", "key"):
        text = getattr(pinned, name)
        if text is not None and (not text.strip() or "\\" in text or not text.isprintable()):
            yield f"publish.pinned.{name}", "needed: a name without control characters or backslash"
    for i, word in enumerate(pinned.topics):
        if word != slug(word):
            yield f"publish.pinned.topics[{i}]", f'"{word}" is no slug; needed: "{slug(word)}"'
    if pinned.network is not None and pinned.label is None:
        yield "publish.pinned.network", "only for nodes of other people; label says which"
