"""The graph model, once: labels, relationship types, properties, keys. Both stores' schemas come from here.

Rules that fit both engines: every property is declared and of one type; times are INT64 epoch
seconds; no lists or maps as properties; keys never change; nothing is named like a keyword.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "ACCOUNT_PROPERTIES",
    "BOOKKEEPING",
    "CASCADE_FIGURES",
    "ENDORSEMENT_TYPES",
    "EXPOSURE_TYPES",
    "NODES",
    "NO_TOPIC",
    "OVERALL",
    "PAIR_PROPERTIES",
    "POST_LINK_TYPES",
    "RELATIONSHIPS",
    "SAID_BY",
    "SCORE_FIGURES",
    "NodeType",
    "Property",
    "RelationshipType",
    "account_key",
    "slug",
    "topic_key",
]

PropertyType = Literal["STRING", "INT64", "DOUBLE"]

NO_TOPIC = "none"  # slug of the topic that events without a topic carry; never scored
OVERALL = "overall"  # slug of the topic with scores and no relationships: all events, each once

ENDORSEMENT_TYPES: dict[str, str] = {  # kind of an interaction -> relationship type
    "retweet": "RETWEETED",
    "quote": "QUOTED",
    "reply": "REPLIED",
    "comment": "COMMENTED",
    "mention": "MENTIONED",
    "like": "LIKED",
    "click": "CLICKED",
    "message": "MESSAGED",
    "endorse": "ENDORSED",
}
EXPOSURE_TYPES: dict[str, str] = {"follow": "FOLLOWED", "seen": "SAW"}
POST_LINK_TYPES: dict[str, str] = {  # kind of the child post -> relationship type to its parent
    "retweet": "RESHARE_OF",
    "quote": "RESHARE_OF",
    "reply": "REPLY_TO",
    "comment": "REPLY_TO",
}


@dataclass(frozen=True, slots=True)
class Property:
    """One declared property: its name and its single type."""

    name: str
    type: PropertyType


@dataclass(frozen=True, slots=True)
class NodeType:
    """A label, its properties (the key first) and the further properties that are indexed."""

    label: str
    properties: tuple[Property, ...]
    indexed: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The property whose values are unique and never change."""
        return self.properties[0].name


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """A type between two labels, its properties, what is unique and what is indexed."""

    type: str
    start: str
    end: str
    properties: tuple[Property, ...]
    unique: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()


def _p(**types: PropertyType) -> tuple[Property, ...]:
    return tuple(Property(name, kind) for name, kind in types.items())


NODES: tuple[NodeType, ...] = (
    NodeType(
        "Account",
        _p(
            key="STRING",
            network="STRING",
            uid="STRING",
            handle="STRING",
            handle_lc="STRING",
            name="STRING",
            followers="INT64",
            created_at="INT64",
        ),
        indexed=("handle_lc",),
    ),
    NodeType("Topic", _p(key="STRING", slug="STRING", name="STRING", scheme="STRING")),
    NodeType(
        "Post",
        _p(key="STRING", network="STRING", at="INT64", root="STRING", depth="INT64"),
        indexed=("root",),
    ),
    NodeType(
        "Run",
        _p(
            key="STRING",
            job="STRING",
            method_version="STRING",
            anchors_version="STRING",
            params_json="STRING",
            as_of="INT64",
            data_from="INT64",
            data_to="INT64",
            state="STRING",
        ),
    ),
    NodeType("Pointer", _p(key="STRING", run="STRING", previous="STRING")),
)

BOOKKEEPING: tuple[NodeType, ...] = (  # only where many processes write; of no use to analysts
    NodeType(
        "GraphengineLoad",  # one per job: what of its event log and of its runs is written
        _p(
            key="STRING",
            owner="STRING",
            batch="INT64",
            pending="INT64",
            loading="STRING",
            done="INT64",  # 0; what counted rows before there were lanes
            scheme="STRING",
            published="STRING",
            retired="STRING",
            pinned="STRING",
            touched="INT64",
            token="INT64",  # noqa: S106  (of the lease, no secret)
            holder="STRING",
            since="INT64",
            log="STRING",
            edges="STRING",
        ),
    ),
    NodeType(  # how many rows of the series each lane has written: key is job/number
        "GraphengineLane", _p(key="STRING", owner="STRING", done="INT64", touched="INT64")
    ),
    NodeType("GraphengineSchema", _p(key="STRING", version="INT64")),
)

# Relationships by pair (exposure, posts and what they are about) name no topic of a job; where many
# jobs write, this property of theirs holds |job|job|, and the last of them takes the pair along.
SAID_BY = "said_by"

ACCOUNT_PROPERTIES = ("handle", "name", "followers", "created_at")

