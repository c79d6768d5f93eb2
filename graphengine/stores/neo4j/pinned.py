"""The published scores as properties of nodes, for tools that read properties: ours or other people's nodes.

    influence_<slug>   the score in that topic; no such property for who has none
    influence_run      the run that all of a node's influence_ properties come from

The copy is made after the flip, batch by batch, so that for a while some nodes have the new run and
others the one before; ``influence_run`` says which. Nothing else of a node is touched.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from graphengine.bolt.quoting import quoted
from graphengine.errors import ConfigurationError, did_you_mean
from graphengine.stores.neo4j import chunks
from graphengine.stores.neo4j.chunks import Chunk, fingerprint, write_rest
from graphengine.stores.neo4j.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from graphengine.bolt.link import Link
    from graphengine.stores.neo4j.ledger import Ledger
    from graphengine.stores.neo4j.terms import Pinned

__all__ = ["Copy", "check_nodes", "check_topics", "pin", "properties_of"]

_MARK = "influence_run"
_PROBE = 10_000  # accounts that are looked for before anything is written
_INDEXES = (
    "SHOW INDEXES YIELD type, state, labelsOrTypes, properties "
    "WHERE type = 'RANGE' AND state = 'ONLINE' RETURN labelsOrTypes AS labels, properties"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """What is copied onto which nodes: the ledger holds it as JSON, ``done`` once it is complete.

    properties: names, sorted; those of an earlier copy are among them until they are taken away.
    """

    run: str
    label: str
    key: str
    network: str
    properties: tuple[str, ...]
    done: bool = False

    def as_text(self) -> str:
        """The JSON of it."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def of(cls, text: str) -> Copy | None:
        """What ``as_text`` wrote; None for the empty text."""
        if not text:
            return None
        said = json.loads(text)
        return cls(**(said | {"properties": tuple(said["properties"])}))


def properties_of(pinned: Pinned, topics: Iterable[str]) -> dict[str, str]:
    """The property that each topic key's score goes into: influence_ and the slug, hyphens as _.

    Raises:
        ConfigurationError: a slug has other characters than a-z, A-Z, 0-9 and hyphens, two come to
            one property, or one comes to influence_run.

    >>> from graphengine.stores.neo4j.terms import Pinned
    >>> properties_of(Pinned(), ["demo/women-s-issues", "demo/overall"])
    {'demo/overall': 'influence_overall', 'demo/women-s-issues': 'influence_women_s_issues'}
    """
    found: dict[str, str] = {}
    taken = {_MARK: "the run itself"}
    for topic in sorted(set(topics)):
        slug = topic.partition("/")[2]
        if pinned.topics and slug not in pinned.topics:
            continue
        name = f"influence_{slug.replace('-', '_')}"
        if not re.fullmatch(r"[A-Za-z0-9_]+", name):
            raise _refused(f'the topic "{slug}" would need the property "{name}"', "A plain name")
        if name in taken:
            raise _refused(
                f'the topic "{slug}" and {taken[name]} would share "{name}"', "A property each"
            )
        taken[name] = f'the topic "{slug}"'
        found[topic] = name
    return found


def check_topics(link: Link, pinned: Pinned, topics: Iterable[str]) -> None:
    """Refuse slugs to copy that are neither among the run's ``topics`` nor in the database.

    Raises:
        ConfigurationError: the message names the slug and the nearest one there is.
    """
    slugs = {topic.partition("/")[2] for topic in topics}
    if not set(pinned.topics) - slugs:
        return
    there = (str(row["key"]) for row in link.rows(statement("publish/topics")))
    known = sorted(slugs | {key.partition("/")[2] for key in there})
    for slug in pinned.topics:
        if slug not in known:
            raise ConfigurationError(
                f'publish.pinned.topics names "{slug}", which is no topic of this job.'
                f"{did_you_mean(slug, known)} Topics are named by their slugs. "
                "Correct the job file; nothing was written."
            )


def check_nodes(link: Link, pinned: Pinned, *, job: str, ours: str, accounts: pl.Series) -> None:
    """Refuse a copy that cannot work, before anything is written; ``ours`` is our accounts' label.

    Raises:
        ConfigurationError: the names are none, no index finds the nodes, none of the first
            ``accounts`` has a node, or another job copies onto the same nodes.
    """
    label, key = pinned.label or ours, pinned.key
    named_label, named_key = _named(label, key)
    _check_others(link, label, job=job)
    if label == ours and key == "key":
        return
    if not any(r["labels"] == [label] and r["properties"] == [key] for r in link.rows(_INDEXES)):
        raise ConfigurationError(
            f"{link.address} has no index that finds {named_label} nodes by {named_key}, so that "
            "every score would read all of them. Create it, then publish again: "
            f"CREATE INDEX FOR (n:{named_label}) ON (n.{named_key})"
        )
    text = _text("known", label, key)
    keys = _keys(accounts.head(_PROBE), pinned.network)
    if keys.height and not link.rows(text, **keys.to_dict(as_series=False))[0]["rows"]:
        raise ConfigurationError(
            f"None of the first {keys.height} accounts has a {named_label} node in {link.address}: "
            f"{named_key} was compared with {keys['text'][0]!r} and the like. "
            "Correct label, key and network in publish.pinned of the job file."
        )


