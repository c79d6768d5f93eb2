"""The graph model as Neo4j's constraints and indexes, and the version of all that is stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from graphengine.bolt import open_link
from graphengine.errors import ConfigurationError
from graphengine.model import BOOKKEEPING, NODES, PAIR_PROPERTIES, RELATIONSHIPS
from graphengine.stores.neo4j.lanes import in_lanes
from graphengine.stores.neo4j.prefix import prefix_of, with_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    import neo4j

    from graphengine.bolt import Address, Link
    from graphengine.stores.ports import Edges

__all__ = ["SCHEMA_VERSION", "Rule", "check_version", "open_known", "prepare", "rules"]

SCHEMA_VERSION = 5  # of the graph model and the ledger in a database; a newer one is not touched

_LANES = 2
_CONSTRAINTS = "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties"
_INDEXES = "SHOW INDEXES YIELD name, type, labelsOrTypes, properties, state"
_AWAIT = "CALL db.awaitIndexes(600)"
_VERSION = "MATCH (s:GraphengineSchema) RETURN max(s.version) AS version"
_STAMP = "MERGE (s:GraphengineSchema {key: 'schema'}) SET s.version = $version"


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint or an index: its kind in Neo4j's words, the label or type, the properties."""

    kind: Literal["UNIQUENESS", "RELATIONSHIP_UNIQUENESS", "RANGE"]
    of: str
    pattern: str  # of the nodes or relationships, which it calls x
    properties: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name that it is created under."""
        return f"graphengine_{self.of}_{'_'.join(self.properties)}".lower()

    @property
    def ddl(self) -> str:
        """The statement that creates it."""
        listed = ", ".join(f"x.{name}" for name in self.properties)
        begin = f"{self.name} IF NOT EXISTS FOR {self.pattern}"
        if self.kind == "RANGE":
            return f"CREATE INDEX {begin} ON ({listed})"
        return f"CREATE CONSTRAINT {begin} REQUIRE ({listed}) IS UNIQUE"


def rules(prefix: str = "", *, edges: Edges = "event") -> tuple[Rule, ...]:
    """Every rule of the model: one for each label and type, so that all are known to the planner.

    ``prefix`` stands before every label and type. Relationships of events are unique by the event,
    sums by their key: a rule that nothing falls under would cost a look at all of them.

    >>> next(r.ddl for r in rules() if r.of == "SCORED").partition(" FOR ")[2]
    '()-[x:SCORED]-() ON (x.run, x.topic, x.rank)'
    >>> next(r.name for r in rules() if r.of == "Account")
    'graphengine_account_key'
    """
    found = []
    for n in (*NODES, *BOOKKEEPING):
        label, pattern = prefix + n.label, f"(x:{prefix}{n.label})"
        found.append(Rule("UNIQUENESS", label, pattern, (n.key,)))
        found += [Rule("RANGE", label, pattern, (name,)) for name in n.indexed]
    for r in RELATIONSHIPS:
        kind, pattern = prefix + r.type, f"()-[x:{prefix}{r.type}]-()"
        if r.unique:
            unique = r.unique if edges == "event" else (PAIR_PROPERTIES[0].name,)
            found.append(Rule("RELATIONSHIP_UNIQUENESS", kind, pattern, unique))
        found += [Rule("RANGE", kind, pattern, names) for names in r.indexes]
    return tuple(found)


def open_known(address: Address, password: str, *, prefix: str) -> Link:
    """A link, with our ``prefix``, to a database that no newer graphengine has written.

    Raises:
        ConfigurationError: a newer one has.
        GraphengineError: as `bolt.open_link`.
    """
    link = with_prefix(open_link(address, password), prefix)
    try:
        check_version(link)
    except BaseException:
        link.close()
        raise
    return link


def check_version(link: Link) -> int:
    """The version of what is stored, 0 for nothing; refuses one that is newer than this code.

    Raises:
        ConfigurationError: a newer version of graphengine has written the database.
    """
    version = int(link.rows(_VERSION)[0]["version"] or 0)
    if version > SCHEMA_VERSION:
        raise ConfigurationError(
            f'The database "{link.address.database}" of {link.address} was written by a newer '
            f"graphengine (schema {version}; this one knows {SCHEMA_VERSION}). "
            "Install that version, or use another database."
        )
    return version


def prepare(link: Link, *, edges: Edges = "event") -> None:
    """Make the constraints and indexes that are missing, wait for them, and stamp the version.

    Those of jobs that keep other ``edges`` in the same database stay.

    Raises:
        ConfigurationError: a newer version wrote the database, or data, rules or names of
            somebody else are in the way.
    """
    version = check_version(link)
    present = _present(link)
    missing = [rule for rule in rules(prefix_of(link), edges=edges) if _is_missing(rule, present)]
    if missing:  # where the database is full, the server is the slower half: two at once
        labels = sorted({rule.of for rule in missing})
        in_lanes(
            [_create(link, missing, of=labels[lane::_LANES]) for lane in range(_LANES)],
            abreast=True, told=lambda: None,
        )  # fmt: skip
        link.rows(_AWAIT)
        _check(link, missing)
    if version < SCHEMA_VERSION:
        link.write(lambda tx: tx.run(_STAMP, version=SCHEMA_VERSION).consume())


def _present(link: Link) -> set[tuple[str, str, tuple[str, ...]]]:
    rows = link.rows(_CONSTRAINTS) + [
        row for row in link.rows(_INDEXES) if row["state"] == "ONLINE"
    ]
    return {
        (row["type"], label, tuple(row["properties"] or ()))
        for row in rows
        for label in row["labelsOrTypes"] or ()
    }


def _is_missing(rule: Rule, present: set[tuple[str, str, tuple[str, ...]]]) -> bool:
    return (rule.kind, rule.of, rule.properties) not in present


def _create(link: Link, missing: list[Rule], *, of: list[str]) -> Iterator[None]:
    """Make the rules of each label or type of ``of`` in one transaction: it locks them alone."""
    for name in of:
        link.write(partial(_run, [rule.ddl for rule in missing if rule.of == name]))
        yield


def _run(statements: list[str], tx: neo4j.Transaction) -> None:
    for text in statements:
        tx.run(text).consume()


def _check(link: Link, made: list[Rule]) -> None:
    """IF NOT EXISTS passes in silence when the name is taken by something else: look."""
    present = _present(link)
    if absent := [rule for rule in made if _is_missing(rule, present)]:
        raise ConfigurationError(
            f"{link.address} has something else under the name {absent[0].name}, or that index "
            f"failed; graphengine needs it for {absent[0].of} ({', '.join(absent[0].properties)}). "
            "Drop what has the name (SHOW CONSTRAINTS, SHOW INDEXES), then run this again."
        )