_EVENT = _p(
    event_id="STRING", topic="STRING", share="DOUBLE", at="INT64", weight="DOUBLE", post="STRING"
)
# What an endorsement has in place of an event's properties where a job asks for one relationship a
# pair and topic, or a pair, topic and day (``day`` in epoch seconds); key is unique in its type.
# n counts events; share and weight are sums over them.
PAIR_PROPERTIES: tuple[Property, ...] = _p(
    key="STRING",
    topic="STRING",
    day="INT64",
    n="INT64",
    share="DOUBLE",
    weight="DOUBLE",
    first_at="INT64",
    last_at="INT64",
)

# What cascades and diffusion say of somebody in a topic, beside credit: cascades started (the sample
# size of credit), their median size, distinct people below the person's posts, expected reach and
# its interval. Null is "not known", never zero; runs made before there were these have none.
CASCADE_FIGURES: tuple[Property, ...] = _p(
    cascades="INT64",
    cascade_size="DOUBLE",
    passed_on="INT64",
    spread="DOUBLE",
    spread_low="DOUBLE",
    spread_high="DOUBLE",
)

# What the model of the score says beside the number: its 90 % interval and that of the rank (null:
# not enough evidence), people told apart by neither, events received, and the sub-scores.
SCORE_FIGURES: tuple[Property, ...] = _p(
    low="DOUBLE",
    high="DOUBLE",
    rank_low="INT64",
    rank_high="INT64",
    rank_group="INT64",
    evidence="INT64",
    reach="DOUBLE",
    amplification="DOUBLE",
    network="DOUBLE",
)

_SCORE = _p(
    run="STRING",
    topic="STRING",
    rank="INT64",
    score="DOUBLE",
    pct="DOUBLE",
    endorsers="INT64",
    raw="DOUBLE",
    pagerank="DOUBLE",
    credit="DOUBLE",
)
_VERSIONS = _p(method_version="STRING", anchors_version="STRING")

# One of a set of people who together reach the most in a topic, in the order in which they were
# chosen. gain: what this one adds to the reach of those before; spread, low, high: the reach of the
# whole set; share: certified, of the best that any k people reach; stop: why the search ended.
_SEED = _p(
    run="STRING",
    topic="STRING",
    place="INT64",
    gain="DOUBLE",
    k="INT64",
    share="DOUBLE",
    stop="STRING",
    spread="DOUBLE",
    low="DOUBLE",
    high="DOUBLE",
)

# Why somebody stands where they do in a topic, from an endorser to the endorsed; place 1 counts most.
# part: of a whole person, the chance that this endorser's trail of endorsements reaches the endorsed;
# events: from the one to the other; points: by how many the score would fall without those events.
_REASON = _p(
    run="STRING", topic="STRING", place="INT64", part="DOUBLE", events="INT64", points="DOUBLE"
)

RELATIONSHIPS: tuple[RelationshipType, ...] = (
    *(
        RelationshipType(
            name,
            "Account",
            "Account",
            _EVENT,
            unique=("event_id", "topic"),
            indexes=(("at",),),
        )
        for name in ENDORSEMENT_TYPES.values()
    ),
    *(
        RelationshipType(name, "Account", "Account", _p(at="INT64"), indexes=(("at",),))
        for name in EXPOSURE_TYPES.values()
    ),
    RelationshipType("POSTED", "Account", "Post", _p(at="INT64"), indexes=(("at",),)),
    *(
        RelationshipType(name, "Post", "Post", _p(at="INT64"), indexes=(("at",),))
        for name in ("RESHARE_OF", "REPLY_TO")
    ),
    RelationshipType("ABOUT", "Post", "Topic", _p(weight="DOUBLE"), indexes=(("weight",),)),
    RelationshipType(
        "SCORED",
        "Account",
        "Topic",
        (*_SCORE, *SCORE_FIGURES, *CASCADE_FIGURES, *_VERSIONS),
        indexes=(("run", "topic", "rank"),),
    ),
    RelationshipType(
        "UNRATED",
        "Account",
        "Topic",
        _p(run="STRING", topic="STRING", endorsers="INT64"),
        indexes=(("run", "topic"),),
    ),
    RelationshipType("SEED", "Account", "Topic", _SEED, indexes=(("run", "topic", "place"),)),
    RelationshipType("REASON", "Account", "Account", _REASON, indexes=(("run", "topic", "place"),)),
)


def slug(name: str) -> str:
    """A topic's name in lower-case words joined by hyphens, letters of any script kept.

    >>> slug("Women's Issues"), slug("Calif_enron")
    ('women-s-issues', 'calif-enron')
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]+", "-", plain).strip("-")


def topic_key(scheme: str, topic_slug: str) -> str:
    """The key of a topic: its scheme, a slash, its slug.

    >>> topic_key("demo", "ferguson")
    'demo/ferguson'
    """
    return f"{scheme}/{topic_slug}"


def account_key(network: str, uid: str) -> str:
    """The key of an account: its network, a colon, the network's own unchanging id.

    >>> account_key("x", "12345")
    'x:12345'
    """
    return f"{network}:{uid}"