def pin(ledger: Ledger, pinned: Pinned, *, ours: str, run: str, scores: pl.DataFrame) -> None:
    """Copy the scores of ``run`` [account, topic, score], or the rest of them; once done, nothing.

    Raises:
        BusyError: another process publishes this job.
    """
    names = properties_of(pinned, scores["topic"].unique())
    label, network = pinned.label or ours, pinned.network or ""
    now = Copy(run, label, pinned.key, network, tuple(sorted(names.values())), done=True)
    before = Copy.of(ledger.entry.pinned)
    if before == now:
        return
    if before is not None and before.label != label:
        _clear(ledger, before.label, run="", properties=before.properties)
        ledger.record(loading="", done=0, pinned="")
        before = None
    touched = set(now.properties) | set(before.properties if before else ())
    begun = replace(now, properties=tuple(sorted(touched)), done=False)
    rows = _rows(begun, scores, names=names)
    content = f"pinned {run} {fingerprint(rows.select('text'), rows['row'].struct.unnest())}"
    if ledger.entry.loading != content:
        ledger.record(loading=content, done=0, pinned=begun.as_text())
    write_rest(ledger, _set_chunks(begun, rows))
    _clear(ledger, label, run=run, properties=begun.properties)
    ledger.record(loading="", done=0, pinned=now.as_text())


def _rows(copy: Copy, scores: pl.DataFrame, *, names: Mapping[str, str]) -> pl.DataFrame:
    """[text, number, row]: where a node's key is one of the two, row holds all its properties."""
    chosen = scores.filter(pl.col("topic").is_in(list(names))).with_columns(
        topic=pl.col("topic").replace(names)
    )
    wide = chosen.pivot("topic", index="account", values="score").sort("account")
    absent = [pl.lit(None, pl.Float64).alias(n) for n in copy.properties if n not in wide.columns]
    row = pl.struct(pl.lit(copy.run).alias(_MARK), *wide.columns[1:], *absent)
    keys = wide.select("account", row=row)
    if copy.network:
        own = pl.col("account").str.starts_with(f"{copy.network}:")
        keys = keys.filter(own)
    return _keys(keys["account"], copy.network).with_columns(keys["row"])


def _keys(accounts: pl.Series, network: str | None) -> pl.DataFrame:
    """[text, number] of accounts: their keys, or the ids of ``network``, as numbers where they are."""
    text = accounts.alias("text")
    if not network:
        return pl.DataFrame({"text": text}).with_columns(number=pl.lit(None, pl.Int64))
    ids = text.str.strip_prefix(f"{network}:")
    number = ids.cast(pl.Int64, strict=False)
    whole = number.cast(pl.String) == ids  # "007" is a text
    return pl.DataFrame({"text": ids, "number": number.set(~whole.fill_null(value=False), None)})


def _set_chunks(copy: Copy, rows: pl.DataFrame) -> Iterator[Chunk]:
    text = _text("set", copy.label, copy.key)
    for some in rows.iter_slices(chunks.CHUNK_ROWS):
        yield Chunk(text, some, {}, complete=False)


def _clear(ledger: Ledger, label: str, *, run: str, properties: Iterable[str]) -> None:
    """Take the properties off every node of ``label`` that does not carry ``run``."""
    left = pl.DataFrame(ledger.link.rows(_text("left", label), run=run), schema={"id": pl.String()})
    if left.is_empty():
        return
    nothing = dict.fromkeys((_MARK, *properties))
    ledger.record(loading=f"unpinned {run} {fingerprint(left)}", done=0)
    write_rest(
        ledger,
        [
            Chunk(statement("pinned/clear"), some, {"run": run, "nothing": nothing}, complete=False)
            for some in left.iter_slices(chunks.CHUNK_ROWS)
        ],
    )


def _check_others(link: Link, label: str, *, job: str) -> None:
    for row in link.rows(statement("pinned/others"), job=job):
        copy = Copy.of(row["pinned"])
        if copy is not None and copy.label == label:
            raise ConfigurationError(
                f'The job "{row["job"]}" copies its scores onto the nodes {quoted(label, what="label")}'
                f" already. They have one {_MARK}, so that only one job can say whose scores they "
                "carry. Take publish.pinned out of one of the two job files, or name another label."
            )


def _text(name: str, label: str, key: str = "key") -> str:
    """The statement pinned/<name> for nodes with this label and key."""
    named_label, named_key = _named(label, key)
    text = statement(f"pinned/{name}")
    return text.replace(":LABEL", f":{named_label}").replace(".KEY", f".{named_key}")


def _named(label: str, key: str) -> tuple[str, str]:
    return quoted(label, what="publish.pinned.label"), quoted(key, what="publish.pinned.key")


def _refused(what: str, needed: str) -> ConfigurationError:
    return ConfigurationError(
        f"The scores cannot be copied onto nodes: {what}. {needed} is needed. "
        "Name the topics to copy in publish.pinned.topics, without that one. Nothing was written."
    )
