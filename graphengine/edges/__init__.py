"""Edge lists ranked alone: any form of edges in, ids with scores and a certificate out."""

from graphengine.edges.answer import Ranking
from graphengine.edges.edge_list import Edges
from graphengine.edges.files import FORMATS, file_size, read_edges, read_table
from graphengine.edges.memory import (
    Estimate,
    bytes_of,
    estimate,
    refuse_if_too_large,
    shown_bytes,
)
from graphengine.edges.methods import METHODS, method_named
from graphengine.edges.names import Columns
from graphengine.edges.options import OPTIONS
from graphengine.edges.ranked import rank, rank_edges

__all__ = [
    "FORMATS",
    "METHODS",
    "OPTIONS",
    "Columns",
    "Edges",
    "Estimate",
    "Ranking",
    "bytes_of",
    "estimate",
    "file_size",
    "method_named",
    "rank",
    "rank_edges",
    "read_edges",
    "read_table",
    "refuse_if_too_large",
    "shown_bytes",
]
