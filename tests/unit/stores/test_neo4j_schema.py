"""The rules that the model comes to: one for everything that a query can name."""

from __future__ import annotations

from graphengine.model import BOOKKEEPING, NODES, RELATIONSHIPS
from graphengine.stores.neo4j.schema import rules


def test_every_label_and_type_is_known_to_the_database() -> None:
    wanted = {n.label for n in (*NODES, *BOOKKEEPING)} | {r.type for r in RELATIONSHIPS}
    assert {rule.of for rule in rules()} == wanted


def test_sums_are_unique_by_their_key_and_by_nothing_else() -> None:
    unique = {r.properties for r in rules(edges="day") if r.kind == "RELATIONSHIP_UNIQUENESS"}
    assert unique == {("key",)}
    assert len(rules(edges="day")) == len(rules()) == len(rules(edges="total"))


def test_names_are_unique_and_say_what_they_are_for() -> None:
    names = [rule.name for rule in rules()]
    assert len(set(names)) == len(names)
    assert "graphengine_account_handle_lc" in names
    assert "graphengine_retweeted_event_id_topic" in names


def test_community_edition_has_every_kind() -> None:
    kinds = {rule.kind for rule in rules()}
    assert kinds == {"UNIQUENESS", "RELATIONSHIP_UNIQUENESS", "RANGE"}
    assert all(" IF NOT EXISTS FOR " in rule.ddl for rule in rules())
    event = next(rule for rule in rules() if rule.of == "LIKED")
    assert event.ddl.endswith("FOR ()-[x:LIKED]-() REQUIRE (x.event_id, x.topic) IS UNIQUE")
