"""Cascades: trees of reshares and replies, credit for those who moved others, their shapes."""

from graphengine.influence.cascades.credit import (
    Rule,
    Shares,
    direct_credit,
    share_credit,
    total_credit,
)
from graphengine.influence.cascades.forest import Choice, Forest, Repairs
from graphengine.influence.cascades.people import credit_by_person, credit_by_topic
from graphengine.influence.cascades.trees import grow
from graphengine.influence.cascades.virality import tree_shapes

__all__ = [
    "Choice",
    "Forest",
    "Repairs",
    "Rule",
    "Shares",
    "credit_by_person",
    "credit_by_topic",
    "direct_credit",
    "grow",
    "share_credit",
    "total_credit",
    "tree_shapes",
]
