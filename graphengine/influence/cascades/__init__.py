"""Cascades: trees of reshares and replies, credit for those who moved others, their shapes."""

from graphengine.influence.cascades.adoptions import Adoptions, Exposures, adoptions, exposures
from graphengine.influence.cascades.credit import (
    Rule,
    Shares,
    direct_credit,
    share_credit,
    total_credit,
)
from graphengine.influence.cascades.distribution import (
    Delays,
    Distributed,
    credit_among_seen,
    credit_distribution,
    learn_delays,
)
from graphengine.influence.cascades.exposed import (
    exposed_lists,
    exposed_parents,
    with_exposed_parents,
)
from graphengine.influence.cascades.forest import Choice, Forest, Repairs
from graphengine.influence.cascades.latent import casin, latent_credit, latent_parents
from graphengine.influence.cascades.people import (
    credit_by_person,
    faded,
    forests_by_topic,
)
from graphengine.influence.cascades.summary import cascade_summary
from graphengine.influence.cascades.trees import grow
from graphengine.influence.cascades.virality import measure_trees, tree_growth, tree_shapes

__all__ = [
    "Adoptions",
    "Choice",
    "Delays",
    "Distributed",
    "Exposures",
    "Forest",
    "Repairs",
    "Rule",
    "Shares",
    "adoptions",
    "cascade_summary",
    "casin",
    "credit_among_seen",
    "credit_by_person",
    "credit_distribution",
    "direct_credit",
    "exposed_lists",
    "exposed_parents",
    "exposures",
    "faded",
    "forests_by_topic",
    "grow",
    "latent_credit",
    "latent_parents",
    "learn_delays",
    "measure_trees",
    "share_credit",
    "total_credit",
    "tree_growth",
    "tree_shapes",
    "with_exposed_parents",
]
