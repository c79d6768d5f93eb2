"""The append-only, deduplicated log of everything that was read: the engine's only truth.

    log/<table>/<day | undated>/<batch>.parquet     what a batch added, by UTC day
    log/ledger/<batch>.json                         what makes it count, written last

A batch is one source file. What no ledger entry names is not there: readers do not see it, and
the next append removes it.
"""

from __future__ import annotations

from graphengine.eventlog.ledger import Batch, Part
from graphengine.eventlog.log import EventLog

__all__ = ["Batch", "EventLog", "Part"]
